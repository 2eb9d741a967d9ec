//! Filling a memory storage from somewhere else, and looking at it as of one moment.
//!
//! What is loaded is not yet shared, so every change is made in place. Record numbers are taken as they come: who
//! loads gives them again as they once were given.

use super::page_tree;
use super::slab;
use super::state::{State, Visit};
use super::strategy::MemoryStrategy;
use crate::error::{Error, ErrorKind, Result};
use crate::tree::{Direction, Key, Range, Shape, TreeId};
use std::sync::Arc;

/// The longest key, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = page_tree::KEY_BYTES_MAX;
/// The longest value, in bytes.
pub(crate) const VALUE_BYTES_MAX: usize = slab::VALUE_BYTES_MAX;

/// A memory storage that nobody reads yet.
#[derive(Default)]
pub(crate) struct Loader {
    state: State,
}

impl Loader {
    pub(crate) fn create(&mut self, tree: TreeId, shape: Shape) -> Result<()> {
        self.state.create(tree, shape)
    }

    pub(crate) fn drop_tree(&mut self, tree: TreeId) {
        self.state.drop_tree(tree);
    }

    pub(crate) fn clear(&mut self, tree: TreeId) -> Result<()> {
        self.state.tree_mut(tree)?.clear();
        Ok(())
    }

    /// Sets an entry. A record number that was never given counts as given from now on.
    pub(crate) fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        let tree = self.state.tree_mut(tree)?;
        tree.judge(key)?;
        let key_fits = match key {
            Key::Record(record) => record != 0,
            Key::Bytes(key) => key.len() <= KEY_BYTES_MAX,
        };
        if !key_fits || value.len() > VALUE_BYTES_MAX {
            return Err(Error::new(ErrorKind::Corrupt, "a key or a value that no commit could hold"));
        }
        tree.put(key, value);
        Ok(())
    }

    /// Removes an entry; a missing one is fine.
    pub(crate) fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<()> {
        let tree = self.state.tree_mut(tree)?;
        tree.judge(key)?;
        if tree.get(key)?.is_some() {
            tree.remove(key);
        }
        Ok(())
    }

    /// Sees to it that the next append gives at least `next`.
    pub(crate) fn reach(&mut self, tree: TreeId, next: u64) -> Result<()> {
        self.state.tree_mut(tree)?.reach(next)
    }

    /// The storage, filled.
    pub(crate) fn finish(self) -> MemoryStrategy {
        MemoryStrategy::of(self.state)
    }
}

/// What a memory storage held at one moment.
#[derive(Clone)]
pub(crate) struct Moment(pub(super) Arc<State>);

impl Moment {
    /// The number that the next append gives in a tree of records; 0 for any other tree.
    pub(crate) fn next_record(&self, tree: TreeId) -> u64 {
        self.0.tree(tree).and_then(|tree| tree.next_record().ok()).unwrap_or(0)
    }

    /// The bytes that the tree's keys and values take.
    pub(crate) fn size_bytes(&self, tree: TreeId) -> u64 {
        self.0.tree(tree).map_or(0, |tree| tree.size_bytes())
    }

    pub(crate) fn scan(&self, tree: TreeId, visit: Visit<'_>) -> Result<()> {
        self.0.scan(tree, Range::ALL, Direction::Forward, visit)
    }
}
