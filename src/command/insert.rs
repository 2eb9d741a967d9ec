//! `insert`: stores the documents of a batch.

use super::arguments::{Argument, missing_field};
use super::reply::Reply;
use super::{BATCH_MEMBERS_MAX, Call};
use crate::error::{Error, Result};
use anser_query::Code;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let mut documents: Option<Vec<RawDocumentBuf>> = None;
    let mut options = call.write_options();
    call.arguments.each(|argument| {
        match argument.name {
            "documents" => {
                let list = argument.array()?.values().map(|value| {
                    let document = Argument::new("insert", "documents", value);
                    match value.as_document() {
                        Some(found) => super::arguments::raw_buf(found),
                        None => Err(document.wrong_type("object")),
                    }
                });
                documents = (!argument.is_absent()).then(|| list.collect::<Result<_>>()).transpose()?;
            }
            "ordered" => options.ordered = argument.is_absent() || argument.boolean()?,
            "bypassDocumentValidation" => drop(argument.boolean()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let documents = documents.ok_or_else(|| missing_field("insert", "documents"))?;
    if documents.is_empty() || documents.len() > BATCH_MEMBERS_MAX {
        return Err(batch_size(documents.len()));
    }
    let outcome = call.engine.insert(&namespace, documents, &options)?;
    Reply::new().count("n", outcome.inserted).write_errors(&outcome.write_errors).ok()
}

/// The error for a batch that is empty or too large.
pub(super) fn batch_size(found: usize) -> Error {
    Error::request(
        Code::INVALID_LENGTH,
        format!("Write batch sizes must be between 1 and {BATCH_MEMBERS_MAX}. Got {found} operations."),
    )
}
