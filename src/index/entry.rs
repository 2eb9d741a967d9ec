//! The layout of index entries.
//!
//! ```text
//! unique:     key                          → record (8 bytes, big endian) ‖ remainder
//! another:    key ‖ record (8, big endian) → remainder
//! ```
//!
//! `key` is the concatenation of the parts' keys (complemented where a part descends), `remainder` what the keys
//! cannot give back, part after part. A key longer than the index's `key_bytes_max` stands as its first
//! `prefix_bytes()` and a hash of the whole, without remainder. The invariant: both forms are
//! `key ‖ record ‖ remainder`, cut at different places.

use super::hash;
use crate::catalog::IndexEntry;
use crate::error::{Error, ErrorKind, Result};
use anser_query::Code;
use anser_query::path::index_keys;
use anser_query::value::{DocumentRef, ValueRef, key};

/// The length of a record number in an entry.
pub(crate) const RECORD_BYTES: usize = 8;

/// The length of the hash that ends a key that was too long.
pub(crate) const HASH_BYTES: usize = 16;

/// The most bytes of entries that one document may have in one index.
///
/// DIFFERENCE: MongoDB bounds the number of keys a document gives; Anser bounds their bytes, which is what a
/// long array beside a long string would run out of.
const ENTRIES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The number of the record that an entry points to.
#[inline]
pub(crate) fn record_of(index: &IndexEntry, key: &[u8], value: &[u8]) -> u64 {
    let bytes = if index.unique { value.first_chunk() } else { key.last_chunk() };
    bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The entries that documents have in indexes, in buffers that are used again.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    bytes: Vec<u8>,
    list: Vec<Entry>,
    news: Vec<News>,
}

/// One entry: where it stands in the bytes of [`Entries`], and in which index of the collection it belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) index: usize,
    start: usize,
    key_end: usize,
    end: usize,
}

/// What an index has to be told in the transaction that puts these entries.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) index: usize,
    /// Bit `n`: the part at `n` met an array.
    pub(crate) multikey: u32,
    pub(crate) truncated: bool,
}

impl Entries {
    /// Forgets the entries and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.list.clear();
        self.news.clear();
    }

    /// Gives the room back when it is more than `bytes_max`.
    pub(crate) fn shrink(&mut self, bytes_max: usize) {
        let list_bytes = self.list.capacity() * size_of::<Entry>();
        if self.bytes.capacity() + list_bytes > bytes_max {
            *self = Entries::default();
        }
    }

    /// The entries, those of one index together and in the order of their keys.
    #[inline]
    pub(crate) fn list(&self) -> &[Entry] {
        &self.list
    }

    /// What the indexes have to be told.
    #[inline]
    pub(crate) fn news(&self) -> &[News] {
        &self.news
    }

    /// An entry's key, without record.
    #[inline]
    pub(crate) fn key(&self, entry: Entry) -> &[u8] {
        &self.bytes[entry.start..entry.key_end]
    }

    /// An entry's remainder.
    #[inline]
    pub(crate) fn remainder(&self, entry: Entry) -> &[u8] {
        &self.bytes[entry.key_end + RECORD_BYTES..entry.end]
    }

    /// Key and value as the tree has them, once [`Entries::point_to`] was called.
    #[inline]
    pub(crate) fn stored(&self, entry: Entry, unique: bool) -> (&[u8], &[u8]) {
        let cut = if unique { entry.key_end } else { entry.key_end + RECORD_BYTES };
        (&self.bytes[entry.start..cut], &self.bytes[cut..entry.end])
    }

    /// Makes every entry point to `record`.
    #[inline]
    pub(crate) fn point_to(&mut self, record: u64) {
        for entry in &self.list {
            self.bytes[entry.key_end..entry.key_end + RECORD_BYTES].copy_from_slice(&record.to_be_bytes());
        }
    }

    /// The bytes that putting the entries writes.
    pub(crate) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds the entries that `document` has in `index`, the collection's index at `position`.
    ///
    /// # Errors
    /// CannotIndexParallelArrays (171); entries that are too many to hold. Nothing was added then.
    #[inline]
    pub(crate) fn add(
        &mut self,
        position: usize,
        index: &IndexEntry,
        document: DocumentRef<'_>,
    ) -> Result<()> {
        let (bytes_before, list_before) = (self.bytes.len(), self.list.len());
        let mut too_many = false;
        let extracted = index_keys::extract(&index.paths, document, &mut |row| {
            if (row.all_missing && index.sparse) || too_many {
                return;
            }
            self.add_row(position, index, row.values);
            too_many = self.bytes.len() - bytes_before > ENTRIES_BYTES_MAX;
        });
        match extracted {
            Ok(_) if too_many => {
                let message =
                    format!("the document has more than {ENTRIES_BYTES_MAX} bytes of keys in {}", index.name);
                self.forget(bytes_before, list_before);
                Err(Error::new(ErrorKind::Document, Code::OBJECT_TOO_LARGE, message))
            }
            Ok(extracted) => {
                if extracted.multikey != 0 {
                    self.is_multikey(position, index, extracted.multikey, list_before);
                }
                Ok(())
            }
            Err(error) => {
                self.forget(bytes_before, list_before);
                Err(Error::new(ErrorKind::Document, error.code(), error.message()))
            }
        }
    }

    #[cold]
    fn forget(&mut self, bytes: usize, list: usize) {
        self.bytes.truncate(bytes);
        self.list.truncate(list);
    }

    #[cold]
    fn is_multikey(&mut self, position: usize, index: &IndexEntry, multikey: u32, from: usize) {
        self.sort_and_dedup(from);
        if index.multikey.iter().enumerate().any(|(part, known)| !known && multikey >> part & 1 == 1) {
            self.news.push(News { index: position, multikey, truncated: false });
        }
    }

    #[inline]
    fn add_row(&mut self, position: usize, index: &IndexEntry, row: &[ValueRef<'_>]) {
        let start = self.bytes.len();
        for (value, ascending) in row.iter().zip(&index.ascending) {
            if *ascending {
                key::encode(*value, &mut self.bytes);
            } else {
                key::encode_descending(*value, &mut self.bytes);
            }
        }
        let truncated = self.bytes.len() - start > index.key_bytes_max;
        if truncated {
            truncate_key(&mut self.bytes, start, index.prefix_bytes());
            if !index.truncated {
                self.news.push(News { index: position, multikey: 0, truncated: true });
            }
        }
        let key_end = self.bytes.len();
        self.bytes.extend_from_slice(&[0; RECORD_BYTES]);
        if !truncated {
            for value in row {
                key::remainder(*value, &mut self.bytes);
            }
        }
        self.list.push(Entry { index: position, start, key_end, end: self.bytes.len() });
    }

    /// Puts the entries from `from` on in the order of their keys, each key once.
    fn sort_and_dedup(&mut self, from: usize) {
        let bytes = &self.bytes;
        let key = |entry: &Entry| &bytes[entry.start..entry.key_end];
        let tail = &mut self.list[from..];
        tail.sort_by(|left, right| key(left).cmp(key(right)));
        let mut kept = 0;
        for at in 0..tail.len() {
            if at == 0 || key(&tail[at]) != key(&tail[kept - 1]) {
                tail[kept] = tail[at];
                kept += 1;
            }
        }
        self.list.truncate(from + kept);
    }
}

/// Cuts the key that begins at `start` to `prefix_bytes` and appends the hash of the whole.
fn truncate_key(bytes: &mut Vec<u8>, start: usize, prefix_bytes: usize) {
    let hash = hash::of(&bytes[start..]);
    bytes.truncate(start + prefix_bytes);
    bytes.extend_from_slice(&hash);
}

/// Appends the key that a row of values has in `index`: as it stands in an entry, cut when it is too long.
pub(crate) fn encode_row(index: &IndexEntry, row: &[ValueRef<'_>], out: &mut Vec<u8>) {
    let start = out.len();
    for (value, ascending) in row.iter().zip(&index.ascending) {
        if *ascending {
            key::encode(*value, out);
        } else {
            key::encode_descending(*value, out);
        }
    }
    if out.len() - start > index.key_bytes_max {
        truncate_key(out, start, index.prefix_bytes());
    }
}
