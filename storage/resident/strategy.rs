//! The strategy: a memory storage, and the log that makes it last.
//!
//! The head is locked while a batch is appended and published, and by whoever needs both at one moment: so what is
//! published is always a prefix of what was appended.

use super::batch::Change;
use super::compaction::Compaction;
use super::contents::Contents;
use super::log::{DocumentLog, Ticket};
use super::transaction::Transaction;
use crate::capability::Capabilities;
use crate::durability::Durability;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{KEY_BYTES_MAX, Loader, MemoryStrategy, VALUE_BYTES_MAX};
use crate::strategy::{Maintenance, ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::{Shape, TreeId};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A storage that keeps everything in memory and every commit in a log.
///
/// Reading is as fast as in [`MemoryStrategy`]. One writer at a time; a commit is appended to the log, published,
/// and only then waited for, so that commits share a sync. Derived trees end with the process.
#[derive(Debug)]
pub struct Resident {
    shared: Arc<Shared>,
    compaction: Compaction,
}

/// What the strategy shares with its transactions and its thread.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) memory: MemoryStrategy,
    pub(super) log: Box<dyn DocumentLog>,
    pub(super) head: Mutex<Head>,
}

/// What stands at the end of the log.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) closed: bool,
    pub(super) last: Ticket,
    pub(super) specs: Arc<Specs>,
}

/// The trees and what the engine said of them.
pub(super) type Specs = BTreeMap<TreeId, Spec>;

#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) shape: Shape,
    pub(super) derived: bool,
    pub(super) label: Box<str>,
}

impl Shared {
    pub(super) fn check_open(&self) -> Result<()> {
        if self.head.lock().closed { Err(self.closed()) } else { Ok(()) }
    }

    pub(super) fn closed(&self) -> Error {
        Error::new(ErrorKind::Closed, format!("the {} storage was closed", self.log.name()))
    }

    /// Everything, as of now.
    pub(super) fn contents(&self) -> Result<Contents> {
        let head = self.head.lock();
        if head.closed {
            return Err(self.closed());
        }
        Ok(Contents { moment: self.memory.moment()?, specs: Arc::clone(&head.specs), through: head.last })
    }
}

impl Resident {
    /// Loads what `log` holds and goes on from there.
    ///
    /// # Errors
    /// Those of the log; Corrupt when what it shows makes no sense.
    pub fn new(log: impl DocumentLog) -> Result<Resident> {
        let mut loader = Loader::default();
        let mut specs = Specs::new();
        let last = log.load(&mut |change| load(&mut loader, &mut specs, change))?;
        let head = Mutex::new(Head { closed: false, last, specs: Arc::new(specs) });
        let shared = Arc::new(Shared { memory: loader.finish(), log: Box::new(log), head });
        Ok(Resident { compaction: Compaction::new(&shared), shared })
    }
}

/// Does one change of a log.
fn load(loader: &mut Loader, specs: &mut Specs, change: Change<'_>) -> Result<()> {
    let done = match change {
        Change::CreateTree { tree, shape, label } => {
            specs.insert(tree, Spec { shape, derived: false, label: label.into() });
            loader.create(tree, shape)
        }
        Change::DropTree { tree } => {
            specs.remove(&tree);
            loader.drop_tree(tree);
            Ok(())
        }
        Change::Clear { tree } => loader.clear(tree),
        Change::Put { tree, key, value } => loader.put(tree, key, value),
        Change::Remove { tree, key } => loader.remove(tree, key),
        Change::Reach { tree, next } => loader.reach(tree, next),
    };
    done.map_err(|error| {
        let message = format!("the log holds a change of tree {} that makes no sense", change.tree().0);
        Error::new(ErrorKind::Corrupt, message).with_source(error)
    })
}

impl StorageStrategy for Resident {
    fn name(&self) -> &str {
        self.shared.log.name()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            durable: true,
            resident: true,
            transaction_bytes: 16 << 20,
            key_bytes_max: KEY_BYTES_MAX,
            value_bytes_max: VALUE_BYTES_MAX,
            ..Capabilities::NONE
        }
    }

    fn trees(&self) -> Result<Vec<TreeId>> {
        self.shared.check_open()?;
        self.shared.memory.trees()
    }

    fn sync(&self) -> Result<()> {
        let last = {
            let head = self.shared.head.lock();
            if head.closed {
                return Err(self.shared.closed());
            }
            head.last
        };
        self.shared.log.wait(last)
    }

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.shared.memory.begin_read().map_err(|_| self.shared.closed())
    }

    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>> {
        let transaction = Transaction::begin(&self.shared, &self.compaction, durability)?;
        Ok(Box::new(transaction))
    }

    fn maintenance(&self) -> Option<&dyn Maintenance> {
        Some(self)
    }

    fn close(&self) -> Result<()> {
        {
            let mut head = self.shared.head.lock();
            if head.closed {
                return Ok(());
            }
            head.closed = true;
        }
        self.compaction.end();
        let closed = self.shared.log.close();
        self.shared.memory.close()?;
        closed
    }
}

impl Maintenance for Resident {
    /// What the log takes where it is.
    fn size_bytes(&self) -> Result<u64> {
        self.shared.check_open()?;
        self.shared.log.size_bytes()
    }

    fn compact(&self) -> Result<()> {
        self.compaction.run()
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        // Whoever wants to know what went wrong calls close.
        let _ = self.close();
    }
}
