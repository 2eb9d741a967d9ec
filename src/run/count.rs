//! Counting what answers a plan.

use super::{Deadline, Position, scan};
use crate::catalog::CollectionEntry;
use crate::error::Result;
use crate::plan::{Access, Plan};
use anser_storage::{Range, ReadTxn};
use std::ops::ControlFlow;

/// How many documents answer `plan`, its skip and limit applied (its sort changes nothing).
///
/// # Errors
/// What the storage raises; MaxTimeMSExpired (50).
pub(crate) fn count(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    deadline: &Deadline,
) -> Result<u64> {
    if let Some(matching) = by_ranges(txn, collection, plan)? {
        let left = matching.saturating_sub(plan.skip);
        return Ok(plan.limit.map_or(left, |limit| left.min(limit)));
    }
    let enough = plan.limit.map(|limit| plan.skip.saturating_add(limit));
    let mut matching: u64 = 0;
    scan::matches(txn, collection, plan, &mut Position::default(), deadline, &mut |_, _, _| {
        matching += 1;
        let full = enough.is_some_and(|enough| matching >= enough);
        Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(matching.saturating_sub(plan.skip))
}

/// The count without reading a document, where the plan's ranges hold exactly the matches.
pub(crate) fn by_ranges(txn: &dyn ReadTxn, collection: &CollectionEntry, plan: &Plan) -> Result<Option<u64>> {
    Ok(match &plan.access {
        Access::Collection(_) if plan.matcher.is_none() => Some(txn.count(collection.tree, Range::ALL)?),
        Access::Index(scan) if scan.exact => {
            let mut count = 0;
            for range in &scan.ranges {
                count += match range.point {
                    true => u64::from(txn.get(scan.index.tree, range.key(), &mut |_| {})?),
                    false => txn.count(scan.index.tree, range.bounds())?,
                };
            }
            Some(count)
        }
        Access::Collection(_) | Access::Index(_) | Access::Union(_) => None,
    })
}
