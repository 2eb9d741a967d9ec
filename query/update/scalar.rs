//! Small values computed by an update, held without allocating.
use crate::value::{Number, ValueRef, tag};

/// A number, a date or a timestamp: at most sixteen bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar {
    tag: u8,
    length: u8,
    bytes: [u8; 16],
}

impl Scalar {
    fn new<const N: usize>(tag: u8, value: [u8; N]) -> Scalar {
        let mut bytes = [0; 16];
        bytes[..N].copy_from_slice(&value);
        Scalar { tag, length: N as u8, bytes }
    }

    pub(super) fn date(milliseconds: i64) -> Scalar {
        Scalar::new(tag::DATE_TIME, milliseconds.to_le_bytes())
    }

    pub(super) fn timestamp((time, increment): (u32, u32)) -> Scalar {
        Scalar::new(tag::TIMESTAMP, (u64::from(time) << 32 | u64::from(increment)).to_le_bytes())
    }

    pub(super) fn as_ref(&self) -> ValueRef<'_> {
        ValueRef { tag: self.tag, bytes: &self.bytes[..usize::from(self.length)] }
    }
}

impl From<Number> for Scalar {
    fn from(number: Number) -> Scalar {
        match number {
            Number::Int32(value) => Scalar::new(tag::INT32, value.to_le_bytes()),
            Number::Int64(value) => Scalar::new(tag::INT64, value.to_le_bytes()),
            Number::Double(value) => Scalar::new(tag::DOUBLE, value.to_le_bytes()),
            Number::Decimal(value) => Scalar::new(tag::DECIMAL128, value),
        }
    }
}
