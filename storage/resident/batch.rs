//! What a transaction did, as a list of changes.
//!
//! The invariant: done in their order to what was there before, the changes give what the commit published.

use crate::tree::{Key, Shape, TreeId};

/// One change of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change<'a> {
    /// A tree begins, empty.
    CreateTree {
        /// Its number.
        tree: TreeId,
        /// What it is keyed by.
        shape: Shape,
        /// Its name for people.
        label: &'a str,
    },
    /// A tree ends, with everything in it.
    DropTree {
        /// Its number.
        tree: TreeId,
    },
    /// A tree loses its entries. Record numbers go on where they were.
    Clear {
        /// Its number.
        tree: TreeId,
    },
    /// An entry gets a value, whether it was there or not.
    Put {
        /// The tree's number.
        tree: TreeId,
        /// The entry's key.
        key: Key<'a>,
        /// Its value: a document's BSON bytes in most trees, but any bytes in some.
        value: &'a [u8],
    },
    /// An entry goes.
    Remove {
        /// The tree's number.
        tree: TreeId,
        /// The entry's key.
        key: Key<'a>,
    },
    /// Record numbers below `next` have been given in this tree, even if no record has them. Only
    /// [`Contents`](super::Contents) says so; in a batch it follows from what is put.
    Reach {
        /// The tree's number.
        tree: TreeId,
        /// The number that the next record gets.
        next: u64,
    },
}

/// The changes of one transaction, in their order: loaded whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    tree: TreeId,
    kind: Kind,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Create(Shape),
    Drop,
    Clear,
    PutRecord(u64),
    /// Where the key ends and the value begins.
    PutBytes(usize),
    RemoveRecord(u64),
    RemoveBytes,
    Reach(u64),
}

impl Batch {
    /// Adds a change at the end.
    pub fn push(&mut self, change: Change<'_>) {
        let start = self.bytes.len();
        let (tree, kind) = match change {
            Change::CreateTree { tree, shape, label } => {
                self.bytes.extend_from_slice(label.as_bytes());
                (tree, Kind::Create(shape))
            }
            Change::DropTree { tree } => (tree, Kind::Drop),
            Change::Clear { tree } => (tree, Kind::Clear),
            Change::Put { tree, key: Key::Record(record), value } => {
                self.bytes.extend_from_slice(value);
                (tree, Kind::PutRecord(record))
            }
            Change::Put { tree, key: Key::Bytes(key), value } => {
                self.bytes.extend_from_slice(key);
                let middle = self.bytes.len();
                self.bytes.extend_from_slice(value);
                (tree, Kind::PutBytes(middle))
            }
            Change::Remove { tree, key: Key::Record(record) } => (tree, Kind::RemoveRecord(record)),
            Change::Remove { tree, key: Key::Bytes(key) } => {
                self.bytes.extend_from_slice(key);
                (tree, Kind::RemoveBytes)
            }
            Change::Reach { tree, next } => (tree, Kind::Reach(next)),
        };
        self.entries.push(Entry { tree, kind, start, end: self.bytes.len() });
    }

    /// The changes, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.entries.iter().map(|entry| {
            let (tree, bytes) = (entry.tree, &self.bytes[entry.start..entry.end]);
            match entry.kind {
                Kind::Create(shape) => {
                    let label = std::str::from_utf8(bytes).expect("a label was pushed as text");
                    Change::CreateTree { tree, shape, label }
                }
                Kind::Drop => Change::DropTree { tree },
                Kind::Clear => Change::Clear { tree },
                Kind::PutRecord(record) => Change::Put { tree, key: Key::Record(record), value: bytes },
                Kind::PutBytes(middle) => {
                    let (key, value) = bytes.split_at(middle - entry.start);
                    Change::Put { tree, key: Key::Bytes(key), value }
                }
                Kind::RemoveRecord(record) => Change::Remove { tree, key: Key::Record(record) },
                Kind::RemoveBytes => Change::Remove { tree, key: Key::Bytes(bytes) },
                Kind::Reach(next) => Change::Reach { tree, next },
            }
        })
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Change<'_> {
    /// The tree that it changes.
    pub fn tree(&self) -> TreeId {
        match *self {
            Change::CreateTree { tree, .. }
            | Change::DropTree { tree }
            | Change::Clear { tree }
            | Change::Put { tree, .. }
            | Change::Remove { tree, .. }
            | Change::Reach { tree, .. } => tree,
        }
    }
}
