//! A strategy that watches both sides of the seam: the caller and the strategy inside.
//!
//! The invariant: whatever passes through has kept the laws of [`crate::strategy`] as far as one handle can
//! see. A broken one is a panic that says which law, and whose fault it is. It reads back what was written and
//! counts what was counted, so it is for tests.

use crate::capability::Capabilities;
use crate::error::{ErrorKind, Result};
use crate::strategy::{ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::{Direction, Key, Page, Range, Shape, TreeId, TreeSpec};
use crate::{Durability, layer};
use parking_lot::Mutex;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

/// A strategy around another one that panics when a law of the seam is broken.
///
/// ```should_panic
/// use anser_storage::layer::Contract;
/// use anser_storage::memory::MemoryStrategy;
/// use anser_storage::{Durability, Key, Shape, StorageStrategy, TreeId, TreeSpec};
/// use std::sync::Arc;
///
/// let storage = Contract::new(Arc::new(MemoryStrategy::new()));
/// let mut write = storage.begin_write(Durability::Os).unwrap();
/// write.create_tree(TreeId(1), &TreeSpec { shape: Shape::Records, derived: false, label: "" }).unwrap();
/// // "In a tree of records the number must have been given by `append`."
/// let _ = write.put(TreeId(1), Key::Record(1), b"never appended");
/// ```
#[derive(Debug)]
pub struct Contract {
    inner: Arc<dyn StorageStrategy>,
    known: Arc<Mutex<Known>>,
}

/// What passed through about trees, committed.
type Known = HashMap<TreeId, KnownTree>;

#[derive(Clone, Copy, Debug)]
struct KnownTree {
    shape: Shape,
    exists: bool,
    last: u64,
}

impl Contract {
    /// A layer around `inner`.
    pub fn new(inner: Arc<dyn StorageStrategy>) -> Contract {
        Contract { inner, known: Arc::default() }
    }

    fn checks(&self) -> Checks {
        Checks {
            known: Arc::clone(&self.known),
            written: HashMap::new(),
            version: Cell::new(None),
            capabilities: self.inner.capabilities(),
        }
    }
}

impl StorageStrategy for Contract {
    layer::pass_on!(name capabilities trees sync maintenance close);

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        Ok(Box::new(ContractRead { inner: self.inner.begin_read()?, checks: self.checks() }))
    }

    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>> {
        // Asked after the wait for another writer, so that what that one has committed is known.
        let inner = self.inner.begin_write(durability)?;
        Ok(Box::new(ContractWrite { inner, checks: self.checks() }))
    }
}

/// The caller broke `law`.
#[track_caller]
fn caller_broke(law: &str, how: std::fmt::Arguments<'_>) -> ! {
    panic!("the caller broke a law of the storage seam: {law}\n{how}");
}

/// The strategy broke `law`.
#[track_caller]
fn strategy_broke(law: &str, how: std::fmt::Arguments<'_>) -> ! {
    panic!("the strategy broke a law of the storage seam: {law}\n{how}");
}

const SHAPE: &str = "a tree of records is keyed by numbers, a tree of keys by bytes";
const PUT_RECORD: &str = "in a tree of records the number must have been given by `append`";
const TREE_ONCE: &str = "a tree's number is given by the engine, never given twice";
const CREATE: &str = "an id that exists is an error of kind TreeExists";
const GET: &str = "shows the value at `key` to `visit` and returns whether there was one";
const SCAN: &str = "shows the entries of `range` in order until `visit` breaks";
const PAGE: &str = "at most `entries_max` of them, and no further one once `bytes_max` bytes are there";
const MORE: &str = "sets `more`: whether the range holds more entries behind the last one here";
const GET_MANY: &str = "shows the records of `records` that exist, in the order asked, until `visit` breaks";
const COUNT: &str = "how many entries `range` holds";
const VERSION: &str = "the version does not change while the transaction is open, whatever it writes";
const APPEND: &str = "larger than every number this tree ever gave in a committed transaction";
const OWN_WRITES: &str = "a write transaction reads its own writes";
const PUT_NEW: &str = "sets the value at `key` unless there is one; returns whether it did";
const REMOVE: &str = "removes the entry at `key`; returns whether there was one";
const CLEAR: &str = "removes every entry of a tree";
const DROP: &str = "drops a tree and what it holds";
const LENGTH: &str = "no key or value is longer than the capabilities say";

/// What one transaction is held to.
struct Checks {
    known: Arc<Mutex<Known>>,
    written: Known,
    version: Cell<Option<u64>>,
    capabilities: Capabilities,
}

impl Checks {
    fn tree(&self, id: TreeId) -> Option<KnownTree> {
        self.written.get(&id).copied().or_else(|| self.known.lock().get(&id).copied())
    }

    fn key(&self, tree: TreeId, key: Key<'_>) {
        let given = match key {
            Key::Record(_) => Shape::Records,
            Key::Bytes(_) => Shape::Keys,
        };
        if let Some(known) = self.tree(tree)
            && known.shape != given
        {
            caller_broke(SHAPE, format_args!("{key:?} in {tree:?}, a tree of {:?}", known.shape));
        }
    }

    fn range(&self, tree: TreeId, range: Range<'_>) {
        for bound in [range.lower, range.upper] {
            if let Bound::Included(key) | Bound::Excluded(key) = bound {
                self.key(tree, key);
            }
        }
    }

    fn lengths(&self, key: Key<'_>, value: &[u8]) {
        let (key_bytes_max, value_bytes_max) =
            (self.capabilities.key_bytes_max, self.capabilities.value_bytes_max);
        if let Key::Bytes(bytes) = key
            && bytes.len() > key_bytes_max
        {
            caller_broke(LENGTH, format_args!("a key of {} bytes, at most {key_bytes_max}", bytes.len()));
        }
        if value.len() > value_bytes_max {
            caller_broke(LENGTH, format_args!("a value of {} bytes, at most {value_bytes_max}", value.len()));
        }
    }

    /// Lets an error of the strategy through, unless it says that the caller broke a law.
    fn outcome<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result
            && error.kind() == ErrorKind::Misuse
        {
            caller_broke("what is asked makes sense", format_args!("{error}"));
        }
        result
    }

    fn written(&mut self, tree: TreeId, shape: Shape) -> &mut KnownTree {
        let known = self.tree(tree).unwrap_or(KnownTree { shape, exists: true, last: 0 });
        self.written.entry(tree).or_insert(known)
    }

    fn committed(self) {
        let mut known = self.known.lock();
        for (id, written) in self.written {
            let last = known.get(&id).map_or(0, |before| before.last);
            known.insert(id, KnownTree { last: written.last.max(last), ..written });
        }
    }
}

/// Whether `key` lies in `range`.
fn holds(range: Range<'_>, key: Key<'_>) -> bool {
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
}

/// The key before, kept without a new buffer each time.
#[derive(Default)]
struct LastKey {
    record: Option<u64>,
    bytes: Vec<u8>,
    is_set: bool,
}

impl LastKey {
    fn key(&self) -> Option<Key<'_>> {
        self.is_set.then(|| match self.record {
            Some(record) => Key::Record(record),
            None => Key::Bytes(&self.bytes),
        })
    }

    /// Holds that `key` follows the one before in `direction` and lies in `range`.
    fn follow(&mut self, tree: TreeId, range: Range<'_>, direction: Direction, key: Key<'_>) {
        if !holds(range, key) {
            strategy_broke(SCAN, format_args!("{key:?} of {tree:?} lies outside of {range:?}"));
        }
        let follows = match (self.key(), direction) {
            (None, _) => true,
            (Some(last), Direction::Forward) => last < key,
            (Some(last), Direction::Backward) => last > key,
        };
        if !follows {
            let last = self.key();
            strategy_broke(SCAN, format_args!("{key:?} of {tree:?} after {last:?}, {direction:?}"));
        }
        self.is_set = true;
        match key {
            Key::Record(record) => self.record = Some(record),
            Key::Bytes(bytes) => {
                self.record = None;
                self.bytes.clear();
                self.bytes.extend_from_slice(bytes);
            }
        }
    }

    /// What follows this key in `range`.
    fn rest<'a>(&'a self, range: Range<'a>, direction: Direction) -> Range<'a> {
        match (self.key(), direction) {
            (None, _) => range,
            (Some(last), Direction::Forward) => Range::new(Bound::Excluded(last), range.upper),
            (Some(last), Direction::Backward) => Range::new(range.lower, Bound::Excluded(last)),
        }
    }
}

/// Reading, held to the laws; both kinds of transaction read so.
struct Watched<'a> {
    inner: &'a dyn ReadTxn,
    checks: &'a Checks,
}

impl Watched<'_> {
    fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.checks.key(tree, key);
        let mut shown = 0;
        let found = self.checks.outcome(self.inner.get(tree, key, &mut |value| {
            shown += 1;
            visit(value);
        }))?;
        if shown != usize::from(found) {
            strategy_broke(
                GET,
                format_args!("get of {key:?} in {tree:?} says {found} and showed {shown} values"),
            );
        }
        Ok(found)
    }

    fn scan(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.checks.range(tree, range);
        let mut last = LastKey::default();
        let mut broken = false;
        self.checks.outcome(self.inner.scan(tree, range, direction, &mut |key, value| {
            if broken {
                strategy_broke(SCAN, format_args!("{key:?} of {tree:?} is shown after the visitor broke"));
            }
            last.follow(tree, range, direction, key);
            let flow = visit(key, value);
            broken = flow.is_break();
            flow
        }))
    }

    fn version(&self) -> Result<u64> {
        let version = self.inner.version()?;
        if let Some(before) = self.checks.version.replace(Some(version))
            && before != version
        {
            strategy_broke(VERSION, format_args!("{version} after {before}"));
        }
        Ok(version)
    }

    fn page(
        &self,
        tree: TreeId,
        range: Range<'_>,
        direction: Direction,
        limits: (usize, usize),
        page: &mut Page,
    ) -> Result<()> {
        self.checks.range(tree, range);
        let (entries_max, bytes_max) = limits;
        self.checks.outcome(self.inner.page(tree, range, direction, entries_max, bytes_max, page))?;
        let mut last = LastKey::default();
        let mut bytes = 0;
        for (position, (key, value)) in page.iter().enumerate() {
            if position >= entries_max || (position > 0 && bytes >= bytes_max) {
                strategy_broke(PAGE, format_args!("{} entries, {} bytes", page.len(), page.bytes_len()));
            }
            last.follow(tree, range, direction, key);
            bytes += value.len() + if let Key::Bytes(key) = key { key.len() } else { 0 };
        }
        let mut more = false;
        self.inner.scan(tree, last.rest(range, direction), direction, &mut |_, _| {
            more = true;
            ControlFlow::Break(())
        })?;
        if page.more != more {
            strategy_broke(MORE, format_args!("{} for {range:?} of {tree:?}", page.more));
        }
        Ok(())
    }

    fn get_many(
        &self,
        tree: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        if !records.is_empty() {
            self.checks.key(tree, Key::Record(records[0]));
        }
        let mut next = 0;
        let mut broken = false;
        self.checks.outcome(self.inner.get_many(tree, records, &mut |position, value| {
            if broken || position < next || position >= records.len() {
                strategy_broke(GET_MANY, format_args!("position {position} of {tree:?}"));
            }
            next = position + 1;
            let flow = visit(position, value);
            broken = flow.is_break();
            flow
        }))
    }

    fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
        self.checks.range(tree, range);
        let count = self.checks.outcome(self.inner.count(tree, range))?;
        let mut entries = 0;
        self.inner.scan(tree, range, Direction::Forward, &mut |_, _| {
            entries += 1;
            ControlFlow::Continue(())
        })?;
        if count != entries {
            strategy_broke(COUNT, format_args!("{count} for {entries} entries of {range:?} in {tree:?}"));
        }
        Ok(count)
    }

    /// Whether there is an entry at `key`, whatever the caller may ask.
    fn has(&self, tree: TreeId, key: Key<'_>) -> Result<bool> {
        self.inner.get(tree, key, &mut |_| {})
    }

    /// Holds that `key` has `value` now.
    fn reads_back(&self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        let mut same = false;
        self.inner.get(tree, key, &mut |stored| same = stored == value)?;
        if !same {
            strategy_broke(OWN_WRITES, format_args!("{key:?} of {tree:?} does not read back"));
        }
        Ok(())
    }

    /// Holds that nothing is in `tree`.
    fn is_empty(&self, tree: TreeId, law: &str) -> Result<()> {
        self.inner.scan(tree, Range::ALL, Direction::Forward, &mut |key, _| {
            strategy_broke(law, format_args!("{key:?} is still in {tree:?}"))
        })
    }
}

struct ContractRead {
    inner: Box<dyn ReadTxn>,
    checks: Checks,
}

struct ContractWrite {
    inner: Box<dyn WriteTxn>,
    checks: Checks,
}

macro_rules! read_watched {
    ($transaction:ty) => {
        impl $transaction {
            fn watched(&self) -> Watched<'_> {
                Watched { inner: &*self.inner, checks: &self.checks }
            }
        }

        impl ReadTxn for $transaction {
            fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
                self.watched().get(tree, key, visit)
            }

            fn scan(
                &self,
                tree: TreeId,
                range: Range<'_>,
                direction: Direction,
                visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
            ) -> Result<()> {
                self.watched().scan(tree, range, direction, visit)
            }

            fn version(&self) -> Result<u64> {
                self.watched().version()
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
                self.watched().page(tree, range, direction, (entries_max, bytes_max), page)
            }

            fn get_many(
                &self,
                tree: TreeId,
                records: &[u64],
                visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
            ) -> Result<()> {
                self.watched().get_many(tree, records, visit)
            }

            fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
                self.watched().count(tree, range)
            }
        }
    };
}

read_watched!(ContractRead);
read_watched!(ContractWrite);

impl WriteTxn for ContractWrite {
    fn create_tree(&mut self, id: TreeId, spec: &TreeSpec<'_>) -> Result<()> {
        let known = self.checks.tree(id);
        if let Some(known) = known
            && !known.exists
        {
            caller_broke(TREE_ONCE, format_args!("{id:?} was dropped and is created again"));
        }
        self.checks.outcome(self.inner.create_tree(id, spec))?;
        if known.is_some() {
            strategy_broke(CREATE, format_args!("{id:?} was created twice"));
        }
        self.watched().is_empty(id, "a new tree is empty")?;
        self.checks.written(id, spec.shape);
        Ok(())
    }

    fn drop_tree(&mut self, id: TreeId) -> Result<()> {
        self.checks.outcome(self.inner.drop_tree(id))?;
        self.watched().is_empty(id, DROP)?;
        if self.checks.tree(id).is_some() {
            self.checks.written(id, Shape::Keys).exists = false;
        }
        Ok(())
    }

    fn append(&mut self, tree: TreeId, value: &[u8]) -> Result<u64> {
        self.checks.key(tree, Key::Record(1));
        self.checks.lengths(Key::Record(1), value);
        let mut highest = 0;
        self.inner.scan(tree, Range::ALL, Direction::Backward, &mut |key, _| {
            if let Key::Record(record) = key {
                highest = record;
            }
            ControlFlow::Break(())
        })?;
        let record = self.checks.outcome(self.inner.append(tree, value))?;
        let known = self.checks.written(tree, Shape::Records);
        let last = known.last.max(highest);
        known.last = record;
        if record <= last {
            strategy_broke(APPEND, format_args!("{record} after {last} in {tree:?}"));
        }
        self.watched().reads_back(tree, Key::Record(record), value)?;
        Ok(record)
    }

    fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        self.checks.key(tree, key);
        self.checks.lengths(key, value);
        if let Key::Record(record) = key
            // Through another handle, numbers are given that are not known here.
            && !self.checks.capabilities.multi_process
            && let Some(known) = self.checks.tree(tree)
            && record > known.last
            && !self.watched().has(tree, key)?
        {
            caller_broke(PUT_RECORD, format_args!("{record} in {tree:?}, after {}", known.last));
        }
        self.checks.outcome(self.inner.put(tree, key, value))?;
        self.watched().reads_back(tree, key, value)
    }

    fn put_new(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<bool> {
        self.checks.key(tree, key);
        self.checks.lengths(key, value);
        let was_there = self.watched().has(tree, key)?;
        let is_new = self.checks.outcome(self.inner.put_new(tree, key, value))?;
        if is_new == was_there {
            strategy_broke(PUT_NEW, format_args!("{is_new} for {key:?} of {tree:?}"));
        }
        if is_new {
            self.watched().reads_back(tree, key, value)?;
        }
        Ok(is_new)
    }

    fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<bool> {
        self.checks.key(tree, key);
        let was_there = self.watched().has(tree, key)?;
        let removed = self.checks.outcome(self.inner.remove(tree, key))?;
        if removed != was_there || self.watched().has(tree, key)? {
            strategy_broke(REMOVE, format_args!("{removed} for {key:?} of {tree:?}"));
        }
        Ok(removed)
    }

    fn clear(&mut self, tree: TreeId) -> Result<()> {
        self.checks.outcome(self.inner.clear(tree))?;
        self.watched().is_empty(tree, CLEAR)
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let ContractWrite { inner, checks } = *self;
        inner.commit()?;
        checks.committed();
        Ok(())
    }
}
