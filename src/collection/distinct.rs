//! The distinct values at a path.

use crate::engine::embedded::Embedded;
use crate::engine::{DistinctRequest, Namespace};
use crate::error::Result;

/// The distinct values at a path among the documents that match.
pub(crate) fn distinct(
    engine: &Embedded,
    namespace: &Namespace,
    request: &DistinctRequest,
) -> Result<Vec<bson::Bson>> {
    let _ = (engine, namespace, request);
    todo!()
}
