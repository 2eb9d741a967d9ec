//! `find`: opens a cursor and answers with its first batch.

use super::arguments::{Argument, Arguments, raw_buf};
use super::cursors::OpenCursor;
use super::generic::Generic;
use super::{Call, not_empty};
use crate::engine::FindRequest;
use crate::error::{Error, Result};
use anser_query::Code;
use bson::RawDocumentBuf;

/// A find command, read.
pub(super) struct Find {
    pub(super) request: FindRequest,
    batch_size: Option<u64>,
    single_batch: bool,
}

impl Find {
    /// Reads the command's fields.
    pub(super) fn read(arguments: &Arguments<'_>, generic: &Generic) -> Result<Find> {
        let mut find = Find { request: FindRequest::default(), batch_size: None, single_batch: false };
        let request = &mut find.request;
        arguments.each(|argument| {
            match argument.name {
                "filter" => request.filter = raw_buf(argument.required_object()?)?,
                "projection" => request.projection = not_empty(argument.object()?)?,
                "sort" => request.sort = not_empty(argument.object()?)?,
                "hint" => request.hint = argument.hint()?,
                "skip" => request.skip = argument.not_negative()?.unwrap_or(0),
                "limit" => request.limit = argument.not_negative()?.filter(|limit| *limit > 0),
                "batchSize" => find.batch_size = argument.not_negative()?,
                "singleBatch" => find.single_batch = argument.boolean()?,
                "min" => request.min = not_empty(argument.object()?)?,
                "max" => request.max = not_empty(argument.object()?)?,
                "returnKey" => request.return_key = argument.boolean()?,
                "awaitData" if argument.boolean()? => {
                    let message = "Cannot set 'awaitData' without also setting 'tailable'";
                    return Err(Error::request(Code::FAILED_TO_PARSE, message));
                }
                "allowDiskUse" | "noCursorTimeout" | "allowPartialResults" | "awaitData" | "oplogReplay" => {
                    argument.boolean()?;
                }
                _ => return refuse_unless_default(&argument),
            }
            Ok(true)
        })?;
        find.request.max_time = generic.max_time;
        Ok(find)
    }
}

/// Fields that MongoDB has and Anser has not: fine while they ask for nothing.
fn refuse_unless_default(argument: &Argument<'_>) -> Result<bool> {
    match argument.name {
        "showRecordId" | "tailable" if !argument.boolean()? => Ok(true),
        "collation" | "let" | "resumeAfter" | "startAt" if argument.object()?.is_empty() => Ok(true),
        "showRecordId"
        | "tailable"
        | "collation"
        | "let"
        | "resumeAfter"
        | "startAt"
        | "requestResumeToken"
        | "includeQueryStatsMetrics"
        | "querySettings" => Err(argument.not_supported()),
        _ => Ok(false),
    }
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let find = Find::read(&call.arguments, &call.generic)?;
    let cursor = call.engine.find(&namespace, &find.request)?;
    call.cursors.first_batch(OpenCursor::new(cursor, namespace), find.batch_size, find.single_batch)
}
