//! Finding documents.

use crate::cursor::{Cursor, Opening, SNAPSHOT_MAX};
use crate::engine::embedded::Embedded;
use crate::engine::{DocumentCursor, FindRequest, Namespace};
use crate::error::Result;
use crate::plan::{self, Order, Query};
use anser_query::value::DocumentRef;
use anser_query::{Filter, Projection};
use std::sync::Arc;
use std::time::Duration;

/// Opens a cursor. A collection that is not there reads as empty, once the request was found well-formed.
pub(crate) fn find(
    engine: &Embedded,
    namespace: &Namespace,
    request: &FindRequest,
) -> Result<Box<dyn DocumentCursor>> {
    Ok(Box::new(open(engine, namespace, request, SNAPSHOT_MAX)?))
}

/// Opens a cursor that reads at most `snapshot_max` from one snapshot.
pub(crate) fn open(
    engine: &Embedded,
    namespace: &Namespace,
    request: &FindRequest,
    snapshot_max: Duration,
) -> Result<Cursor> {
    let filter = Filter::parse(DocumentRef::from(&request.filter))?;
    let order = Order::parse(request.sort.as_ref().map(DocumentRef::from))?;
    let projection = match &request.projection {
        Some(projection) => Some(Projection::parse(DocumentRef::from(projection))?),
        None => None,
    };
    let view = engine.read()?;
    let Some(collection) = view.catalog.collection(namespace) else { return Ok(Cursor::empty()) };
    let plan = plan::choose(collection, &query(request, &filter, &order))?;
    let opening = Opening {
        engine: engine.clone(),
        collection: Arc::clone(collection),
        plan,
        projection: projection.filter(|projection| !projection.is_identity()),
        return_key: request.return_key,
        max_time: request.max_time,
        keep_snapshot: request.snapshot,
        snapshot_max,
    };
    Cursor::open(opening, view.txn)
}

/// What `request` asks, its filter and sort parsed.
pub(super) fn query<'q>(request: &'q FindRequest, filter: &'q Filter, order: &'q Order) -> Query<'q> {
    Query {
        order,
        skip: request.skip,
        limit: request.limit,
        hint: request.hint.as_ref(),
        min: request.min.as_ref().map(DocumentRef::from),
        max: request.max.as_ref().map(DocumentRef::from),
        ..Query::new(filter)
    }
}
