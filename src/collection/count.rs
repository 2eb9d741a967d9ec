//! Counting documents.

use crate::engine::embedded::Embedded;
use crate::engine::{CountRequest, Namespace};
use crate::error::Result;
use crate::plan::{self, Query};
use crate::run::{self, Deadline};
use anser_query::Filter;
use anser_query::value::DocumentRef;
use anser_storage::Range;

/// Counts the documents that match. A range of an index that holds exactly the matches is counted without
/// reading a document.
pub(crate) fn count(engine: &Embedded, namespace: &Namespace, request: &CountRequest) -> Result<u64> {
    let filter = Filter::parse(DocumentRef::from(&request.filter))?;
    let view = engine.read()?;
    let Some(collection) = view.catalog.collection(namespace) else { return Ok(0) };
    let plan = plan::choose(collection, &query(request, &filter))?;
    run::count::count(&*view.txn, collection, &plan, &Deadline::after(request.max_time))
}

/// What `request` asks, its filter parsed.
pub(super) fn query<'q>(request: &'q CountRequest, filter: &'q Filter) -> Query<'q> {
    Query {
        skip: request.skip,
        // As in MongoDB: a limit of zero is none.
        limit: request.limit.filter(|&limit| limit > 0),
        hint: request.hint.as_ref(),
        ..Query::new(filter)
    }
}

/// How many documents the collection holds, without reading them.
pub(crate) fn estimated_count(engine: &Embedded, namespace: &Namespace) -> Result<u64> {
    let view = engine.read()?;
    let Some(collection) = view.catalog.collection(namespace) else { return Ok(0) };
    Ok(view.txn.count(collection.tree, Range::ALL)?)
}
