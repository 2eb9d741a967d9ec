//! `listCollections`: the collections of a database, as a cursor.

use super::Call;
use super::listing::{self, Listing};
use crate::engine::Namespace;
use crate::error::Result;
use anser_query::Filter;
use anser_query::value::DocumentRef;
use bson::{Binary, Bson, RawDocumentBuf, doc, spec::BinarySubtype};

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let (mut filter, mut name_only, mut batch_size) = (Filter::All, false, None);
    call.arguments.each(|argument| {
        match argument.name {
            "filter" => filter = Filter::parse(argument.object()?)?,
            "nameOnly" => name_only = argument.boolean()?,
            "authorizedCollections" => drop(argument.boolean()?),
            "cursor" => batch_size = listing::batch_size("listCollections.cursor", &argument)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let mut documents = Vec::new();
    for collection in call.engine.list_collections(call.database)? {
        let uuid = Binary { subtype: BinarySubtype::Uuid, bytes: collection.uuid.to_vec() };
        let mut document = doc! {
            "name": collection.name,
            "type": "collection",
            "options": {},
            "info": { "readOnly": false, "uuid": Bson::Binary(uuid) },
            "idIndex": { "v": 2, "key": { "_id": 1 }, "name": "_id_" },
        };
        let raw =
            RawDocumentBuf::try_from(&document).map_err(|error| super::arguments::invalid_bson(&error))?;
        if !filter.matches(DocumentRef::from(&raw)) {
            continue;
        }
        if name_only {
            document = doc! { "name": document.get_str("name").unwrap_or_default(), "type": "collection" };
        }
        documents.push(document);
    }
    let namespace = Namespace::of_cursor(call.database, "$cmd.listCollections")?;
    Listing { namespace, documents, batch_size }.reply(call)
}
