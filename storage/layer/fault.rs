//! A strategy that fails when it is told to: for tests of what happens then.
//!
//! The invariant: a failed operation did nothing, and a failed commit rolled its transaction back, so that
//! the laws hold for whoever looks at the store afterwards.

use crate::error::{Error, ErrorKind, Result};
use crate::strategy::{ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::{Direction, Key, Page, Range, TreeId, TreeSpec};
use crate::{Durability, layer};
use parking_lot::Mutex;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The kinds of operation that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `begin_read`, `get`, `scan`, `page`, `get_many`, `count`, `trees`.
    Read,
    /// `begin_write`, `create_tree`, `drop_tree`, `append`, `put`, `put_new`, `remove`, `clear`.
    Write,
    /// `commit`.
    Commit,
    /// `sync`.
    Sync,
}

/// A strategy whose operations fail on demand.
///
/// ```
/// use anser_storage::layer::Fault;
/// use anser_storage::layer::fault::Operation;
/// use anser_storage::memory::MemoryStrategy;
/// use anser_storage::{Durability, ErrorKind, Shape, StorageStrategy, TreeId, TreeSpec};
/// use std::sync::Arc;
///
/// let storage = Fault::new(Arc::new(MemoryStrategy::new()));
/// storage.faults().fail(Operation::Commit, 1, ErrorKind::Full);
///
/// let mut write = storage.begin_write(Durability::Os)?;
/// write.create_tree(TreeId(1), &TreeSpec { shape: Shape::Keys, derived: false, label: "" })?;
/// assert_eq!(write.commit().unwrap_err().kind(), ErrorKind::Full);
/// assert_eq!(storage.trees()?, []);
/// # Ok::<(), anser_storage::Error>(())
/// ```
#[derive(Debug)]
pub struct Fault {
    inner: Arc<dyn StorageStrategy>,
    faults: Faults,
}

/// What fails, and what was asked so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    seen: [u64; 4],
    planned: Vec<Planned>,
}

#[derive(Clone, Copy, Debug)]
struct Planned {
    operation: Operation,
    first: u64,
    last: u64,
    kind: ErrorKind,
}

impl Faults {
    /// Lets the `nth` operation of this kind from now fail (1 is the next one), once.
    pub fn fail(&self, operation: Operation, nth: u64, kind: ErrorKind) {
        let mut state = self.0.lock();
        let number = state.seen[operation as usize].saturating_add(nth);
        state.planned.push(Planned { operation, first: number, last: number, kind });
    }

    /// Lets every operation of this kind fail from now on.
    pub fn fail_all(&self, operation: Operation, kind: ErrorKind) {
        let mut state = self.0.lock();
        let first = state.seen[operation as usize];
        state.planned.push(Planned { operation, first, last: u64::MAX, kind });
    }

    /// Lets nothing fail any more.
    pub fn clear(&self) {
        self.0.lock().planned.clear();
    }

    /// How many operations of this kind were asked so far, failed ones included.
    pub fn seen(&self, operation: Operation) -> u64 {
        self.0.lock().seen[operation as usize]
    }

    fn pass(&self, operation: Operation) -> Result<()> {
        let mut state = self.0.lock();
        let number = state.seen[operation as usize] + 1;
        state.seen[operation as usize] = number;
        let hit = state.planned.iter().find(|planned| {
            planned.operation == operation && (planned.first..=planned.last).contains(&number)
        });
        match hit {
            Some(planned) => {
                let message = format!("{operation:?} number {number} was told to fail");
                Err(Error::new(planned.kind, message))
            }
            None => Ok(()),
        }
    }
}

impl Fault {
    /// A layer around `inner` that lets everything through until it is told otherwise.
    pub fn new(inner: Arc<dyn StorageStrategy>) -> Fault {
        Fault { inner, faults: Faults::default() }
    }

    /// The handle to tell it by.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }
}

impl StorageStrategy for Fault {
    layer::pass_on!(name capabilities maintenance close);

    fn trees(&self) -> Result<Vec<TreeId>> {
        self.faults.pass(Operation::Read)?;
        self.inner.trees()
    }

    fn sync(&self) -> Result<()> {
        self.faults.pass(Operation::Sync)?;
        self.inner.sync()
    }

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.faults.pass(Operation::Read)?;
        Ok(Box::new(FaultTransaction { inner: self.inner.begin_read()?, faults: self.faults() }))
    }

    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>> {
        self.faults.pass(Operation::Write)?;
        Ok(Box::new(FaultTransaction { inner: self.inner.begin_write(durability)?, faults: self.faults() }))
    }
}

struct FaultTransaction<T: ?Sized> {
    faults: Faults,
    inner: Box<T>,
}

impl<T: ReadTxn + ?Sized> ReadTxn for FaultTransaction<T> {
    fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.faults.pass(Operation::Read)?;
        self.inner.get(tree, key, visit)
    }

    fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.faults.pass(Operation::Read)?;
        self.inner.scan(tree, range, direction, visit)
    }

    fn version(&self) -> Result<u64> {
        self.inner.version()
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
        self.faults.pass(Operation::Read)?;
        self.inner.page(tree, range, direction, entries_max, bytes_max, page)
    }

    fn get_many(
        &self,
        tree: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.faults.pass(Operation::Read)?;
        self.inner.get_many(tree, records, visit)
    }

    fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        self.faults.pass(Operation::Read)?;
        self.inner.count(tree, range)
    }
}

impl WriteTxn for FaultTransaction<dyn WriteTxn> {
    fn create_tree(&mut self, id: TreeId, spec: &TreeSpec<'_>) -> Result<()> {
        self.faults.pass(Operation::Write)?;
        self.inner.create_tree(id, spec)
    }

    fn drop_tree(&mut self, id: TreeId) -> Result<()> {
        self.faults.pass(Operation::Write)?;
        self.inner.drop_tree(id)
    }

    fn append(&mut self, tree: TreeId, value: &[u8]) -> Result<u64> {
        self.faults.pass(Operation::Write)?;
        self.inner.append(tree, value)
    }

    fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        self.faults.pass(Operation::Write)?;
        self.inner.put(tree, key, value)
    }

    fn put_new(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<bool> {
        self.faults.pass(Operation::Write)?;
        self.inner.put_new(tree, key, value)
    }

    fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<bool> {
        self.faults.pass(Operation::Write)?;
        self.inner.remove(tree, key)
    }

    fn clear(&mut self, tree: TreeId) -> Result<()> {
        self.faults.pass(Operation::Write)?;
        self.inner.clear(tree)
    }

    fn commit(self: Box<Self>) -> Result<()> {
        self.faults.pass(Operation::Commit)?;
        self.inner.commit()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Fault, Operation};
    use crate::memory::MemoryStrategy;
    use crate::{Durability, ErrorKind, Key, Range, Result, Shape, StorageStrategy, TreeId, TreeSpec};
    use std::sync::Arc;

    const TREE: TreeId = TreeId(1);

    fn store() -> Fault {
        let storage = Fault::new(Arc::new(MemoryStrategy::new()));
        let mut write = storage.begin_write(Durability::Os).unwrap();
        write.create_tree(TREE, &TreeSpec { shape: Shape::Keys, derived: false, label: "" }).unwrap();
        write.commit().unwrap();
        storage
    }

    fn put_three(storage: &Fault) -> Result<()> {
        let mut write = storage.begin_write(Durability::Os)?;
        for key in [b"a", b"b", b"c"] {
            write.put(TREE, Key::Bytes(key), b"")?;
        }
        write.commit()
    }

    fn count(storage: &Fault) -> u64 {
        storage.begin_read().unwrap().count(TREE, Range::ALL).unwrap()
    }

    #[test]
    fn the_nth_write_fails_once() {
        let storage = store();
        storage.faults().fail(Operation::Write, 3, ErrorKind::Full);
        assert_eq!(put_three(&storage).unwrap_err().kind(), ErrorKind::Full);
        assert_eq!(count(&storage), 0);
        put_three(&storage).unwrap();
        assert_eq!(count(&storage), 3);
    }

    #[test]
    fn a_failed_commit_leaves_nothing() {
        let storage = store();
        storage.faults().fail(Operation::Commit, 2, ErrorKind::Io);
        put_three(&storage).unwrap();
        let mut write = storage.begin_write(Durability::Os).unwrap();
        write.clear(TREE).unwrap();
        assert_eq!(write.commit().unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(count(&storage), 3);
    }

    #[test]
    fn everything_of_a_kind_fails_until_it_is_told_otherwise() {
        let storage = store();
        let faults = storage.faults();
        faults.fail_all(Operation::Read, ErrorKind::Corrupt);
        faults.fail_all(Operation::Sync, ErrorKind::Io);
        for _ in 0..3 {
            assert_eq!(storage.trees().unwrap_err().kind(), ErrorKind::Corrupt);
            assert_eq!(storage.sync().unwrap_err().kind(), ErrorKind::Io);
            put_three(&storage).unwrap();
        }
        faults.clear();
        storage.sync().unwrap();
        assert_eq!(storage.trees().unwrap(), [TREE]);
        assert_eq!(faults.seen(Operation::Sync), 4);
    }
}
