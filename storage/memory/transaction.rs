//! A write transaction.
//!
//! It begins small: its writes are kept aside and applied at commit, in place when no snapshot shares the state.
//! When it grows, or creates, drops or clears a tree, it goes on with a state of its own, which commit swaps in.
//! Whatever can be refused is refused when it is asked, so that applying cannot fail.

use super::overlay::Overlay;
use super::page_tree;
use super::slab;
use super::state::{State, no_such_tree};
use super::strategy::{Shared, closed};
use crate::error::{Error, ErrorKind, Result};
use crate::strategy::{ReadTxn, WriteTxn};
use crate::tree::{Direction, Key, Range, TreeId, TreeSpec};
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) struct Transaction {
    shared: Arc<Shared>,
    /// The version of the state it began with.
    version: u64,
    work: Work,
    overlay: Overlay,
}

enum Work {
    /// The state as published, with the changes in the overlay.
    Small(Arc<State>),
    /// A state of its own.
    Large(State),
}

impl Transaction {
    pub(super) fn begin(shared: &Arc<Shared>) -> Result<Self> {
        let overlay = shared.writer.take();
        match shared.state() {
            Ok(state) => Ok(Transaction {
                shared: Arc::clone(shared),
                version: state.version,
                work: Work::Small(state),
                overlay,
            }),
            Err(error) => {
                shared.writer.give_back(overlay);
                Err(error)
            }
        }
    }

    /// The state of its own, made now if there is none yet.
    fn grown(&mut self) -> &mut State {
        if let Work::Small(base) = &self.work {
            let mut state = State::clone(base);
            self.overlay.apply(&mut state);
            self.overlay.clear();
            self.work = Work::Large(state);
        }
        match &mut self.work {
            Work::Large(state) => state,
            Work::Small(_) => unreachable!("it was made large above"),
        }
    }

    /// Sets the entry at a key that was judged, or removes it where there is one.
    fn change(&mut self, tree: TreeId, key: Key<'_>, value: Option<&[u8]>) -> Result<()> {
        if let Work::Small(base) = &self.work {
            let bytes = key_len(key) + value.map_or(0, <[u8]>::len);
            if self.overlay.has_room(bytes) {
                let position = base.position(tree).ok_or_else(|| no_such_tree(tree))?;
                self.overlay.push(position, key, value);
                return Ok(());
            }
        }
        let tree = self.grown().tree_mut(tree)?;
        match value {
            Some(value) => tree.put(key, value),
            None => tree.remove(key),
        }
        Ok(())
    }

    /// The number that the next append gives.
    fn next_record(&self, tree: TreeId) -> Result<u64> {
        match &self.work {
            Work::Small(base) => {
                let position = base.position(tree).ok_or_else(|| no_such_tree(tree))?;
                let next = base.at(position).ok_or_else(|| no_such_tree(tree))?.next_record()?;
                Ok(self.overlay.next_record(position, next))
            }
            Work::Large(state) => state.tree(tree).ok_or_else(|| no_such_tree(tree))?.next_record(),
        }
    }

    /// Refuses a key that the tree cannot have.
    fn judge(&self, tree: TreeId, key: Key<'_>) -> Result<()> {
        let state = match &self.work {
            Work::Small(base) => base,
            Work::Large(state) => state,
        };
        state.tree(tree).ok_or_else(|| no_such_tree(tree))?.judge(key)?;
        if key_len(key) > page_tree::KEY_BYTES_MAX {
            return Err(too_large("key", key_len(key), page_tree::KEY_BYTES_MAX));
        }
        Ok(())
    }
}

impl ReadTxn for Transaction {
    fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let base = match &self.work {
            Work::Large(state) => return state.get(tree, key, visit),
            Work::Small(base) => base,
        };
        let Some(position) = base.position(tree) else {
            return Ok(false);
        };
        match self.overlay.find(position, key) {
            Some(Some(value)) => {
                visit(value);
                Ok(true)
            }
            Some(None) => Ok(false),
            None => base.get(tree, key, visit),
        }
    }

    fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let base = match &self.work {
            Work::Large(state) => return state.scan(tree, range, direction, visit),
            Work::Small(base) => base,
        };
        match base.position(tree).and_then(|position| Some((position, base.at(position)?))) {
            Some((position, tree)) if self.overlay.touches(position) => {
                self.overlay.scan(position, tree, range, direction, visit)
            }
            Some((_, tree)) => tree.scan(range, direction, visit),
            None => Ok(()),
        }
    }

    fn version(&self) -> Result<u64> {
        Ok(self.version)
    }

    fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        let base = match &self.work {
            Work::Large(state) => return state.count(tree, range),
            Work::Small(base) => base,
        };
        match base.position(tree).and_then(|position| Some((position, base.at(position)?))) {
            Some((position, tree)) if self.overlay.touches(position) => {
                self.overlay.count(position, tree, range)
            }
            Some((_, tree)) => tree.count(range),
            None => Ok(0),
        }
    }
}

impl WriteTxn for Transaction {
    fn create_tree(&mut self, id: TreeId, spec: &TreeSpec<'_>) -> Result<()> {
        self.grown().create(id, spec.shape)
    }

    fn drop_tree(&mut self, id: TreeId) -> Result<()> {
        self.grown().drop_tree(id);
        Ok(())
    }

    fn append(&mut self, tree: TreeId, value: &[u8]) -> Result<u64> {
        judge_value(value)?;
        if let Work::Small(base) = &self.work
            && self.overlay.has_room(value.len())
        {
            let position = base.position(tree).ok_or_else(|| no_such_tree(tree))?;
            let next = base.at(position).ok_or_else(|| no_such_tree(tree))?.next_record()?;
            return Ok(self.overlay.append(position, next, value));
        }
        // Refused before the state is cloned for it.
        self.next_record(tree)?;
        let tree = self.grown().tree_mut(tree)?;
        let record = tree.next_record()?;
        tree.put(Key::Record(record), value);
        Ok(record)
    }

    fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        self.judge(tree, key)?;
        judge_value(value)?;
        if let Key::Record(record) = key
            && (record == 0 || record >= self.next_record(tree)?)
        {
            return Err(Error::new(
                ErrorKind::Misuse,
                format!("record {record} was never given by append in tree {}", tree.0),
            ));
        }
        self.change(tree, key, Some(value))
    }

    fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<bool> {
        self.judge(tree, key)?;
        // Looked up first: what others share is not copied for nothing.
        if !self.get(tree, key, &mut |_| {})? {
            return Ok(false);
        }
        self.change(tree, key, None)?;
        Ok(true)
    }

    fn clear(&mut self, tree: TreeId) -> Result<()> {
        self.grown().tree_mut(tree)?.clear();
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        let work = std::mem::replace(&mut self.work, Work::Large(State::default()));
        let mut state = match work {
            Work::Large(state) => state,
            Work::Small(base) => {
                // The transaction's own hold on the state must not count as a snapshot's.
                drop(base);
                let shared_state = {
                    let mut published = self.shared.published.write();
                    let published = published.as_mut().ok_or_else(closed)?;
                    match Arc::get_mut(published) {
                        Some(state) => {
                            self.overlay.apply(state);
                            state.version += 1;
                            return Ok(());
                        }
                        None => Arc::clone(published),
                    }
                };
                let mut state = State::clone(&shared_state);
                self.overlay.apply(&mut state);
                state
            }
        };
        state.version = self.version + 1;
        let state = Arc::new(state);
        let old = match self.shared.published.write().as_mut() {
            Some(published) => std::mem::replace(published, state),
            None => return Err(closed()),
        };
        // Freed only now, when no reader waits.
        drop(old);
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // A hold on the published state that outlived the place would make the next commit copy.
        self.work = Work::Large(State::default());
        self.shared.writer.give_back(std::mem::take(&mut self.overlay));
    }
}

fn key_len(key: Key<'_>) -> usize {
    match key {
        Key::Record(_) => 0,
        Key::Bytes(key) => key.len(),
    }
}

fn judge_value(value: &[u8]) -> Result<()> {
    if value.len() > slab::VALUE_BYTES_MAX {
        return Err(too_large("value", value.len(), slab::VALUE_BYTES_MAX));
    }
    Ok(())
}

fn too_large(what: &str, len: usize, max: usize) -> Error {
    Error::new(ErrorKind::TooLarge, format!("a {what} of {len} bytes; the memory storage holds {max}"))
}
