//! Candidates from the collection or from indexes, and those of them that match.

use super::{Deadline, Position};
use crate::catalog::CollectionEntry;
use crate::error::{Error, Result};
use crate::index::entry::record_of;
use crate::plan::{Access, IndexScan, KeyRange, Plan};
use anser_query::value::DocumentRef;
use anser_storage::{Direction, Key, Range, ReadTxn};
use std::ops::{Bound, ControlFlow};

/// What a scan shows its matches to.
pub(super) type Match<'v> = dyn FnMut(&mut Position, u64, DocumentRef<'_>) -> Result<ControlFlow<()>> + 'v;

/// What index entries are shown to: key and value.
type VisitEntry<'v> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'v;

/// Shows the matches from `position` on, in the order of the access, until `visit` breaks. Returns whether it
/// broke; `position` then stands behind the last match shown.
pub(super) fn matches(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    position: &mut Position,
    deadline: &Deadline,
    visit: &mut Match<'_>,
) -> Result<bool> {
    match &plan.access {
        Access::Collection(direction) => {
            collection_matches(txn, collection, plan, *direction, position, deadline, visit)
        }
        Access::Index(scan) => index_matches(txn, collection, plan, scan, position, deadline, visit),
        Access::Union(scans) => {
            while let Some(scan) = scans.get(position.branch) {
                if index_matches(txn, collection, plan, scan, position, deadline, visit)? {
                    return Ok(true);
                }
                position.branch += 1;
                position.range = 0;
                position.key = None;
            }
            Ok(false)
        }
    }
}

fn collection_matches(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    direction: Direction,
    position: &mut Position,
    deadline: &Deadline,
    visit: &mut Match<'_>,
) -> Result<bool> {
    let mut range = Range::ALL;
    if let Some(record) = position.record {
        match direction {
            Direction::Forward => range.lower = Bound::Excluded(Key::Record(record)),
            Direction::Backward => range.upper = Bound::Excluded(Key::Record(record)),
        }
    }
    let mut failure = None;
    let mut broke = false;
    txn.scan(collection.tree, range, direction, &mut |key, value| {
        let Key::Record(record) = key else { return ControlFlow::Continue(()) };
        let document = DocumentRef::new(value);
        if plan.matcher.as_ref().is_some_and(|matcher| !matcher.matches(document)) {
            return keep_on(deadline.check(), &mut failure);
        }
        let flow = match deadline.check().and_then(|()| visit(position, record, document)) {
            Ok(flow) => flow,
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        };
        if flow.is_break() {
            position.record = Some(record);
            broke = true;
        }
        flow
    })?;
    match failure {
        Some(error) => Err(error),
        None => Ok(broke),
    }
}

fn index_matches(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    scan: &IndexScan,
    position: &mut Position,
    deadline: &Deadline,
    visit: &mut Match<'_>,
) -> Result<bool> {
    let repeats = scan.repeats || matches!(plan.access, Access::Union(_));
    while position.range < scan.ranges.len() {
        let at = match scan.direction {
            Direction::Forward => position.range,
            Direction::Backward => scan.ranges.len() - 1 - position.range,
        };
        let after = position.key.take();
        let mut failure = None;
        let mut broke = false;
        entries(txn, scan, &scan.ranges[at], after.as_deref(), &mut |key, value| {
            let record = record_of(&scan.index, key, value);
            if repeats && !position.seen.insert(record) {
                return keep_on(deadline.check(), &mut failure);
            }
            match fetch(txn, collection, plan, record, position, deadline, visit) {
                Ok(ControlFlow::Continue(())) => ControlFlow::Continue(()),
                Ok(ControlFlow::Break(())) => {
                    position.key = Some(key.to_vec());
                    broke = true;
                    ControlFlow::Break(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = failure {
            return Err(error);
        }
        if broke {
            return Ok(true);
        }
        position.range += 1;
    }
    Ok(false)
}

/// Shows the document of `record` to `visit` when it matches.
#[inline]
fn fetch(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    record: u64,
    position: &mut Position,
    deadline: &Deadline,
    visit: &mut Match<'_>,
) -> Result<ControlFlow<()>> {
    deadline.check()?;
    let mut outcome = Ok(ControlFlow::Continue(()));
    txn.get(collection.tree, Key::Record(record), &mut |bytes| {
        let document = DocumentRef::new(bytes);
        if plan.matcher.as_ref().is_none_or(|matcher| matcher.matches(document)) {
            outcome = visit(position, record, document);
        }
    })?;
    outcome
}

/// Shows the entries of `range` behind the key `after`, in the scan's direction.
pub(super) fn entries(
    txn: &dyn ReadTxn,
    scan: &IndexScan,
    range: &KeyRange,
    after: Option<&[u8]>,
    visit: &mut VisitEntry<'_>,
) -> Result<()> {
    let tree = scan.index.tree;
    if range.point {
        if after.is_none() {
            txn.get(tree, range.key(), &mut |value| {
                let _ = visit(&range.lower, value);
            })?;
        }
        return Ok(());
    }
    let mut bounds = range.bounds();
    if let Some(after) = after {
        match scan.direction {
            Direction::Forward => bounds.lower = Bound::Excluded(Key::Bytes(after)),
            Direction::Backward => bounds.upper = Bound::Excluded(Key::Bytes(after)),
        }
    }
    txn.scan(tree, bounds, scan.direction, &mut |key, value| match key {
        Key::Bytes(key) => visit(key, value),
        Key::Record(_) => ControlFlow::Continue(()),
    })?;
    Ok(())
}

/// Goes on after `checked`, or keeps its error and stops.
fn keep_on(checked: Result<()>, failure: &mut Option<Error>) -> ControlFlow<()> {
    match checked {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            *failure = Some(error);
            ControlFlow::Break(())
        }
    }
}
