//! How a request would run.

use crate::engine::embedded::Embedded;
use crate::engine::{ExplainRequest, Namespace, Verbosity};
use crate::error::Result;

/// Says how a request would run and, when asked, runs it and counts.
pub(crate) fn explain(
    engine: &Embedded,
    namespace: &Namespace,
    request: &ExplainRequest,
    verbosity: Verbosity,
) -> Result<bson::Document> {
    let _ = (engine, namespace, request, verbosity);
    todo!()
}
