//! Distinct values.

use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::record::Record;
use super::target::Target;
use crate::engine::{DistinctRequest, Hint};
use crate::error::Result;
use crate::model::{Field, Filter, bytes};
use bson::Bson;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// What can be given as a path: a field of `M`, or a dotted path of stored names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a path of `{M}`",
    label = "expected a field of `{M}`, or a text such as \"address.city\""
)]
pub trait IntoPath<M> {
    /// The dotted path.
    fn into_path(self) -> String;
}

impl<M> IntoPath<M> for &str {
    fn into_path(self) -> String {
        self.to_owned()
    }
}

impl<M> IntoPath<M> for String {
    fn into_path(self) -> String {
        self
    }
}

impl<M, T> IntoPath<M> for Field<M, T> {
    fn into_path(self) -> String {
        self.path().to_owned()
    }
}

impl<M, T> IntoPath<M> for &Field<M, T> {
    fn into_path(self) -> String {
        self.path().to_owned()
    }
}

/// Gathers distinct values: made by [`Collection::distinct`](crate::Collection::distinct).
#[must_use = "an action does nothing until `.run()`"]
pub struct Distinct<T, X: Exec = Blocking> {
    target: Arc<Target>,
    filter: Filter<T>,
    request: DistinctRequest,
    hint: Option<Result<Hint>>,
    exec: PhantomData<X>,
}

impl<T: Record, X: Exec> Distinct<T, X> {
    pub(super) fn new(target: Arc<Target>, path: String, filter: Filter<T>) -> Self {
        let request = DistinctRequest { key: path, ..DistinctRequest::default() };
        Distinct { target, filter, request, hint: None, exec: PhantomData }
    }

    /// Which index to use. One that is not there is BadValue (2).
    pub fn hint(mut self, hint: impl IntoHint<T>) -> Self {
        self.hint = Some(hint.into_hint());
        self
    }

    /// How long it may take: then it is MaxTimeMSExpired (50).
    pub fn max_time(mut self, time: Duration) -> Self {
        self.request.max_time = Some(time);
        self
    }

    /// Gathers the values in the order they are met; arrays give their elements.
    ///
    /// # Errors
    /// A filter or hint that MongoDB would refuse; those of the storage.
    pub fn run(self) -> X::Out<Result<Vec<Bson>>> {
        X::run(move || {
            let filter = bytes::into_raw(self.filter.into_bytes())?;
            let request = DistinctRequest { filter, hint: self.hint.transpose()?, ..self.request };
            let (engine, namespace) = self.target.ready()?;
            engine.distinct(namespace, &request)
        })
    }
}
