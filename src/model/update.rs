//! Updates: what is changed in the documents of a model.

use super::bytes::{self, Bytes};
use super::value::Fault;
use anser_query::Code;
use anser_query::value::{DocumentRef, tag, write};
use bson::{Document, RawDocumentBuf};
use std::fmt;
use std::marker::PhantomData;
use std::ops::BitAnd;

/// What is changed in documents of `M`: made by the field constants, joined by `&` or given as an array.
///
/// `doc! {}` with update operators may stand wherever an update may, on either side. Two changes of one path are
/// ConflictingUpdateOperators (40) when the update is run, never the last one in silence.
///
/// ```
/// use anser::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[model(id)]
///     id: ObjectId,
///     age: u8,
///     tags: Vec<String>,
/// }
///
/// let update = User::AGE.inc(1) & User::TAGS.push("old") & doc! { "$set": { "city": "Oslo" } };
/// let expected = doc! { "$inc": { "age": 1 }, "$push": { "tags": "old" }, "$set": { "city": "Oslo" } };
/// assert_eq!(update.to_document()?, expected);
/// # Ok::<(), anser::Error>(())
/// ```
#[must_use = "an update does nothing until it is given to a collection"]
pub struct Update<M> {
    bytes: Bytes,
    model: PhantomData<fn() -> M>,
}

impl<M> Update<M> {
    /// The update as MongoDB writes it.
    ///
    /// # Errors
    /// A value in it that BSON cannot hold.
    pub fn to_document(&self) -> crate::Result<Document> {
        let raw = bytes::into_raw(self.bytes.clone())?;
        Document::try_from(raw).map_err(|error| crate::Error::request(Code::INVALID_BSON, error.to_string()))
    }

    pub(crate) fn of(bytes: Bytes) -> Self {
        Update { bytes, model: PhantomData }
    }

    /// `{operator: {path: value}}`.
    pub(crate) fn operator(
        operator: &'static str,
        path: &str,
        value: impl FnOnce(&mut Vec<u8>) -> Result<u8, Fault>,
    ) -> Self {
        let operand = bytes::single(path, value);
        Update::of(operand.map(|operand| {
            let mut out = Vec::with_capacity(operand.len() + operator.len() + 7);
            let start = write::begin(&mut out);
            write::header(&mut out, tag::DOCUMENT, operator.as_bytes());
            out.extend_from_slice(&operand);
            write::end(&mut out, start);
            out
        }))
    }

    /// The bytes, which have to be update operators.
    pub(crate) fn into_operators(self) -> Bytes {
        let bytes = self.bytes?;
        let first = DocumentRef::new(&bytes).elements().next();
        match first {
            Some(first) if first.name.starts_with(b"$") => Ok(bytes),
            Some(first) => {
                let name = String::from_utf8_lossy(first.name);
                let message = format!("an update needs operators such as $set, found the field `{name}`");
                Err(Fault::new(Code::FAILED_TO_PARSE, message))
            }
            None => Err(Fault::new(Code::FAILED_TO_PARSE, "an update needs at least one operator")),
        }
    }
}

impl<M> Clone for Update<M> {
    fn clone(&self) -> Self {
        Update::of(self.bytes.clone())
    }
}

impl<M> fmt::Debug for Update<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bytes::show(&self.bytes, f)
    }
}

/// What can be given as an update of `M`: an [`Update`], several of them, or a document of MongoDB's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update of `{M}`",
    label = "expected an update made of `{M}`'s fields, an array of them, or `doc! {{ \"$set\": .. }}`"
)]
pub trait IntoUpdate<M> {
    /// The update.
    fn into_update(self) -> Update<M>;
}

impl<M> IntoUpdate<M> for Update<M> {
    fn into_update(self) -> Update<M> {
        self
    }
}

impl<M> IntoUpdate<M> for &Update<M> {
    fn into_update(self) -> Update<M> {
        self.clone()
    }
}

impl<M, const N: usize> IntoUpdate<M> for [Update<M>; N] {
    fn into_update(self) -> Update<M> {
        self.into_iter().collect()
    }
}

impl<M> IntoUpdate<M> for Vec<Update<M>> {
    fn into_update(self) -> Update<M> {
        self.into_iter().collect()
    }
}

impl<M> IntoUpdate<M> for Document {
    fn into_update(self) -> Update<M> {
        Update::of(bytes::of_document(&self))
    }
}

impl<M> IntoUpdate<M> for &Document {
    fn into_update(self) -> Update<M> {
        Update::of(bytes::of_document(self))
    }
}

impl<M> IntoUpdate<M> for RawDocumentBuf {
    fn into_update(self) -> Update<M> {
        Update::of(Ok(self.into_bytes()))
    }
}

fn and(first: Bytes, second: Bytes) -> Bytes {
    Ok(bytes::merged_by_field(&first?, &second?))
}

impl<M, U: IntoUpdate<M>> BitAnd<U> for Update<M> {
    type Output = Update<M>;

    fn bitand(self, other: U) -> Update<M> {
        Update::of(and(self.bytes, other.into_update().bytes))
    }
}

impl<M> BitAnd<Update<M>> for Document {
    type Output = Update<M>;

    fn bitand(self, other: Update<M>) -> Update<M> {
        Update::of(and(bytes::of_document(&self), other.bytes))
    }
}

/// All of them: joined by `&`.
impl<M> FromIterator<Update<M>> for Update<M> {
    fn from_iter<I: IntoIterator<Item = Update<M>>>(updates: I) -> Self {
        let mut updates = updates.into_iter();
        let first = updates.next().unwrap_or_else(|| Update::of(Ok(bytes::empty())));
        updates.fold(first, |all, update| all & update)
    }
}
