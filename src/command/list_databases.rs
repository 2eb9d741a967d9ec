//! `listDatabases`: the databases that hold a collection.

use super::Call;
use super::reply::Reply;
use crate::error::Result;
use anser_query::Filter;
use anser_query::value::DocumentRef;
use bson::{RawDocumentBuf, doc};

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let (mut filter, mut name_only) = (Filter::All, false);
    call.arguments.each(|argument| {
        match argument.name {
            "filter" => filter = Filter::parse(argument.object()?)?,
            "nameOnly" => name_only = argument.boolean()?,
            "authorizedDatabases" => drop(argument.boolean()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let (mut documents, mut total) = (Vec::new(), 0);
    for database in call.engine.list_databases()? {
        let size = i64::try_from(database.size_bytes).unwrap_or(i64::MAX);
        let document = doc! { "name": database.name.clone(), "sizeOnDisk": size, "empty": false };
        let raw =
            RawDocumentBuf::try_from(&document).map_err(|error| super::arguments::invalid_bson(&error))?;
        if !filter.matches(DocumentRef::from(&raw)) {
            continue;
        }
        total += size;
        documents.push(if name_only {
            doc! { "name": database.name }
        } else {
            document
        });
    }
    let reply = Reply::new().documents("databases", documents);
    if name_only {
        reply.ok()
    } else {
        reply.int64("totalSize", total).int64("totalSizeMb", total >> 20).ok()
    }
}
