//! Running plans.
//!
//! A run can stop after any document and go on later, in the same snapshot or in a newer one: where it is
//! stands in a [`Position`]. The invariant: every candidate passes the plan's matcher before anybody sees it,
//! and within one snapshot no document is shown twice. In a newer one a document whose key in the index was moved
//! forward meanwhile comes again, as with MongoDB's cursors.

pub(crate) mod count;
mod deadline;
pub(crate) mod key;
mod position;
mod scan;
mod sort;

use crate::catalog::CollectionEntry;
use crate::error::Result;
use crate::plan::Plan;
use anser_query::value::DocumentRef;
use anser_storage::ReadTxn;
pub(crate) use deadline::Deadline;
pub(crate) use position::Position;
use std::ops::ControlFlow;

/// What a run shows documents to: the record number and the document. Breaking ends the run.
pub(crate) type Visit<'v> = dyn FnMut(u64, DocumentRef<'_>) -> Result<ControlFlow<()>> + 'v;

/// Shows the documents that answer `plan`, in the plan's order, until `visit` breaks.
///
/// # Errors
/// What the storage or `visit` raises; QueryExceededMemoryLimitNoDiskUseAllowed (292) when too much has to be
/// sorted.
pub(crate) fn for_each(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    visit: &mut Visit<'_>,
) -> Result<()> {
    resume(txn, collection, plan, &mut Position::default(), &Deadline::never(), visit).map(|_| ())
}

/// Goes on at `position` until `visit` breaks or nothing is left; returns whether something may be left.
pub(crate) fn resume(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    position: &mut Position,
    deadline: &Deadline,
    visit: &mut Visit<'_>,
) -> Result<bool> {
    if plan.limit.is_some_and(|limit| position.returned >= limit) {
        return Ok(false);
    }
    match &plan.sort {
        None => {
            scan::matches(txn, collection, plan, position, deadline, &mut |position, record, document| {
                if position.skipped < plan.skip {
                    position.skipped += 1;
                    return Ok(ControlFlow::Continue(()));
                }
                position.returned += 1;
                let flow = visit(record, document)?;
                let full = plan.limit.is_some_and(|limit| position.returned >= limit);
                Ok(if full { ControlFlow::Break(()) } else { flow })
            })
            .map(|more| more && plan.limit.is_none_or(|limit| position.returned < limit))
        }
        Some(sort) => {
            sort::sorted(txn, collection, plan, sort, deadline, visit)?;
            Ok(false)
        }
    }
}
