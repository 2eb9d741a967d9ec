//! `findAndModify`: changes or removes one document and answers with it.

use super::arguments::raw_buf;
use super::reply::{Reply, append_bson};
use super::{Call, not_empty, update};
use crate::engine::{FindAndModify, Modification};
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::{DocumentRef, ValueRef, write};
use bson::{Bson, RawDocumentBuf};

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let mut request = FindAndModify {
        filter: RawDocumentBuf::new(),
        modification: Modification::Remove,
        sort: None,
        projection: None,
        upsert: false,
        return_new: false,
        hint: None,
        durability: call.generic.durability,
    };
    let (mut remove, mut modification) = (false, None);
    call.arguments.each(|argument| {
        match argument.name {
            "query" => request.filter = raw_buf(argument.object()?)?,
            "sort" => request.sort = not_empty(argument.object()?)?,
            "fields" => request.projection = not_empty(argument.object()?)?,
            "hint" => request.hint = argument.hint()?,
            "remove" => remove = argument.boolean()?,
            "update" if !argument.is_absent() => {
                modification = Some(update::modification(argument.value.view())?)
            }
            "update" => {}
            "upsert" => request.upsert = argument.boolean()?,
            "new" => request.return_new = argument.boolean()?,
            "bypassDocumentValidation" => drop(argument.boolean()?),
            "collation" | "let" if argument.object()?.is_empty() => {}
            "arrayFilters" if argument.array()?.is_empty() => {}
            "collation" | "let" | "arrayFilters" => return Err(argument.not_supported()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    request.modification = check(remove, modification, &request)?;
    let outcome = call.engine.find_and_modify(&namespace, &request)?;

    let mut reply = Reply::new();
    let out = reply.bytes();
    let last = write::begin_document(out, b"lastErrorObject");
    write::int32(out, b"n", i32::from(outcome.found || outcome.upserted.is_some()));
    if !remove {
        append_bson(out, "updatedExisting", &Bson::Boolean(outcome.found));
    }
    if let Some(id) = &outcome.upserted {
        append_bson(out, "upserted", id);
    }
    write::end(out, last);
    let value = outcome.value.as_ref().map_or(ValueRef::NULL, |value| DocumentRef::from(value).as_value());
    write::element(out, b"value", value);
    reply.ok()
}

/// Holds the fields against each other, as MongoDB does.
fn check(remove: bool, update: Option<RawDocumentBuf>, request: &FindAndModify) -> Result<Modification> {
    let refuse = |why: &str| Err(Error::request(Code::FAILED_TO_PARSE, why));
    match (remove, update) {
        (true, Some(_)) => refuse("Cannot specify both an update and remove=true"),
        (true, None) if request.upsert => refuse("Cannot specify both upsert=true and remove=true"),
        (true, None) if request.return_new => refuse(
            "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
        ),
        (true, None) => Ok(Modification::Remove),
        (false, Some(update)) => Ok(Modification::Update(update)),
        (false, None) => refuse("Either an update or remove=true must be specified"),
    }
}
