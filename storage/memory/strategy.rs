//! The strategy itself: the published state, and the writer's place.
//!
//! A reader holds the lock on the published state only to clone one `Arc`; a writer only to swap it, or to apply
//! a handful of changes when no snapshot shares it.

use super::load::Moment;
use super::page_tree;
use super::slab;
use super::snapshot::Snapshot;
use super::state::State;
use super::transaction::Transaction;
use super::writer::Writer;
use crate::capability::Capabilities;
use crate::durability::Durability;
use crate::error::{Error, ErrorKind, Result};
use crate::strategy::{Maintenance, ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::TreeId;
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;

/// A storage that keeps everything in memory.
///
/// Snapshots cost one reference count and never see half of a commit. One writer at a time; a small transaction
/// is applied in place when no snapshot is open, so that it costs no copying. Durability means nothing here: what
/// was written ends with the process.
///
/// ```
/// use anser_storage::memory::MemoryStrategy;
/// use anser_storage::{Durability, Key, Shape, StorageStrategy, TreeId, TreeSpec};
///
/// let storage = MemoryStrategy::new();
/// let tree = TreeId(1);
/// let mut transaction = storage.begin_write(Durability::Os)?;
/// transaction.create_tree(tree, &TreeSpec { shape: Shape::Records, derived: false, label: "geese" })?;
/// let record = transaction.append(tree, b"greylag")?;
/// transaction.commit()?;
///
/// let mut seen = Vec::new();
/// let found = storage.begin_read()?.get(tree, Key::Record(record), &mut |value| seen.extend_from_slice(value))?;
/// assert!(found);
/// assert_eq!(seen, b"greylag");
/// # Ok::<(), anser_storage::Error>(())
/// ```
pub struct MemoryStrategy {
    shared: Arc<Shared>,
}

/// What the strategy shares with its transactions.
pub(super) struct Shared {
    /// What readers get; `None` once closed.
    pub(super) published: RwLock<Option<Arc<State>>>,
    pub(super) writer: Writer,
}

impl Shared {
    /// The state as committed.
    pub(super) fn state(&self) -> Result<Arc<State>> {
        self.published.read().clone().ok_or_else(closed)
    }
}

/// The error of everything asked after `close`.
pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the memory storage was closed")
}

impl MemoryStrategy {
    /// An empty storage.
    pub fn new() -> Self {
        MemoryStrategy::of(State::default())
    }

    /// A storage that holds `state`.
    pub(super) fn of(state: State) -> Self {
        let published = RwLock::new(Some(Arc::new(state)));
        MemoryStrategy { shared: Arc::new(Shared { published, writer: Writer::default() }) }
    }

    /// What it holds now.
    pub(crate) fn moment(&self) -> Result<Moment> {
        Ok(Moment(self.shared.state()?))
    }
}

#[cfg(test)]
impl MemoryStrategy {
    /// The published state itself.
    pub(super) fn state_for_tests(&self) -> Arc<State> {
        self.shared.state().expect("it is open")
    }
}

impl Default for MemoryStrategy {
    fn default() -> Self {
        MemoryStrategy::new()
    }
}

impl fmt::Debug for MemoryStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MemoryStrategy");
        match self.shared.state() {
            Ok(state) => debug.field("version", &state.version).field("trees", &state.ids().count()),
            Err(_) => debug.field("closed", &true),
        };
        debug.finish()
    }
}

impl StorageStrategy for MemoryStrategy {
    fn name(&self) -> &str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resident: true,
            key_bytes_max: page_tree::KEY_BYTES_MAX,
            value_bytes_max: slab::VALUE_BYTES_MAX,
            ..Capabilities::NONE
        }
    }

    fn trees(&self) -> Result<Vec<TreeId>> {
        Ok(self.shared.state()?.ids().collect())
    }

    /// There is no disk: everything committed is as safe as it gets.
    fn sync(&self) -> Result<()> {
        self.shared.state().map(drop)
    }

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        Ok(Box::new(Snapshot::new(self.shared.state()?)))
    }

    fn begin_write(&self, _durability: Durability) -> Result<Box<dyn WriteTxn>> {
        Ok(Box::new(Transaction::begin(&self.shared)?))
    }

    fn maintenance(&self) -> Option<&dyn Maintenance> {
        Some(self)
    }

    /// Open snapshots go on; an open write transaction can no longer commit.
    fn close(&self) -> Result<()> {
        let state = self.shared.published.write().take();
        drop(state);
        Ok(())
    }
}

impl Maintenance for MemoryStrategy {
    /// The bytes that keys, values and their places take, as committed.
    fn size_bytes(&self) -> Result<u64> {
        Ok(self.shared.state()?.size_bytes())
    }

    /// Nothing to do: pages and chunks give room back as entries go.
    fn compact(&self) -> Result<()> {
        self.shared.state().map(drop)
    }
}
