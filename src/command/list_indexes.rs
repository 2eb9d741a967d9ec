//! `listIndexes`: the indexes of a collection, as a cursor.

use super::Call;
use super::listing::{self, Listing};
use crate::engine::IndexInfo;
use crate::error::{Error, Result};
use anser_query::Code;
use bson::{Document, RawDocumentBuf, doc};

/// An index as MongoDB lists it.
pub(super) fn describe(index: &IndexInfo) -> Document {
    let mut document = doc! { "v": 2, "key": index.keys.clone(), "name": index.name.clone() };
    // MongoDB does not say of `_id_` what goes without saying.
    if index.unique && index.name != "_id_" {
        document.insert("unique", true);
    }
    if index.sparse {
        document.insert("sparse", true);
    }
    document
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let (mut batch_size, mut build) = (None, Vec::new());
    call.arguments.each(|argument| {
        match argument.name {
            "cursor" => batch_size = listing::batch_size("listIndexes.cursor", &argument)?,
            "includeBuildUUIDs" | "includeIndexBuildInfo" => {
                build.extend(argument.boolean()?.then_some(argument.name))
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if build.len() > 1 {
        let message = "The includeBuildUUIDs flag and includeBuildIndexInfo flag cannot both be set to true";
        return Err(Error::request(Code::INVALID_OPTIONS, message));
    }
    let indexes = call.engine.list_indexes(&namespace)?;
    let documents = indexes.iter().map(describe).collect();
    Listing { namespace, documents, batch_size }.reply(call)
}
