//! What is asked of an engine and what it answers, as plain structs. Field names are MongoDB's.

use crate::error::{Error, Result, WriteError};
use anser_query::Code;
use anser_storage::Durability;
use bson::{Bson, Document, RawDocumentBuf};
use std::time::Duration;

/// A database's and a collection's name, checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace {
    database: String,
    collection: String,
}

impl Namespace {
    /// Checks both names.
    ///
    /// # Errors
    /// InvalidNamespace (73): empty names, a NUL, `$` in a collection, `/\. "$*<>:|?` in a database, longer
    /// than 255 bytes together, a collection that begins with `system.` or a dot.
    pub fn new(database: impl Into<String>, collection: impl Into<String>) -> Result<Namespace> {
        let (database, collection) = (database.into(), collection.into());
        Namespace::check_database(&database)?;
        let refuse = |why: &str| {
            Err(Error::request(
                Code::INVALID_NAMESPACE,
                format!("Invalid collection name '{collection}' in database '{database}': {why}"),
            ))
        };
        if collection.is_empty() {
            return refuse("it is empty");
        }
        if collection.contains('$') {
            return refuse("it holds a '$'");
        }
        if collection.contains('\0') {
            return refuse("it holds a NUL");
        }
        if collection.starts_with('.') || collection.ends_with('.') {
            return refuse("it begins or ends with a dot");
        }
        if database.len() + 1 + collection.len() > 255 {
            return refuse("with its database it is longer than 255 bytes");
        }
        Ok(Namespace { database, collection })
    }

    /// What a cursor says it is over: a collection, or a list that is none (`$cmd.listCollections`). Such a
    /// name can be compared and shown; the engine never opens it.
    ///
    /// # Errors
    /// InvalidNamespace (73) for a database's name that is none.
    pub(crate) fn of_cursor(database: &str, collection: &str) -> Result<Namespace> {
        Namespace::check_database(database)?;
        Ok(Namespace { database: database.to_owned(), collection: collection.to_owned() })
    }

    /// Checks a database's name.
    ///
    /// # Errors
    /// InvalidNamespace (73).
    pub fn check_database(database: &str) -> Result<()> {
        let bad = database.is_empty()
            || database.len() > 63
            || database.contains(|c: char| "/\\. \"$*<>:|?\0".contains(c));
        if bad {
            return Err(Error::request(
                Code::INVALID_NAMESPACE,
                format!("Invalid database name: '{database}'"),
            ));
        }
        Ok(())
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The collection's name.
    pub fn collection(&self) -> &str {
        &self.collection
    }
}

impl std::fmt::Display for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.database, self.collection)
    }
}

/// How writes are carried out.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// Whether the first failure ends the batch.
    pub ordered: bool,
    /// How durable the commit is; `None`: as the database was opened.
    pub durability: Option<Durability>,
    /// Whether the whole request is one transaction however large, undone whole when a member fails.
    pub atomic: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions { ordered: true, durability: None, atomic: false }
    }
}

/// What an insert did.
#[derive(Clone, Debug, Default)]
pub struct InsertOutcome {
    /// How many documents were stored.
    pub inserted: u64,
    /// The `_id` of every document of the batch, in its order, stored or not.
    pub ids: Vec<Bson>,
    /// What failed.
    pub write_errors: Vec<WriteError>,
}

/// An index, by name or by key pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Hint {
    /// By its name; `"$natural"` is not a name.
    Name(String),
    /// By its key pattern, or `{$natural: 1 | -1}`.
    Keys(Document),
}

/// One statement of an update.
#[derive(Clone, Debug)]
pub struct UpdateStatement {
    /// Which documents.
    pub filter: RawDocumentBuf,
    /// Operators or a replacement.
    pub update: RawDocumentBuf,
    /// Whether every match is changed, or the first only.
    pub multi: bool,
    /// Whether a document is inserted when none matches.
    pub upsert: bool,
    /// Which index to use.
    pub hint: Option<Hint>,
    /// Which match is the first.
    pub sort: Option<RawDocumentBuf>,
}

/// What updates did.
#[derive(Clone, Debug, Default)]
pub struct UpdateOutcome {
    /// How many documents matched (upserts not counted).
    pub matched: u64,
    /// How many changed.
    pub modified: u64,
    /// The upserts: position of the statement, and the `_id` inserted.
    pub upserted: Vec<(usize, Bson)>,
    /// What failed.
    pub write_errors: Vec<WriteError>,
}

/// One statement of a delete.
#[derive(Clone, Debug)]
pub struct DeleteStatement {
    /// Which documents.
    pub filter: RawDocumentBuf,
    /// Whether every match is removed, or the first only.
    pub multi: bool,
    /// Which index to use.
    pub hint: Option<Hint>,
}

/// What deletes did.
#[derive(Clone, Debug, Default)]
pub struct DeleteOutcome {
    /// How many documents were removed.
    pub deleted: u64,
    /// What failed.
    pub write_errors: Vec<WriteError>,
}

/// What findAndModify does with the document it finds.
#[derive(Clone, Debug)]
pub enum Modification {
    /// Removes it.
    Remove,
    /// Applies operators or a replacement.
    Update(RawDocumentBuf),
}

/// A findAndModify request.
#[derive(Clone, Debug)]
pub struct FindAndModify {
    /// Which documents.
    pub filter: RawDocumentBuf,
    /// What to do with the first.
    pub modification: Modification,
    /// Which one is the first.
    pub sort: Option<RawDocumentBuf>,
    /// What of it to return.
    pub projection: Option<RawDocumentBuf>,
    /// Whether a document is inserted when none matches.
    pub upsert: bool,
    /// Whether to return the document as it is afterwards.
    pub return_new: bool,
    /// Which index to use.
    pub hint: Option<Hint>,
    /// How durable; `None`: as the database was opened.
    pub durability: Option<Durability>,
}

/// What findAndModify did.
#[derive(Clone, Debug, Default)]
pub struct FindAndModifyOutcome {
    /// The document, before or after, projected.
    pub value: Option<RawDocumentBuf>,
    /// Whether a document that was there was changed or removed.
    pub found: bool,
    /// The `_id` of an upsert.
    pub upserted: Option<Bson>,
}

/// A find request.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FindRequest {
    /// Which documents; empty: all.
    pub filter: RawDocumentBuf,
    /// What of them.
    pub projection: Option<RawDocumentBuf>,
    /// In which order; without one: natural order, or the order of the index used.
    pub sort: Option<RawDocumentBuf>,
    /// How many to leave out first.
    pub skip: u64,
    /// How many at most.
    pub limit: Option<u64>,
    /// Which index to use.
    pub hint: Option<Hint>,
    /// Lower bound (inclusive) on the hinted index.
    pub min: Option<RawDocumentBuf>,
    /// Upper bound (exclusive) on the hinted index.
    pub max: Option<RawDocumentBuf>,
    /// Whether to return index keys only.
    pub return_key: bool,
    /// How long the query may run.
    pub max_time: Option<Duration>,
    /// Whether the cursor keeps its first snapshot for good.
    pub snapshot: bool,
}

/// A count request.
#[derive(Clone, Debug, Default)]
pub struct CountRequest {
    /// Which documents.
    pub filter: RawDocumentBuf,
    /// How many to leave out.
    pub skip: u64,
    /// How many to count at most.
    pub limit: Option<u64>,
    /// Which index to use.
    pub hint: Option<Hint>,
    /// How long the query may run.
    pub max_time: Option<Duration>,
}

/// A distinct request.
#[derive(Clone, Debug, Default)]
pub struct DistinctRequest {
    /// The dotted path.
    pub key: String,
    /// Which documents.
    pub filter: RawDocumentBuf,
    /// Which index to use.
    pub hint: Option<Hint>,
    /// How long the query may run.
    pub max_time: Option<Duration>,
}

/// What can be explained.
#[derive(Clone, Debug)]
pub enum ExplainRequest {
    /// A find.
    Find(FindRequest),
    /// A count.
    Count(CountRequest),
    /// A distinct.
    Distinct(DistinctRequest),
    /// An update statement (nothing is written).
    Update(UpdateStatement),
    /// A delete statement (nothing is written).
    Delete(DeleteStatement),
}

/// How much explain tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The plan.
    QueryPlanner,
    /// The plan, and what running it cost.
    ExecutionStats,
    /// The same, for every plan that was considered.
    AllPlansExecution,
}

/// An index to create.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IndexSpec {
    /// The key pattern: path to 1 or -1.
    pub keys: Document,
    /// Its name; `None`: made of the pattern (`city_1_age_-1`).
    pub name: Option<String>,
    /// Whether two documents may not share a key.
    pub unique: bool,
    /// Whether documents without any of the paths are left out.
    pub sparse: bool,
}

impl IndexSpec {
    /// A plain index on `keys`.
    pub fn new(keys: Document) -> Self {
        IndexSpec { keys, ..IndexSpec::default() }
    }
}

/// An index that is there.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct IndexInfo {
    /// Its name.
    pub name: String,
    /// Its key pattern, as it was given.
    pub keys: Document,
    /// Whether two documents may not share a key.
    pub unique: bool,
    /// Whether documents without any of the paths are left out.
    pub sparse: bool,
    /// Whether it is ready, or still being built.
    pub ready: bool,
}

impl IndexInfo {
    /// An index with these properties.
    pub fn new(name: String, keys: Document, unique: bool, sparse: bool, ready: bool) -> Self {
        IndexInfo { name, keys, unique, sparse, ready }
    }
}

/// What createIndexes did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreateIndexesOutcome {
    /// How many indexes there were.
    pub before: u32,
    /// How many there are.
    pub after: u32,
    /// Whether the collection was created for them.
    pub created_collection: bool,
}

/// Which indexes to drop.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexChoice {
    /// All but `_id_`.
    All,
    /// One, by name.
    Name(String),
    /// One, by key pattern.
    Keys(Document),
    /// Several, by name: all of them or none.
    Names(Vec<String>),
}

/// A collection that is there.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CollectionInfo {
    /// Its name.
    pub name: String,
    /// A UUID given when it was created.
    pub uuid: [u8; 16],
}

impl CollectionInfo {
    /// A collection with these properties.
    pub fn new(name: String, uuid: [u8; 16]) -> Self {
        CollectionInfo { name, uuid }
    }
}

/// A database that holds a collection.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DatabaseInfo {
    /// Its name.
    pub name: String,
    /// Bytes of its documents and index entries, as far as the storage can tell.
    pub size_bytes: u64,
}

impl DatabaseInfo {
    /// A database with these properties.
    pub fn new(name: String, size_bytes: u64) -> Self {
        DatabaseInfo { name, size_bytes }
    }
}
