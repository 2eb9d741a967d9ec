//! Comparing every index with the documents it is of.

use super::entry::{self, Entries};
use crate::catalog::CollectionEntry;
use crate::error::Result;
use crate::transaction::ReadView;
use anser_query::value::DocumentRef;
use anser_storage::{Direction, Key, Range};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// What differs between the indexes of `collection` and its documents, in words; empty: nothing.
///
/// Holds a whole index in memory: for tests and for repair, not for every day.
pub(crate) fn differences(view: &ReadView, collection: &CollectionEntry) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (position, index) in collection.indexes.iter().enumerate() {
        let place = format!("{} index {}", collection.namespace, index.name);
        let mut expected: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut entries = Entries::default();
        view.txn.scan(collection.tree, Range::ALL, Direction::Forward, &mut |key, document| {
            let Key::Record(record) = key else { return ControlFlow::Continue(()) };
            entries.clear();
            if let Err(error) = entries.add(position, index, DocumentRef::new(document)) {
                found.push(format!("{place}: record {record} cannot be indexed: {error}"));
            }
            if !entries.news().is_empty() {
                found.push(format!("{place}: record {record} is multikey or long, the catalog says not"));
            }
            entries.point_to(record);
            for &entry in entries.list() {
                let (key, value) = entries.stored(entry, index.unique);
                if expected.insert(key.to_vec(), value.to_vec()).is_some() {
                    found.push(format!("{place}: record {record} has a key that another has"));
                }
            }
            ControlFlow::Continue(())
        })?;
        view.txn.scan(index.tree, Range::ALL, Direction::Forward, &mut |key, value| {
            let Key::Bytes(key) = key else { return ControlFlow::Continue(()) };
            let record = entry::record_of(index, key, value);
            match expected.remove(key) {
                None => found.push(format!("{place}: an entry of record {record} that no document gives")),
                Some(given) if given != value => {
                    found.push(format!("{place}: the entry of record {record} differs from its document"));
                }
                Some(_) => {}
            }
            ControlFlow::Continue(())
        })?;
        if index.ready {
            for (key, value) in &expected {
                let record = entry::record_of(index, key, value);
                found.push(format!("{place}: record {record} lacks an entry"));
            }
        }
    }
    Ok(found)
}
