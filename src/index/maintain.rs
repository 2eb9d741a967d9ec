//! Entries follow their documents.
//!
//! The invariant: a document that fails for a reason of its own has put nothing. What an index cannot take, and
//! the unique keys of a changed document, are asked before the first put; an inserted document asks for its unique
//! keys by putting them, and what it had put is taken out again when one is another's. What fails otherwise is
//! the storage, and ends the transaction.

use super::duplicate;
use super::entry::{Entries, Entry};
use crate::catalog::{CollectionEntry, IndexEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::transaction::WriteView;
use anser_query::Code;
use anser_query::value::DocumentRef;
use anser_storage::{Key, ReadTxn, TreeId, WriteTxn};
use std::cmp::Ordering;

/// Which indexes of a collection a statement may change, by position; more than fit are taken as touched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched(u128);

impl Touched {
    /// The indexes of `collection` for which `touches` holds.
    pub(crate) fn of(collection: &CollectionEntry, touches: impl Fn(&IndexEntry) -> bool) -> Touched {
        let mut bits = !0u128;
        for (position, index) in collection.indexes.iter().enumerate().take(128) {
            if !touches(index) {
                bits &= !(1 << position);
            }
        }
        Touched(bits)
    }

    #[inline]
    fn has(self, position: usize) -> bool {
        position >= 128 || self.0 & (1 << position) != 0
    }

    #[inline]
    fn is_none(self, indexes: usize) -> bool {
        indexes <= 128 && self.0 & (!0u128 >> (128 - indexes.max(1) as u32)) == 0
    }
}

/// Stores a document, with its entries. Returns its record number.
pub(crate) fn insert(
    view: &mut WriteView<'_>,
    collection: &CollectionEntry,
    document: DocumentRef<'_>,
) -> Result<u64> {
    refuse_too_large(view, document)?;
    let (txn, scratch) = view.parts();
    let entries = &mut scratch.new;
    entries.clear();
    for (position, index) in collection.indexes.iter().enumerate() {
        entries.add(position, index, document)?;
    }
    let record = txn.append(collection.tree, document.as_bytes())?;
    entries.point_to(record);
    // A key that is there already is met where it would be put: looking first would search every tree twice.
    for (at, &entry) in entries.list().iter().enumerate() {
        let index = &collection.indexes[entry.index];
        if !index.unique {
            continue;
        }
        let (key, value) = entries.stored(entry, true);
        if !txn.put_new(index.tree, Key::Bytes(key), value)? {
            let error = duplicate::error(&collection.namespace, index, document, entries.key(entry));
            take_out(txn, collection, entries, &entries.list()[..at], record)?;
            return Err(error);
        }
    }
    for &entry in entries.list() {
        let index = &collection.indexes[entry.index];
        if !index.unique {
            let (key, value) = entries.stored(entry, false);
            txn.put(index.tree, Key::Bytes(key), value)?;
        }
    }
    let (bytes, is_news) = (entries.bytes_len(), !entries.news().is_empty());
    view.bytes_written += bytes + document.as_bytes().len();
    if is_news {
        tell(view, collection)?;
    }
    Ok(record)
}

/// Takes out what was put of a document whose unique key is another's: its record, and the unique ones of the
/// entries in `put`.
#[cold]
fn take_out(
    txn: &mut dyn WriteTxn,
    collection: &CollectionEntry,
    entries: &Entries,
    put: &[Entry],
    record: u64,
) -> Result<()> {
    for &entry in put {
        let index = &collection.indexes[entry.index];
        if index.unique {
            txn.remove(index.tree, Key::Bytes(entries.stored(entry, true).0))?;
        }
    }
    txn.remove(collection.tree, Key::Record(record))?;
    Ok(())
}

/// Puts `after` in the place of `before` and changes the entries that differ.
pub(crate) fn replace(
    view: &mut WriteView<'_>,
    collection: &CollectionEntry,
    touched: Touched,
    record: u64,
    before: DocumentRef<'_>,
    after: DocumentRef<'_>,
) -> Result<()> {
    refuse_too_large(view, after)?;
    if touched.is_none(collection.indexes.len()) {
        view.bytes_written += after.as_bytes().len();
        view.writer().put(collection.tree, Key::Record(record), after.as_bytes())?;
        return Ok(());
    }
    let (txn, scratch) = view.parts();
    let (old, new) = (&mut scratch.old, &mut scratch.new);
    old.clear();
    new.clear();
    for (position, index) in collection.indexes.iter().enumerate() {
        if touched.has(position) {
            old.add(position, index, before)?;
            new.add(position, index, after)?;
        }
    }
    differences(old, new, |change| match change {
        Change::Put(entry, Kind::Key) => refuse_duplicate(&*txn, collection, new, entry, record, after),
        Change::Put(_, Kind::Remainder) | Change::Remove(_) => Ok(()),
    })?;
    old.point_to(record);
    new.point_to(record);
    differences(old, new, |change| {
        if let Change::Remove(entry) = change {
            remove_entry(txn, &collection.indexes[entry.index], old, entry, record)?;
        }
        Ok(())
    })?;
    differences(old, new, |change| {
        if let Change::Put(entry, kind) = change {
            let index = &collection.indexes[entry.index];
            let (key, value) = new.stored(entry, index.unique);
            // In an unfinished unique index the key may be another document's: the build will find both.
            let may_be_anothers = kind == Kind::Remainder && index.unique && !index.ready;
            if !may_be_anothers || holder(txn, index.tree, key)? == Some(record) {
                txn.put(index.tree, Key::Bytes(key), value)?;
            }
        }
        Ok(())
    })?;
    txn.put(collection.tree, Key::Record(record), after.as_bytes())?;
    let (bytes, is_news) = (old.bytes_len() + new.bytes_len(), !new.news().is_empty());
    view.bytes_written += bytes + after.as_bytes().len();
    if is_news {
        tell(view, collection)?;
    }
    Ok(())
}

/// Removes a document with its entries.
pub(crate) fn remove(
    view: &mut WriteView<'_>,
    collection: &CollectionEntry,
    record: u64,
    document: DocumentRef<'_>,
) -> Result<()> {
    let (txn, scratch) = view.parts();
    let entries = &mut scratch.old;
    entries.clear();
    for (position, index) in collection.indexes.iter().enumerate() {
        entries.add(position, index, document)?;
    }
    entries.point_to(record);
    for &entry in entries.list() {
        remove_entry(txn, &collection.indexes[entry.index], entries, entry, record)?;
    }
    txn.remove(collection.tree, Key::Record(record))?;
    view.bytes_written += view.scratch.old.bytes_len() + document.as_bytes().len();
    Ok(())
}

/// The record that has `key` in a unique index.
pub(crate) fn holder(txn: &dyn ReadTxn, tree: TreeId, key: &[u8]) -> Result<Option<u64>> {
    let mut holder = None;
    txn.get(tree, Key::Bytes(key), &mut |value| {
        holder = Some(value.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)));
    })?;
    Ok(holder)
}

#[inline]
fn refuse_duplicate(
    txn: &dyn ReadTxn,
    collection: &CollectionEntry,
    entries: &Entries,
    entry: Entry,
    own: u64,
    document: DocumentRef<'_>,
) -> Result<()> {
    let index = &collection.indexes[entry.index];
    if !index.unique {
        return Ok(());
    }
    match holder(txn, index.tree, entries.key(entry))? {
        Some(record) if own != record => {
            Err(duplicate::error(&collection.namespace, index, document, entries.key(entry)))
        }
        _ => Ok(()),
    }
}

fn remove_entry(
    txn: &mut dyn WriteTxn,
    index: &IndexEntry,
    entries: &Entries,
    entry: Entry,
    record: u64,
) -> Result<()> {
    let (key, _) = entries.stored(entry, index.unique);
    // While a unique index is being built, a key that this document has not entered yet may be another's.
    if index.unique && !index.ready && holder(txn, index.tree, key)? != Some(record) {
        return Ok(());
    }
    txn.remove(index.tree, Key::Bytes(key))?;
    Ok(())
}

#[inline]
fn refuse_too_large(view: &WriteView<'_>, document: DocumentRef<'_>) -> Result<()> {
    let bytes_max = view.engine.capabilities().value_bytes_max;
    if document.as_bytes().len() > bytes_max {
        return Err(Error::new(
            ErrorKind::Document,
            Code::OBJECT_TOO_LARGE,
            format!("the document has {} bytes, the storage takes {bytes_max}", document.as_bytes().len()),
        ));
    }
    Ok(())
}

#[cold]
fn tell(view: &mut WriteView<'_>, collection: &CollectionEntry) -> Result<()> {
    let news = view.scratch.new.news().to_vec();
    view.widen(&collection.namespace, &news)
}

/// What has to be done for the entries of a document to become those of another.
#[derive(Clone, Copy)]
enum Change {
    /// An entry of the old document that the new one has not.
    Remove(Entry),
    /// An entry of the new document.
    Put(Entry, Kind),
}

/// Why an entry has to be put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its key is new.
    Key,
    /// Its key was there with another remainder (1 became 1.0).
    Remainder,
}

/// Walks both lists, ordered by index and key, and shows where they differ.
fn differences(old: &Entries, new: &Entries, mut visit: impl FnMut(Change) -> Result<()>) -> Result<()> {
    let (mut olds, mut news) = (old.list().iter().copied(), new.list().iter().copied());
    let (mut left, mut right) = (olds.next(), news.next());
    loop {
        let order = match (left, right) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => {
                left.index.cmp(&right.index).then_with(|| old.key(left).cmp(new.key(right)))
            }
        };
        match (order, left, right) {
            (Ordering::Less, Some(entry), _) => visit(Change::Remove(entry))?,
            (Ordering::Greater, _, Some(entry)) => visit(Change::Put(entry, Kind::Key))?,
            (Ordering::Equal, Some(was), Some(is)) if old.remainder(was) != new.remainder(is) => {
                visit(Change::Put(is, Kind::Remainder))?;
            }
            _ => {}
        }
        if order != Ordering::Greater {
            left = olds.next();
        }
        if order != Ordering::Less {
            right = news.next();
        }
    }
}
