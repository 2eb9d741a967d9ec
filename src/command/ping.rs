//! `ping`: is anybody there?

use super::Call;
use super::reply::Reply;
use crate::error::Result;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    call.arguments.each(|_| Ok(false))?;
    Reply::new().ok()
}
