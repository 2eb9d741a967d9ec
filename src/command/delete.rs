//! `delete`: carries out delete statements.

use super::arguments::{Argument, each_of_statement, missing_field, raw_buf};
use super::insert::batch_size;
use super::reply::Reply;
use super::{BATCH_MEMBERS_MAX, Call};
use crate::engine::DeleteStatement;
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::DocumentRef;
use bson::RawDocumentBuf;

/// Reads one statement: `{q, limit, hint}`.
pub(super) fn statement(document: DocumentRef<'_>) -> Result<DeleteStatement> {
    let scope = "delete.deletes";
    let (mut filter, mut limit, mut hint) = (None, None, None);
    each_of_statement(scope, document, |argument| {
        match argument.name {
            "q" if !argument.is_absent() => filter = Some(raw_buf(argument.object()?)?),
            "q" => {}
            "limit" => limit = argument.long()?,
            "hint" => hint = argument.hint()?,
            "collation" if argument.object()?.is_empty() => {}
            "collation" => return Err(argument.not_supported()),
            "sampleId" | "includeQueryStatsMetricsForOpIndex" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let filter = filter.ok_or_else(|| missing_field(scope, "q"))?;
    let multi = match limit.ok_or_else(|| missing_field(scope, "limit"))? {
        0 => true,
        1 => false,
        other => {
            return Err(Error::request(
                Code::FAILED_TO_PARSE,
                format!("The limit field in delete objects must be 0 or 1. Got {other}"),
            ));
        }
    };
    Ok(DeleteStatement { filter, multi, hint })
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let mut statements: Option<Vec<DeleteStatement>> = None;
    let mut options = call.write_options();
    call.arguments.each(|argument| {
        match argument.name {
            "deletes" if !argument.is_absent() => {
                let list = argument.array()?.values().map(|value| {
                    let member = Argument::new("delete", "deletes", value);
                    statement(value.as_document().ok_or_else(|| member.wrong_type("object"))?)
                });
                statements = Some(list.collect::<Result<_>>()?);
            }
            "deletes" => {}
            "ordered" => options.ordered = argument.is_absent() || argument.boolean()?,
            "let" if argument.object()?.is_empty() => {}
            "let" => return Err(argument.not_supported()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let statements = statements.ok_or_else(|| missing_field("delete", "deletes"))?;
    if statements.is_empty() || statements.len() > BATCH_MEMBERS_MAX {
        return Err(batch_size(statements.len()));
    }
    let outcome = call.engine.delete(&namespace, &statements, &options)?;
    Reply::new().count("n", outcome.deleted).write_errors(&outcome.write_errors).ok()
}
