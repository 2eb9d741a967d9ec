//! `hello` and its old name `isMaster`: what clients ask first.

use super::reply::Reply;
use super::{BATCH_MEMBERS_MAX, Call};
use crate::error::Result;
use anser_query::value::DOCUMENT_BYTES_MAX;
use bson::{Bson, RawDocumentBuf};

/// The largest message a client may send, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 48_000_000;
/// The wire protocol version of MongoDB 8.0.
const WIRE_VERSION_MAX: i32 = 25;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    answer(call, "isWritablePrimary")
}

pub(super) fn run_legacy(call: &Call<'_>) -> Result<RawDocumentBuf> {
    answer(call, "ismaster")
}

fn answer(call: &Call<'_>, primary: &str) -> Result<RawDocumentBuf> {
    Reply::new()
        .boolean("helloOk", true)
        .boolean(primary, true)
        .int32("maxBsonObjectSize", DOCUMENT_BYTES_MAX as i32)
        .int32("maxMessageSizeBytes", MESSAGE_BYTES_MAX as i32)
        .int32("maxWriteBatchSize", BATCH_MEMBERS_MAX as i32)
        .bson("localTime", &Bson::DateTime(bson::DateTime::from_millis(call.clock.now_ms())))
        .int32("logicalSessionTimeoutMinutes", 30)
        .int32("connectionId", call.connection_id)
        .int32("minWireVersion", 0)
        .int32("maxWireVersion", WIRE_VERSION_MAX)
        .boolean("readOnly", false)
        .ok()
}
