//! The writes of a small transaction, kept aside until commit.
//!
//! Changes stand in the order they were made; of two at one key the later counts. There are never more than
//! [`CHANGES_MAX`], so that applying them in place is short. A few buckets lead from a key to its last change.

use super::state::{State, Tree, Visit};
use crate::error::Result;
use crate::tree::{Direction, Key, Range};
use std::cmp::Ordering;
use std::ops::{Bound, ControlFlow};

/// How many changes a small transaction holds.
///
/// Below it a commit costs least, but readers wait while it is applied: some 50 µs for so many changes.
pub(super) const CHANGES_MAX: usize = 256;
/// How many bytes of keys and values a small transaction holds.
pub(super) const BYTES_MAX: usize = 128 * 1024;

const BUCKETS: usize = 64;
/// The end of a chain.
const NONE: u16 = u16::MAX;

#[derive(Default)]
pub(super) struct Overlay {
    changes: Vec<Change>,
    bytes: Vec<u8>,
    /// The last change of each bucket; each change knows the one before it. Without room until the first change.
    last: Vec<u16>,
    /// What append gives next, in the trees at these positions.
    next_records: Vec<(usize, u64)>,
}

struct Change {
    /// The tree's position in the state.
    position: usize,
    /// The record number, or the key's first bytes.
    word: u64,
    is_record: bool,
    /// Otherwise the entry is removed.
    is_put: bool,
    /// The change before this one in the same bucket.
    previous: u16,
    key_start: usize,
    value_start: usize,
    end: usize,
}

impl Overlay {
    pub(super) fn clear(&mut self) {
        self.changes.clear();
        self.bytes.clear();
        self.last.fill(NONE);
        self.next_records.clear();
    }

    /// Whether one more change of so many bytes has room.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.changes.len() < CHANGES_MAX && self.bytes.len().saturating_add(bytes) <= BYTES_MAX
    }

    /// Adds a change: a value to set, or `None` to remove the entry.
    pub(super) fn push(&mut self, position: usize, key: Key<'_>, value: Option<&[u8]>) {
        let key_start = self.bytes.len();
        let is_record = match key {
            Key::Record(_) => true,
            Key::Bytes(key) => {
                self.bytes.extend_from_slice(key);
                false
            }
        };
        let value_start = self.bytes.len();
        self.bytes.extend_from_slice(value.unwrap_or(&[]));
        let end = self.bytes.len();
        let is_put = value.is_some();
        let word = word(key);
        if self.last.is_empty() {
            self.last.resize(BUCKETS, NONE);
        }
        let last = &mut self.last[bucket(position, word)];
        let previous = std::mem::replace(last, self.changes.len() as u16);
        self.changes.push(Change {
            position,
            word,
            is_record,
            is_put,
            previous,
            key_start,
            value_start,
            end,
        });
    }

    /// Adds a value behind the last record of the tree at `position`, whose own next number is `next`; gives the
    /// number.
    pub(super) fn append(&mut self, position: usize, next: u64, value: &[u8]) -> u64 {
        let record = self.next_record(position, next);
        let behind = record.saturating_add(1);
        match self.next_records.iter_mut().find(|(of, _)| *of == position) {
            Some((_, next)) => *next = behind,
            None => self.next_records.push((position, behind)),
        }
        self.push(position, Key::Record(record), Some(value));
        record
    }

    /// What the transaction made of `key`: `Some(None)` when it removed it, `None` when it did not touch it.
    pub(super) fn find(&self, position: usize, key: Key<'_>) -> Option<Option<&[u8]>> {
        if self.changes.is_empty() {
            return None;
        }
        let word = word(key);
        let mut at = self.last[bucket(position, word)];
        while let Some(change) = self.changes.get(usize::from(at)) {
            if change.position == position && change.word == word && self.key(change) == key {
                return Some(self.value(change));
            }
            at = change.previous;
        }
        None
    }

    /// The record number that `append` gives next in the tree at `position`, whose own next one is `next`.
    pub(super) fn next_record(&self, position: usize, next: u64) -> u64 {
        self.next_records.iter().find(|(of, _)| *of == position).map_or(next, |(_, next)| *next)
    }

    /// Does every change to `state`, whose trees stand where they stood when the changes were made.
    pub(super) fn apply(&self, state: &mut State) {
        for change in &self.changes {
            let Some(tree) = state.at_mut(change.position) else {
                debug_assert!(false, "trees do not move under a small transaction");
                continue;
            };
            match self.value(change) {
                Some(value) => tree.put(self.key(change), value),
                None => tree.remove(self.key(change)),
            }
        }
    }

    /// Whether the tree at `position` was changed.
    pub(super) fn touches(&self, position: usize) -> bool {
        self.changes.iter().any(|change| change.position == position)
    }

    /// Scans `tree`, which stands at `position`, with the changes in their places.
    pub(super) fn scan(
        &self,
        position: usize,
        tree: &Tree,
        range: Range<'_>,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<()> {
        let mut changes = self.newest(position, range);
        if direction == Direction::Backward {
            changes.reverse();
        }
        let mut changes = changes.into_iter().peekable();
        let mut flow = ControlFlow::Continue(());
        tree.scan(range, direction, &mut |key, value| {
            while let Some(change) = changes.peek() {
                let order = match direction {
                    Direction::Forward => self.key(change).cmp(&key),
                    Direction::Backward => key.cmp(&self.key(change)),
                };
                if order == Ordering::Greater {
                    break;
                }
                let changed = self.value(change);
                let changed_key = self.key(change);
                changes.next();
                if let Some(changed) = changed {
                    flow = visit(changed_key, changed);
                }
                if order == Ordering::Equal || flow.is_break() {
                    return flow;
                }
            }
            flow = visit(key, value);
            flow
        })?;
        for change in changes {
            if flow.is_break() {
                break;
            }
            if let Some(value) = self.value(change) {
                flow = visit(self.key(change), value);
            }
        }
        Ok(())
    }

    /// How many entries `range` holds in `tree`, which stands at `position`, with the changes done.
    pub(super) fn count(&self, position: usize, tree: &Tree, range: Range<'_>) -> Result<u64> {
        let mut count = tree.count(range)?;
        for change in self.newest(position, range) {
            let was = tree.get(self.key(change))?.is_some();
            count = match (was, change.is_put) {
                (false, true) => count + 1,
                (true, false) => count - 1,
                (true, true) | (false, false) => count,
            };
        }
        Ok(count)
    }

    /// The last change at each key of `range`, by key.
    fn newest(&self, position: usize, range: Range<'_>) -> Vec<&Change> {
        let mut changes: Vec<&Change> = self
            .changes
            .iter()
            .rev()
            .filter(|change| change.position == position && contains(range, self.key(change)))
            .collect();
        changes.sort_by(|a, b| self.key(a).cmp(&self.key(b)));
        changes.dedup_by(|later, kept| self.key(later) == self.key(kept));
        changes
    }

    fn key(&self, change: &Change) -> Key<'_> {
        if change.is_record {
            Key::Record(change.word)
        } else {
            Key::Bytes(&self.bytes[change.key_start..change.value_start])
        }
    }

    fn value(&self, change: &Change) -> Option<&[u8]> {
        change.is_put.then(|| &self.bytes[change.value_start..change.end])
    }
}

/// The record number, or the first eight bytes of the key: tells most keys apart.
fn word(key: Key<'_>) -> u64 {
    match key {
        Key::Record(record) => record,
        Key::Bytes(key) => super::page_tree::word(key),
    }
}

fn bucket(position: usize, word: u64) -> usize {
    let mixed = (word ^ position as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (u64::BITS - BUCKETS.ilog2())) as usize
}

fn contains(range: Range<'_>, key: Key<'_>) -> bool {
    let above = match range.lower {
        Bound::Unbounded => true,
        Bound::Included(lower) => key >= lower,
        Bound::Excluded(lower) => key > lower,
    };
    let below = match range.upper {
        Bound::Unbounded => true,
        Bound::Included(upper) => key <= upper,
        Bound::Excluded(upper) => key < upper,
    };
    above && below
}
