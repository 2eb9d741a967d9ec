//! The seam between the engine and whatever keeps its bytes.
//!
//! Doc comments on the methods are laws; [`crate::conformance`] holds each of them, on every strategy.

use crate::capability::Capabilities;
use crate::durability::Durability;
use crate::error::Result;
use crate::tree::{Direction, Key, Page, Range, TreeId, TreeSpec};
use std::fmt::Debug;
use std::ops::ControlFlow;

/// A place that keeps ordered trees of bytes in transactions.
pub trait StorageStrategy: Debug + Send + Sync + 'static {
    /// The name of the kind ("memory", "sqlite"), for people.
    fn name(&self) -> &str;

    /// What it can do. Never changes while it is open.
    fn capabilities(&self) -> Capabilities;

    /// The trees that exist, as committed.
    fn trees(&self) -> Result<Vec<TreeId>>;

    /// Returns when everything committed before the call is on the disk.
    fn sync(&self) -> Result<()>;

    /// Opens a snapshot: it sees exactly what was committed before the call, and goes on seeing that.
    /// It owns what it needs, never waits for a writer and never makes one wait.
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>>;

    /// Opens a write transaction, waiting for another one to end where only one fits.
    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>>;

    /// The strategy's own compaction, backup and sizes, where it has them.
    fn maintenance(&self) -> Option<&dyn Maintenance> {
        None
    }

    /// Ends background work and gives the files back. What is asked afterwards is an error of kind Closed;
    /// closing again does nothing.
    fn close(&self) -> Result<()> {
        Ok(())
    }
}

/// Reading inside a transaction.
pub trait ReadTxn: Send {
    /// Shows the value at `key` to `visit` and returns whether there was one. A missing tree reads as empty.
    fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// Shows the entries of `range` in order until `visit` breaks. Inside the visitor `get` and further
    /// scans on the same transaction are allowed.
    fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()>;

    /// A number that changes with every commit: two transactions of one store that give the same number saw
    /// the same state. Does not change while the transaction is open, whatever it writes.
    fn version(&self) -> Result<u64>;

    /// Pulls the first entries of `range` into `page` (emptied first): at most `entries_max` of them, and no
    /// further one once `bytes_max` bytes are there. Sets [`Page::more`].
    fn page(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        entries_max: usize,
        bytes_max: usize,
        page: &mut Page,
    ) -> Result<()> {
        page.clear();
        self.scan(tree, range, direction, &mut |key, value| {
            if page.len() >= entries_max || (page.bytes_len() >= bytes_max && !page.is_empty()) {
                page.more = true;
                return ControlFlow::Break(());
            }
            page.push(key, value);
            ControlFlow::Continue(())
        })
    }

    /// Shows the records of `records` that exist, in the order asked, until `visit` breaks. The visitor gets
    /// the position in `records` and the value.
    fn get_many(
        &self,
        tree: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        for (position, &record) in records.iter().enumerate() {
            let mut flow = ControlFlow::Continue(());
            self.get(tree, Key::Record(record), &mut |value| flow = visit(position, value))?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// How many entries `range` holds.
    fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        let mut count = 0;
        self.scan(tree, range, Direction::Forward, &mut |_, _| {
            count += 1;
            ControlFlow::Continue(())
        })?;
        Ok(count)
    }
}

/// Writing inside a transaction, which reads its own writes. Dropped without commit, nothing happened.
pub trait WriteTxn: ReadTxn {
    /// Creates a tree. An id that exists is an error of kind TreeExists.
    fn create_tree(&mut self, id: TreeId, spec: &TreeSpec<'_>) -> Result<()>;

    /// Drops a tree and what it holds. Dropping a missing tree succeeds.
    fn drop_tree(&mut self, id: TreeId) -> Result<()>;

    /// Adds a record behind the last one and returns its number: larger than every number this tree ever gave
    /// in a committed transaction, also after records were removed or the store was reopened.
    fn append(&mut self, tree: TreeId, value: &[u8]) -> Result<u64>;

    /// Sets the value at `key`. In a tree of records the number must have been given by `append`.
    fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()>;

    /// Sets the value at `key` unless there is one; returns whether it did.
    fn put_new(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<bool> {
        if self.get(tree, key, &mut |_| {})? {
            return Ok(false);
        }
        self.put(tree, key, value)?;
        Ok(true)
    }

    /// Removes the entry at `key`; returns whether there was one.
    fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<bool>;

    /// Removes every entry of a tree. Record numbers go on where they were.
    fn clear(&mut self, tree: TreeId) -> Result<()>;

    /// Makes everything done here visible at once, as durable as `begin_write` was asked. An error means
    /// that nothing was done, but for one of kind Poisoned: the sync behind the commit failed, others may have seen
    /// it, and whether it is on the disk is found out when the storage is opened again.
    fn commit(self: Box<Self>) -> Result<()>;
}

/// What some strategies can do for themselves.
pub trait Maintenance {
    /// How many bytes the storage takes.
    fn size_bytes(&self) -> Result<u64>;

    /// Gives room back.
    fn compact(&self) -> Result<()>;
}
