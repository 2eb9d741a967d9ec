//! What fields are compared with and set to, and how it becomes bytes.
//!
//! The invariant: a value is written in the very form in which a field of that type is stored. And each integer
//! field takes exactly one integer type, so that a literal is inferred as it: `AGE.gte(18)` is a `u8`, `300` is a
//! compile error.

use super::field_type::stored::AsStored;
use super::types::Opaque;
use super::{FieldType, Stored};
use crate::codec::{self, CodecError};
use crate::error::Error;
use anser_query::Code;
use anser_query::value::{tag, write};
use bson::oid::ObjectId;
use bson::{Binary, Bson, DateTime, Decimal128, Document, Uuid};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;

/// A value for a field of type `T`.
#[diagnostic::on_unimplemented(
    message = "a `{T}` field cannot be compared with or set to a `{Self}`",
    label = "expected a value for a `{T}` field, found `{Self}`",
    note = "an element of an array is asked for by `.contains(value)`, an absent `Option` by `.is_none()`"
)]
pub trait ValueFor<T> {
    /// Appends its bytes to `out` and gives its type byte.
    #[doc(hidden)]
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault>;
}

/// Why a filter, an update or a sort cannot be run; it waits in them until `.run()`.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    code: Code,
    message: Box<str>,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<Box<str>>) -> Fault {
        Fault { code, message: message.into() }
    }

    /// The same, told of the path it is about.
    pub(crate) fn at(self, path: &str) -> Fault {
        Fault { message: format!("`{path}`: {}", self.message).into(), ..self }
    }
}

impl From<CodecError> for Fault {
    fn from(error: CodecError) -> Fault {
        Fault::new(Code::BAD_VALUE, error.to_string())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::request(fault.code, fault.message)
    }
}

/// Writes what serde makes of `value`.
#[doc(hidden)]
pub fn write_value<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<u8, Fault> {
    Ok(codec::encode_value(value, out)?)
}

/// Writes `value` in its stored form.
#[doc(hidden)]
pub fn write_stored<T: Stored>(value: &T, out: &mut Vec<u8>) -> Result<u8, Fault> {
    write_value(&AsStored(value), out)
}

impl ValueFor<String> for &str {
    #[inline]
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        out.extend_from_slice(&(self.len() as u32 + 1).to_le_bytes());
        out.extend_from_slice(self.as_bytes());
        out.push(0);
        Ok(tag::STRING)
    }
}

impl ValueFor<String> for String {
    #[inline]
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        ValueFor::<String>::write(self.as_str(), out)
    }
}

impl ValueFor<String> for &String {
    #[inline]
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        ValueFor::<String>::write(self.as_str(), out)
    }
}

impl ValueFor<char> for char {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        ValueFor::<String>::write(self.encode_utf8(&mut [0; 4]) as &str, out)
    }
}

/// Types whose bytes are a fixed few, owned and lent.
macro_rules! fixed {
    ($($type:ty: $tag:ident, |$value:ident| $bytes:expr;)*) => {$(
        impl ValueFor<$type> for $type {
            #[inline]
            fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
                let $value = self;
                out.extend_from_slice(&$bytes);
                Ok(tag::$tag)
            }
        }

        impl ValueFor<$type> for &$type {
            #[inline]
            fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
                <$type as ValueFor<$type>>::write(*self, out)
            }
        }
    )*};
}

fixed! {
    bool: BOOLEAN, |value| [u8::from(value)];
    i8: INT32, |value| i32::from(value).to_le_bytes();
    i16: INT32, |value| i32::from(value).to_le_bytes();
    i32: INT32, |value| value.to_le_bytes();
    u8: INT32, |value| i32::from(value).to_le_bytes();
    u16: INT32, |value| i32::from(value).to_le_bytes();
    i64: INT64, |value| value.to_le_bytes();
    isize: INT64, |value| (value as i64).to_le_bytes();
    u32: INT64, |value| i64::from(value).to_le_bytes();
    u64: INT64, |value| narrowed(value)?.to_le_bytes();
    usize: INT64, |value| narrowed(value as u64)?.to_le_bytes();
    f32: DOUBLE, |value| f64::from(value).to_le_bytes();
    f64: DOUBLE, |value| value.to_le_bytes();
    ObjectId: OBJECT_ID, |value| value.bytes();
    DateTime: DATE_TIME, |value| value.timestamp_millis().to_le_bytes();
}

fn narrowed(value: u64) -> Result<i64, Fault> {
    let too_large = format!("{value} is too large for BSON's widest integer, an int64");
    i64::try_from(value).map_err(|_| Fault::new(Code::BAD_VALUE, too_large))
}

impl ValueFor<f64> for i32 {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        ValueFor::<f64>::write(f64::from(self), out)
    }
}

impl ValueFor<f32> for i32 {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        ValueFor::<f64>::write(f64::from(self), out)
    }
}

/// Types that are written through serde, owned and lent.
macro_rules! by_storing {
    ($($type:ty),* $(,)?) => {$(
        impl ValueFor<$type> for $type {
            fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
                write_stored(&self, out)
            }
        }

        impl ValueFor<$type> for &$type {
            fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
                write_stored(self, out)
            }
        }
    )*};
}
by_storing!(Decimal128, Uuid, Binary, Document, bson::Regex, bson::Timestamp);

impl<V: Into<Bson>> ValueFor<Bson> for V {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        write_value(&self.into(), out)
    }
}

impl<T: Serialize> ValueFor<Opaque<T>> for T {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        write_value(&self, out)
    }
}

/// Writes an array of values for `T`.
pub(crate) fn write_array<T, V: ValueFor<T>>(
    values: impl IntoIterator<Item = V>,
    out: &mut Vec<u8>,
) -> Result<u8, Fault> {
    let start = write::begin(out);
    for (index, value) in values.into_iter().enumerate() {
        let at = out.len();
        write::header(out, 0, write::index_name(index, &mut [0; 20]));
        out[at] = value.write(out)?;
    }
    write::end(out, start);
    Ok(tag::ARRAY)
}

impl<T: FieldType, V: ValueFor<T::Scalar>> ValueFor<Vec<T>> for Vec<V> {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        write_array(self, out)
    }
}

impl<T: FieldType, V: ValueFor<T::Scalar>, const N: usize> ValueFor<Vec<T>> for [V; N] {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        write_array(self, out)
    }
}

impl<T: Stored> ValueFor<Vec<T>> for &Vec<T> {
    fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
        write_stored(self, out)
    }
}

/// Collections that are written as they are stored, owned and lent.
macro_rules! collections {
    ($($type:ty: $($bound:ident)*),* $(,)?) => {$(
        impl<T: Stored $(+ $bound)*> ValueFor<$type> for $type {
            fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
                write_stored(&self, out)
            }
        }

        impl<T: Stored $(+ $bound)*> ValueFor<$type> for &$type {
            fn write(self, out: &mut Vec<u8>) -> Result<u8, Fault> {
                write_stored(self, out)
            }
        }
    )*};
}
collections! {
    VecDeque<T>:, BTreeSet<T>: Ord, HashSet<T>: Eq Hash, HashMap<String, T>:, BTreeMap<String, T>:,
}
