//! `dropDatabase`: every collection of a database.

use super::Call;
use super::arguments::Argument;
use super::reply::Reply;
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::Number;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let target = Argument::new("dropDatabase", "dropDatabase", call.arguments.target());
    match target.long()? {
        Some(1) => {}
        found => {
            debug_assert!(found.is_some() || Number::of(target.value).is_none());
            return Err(Error::request(Code(5255100), "Expected 'dropDatabase' to be 1"));
        }
    }
    call.arguments.each(|_| Ok(false))?;
    call.engine.drop_database(call.database)?;
    Reply::new().string("dropped", call.database).ok()
}
