//! Actions without options.

use super::exec::{Blocking, Exec};
use crate::error::Result;
use std::marker::PhantomData;

/// Something to be done that has no options: `.run()` does it.
#[must_use = "an action does nothing until `.run()`"]
pub struct Action<O, X: Exec = Blocking> {
    work: Box<dyn FnOnce() -> Result<O> + Send>,
    exec: PhantomData<X>,
}

impl<O: Send + 'static, X: Exec> Action<O, X> {
    pub(super) fn new(work: impl FnOnce() -> Result<O> + Send + 'static) -> Self {
        Action { work: Box::new(work), exec: PhantomData }
    }

    /// Does it.
    ///
    /// # Errors
    /// Those of the verb that made it.
    pub fn run(self) -> X::Out<Result<O>> {
        X::run(self.work)
    }
}
