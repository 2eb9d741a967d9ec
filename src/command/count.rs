//! `count`: how many documents match.

use super::Call;
use super::arguments::{Arguments, raw_buf};
use super::generic::Generic;
use super::reply::Reply;
use crate::engine::CountRequest;
use crate::error::Result;
use bson::RawDocumentBuf;

/// Reads a count command.
pub(super) fn read(arguments: &Arguments<'_>, generic: &Generic) -> Result<CountRequest> {
    let mut request = CountRequest::default();
    arguments.each(|argument| {
        match argument.name {
            "query" => request.filter = raw_buf(argument.object()?)?,
            "skip" => request.skip = argument.not_negative()?.unwrap_or(0),
            // A negative limit means as much as a positive one.
            "limit" => request.limit = argument.long()?.map(i64::unsigned_abs).filter(|limit| *limit > 0),
            "hint" => request.hint = argument.hint()?,
            "collation" if argument.object()?.is_empty() => {}
            "collation" => return Err(argument.not_supported()),
            "fields" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    request.max_time = generic.max_time;
    Ok(request)
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let count = call.engine.count(&namespace, &read(&call.arguments, &call.generic)?)?;
    Reply::new().count("n", count).ok()
}
