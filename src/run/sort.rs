//! Sorting matches that no index gives in order.
//!
//! With a limit only the first `skip + limit` are kept, in a heap. Ties keep the order in which they were met,
//! which for a collection scan is natural order: equal keys are told apart by a running number.

use super::scan;
use super::{Deadline, Position, Visit};
use crate::catalog::CollectionEntry;
use crate::error::{Error, Result};
use crate::plan::{Plan, SORT_BYTES_MAX};
use anser_query::value::DocumentRef;
use anser_query::{Code, Sort};
use anser_storage::ReadTxn;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

/// A match that waits for its place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    key: Box<[u8]>,
    /// How many matches were met before it.
    number: u64,
    record: u64,
    document: Box<[u8]>,
}

impl Waiting {
    fn bytes_len(&self) -> usize {
        self.key.len() + self.document.len() + size_of::<Waiting>()
    }
}

/// Shows the matches of `plan` in the order of `sort`, its skip and limit applied.
pub(super) fn sorted(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    sort: &Sort,
    deadline: &Deadline,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let keep = plan.limit.map(|limit| plan.skip.saturating_add(limit));
    let waiting = match keep {
        Some(keep) => first(txn, collection, plan, sort, deadline, keep, SORT_BYTES_MAX)?,
        None => all(txn, collection, plan, sort, deadline, SORT_BYTES_MAX)?,
    };
    let skip = usize::try_from(plan.skip).unwrap_or(usize::MAX);
    for waiting in waiting.into_iter().skip(skip) {
        deadline.check()?;
        if visit(waiting.record, DocumentRef::new(&waiting.document))?.is_break() {
            break;
        }
    }
    Ok(())
}

fn all(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    sort: &Sort,
    deadline: &Deadline,
    bytes_max: usize,
) -> Result<Vec<Waiting>> {
    let mut kept: Vec<Waiting> = Vec::new();
    let mut bytes = 0;
    let mut key = Vec::new();
    scan::matches(txn, collection, plan, &mut Position::default(), deadline, &mut |_, record, document| {
        key.clear();
        sort.key(document, &mut key)?;
        let number = kept.len() as u64;
        let waiting =
            Waiting { key: key.as_slice().into(), number, record, document: document.as_bytes().into() };
        bytes += waiting.bytes_len();
        kept.push(waiting);
        refuse_over(bytes, bytes_max)?;
        Ok(ControlFlow::Continue(()))
    })?;
    // The number makes every two of them different, so that the faster sort is stable too.
    kept.sort_unstable();
    Ok(kept)
}

fn first(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    plan: &Plan,
    sort: &Sort,
    deadline: &Deadline,
    keep: u64,
    bytes_max: usize,
) -> Result<Vec<Waiting>> {
    // The largest on top: what a smaller one drives out.
    let mut heap: BinaryHeap<Waiting> = BinaryHeap::new();
    let mut bytes = 0;
    let mut number = 0;
    let mut key = Vec::new();
    scan::matches(txn, collection, plan, &mut Position::default(), deadline, &mut |_, record, document| {
        key.clear();
        sort.key(document, &mut key)?;
        number += 1;
        if heap.len() as u64 >= keep {
            // An equal key came earlier and stays.
            if heap.peek().is_none_or(|largest| *key >= *largest.key) {
                return Ok(ControlFlow::Continue(()));
            }
            bytes -= heap.pop().map_or(0, |largest| largest.bytes_len());
        }
        let waiting =
            Waiting { key: key.as_slice().into(), number, record, document: document.as_bytes().into() };
        bytes += waiting.bytes_len();
        heap.push(waiting);
        refuse_over(bytes, bytes_max)?;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(heap.into_sorted_vec())
}

fn refuse_over(bytes: usize, bytes_max: usize) -> Result<()> {
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(Error::request(
        Code::QUERY_EXCEEDED_MEMORY_LIMIT,
        format!(
            "Sort exceeded memory limit of {bytes_max} bytes, but did not opt in to external sorting. \
             Aborting operation. Pass allowDiskUse:true to opt in."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::fixture::{Ask, Fixture};
    use bson::{Document, doc};

    fn numbers() -> Fixture {
        let documents: Vec<Document> = (0..500i32).map(|id| doc! { "_id": id, "n": id * 77 % 10 }).collect();
        Fixture::new(&documents, Vec::new())
    }

    fn records(waiting: Vec<Waiting>) -> Vec<u64> {
        waiting.into_iter().map(|waiting| waiting.record).collect()
    }

    #[test]
    fn the_first_of_a_sort_are_those_of_the_whole_sort_ties_in_natural_order() {
        let numbers = numbers();
        let plan = numbers.plan(&Ask::default().sort(doc! { "n": -1 }));
        let sort = plan.sort.as_ref().expect("no index gives the order");
        let (txn, never) = (numbers.txn(), Deadline::never());
        let whole = records(all(&*txn, &numbers.collection, &plan, sort, &never, usize::MAX).unwrap());
        assert_eq!(whole.len(), 500);
        for keep in [1, 7, 60, 499, 500, 900] {
            let kept = first(&*txn, &numbers.collection, &plan, sort, &never, keep, usize::MAX).unwrap();
            assert_eq!(records(kept), whole[..500.min(keep as usize)]);
        }
        let tied: Vec<u64> = whole[..50].to_vec();
        assert!(tied.is_sorted(), "one value of n: {tied:?}");
    }

    #[test]
    fn a_sort_beyond_its_memory_is_refused_and_one_that_keeps_little_is_not() {
        let numbers = numbers();
        let plan = numbers.plan(&Ask::default().sort(doc! { "n": 1 }));
        let sort = plan.sort.as_ref().expect("no index gives the order");
        let (txn, never) = (numbers.txn(), Deadline::never());
        let refused = all(&*txn, &numbers.collection, &plan, sort, &never, 10_000).map(|_| ());
        assert_eq!(refused.unwrap_err().code(), Code::QUERY_EXCEEDED_MEMORY_LIMIT);
        assert!(first(&*txn, &numbers.collection, &plan, sort, &never, 10, 10_000).is_ok());
    }
}
