//! Which index an action has to use.

use crate::engine::Hint;
use crate::error::Result;
use crate::model::Sort;
use bson::Document;

/// What can be given as a hint: an index's name, its key pattern as a document, or as sorts of `M`
/// (`[User::CITY.asc(), User::AGE.desc()]`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hint for `{M}`",
    label = "expected an index's name, or its keys: `field.asc()`, an array of such, or `doc! {{ .. }}`"
)]
pub trait IntoHint<M> {
    /// The hint.
    ///
    /// # Errors
    /// A path that is none.
    fn into_hint(self) -> Result<Hint>;
}

impl<M> IntoHint<M> for &str {
    fn into_hint(self) -> Result<Hint> {
        Ok(Hint::Name(self.to_owned()))
    }
}

impl<M> IntoHint<M> for String {
    fn into_hint(self) -> Result<Hint> {
        Ok(Hint::Name(self))
    }
}

impl<M> IntoHint<M> for Document {
    fn into_hint(self) -> Result<Hint> {
        Ok(Hint::Keys(self))
    }
}

impl<M> IntoHint<M> for Hint {
    fn into_hint(self) -> Result<Hint> {
        Ok(self)
    }
}

impl<M> IntoHint<M> for Sort<M> {
    fn into_hint(self) -> Result<Hint> {
        Ok(Hint::Keys(self.to_document()?))
    }
}

impl<M, const N: usize> IntoHint<M> for [Sort<M>; N] {
    fn into_hint(self) -> Result<Hint> {
        crate::model::IntoSort::into_sort(self).into_hint()
    }
}
