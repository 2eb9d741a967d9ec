//! `drop`: a collection and its indexes. Dropping what is not there succeeds, as in MongoDB since 7.0.

use super::Call;
use super::reply::Reply;
use crate::error::Result;
use anser_query::Code;
use bson::RawDocumentBuf;

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    call.arguments.each(|argument| Ok(argument.name == "collectionUUID"))?;
    let indexes = match call.engine.list_indexes(&namespace) {
        Ok(indexes) => indexes.len() as u64,
        Err(error) if error.code() == Code::NAMESPACE_NOT_FOUND => 0,
        Err(error) => return Err(error),
    };
    if call.engine.drop_collection(&namespace)? {
        Reply::new().count("nIndexesWas", indexes).string("ns", &namespace.to_string()).ok()
    } else {
        Reply::new().ok()
    }
}
