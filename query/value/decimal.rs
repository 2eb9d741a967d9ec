//! Decimal128 taken apart: sign, coefficient, exponent.
//!
//! BSON stores a decimal as sixteen little-endian bytes in IEEE 754's *binary integer decimal* form:
//!
//! ```text
//! bit 127   sign
//! bits 126… 14 bits of exponent (biased by 6176), then 113 bits of coefficient;
//!           or, when they begin with 11: 2 bits, 14 bits of exponent, a coefficient too large to be one (zero);
//!           or, when they begin with 11110 / 11111: infinity / NaN
//! ```
//!
//! The invariant: a decoded coefficient has at most 34 digits, and `encode(decode(bytes))` is the canonical
//! form of `bytes`. Comparison is exact: nothing here passes through a rounded double to decide an order.

use std::cmp::Ordering;
use std::io::Write as _;

/// The largest coefficient: 34 nines.
pub const COEFFICIENT_MAX: u128 = 10u128.pow(34) - 1;
/// The lowest exponent of a coefficient.
pub const EXPONENT_MIN: i32 = -6176;
/// The highest exponent of a coefficient.
pub const EXPONENT_MAX: i32 = 6111;

const BIAS: i32 = 6176;
const SIGN: u128 = 1 << 127;
const INFINITY: u128 = 0b11110 << 122;
const NAN: u128 = 0b11111 << 122;

/// A Decimal128, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimal {
    /// `coefficient × 10^exponent`, negated when `negative`.
    Finite {
        /// Whether the sign is minus; zero has a sign too.
        negative: bool,
        /// At most [`COEFFICIENT_MAX`].
        coefficient: u128,
        /// From [`EXPONENT_MIN`] to [`EXPONENT_MAX`].
        exponent: i32,
    },
    /// Infinity.
    Infinity {
        /// Whether it is below every number.
        negative: bool,
    },
    /// Not a number.
    NaN,
}

impl Decimal {
    /// Takes the stored sixteen bytes apart.
    #[inline]
    pub fn decode(bytes: [u8; 16]) -> Decimal {
        let bits = u128::from_le_bytes(bytes);
        let negative = bits & SIGN != 0;
        if bits & NAN == NAN {
            return Decimal::NaN;
        }
        if bits & NAN == INFINITY {
            return Decimal::Infinity { negative };
        }
        let (exponent, coefficient) = if bits >> 125 & 0b11 == 0b11 {
            // The implied leading bits make this larger than 34 digits can be: not canonical, read as zero.
            (bits >> 111, 0)
        } else {
            (bits >> 113, bits & ((1 << 113) - 1))
        };
        let exponent = (exponent & 0x3FFF) as i32 - BIAS;
        let coefficient = if coefficient > COEFFICIENT_MAX { 0 } else { coefficient };
        Decimal::Finite { negative, coefficient, exponent }
    }

    /// The sixteen bytes as stored. A coefficient or exponent out of range is a mistake of the caller's; it
    /// gives NaN rather than another number.
    #[inline]
    pub fn encode(self) -> [u8; 16] {
        let bits = match self {
            Decimal::NaN => NAN,
            Decimal::Infinity { negative } => INFINITY | if negative { SIGN } else { 0 },
            Decimal::Finite { negative, coefficient, exponent } => {
                let fits =
                    coefficient <= COEFFICIENT_MAX && (EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent);
                debug_assert!(fits, "a decimal has 34 digits and an exponent in range");
                if fits {
                    let sign = if negative { SIGN } else { 0 };
                    sign | ((exponent + BIAS) as u128) << 113 | coefficient
                } else {
                    NAN
                }
            }
        };
        bits.to_le_bytes()
    }

    /// `value` with exponent 0.
    #[inline]
    pub fn from_i64(value: i64) -> Decimal {
        Decimal::Finite { negative: value < 0, coefficient: u128::from(value.unsigned_abs()), exponent: 0 }
    }

    /// `value` rounded to 15 significant digits, as MongoDB converts doubles: 1.5 gives 1.50000000000000 and
    /// 0.1 gives 0.100000000000000. Zeros (with their sign), infinities and NaN stay what they are.
    ///
    /// ```
    /// use anser_query::value::Decimal;
    /// let converted = Decimal::from_f64(1.5);
    /// assert_eq!(converted, Decimal::Finite { negative: false, coefficient: 150_000_000_000_000, exponent: -14 });
    /// ```
    pub fn from_f64(value: f64) -> Decimal {
        let negative = value.is_sign_negative();
        if value.is_nan() {
            return Decimal::NaN;
        }
        if value.is_infinite() {
            return Decimal::Infinity { negative };
        }
        if value == 0.0 {
            return Decimal::Finite { negative, coefficient: 0, exponent: 0 };
        }
        let mut text = [0; 32];
        let mut rest = &mut text[..];
        let written = write!(rest, "{:.14e}", value.abs()).map(|()| 32 - rest.len());
        let end = written.expect("15 digits, a point, an e and a 4-letter exponent fit 32 bytes");
        let (mut coefficient, mut at) = (0, 0);
        while at < end && text[at] != b'e' {
            if text[at] != b'.' {
                coefficient = coefficient * 10 + u128::from(text[at] - b'0');
            }
            at += 1;
        }
        let exponent = std::str::from_utf8(&text[at + 1..end]).ok().and_then(|text| text.parse::<i32>().ok());
        let exponent = exponent.expect("an exponent follows the e") - 14;
        Decimal::Finite { negative, coefficient, exponent }
    }

    /// The sum, rounded to 34 digits half to even, with the exponent IEEE 754 prefers (1.0 + 1.00 = 2.00).
    #[allow(clippy::should_implement_trait)] // `+` would hide that it rounds.
    pub fn add(self, other: Decimal) -> Decimal {
        let mut context = dec::Context::<dec::Decimal128>::default();
        let (left, right) = (self.to_dec(), other.to_dec());
        Decimal::from_dec(context.add(left, right))
    }

    /// The product, by the rules of [`Decimal::add`] (1.0 × 1.00 = 1.000).
    pub fn multiply(self, other: Decimal) -> Decimal {
        let mut context = dec::Context::<dec::Decimal128>::default();
        let (left, right) = (self.to_dec(), other.to_dec());
        Decimal::from_dec(context.mul(left, right))
    }

    /// The same number in the form the `dec` crate calculates with.
    pub fn to_dec(self) -> dec::Decimal128 {
        let (number, negative) = match self {
            Decimal::NaN => return dec::Decimal128::NAN,
            Decimal::Infinity { negative } => {
                (dec::Decimal128::from_be_bytes(INFINITY.to_be_bytes()), negative)
            }
            Decimal::Finite { negative, coefficient, exponent } => {
                let mut context = dec::Context::<dec::Decimal128>::default();
                let mut number = context.from_u128(coefficient);
                context.set_exponent(&mut number, exponent);
                (number, negative)
            }
        };
        let mut bytes = number.to_be_bytes();
        bytes[0] |= u8::from(negative) << 7;
        dec::Decimal128::from_be_bytes(bytes)
    }

    /// The number the `dec` crate calculated.
    pub fn from_dec(number: dec::Decimal128) -> Decimal {
        // `is_negative` is false for zeros, the sign bit is not.
        let negative = number.is_signed();
        if number.is_nan() {
            Decimal::NaN
        } else if number.is_infinite() {
            Decimal::Infinity { negative }
        } else {
            let coefficient = number.coefficient().unsigned_abs();
            Decimal::Finite { negative, coefficient, exponent: number.exponent() }
        }
    }

    /// Whether this is zero, of either sign and any exponent.
    #[inline]
    pub fn is_zero(self) -> bool {
        matches!(self, Decimal::Finite { coefficient: 0, .. })
    }

    /// Exact numeric order; NaN is below every number and equal to itself; -0 equals 0.
    pub fn compare(self, other: Decimal) -> Ordering {
        let (left, right) = (self.sign_class(), other.sign_class());
        if left != right {
            return left.cmp(&right);
        }
        match (self, other) {
            (
                Decimal::Finite { negative, coefficient: left, exponent: left_exponent },
                Decimal::Finite { coefficient: right, exponent: right_exponent, .. },
            ) if left != 0 => {
                let order = compare_magnitudes(left, left_exponent, right, right_exponent);
                if negative { order.reverse() } else { order }
            }
            _ => Ordering::Equal,
        }
    }

    /// Exact numeric order against a double, by the rules of [`Decimal::compare`].
    pub fn compare_double(self, double: f64) -> Ordering {
        let class = match double {
            double if double.is_nan() => -3,
            f64::NEG_INFINITY => -2,
            f64::INFINITY => 2,
            0.0 => 0,
            double if double < 0.0 => -1,
            _ => 1,
        };
        let order = self.sign_class().cmp(&class);
        match self {
            Decimal::Finite { negative, coefficient, exponent }
                if order == Ordering::Equal && coefficient != 0 =>
            {
                let order = compare_magnitude_with_double(coefficient, exponent, double.abs());
                if negative { order.reverse() } else { order }
            }
            _ => order,
        }
    }

    /// The number as int64 when it is one exactly, else `None`.
    pub fn as_i64_exact(self) -> Option<i64> {
        let Decimal::Finite { negative, coefficient, exponent } = self else { return None };
        if coefficient == 0 {
            return Some(0);
        }
        let magnitude = if exponent >= 0 {
            scaled(coefficient, exponent)?
        } else {
            let unit = power_of_ten(exponent.checked_neg()?)?;
            if !coefficient.is_multiple_of(unit) {
                return None;
            }
            coefficient / unit
        };
        signed(negative, magnitude)
    }

    /// The number as int64, cut towards zero; `None` for NaN, infinities and beyond int64.
    pub fn truncated(self) -> Option<i64> {
        let Decimal::Finite { negative, coefficient, exponent } = self else { return None };
        let magnitude = if coefficient == 0 {
            0
        } else if exponent >= 0 {
            scaled(coefficient, exponent)?
        } else {
            power_of_ten(-exponent).map_or(0, |unit| coefficient / unit)
        };
        signed(negative, magnitude)
    }

    /// The nearest double, ties to even.
    pub fn as_f64(self) -> f64 {
        match self {
            Decimal::NaN => f64::NAN,
            Decimal::Infinity { negative: true } => f64::NEG_INFINITY,
            Decimal::Infinity { negative: false } => f64::INFINITY,
            Decimal::Finite { negative, coefficient, exponent } => {
                let magnitude = magnitude_as_f64(coefficient, exponent);
                if negative { -magnitude } else { magnitude }
            }
        }
    }

    /// Where the number stands before any magnitude is looked at.
    #[inline]
    fn sign_class(self) -> i32 {
        match self {
            Decimal::NaN => -3,
            Decimal::Infinity { negative: true } => -2,
            Decimal::Infinity { negative: false } => 2,
            Decimal::Finite { coefficient: 0, .. } => 0,
            Decimal::Finite { negative: true, .. } => -1,
            Decimal::Finite { negative: false, .. } => 1,
        }
    }
}

fn signed(negative: bool, magnitude: u128) -> Option<i64> {
    let magnitude = i128::try_from(magnitude).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// `10^exponent`, when it fits.
#[inline]
fn power_of_ten(exponent: i32) -> Option<u128> {
    10u128.checked_pow(u32::try_from(exponent).ok()?)
}

fn scaled(coefficient: u128, exponent: i32) -> Option<u128> {
    coefficient.checked_mul(power_of_ten(exponent)?)
}

/// How many decimal digits a coefficient other than zero has.
#[inline]
fn digits(coefficient: u128) -> i32 {
    coefficient.checked_ilog10().map_or(1, |digits| digits as i32 + 1)
}

/// Compares two magnitudes other than zero.
fn compare_magnitudes(left: u128, left_exponent: i32, right: u128, right_exponent: i32) -> Ordering {
    let (left_digits, right_digits) = (digits(left), digits(right));
    (left_digits + left_exponent).cmp(&(right_digits + right_exponent)).then_with(|| {
        // The same order of magnitude: the exponents differ by as much as the digits do, at most 33, so the
        // coefficient with fewer digits can be filled up to the other's.
        let fill = |coefficient: u128, by: i32| scaled(coefficient, by.max(0)).unwrap_or(u128::MAX);
        fill(left, right_digits - left_digits).cmp(&fill(right, left_digits - right_digits))
    })
}

fn magnitude_as_f64(coefficient: u128, exponent: i32) -> f64 {
    if coefficient < 1 << 53 && (-22..=22).contains(&exponent) {
        // Both operands are exact doubles, so one operation rounds once.
        let unit = 10f64.powi(exponent.abs());
        let coefficient = coefficient as f64;
        return if exponent < 0 { coefficient / unit } else { coefficient * unit };
    }
    let mut text = [0; 48];
    let mut rest = &mut text[..];
    let written = write!(rest, "{coefficient}e{exponent}").map(|()| 48 - rest.len());
    let end = written.expect("39 digits, an e and a 5-letter exponent fit 48 bytes");
    std::str::from_utf8(&text[..end]).ok().and_then(|text| text.parse().ok()).expect("digits are a number")
}

/// Compares a magnitude other than zero with a finite positive double.
fn compare_magnitude_with_double(coefficient: u128, exponent: i32, double: f64) -> Ordering {
    let nearest = magnitude_as_f64(coefficient, exponent);
    // Rounding to a double keeps order: only a tie leaves something to decide.
    match nearest.partial_cmp(&double) {
        Some(Ordering::Less) => return Ordering::Less,
        Some(Ordering::Greater) => return Ordering::Greater,
        _ => {}
    }
    let (mantissa, power_of_two) = take_apart(double);
    if (0..=59).contains(&power_of_two) {
        return compare_magnitudes(coefficient, exponent, u128::from(mantissa) << power_of_two, 0);
    }
    if (-27..0).contains(&power_of_two) {
        // mantissa × 2^-n is mantissa × 5^n × 10^-n.
        let fives = u128::from(mantissa) * 5u128.pow(power_of_two.unsigned_abs());
        if fives <= COEFFICIENT_MAX {
            return compare_magnitudes(coefficient, exponent, fives, power_of_two);
        }
    }
    // coefficient × 2^exponent × 5^exponent against mantissa × 2^power_of_two, both made whole numbers.
    // The tie above bounds the exponents: they are those of doubles.
    let twos = exponent.min(power_of_two);
    let mut left = Whole::new(coefficient);
    let mut right = Whole::new(u128::from(mantissa));
    left.shift_left((exponent - twos).unsigned_abs());
    right.shift_left((power_of_two - twos).unsigned_abs());
    let fives = if exponent >= 0 { &mut left } else { &mut right };
    fives.times_power_of_five(exponent.unsigned_abs());
    left.compare(&right)
}

/// A finite positive double as an odd mantissa and a power of two.
fn take_apart(double: f64) -> (u64, i32) {
    let bits = double.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, power) = match (bits >> 52 & 0x7FF) as i32 {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    };
    let zeros = mantissa.trailing_zeros().min(63);
    (mantissa >> zeros, power + zeros as i32)
}

/// A whole number of any size, for the comparisons that no fixed width can decide.
struct Whole {
    /// Least significant first.
    limbs: Vec<u32>,
}

impl Whole {
    fn new(value: u128) -> Whole {
        Whole { limbs: (0..4).map(|limb| (value >> (32 * limb)) as u32).collect() }
    }

    fn shift_left(&mut self, bits: u32) {
        self.times(1 << (bits % 32));
        self.limbs.splice(0..0, std::iter::repeat_n(0, (bits / 32) as usize));
    }

    fn times_power_of_five(&mut self, mut power: u32) {
        while power > 0 {
            let step = power.min(13);
            self.times(5u32.pow(step));
            power -= step;
        }
    }

    fn times(&mut self, factor: u32) {
        let mut carry = 0;
        for limb in &mut self.limbs {
            let product = u64::from(*limb) * u64::from(factor) + carry;
            (*limb, carry) = (product as u32, product >> 32);
        }
        if carry > 0 {
            self.limbs.push(carry as u32);
        }
    }

    fn compare(&self, other: &Whole) -> Ordering {
        let significant =
            |whole: &Whole| whole.limbs.iter().rposition(|limb| *limb != 0).map_or(0, |at| at + 1);
        let (left, right) = (significant(self), significant(other));
        left.cmp(&right).then_with(|| self.limbs[..left].iter().rev().cmp(other.limbs[..right].iter().rev()))
    }
}
