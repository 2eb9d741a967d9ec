//! `endSessions`: clients say it when they go. There is nothing to end yet.

use super::Call;
use super::arguments::Argument;
use super::reply::Reply;
use crate::error::Result;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    Argument::new("endSessions", "endSessions", call.arguments.target()).array()?;
    Reply::new().ok()
}
