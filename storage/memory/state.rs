//! All trees of one moment.
//!
//! Cloning a state is cheap (a reference count a tree); changing a clone never changes the original.

use super::page_tree::PageTree;
use super::slab::Slab;
use crate::error::{Error, ErrorKind, Result};
use crate::tree::{Direction, Key, Range, Shape, TreeId};
use std::ops::{Bound, ControlFlow};

/// What shows an entry, and may break the scan.
pub(super) type Visit<'a> = &'a mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>;

/// The trees, and which commit made them so.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) version: u64,
    /// Sorted by id.
    trees: Vec<(TreeId, Tree)>,
}

/// A tree of either shape.
#[derive(Clone)]
pub(super) enum Tree {
    Records(Slab),
    Keys(PageTree),
}

impl State {
    /// The ids of the trees, ascending.
    pub(super) fn ids(&self) -> impl Iterator<Item = TreeId> {
        self.trees.iter().map(|(id, _)| *id)
    }

    /// Where the tree stands: good for [`State::at`] until a tree is created or dropped.
    #[inline]
    pub(super) fn position(&self, id: TreeId) -> Option<usize> {
        self.trees.binary_search_by_key(&id, |(id, _)| *id).ok()
    }

    #[inline]
    pub(super) fn at(&self, position: usize) -> Option<&Tree> {
        self.trees.get(position).map(|(_, tree)| tree)
    }

    #[inline]
    pub(super) fn at_mut(&mut self, position: usize) -> Option<&mut Tree> {
        self.trees.get_mut(position).map(|(_, tree)| tree)
    }

    #[inline]
    pub(super) fn tree(&self, id: TreeId) -> Option<&Tree> {
        self.at(self.position(id)?)
    }

    /// The tree to be written.
    pub(super) fn tree_mut(&mut self, id: TreeId) -> Result<&mut Tree> {
        let position = self.position(id).ok_or_else(|| no_such_tree(id))?;
        self.at_mut(position).ok_or_else(|| no_such_tree(id))
    }

    pub(super) fn create(&mut self, id: TreeId, shape: Shape) -> Result<()> {
        match self.trees.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(_) => Err(Error::new(ErrorKind::TreeExists, format!("tree {} is there already", id.0))),
            Err(position) => {
                let tree = match shape {
                    Shape::Records => Tree::Records(Slab::default()),
                    Shape::Keys => Tree::Keys(PageTree::default()),
                };
                self.trees.insert(position, (id, tree));
                Ok(())
            }
        }
    }

    pub(super) fn drop_tree(&mut self, id: TreeId) {
        if let Some(position) = self.position(id) {
            self.trees.remove(position);
        }
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.trees.iter().map(|(_, tree)| tree.size_bytes()).sum()
    }
}

impl Tree {
    #[inline]
    pub(super) fn get(&self, key: Key<'_>) -> Result<Option<&[u8]>> {
        match (self, key) {
            (Tree::Records(slab), Key::Record(record)) => Ok(slab.get(record)),
            (Tree::Keys(pages), Key::Bytes(key)) => Ok(pages.get(key)),
            (Tree::Records(_) | Tree::Keys(_), _) => Err(self.wrong_key()),
        }
    }

    pub(super) fn scan(&self, range: Range<'_>, direction: Direction, visit: Visit<'_>) -> Result<()> {
        match self {
            Tree::Records(slab) => {
                if let Some((first, last)) = self.records(range)? {
                    let _ = slab.scan(first, last, direction, visit);
                }
            }
            Tree::Keys(pages) => {
                let (lower, upper) = self.keys(range)?;
                let _ = pages.scan(lower, upper, direction, visit);
            }
        }
        Ok(())
    }

    pub(super) fn count(&self, range: Range<'_>) -> Result<u64> {
        match self {
            Tree::Records(slab) => {
                Ok(self.records(range)?.map_or(0, |(first, last)| slab.count(first, last)))
            }
            Tree::Keys(pages) => {
                let (lower, upper) = self.keys(range)?;
                Ok(pages.count(lower, upper))
            }
        }
    }

    /// Sets the value at a key that was judged by [`Tree::judge`].
    pub(super) fn put(&mut self, key: Key<'_>, value: &[u8]) {
        match (self, key) {
            (Tree::Records(slab), Key::Record(record)) => slab.put(record, value),
            (Tree::Keys(pages), Key::Bytes(key)) => pages.put(key, value),
            (Tree::Records(_) | Tree::Keys(_), _) => debug_assert!(false, "the key was judged before"),
        }
    }

    /// Removes the entry at a key that was judged by [`Tree::judge`]; there is one.
    pub(super) fn remove(&mut self, key: Key<'_>) {
        match (self, key) {
            (Tree::Records(slab), Key::Record(record)) => slab.remove(record),
            (Tree::Keys(pages), Key::Bytes(key)) => {
                let removed = pages.remove(key);
                debug_assert!(removed, "it was looked up before");
            }
            (Tree::Records(_) | Tree::Keys(_), _) => debug_assert!(false, "the key was judged before"),
        }
    }

    /// Removes every entry; record numbers go on where they were.
    pub(super) fn clear(&mut self) {
        match self {
            Tree::Records(slab) => slab.clear(),
            Tree::Keys(pages) => *pages = PageTree::default(),
        }
    }

    pub(super) fn size_bytes(&self) -> u64 {
        match self {
            Tree::Records(slab) => slab.size_bytes(),
            Tree::Keys(pages) => pages.size_bytes(),
        }
    }

    /// Sees to it that the next append gives at least `next`.
    pub(super) fn reach(&mut self, next: u64) -> Result<()> {
        match self {
            Tree::Records(slab) => {
                slab.reach(next);
                Ok(())
            }
            Tree::Keys(_) => Err(self.wrong_key()),
        }
    }

    /// The number that the next append gives.
    pub(super) fn next_record(&self) -> Result<u64> {
        match self {
            Tree::Records(slab) => Ok(slab.next()),
            Tree::Keys(_) => Err(self.wrong_key()),
        }
    }

    /// Whether `key` is of the tree's shape.
    pub(super) fn judge(&self, key: Key<'_>) -> Result<()> {
        match (self, key) {
            (Tree::Records(_), Key::Record(_)) | (Tree::Keys(_), Key::Bytes(_)) => Ok(()),
            (Tree::Records(_) | Tree::Keys(_), _) => Err(self.wrong_key()),
        }
    }

    /// A range of record numbers, both ends included; `None` when it is empty.
    fn records(&self, range: Range<'_>) -> Result<Option<(u64, u64)>> {
        let first = match range.lower {
            Bound::Unbounded => Some(0),
            Bound::Included(Key::Record(record)) => Some(record),
            Bound::Excluded(Key::Record(record)) => record.checked_add(1),
            Bound::Included(Key::Bytes(_)) | Bound::Excluded(Key::Bytes(_)) => return Err(self.wrong_key()),
        };
        let last = match range.upper {
            Bound::Unbounded => Some(u64::MAX),
            Bound::Included(Key::Record(record)) => Some(record),
            Bound::Excluded(Key::Record(record)) => record.checked_sub(1),
            Bound::Included(Key::Bytes(_)) | Bound::Excluded(Key::Bytes(_)) => return Err(self.wrong_key()),
        };
        Ok(first.zip(last).filter(|(first, last)| first <= last))
    }

    /// A range of keys, as the places where it begins and ends.
    fn keys<'a>(&self, range: Range<'a>) -> Result<(Option<Cut<'a>>, Option<Cut<'a>>)> {
        let cut = |bound, after_included| match bound {
            Bound::Unbounded => Ok(None),
            Bound::Included(Key::Bytes(key)) => Ok(Some(Cut { key, after: after_included })),
            Bound::Excluded(Key::Bytes(key)) => Ok(Some(Cut { key, after: !after_included })),
            Bound::Included(Key::Record(_)) | Bound::Excluded(Key::Record(_)) => Err(self.wrong_key()),
        };
        Ok((cut(range.lower, false)?, cut(range.upper, true)?))
    }

    fn wrong_key(&self) -> Error {
        let message = match self {
            Tree::Records(_) => "a tree of records is asked by record number, not by bytes",
            Tree::Keys(_) => "a tree of keys is asked by bytes and has no record numbers",
        };
        Error::new(ErrorKind::Misuse, message)
    }
}

/// A place between keys: just before `key`, or just behind it.
#[derive(Clone, Copy)]
pub(super) struct Cut<'a> {
    pub(super) key: &'a [u8],
    pub(super) after: bool,
}

/// The error of writing to a tree that is not there.
pub(super) fn no_such_tree(id: TreeId) -> Error {
    Error::new(ErrorKind::NoSuchTree, format!("there is no tree {}", id.0))
}
