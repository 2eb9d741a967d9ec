//! Numbers in keys: one order for int32, int64, double and Decimal128.
//!
//! The invariant: the bytes are a function of the exact numeric value alone. A magnitude is cut into an
//! integer part and a fraction, exactly; where no double is the fraction (or the large magnitude), the
//! largest double below comes first and the decimal's own digits decide after it.

use super::class;

pub(super) const NAN: u8 = class::NUMBER + 0x01;
pub(super) const ZERO: u8 = class::NUMBER + 0x10;
/// `ZERO ± LARGE`: magnitudes of 2^63 and above.
pub(super) const LARGE: u8 = 9;
/// `ZERO ± INFINITE`.
pub(super) const INFINITE: u8 = 10;
/// Bytes of `decimal`: exponent and coefficient.
pub(super) const DECIMAL_BYTES: usize = 17;

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
const COEFFICIENT_MAX: u128 = 10_u128.pow(34) - 1;
const EXPONENT_BIAS: i32 = 6176;

/// A decimal's magnitude: coefficient × 10^exponent, the coefficient not 0 and of at most 34 digits.
#[derive(Clone, Copy)]
struct Magnitude {
    coefficient: u128,
    exponent: i32,
}

/// What sixteen bytes of Decimal128 stand for.
enum Decimal {
    NotANumber,
    Infinite,
    Zero,
    Finite(Magnitude),
}

/// Appends the key of an integer.
#[inline]
pub(super) fn push_integer(negative: bool, magnitude: u64, out: &mut Vec<u8>) {
    if magnitude == 0 {
        out.push(ZERO);
    } else if magnitude >> 63 == 0 {
        push_integer_part(negative, magnitude << 1, out);
    } else {
        // Of integers only i64::MIN comes here, whose magnitude is a double.
        push_large(negative, magnitude as f64, None, out);
    }
}

/// Appends the key of a double.
#[inline]
pub(super) fn push_double(number: f64, out: &mut Vec<u8>) {
    let (negative, magnitude) = (number < 0.0, number.abs());
    if magnitude < TWO_TO_63 {
        let integer = magnitude as u64;
        let fraction = magnitude - integer as f64;
        if fraction == 0.0 {
            push_integer(negative, integer, out);
        } else {
            push_fraction(negative, integer, fraction, None, out);
        }
    } else if magnitude.is_nan() {
        out.push(NAN);
    } else if magnitude.is_infinite() {
        out.push(signed_header(negative, INFINITE));
    } else {
        push_large(negative, magnitude, None, out);
    }
}

/// Appends the key of a Decimal128, given as stored.
pub(super) fn push_decimal(bytes: &[u8; 16], out: &mut Vec<u8>) {
    let (negative, decimal) = read_decimal(bytes);
    match decimal {
        Decimal::NotANumber => out.push(NAN),
        Decimal::Infinite => out.push(signed_header(negative, INFINITE)),
        Decimal::Zero => out.push(ZERO),
        Decimal::Finite(magnitude) => push_magnitude(negative, magnitude, out),
    }
}

fn push_magnitude(negative: bool, magnitude: Magnitude, out: &mut Vec<u8>) {
    match magnitude.split() {
        Some((integer, 0)) => push_integer(negative, integer, out),
        Some((integer, rest)) => {
            let fraction = Magnitude { coefficient: rest, exponent: magnitude.exponent };
            let (floor, exact) = fraction.floor();
            push_fraction(negative, integer, floor, (!exact).then_some(magnitude), out);
        }
        None => {
            let (floor, exact) = magnitude.floor();
            push_large(negative, floor, (!exact).then_some(magnitude), out);
        }
    }
}

fn signed_header(negative: bool, distance: u8) -> u8 {
    if negative { ZERO - distance } else { ZERO + distance }
}

/// Appends the header and `doubled` (integer part << 1 | fraction follows) in as few bytes as it needs.
#[inline]
fn push_integer_part(negative: bool, doubled: u64, out: &mut Vec<u8>) {
    let unused = doubled.leading_zeros() / 8;
    let length = 8 - unused as usize;
    let mask = if negative { u64::MAX } else { 0 };
    let mut key = [0; 9];
    key[0] = signed_header(negative, length as u8);
    key[1..].copy_from_slice(&((doubled << (unused * 8)) ^ mask).to_be_bytes());
    // A copy of nine bytes and a cut are faster than a copy of a length that varies.
    let start = out.len();
    out.extend_from_slice(&key);
    out.truncate(start + 1 + length);
}

/// Appends a number with a fraction, `floor` being the largest double that is not above it; `inexact` is
/// given when that is not the fraction itself.
#[inline]
fn push_fraction(negative: bool, integer: u64, floor: f64, inexact: Option<Magnitude>, out: &mut Vec<u8>) {
    push_integer_part(negative, integer << 1 | 1, out);
    push_floor(negative, floor, inexact, out);
}

fn push_large(negative: bool, floor: f64, inexact: Option<Magnitude>, out: &mut Vec<u8>) {
    out.push(signed_header(negative, LARGE));
    push_floor(negative, floor, inexact, out);
}

#[inline]
fn push_floor(negative: bool, floor: f64, inexact: Option<Magnitude>, out: &mut Vec<u8>) {
    let bits = floor.to_bits() << 1 | u64::from(inexact.is_some());
    out.extend_from_slice(&(if negative { !bits } else { bits }).to_be_bytes());
    if let Some(magnitude) = inexact {
        let start = out.len();
        out.extend_from_slice(&magnitude.normalised());
        if negative {
            super::complement(&mut out[start..]);
        }
    }
}

/// Reads sixteen bytes of binary integer decimal: the sign and the number.
fn read_decimal(bytes: &[u8; 16]) -> (bool, Decimal) {
    let bits = u128::from_le_bytes(*bytes);
    let negative = bits >> 127 == 1;
    let decimal = match bits >> 122 & 0b11111 {
        0b11111 => Decimal::NotANumber,
        0b11110 => Decimal::Infinite,
        // The long form of coefficients, all of which are above the greatest: not canonical, zero.
        combination if combination >> 3 == 0b11 => Decimal::Zero,
        _ => {
            let coefficient = bits & ((1 << 113) - 1);
            let exponent = (bits >> 113 & 0x3FFF) as i32 - EXPONENT_BIAS;
            if coefficient == 0 || coefficient > COEFFICIENT_MAX {
                Decimal::Zero
            } else {
                Decimal::Finite(Magnitude { coefficient, exponent })
            }
        }
    };
    (negative, decimal)
}

impl Magnitude {
    /// The power of ten of the first digit.
    fn first_digit_exponent(self) -> i32 {
        self.exponent + self.coefficient.ilog10() as i32
    }

    /// The integer part, and what the fraction leaves of the coefficient; `None` from 2^63 on.
    fn split(self) -> Option<(u64, u128)> {
        let first = self.first_digit_exponent();
        if first < 0 {
            return Some((0, self.coefficient));
        }
        if first > 18 {
            return None;
        }
        let (integer, rest) = if self.exponent >= 0 {
            (self.coefficient * 10_u128.pow(self.exponent as u32), 0)
        } else {
            // The first digit stands before the point: at most 33 digits stand after it.
            let unit = 10_u128.pow(-self.exponent as u32);
            (self.coefficient / unit, self.coefficient % unit)
        };
        u64::try_from(integer).ok().filter(|integer| integer >> 63 == 0).map(|integer| (integer, rest))
    }

    /// The largest double that is not above this, and whether it is exactly this.
    fn floor(self) -> (f64, bool) {
        self.floor_by_division().unwrap_or_else(|| self.floor_by_parsing())
    }

    /// Short fractions (0.34) and integers (10^20) by one division of 128 bits.
    fn floor_by_division(self) -> Option<(f64, bool)> {
        let (numerator, denominator) = if self.exponent >= 0 {
            let power = 10_u128.checked_pow(self.exponent as u32)?;
            (self.coefficient.checked_mul(power)?, 1)
        } else if self.exponent >= -22 {
            // 10^22 < 2^74: a quotient of 53 bits has a numerator within 128.
            (self.coefficient, 10_u128.pow(-self.exponent as u32))
        } else {
            return None;
        };
        let bits = |number: u128| 128 - number.leading_zeros() as i32;
        // The quotient has 54 or 55 bits before it is cut to 53, unless the numerator is long already.
        let mut shift = (54 + bits(denominator) - bits(numerator)).min(numerator.leading_zeros() as i32);
        shift = shift.max(0);
        let shifted = numerator << shift;
        let (mut quotient, mut exact) = (shifted / denominator, shifted.is_multiple_of(denominator));
        let excess = bits(quotient) - 53;
        if excess < 0 && !exact {
            return None;
        }
        if excess > 0 {
            exact &= quotient & ((1 << excess) - 1) == 0;
            quotient >>= excess;
            shift -= excess;
        }
        // 53 bits and a power of two near 1: both steps are exact.
        Some((quotient as f64 * f64::from_bits(((1023 - shift) as u64) << 52), exact))
    }

    /// Everything else: the nearest double, stepped down when it is above.
    fn floor_by_parsing(self) -> (f64, bool) {
        let first = self.first_digit_exponent();
        if first > 310 {
            return (f64::MAX, false);
        }
        if first < -330 {
            return (0.0, false);
        }
        let nearest = self.nearest();
        if nearest.is_infinite() {
            return (f64::MAX, false);
        }
        match self.compare(nearest) {
            std::cmp::Ordering::Equal => (nearest, true),
            std::cmp::Ordering::Greater => (nearest, false),
            std::cmp::Ordering::Less => (nearest.next_down(), false),
        }
    }

    /// The nearest double, by the standard library's correctly rounding parser.
    fn nearest(self) -> f64 {
        use std::io::Write;
        let mut text = [0; 64];
        let mut rest = &mut text[..];
        // 39 digits and an exponent of 5 characters at most.
        let written = write!(rest, "{}e{}", self.coefficient, self.exponent);
        debug_assert!(written.is_ok(), "64 bytes hold every magnitude");
        let unused = rest.len();
        let text = &text[..64 - unused];
        std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
    }

    /// Compares with a finite double near this, exactly: both sides as integers of many words.
    fn compare(self, double: f64) -> std::cmp::Ordering {
        if double == 0.0 {
            return std::cmp::Ordering::Greater;
        }
        let bits = double.to_bits();
        let stored = (bits >> 52) as i32;
        let mantissa = bits & ((1 << 52) - 1) | if stored == 0 { 0 } else { 1 << 52 };
        let power = stored.max(1) - 1075;
        // coefficient × 5^e × 2^e  against  mantissa × 2^power
        let mut left = Words::new(self.coefficient);
        let mut right = Words::new(u128::from(mantissa));
        if self.exponent >= 0 {
            left.multiply_by_power_of_5(self.exponent as u32);
        } else {
            right.multiply_by_power_of_5(-self.exponent as u32);
        }
        let shift = self.exponent - power;
        if shift >= 0 {
            left.shift_left(shift as u32);
        } else {
            right.shift_left(-shift as u32);
        }
        left.words.iter().rev().cmp(right.words.iter().rev())
    }

    /// Exponent and coefficient, padded to 34 digits: bytes whose order is the order of magnitudes.
    fn normalised(self) -> [u8; DECIMAL_BYTES] {
        let first = (self.first_digit_exponent() + EXPONENT_BIAS) as u16;
        let padded = self.coefficient * 10_u128.pow(33 - self.coefficient.ilog10());
        let mut bytes = [0; DECIMAL_BYTES];
        bytes[..2].copy_from_slice(&first.to_be_bytes());
        bytes[2..].copy_from_slice(&padded.to_be_bytes()[1..]);
        bytes
    }
}

/// A natural number of up to 2048 bits, lowest word first. Both sides of [`Magnitude::compare`] stay below
/// 1000 bits: 5^363 × 2^53, or 2^113 × 5^310.
struct Words {
    words: [u64; 32],
}

impl Words {
    fn new(number: u128) -> Words {
        let mut words = [0; 32];
        words[0] = number as u64;
        words[1] = (number >> 64) as u64;
        Words { words }
    }

    fn multiply(&mut self, factor: u64) {
        let mut carry = 0_u128;
        for word in &mut self.words {
            carry += u128::from(*word) * u128::from(factor);
            *word = carry as u64;
            carry >>= 64;
        }
        debug_assert_eq!(carry, 0, "2048 bits hold both sides");
    }

    fn multiply_by_power_of_5(&mut self, mut power: u32) {
        while power > 0 {
            let step = power.min(27);
            self.multiply(5_u64.pow(step));
            power -= step;
        }
    }

    fn shift_left(&mut self, bits: u32) {
        let (whole, part) = (bits as usize / 64, bits % 64);
        for at in (0..self.words.len()).rev() {
            let high = at.checked_sub(whole).map_or(0, |from| self.words[from] << part);
            let low = match at.checked_sub(whole + 1) {
                Some(from) if part > 0 => self.words[from] >> (64 - part),
                _ => 0,
            };
            self.words[at] = high | low;
        }
    }
}
