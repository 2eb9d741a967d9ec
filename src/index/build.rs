//! Filling an index that was made on a collection that has documents.
//!
//! The build reads the documents by record number, some in each small transaction, and notes how far it came;
//! meanwhile every writer keeps the index. The invariants: an entry of a unique index is put only where there is
//! none, so that of two documents with one key the second is always found, by the build or by a writer; and a
//! writer removes from an unfinished index only what is its document's own. So a build may be repeated, cut
//! short, or done by two processes at once, and ends the same.

use super::entry::Entries;
use super::{duplicate, maintain};
use crate::catalog::{self, CollectionEntry};
use crate::engine::Embedded;
use crate::error::{Result, WriteError};
use crate::transaction::{Alone, WriteView};
use anser_query::Code;
use anser_query::value::DocumentRef;
use anser_storage::{Direction, Durability, Key, Page, Range, TreeId};
use bson::{Bson, Document, doc};
use std::ops::Bound;
use std::sync::Arc;

/// How many documents one transaction of a build reads at most.
pub(crate) const PIECE_DOCUMENTS: usize = 500;

/// How many bytes of documents one transaction of a build reads at most, about.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// An index that is to be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Build {
    /// Whose index it is.
    pub(crate) collection: [u8; 16],
    /// The index's tree.
    pub(crate) tree: TreeId,
}

/// What a piece of a build came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// There is more to read.
    More,
    /// The index is ready, or is no more.
    Done,
}

/// Does one piece of a build, in transactions of its own. A duplicate ends the build: the index is dropped and
/// the reason noted in the catalog, for whoever waits.
pub(crate) fn piece(engine: &Embedded, build: Build) -> Result<Piece> {
    // What a build has done can be done again: only its end has to be on the disk.
    let mut view = engine.write(Some(Durability::Os))?;
    let Some((collection, position)) = find(&view, build) else { return Ok(Piece::Done) };
    let after = catalog::progress(view.reader(), build.tree)?;
    match fill(&mut view, &collection, position, after) {
        Ok(Some(last)) => {
            catalog::write_progress(view.writer(), build.tree, Some(last))?;
            view.commit()?;
            Ok(Piece::More)
        }
        Ok(None) => {
            drop(view);
            finish(engine, build)
        }
        Err(error) if error.ends_transaction() => Err(error),
        Err(error) => {
            drop(view);
            give_up(engine, build, &WriteError::from_error(0, &error))?;
            Ok(Piece::Done)
        }
    }
}

/// Reads the last documents of a build, if any came, and makes the index ready.
fn finish(engine: &Embedded, build: Build) -> Result<Piece> {
    let mut view = engine.write_alone(None)?;
    let Some((collection, position)) = find(&view, build) else { return Ok(Piece::Done) };
    let after = catalog::progress(view.reader(), build.tree)?;
    match fill(&mut view, &collection, position, after) {
        Ok(None) => {}
        Ok(Some(_)) => return Ok(Piece::More),
        Err(error) if error.ends_transaction() => return Err(error),
        Err(_) => return Ok(Piece::More),
    }
    make_ready(&mut view, build)?;
    view.commit()?;
    Ok(Piece::Done)
}

/// Notes that an index is whole.
pub(crate) fn make_ready(view: &mut WriteView<'_>, build: Build) -> Result<()> {
    let Some((collection, position)) = find(view, build) else { return Ok(()) };
    let mut entry = CollectionEntry::clone(&collection);
    let index = Arc::make_mut(&mut entry.indexes[position]);
    index.ready = true;
    catalog::forget_failures(view.writer(), &build.collection, Some(&index.name))?;
    view.set_collection(entry)?;
    catalog::write_progress(view.writer(), build.tree, None)
}

/// Drops an index whose build failed, and says why.
fn give_up(engine: &Embedded, build: Build, why: &WriteError) -> Result<()> {
    let mut view = engine.write_alone(None)?;
    let Some((collection, position)) = find(&view, build) else { return Ok(()) };
    let mut entry = CollectionEntry::clone(&collection);
    let index = entry.indexes.remove(position);
    view.set_collection(entry)?;
    view.writer().drop_tree(build.tree)?;
    catalog::write_progress(view.writer(), build.tree, None)?;
    let why = failure_document(why);
    catalog::write_failure(view.writer(), build.tree, &build.collection, &index.name, why)?;
    view.commit()
}

/// Puts entries for the documents behind record `after`, as many as one transaction should. Returns the last
/// record read, `None` when there was none.
///
/// # Errors
/// DuplicateKey (11000), and whatever keeps a document out of an index.
pub(crate) fn fill(
    view: &mut WriteView<'_>,
    collection: &Arc<CollectionEntry>,
    position: usize,
    after: u64,
) -> Result<Option<u64>> {
    let mut page = Page::default();
    let behind = Range::new(Bound::Excluded(Key::Record(after)), Bound::Unbounded);
    let reader = view.reader();
    reader.page(collection.tree, behind, Direction::Forward, PIECE_DOCUMENTS, PIECE_BYTES, &mut page)?;
    let mut collection = Arc::clone(collection);
    let mut last = None;
    for (key, document) in page.iter() {
        let Key::Record(record) = key else { continue };
        put_entries(view, &collection, position, record, DocumentRef::new(document))?;
        last = Some(record);
        if view.told() {
            // The catalog says more of the index now, and need not be told again.
            let Some(again) = view.collection(&collection.namespace) else { break };
            collection = again;
        }
    }
    Ok(last)
}

fn put_entries(
    view: &mut WriteView<'_>,
    collection: &CollectionEntry,
    position: usize,
    record: u64,
    document: DocumentRef<'_>,
) -> Result<()> {
    let index = &collection.indexes[position];
    let (txn, scratch) = view.parts();
    let entries: &mut Entries = &mut scratch.new;
    entries.clear();
    entries.add(position, index, document)?;
    entries.point_to(record);
    for &entry in entries.list() {
        let (key, value) = entries.stored(entry, index.unique);
        if index.unique {
            match maintain::holder(txn, index.tree, key)? {
                Some(holder) if holder == record => continue,
                Some(_) => return Err(duplicate::error(&collection.namespace, index, document, key)),
                None => {}
            }
        }
        txn.put(index.tree, Key::Bytes(key), value)?;
    }
    if !entries.news().is_empty() {
        let news = entries.news().to_vec();
        view.widen(&collection.namespace, &news)?;
    }
    Ok(())
}

/// The collection and the position of the index, as long as it is there and not ready.
fn find(view: &WriteView<'_>, build: Build) -> Option<(Arc<CollectionEntry>, usize)> {
    let collection = view.catalog.collection_by_uuid(&build.collection)?;
    let position = collection.indexes.iter().position(|index| index.tree == build.tree && !index.ready)?;
    Some((Arc::clone(collection), position))
}

/// Why a build failed, as the catalog keeps it.
fn failure_document(why: &WriteError) -> Document {
    let mut document = doc! { "code": why.code.0, "message": &why.message };
    if let Some(pattern) = &why.key_pattern {
        document.insert("keyPattern", pattern.clone());
    }
    if let Some(value) = &why.key_value {
        document.insert("keyValue", value.clone());
    }
    document
}

/// The reason kept by [`failure_document`].
pub(crate) fn failure_of(document: &Document) -> WriteError {
    let part = |name: &str| document.get(name).and_then(Bson::as_document).cloned();
    let code = Code(document.get_i32("code").unwrap_or(Code::INDEX_BUILD_ABORTED.0));
    let mut error = WriteError::new(0, code, document.get_str("message").unwrap_or_default());
    (error.key_pattern, error.key_value) = (part("keyPattern"), part("keyValue"));
    error
}

/// Fills derived trees that a storage without persistent indexes has lost.
pub(crate) fn rebuild_lost(engine: &Embedded, lost: &[TreeId]) -> Result<()> {
    let mut view = engine.begin(None, Alone::Yes)?;
    let collections: Vec<_> = view.catalog.collections().cloned().collect();
    for collection in collections {
        for (position, index) in collection.indexes.iter().enumerate() {
            if !lost.contains(&index.tree) {
                continue;
            }
            let label = super::label(&collection.namespace, &index.name);
            let spec =
                anser_storage::TreeSpec { shape: anser_storage::Shape::Keys, derived: true, label: &label };
            view.writer().create_tree(index.tree, &spec)?;
            let mut after = 0;
            while let Some(last) = fill(&mut view, &collection, position, after)? {
                after = last;
            }
            if !index.ready {
                make_ready(&mut view, Build { collection: collection.uuid, tree: index.tree })?;
            }
        }
    }
    view.commit()
}
