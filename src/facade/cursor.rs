//! Reading documents one after the other, decoded from the engine's own bytes.

use super::record::Record;
use crate::engine::DocumentCursor;
use crate::error::Result;
use bson::RawDocument;
use std::marker::PhantomData;

/// The documents of a query, an iterator of `Result<T>`.
///
/// A document that does not fit `T` is an error, and the next one follows; after an error of the engine nothing
/// does.
pub struct Cursor<T> {
    documents: Option<Box<dyn DocumentCursor>>,
    record: PhantomData<fn() -> T>,
}

impl<T: Record> Cursor<T> {
    pub(super) fn new(documents: Box<dyn DocumentCursor>) -> Self {
        Cursor { documents: Some(documents), record: PhantomData }
    }

    /// The next document's bytes, valid until the next call.
    ///
    /// # Errors
    /// Those of the engine; the cursor is at its end then.
    pub fn next_raw(&mut self) -> Result<Option<&RawDocument>> {
        let Some(documents) = &mut self.documents else { return Ok(None) };
        documents.next()
    }

    /// The rest of the documents as another type.
    pub fn with_type<R: Record>(self) -> Cursor<R> {
        Cursor { documents: self.documents, record: PhantomData }
    }
}

impl<T: Record> Iterator for Cursor<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match self.documents.as_mut()?.next() {
            Ok(Some(document)) => Some(T::decode(document.as_bytes())),
            Ok(None) => {
                self.documents = None;
                None
            }
            Err(error) => {
                self.documents = None;
                Some(Err(error))
            }
        }
    }
}

impl<T: Record> std::iter::FusedIterator for Cursor<T> {}

impl<T> std::fmt::Debug for Cursor<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor").field("is_open", &self.documents.is_some()).finish()
    }
}
