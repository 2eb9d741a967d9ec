//! Numbers: widening arithmetic and exact comparison across int32, int64, double and Decimal128.
//!
//! The invariant: no comparison passes through a rounded double, and no arithmetic overflows silently.
use super::decimal::Decimal;
use super::raw::{ValueBuf, ValueRef, View, tag};
use std::cmp::Ordering;

/// A number of one of BSON's four types.
///
/// ```
/// use anser_query::value::Number;
/// use std::cmp::Ordering;
///
/// assert_eq!(Number::Int64(9_007_199_254_740_993).compare(Number::Double(9_007_199_254_740_992.0)), Ordering::Greater);
/// assert!(matches!(Number::Int32(i32::MAX).add(Number::Int32(1)), Some(Number::Int64(2_147_483_648))));
/// assert!(Number::Int64(i64::MAX).add(Number::Int32(1)).is_none());
/// ```
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
    #[inline]
    pub fn of(value: ValueRef<'_>) -> Option<Number> {
        match value.tag {
            tag::INT32 | tag::INT64 | tag::DOUBLE | tag::DECIMAL128 => {}
            _ => return None,
        }
        match value.view() {
            View::Int32(number) => Some(Number::Int32(number)),
            View::Int64(number) => Some(Number::Int64(number)),
            View::Double(number) => Some(Number::Double(number)),
            View::Decimal128(bytes) => Some(Number::Decimal(*bytes)),
            _ => None,
        }
    }

    /// Exact numeric order; NaN is below every number and equal to itself; -0.0 equals 0.
    #[inline]
    pub fn compare(self, other: Number) -> Ordering {
        match (self.as_integer(), other.as_integer()) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(left), None) => other.compare_integer(left).reverse(),
            (None, Some(right)) => self.compare_integer(right),
            (None, None) => match (self, other) {
                (Number::Double(left), Number::Double(right)) => compare_doubles(left, right),
                (Number::Decimal(left), Number::Double(right)) => Decimal::decode(left).compare_double(right),
                (Number::Double(left), Number::Decimal(right)) => {
                    Decimal::decode(right).compare_double(left).reverse()
                }
                (left, right) => left.to_decimal().compare(right.to_decimal()),
            },
        }
    }

    /// The sum in the wider of both types (int32 overflows to int64), `None` when int64 overflows.
    ///
    /// Any decimal makes the sum a decimal, otherwise any double makes it a double. A double that meets a
    /// decimal is first rounded to 15 digits ([`Decimal::from_f64`]).
    #[allow(clippy::should_implement_trait)] // `+` could not say that it may overflow.
    pub fn add(self, other: Number) -> Option<Number> {
        self.calculate(other, i64::checked_add, |left, right| left + right, Decimal::add)
    }

    /// The product, by the rules of [`Number::add`].
    pub fn multiply(self, other: Number) -> Option<Number> {
        self.calculate(other, i64::checked_mul, |left, right| left * right, Decimal::multiply)
    }

    #[inline]
    fn calculate(
        self,
        other: Number,
        integers: impl FnOnce(i64, i64) -> Option<i64>,
        doubles: impl FnOnce(f64, f64) -> f64,
        decimals: impl FnOnce(Decimal, Decimal) -> Decimal,
    ) -> Option<Number> {
        match (self, other) {
            (Number::Decimal(_), _) | (_, Number::Decimal(_)) => {
                Some(Number::Decimal(decimals(self.to_decimal(), other.to_decimal()).encode()))
            }
            (Number::Double(_), _) | (_, Number::Double(_)) => {
                Some(Number::Double(doubles(self.as_f64(), other.as_f64())))
            }
            (Number::Int32(left), Number::Int32(right)) => {
                let wide = integers(i64::from(left), i64::from(right))?;
                Some(i32::try_from(wide).map_or(Number::Int64(wide), Number::Int32))
            }
            (left, right) => integers(left.as_integer()?, right.as_integer()?).map(Number::Int64),
        }
    }

    /// The number as a decimal: integers and decimals exactly, doubles rounded to 15 significant digits, as
    /// MongoDB converts them before it calculates. Not for comparing doubles: [`Number::compare`] is exact.
    pub fn to_decimal(self) -> Decimal {
        match self {
            Number::Int32(number) => Decimal::from_i64(i64::from(number)),
            Number::Int64(number) => Decimal::from_i64(number),
            Number::Double(number) => Decimal::from_f64(number),
            Number::Decimal(bytes) => Decimal::decode(bytes),
        }
    }

    /// The number when its type is int32 or int64.
    #[inline]
    pub fn as_integer(self) -> Option<i64> {
        match self {
            Number::Int32(number) => Some(i64::from(number)),
            Number::Int64(number) => Some(number),
            Number::Double(_) | Number::Decimal(_) => None,
        }
    }

    /// The number as int64 when it is one exactly (3, 3.0, Decimal 3.00), else `None`.
    pub fn as_i64_exact(self) -> Option<i64> {
        match self {
            Number::Int32(number) => Some(i64::from(number)),
            Number::Int64(number) => Some(number),
            Number::Double(number) => (number.trunc() == number).then(|| double_truncated(number))?,
            Number::Decimal(bytes) => Decimal::decode(bytes).as_i64_exact(),
        }
    }

    /// The number as int64, cut towards zero; `None` for NaN, infinities and beyond int64.
    pub fn truncated(self) -> Option<i64> {
        match self {
            Number::Int32(number) => Some(i64::from(number)),
            Number::Int64(number) => Some(number),
            Number::Double(number) => double_truncated(number),
            Number::Decimal(bytes) => Decimal::decode(bytes).truncated(),
        }
    }

    /// The nearest double, ties to even; a decimal beyond all doubles gives an infinity.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Int32(number) => f64::from(number),
            Number::Int64(number) => number as f64,
            Number::Double(number) => number,
            Number::Decimal(bytes) => Decimal::decode(bytes).as_f64(),
        }
    }

    /// Whether the number is NaN.
    pub fn is_nan(self) -> bool {
        match self {
            Number::Int32(_) | Number::Int64(_) => false,
            Number::Double(number) => number.is_nan(),
            Number::Decimal(bytes) => Decimal::decode(bytes) == Decimal::NaN,
        }
    }

    /// The type byte of the number.
    pub fn tag(self) -> u8 {
        match self {
            Number::Int32(_) => tag::INT32,
            Number::Int64(_) => tag::INT64,
            Number::Double(_) => tag::DOUBLE,
            Number::Decimal(_) => tag::DECIMAL128,
        }
    }

    /// The number as a BSON value.
    pub fn to_value(self) -> ValueBuf {
        match self {
            Number::Int32(number) => ValueBuf::new(tag::INT32, number.to_le_bytes()),
            Number::Int64(number) => ValueBuf::new(tag::INT64, number.to_le_bytes()),
            Number::Double(number) => ValueBuf::new(tag::DOUBLE, number.to_le_bytes()),
            Number::Decimal(bytes) => ValueBuf::new(tag::DECIMAL128, bytes),
        }
    }

    /// The order of this double or decimal against an integer.
    #[inline]
    fn compare_integer(self, other: i64) -> Ordering {
        match self {
            Number::Double(number) => compare_double_with_integer(number, other),
            Number::Int32(_) | Number::Int64(_) | Number::Decimal(_) => {
                self.to_decimal().compare(Decimal::from_i64(other))
            }
        }
    }
}

fn compare_doubles(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
}

fn compare_double_with_integer(left: f64, right: i64) -> Ordering {
    /// 2^63: the first double beyond int64.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if left.is_nan() || left < -BEYOND {
        return Ordering::Less;
    }
    if left >= BEYOND {
        return Ordering::Greater;
    }
    let whole = left.trunc();
    (whole as i64).cmp(&right).then_with(|| compare_doubles(left, whole))
}

fn double_truncated(number: f64) -> Option<i64> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    (-BEYOND..BEYOND).contains(&number).then_some(number as i64)
}
