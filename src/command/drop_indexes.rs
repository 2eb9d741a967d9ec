//! `dropIndexes`: one, several or all but `_id_`.

use super::Call;
use super::arguments::{invalid_bson, missing_field};
use super::reply::Reply;
use crate::engine::IndexChoice;
use crate::error::Result;
use anser_query::value::View;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let mut choice = None;
    call.arguments.each(|argument| {
        if argument.name != "index" {
            return Ok(false);
        }
        choice = match argument.value.view() {
            View::String(_) => match argument.string()? {
                "*" => Some(IndexChoice::All),
                name => Some(IndexChoice::Name(name.to_owned())),
            },
            View::Document(keys) => {
                Some(IndexChoice::Keys(keys.to_document().map_err(|error| invalid_bson(&error))?))
            }
            View::Array(names) => {
                let names = names.values().map(|name| {
                    name.as_str()
                        .map(str::to_owned)
                        .ok_or_else(|| argument.wrong_type("[string, object, array]"))
                });
                Some(IndexChoice::Names(names.collect::<Result<_>>()?))
            }
            _ if argument.is_absent() => None,
            _ => return Err(argument.wrong_type("[string, object, array]")),
        };
        Ok(true)
    })?;
    let choice = choice.ok_or_else(|| missing_field("dropIndexes", "index"))?;
    let all = choice == IndexChoice::All;
    let before = call.engine.drop_indexes(&namespace, &choice)?;
    let reply = Reply::new().count("nIndexesWas", before.into());
    if all { reply.string("msg", "non-_id indexes dropped for collection").ok() } else { reply.ok() }
}
