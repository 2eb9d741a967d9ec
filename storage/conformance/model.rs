//! What a tree should hold: a sorted map, and what reading a range of it must give.

use crate::error::Result;
use crate::strategy::{ReadTxn, StorageStrategy};
use crate::tree::{Direction, Key, Range, Shape, TreeId, TreeSpec};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

/// A key that owns its bytes. Record numbers and byte strings never meet in one tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum OwnKey {
    Record(u64),
    Bytes(Vec<u8>),
}

impl OwnKey {
    pub(super) fn of(key: Key<'_>) -> OwnKey {
        match key {
            Key::Record(record) => OwnKey::Record(record),
            Key::Bytes(bytes) => OwnKey::Bytes(bytes.to_vec()),
        }
    }

    pub(super) fn key(&self) -> Key<'_> {
        match self {
            OwnKey::Record(record) => Key::Record(*record),
            OwnKey::Bytes(bytes) => Key::Bytes(bytes),
        }
    }
}

/// Entries in their order.
pub(super) type Entries = Vec<(OwnKey, Vec<u8>)>;
/// What a tree holds.
pub(super) type Model = BTreeMap<OwnKey, Vec<u8>>;

pub(super) const RECORDS: TreeSpec<'static> =
    TreeSpec { shape: Shape::Records, derived: false, label: "records" };
pub(super) const KEYS: TreeSpec<'static> = TreeSpec { shape: Shape::Keys, derived: true, label: "keys" };

/// The tree of records and the tree of keys that most cases use.
pub(super) const R: TreeId = TreeId(7);
pub(super) const K: TreeId = TreeId(8);

/// Commits the two trees, empty.
pub(super) fn create_trees(storage: &dyn StorageStrategy) -> Result<()> {
    write(storage, |transaction| {
        transaction.create_tree(R, &RECORDS)?;
        transaction.create_tree(K, &KEYS)
    })
}

/// Commits what `work` does.
pub(super) fn write<T>(
    storage: &dyn StorageStrategy,
    work: impl FnOnce(&mut dyn crate::strategy::WriteTxn) -> Result<T>,
) -> Result<T> {
    let mut transaction = storage.begin_write(crate::durability::Durability::Os)?;
    let value = work(&mut *transaction)?;
    transaction.commit()?;
    Ok(value)
}

/// What a scan shows.
pub(super) fn scanned(
    transaction: &dyn ReadTxn,
    tree: TreeId,
    range: Range<'_>,
    direction: Direction,
) -> Result<Entries> {
    let mut entries = Entries::new();
    transaction.scan(tree, range, direction, &mut |key, value| {
        entries.push((OwnKey::of(key), value.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(entries)
}

/// Everything a tree holds.
pub(super) fn all(transaction: &dyn ReadTxn, tree: TreeId) -> Result<Entries> {
    scanned(transaction, tree, Range::ALL, Direction::Forward)
}

/// The value at a key.
pub(super) fn got(transaction: &dyn ReadTxn, tree: TreeId, key: Key<'_>) -> Result<Option<Vec<u8>>> {
    let mut value = None;
    let found = transaction.get(tree, key, &mut |bytes| value = Some(bytes.to_vec()))?;
    assert_eq!(found, value.is_some(), "get says {found} and showed {value:?}");
    Ok(value)
}

/// What reading `range` of `model` must give.
pub(super) fn expected(model: &Model, range: Range<'_>, direction: Direction) -> Entries {
    let inside = |key: &OwnKey| {
        let key = key.key();
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
    };
    let entries =
        model.iter().filter(|(key, _)| inside(key)).map(|(key, value)| (key.clone(), value.clone()));
    match direction {
        Direction::Forward => entries.collect(),
        Direction::Backward => entries.rev().collect(),
    }
}

/// Every bound at every one of `keys`, and none.
pub(super) fn bounds(keys: &[OwnKey]) -> Vec<Bound<Key<'_>>> {
    let mut bounds = vec![Bound::Unbounded];
    for key in keys {
        bounds.push(Bound::Included(key.key()));
        bounds.push(Bound::Excluded(key.key()));
    }
    bounds
}

/// Keys that lie close together, some of them to be found and some only between them.
pub(super) fn awkward_keys() -> Vec<OwnKey> {
    let keys: [&[u8]; 13] = [
        b"",
        b"\0",
        b"\0\0",
        b"\0a",
        b"a",
        b"a\0",
        b"aa",
        b"ab",
        b"b",
        b"\x7f",
        b"\x80",
        b"\xff",
        b"\xff\xff",
    ];
    keys.iter().map(|key| OwnKey::Bytes(key.to_vec())).collect()
}

/// The trees that exist, in the order of their numbers.
pub(super) fn trees_of(storage: &dyn StorageStrategy) -> Result<Vec<TreeId>> {
    let mut trees = storage.trees()?;
    trees.sort_unstable();
    Ok(trees)
}
