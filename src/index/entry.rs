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

use crate::catalog::IndexEntry;

/// The length of a record number in an entry.
pub(crate) const RECORD_BYTES: usize = 8;

/// The length of the hash that ends a key that was too long.
pub(crate) const HASH_BYTES: usize = 16;

/// The number of the record that an entry points to.
#[inline]
pub(crate) fn record_of(index: &IndexEntry, key: &[u8], value: &[u8]) -> u64 {
    let bytes = if index.unique { value.first_chunk() } else { key.last_chunk() };
    bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The entry's key without its record number.
#[inline]
pub(crate) fn key_of<'a>(index: &IndexEntry, key: &'a [u8]) -> &'a [u8] {
    if index.unique { key } else { &key[..key.len().saturating_sub(RECORD_BYTES)] }
}

/// The entry's remainder.
#[inline]
pub(crate) fn remainder_of<'a>(index: &IndexEntry, value: &'a [u8]) -> &'a [u8] {
    if index.unique { value.get(RECORD_BYTES..).unwrap_or(&[]) } else { value }
}
