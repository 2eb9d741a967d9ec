//! Transactions as the engine uses them: a storage transaction and the catalog as of it.
//!
//! The invariant: a catalog that was changed reaches the engine only after its transaction was committed.

use crate::catalog::{self, Catalog, CollectionEntry};
use crate::engine::{Embedded, Namespace};
use crate::error::Result;
use crate::index::entry::{Entries, News};
use anser_storage::{Durability, ReadTxn, Shape, TreeId, TreeSpec, WriteTxn};
use parking_lot::{RwLockReadGuard, RwLockWriteGuard};
use std::sync::Arc;

/// A snapshot, and the catalog as of that snapshot.
pub(crate) struct ReadView {
    pub(crate) txn: Box<dyn ReadTxn>,
    pub(crate) catalog: Arc<Catalog>,
}

/// A write transaction, and the catalog as it sees it. Dropped without commit, nothing happened.
pub(crate) struct WriteView<'e> {
    pub(crate) engine: &'e Embedded,
    /// There until commit.
    txn: Option<Box<dyn WriteTxn>>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) scratch: Scratch,
    /// How many bytes were written, roughly: what `transaction_bytes` bounds.
    pub(crate) bytes_written: usize,
    durability: Durability,
    catalog_changed: bool,
    /// Whether indexes were widened since this was asked last.
    told: bool,
    latch: Latch<'e>,
}

/// Keeps writers and changes of the catalog apart on storages where two write transactions may be open at once;
/// elsewhere the storage's one writer is the latch.
pub(crate) enum Latch<'e> {
    /// The storage lets one writer in at a time.
    None,
    /// Held by writers, with others, until they have committed.
    Shared(#[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'e, ()>),
    /// Held by whoever changes collections and indexes.
    Alone(#[expect(dead_code, reason = "held, not read")] RwLockWriteGuard<'e, ()>),
}

/// Whether a write transaction will change collections or indexes, and so keeps other writers out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alone {
    /// It writes documents and their entries.
    No,
    /// It changes the catalog.
    Yes,
}

const OPEN: &str = "a view holds its transaction until it is committed";

/// Buffers that writing needs, used again from statement to statement.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Entries of the document as it is.
    pub(crate) old: Entries,
    /// Entries of the document as it will be.
    pub(crate) new: Entries,
    /// A document.
    pub(crate) before: Vec<u8>,
    /// A changed document.
    pub(crate) after: Vec<u8>,
}

/// Above this, a buffer is given back after the statement that needed it.
const SCRATCH_BYTES_KEPT: usize = 1024 * 1024;

impl Scratch {
    /// Gives back buffers that one large document has grown.
    pub(crate) fn shrink(&mut self) {
        self.old.shrink(SCRATCH_BYTES_KEPT);
        self.new.shrink(SCRATCH_BYTES_KEPT);
        for buffer in [&mut self.before, &mut self.after] {
            if buffer.capacity() > SCRATCH_BYTES_KEPT {
                *buffer = Vec::new();
            }
        }
    }
}

impl<'e> WriteView<'e> {
    pub(crate) fn new(
        engine: &'e Embedded,
        txn: Box<dyn WriteTxn>,
        catalog: Arc<Catalog>,
        durability: Durability,
        latch: Latch<'e>,
    ) -> Self {
        let scratch = engine.take_scratch();
        WriteView {
            engine,
            txn: Some(txn),
            catalog,
            scratch,
            bytes_written: 0,
            durability,
            catalog_changed: false,
            told: false,
            latch,
        }
    }

    /// The transaction, for reading.
    #[inline]
    pub(crate) fn reader(&self) -> &dyn ReadTxn {
        self.txn.as_deref().expect(OPEN)
    }

    /// The transaction, for writing.
    #[inline]
    pub(crate) fn writer(&mut self) -> &mut dyn WriteTxn {
        self.txn.as_deref_mut().expect(OPEN)
    }

    /// The transaction and the buffers, at once.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&mut dyn WriteTxn, &mut Scratch) {
        (self.txn.as_deref_mut().expect(OPEN), &mut self.scratch)
    }

    /// The collection of that name.
    #[inline]
    pub(crate) fn collection(&self, namespace: &Namespace) -> Option<Arc<CollectionEntry>> {
        self.catalog.collection(namespace).map(Arc::clone)
    }

    /// Writes a collection's entry and returns it as this transaction now sees it.
    pub(crate) fn set_collection(&mut self, entry: CollectionEntry) -> Result<Arc<CollectionEntry>> {
        catalog::write_collection(self.writer(), &entry)?;
        let entry = Arc::new(entry);
        Arc::make_mut(&mut self.catalog).set(Arc::clone(&entry));
        self.catalog_changed = true;
        Ok(entry)
    }

    /// Removes a collection's entry; its trees are left as they are.
    pub(crate) fn unset_collection(&mut self, namespace: &Namespace) -> Result<()> {
        catalog::remove_collection(self.writer(), namespace)?;
        Arc::make_mut(&mut self.catalog).unset(namespace);
        self.catalog_changed = true;
        Ok(())
    }

    /// Creates a tree under a number of its own.
    pub(crate) fn create_tree(&mut self, shape: Shape, derived: bool, label: &str) -> Result<TreeId> {
        let tree = catalog::next_tree(self.writer())?;
        self.writer().create_tree(tree, &TreeSpec { shape, derived, label })?;
        Ok(tree)
    }

    /// Notes in the catalog what entries have told: multikey and truncated, which only ever go from no to yes.
    #[cold]
    pub(crate) fn widen(&mut self, namespace: &Namespace, news: &[News]) -> Result<()> {
        let Some(known) = self.catalog.collection(namespace) else { return Ok(()) };
        let mut entry = CollectionEntry::clone(known);
        for new in news {
            let Some(index) = entry.indexes.get_mut(new.index) else { continue };
            let index = Arc::make_mut(index);
            index.truncated |= new.truncated;
            for (part, known) in index.multikey.iter_mut().enumerate().take(32) {
                *known |= new.multikey >> part & 1 == 1;
            }
        }
        self.set_collection(entry)?;
        self.told = true;
        Ok(())
    }

    /// Whether indexes were widened since this was asked last: the catalog then says more of them.
    #[inline]
    pub(crate) fn told(&mut self) -> bool {
        std::mem::take(&mut self.told)
    }

    /// Makes everything done visible at once.
    pub(crate) fn commit(mut self) -> Result<()> {
        self.commit_open()?;
        self.engine.give_scratch(self.scratch);
        Ok(())
    }

    /// Commits and goes on in another transaction, for statements larger than one should be. The catalog may be
    /// another afterwards.
    pub(crate) fn commit_piece(&mut self) -> Result<()> {
        self.commit_open()?;
        // The latch first: whoever changes the catalog waits for it before it waits for the storage.
        self.latch = Latch::None;
        let (latch, txn, catalog) = self.engine.begin_write(self.durability, Alone::No)?;
        (self.latch, self.txn, self.catalog) = (latch, Some(txn), catalog);
        self.bytes_written = 0;
        Ok(())
    }

    fn commit_open(&mut self) -> Result<()> {
        if self.catalog_changed {
            let version = Arc::make_mut(&mut self.catalog).raise();
            catalog::write_version(self.writer(), version)?;
        }
        self.txn.take().expect(OPEN).commit()?;
        if self.catalog_changed {
            self.engine.publish(&self.catalog);
            self.catalog_changed = false;
        }
        Ok(())
    }

    /// Whether so much was written that a statement that may be cut should commit.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.bytes_written >= self.engine.capabilities().transaction_bytes
    }
}
