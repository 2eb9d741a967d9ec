//! `buildInfo`: which MongoDB the answers are those of, and which Anser gives them.

use super::Call;
use super::reply::Reply;
use crate::error::Result;
use anser_query::value::DOCUMENT_BYTES_MAX;
use bson::{Bson, RawDocumentBuf, bson, doc};

/// The MongoDB version whose answers these are.
pub(super) const VERSION: &str = "8.0.0";

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    call.arguments.each(|_| Ok(false))?;
    Reply::new()
        .string("version", VERSION)
        .string("gitVersion", concat!("anser-", env!("CARGO_PKG_VERSION")))
        .bson("modules", &bson!([]))
        .string("allocator", "system")
        .bson("versionArray", &bson!([8, 0, 0, 0]))
        .string("anser", env!("CARGO_PKG_VERSION"))
        .bson("openssl", &Bson::Document(doc! { "running": "none", "compiled": "none" }))
        .int32("bits", usize::BITS as i32)
        .boolean("debug", cfg!(debug_assertions))
        .int32("maxBsonObjectSize", DOCUMENT_BYTES_MAX as i32)
        .bson("storageEngines", &bson!(["anser"]))
        .ok()
}
