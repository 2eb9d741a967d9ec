//! `create`: an empty collection.

use super::Call;
use super::reply::Reply;
use crate::error::Result;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    call.arguments.each(|argument| {
        match argument.name {
            "capped" | "temp" | "recordIdsReplicated" if !argument.boolean()? => {}
            "autoIndexId" if argument.is_absent() || argument.boolean()? => {}
            "storageEngine" | "indexOptionDefaults" => drop(argument.object()?),
            "flags" | "comment" => {}
            "collation" | "validator" | "timeseries" | "changeStreamPreAndPostImages" | "encryptedFields"
                if argument.object()?.is_empty() => {}
            "pipeline" if argument.array()?.is_empty() => {}
            "capped"
            | "temp"
            | "autoIndexId"
            | "size"
            | "max"
            | "collation"
            | "validator"
            | "validationLevel"
            | "validationAction"
            | "viewOn"
            | "pipeline"
            | "timeseries"
            | "clusteredIndex"
            | "expireAfterSeconds"
            | "changeStreamPreAndPostImages"
            | "encryptedFields"
            | "recordIdsReplicated" => {
                if !argument.is_absent() {
                    return Err(argument.not_supported());
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    call.engine.create_collection(&namespace)?;
    Reply::new().ok()
}
