//! Dropping collections and databases.

use crate::catalog::{self, CollectionEntry};
use crate::engine::{Embedded, Namespace};
use crate::error::Result;
use crate::transaction::WriteView;

/// Drops a collection with its indexes. Returns whether it existed.
pub(crate) fn drop_collection(engine: &Embedded, namespace: &Namespace) -> Result<bool> {
    if engine.read()?.catalog.collection(namespace).is_none() {
        return Ok(false);
    }
    let mut view = engine.write_alone(None)?;
    let Some(collection) = view.collection(namespace) else { return Ok(false) };
    drop_entry(&mut view, &collection)?;
    view.commit()?;
    Ok(true)
}

/// Drops every collection of a database. Returns whether there was one.
pub(crate) fn drop_database(engine: &Embedded, database: &str) -> Result<bool> {
    let mut view = engine.write_alone(None)?;
    let all = view.catalog.collections();
    let collections: Vec<_> = all.filter(|entry| entry.database() == database).cloned().collect();
    for collection in &collections {
        drop_entry(&mut view, collection)?;
    }
    if !collections.is_empty() {
        view.commit()?;
    }
    Ok(!collections.is_empty())
}

/// Drops a collection's trees, its entry in the catalog, and what the catalog notes of its builds.
pub(super) fn drop_entry(view: &mut WriteView<'_>, collection: &CollectionEntry) -> Result<()> {
    for tree in collection.trees() {
        view.writer().drop_tree(tree)?;
    }
    for index in collection.indexes.iter().filter(|index| !index.ready) {
        catalog::write_progress(view.writer(), index.tree, None)?;
    }
    catalog::forget_failures(view.writer(), &collection.uuid, None)?;
    view.unset_collection(&collection.namespace)
}
