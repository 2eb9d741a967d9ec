//! Dropping indexes.

use crate::catalog::{self, CollectionEntry, ID_INDEX, IndexEntry};
use crate::engine::{Embedded, IndexChoice, Namespace};
use crate::error::{Error, ErrorKind, Result};
use anser_query::Code;
use bson::{Bson, Document};
use std::sync::Arc;

/// Drops indexes; `_id_` cannot be. Returns how many there were before.
///
/// # Errors
/// NamespaceNotFound (26), IndexNotFound (27), InvalidOptions (72) for `_id_`, AmbiguousIndexKeyPattern (181).
pub(crate) fn drop_indexes(engine: &Embedded, namespace: &Namespace, which: &IndexChoice) -> Result<u32> {
    let mut view = engine.write_alone(None)?;
    let Some(collection) = view.collection(namespace) else {
        let message = format!("ns not found {namespace}");
        return Err(Error::new(ErrorKind::Namespace, Code::NAMESPACE_NOT_FOUND, message));
    };
    let before = u32::try_from(collection.indexes.len()).unwrap_or(u32::MAX);
    let chosen: Vec<&Arc<IndexEntry>> = match which {
        IndexChoice::All => collection.indexes.iter().filter(|index| index.name != ID_INDEX).collect(),
        IndexChoice::Name(name) => vec![by_name(&collection, name)?],
        IndexChoice::Keys(keys) => vec![by_keys(&collection, keys)?],
        IndexChoice::Names(names) => {
            names.iter().map(|name| by_name(&collection, name)).collect::<Result<_>>()?
        }
    };
    if chosen.is_empty() {
        return Ok(before);
    }
    let mut entry = CollectionEntry::clone(&collection);
    entry.indexes.retain(|index| !chosen.iter().any(|chosen| chosen.tree == index.tree));
    for index in chosen {
        view.writer().drop_tree(index.tree)?;
        if !index.ready {
            catalog::write_progress(view.writer(), index.tree, None)?;
        }
    }
    view.set_collection(entry)?;
    view.commit()?;
    Ok(before)
}

fn by_name<'c>(collection: &'c CollectionEntry, name: &str) -> Result<&'c Arc<IndexEntry>> {
    let Some(index) = collection.index(name) else {
        let message = format!("index not found with name [{name}]");
        return Err(Error::new(ErrorKind::Namespace, Code::INDEX_NOT_FOUND, message));
    };
    refuse_id(index)?;
    Ok(index)
}

fn by_keys<'c>(collection: &'c CollectionEntry, keys: &Document) -> Result<&'c Arc<IndexEntry>> {
    let mut found = collection.indexes.iter().filter(|index| same_pattern(&index.keys, keys));
    let Some(index) = found.next() else {
        let message = format!("can't find index with key: {keys}");
        return Err(Error::new(ErrorKind::Namespace, Code::INDEX_NOT_FOUND, message));
    };
    refuse_id(index)?;
    if let Some(other) = found.next() {
        let message = format!(
            "{} indexes found for key: {keys}, identify by name instead: {} and {}",
            found.count() + 2,
            index.name,
            other.name
        );
        return Err(Error::request(Code::AMBIGUOUS_INDEX_KEY_PATTERN, message));
    }
    Ok(index)
}

fn refuse_id(index: &IndexEntry) -> Result<()> {
    if index.name == ID_INDEX {
        return Err(Error::request(Code::INVALID_OPTIONS, "cannot drop _id index"));
    }
    Ok(())
}

/// Whether two key patterns are one: the same paths in the same order, with directions equal as numbers.
pub(crate) fn same_pattern(left: &Document, right: &Document) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|((left_path, left_value), (right_path, right_value))| {
            left_path == right_path && same_direction(left_value, right_value)
        })
}

fn same_direction(left: &Bson, right: &Bson) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn number(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        Bson::Decimal128(number) => number.to_string().parse().ok(),
        _ => None,
    }
}
