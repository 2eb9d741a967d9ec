//! The engine's front, in BSON: what typed collections and `run_command` both stand on.
//!
//! Object-safe, so that something other than the embedded engine can stand under the same façade later.

pub mod embedded;
pub mod request;

use crate::error::Result;
use bson::{Document, RawDocumentBuf};
pub use embedded::Embedded;
pub use request::*;
use std::fmt::Debug;

/// Everything that can be asked of a database, in BSON.
///
/// Namespaces were checked when they were made. Errors carry MongoDB's codes; members of a batch that fail are
/// in the outcome's `write_errors`, and only what makes the whole request impossible is an `Err`.
pub trait Engine: Debug + Send + Sync {
    /// Stores documents in their order. A document without `_id` gets an ObjectId, put first; one whose `_id`
    /// stands elsewhere has it moved to the front. Creates the collection when it is missing.
    fn insert(
        &self,
        namespace: &Namespace,
        documents: Vec<RawDocumentBuf>,
        options: &WriteOptions,
    ) -> Result<InsertOutcome>;

    /// Carries out update and replacement statements in their order.
    fn update(
        &self,
        namespace: &Namespace,
        statements: &[UpdateStatement],
        options: &WriteOptions,
    ) -> Result<UpdateOutcome>;

    /// Carries out delete statements in their order.
    fn delete(
        &self,
        namespace: &Namespace,
        statements: &[DeleteStatement],
        options: &WriteOptions,
    ) -> Result<DeleteOutcome>;

    /// Finds one document and updates, replaces or removes it in one transaction.
    fn find_and_modify(&self, namespace: &Namespace, request: &FindAndModify)
    -> Result<FindAndModifyOutcome>;

    /// Opens a cursor.
    fn find(&self, namespace: &Namespace, request: &FindRequest) -> Result<Box<dyn DocumentCursor>>;

    /// Counts the documents that match.
    fn count(&self, namespace: &Namespace, request: &CountRequest) -> Result<u64>;

    /// How many documents the collection holds, without reading them.
    fn estimated_count(&self, namespace: &Namespace) -> Result<u64>;

    /// The distinct values at a path among the documents that match, in the order they are met; arrays give
    /// their elements.
    fn distinct(&self, namespace: &Namespace, request: &DistinctRequest) -> Result<Vec<bson::Bson>>;

    /// Says how a request would run (`queryPlanner`) and, at `ExecutionStats`, runs it and counts.
    fn explain(
        &self,
        namespace: &Namespace,
        request: &ExplainRequest,
        verbosity: Verbosity,
    ) -> Result<Document>;

    /// Creates an empty collection. One that exists is NamespaceExists (48), unless it has the same options.
    fn create_collection(&self, namespace: &Namespace) -> Result<()>;

    /// Drops a collection with its indexes. Returns whether it existed.
    fn drop_collection(&self, namespace: &Namespace) -> Result<bool>;

    /// Renames a collection, within or across the databases of this storage.
    fn rename_collection(&self, from: &Namespace, to: &Namespace, drop_target: bool) -> Result<()>;

    /// The collections of a database, by name.
    fn list_collections(&self, database: &str) -> Result<Vec<CollectionInfo>>;

    /// The databases that hold a collection, by name, with their sizes in bytes.
    fn list_databases(&self) -> Result<Vec<DatabaseInfo>>;

    /// Drops every collection of a database. Returns whether there was one.
    fn drop_database(&self, database: &str) -> Result<bool>;

    /// Creates indexes, and the collection when it is missing; waits until they are ready.
    fn create_indexes(&self, namespace: &Namespace, indexes: &[IndexSpec]) -> Result<CreateIndexesOutcome>;

    /// The indexes of a collection, `_id_` first.
    fn list_indexes(&self, namespace: &Namespace) -> Result<Vec<IndexInfo>>;

    /// Drops indexes; `_id_` cannot be. Returns how many there were before.
    fn drop_indexes(&self, namespace: &Namespace, which: &IndexChoice) -> Result<u32>;

    /// A number that grows when collections or indexes were changed through this engine, and when it saw that
    /// somebody else had; cheap to ask. 0 where the engine does not know.
    fn catalog_version(&self) -> u64 {
        0
    }

    /// Compares every index with the documents it is of and tells every difference, in words; an empty list is
    /// a healthy database.
    fn check(&self) -> Result<Vec<String>>;

    /// Returns when everything acknowledged is on the disk.
    fn flush(&self) -> Result<()>;

    /// Ends background work and closes the storage. What is asked afterwards is an error of kind Closed.
    fn close(&self) -> Result<()>;
}

/// The documents of a query, one after the other.
pub trait DocumentCursor: Send {
    /// The next document's bytes, valid until the next call. `None` at the end, and from then on.
    fn next(&mut self) -> Result<Option<&bson::RawDocument>>;

    /// Whether the end was reached already (the next call gives `None` without work).
    fn is_exhausted(&self) -> bool;
}
