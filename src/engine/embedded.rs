//! The engine inside the program: one storage, one catalog, one file a verb.
//!
//! The invariant: whoever opens a transaction gets the catalog as that transaction sees it.

use crate::catalog::{self, Catalog};
use crate::clock::Clock;
use crate::collection;
use crate::engine::*;
use crate::error::{Error, ErrorKind, Result};
use crate::index;
use crate::tasks::{Background, Tasks};
use crate::transaction::{Alone, Latch, ReadView, Scratch, WriteView};
use anser_query::Code;
use anser_storage::{Capabilities, Durability, ReadTxn, Shape, StorageStrategy, TreeId, TreeSpec, WriteTxn};
use parking_lot::{Mutex, RwLock};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// How many sets of buffers are kept for the next statements.
const SCRATCH_KEPT: usize = 8;

/// The engine over a storage. A clone is another handle on the same engine.
#[derive(Clone)]
pub struct Embedded {
    inner: Arc<Inner>,
}

struct Inner {
    storage: Box<dyn StorageStrategy>,
    capabilities: Capabilities,
    durability: Durability,
    clock: Clock,
    known: RwLock<Known>,
    /// The version of the catalog in `known`, to be read without a lock.
    known_version: AtomicU64,
    /// See [`Latch`].
    latch: RwLock<()>,
    scratch: Mutex<Vec<Scratch>>,
    tasks: Tasks,
    closed: AtomicBool,
}

/// The newest catalog that was parsed.
#[derive(Default)]
struct Known {
    catalog: Arc<Catalog>,
    /// The last state of the storage in which it was found to be the catalog: what is asked of that state again
    /// need not look.
    state: Option<u64>,
}

/// A handle that does not keep the engine open.
pub(crate) struct WeakEmbedded(Weak<Inner>);

impl WeakEmbedded {
    /// The engine, as long as somebody holds it.
    pub(crate) fn upgrade(&self) -> Option<Embedded> {
        self.0.upgrade().map(|inner| Embedded { inner })
    }
}

impl Embedded {
    /// Opens the engine over `storage`: makes the catalog of a new one, drops trees that the catalog does not
    /// name, rebuilds indexes that the storage does not keep, and goes on with builds that were cut short.
    ///
    /// # Errors
    /// Storage errors; a catalog of a newer format is refused by name.
    pub fn open(storage: Box<dyn StorageStrategy>, durability: Durability) -> Result<Embedded> {
        Embedded::open_with(storage, durability, Background::Thread)
    }

    /// The same, with a choice of who does the background work.
    pub(crate) fn open_with(
        storage: Box<dyn StorageStrategy>,
        durability: Durability,
        background: Background,
    ) -> Result<Embedded> {
        let capabilities = storage.capabilities();
        let inner = Inner {
            storage,
            capabilities,
            durability,
            clock: Clock::system(),
            known: RwLock::default(),
            known_version: AtomicU64::new(0),
            latch: RwLock::new(()),
            scratch: Mutex::default(),
            tasks: Tasks::new(background),
            closed: AtomicBool::new(false),
        };
        let engine = Embedded { inner: Arc::new(inner) };
        let catalog = engine.initialize()?;
        let trees = engine.inner.storage.trees()?;
        engine.drop_unnamed_trees(&catalog, &trees)?;
        let rebuilt = engine.rebuild_lost_indexes(&catalog, &trees)?;
        // What was rebuilt may have become ready by that.
        let catalog = if rebuilt { engine.read()?.catalog } else { catalog };
        engine.resume_builds(&catalog)?;
        Ok(engine)
    }

    /// Does a piece of the background work that is waiting, on the caller's thread. Returns whether there was
    /// any. For tests, and for programs that opened the database without a thread.
    ///
    /// # Errors
    /// Those of the work that was done.
    pub fn tick(&self) -> Result<bool> {
        self.refuse_closed()?;
        self.inner.tasks.tick(self)
    }

    /// Opens a snapshot, with the catalog as of it.
    pub(crate) fn read(&self) -> Result<ReadView> {
        self.refuse_closed()?;
        let txn = self.inner.storage.begin_read()?;
        let catalog = self.catalog(&*txn)?;
        Ok(ReadView { txn, catalog })
    }

    /// Opens a transaction that writes documents; `durability`: `None` as the database was opened.
    pub(crate) fn write(&self, durability: Option<Durability>) -> Result<WriteView<'_>> {
        self.begin(durability, Alone::No)
    }

    /// Opens a transaction that changes collections or indexes.
    pub(crate) fn write_alone(&self, durability: Option<Durability>) -> Result<WriteView<'_>> {
        self.begin(durability, Alone::Yes)
    }

    pub(crate) fn begin(&self, durability: Option<Durability>, alone: Alone) -> Result<WriteView<'_>> {
        let durability = durability.unwrap_or(self.inner.durability);
        let (latch, txn, catalog) = self.begin_write(durability, alone)?;
        Ok(WriteView::new(self, txn, catalog, durability, latch))
    }

    pub(crate) fn begin_write(
        &self,
        durability: Durability,
        alone: Alone,
    ) -> Result<(Latch<'_>, Box<dyn WriteTxn>, Arc<Catalog>)> {
        self.refuse_closed()?;
        let latch = match (self.inner.capabilities.concurrent_writers, alone) {
            (false, _) => Latch::None,
            (true, Alone::No) => Latch::Shared(self.inner.latch.read()),
            (true, Alone::Yes) => Latch::Alone(self.inner.latch.write()),
        };
        let txn = self.inner.storage.begin_write(durability)?;
        let catalog = self.catalog(&*txn)?;
        Ok((latch, txn, catalog))
    }

    /// What the storage can do.
    #[inline]
    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.inner.capabilities
    }

    /// Time and identifiers.
    #[inline]
    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// What runs in the background.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.inner.tasks
    }

    /// The storage.
    pub(crate) fn storage(&self) -> &dyn StorageStrategy {
        &*self.inner.storage
    }

    /// A handle that does not keep the engine open.
    pub(crate) fn downgrade(&self) -> WeakEmbedded {
        WeakEmbedded(Arc::downgrade(&self.inner))
    }

    /// The catalog as of the state that `txn` began with.
    pub(crate) fn catalog(&self, txn: &dyn ReadTxn) -> Result<Arc<Catalog>> {
        let state = txn.version()?;
        {
            let known = self.inner.known.read();
            if known.state == Some(state) {
                return Ok(Arc::clone(&known.catalog));
            }
        }
        let version = Catalog::stored_version(txn)?;
        {
            let mut known = self.inner.known.write();
            if known.catalog.version() == version {
                known.state = Some(state);
                return Ok(Arc::clone(&known.catalog));
            }
        }
        let parsed = Arc::new(Catalog::load(txn)?);
        self.publish(&parsed);
        Ok(parsed)
    }

    /// Keeps `catalog`, which was committed, for the next transactions.
    pub(crate) fn publish(&self, catalog: &Arc<Catalog>) {
        let mut known = self.inner.known.write();
        if catalog.version() > known.catalog.version() {
            *known = Known { catalog: Arc::clone(catalog), state: None };
            self.inner.known_version.store(catalog.version(), Ordering::Release);
        }
    }

    pub(crate) fn take_scratch(&self) -> Scratch {
        self.inner.scratch.lock().pop().unwrap_or_default()
    }

    pub(crate) fn give_scratch(&self, mut scratch: Scratch) {
        scratch.shrink();
        let mut kept = self.inner.scratch.lock();
        if kept.len() < SCRATCH_KEPT {
            kept.push(scratch);
        }
    }

    #[inline]
    fn refuse_closed(&self) -> Result<()> {
        if self.inner.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, Code::SHUTDOWN_IN_PROGRESS, "the database was closed"));
        }
        Ok(())
    }

    /// The catalog, made when there is none yet.
    fn initialize(&self) -> Result<Arc<Catalog>> {
        let storage = &self.inner.storage;
        {
            let txn = storage.begin_read()?;
            if catalog::is_initialized(&*txn)? {
                return self.catalog(&*txn);
            }
        }
        let mut txn = storage.begin_write(self.inner.durability)?;
        if !catalog::is_initialized(&*txn)? {
            if !storage.trees()?.contains(&TreeId::CATALOG) {
                let spec = TreeSpec { shape: Shape::Keys, derived: false, label: "catalog" };
                txn.create_tree(TreeId::CATALOG, &spec)?;
            }
            catalog::initialize(&mut *txn)?;
            txn.commit()?;
        }
        Ok(self.read()?.catalog)
    }

    /// Trees that the catalog does not name are what a crash between two changes could leave.
    fn drop_unnamed_trees(&self, catalog: &Catalog, trees: &[TreeId]) -> Result<()> {
        let unnamed = |catalog: &Catalog, trees: &[TreeId]| -> Vec<TreeId> {
            let named: HashSet<TreeId> = catalog.collections().flat_map(|entry| entry.trees()).collect();
            let is_unnamed = |tree: &&TreeId| **tree != TreeId::CATALOG && !named.contains(tree);
            trees.iter().filter(is_unnamed).copied().collect()
        };
        if unnamed(catalog, trees).is_empty() {
            return Ok(());
        }
        // Asked again where no other writer is: another process may have been making a collection.
        let mut view = self.write_alone(None)?;
        for tree in unnamed(&view.catalog, &self.inner.storage.trees()?) {
            view.writer().drop_tree(tree)?;
        }
        view.commit()
    }

    /// `trees` were looked at after `catalog`: an index that another process drops between the two may seem lost,
    /// and rebuilding looks again. Returns whether there was anything to rebuild.
    fn rebuild_lost_indexes(&self, catalog: &Catalog, trees: &[TreeId]) -> Result<bool> {
        let indexes = catalog.collections().flat_map(|entry| entry.indexes.iter());
        let lost: Vec<TreeId> =
            indexes.map(|index| index.tree).filter(|tree| !trees.contains(tree)).collect();
        if lost.is_empty() {
            return Ok(false);
        }
        index::build::rebuild_lost(self, &lost)?;
        Ok(true)
    }

    fn resume_builds(&self, catalog: &Catalog) -> Result<()> {
        for collection in catalog.collections() {
            for index in collection.indexes.iter().filter(|index| !index.ready) {
                let build = index::build::Build { collection: collection.uuid, tree: index.tree };
                self.inner.tasks.submit(self, build)?;
            }
        }
        Ok(())
    }
}

impl Engine for Embedded {
    fn insert(
        &self,
        namespace: &Namespace,
        documents: Vec<RawDocumentBuf>,
        options: &WriteOptions,
    ) -> Result<InsertOutcome> {
        collection::insert::insert(self, namespace, documents, options)
    }

    fn update(
        &self,
        namespace: &Namespace,
        statements: &[UpdateStatement],
        options: &WriteOptions,
    ) -> Result<UpdateOutcome> {
        collection::update::update(self, namespace, statements, options)
    }

    fn delete(
        &self,
        namespace: &Namespace,
        statements: &[DeleteStatement],
        options: &WriteOptions,
    ) -> Result<DeleteOutcome> {
        collection::delete::delete(self, namespace, statements, options)
    }

    fn find_and_modify(
        &self,
        namespace: &Namespace,
        request: &FindAndModify,
    ) -> Result<FindAndModifyOutcome> {
        collection::find_and_modify::find_and_modify(self, namespace, request)
    }

    fn find(&self, namespace: &Namespace, request: &FindRequest) -> Result<Box<dyn DocumentCursor>> {
        collection::find::find(self, namespace, request)
    }

    fn count(&self, namespace: &Namespace, request: &CountRequest) -> Result<u64> {
        collection::count::count(self, namespace, request)
    }

    fn estimated_count(&self, namespace: &Namespace) -> Result<u64> {
        collection::count::estimated_count(self, namespace)
    }

    fn distinct(&self, namespace: &Namespace, request: &DistinctRequest) -> Result<Vec<bson::Bson>> {
        collection::distinct::distinct(self, namespace, request)
    }

    fn explain(
        &self,
        namespace: &Namespace,
        request: &ExplainRequest,
        verbosity: Verbosity,
    ) -> Result<Document> {
        collection::explain::explain(self, namespace, request, verbosity)
    }

    fn create_collection(&self, namespace: &Namespace) -> Result<()> {
        collection::create::create(self, namespace)
    }

    fn drop_collection(&self, namespace: &Namespace) -> Result<bool> {
        collection::drop::drop_collection(self, namespace)
    }

    fn rename_collection(&self, from: &Namespace, to: &Namespace, drop_target: bool) -> Result<()> {
        collection::rename::rename(self, from, to, drop_target)
    }

    fn list_collections(&self, database: &str) -> Result<Vec<CollectionInfo>> {
        collection::list::list_collections(self, database)
    }

    fn list_databases(&self) -> Result<Vec<DatabaseInfo>> {
        collection::list::list_databases(self)
    }

    fn drop_database(&self, database: &str) -> Result<bool> {
        collection::drop::drop_database(self, database)
    }

    fn create_indexes(&self, namespace: &Namespace, indexes: &[IndexSpec]) -> Result<CreateIndexesOutcome> {
        collection::create_indexes::create_indexes(self, namespace, indexes)
    }

    fn list_indexes(&self, namespace: &Namespace) -> Result<Vec<IndexInfo>> {
        collection::list::list_indexes(self, namespace)
    }

    fn drop_indexes(&self, namespace: &Namespace, which: &IndexChoice) -> Result<u32> {
        collection::drop_indexes::drop_indexes(self, namespace, which)
    }

    fn check(&self) -> Result<Vec<String>> {
        let view = self.read()?;
        let mut differences = Vec::new();
        for collection in view.catalog.collections() {
            differences.extend(index::check::differences(&view, collection)?);
        }
        Ok(differences)
    }

    fn flush(&self) -> Result<()> {
        self.refuse_closed()?;
        Ok(self.inner.storage.sync()?)
    }

    #[inline]
    fn catalog_version(&self) -> u64 {
        self.inner.known_version.load(Ordering::Acquire)
    }

    fn close(&self) -> Result<()> {
        if self.inner.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.inner.tasks.stop();
        Ok(self.inner.storage.close()?)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.stop();
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
