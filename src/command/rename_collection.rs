//! `renameCollection`: within or across the databases of one storage.

use super::Call;
use super::arguments::{Argument, missing_field};
use super::reply::Reply;
use crate::engine::Namespace;
use crate::error::{Error, Result};
use anser_query::Code;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let from = namespace(&Argument::new("renameCollection", "renameCollection", call.arguments.target()))?;
    let (mut to, mut drop_target) = (None, false);
    call.arguments.each(|argument| {
        match argument.name {
            "to" if !argument.is_absent() => to = Some(namespace(&argument)?),
            "to" => {}
            "dropTarget" if argument.is_absent() => return Err(argument.wrong_type("[bool, object]")),
            "dropTarget" => drop_target = argument.boolean()?,
            "stayTemp" => drop(argument.boolean()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let to = to.ok_or_else(|| missing_field("renameCollection", "to"))?;
    call.engine.rename_collection(&from, &to, drop_target)?;
    Reply::new().ok()
}

/// Reads `database.collection`.
pub(super) fn namespace(argument: &Argument<'_>) -> Result<Namespace> {
    let text = argument.string()?;
    let Some((database, collection)) = text.split_once('.') else {
        return Err(Error::request(Code::INVALID_NAMESPACE, format!("Invalid namespace specified '{text}'")));
    };
    Namespace::new(database, collection)
}
