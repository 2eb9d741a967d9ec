//! Counting what is asked of a strategy: the figures that `explain()` shows and that tests hold.
//!
//! The invariant: an entry counts when a caller is shown it, in a tree of keys as a key, in a tree of records
//! as a record. What a strategy counts by itself (`count`) is shown to nobody and has a figure of its own.

use crate::error::Result;
use crate::strategy::{ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::{Direction, Key, Page, Range, TreeId, TreeSpec};
use crate::{Durability, layer};
use parking_lot::Mutex;
use std::cell::Cell;
use std::ops::{ControlFlow, Deref};
use std::sync::Arc;

/// How much was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Entries shown out of trees of keys.
    pub keys_visited: u64,
    /// Entries shown out of trees of records.
    pub records_visited: u64,
    /// Entries that `count` counted.
    pub entries_counted: u64,
    /// Bytes of keys and values shown.
    pub bytes_read: u64,
    /// Bytes of keys and values written.
    pub bytes_written: u64,
    /// Read transactions begun.
    pub reads_begun: u64,
    /// Write transactions begun.
    pub writes_begun: u64,
    /// Commits that succeeded.
    pub commits: u64,
    /// Write transactions that ended without one.
    pub rollbacks: u64,
    /// Calls of `sync`, and commits that were to be on the disk when they returned.
    pub syncs: u64,
}

/// One thing that was asked, when operations are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub verb: Verb,
    /// The tree, where the method names one.
    pub tree: Option<TreeId>,
    /// How many entries were shown, written or removed.
    pub entries: u64,
}

/// The methods of a strategy and its transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the method of its name")]
pub enum Verb {
    BeginRead,
    BeginWrite,
    Get,
    Scan,
    Page,
    GetMany,
    Count,
    CreateTree,
    DropTree,
    Append,
    Put,
    PutNew,
    Remove,
    Clear,
    Commit,
    Rollback,
    Sync,
}

/// A strategy that counts what is asked of it.
#[derive(Debug)]
pub struct Trace {
    inner: Arc<dyn StorageStrategy>,
    log: TraceLog,
}

/// What was counted. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct TraceLog(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    operations: Option<Vec<Operation>>,
}

impl TraceLog {
    /// The figures so far.
    pub fn counts(&self) -> Counts {
        self.0.lock().counts
    }

    /// The figures so far; they begin again at nothing.
    pub fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.0.lock().counts)
    }

    /// Records every operation from now on, until [`TraceLog::take_operations`].
    pub fn record(&self) {
        self.0.lock().operations.get_or_insert_default();
    }

    /// The operations since [`TraceLog::record`], in their order; recording ends.
    pub fn take_operations(&self) -> Vec<Operation> {
        self.0.lock().operations.take().unwrap_or_default()
    }

    fn note(&self, verb: Verb, tree: Option<TreeId>, entries: u64, count: impl FnOnce(&mut Counts)) {
        let mut state = self.0.lock();
        count(&mut state.counts);
        if let Some(operations) = &mut state.operations {
            operations.push(Operation { verb, tree, entries });
        }
    }
}

impl Trace {
    /// A layer around `inner`.
    pub fn new(inner: Arc<dyn StorageStrategy>) -> Trace {
        Trace { inner, log: TraceLog::default() }
    }

    /// What it counts.
    pub fn log(&self) -> TraceLog {
        self.log.clone()
    }
}

impl StorageStrategy for Trace {
    layer::pass_on!(name capabilities trees maintenance close);

    fn sync(&self) -> Result<()> {
        self.log.note(Verb::Sync, None, 0, |counts| counts.syncs += 1);
        self.inner.sync()
    }

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        let inner = self.inner.begin_read()?;
        self.log.note(Verb::BeginRead, None, 0, |counts| counts.reads_begun += 1);
        Ok(Box::new(CountingRead { inner, tally: self.log() }))
    }

    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>> {
        let inner = self.inner.begin_write(durability)?;
        self.log.note(Verb::BeginWrite, None, 0, |counts| counts.writes_begun += 1);
        let tally = WriteTally { log: self.log(), syncs: durability == Durability::Synced, committed: false };
        Ok(Box::new(CountingRead { inner, tally }))
    }
}

/// Where figures go.
pub trait Tally: Send {
    /// A call of `verb` has shown `shown`.
    fn shown(&self, verb: Verb, tree: TreeId, shown: Shown);
}

/// What one call has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Entries out of a tree of keys.
    pub keys: u64,
    /// Entries out of a tree of records.
    pub records: u64,
    /// Entries counted, and not shown.
    pub counted: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
}

impl Shown {
    fn entry(&mut self, key: Key<'_>, value: &[u8]) {
        self.bytes += value.len() as u64;
        match key {
            Key::Record(_) => self.records += 1,
            Key::Bytes(bytes) => {
                self.keys += 1;
                self.bytes += bytes.len() as u64;
            }
        }
    }
}

/// The figures of one statement, for the thread that runs it.
#[derive(Debug, Default)]
pub struct Figures(Cell<Shown>);

impl Tally for Figures {
    fn shown(&self, _: Verb, _: TreeId, shown: Shown) {
        let mut sum = self.0.get();
        sum.keys += shown.keys;
        sum.records += shown.records;
        sum.counted += shown.counted;
        sum.bytes += shown.bytes;
        self.0.set(sum);
    }
}

impl Tally for TraceLog {
    fn shown(&self, verb: Verb, tree: TreeId, shown: Shown) {
        self.note(verb, Some(tree), shown.keys + shown.records + shown.counted, |counts| {
            counts.keys_visited += shown.keys;
            counts.records_visited += shown.records;
            counts.entries_counted += shown.counted;
            counts.bytes_read += shown.bytes;
        });
    }
}

/// A transaction that counts what it shows, for `explain()`.
///
/// It holds the transaction in a box, or borrows it for itself alone (`&mut dyn ReadTxn`,
/// `&mut dyn WriteTxn`): so it can move to another thread as every transaction can.
///
/// ```
/// use anser_storage::layer::CountingRead;
/// use anser_storage::memory::MemoryStrategy;
/// use anser_storage::{Direction, Range, ReadTxn, Shape, StorageStrategy, TreeId, TreeSpec};
/// use std::ops::ControlFlow;
///
/// let storage = MemoryStrategy::new();
/// let mut write = storage.begin_write(Default::default())?;
/// write.create_tree(TreeId(1), &TreeSpec { shape: Shape::Records, derived: false, label: "" })?;
/// write.append(TreeId(1), b"Ada")?;
///
/// let counting = CountingRead::new(&mut *write);
/// counting.scan(TreeId(1), Range::ALL, Direction::Forward, &mut |_, _| ControlFlow::Continue(()))?;
/// assert_eq!((counting.keys_examined(), counting.documents_examined()), (0, 1));
/// # Ok::<(), anser_storage::Error>(())
/// ```
#[derive(Debug)]
pub struct CountingRead<T, S: Tally = Figures> {
    inner: T,
    tally: S,
}

impl<T> CountingRead<T>
where
    T: Deref<Target: ReadTxn> + Send,
{
    /// Counts what is read through `inner` from now on.
    pub fn new(inner: T) -> Self {
        CountingRead { inner, tally: Figures::default() }
    }

    /// Entries that were shown out of trees of keys.
    pub fn keys_examined(&self) -> u64 {
        self.tally.0.get().keys
    }

    /// Entries that were shown out of trees of records.
    pub fn documents_examined(&self) -> u64 {
        self.tally.0.get().records
    }

    /// Entries that [`ReadTxn::count`] counted; the caller knows of which trees.
    pub fn entries_counted(&self) -> u64 {
        self.tally.0.get().counted
    }

    /// The transaction itself.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T, S> ReadTxn for CountingRead<T, S>
where
    T: Deref<Target: ReadTxn> + Send,
    S: Tally,
{
    fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let mut shown = Shown::default();
        let found = self.inner.get(tree, key, &mut |value| {
            shown.entry(key, value);
            visit(value);
        });
        self.tally.shown(Verb::Get, tree, shown);
        found
    }

    fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut shown = Shown::default();
        let scanned = self.inner.scan(tree, range, direction, &mut |key, value| {
            shown.entry(key, value);
            visit(key, value)
        });
        self.tally.shown(Verb::Scan, tree, shown);
        scanned
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
        let pulled = self.inner.page(tree, range, direction, entries_max, bytes_max, page);
        let mut shown = Shown::default();
        if pulled.is_ok() {
            match page.get(0) {
                Some((Key::Record(_), _)) => shown.records = page.len() as u64,
                _ => shown.keys = page.len() as u64,
            }
            shown.bytes = page.bytes_len() as u64;
        }
        self.tally.shown(Verb::Page, tree, shown);
        pulled
    }

    fn get_many(
        &self,
        tree: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut shown = Shown::default();
        let got = self.inner.get_many(tree, records, &mut |position, value| {
            shown.entry(Key::Record(0), value);
            visit(position, value)
        });
        self.tally.shown(Verb::GetMany, tree, shown);
        got
    }

    fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        let count = self.inner.count(tree, range);
        let counted = *count.as_ref().unwrap_or(&0);
        self.tally.shown(Verb::Count, tree, Shown { counted, ..Shown::default() });
        count
    }
}

/// The log, as a write transaction uses it: it notes how the transaction ended.
struct WriteTally {
    log: TraceLog,
    syncs: bool,
    committed: bool,
}

impl Tally for WriteTally {
    fn shown(&self, verb: Verb, tree: TreeId, shown: Shown) {
        self.log.shown(verb, tree, shown);
    }
}

impl WriteTally {
    fn wrote(&self, verb: Verb, tree: TreeId, entries: u64, bytes: usize) {
        self.log.note(verb, Some(tree), entries, |counts| counts.bytes_written += bytes as u64);
    }
}

impl Drop for WriteTally {
    fn drop(&mut self) {
        if !self.committed {
            self.log.note(Verb::Rollback, None, 0, |counts| counts.rollbacks += 1);
        }
    }
}

fn entry_bytes(key: Key<'_>, value: &[u8]) -> usize {
    match key {
        Key::Record(_) => value.len(),
        Key::Bytes(bytes) => bytes.len() + value.len(),
    }
}

impl WriteTxn for CountingRead<Box<dyn WriteTxn>, WriteTally> {
    fn create_tree(&mut self, id: TreeId, spec: &TreeSpec<'_>) -> Result<()> {
        self.inner.create_tree(id, spec)?;
        self.tally.wrote(Verb::CreateTree, id, 0, 0);
        Ok(())
    }

    fn drop_tree(&mut self, id: TreeId) -> Result<()> {
        self.inner.drop_tree(id)?;
        self.tally.wrote(Verb::DropTree, id, 0, 0);
        Ok(())
    }

    fn append(&mut self, tree: TreeId, value: &[u8]) -> Result<u64> {
        let record = self.inner.append(tree, value)?;
        self.tally.wrote(Verb::Append, tree, 1, value.len());
        Ok(record)
    }

    fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        self.inner.put(tree, key, value)?;
        self.tally.wrote(Verb::Put, tree, 1, entry_bytes(key, value));
        Ok(())
    }

    fn put_new(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<bool> {
        let is_new = self.inner.put_new(tree, key, value)?;
        let bytes = if is_new { entry_bytes(key, value) } else { 0 };
        self.tally.wrote(Verb::PutNew, tree, u64::from(is_new), bytes);
        Ok(is_new)
    }

    fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<bool> {
        let removed = self.inner.remove(tree, key)?;
        self.tally.wrote(Verb::Remove, tree, u64::from(removed), 0);
        Ok(removed)
    }

    fn clear(&mut self, tree: TreeId) -> Result<()> {
        self.inner.clear(tree)?;
        self.tally.wrote(Verb::Clear, tree, 0, 0);
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let CountingRead { inner, mut tally } = *self;
        inner.commit()?;
        tally.committed = true;
        tally.log.note(Verb::Commit, None, 0, |counts| {
            counts.commits += 1;
            counts.syncs += u64::from(tally.syncs);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{CountingRead, Counts, Operation, Trace, Verb};
    use crate::memory::MemoryStrategy;
    use crate::{
        Direction, Durability, Key, Page, Range, ReadTxn, Result, Shape, StorageStrategy, TreeId, TreeSpec,
    };
    use std::ops::ControlFlow;
    use std::sync::Arc;

    const R: TreeId = TreeId(1);
    const K: TreeId = TreeId(2);

    fn filled() -> Result<Trace> {
        let storage = Trace::new(Arc::new(MemoryStrategy::new()));
        let mut write = storage.begin_write(Durability::Synced)?;
        write.create_tree(R, &TreeSpec { shape: Shape::Records, derived: false, label: "" })?;
        write.create_tree(K, &TreeSpec { shape: Shape::Keys, derived: false, label: "" })?;
        for key in [b"aa", b"bb", b"cc"] {
            let record = write.append(R, b"12345")?;
            write.put(K, Key::Bytes(key), &[record as u8])?;
        }
        write.commit()?;
        Ok(storage)
    }

    fn read_some(read: &dyn ReadTxn) -> Result<()> {
        read.get(R, Key::Record(2), &mut |_| {})?;
        read.get(K, Key::Bytes(b"missing"), &mut |_| {})?;
        read.get_many(R, &[3, 9, 1], &mut |_, _| ControlFlow::Continue(()))?;
        read.scan(K, Range::ALL, Direction::Backward, &mut |_, _| {
            read.get(R, Key::Record(1), &mut |_| {}).unwrap();
            ControlFlow::Break(())
        })?;
        read.page(K, Range::ALL, Direction::Forward, 2, 1_000, &mut Page::default())?;
        read.count(K, Range::ALL).map(drop)
    }

    #[test]
    fn what_is_shown_counts_and_what_is_missing_does_not() {
        let storage = filled().unwrap();
        let written = storage.log().take_counts();
        assert_eq!(
            written,
            Counts { bytes_written: 24, writes_begun: 1, commits: 1, syncs: 1, ..Counts::default() }
        );
        read_some(&*storage.begin_read().unwrap()).unwrap();
        let expected = Counts {
            keys_visited: 3,
            records_visited: 4,
            entries_counted: 3,
            bytes_read: 4 * 5 + 3 * 3,
            reads_begun: 1,
            ..Counts::default()
        };
        assert_eq!(storage.log().counts(), expected);
    }

    #[test]
    fn a_borrowed_and_an_owned_transaction_count_alike() {
        let storage = filled().unwrap();
        let owned = CountingRead::new(storage.begin_read().unwrap());
        read_some(&owned).unwrap();
        assert_eq!((owned.keys_examined(), owned.documents_examined(), owned.entries_counted()), (3, 4, 3));
        let mut write = storage.begin_write(Durability::Os).unwrap();
        let borrowed = CountingRead::new(&mut *write);
        read_some(&borrowed).unwrap();
        assert_eq!((borrowed.keys_examined(), borrowed.documents_examined()), (3, 4));
        write.append(R, b"the transaction is free again").unwrap();
    }

    #[test]
    fn operations_are_recorded_in_their_order() {
        let storage = filled().unwrap();
        let log = storage.log();
        log.record();
        let mut write = storage.begin_write(Durability::Os).unwrap();
        assert!(!write.put_new(K, Key::Bytes(b"aa"), b"").unwrap());
        write.remove(K, Key::Bytes(b"aa")).unwrap();
        drop(write);
        storage.sync().unwrap();
        let operation = |verb, tree, entries| Operation { verb, tree, entries };
        let expected = [
            operation(Verb::BeginWrite, None, 0),
            operation(Verb::PutNew, Some(K), 0),
            operation(Verb::Remove, Some(K), 1),
            operation(Verb::Rollback, None, 0),
            operation(Verb::Sync, None, 0),
        ];
        assert_eq!(log.take_operations(), expected);
        assert_eq!(log.take_operations(), []);
        assert_eq!((log.counts().rollbacks, log.counts().commits), (1, 1));
    }
}
