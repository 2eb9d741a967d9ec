//! Keys: bytes whose memcmp order is BSON order. The format has a number, kept in the catalog.
//!
//! The invariants to hold in mind, for all values `a` and `b`:
//!
//! - **Order.** `key(a) < key(b)` as bytes exactly when a < b in BSON order ([`order::compare`]); equal
//!   values (1, 1.0, Decimal 1, Decimal 1.00) have the very same key, so int32, int64, double and Decimal128
//!   interleave.
//! - **Prefix-free.** No key is the beginning of another one. So keys concatenate (the parts of a compound
//!   index), and a key may be complemented bit by bit to sort descending.
//! - **First byte.** The first byte of a key tells its [`Kind`] ([`kind_bounds`]). It is never 0x00 and never
//!   0xFF, complemented or not: `prefix` is not above, and `prefix 0xFF` is above, everything that continues
//!   `prefix` with another part.
//! - **Exactness.** What a key cannot give back (the type of a number, -0.0, a decimal's trailing zeros)
//!   stands in the *remainder*; key and remainder together give back the exact value ([`decode`]).
//!
//! # Format 1
//!
//! ```text
//! MinKey       08
//! undefined    10
//! null         18
//! number       21..3A  see below                                  (kind bounds 20..40)
//! string       48  text 00                                        (a symbol likewise)
//! document     50  { class  name-text 00  value } 00
//! array        58  { value } 00
//! binary       60  length:u32  subtype:u8  bytes
//! ObjectId     68  12 bytes
//! false, true  70, 71
//! date         78  (milliseconds ^ 1<<63):u64
//! timestamp    80  time:u32  increment:u32
//! regex        88  pattern-text 00  options-text 00
//! DBPointer    90  namespace-length:u32  namespace  12 bytes
//! code         98  text 00
//! code, scope  A0  text 00  { class  name-text 00  value } 00
//! MaxKey       E8
//! ```
//!
//! All integers are big-endian. Each `{ … }` repeats, and the `00` that closes it is below every class.
//!
//! **Text** is the string's bytes with `00` written as `01 01` and `01` as `01 02`, so that `00` is free to
//! close it with one byte.
//!
//! **In a document** BSON order asks for an element's class first, then its name, then its value. `class` is
//! the kind's lowest byte (20 for any number); the value follows without its first byte when that byte says
//! nothing but the class, and with it for numbers and booleans.
//!
//! **Numbers.** The first byte gives the sign and how many bytes the integer part takes; what follows is
//! complemented when the number is negative.
//!
//! ```text
//! 21     NaN
//! 26     -Infinity
//! 27     <= -2^63         ~(floor:u64 [decimal])
//! 28..2F < 0              ~(m in 8..1 bytes [fraction:u64 [decimal]])
//! 30     0
//! 31..38 > 0              m in 1..8 bytes [fraction:u64 [decimal]]
//! 39     >= 2^63          floor:u64 [decimal]
//! 3A     Infinity
//!
//! m         integer part << 1 | (1 when there is a fraction), in as few bytes as it needs
//! fraction  bits of f << 1 | i, only when m says so
//!           f  the largest double <= the fraction, whose bits leave the highest one free
//!           i  1 when f is not the fraction exactly, and `decimal` follows
//! floor     bits of f << 1 | i, f being the largest double <= the whole magnitude
//! decimal   (exponent of the first digit + 6176):u16
//!           the 34-digit coefficient, padded with zero digits on the right: 15 bytes
//! ```
//!
//! So 0 takes one byte, 5 two (`31 0A`), 300 three (`32 02 58`), 1.5 ten (`31 03 7FC0000000000000`).
//! Doubles are always exact here; only decimals that no double equals carry `decimal`, and two of those are
//! compared by it.
//!
//! **The remainder** is, for each number, string and symbol in the order of the key:
//!
//! ```text
//! 00              int32, string
//! 01              int64, symbol
//! 02              double
//! 03 8 bytes      a double as it stands: -0.0, NaN
//! 04 16 bytes     a Decimal128 as it stands
//! ```
//!
//! Reading past its end gives zeros, so that [`trim_remainder`] may cut off trailing ones: an index over
//! int32s, strings, dates and ObjectIds has empty remainders.
//!
//! An array's element names are not kept ([`decode`] numbers them anew), and documents nested deeper than
//! [`DEPTH_MAX`], which no valid document is, are keyed as empty ones there.
//!
//! [`order::compare`]: super::order::compare
//! [`Kind`]: super::Kind

mod number;
mod read;
mod text;

use super::kind::Kind;
use super::raw::{DocumentRef, ValueRef, View, tag};

pub use read::{decode, decode_descending, part_length, part_length_descending};

/// The number of the key format that this code reads and writes.
pub const KEY_FORMAT: u32 = 1;

/// How deep documents and arrays are followed.
pub const DEPTH_MAX: usize = 200;

/// The first byte of each kind's keys, and where a kind's bytes end.
pub(super) mod class {
    pub(crate) const MIN_KEY: u8 = 0x08;
    pub(crate) const UNDEFINED: u8 = 0x10;
    pub(crate) const NULL: u8 = 0x18;
    pub(crate) const NUMBER: u8 = 0x20;
    pub(crate) const STRING: u8 = 0x48;
    pub(crate) const DOCUMENT: u8 = 0x50;
    pub(crate) const ARRAY: u8 = 0x58;
    pub(crate) const BINARY: u8 = 0x60;
    pub(crate) const OBJECT_ID: u8 = 0x68;
    pub(crate) const BOOLEAN: u8 = 0x70;
    pub(crate) const DATE_TIME: u8 = 0x78;
    pub(crate) const TIMESTAMP: u8 = 0x80;
    pub(crate) const REGEX: u8 = 0x88;
    pub(crate) const DB_POINTER: u8 = 0x90;
    pub(crate) const JAVASCRIPT: u8 = 0x98;
    pub(crate) const JAVASCRIPT_WITH_SCOPE: u8 = 0xA0;
    pub(crate) const MAX_KEY: u8 = 0xE8;
    /// Closes texts, documents and arrays; below every class.
    pub(crate) const END: u8 = 0x00;
}

/// What the remainder says of a number or a text.
pub(super) mod shape {
    pub(crate) const INT32: u8 = 0;
    pub(crate) const INT64: u8 = 1;
    pub(crate) const DOUBLE: u8 = 2;
    pub(crate) const DOUBLE_AS_STORED: u8 = 3;
    pub(crate) const DECIMAL_AS_STORED: u8 = 4;
    pub(crate) const STRING: u8 = 0;
    pub(crate) const SYMBOL: u8 = 1;
}

/// Appends the key of `value` to `out`. `key(a) < key(b)` exactly when a < b in BSON order; prefix-free, so
/// that keys concatenate.
///
/// ```
/// use anser_query::value::{ValueBuf, key};
/// let key_of = |value: bson::Bson| {
///     let mut out = Vec::new();
///     key::encode(ValueBuf::try_from(&value).unwrap().as_ref(), &mut out);
///     out
/// };
/// assert_eq!(key_of(5.into()), key_of(5.0.into()));
/// assert!(key_of(5.into()) < key_of(5.5.into()));
/// assert!(key_of(5.5.into()) < key_of("5".into()), "numbers come before strings");
/// ```
#[inline]
pub fn encode(value: ValueRef<'_>, out: &mut Vec<u8>) {
    encode_value(value, out, 0);
}

/// Appends the key of `value` complemented, so that it sorts descending.
#[inline]
pub fn encode_descending(value: ValueRef<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    encode(value, out);
    complement(&mut out[start..]);
}

/// Turns keys that sort ascending into keys that sort descending, and back.
#[inline]
pub fn complement(key: &mut [u8]) {
    for byte in key {
        *byte = !*byte;
    }
}

/// The first bytes that ascending keys of `kind` may have: from the first number up to, not including, the
/// second. `{$gt: 5}` matches numbers only: it searches from `key(5)` to the number kind's upper bound.
///
/// ```
/// use anser_query::value::{Kind, key};
/// assert_eq!(key::kind_bounds(Kind::Number), (0x20, 0x40));
/// ```
pub fn kind_bounds(kind: Kind) -> (u8, u8) {
    let lower = class_of(kind);
    (lower, lower + if kind == Kind::Number { 0x20 } else { 0x08 })
}

/// The first bytes that descending (complemented) keys of `kind` may have, as [`kind_bounds`] gives them.
pub fn kind_bounds_descending(kind: Kind) -> (u8, u8) {
    let (lower, upper) = kind_bounds(kind);
    (!(upper - 1), !lower + 1)
}

/// The kind of the value whose ascending key begins with `first`, `None` when no key does.
pub fn kind_of_first_byte(first: u8) -> Option<Kind> {
    ALL_KINDS.into_iter().find(|&kind| {
        let (lower, upper) = kind_bounds(kind);
        (lower..upper).contains(&first)
    })
}

/// Appends what the keys of all strings beginning with `prefix` begin with, and no other key does (symbols
/// count as strings). Followed by 0xFF it is above all of them, for texts of UTF-8.
pub fn encode_string_prefix(prefix: &[u8], out: &mut Vec<u8>) {
    out.push(class::STRING);
    text::push(prefix, out);
}

/// Appends what the key of `value` cannot give back (1, 1.0 and Decimal 1 share a key): read by [`decode`].
pub fn remainder(value: ValueRef<'_>, out: &mut Vec<u8>) {
    remainder_of(value, out, 0);
}

/// Cuts trailing zeros off the remainders that stand in `out` from `start` on: [`decode`] reads past the end
/// as zeros.
pub fn trim_remainder(out: &mut Vec<u8>, start: usize) {
    while out.len() > start && out.last() == Some(&0) {
        out.pop();
    }
}

const ALL_KINDS: [Kind; 17] = [
    Kind::MinKey,
    Kind::Undefined,
    Kind::Null,
    Kind::Number,
    Kind::String,
    Kind::Document,
    Kind::Array,
    Kind::Binary,
    Kind::ObjectId,
    Kind::Boolean,
    Kind::DateTime,
    Kind::Timestamp,
    Kind::Regex,
    Kind::DbPointer,
    Kind::JavaScript,
    Kind::JavaScriptWithScope,
    Kind::MaxKey,
];

fn class_of(kind: Kind) -> u8 {
    match kind {
        Kind::MinKey => class::MIN_KEY,
        Kind::Undefined => class::UNDEFINED,
        Kind::Null => class::NULL,
        Kind::Number => class::NUMBER,
        Kind::String => class::STRING,
        Kind::Document => class::DOCUMENT,
        Kind::Array => class::ARRAY,
        Kind::Binary => class::BINARY,
        Kind::ObjectId => class::OBJECT_ID,
        Kind::Boolean => class::BOOLEAN,
        Kind::DateTime => class::DATE_TIME,
        Kind::Timestamp => class::TIMESTAMP,
        Kind::Regex => class::REGEX,
        Kind::DbPointer => class::DB_POINTER,
        Kind::JavaScript => class::JAVASCRIPT,
        Kind::JavaScriptWithScope => class::JAVASCRIPT_WITH_SCOPE,
        Kind::MaxKey => class::MAX_KEY,
    }
}

#[inline]
fn encode_value(value: ValueRef<'_>, out: &mut Vec<u8>, depth: usize) {
    match value.view() {
        View::String(bytes) | View::Symbol(bytes) => text::push_closed(class::STRING, bytes, out),
        View::ObjectId(id) => {
            let mut key = [class::OBJECT_ID; 13];
            key[1..].copy_from_slice(id);
            out.extend_from_slice(&key);
        }
        View::Int32(number) => number::push_integer(number < 0, u64::from(number.unsigned_abs()), out),
        View::Int64(number) => number::push_integer(number < 0, number.unsigned_abs(), out),
        View::Double(number) => number::push_double(number, out),
        View::Decimal128(bytes) => number::push_decimal(bytes, out),
        View::DateTime(milliseconds) => {
            push_u64(class::DATE_TIME, milliseconds as u64 ^ 1 << 63, out);
        }
        View::Boolean(truth) => out.push(class::BOOLEAN + u8::from(truth)),
        View::Null => out.push(class::NULL),
        View::Undefined => out.push(class::UNDEFINED),
        View::MinKey => out.push(class::MIN_KEY),
        View::MaxKey => out.push(class::MAX_KEY),
        View::Timestamp { time, increment } => {
            push_u64(class::TIMESTAMP, u64::from(time) << 32 | u64::from(increment), out);
        }
        View::Document(document) => {
            out.push(class::DOCUMENT);
            push_document(document, out, depth + 1);
        }
        View::Array(array) => {
            out.push(class::ARRAY);
            if depth < DEPTH_MAX {
                array.values().for_each(|element| encode_value(element, out, depth + 1));
            }
            out.push(class::END);
        }
        View::Binary { subtype, bytes } => {
            out.push(class::BINARY);
            push_length(bytes.len(), out);
            out.push(subtype);
            out.extend_from_slice(bytes);
        }
        View::Regex { pattern, options } => {
            text::push_closed(class::REGEX, pattern, out);
            text::push(options, out);
            out.push(class::END);
        }
        View::DbPointer { namespace, id } => {
            out.push(class::DB_POINTER);
            push_length(namespace.len(), out);
            out.extend_from_slice(namespace);
            out.extend_from_slice(id);
        }
        View::JavaScript(code) => text::push_closed(class::JAVASCRIPT, code, out),
        View::JavaScriptWithScope { code, scope } => {
            text::push_closed(class::JAVASCRIPT_WITH_SCOPE, code, out);
            push_document(scope, out, depth + 1);
        }
    }
}

#[inline]
fn push_u64(class: u8, number: u64, out: &mut Vec<u8>) {
    let mut key = [class; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&key);
}

/// Lengths come from an int32 of BSON and fit.
fn push_length(length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

fn push_document(document: DocumentRef<'_>, out: &mut Vec<u8>, depth: usize) {
    if depth <= DEPTH_MAX {
        for element in document.elements() {
            let class = class_of_tag(element.value.tag);
            text::push_closed(class, element.name, out);
            let at = out.len();
            encode_value(element.value, out, depth);
            if first_byte_is_class(class) {
                // The class stands before the name already.
                out.remove(at);
            }
        }
    }
    out.push(class::END);
}

/// Whether keys of a kind begin with its class byte and nothing else, which a document then leaves out.
#[inline]
fn first_byte_is_class(class: u8) -> bool {
    !matches!(class, class::NUMBER | class::BOOLEAN)
}

/// What [`ValueRef::view`] makes of a tag that BSON does not have is `Undefined`.
#[inline]
fn class_of_tag(tag: u8) -> u8 {
    match tag {
        tag::DOUBLE | tag::INT32 | tag::INT64 | tag::DECIMAL128 => class::NUMBER,
        tag::STRING | tag::SYMBOL => class::STRING,
        tag::DOCUMENT => class::DOCUMENT,
        tag::ARRAY => class::ARRAY,
        tag::BINARY => class::BINARY,
        tag::OBJECT_ID => class::OBJECT_ID,
        tag::BOOLEAN => class::BOOLEAN,
        tag::DATE_TIME => class::DATE_TIME,
        tag::NULL => class::NULL,
        tag::REGEX => class::REGEX,
        tag::DB_POINTER => class::DB_POINTER,
        tag::JAVASCRIPT => class::JAVASCRIPT,
        tag::JAVASCRIPT_WITH_SCOPE => class::JAVASCRIPT_WITH_SCOPE,
        tag::TIMESTAMP => class::TIMESTAMP,
        tag::MAX_KEY => class::MAX_KEY,
        tag::MIN_KEY => class::MIN_KEY,
        _ => class::UNDEFINED,
    }
}

fn remainder_of(value: ValueRef<'_>, out: &mut Vec<u8>, depth: usize) {
    match value.view() {
        View::Int32(_) => out.push(shape::INT32),
        View::Int64(_) => out.push(shape::INT64),
        View::Double(number) if number.is_nan() || (number == 0.0 && number.is_sign_negative()) => {
            out.push(shape::DOUBLE_AS_STORED);
            out.extend_from_slice(&number.to_le_bytes());
        }
        View::Double(_) => out.push(shape::DOUBLE),
        View::Decimal128(bytes) => {
            out.push(shape::DECIMAL_AS_STORED);
            out.extend_from_slice(bytes);
        }
        View::String(_) => out.push(shape::STRING),
        View::Symbol(_) => out.push(shape::SYMBOL),
        View::Document(inner) | View::Array(inner) | View::JavaScriptWithScope { scope: inner, .. } => {
            if depth < DEPTH_MAX {
                inner.values().for_each(|element| remainder_of(element, out, depth + 1));
            }
        }
        View::Binary { .. }
        | View::Undefined
        | View::ObjectId(_)
        | View::Boolean(_)
        | View::DateTime(_)
        | View::Null
        | View::Regex { .. }
        | View::DbPointer { .. }
        | View::JavaScript(_)
        | View::Timestamp { .. }
        | View::MaxKey
        | View::MinKey => {}
    }
}

#[cfg(test)]
mod tests;
