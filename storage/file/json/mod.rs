//! Documents as lines: BSON bytes to the shortest Extended JSON (version 2) that reads back to the same bytes.
//!
//! The invariant: [`write_document`] followed by [`Reader::document`] gives the very same bytes, or the first
//! refuses. Nothing here knows what a field means.

mod date;
mod read;
mod write;

pub(super) use read::{Problem, Reader};
pub(super) use write::{write_base64, write_document, write_number, write_text};

/// How deep documents may nest in a line. Deeper ones are kept as bytes.
const DEPTH_MAX: u32 = 200;

/// The first names that make an object something else than a document. A document that begins with one of them is
/// kept as bytes.
const WRAPPERS: &[&[u8]] = &[
    b"$oid",
    b"$numberInt",
    b"$numberLong",
    b"$numberDouble",
    b"$numberDecimal",
    b"$binary",
    b"$uuid",
    b"$date",
    b"$timestamp",
    b"$regularExpression",
    b"$symbol",
    b"$code",
    b"$dbPointer",
    b"$minKey",
    b"$maxKey",
    b"$undefined",
    b"$record",
    b"$bytes",
    b"$anser",
];

#[cfg(test)]
mod tests;
