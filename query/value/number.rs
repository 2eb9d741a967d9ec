//! Numbers: widening arithmetic and exact comparison across int32, int64, double and Decimal128.
use super::raw::{ValueBuf, ValueRef};
use std::cmp::Ordering;

/// A number of one of BSON's four types.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Number {
    Int32(i32),
    Int64(i64),
    Double(f64),
    /// The sixteen bytes as stored.
    Decimal([u8; 16]),
}

impl Number {
    /// The number in `value`, when it is one.
    pub fn of(value: ValueRef<'_>) -> Option<Number> {
        let _ = value;
        todo!()
    }
    /// Exact numeric order; NaN is below every number and equal to itself; -0.0 equals 0.
    pub fn compare(self, other: Number) -> Ordering {
        let _ = other;
        todo!()
    }
    /// The sum in the wider of both types (int32 overflows to int64), `None` when int64 overflows.
    pub fn add(self, other: Number) -> Option<Number> {
        let _ = other;
        todo!()
    }
    /// The product, by the rules of [`Number::add`].
    pub fn multiply(self, other: Number) -> Option<Number> {
        let _ = other;
        todo!()
    }
    /// The number as int64 when it is one exactly (3, 3.0, Decimal 3.00), else `None`.
    pub fn as_i64_exact(self) -> Option<i64> {
        todo!()
    }
    /// The number as int64, cut towards zero; `None` for NaN, infinities and beyond int64.
    pub fn truncated(self) -> Option<i64> {
        todo!()
    }
    /// The nearest double.
    pub fn as_f64(self) -> f64 {
        todo!()
    }
    /// Whether the number is NaN.
    pub fn is_nan(self) -> bool {
        todo!()
    }
    /// The number as a BSON value.
    pub fn to_value(self) -> ValueBuf {
        todo!()
    }
}
