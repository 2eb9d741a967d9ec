//! Plans: which documents a question has to look at, and in which order they come.
//!
//! The invariant to hold in mind: candidates ⊇ matches. A plan may let too much through and may never lose a
//! match; [`Plan::matcher`] has the last word on every document. What a multikey part forbids is said in
//! `bounds.rs`.

pub(crate) mod bounds;
pub(crate) mod candidate;
pub(crate) mod choose;
mod hint;
mod interval;
pub(crate) mod shape;
#[cfg(test)]
pub(crate) mod tests;

use crate::catalog::IndexEntry;
use crate::engine::Hint;
use crate::error::{Error, Result};
use anser_query::value::{DocumentRef, Number};
use anser_query::{Code, Filter, Matcher, Sort};
use anser_storage::{Direction, Key, Range};
pub(crate) use choose::choose;
use std::ops::Bound;
use std::sync::Arc;

/// How much one sort may hold: 100 MiB, as in MongoDB (`internalQueryMaxBlockingSortMemoryUsageBytes`).
pub(crate) const SORT_BYTES_MAX: usize = 100 * 1024 * 1024;

/// The order that is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) enum Order {
    /// Whatever is cheapest.
    #[default]
    Any,
    /// By record number: `{$natural: ±1}`.
    Natural(Direction),
    /// By what stands at paths.
    By(Sort),
}

/// What is asked of a collection, parsed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'q> {
    pub(crate) filter: &'q Filter,
    pub(crate) order: &'q Order,
    pub(crate) skip: u64,
    pub(crate) limit: Option<u64>,
    pub(crate) hint: Option<&'q Hint>,
    /// Inclusive lower bound on the hinted index.
    pub(crate) min: Option<DocumentRef<'q>>,
    /// Exclusive upper bound on the hinted index.
    pub(crate) max: Option<DocumentRef<'q>>,
}

/// How a question is answered.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) access: Access,
    /// What every candidate has to pass; `None` when the filter lets everything pass.
    pub(crate) matcher: Option<Matcher>,
    /// The order to make, where the access does not give it.
    pub(crate) sort: Option<Sort>,
    pub(crate) skip: u64,
    pub(crate) limit: Option<u64>,
}

/// Where candidates come from.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// Every document.
    Collection(Direction),
    /// Stretches of an index.
    Index(IndexScan),
    /// Stretches of several indexes, one branch of an `$or` after the other.
    Union(Vec<IndexScan>),
}

/// Stretches of one index.
#[derive(Clone, Debug)]
pub(crate) struct IndexScan {
    pub(crate) index: Arc<IndexEntry>,
    /// Ascending and apart from each other.
    pub(crate) ranges: Vec<KeyRange>,
    pub(crate) direction: Direction,
    /// Whether one record may be met twice.
    pub(crate) repeats: bool,
    /// Whether the ranges hold exactly the entries of the documents that match, each of them once.
    pub(crate) exact: bool,
}

/// A stretch of an index: from `lower` (inclusive) to `upper` (exclusive; `None`: to the end).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRange {
    pub(crate) lower: Vec<u8>,
    pub(crate) upper: Option<Vec<u8>>,
    /// Whether `lower` is the whole key of the only entry that the range can hold (a unique index).
    pub(crate) point: bool,
}

impl Order {
    /// Parses a sort document, `{$natural: ±1}` included.
    ///
    /// # Errors
    /// BadValue (2) and the others that [`Sort::parse`] raises.
    pub(crate) fn parse(document: Option<DocumentRef<'_>>) -> Result<Order> {
        let Some(document) = document else { return Ok(Order::Any) };
        if document.is_empty() {
            return Ok(Order::Any);
        }
        if let Some(direction) = natural(document)? {
            return Ok(Order::Natural(direction));
        }
        Ok(Order::By(Sort::parse(document)?))
    }
}

impl<'q> Query<'q> {
    /// Every document that matches `filter`.
    pub(crate) fn new(filter: &'q Filter) -> Self {
        Query { filter, order: &Order::Any, skip: 0, limit: None, hint: None, min: None, max: None }
    }
}

impl KeyRange {
    /// Every entry whose key begins with `prefix`; with `point` the key is `prefix`.
    pub(crate) fn of_prefix(prefix: Vec<u8>, point: bool) -> KeyRange {
        if point {
            return KeyRange { lower: prefix, upper: None, point };
        }
        // No part begins with 0xFF, nor does a record number.
        let upper = [prefix.as_slice(), &[0xFF]].concat();
        KeyRange { lower: prefix, upper: Some(upper), point }
    }

    /// Widens the range so that it holds the entries whose keys were cut to `prefix_bytes` and a hash.
    pub(crate) fn cut(&mut self, prefix_bytes: usize) {
        self.lower.truncate(prefix_bytes);
        if let Some(upper) = &mut self.upper
            && upper.len() > prefix_bytes
        {
            upper.truncate(prefix_bytes);
            self.upper = successor(std::mem::take(upper));
        }
    }

    /// Whether an entry whose key begins with `key` may lie in the range.
    pub(crate) fn holds(&self, key: &[u8]) -> bool {
        if self.point {
            return key == self.lower;
        }
        key >= self.lower.as_slice() && self.upper.as_ref().is_none_or(|upper| key < upper.as_slice())
    }

    /// The only key of a point.
    #[inline]
    pub(crate) fn key(&self) -> Key<'_> {
        Key::Bytes(&self.lower)
    }

    /// The range as a storage takes it; a point is not asked for by range.
    #[inline]
    pub(crate) fn bounds(&self) -> Range<'_> {
        let lower = match self.lower.is_empty() {
            true => Bound::Unbounded,
            false => Bound::Included(Key::Bytes(&self.lower)),
        };
        let upper = match &self.upper {
            Some(upper) => Bound::Excluded(Key::Bytes(upper)),
            None => Bound::Unbounded,
        };
        Range::new(lower, upper)
    }
}

/// The first bytes above everything that begins with `bytes`, `None` when there are none.
fn successor(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = bytes.pop() {
        if last < u8::MAX {
            bytes.push(last + 1);
            return Some(bytes);
        }
    }
    None
}

/// The direction in `{$natural: ±1}`, `None` for a document that does not say `$natural`.
pub(crate) fn natural(document: DocumentRef<'_>) -> Result<Option<Direction>> {
    let Some(value) = document.get(b"$natural") else { return Ok(None) };
    if document.len() != 1 {
        let message = "$natural cannot be combined with other fields";
        return Err(Error::request(Code::BAD_VALUE, message));
    }
    match Number::of(value).and_then(Number::as_i64_exact) {
        Some(1) => Ok(Some(Direction::Forward)),
        Some(-1) => Ok(Some(Direction::Backward)),
        _ => Err(Error::request(Code::BAD_VALUE, "$natural must be 1 or -1")),
    }
}
