//! Creating a collection.

use crate::catalog::{CollectionEntry, ID_INDEX, IndexEntry};
use crate::engine::{Embedded, Namespace};
use crate::error::{Error, Result};
use crate::index;
use crate::transaction::WriteView;
use anser_query::Code;
use anser_storage::Shape;
use bson::doc;
use std::sync::Arc;

/// Creates an empty collection. One that exists is left as it is: collections have no options yet that could
/// differ.
pub(crate) fn create(engine: &Embedded, namespace: &Namespace) -> Result<()> {
    if engine.read()?.catalog.collection(namespace).is_some() {
        return Ok(());
    }
    let mut view = engine.write_alone(None)?;
    collection_or_new(&mut view, namespace)?;
    view.commit()
}

/// The collection of that name, created when it is missing.
pub(crate) fn collection_or_new(
    view: &mut WriteView<'_>,
    namespace: &Namespace,
) -> Result<Arc<CollectionEntry>> {
    match view.collection(namespace) {
        Some(collection) => Ok(collection),
        None => new_collection(view, namespace),
    }
}

/// The names below `system.` that a collection may have, as in MongoDB.
const SYSTEM_COLLECTIONS: &[&str] = &["system.js", "system.profile", "system.users", "system.views"];

/// A new collection: a tree for its documents, and the index on `_id`.
fn new_collection(view: &mut WriteView<'_>, namespace: &Namespace) -> Result<Arc<CollectionEntry>> {
    let name = namespace.collection();
    if name.starts_with("system.") && !SYSTEM_COLLECTIONS.contains(&name) {
        let message = format!("Invalid system namespace: {namespace}");
        return Err(Error::request(Code::INVALID_NAMESPACE, message));
    }
    let tree = view.create_tree(Shape::Records, false, &namespace.to_string())?;
    let id_index = new_index(view, namespace, ID_INDEX.to_owned(), doc! { "_id": 1 }, true, false)?;
    view.set_collection(CollectionEntry {
        namespace: namespace.clone(),
        uuid: view.engine.clock().uuid(),
        tree,
        indexes: vec![Arc::new(id_index)],
    })
}

/// A new index, with its tree, that nothing is in yet.
pub(crate) fn new_index(
    view: &mut WriteView<'_>,
    namespace: &Namespace,
    name: String,
    keys: bson::Document,
    unique: bool,
    sparse: bool,
) -> Result<IndexEntry> {
    let tree = view.create_tree(Shape::Keys, true, &index::label(namespace, &name))?;
    let mut index = IndexEntry::new(name, keys, unique, sparse, tree);
    let key_bytes_max = view.engine.capabilities().key_bytes_max;
    index.key_bytes_max = key_bytes_max.saturating_sub(index::entry::RECORD_BYTES);
    Ok(index)
}
