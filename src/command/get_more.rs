//! `getMore`: the next batch of an open cursor.

use super::Call;
use super::arguments::{Argument, missing_field};
use crate::engine::Namespace;
use crate::error::Result;
use anser_query::value::{View, tag};
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let target = call.arguments.target();
    let View::Int64(id) = target.view() else {
        return Err(Argument::new("getMore", "getMore", target).wrong_type("long"));
    };
    let (mut collection, mut batch_size) = (None, None);
    call.arguments.each(|argument| {
        match argument.name {
            "collection" => collection = Some(argument.string()?),
            "batchSize" => batch_size = argument.not_negative()?,
            "term" | "lastKnownCommittedOpTime" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let collection = collection.ok_or_else(|| missing_field("getMore", "collection"))?;
    debug_assert_eq!(target.tag, tag::INT64);
    // Cursors over `$cmd.listCollections` and the like carry a `$`: the registry compares, nothing is opened.
    let namespace = Namespace::of_cursor(call.database, collection)?;
    call.cursors.next_batch(id, &namespace, batch_size)
}
