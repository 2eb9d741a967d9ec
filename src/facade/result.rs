//! What writes did. Names are the `mongodb` driver's.

use bson::Bson;
use std::collections::BTreeMap;

/// What `insert_one` did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct InsertOneResult {
    /// The `_id` that is stored.
    pub inserted_id: Bson,
}

/// What `insert_many` did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InsertManyResult {
    /// The `_id`s that are stored, by the position of their documents.
    pub inserted_ids: BTreeMap<usize, Bson>,
}

/// What an update or a replacement did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UpdateResult {
    /// How many documents the filter meant.
    pub matched_count: u64,
    /// How many of them changed.
    pub modified_count: u64,
    /// The `_id` of the document that was inserted because none matched.
    pub upserted_id: Option<Bson>,
}

/// What a delete did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DeleteResult {
    /// How many documents were removed.
    pub deleted_count: u64,
}

/// What `create_indexes` did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CreateIndexesResult {
    /// The names of the indexes asked for, new or there already.
    pub index_names: Vec<String>,
}

/// What `bulk_write` did, summed up.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BulkWriteResult {
    /// How many documents were inserted (upserts not counted).
    pub inserted_count: u64,
    /// How many documents filters of updates meant.
    pub matched_count: u64,
    /// How many of them changed.
    pub modified_count: u64,
    /// How many documents were inserted because no document matched.
    pub upserted_count: u64,
    /// How many documents were removed.
    pub deleted_count: u64,
    /// What each operation did, by its position; filled by `verbose_results`.
    pub operations: BTreeMap<usize, OperationResult>,
}

/// What one operation of a bulk write did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OperationResult {
    /// An insert.
    Insert(InsertOneResult),
    /// An update or a replacement.
    Update(UpdateResult),
    /// A delete.
    Delete(DeleteResult),
}
