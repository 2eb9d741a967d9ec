//! A read transaction: one state, held.
//!
//! Dropping the last snapshot of an old state frees what only that state held.

use super::state::State;
use crate::error::Result;
use crate::strategy::ReadTxn;
use crate::tree::{Direction, Key, Range, TreeId};
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) struct Snapshot {
    state: Arc<State>,
}

impl Snapshot {
    pub(super) fn new(state: Arc<State>) -> Self {
        Snapshot { state }
    }
}

impl ReadTxn for Snapshot {
    fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.state.get(tree, key, visit)
    }

    fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.state.scan(tree, range, direction, visit)
    }

    fn version(&self) -> Result<u64> {
        Ok(self.state.version)
    }

    fn get_many(
        &self,
        tree: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.state.get_many(tree, records, visit)
    }

    fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        self.state.count(tree, range)
    }
}

/// Reading by tree id; a missing tree reads as empty.
impl State {
    #[inline]
    pub(super) fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let Some(tree) = self.tree(tree) else {
            return Ok(false);
        };
        match tree.get(key)? {
            Some(value) => {
                visit(value);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    pub(super) fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.tree(tree).map_or(Ok(()), |tree| tree.scan(range, direction, visit))
    }

    pub(super) fn get_many(
        &self,
        tree: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some(tree) = self.tree(tree) else {
            return Ok(());
        };
        for (position, &record) in records.iter().enumerate() {
            if let Some(value) = tree.get(Key::Record(record))?
                && visit(position, value).is_break()
            {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        self.tree(tree).map_or(Ok(0), |tree| tree.count(range))
    }
}
