//! Writing BSON bytes.
//!
//! A document is written between [`begin`] and [`end`]; what stands between them are [`element`]s. The
//! invariant: every `begin` meets its `end`, innermost first, and names hold no NUL.

use super::raw::{DocumentRef, ValueRef, tag};

/// Opens a document at the end of `out`; the result goes to [`end`].
#[inline]
pub fn begin(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    start
}

/// Closes the document that [`begin`] opened at `start`.
#[inline]
pub fn end(out: &mut Vec<u8>, start: usize) {
    out.push(0);
    let length = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Writes a type byte and a name; the value's bytes have to follow.
#[inline]
pub fn header(out: &mut Vec<u8>, tag: u8, name: &[u8]) {
    debug_assert!(!name.contains(&0), "a BSON name holds no NUL");
    out.push(tag);
    out.extend_from_slice(name);
    out.push(0);
}

/// Writes a name and a value.
#[inline]
pub fn element(out: &mut Vec<u8>, name: &[u8], value: ValueRef<'_>) {
    header(out, value.tag, name);
    out.extend_from_slice(value.bytes);
}

/// Opens a nested document under `name`; the result goes to [`end`].
#[inline]
pub fn begin_document(out: &mut Vec<u8>, name: &[u8]) -> usize {
    header(out, tag::DOCUMENT, name);
    begin(out)
}

/// Opens a nested array under `name`; its elements are named by [`index_name`], the result goes to [`end`].
#[inline]
pub fn begin_array(out: &mut Vec<u8>, name: &[u8]) -> usize {
    header(out, tag::ARRAY, name);
    begin(out)
}

/// Writes the element of an array that stands at `index`.
#[inline]
pub fn array_element(out: &mut Vec<u8>, index: usize, value: ValueRef<'_>) {
    let mut buffer = [0; 20];
    element(out, index_name(index, &mut buffer), value);
}

/// The decimal digits of `index`, an array element's name, written into `buffer`.
#[inline]
pub fn index_name(index: usize, buffer: &mut [u8; 20]) -> &[u8] {
    let (mut rest, mut at) = (index, buffer.len());
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return &buffer[at..];
        }
    }
}

/// Copies all of `document`'s elements.
#[inline]
pub fn elements(out: &mut Vec<u8>, document: DocumentRef<'_>) {
    let bytes = document.as_bytes();
    if bytes.len() > 5 {
        out.extend_from_slice(&bytes[4..bytes.len() - 1]);
    }
}

/// Writes an int32 under `name`.
pub fn int32(out: &mut Vec<u8>, name: &[u8], value: i32) {
    element(out, name, ValueRef { tag: tag::INT32, bytes: &value.to_le_bytes() });
}

/// Writes an int64 under `name`.
pub fn int64(out: &mut Vec<u8>, name: &[u8], value: i64) {
    element(out, name, ValueRef { tag: tag::INT64, bytes: &value.to_le_bytes() });
}

/// Writes a double under `name`.
pub fn double(out: &mut Vec<u8>, name: &[u8], value: f64) {
    element(out, name, ValueRef { tag: tag::DOUBLE, bytes: &value.to_le_bytes() });
}

/// Writes a string under `name`.
pub fn string(out: &mut Vec<u8>, name: &[u8], value: &str) {
    header(out, tag::STRING, name);
    out.extend_from_slice(&(value.len() as u32 + 1).to_le_bytes());
    out.extend_from_slice(value.as_bytes());
    out.push(0);
}
