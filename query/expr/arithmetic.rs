//! Arithmetic: `$add`, `$subtract`, `$multiply`, `$divide`, `$mod`, powers, logarithms, rounding.
//!
//! The invariant: a result has the widest of its operands' types; an int32 that overflows becomes an int64, an
//! int64 a double, and a decimal never passes through a double.

use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Value, is_nullish, number, type_name};
use super::{Answer, decimal, error};
use crate::error::{Code, Error, Result};
use crate::value::{Decimal, Number, View};
use dec::Rounding;

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$abs", arguments: Arguments::Between(1, 1), run: abs },
    Operator { name: "$add", arguments: Arguments::Between(0, usize::MAX), run: add },
    Operator { name: "$ceil", arguments: Arguments::Between(1, 1), run: ceil },
    Operator { name: "$divide", arguments: Arguments::Between(2, 2), run: divide },
    Operator { name: "$exp", arguments: Arguments::Between(1, 1), run: exp },
    Operator { name: "$floor", arguments: Arguments::Between(1, 1), run: floor },
    Operator { name: "$ln", arguments: Arguments::Between(1, 1), run: ln },
    Operator { name: "$log", arguments: Arguments::Between(2, 2), run: log },
    Operator { name: "$log10", arguments: Arguments::Between(1, 1), run: log10 },
    Operator { name: "$mod", arguments: Arguments::Between(2, 2), run: modulo },
    Operator { name: "$multiply", arguments: Arguments::Between(0, usize::MAX), run: multiply },
    Operator { name: "$pow", arguments: Arguments::Between(2, 2), run: pow },
    Operator { name: "$round", arguments: Arguments::Between(1, 2), run: round },
    Operator { name: "$sigmoid", arguments: Arguments::Between(1, 1), run: sigmoid },
    Operator { name: "$sqrt", arguments: Arguments::Between(1, 1), run: sqrt },
    Operator { name: "$subtract", arguments: Arguments::Between(2, 2), run: subtract },
    Operator { name: "$trunc", arguments: Arguments::Between(1, 2), run: trunc },
];

/// A sum of doubles that keeps what rounding takes away, as a second double.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DoubleSum {
    sum: f64,
    rest: f64,
    /// The plain sum: what infinities and NaN make of it.
    plain: f64,
}

impl DoubleSum {
    pub(super) fn add(&mut self, value: f64) {
        self.plain += value;
        let (sum, rest) = two_sum(self.sum, value);
        let (sum, rest) = two_sum(sum, self.rest + rest);
        (self.sum, self.rest) = (sum, rest);
    }

    pub(super) fn add_integer(&mut self, value: i64) {
        let high = value >> 32 << 32;
        self.add((value - high) as f64);
        self.add(high as f64);
    }

    pub(super) fn value(self) -> f64 {
        let sum = self.sum + self.rest;
        if sum.is_finite() { sum } else { self.plain }
    }

    /// The sum as a decimal of 34 digits, from both doubles exactly.
    pub(super) fn decimal(self) -> Decimal {
        if !self.value().is_finite() {
            return Decimal::from_f64(self.value());
        }
        exact_decimal(self.sum).add(exact_decimal(self.rest))
    }
}

fn two_sum(left: f64, right: f64) -> (f64, f64) {
    let sum = left + right;
    let right_part = sum - left;
    (sum, (left - (sum - right_part)) + (right - right_part))
}

/// A double rounded to 34 digits.
pub(super) fn exact_decimal(value: f64) -> Decimal {
    if !value.is_finite() || value == 0.0 {
        return Decimal::from_f64(value);
    }
    let text = format!("{value:.33e}");
    let mut context = dec::Context::<dec::Decimal128>::default();
    let parsed = context.parse(text.as_str()).unwrap_or(dec::Decimal128::NAN);
    Decimal::from_dec(context.reduce(parsed))
}

fn not_numeric(call: &Call, value: &Option<Value<'_>>) -> Error {
    error(28765, format!("{} only supports numeric types, not {}", call.name(), type_name(value)))
}

fn mistyped(message: String) -> Error {
    Error::new(Code::TYPE_MISMATCH, message)
}

/// The one number an operator takes; `None` for null.
pub(super) fn one_number<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Result<Option<Number>> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(None);
    }
    number(&value).map(Some).ok_or_else(|| not_numeric(call, &value))
}

fn one<'a>(
    call: &'a Call,
    scope: &Scope<'_, 'a>,
    function: impl FnOnce(Number) -> Result<Number>,
) -> Answer<'a> {
    Ok(Some(match one_number(call, scope)? {
        Some(number) => Value::number(function(number)?),
        None => Value::NULL,
    }))
}

pub(super) fn of_decimal(value: Decimal) -> Number {
    Number::Decimal(value.encode())
}

fn add<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    enum Total {
        Integer { sum: i64, is_long: bool },
        Double(DoubleSum),
        Decimal(Decimal),
    }
    let mut total = Total::Integer { sum: 0, is_long: false };
    let mut is_date = false;
    for index in 0..call.arguments.len() {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        let term = match value.as_ref().map(Value::view) {
            Some(View::DateTime(milliseconds)) => {
                if is_date {
                    return Err(error(16612, "only one date allowed in an $add expression"));
                }
                is_date = true;
                Number::Int64(milliseconds)
            }
            _ => number(&value).ok_or_else(|| {
                mistyped(format!("$add only supports numeric or date types, not {}", type_name(&value)))
            })?,
        };
        total = match (total, term) {
            (Total::Decimal(sum), term) => Total::Decimal(sum.add(term.to_decimal())),
            (Total::Double(sum), Number::Decimal(_)) => {
                Total::Decimal(Decimal::from_f64(sum.value()).add(term.to_decimal()))
            }
            (Total::Double(mut sum), term) => {
                match term.as_integer() {
                    Some(integer) => sum.add_integer(integer),
                    None => sum.add(term.as_f64()),
                }
                Total::Double(sum)
            }
            (Total::Integer { sum, .. }, Number::Decimal(_)) => {
                Total::Decimal(Decimal::from_i64(sum).add(term.to_decimal()))
            }
            (Total::Integer { sum, .. }, Number::Double(term)) => {
                let mut double = DoubleSum::default();
                double.add_integer(sum);
                double.add(term);
                Total::Double(double)
            }
            (Total::Integer { sum, is_long }, Number::Int32(_) | Number::Int64(_)) => {
                let integer = term.as_integer().unwrap_or_default();
                match sum.checked_add(integer) {
                    Some(sum) => Total::Integer { sum, is_long: is_long || matches!(term, Number::Int64(_)) },
                    None => {
                        let mut double = DoubleSum::default();
                        double.add_integer(sum);
                        double.add_integer(integer);
                        Total::Double(double)
                    }
                }
            }
        };
    }
    let total = match total {
        Total::Integer { sum, is_long: true } => Number::Int64(sum),
        Total::Integer { sum, .. } => i32::try_from(sum).map_or(Number::Int64(sum), Number::Int32),
        Total::Double(sum) => Number::Double(sum.value()),
        Total::Decimal(sum) => of_decimal(sum),
    };
    if !is_date {
        return Ok(Some(Value::number(total)));
    }
    match rounded_to_i64(total) {
        Some(milliseconds) => Ok(Some(Value::date(milliseconds))),
        None => Err(Error::new(Code::OVERFLOW, "date overflow in $add")),
    }
}

/// The nearest int64, halves away from zero.
fn rounded_to_i64(number: Number) -> Option<i64> {
    match number {
        Number::Double(double) => Number::Double(double.round()).truncated(),
        Number::Decimal(bytes) => decimal::rounded(Decimal::decode(bytes), 0, Rounding::HalfEven).truncated(),
        Number::Int32(_) | Number::Int64(_) => number.truncated(),
    }
}

fn subtract<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (left, right) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&left) || is_nullish(&right) {
        return Ok(Some(Value::NULL));
    }
    let wrong = || {
        let (right, left) = (type_name(&right), type_name(&left));
        mistyped(format!("can't $subtract {right} from {left}"))
    };
    if let Some(View::DateTime(from)) = left.as_ref().map(Value::view) {
        let overflow = || Error::new(Code::OVERFLOW, "date overflow in $subtract");
        if let Some(View::DateTime(by)) = right.as_ref().map(Value::view) {
            return from.checked_sub(by).map(|rest| Some(Value::int64(rest))).ok_or_else(overflow);
        }
        let by = number(&right).ok_or_else(wrong)?;
        let by = rounded_to_i64(by).ok_or_else(overflow)?;
        return from.checked_sub(by).map(|rest| Some(Value::date(rest))).ok_or_else(overflow);
    }
    let (Some(left), Some(right)) = (number(&left), number(&right)) else { return Err(wrong()) };
    Ok(Some(Value::number(match (left, right) {
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => {
            of_decimal(decimal::subtract(left.to_decimal(), right.to_decimal()))
        }
        (Number::Double(_), _) | (_, Number::Double(_)) => Number::Double(left.as_f64() - right.as_f64()),
        (left, right) => {
            let (from, by) = (left.as_integer().unwrap_or_default(), right.as_integer().unwrap_or_default());
            match from.checked_sub(by) {
                None => Number::Double(from as f64 - by as f64),
                Some(rest) => integer_like(left, right, rest),
            }
        }
    })))
}

/// An integer result: int64 when an operand is one or when it must be.
fn integer_like(left: Number, right: Number, result: i64) -> Number {
    match (left, right) {
        (Number::Int32(_), Number::Int32(_)) => {
            i32::try_from(result).map_or(Number::Int64(result), Number::Int32)
        }
        _ => Number::Int64(result),
    }
}

fn multiply<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut product = Number::Int32(1);
    for index in 0..call.arguments.len() {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        let factor = number(&value).ok_or_else(|| {
            mistyped(format!("$multiply only supports numeric types, not {}", type_name(&value)))
        })?;
        product = match product.multiply(factor) {
            Some(product) => product,
            None => Number::Double(product.as_f64() * factor.as_f64()),
        };
    }
    Ok(Some(Value::number(product)))
}

fn divide<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (left, right) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&left) || is_nullish(&right) {
        return Ok(Some(Value::NULL));
    }
    let (Some(dividend), Some(divisor)) = (number(&left), number(&right)) else {
        let (left, right) = (type_name(&left), type_name(&right));
        return Err(mistyped(format!("$divide only supports numeric types, not {left} and {right}")));
    };
    let by_zero = || Err(Error::new(Code::BAD_VALUE, "can't $divide by zero"));
    if matches!(dividend, Number::Decimal(_)) || matches!(divisor, Number::Decimal(_)) {
        let divisor = divisor.to_decimal();
        if divisor.is_zero() {
            return by_zero();
        }
        return Ok(Some(Value::decimal(decimal::divide(dividend.to_decimal(), divisor))));
    }
    if divisor.as_f64() == 0.0 {
        return by_zero();
    }
    Ok(Some(Value::double(dividend.as_f64() / divisor.as_f64())))
}

fn modulo<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (left, right) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&left) || is_nullish(&right) {
        return Ok(Some(Value::NULL));
    }
    let (Some(dividend), Some(divisor)) = (number(&left), number(&right)) else {
        let (left, right) = (type_name(&left), type_name(&right));
        return Err(error(16611, format!("$mod only supports numeric types, not {left} and {right}")));
    };
    if matches!(dividend, Number::Decimal(_)) || matches!(divisor, Number::Decimal(_)) {
        let divisor = divisor.to_decimal();
        if divisor.is_zero() {
            return Err(error(5733415, "can't $mod by zero"));
        }
        return Ok(Some(Value::decimal(decimal::remainder(dividend.to_decimal(), divisor))));
    }
    if divisor.as_f64() == 0.0 {
        return Err(error(16610, "can't $mod by zero"));
    }
    Ok(Some(Value::number(match (dividend.as_integer(), divisor.as_integer()) {
        (Some(left), Some(right)) => integer_like(dividend, divisor, left.checked_rem(right).unwrap_or(0)),
        _ => Number::Double(dividend.as_f64() % divisor.as_f64()),
    })))
}

fn abs<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    one(call, scope, |number| {
        Ok(match number {
            Number::Int32(number) => match number.checked_abs() {
                Some(number) => Number::Int32(number),
                None => Number::Int64(i64::from(number).abs()),
            },
            Number::Int64(number) => {
                let absolute = number.checked_abs();
                Number::Int64(absolute.ok_or_else(|| error(28680, "can't take $abs of long long min"))?)
            }
            Number::Double(number) => Number::Double(number.abs()),
            Number::Decimal(bytes) => of_decimal(match Decimal::decode(bytes) {
                Decimal::Finite { coefficient, exponent, .. } => {
                    Decimal::Finite { negative: false, coefficient, exponent }
                }
                Decimal::Infinity { .. } => Decimal::Infinity { negative: false },
                Decimal::NaN => Decimal::NaN,
            }),
        })
    })
}

/// A decimal without a fraction; infinities have none that could be left out.
fn whole(value: Decimal, rounding: Rounding) -> Decimal {
    match value {
        Decimal::Infinity { .. } => Decimal::NaN,
        value => decimal::rounded(value, 0, rounding),
    }
}

fn ceil<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    one(call, scope, |number| {
        Ok(match number {
            Number::Double(number) => Number::Double(number.ceil()),
            Number::Decimal(bytes) => of_decimal(whole(Decimal::decode(bytes), Rounding::Ceiling)),
            integer => integer,
        })
    })
}

fn floor<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    one(call, scope, |number| {
        Ok(match number {
            Number::Double(number) => Number::Double(number.floor()),
            Number::Decimal(bytes) => of_decimal(whole(Decimal::decode(bytes), Rounding::Floor)),
            integer => integer,
        })
    })
}

fn exp<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    one(call, scope, |number| {
        Ok(match number {
            Number::Decimal(bytes) => of_decimal(exp_of(Decimal::decode(bytes))),
            number => Number::Double(number.as_f64().exp()),
        })
    })
}

fn exp_of(value: Decimal) -> Decimal {
    decimal::apply(value, |context, value| context.exp(value))
}

fn is_positive(number: Number) -> bool {
    number.is_nan() || number.compare(Number::Int32(0)).is_gt()
}

fn ln_of(number: Number) -> Number {
    match number {
        Number::Decimal(bytes) => {
            of_decimal(decimal::apply(Decimal::decode(bytes), |context, value| context.ln(value)))
        }
        number => Number::Double(number.as_f64().ln()),
    }
}

fn ln<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    one(call, scope, |number| {
        if !is_positive(number) {
            return Err(error(28766, "$ln's argument must be a positive number"));
        }
        Ok(ln_of(number))
    })
}

fn log10<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    one(call, scope, |number| {
        if !is_positive(number) {
            return Err(error(28761, "$log10's argument must be a positive number"));
        }
        Ok(match number {
            Number::Decimal(bytes) => {
                of_decimal(decimal::apply(Decimal::decode(bytes), |context, value| context.log10(value)))
            }
            number => Number::Double(number.as_f64().log10()),
        })
    })
}

fn log<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (value, base) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&value) || is_nullish(&base) {
        return Ok(Some(Value::NULL));
    }
    let number_of = number(&value)
        .ok_or_else(|| error(28756, format!("$log's argument must be numeric, not {}", type_name(&value))))?;
    let base_of = number(&base)
        .ok_or_else(|| error(28757, format!("$log's base must be numeric, not {}", type_name(&base))))?;
    if number_of.is_nan() || base_of.is_nan() {
        let has_decimal = matches!(number_of, Number::Decimal(_)) || matches!(base_of, Number::Decimal(_));
        return Ok(Some(if has_decimal { Value::decimal(Decimal::NaN) } else { Value::double(f64::NAN) }));
    }
    if !is_positive(number_of) {
        return Err(error(28758, "$log's argument must be a positive number"));
    }
    if !is_positive(base_of) || base_of.compare(Number::Int32(1)).is_eq() {
        return Err(error(28759, "$log's base must be a positive number not equal to 1"));
    }
    if matches!(number_of, Number::Decimal(_)) || matches!(base_of, Number::Decimal(_)) {
        let ln = |number: Number| decimal::apply(number.to_decimal(), |context, value| context.ln(value));
        return Ok(Some(Value::decimal(decimal::divide(ln(number_of), ln(base_of)))));
    }
    Ok(Some(Value::double(number_of.as_f64().ln() / base_of.as_f64().ln())))
}

fn sqrt<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    one(call, scope, |number| {
        if !number.is_nan() && number.compare(Number::Int32(0)).is_lt() {
            return Err(error(28714, "$sqrt's argument must be greater than or equal to 0"));
        }
        Ok(match number {
            Number::Decimal(bytes) => {
                of_decimal(decimal::apply(Decimal::decode(bytes), |context, value| context.sqrt(value)))
            }
            number => Number::Double(number.as_f64().sqrt()),
        })
    })
}

fn sigmoid<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let number = number(&value).ok_or_else(|| {
        mistyped(format!("$sigmoid only supports numeric types, not {}", type_name(&value)))
    })?;
    Ok(Some(match number {
        Number::Decimal(bytes) => {
            let below = exp_of(decimal::negate(Decimal::decode(bytes)));
            let one = Decimal::from_i64(1);
            Value::decimal(decimal::divide(one, one.add(below)))
        }
        number => Value::double(1.0 / (1.0 + (-number.as_f64()).exp())),
    }))
}

fn pow<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (base, exponent) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&base) || is_nullish(&exponent) {
        return Ok(Some(Value::NULL));
    }
    let wrong = |code, what, value: &Option<Value<'_>>| {
        error(code, format!("$pow's {what} must be numeric, not {}", type_name(value)))
    };
    let base = number(&base).ok_or_else(|| wrong(28762, "base", &base))?;
    let exponent = number(&exponent).ok_or_else(|| wrong(28763, "exponent", &exponent))?;
    let zero = Number::Int32(0);
    if base.compare(zero).is_eq() && exponent.compare(zero).is_lt() && !exponent.is_nan() {
        return Err(error(28764, "$pow cannot take a base of 0 and a negative exponent"));
    }
    if matches!(base, Number::Decimal(_)) || matches!(exponent, Number::Decimal(_)) {
        return Ok(Some(Value::decimal(power_of_decimals(base.to_decimal(), exponent.to_decimal()))));
    }
    let as_double = || Number::Double(base.as_f64().powf(exponent.as_f64()));
    let (Some(whole_base), Some(whole_exponent)) = (base.as_integer(), exponent.as_integer()) else {
        return Ok(Some(Value::number(as_double())));
    };
    let power = match whole_base {
        0 | 1 => Some(if whole_exponent == 0 { 1 } else { whole_base }),
        -1 => Some(if whole_exponent % 2 == 0 { 1 } else { -1 }),
        _ => u32::try_from(whole_exponent).ok().and_then(|exponent| whole_base.checked_pow(exponent)),
    };
    Ok(Some(Value::number(power.map_or_else(as_double, |power| integer_like(base, exponent, power)))))
}

fn power_of_decimals(base: Decimal, exponent: Decimal) -> Decimal {
    let whole = exponent.as_i64_exact();
    if whole == Some(0) {
        return Decimal::from_i64(1);
    }
    if base == Decimal::NaN || exponent == Decimal::NaN {
        return if base.compare(Decimal::from_i64(1)).is_eq() { Decimal::from_i64(1) } else { Decimal::NaN };
    }
    let exponent = dec::Decimal::<30>::from(exponent.to_dec());
    decimal::apply(base, |context, base| context.pow(base, &exponent))
}

fn round<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    to_place(call, scope, Rounding::HalfEven)
}

fn trunc<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    to_place(call, scope, Rounding::Down)
}

fn to_place<'a>(call: &'a Call, scope: &Scope<'_, 'a>, rounding: Rounding) -> Answer<'a> {
    let (value, place) = (call.argument(0, scope)?, call.argument(1, scope)?);
    let name = call.name();
    if is_nullish(&value) || (call.has(1) && is_nullish(&place)) {
        return Ok(Some(Value::NULL));
    }
    let place = if call.has(1) { place_of(name, &place)? } else { 0 };
    let number = number(&value).ok_or_else(|| {
        error(51081, format!("{name} only supports numeric types, not {}", type_name(&value)))
    })?;
    Ok(Some(Value::number(match number {
        Number::Double(double) => Number::Double(double_to_place(double, place, rounding)),
        Number::Decimal(bytes) => of_decimal(decimal::quantized(Decimal::decode(bytes), place, rounding)),
        integer if place >= 0 => integer,
        integer => {
            let rounded = decimal::rounded(integer.to_decimal(), place, rounding).truncated();
            let rounded = rounded.ok_or_else(|| error(51080, format!("{name} overflows a long")))?;
            integer_like(integer, integer, rounded)
        }
    })))
}

fn place_of(name: &str, place: &Option<Value<'_>>) -> Result<i32> {
    let Some(number) = number(place) else {
        return Err(error(
            16004,
            format!("{name}'s place can't be converted from type {}", type_name(place)),
        ));
    };
    let whole = number.as_i64_exact();
    match (whole, number) {
        (Some(place), _) => match i32::try_from(place) {
            Ok(place @ -20..=100) => Ok(place),
            _ => Err(error(51083, format!("cannot apply {name} with precision value {place}"))),
        },
        (None, Number::Double(double)) if !double.is_finite() => {
            Err(error(31109, format!("{name}'s place can't be coerced out of range value {double}")))
        }
        (None, _) => Err(error(51082, format!("precision argument to {name} must be a integral value"))),
    }
}

fn double_to_place(double: f64, place: i32, rounding: Rounding) -> f64 {
    if !double.is_finite() || double == 0.0 {
        return double;
    }
    if place == 0 {
        return if rounding == Rounding::Down { double.trunc() } else { double.round_ties_even() };
    }
    let rounded = decimal::rounded(exact_decimal(double), place, rounding).as_f64();
    if rounded == 0.0 { 0.0f64.copysign(double) } else { rounded }
}
