//! The engine inside the program: one storage, one catalog, one file a verb.

use crate::catalog::Catalog;
use crate::collection;
use crate::engine::*;
use crate::error::{Error, ErrorKind, Result};
use crate::transaction::ReadView;
use anser_query::Code;
use anser_storage::{Capabilities, Durability, ReadTxn, StorageStrategy};
use parking_lot::RwLock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The engine over a storage. A clone is another handle on the same engine.
#[derive(Clone)]
pub struct Embedded {
    inner: Arc<Inner>,
}

struct Inner {
    storage: Box<dyn StorageStrategy>,
    capabilities: Capabilities,
    durability: Durability,
    /// The newest catalog that was parsed.
    catalog: RwLock<Arc<Catalog>>,
    closed: AtomicBool,
}

impl Embedded {
    /// Opens a snapshot, with the catalog as of it.
    pub(crate) fn read(&self) -> Result<ReadView> {
        self.refuse_closed()?;
        let txn = self.inner.storage.begin_read()?;
        let catalog = self.catalog(&*txn)?;
        Ok(ReadView { txn, catalog })
    }

    /// What the storage can do.
    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.inner.capabilities
    }

    /// The catalog as `txn` sees it.
    pub(crate) fn catalog(&self, txn: &dyn ReadTxn) -> Result<Arc<Catalog>> {
        let version = Catalog::stored_version(txn)?;
        {
            let known = self.inner.catalog.read();
            if known.version() == version {
                return Ok(Arc::clone(&known));
            }
        }
        let parsed = Arc::new(Catalog::load(txn)?);
        let mut known = self.inner.catalog.write();
        if parsed.version() > known.version() {
            *known = Arc::clone(&parsed);
        }
        Ok(parsed)
    }

    fn refuse_closed(&self) -> Result<()> {
        if self.inner.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, Code::SHUTDOWN_IN_PROGRESS, "the database was closed"));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded")
            .field("storage", &self.inner.storage)
            .field("durability", &self.inner.durability)
            .finish_non_exhaustive()
    }
}
