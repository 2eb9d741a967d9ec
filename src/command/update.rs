//! `update`: carries out update and replacement statements.

use super::arguments::{each_of_statement, missing_field, raw_buf};
use super::insert::batch_size;
use super::reply::Reply;
use super::{BATCH_MEMBERS_MAX, Call, not_empty};
use crate::engine::UpdateStatement;
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::{DocumentRef, View};
use bson::{Bson, RawDocumentBuf, doc};

/// Reads one statement: `{q, u, multi, upsert, hint, sort}`.
pub(super) fn statement(scope: &str, document: DocumentRef<'_>) -> Result<UpdateStatement> {
    let (mut filter, mut update) = (None, None);
    let (mut multi, mut upsert, mut hint, mut sort) = (false, false, None, None);
    each_of_statement(scope, document, |argument| {
        match argument.name {
            "q" if !argument.is_absent() => filter = Some(raw_buf(argument.object()?)?),
            "u" if !argument.is_absent() => update = Some(modification(argument.value.view())?),
            "q" | "u" => {}
            "multi" => multi = argument.boolean()?,
            "upsert" => upsert = argument.boolean()?,
            "hint" => hint = argument.hint()?,
            "sort" => sort = not_empty(argument.object()?)?,
            "collation" | "c" if argument.object()?.is_empty() => {}
            "arrayFilters" if argument.array()?.is_empty() => {}
            "collation" | "c" | "arrayFilters" => return Err(argument.not_supported()),
            "upsertSupplied" | "sampleId" | "includeQueryStatsMetricsForOpIndex" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(UpdateStatement {
        filter: filter.ok_or_else(|| missing_field(scope, "q"))?,
        update: update.ok_or_else(|| missing_field(scope, "u"))?,
        multi,
        upsert,
        hint,
        sort,
    })
}

/// Reads an update: operators or a replacement. A pipeline is refused by name.
pub(super) fn modification(update: View<'_>) -> Result<RawDocumentBuf> {
    match update {
        View::Document(document) => raw_buf(document),
        View::Array(_) => Err(Error::request(
            Code::NOT_IMPLEMENTED,
            "Anser does not support updates by an aggregation pipeline",
        )),
        _ => {
            Err(Error::request(Code::FAILED_TO_PARSE, "Update argument must be either an object or an array"))
        }
    }
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let mut statements: Option<Vec<UpdateStatement>> = None;
    let mut options = call.write_options();
    call.arguments.each(|argument| {
        match argument.name {
            "updates" if !argument.is_absent() => {
                let list = argument.array()?.values().map(|value| {
                    let member = super::arguments::Argument::new("update", "updates", value);
                    statement(
                        "update.updates",
                        value.as_document().ok_or_else(|| member.wrong_type("object"))?,
                    )
                });
                statements = Some(list.collect::<Result<_>>()?);
            }
            "updates" => {}
            "ordered" => options.ordered = argument.is_absent() || argument.boolean()?,
            "bypassDocumentValidation" => drop(argument.boolean()?),
            "let" if argument.object()?.is_empty() => {}
            "let" => return Err(argument.not_supported()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let statements = statements.ok_or_else(|| missing_field("update", "updates"))?;
    if statements.is_empty() || statements.len() > BATCH_MEMBERS_MAX {
        return Err(batch_size(statements.len()));
    }
    let outcome = call.engine.update(&namespace, &statements, &options)?;
    let mut reply = Reply::new().count("n", outcome.matched + outcome.upserted.len() as u64);
    if !outcome.upserted.is_empty() {
        reply = reply.documents(
            "upserted",
            outcome.upserted.iter().map(|(index, id)| {
                doc! { "index": i32::try_from(*index).unwrap_or(i32::MAX), "_id": Bson::clone(id) }
            }),
        );
    }
    reply.count("nModified", outcome.modified).write_errors(&outcome.write_errors).ok()
}
