//! `distinct`: the distinct values at a path.

use super::Call;
use super::arguments::{Arguments, missing_field, raw_buf};
use super::generic::Generic;
use super::reply::Reply;
use crate::engine::DistinctRequest;
use crate::error::Result;
use bson::{Bson, RawDocumentBuf};

/// Reads a distinct command.
pub(super) fn read(arguments: &Arguments<'_>, generic: &Generic) -> Result<DistinctRequest> {
    let mut request = DistinctRequest::default();
    let mut key = None;
    arguments.each(|argument| {
        match argument.name {
            "key" if !argument.is_absent() => key = Some(argument.string()?.to_owned()),
            "key" => {}
            "query" => request.filter = raw_buf(argument.object()?)?,
            "hint" => request.hint = argument.hint()?,
            "collation" if argument.object()?.is_empty() => {}
            "collation" => return Err(argument.not_supported()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    request.key = key.ok_or_else(|| missing_field("distinct", "key"))?;
    request.max_time = generic.max_time;
    Ok(request)
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let values = call.engine.distinct(&namespace, &read(&call.arguments, &call.generic)?)?;
    Reply::new().bson("values", &Bson::Array(values)).ok()
}
