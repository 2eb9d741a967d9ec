//! Trees: numbered, ordered, of two shapes.

use std::ops::Bound;

/// A tree's number: given by the engine, never given twice. 0 is the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeId(pub u64);

impl TreeId {
    /// The catalog's tree.
    pub const CATALOG: TreeId = TreeId(0);
}

/// What a tree is keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Ascending record numbers (from 1, never reused) to bytes.
    Records,
    /// Bytes to bytes, in memcmp order.
    Keys,
}

/// What the engine says of a tree when it creates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeSpec<'a> {
    /// What it is keyed by.
    pub shape: Shape,
    /// Whether it can be rebuilt from other trees (an index).
    pub derived: bool,
    /// A name for people.
    pub label: &'a str,
}

/// A key of either shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key<'a> {
    /// A record number, in a tree of shape [`Shape::Records`].
    Record(u64),
    /// Bytes, in a tree of shape [`Shape::Keys`].
    Bytes(&'a [u8]),
}

/// A stretch of a tree between two bounds. Empty when they cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<'a> {
    /// Where it begins.
    pub lower: Bound<Key<'a>>,
    /// Where it ends.
    pub upper: Bound<Key<'a>>,
}

impl<'a> Range<'a> {
    /// The whole tree.
    pub const ALL: Range<'static> = Range { lower: Bound::Unbounded, upper: Bound::Unbounded };

    /// A stretch between two bounds.
    pub fn new(lower: Bound<Key<'a>>, upper: Bound<Key<'a>>) -> Self {
        Range { lower, upper }
    }
}

/// Which way a scan goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Ascending keys.
    Forward,
    /// Descending keys.
    Backward,
}

/// Entries pulled out of a tree, in one buffer that is reused from page to page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    bytes: Vec<u8>,
    entries: Vec<PageEntry>,
    /// Whether the range holds more entries behind the last one here.
    pub more: bool,
}

#[derive(Clone, Copy, Debug)]
struct PageEntry {
    record: Option<u64>,
    key_start: usize,
    value_start: usize,
    end: usize,
}

impl Page {
    /// Empties the page and keeps its room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.more = false;
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, key: Key<'_>, value: &[u8]) {
        let key_start = self.bytes.len();
        let record = match key {
            Key::Record(record) => Some(record),
            Key::Bytes(bytes) => {
                self.bytes.extend_from_slice(bytes);
                None
            }
        };
        let value_start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.entries.push(PageEntry { record, key_start, value_start, end: self.bytes.len() });
    }

    /// How many entries are here.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no entry is here.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many bytes of keys and values are here.
    pub fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// The entry at `index`.
    pub fn get(&self, index: usize) -> Option<(Key<'_>, &[u8])> {
        let entry = self.entries.get(index)?;
        let key = match entry.record {
            Some(record) => Key::Record(record),
            None => Key::Bytes(&self.bytes[entry.key_start..entry.value_start]),
        };
        Some((key, &self.bytes[entry.value_start..entry.end]))
    }

    /// The entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Key<'_>, &[u8])> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
