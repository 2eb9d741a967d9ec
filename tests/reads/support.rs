//! A database with people in it.

use anser::Database;
use anser::engine::{Engine, IndexSpec, Namespace, WriteOptions};
use bson::{Document, RawDocumentBuf, doc};
use std::sync::Arc;

/// A collection of a database in memory.
pub(crate) struct Collection {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) namespace: Namespace,
}

/// A collection that holds `documents` and has indexes of these patterns.
pub(crate) fn collection(documents: &[Document], indexes: &[Document]) -> Collection {
    let database = Database::open("memory:").unwrap();
    let namespace = database.namespace("c").unwrap();
    let engine = Arc::clone(database.engine());
    let documents = documents.iter().map(|document| RawDocumentBuf::try_from(document).unwrap());
    engine.insert(&namespace, documents.collect(), &WriteOptions::default()).unwrap();
    let specs: Vec<IndexSpec> = indexes.iter().cloned().map(IndexSpec::new).collect();
    if !specs.is_empty() {
        engine.create_indexes(&namespace, &specs).unwrap();
    }
    Collection { engine, namespace }
}

/// 200 people, four for each age from 0 to 49.
pub(crate) fn people(indexes: &[Document]) -> Collection {
    let cities = ["Oslo", "Paris", "Rome", "Bonn"];
    let documents: Vec<Document> = (0..200i32)
        .map(|id| doc! { "_id": id, "age": (id * 7) % 50, "city": cities[id as usize % 4] })
        .collect();
    collection(&documents, indexes)
}
