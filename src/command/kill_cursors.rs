//! `killCursors`: ends open cursors.

use super::Call;
use super::arguments::{Argument, missing_field};
use super::reply::Reply;
use crate::engine::Namespace;
use crate::error::Result;
use anser_query::value::View;
use bson::{Bson, RawDocumentBuf};

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let target = call.arguments.target();
    let collection = Argument::new("killCursors", "killCursors", target).string()?;
    let namespace = Namespace::of_cursor(call.database, collection)?;
    let mut ids: Option<Vec<i64>> = None;
    call.arguments.each(|argument| {
        if argument.name != "cursors" {
            return Ok(false);
        }
        let list = argument.array()?.values().map(|value| match value.view() {
            View::Int64(id) => Ok(id),
            _ => Err(Argument::new("killCursors", "cursors", value).wrong_type("long")),
        });
        ids = Some(list.collect::<Result<_>>()?);
        Ok(true)
    })?;
    let ids = ids.ok_or_else(|| missing_field("killCursors", "cursors"))?;
    let (killed, not_found) = call.cursors.kill(&ids, &namespace);
    let array = |ids: Vec<i64>| Bson::Array(ids.into_iter().map(Bson::Int64).collect());
    Reply::new()
        .bson("cursorsKilled", &array(killed))
        .bson("cursorsNotFound", &array(not_found))
        .bson("cursorsAlive", &array(Vec::new()))
        .bson("cursorsUnknown", &array(Vec::new()))
        .ok()
}
