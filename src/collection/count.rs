//! Counting documents.

use crate::engine::embedded::Embedded;
use crate::engine::{CountRequest, Namespace};
use crate::error::Result;

/// Counts the documents that match.
pub(crate) fn count(engine: &Embedded, namespace: &Namespace, request: &CountRequest) -> Result<u64> {
    let _ = (engine, namespace, request);
    todo!()
}

/// How many documents the collection holds, without reading them.
pub(crate) fn estimated_count(engine: &Embedded, namespace: &Namespace) -> Result<u64> {
    let _ = (engine, namespace);
    todo!()
}
