//! What a collection can hold: models, and documents without one.

use crate::codec;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LoadedModel, Model, StoredModel, bytes, cannot_load, cannot_store};
use crate::schema::ModelSchema;
use anser_query::Code;
use anser_query::value::DocumentRef;
use bson::{Document, RawDocumentBuf};

/// What a [`Collection`](crate::Collection) can hold: every [`Model`], [`Document`], and [`RawDocumentBuf`].
#[diagnostic::on_unimplemented(
    message = "a collection cannot hold `{Self}`",
    label = "neither a model nor a document",
    note = "add `#[derive(Model)]` and mark its key with `#[model(id)]`, or use `Document`"
)]
pub trait Record: Sized + Send + Sync + 'static {
    /// Its bytes, as they are stored.
    #[doc(hidden)]
    fn encode(&self) -> Result<Vec<u8>>;

    /// What a stored document's bytes hold.
    #[doc(hidden)]
    fn decode(bytes: &[u8]) -> Result<Self>;

    /// What it says about itself; documents say nothing.
    #[doc(hidden)]
    fn model_schema() -> Option<&'static ModelSchema>;
}

/// What most documents fit in, so that encoding one allocates once.
const USUAL_BYTES: usize = 256;

impl<T: Model> Record for T {
    #[inline]
    fn encode(&self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(USUAL_BYTES);
        codec::encode(&StoredModel(self), &mut out).map_err(cannot_store::<T>)?;
        Ok(out)
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Result<Self> {
        codec::decode(bytes).map(|LoadedModel(model)| model).map_err(cannot_load::<T>)
    }

    #[inline]
    fn model_schema() -> Option<&'static ModelSchema> {
        Some(T::schema())
    }
}

impl Record for Document {
    fn encode(&self) -> Result<Vec<u8>> {
        Ok(bytes::of_document(self)?)
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        DocumentRef::new(bytes).to_document().map_err(broken)
    }

    fn model_schema() -> Option<&'static ModelSchema> {
        None
    }
}

impl Record for RawDocumentBuf {
    fn encode(&self) -> Result<Vec<u8>> {
        Ok(self.as_bytes().to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        RawDocumentBuf::from_bytes(bytes.to_vec()).map_err(broken)
    }

    fn model_schema() -> Option<&'static ModelSchema> {
        None
    }
}

fn broken(error: bson::error::Error) -> Error {
    Error::new(ErrorKind::Document, Code::INVALID_BSON, error.to_string())
}
