//! Keys: bytes whose memcmp order is BSON order. The format has a number, kept in the catalog.
use super::raw::ValueRef;

/// The number of the key format that this code reads and writes.
pub const KEY_FORMAT: u32 = 1;

/// Appends the key of `value` to `out`. `key(a) < key(b)` exactly when a < b in BSON order; prefix-free, so
/// that keys concatenate.
pub fn encode(value: ValueRef<'_>, out: &mut Vec<u8>) {
    let _ = (value, out);
    todo!()
}

/// Appends the key of `value` complemented, so that it sorts descending.
pub fn encode_descending(value: ValueRef<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    encode(value, out);
    for byte in &mut out[start..] {
        *byte = !*byte;
    }
}

/// Appends what the key of `value` cannot give back (1, 1.0 and Decimal 1 share a key): read by [`decode`].
pub fn remainder(value: ValueRef<'_>, out: &mut Vec<u8>) {
    let _ = (value, out);
    todo!()
}

/// Reads one value back from the front of `key` and of `remainder` (ascending form), advancing both, and
/// writes it as BSON element bytes: returns the tag and appends the value's bytes to `out`.
/// `None` when the bytes are not a key of this format.
pub fn decode(key: &mut &[u8], remainder: &mut &[u8], out: &mut Vec<u8>) -> Option<u8> {
    let _ = (key, remainder, out);
    todo!()
}
