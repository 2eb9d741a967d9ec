//! Finding documents.

use crate::engine::embedded::Embedded;
use crate::engine::{DocumentCursor, FindRequest, Namespace};
use crate::error::Result;

/// Opens a cursor.
pub(crate) fn find(
    engine: &Embedded,
    namespace: &Namespace,
    request: &FindRequest,
) -> Result<Box<dyn DocumentCursor>> {
    let _ = (engine, namespace, request);
    todo!()
}
