//! Listing databases, collections and indexes.

use crate::catalog::CollectionEntry;
use crate::engine::{CollectionInfo, DatabaseInfo, Embedded, IndexInfo, Namespace};
use crate::error::{Error, ErrorKind, Result};
use crate::transaction::ReadView;
use anser_query::Code;
use anser_storage::{Direction, Key, Range};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The collections of a database, by name.
pub(crate) fn list_collections(engine: &Embedded, database: &str) -> Result<Vec<CollectionInfo>> {
    let view = engine.read()?;
    let of_database = view.catalog.collections().filter(|entry| entry.database() == database);
    let info =
        |entry: &CollectionEntry| CollectionInfo::new(entry.namespace.collection().to_owned(), entry.uuid);
    Ok(of_database.map(|entry| info(entry)).collect())
}

/// The databases that hold a collection, by name, with the bytes of their documents and index entries.
///
/// Where one database has the storage to itself and the storage knows its size, that is the size; otherwise
/// the trees are read.
pub(crate) fn list_databases(engine: &Embedded) -> Result<Vec<DatabaseInfo>> {
    let view = engine.read()?;
    let mut trees: BTreeMap<&str, Vec<&CollectionEntry>> = BTreeMap::new();
    for entry in view.catalog.collections() {
        trees.entry(entry.database()).or_default().push(entry);
    }
    if trees.len() == 1
        && let Some(maintenance) = engine.storage().maintenance()
    {
        let size = maintenance.size_bytes()?;
        return Ok(trees.into_keys().map(|name| DatabaseInfo::new(name.to_owned(), size)).collect());
    }
    let mut databases = Vec::with_capacity(trees.len());
    for (name, entries) in trees {
        let mut size = 0;
        for entry in entries {
            size += size_bytes(&view, entry)?;
        }
        databases.push(DatabaseInfo::new(name.to_owned(), size));
    }
    Ok(databases)
}

fn size_bytes(view: &ReadView, collection: &CollectionEntry) -> Result<u64> {
    let mut size = 0;
    for tree in collection.trees() {
        view.txn.scan(tree, Range::ALL, Direction::Forward, &mut |key, value| {
            let key_bytes = match key {
                Key::Record(_) => size_of::<u64>(),
                Key::Bytes(bytes) => bytes.len(),
            };
            size += (key_bytes + value.len()) as u64;
            ControlFlow::Continue(())
        })?;
    }
    Ok(size)
}

/// The indexes of a collection, `_id_` first.
///
/// # Errors
/// NamespaceNotFound (26).
pub(crate) fn list_indexes(engine: &Embedded, namespace: &Namespace) -> Result<Vec<IndexInfo>> {
    let view = engine.read()?;
    let Some(collection) = view.catalog.collection(namespace) else {
        let message = format!("ns does not exist: {namespace}");
        return Err(Error::new(ErrorKind::Namespace, Code::NAMESPACE_NOT_FOUND, message));
    };
    let info = |index: &crate::catalog::IndexEntry| {
        let (name, keys) = (index.name.clone(), index.keys.clone());
        IndexInfo::new(name, keys, index.unique, index.sparse, index.ready)
    };
    Ok(collection.indexes.iter().map(|index| info(index)).collect())
}
