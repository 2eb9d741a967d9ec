//! The one check a document passes when it enters.
use super::raw::DocumentRef;
use crate::error::Result;

/// The largest document: 16 MiB, as in MongoDB.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The deepest nesting of a stored document.
pub const NESTING_MAX: usize = 100;

/// Checks lengths, type bytes, UTF-8 of names and strings, and nesting.
///
/// # Errors
/// InvalidBSON (22) saying at which byte and path, BSONObjectTooLarge (10334), Overflow (15) for nesting.
pub fn validate(bytes: &[u8]) -> Result<DocumentRef<'_>> {
    let _ = bytes;
    todo!()
}
