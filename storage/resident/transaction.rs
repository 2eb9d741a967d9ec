//! A write transaction: the memory storage's own, which also notes what it does.

use super::batch::{Batch, Change};
use super::compaction::Compaction;
use super::strategy::{Shared, Spec, Specs};
use crate::durability::Durability;
use crate::error::Result;
use crate::strategy::{ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::{Direction, Key, Page, Range, TreeId, TreeSpec};
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) struct Transaction {
    shared: Arc<Shared>,
    compaction: Compaction,
    memory: Box<dyn WriteTxn>,
    durability: Durability,
    batch: Batch,
    specs: Arc<Specs>,
}

impl Transaction {
    pub(super) fn begin(
        shared: &Arc<Shared>,
        compaction: &Compaction,
        durability: Durability,
    ) -> Result<Transaction> {
        // Takes the writer's place: from here on nobody else changes the head's trees.
        let memory = shared.memory.begin_write(durability).map_err(|_| shared.closed())?;
        let specs = {
            let head = shared.head.lock();
            if head.closed {
                return Err(shared.closed());
            }
            Arc::clone(&head.specs)
        };
        Ok(Transaction {
            shared: Arc::clone(shared),
            compaction: compaction.clone(),
            memory,
            durability,
            batch: Batch::default(),
            specs,
        })
    }

    /// Notes what was done, unless it was done to a derived tree.
    fn note(&mut self, change: Change<'_>) {
        if self.specs.get(&change.tree()).is_some_and(|spec| !spec.derived) {
            self.batch.push(change);
        }
    }
}

impl ReadTxn for Transaction {
    fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.memory.get(tree, key, visit)
    }

    fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.memory.scan(tree, range, direction, visit)
    }

    fn version(&self) -> Result<u64> {
        self.memory.version()
    }

    fn page(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        entries_max: usize,
        bytes_max: usize,
        page: &mut Page,
    ) -> Result<()> {
        self.memory.page(tree, range, direction, entries_max, bytes_max, page)
    }

    fn get_many(
        &self,
        tree: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.memory.get_many(tree, records, visit)
    }

    fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        self.memory.count(tree, range)
    }
}

impl WriteTxn for Transaction {
    fn create_tree(&mut self, id: TreeId, spec: &TreeSpec<'_>) -> Result<()> {
        self.memory.create_tree(id, spec)?;
        let own = Spec { shape: spec.shape, derived: spec.derived, label: spec.label.into() };
        Arc::make_mut(&mut self.specs).insert(id, own);
        self.note(Change::CreateTree { tree: id, shape: spec.shape, label: spec.label });
        Ok(())
    }

    fn drop_tree(&mut self, id: TreeId) -> Result<()> {
        self.memory.drop_tree(id)?;
        self.note(Change::DropTree { tree: id });
        if self.specs.contains_key(&id) {
            Arc::make_mut(&mut self.specs).remove(&id);
        }
        Ok(())
    }

    fn append(&mut self, tree: TreeId, value: &[u8]) -> Result<u64> {
        let record = self.memory.append(tree, value)?;
        self.note(Change::Put { tree, key: Key::Record(record), value });
        Ok(record)
    }

    fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        self.memory.put(tree, key, value)?;
        self.note(Change::Put { tree, key, value });
        Ok(())
    }

    fn put_new(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<bool> {
        let new = self.memory.put_new(tree, key, value)?;
        if new {
            self.note(Change::Put { tree, key, value });
        }
        Ok(new)
    }

    fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<bool> {
        let removed = self.memory.remove(tree, key)?;
        if removed {
            self.note(Change::Remove { tree, key });
        }
        Ok(removed)
    }

    fn clear(&mut self, tree: TreeId) -> Result<()> {
        self.memory.clear(tree)?;
        self.note(Change::Clear { tree });
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let Transaction { shared, compaction, memory, durability, batch, specs } = *self;
        let mut head = shared.head.lock();
        if head.closed {
            return Err(shared.closed());
        }
        if !batch.is_empty() {
            head.last = shared.log.append(&batch, durability)?;
        }
        // Cannot fail any more: only a closed storage refuses, and closing waits for the head.
        memory.commit()?;
        head.specs = specs;
        let ticket = head.last;
        drop(head);
        compaction.look();
        match durability {
            // Also when nothing was logged: what this transaction saw, and perhaps told, is then safe.
            Durability::Synced => shared.log.wait(ticket),
            Durability::Within(_) | Durability::Os => Ok(()),
        }
    }
}
