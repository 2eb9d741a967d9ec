//! Accumulators as expressions: over one array, or over their arguments.
//!
//! The invariant: with one argument that is an array they look at its elements, otherwise at the arguments;
//! what is no number does not count.

use super::arithmetic::DoubleSum;
use super::decimal;
use super::evaluate::{Call, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser, named_values, string_of};
use super::value::{Builder, Value};
use super::{Answer, error};
use crate::error::{Code, Error, Result};
use crate::value::{Decimal, Number, ValueRef, order, tag};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$avg", arguments: Arguments::Between(0, usize::MAX), run: avg },
    Operator { name: "$max", arguments: Arguments::Between(0, usize::MAX), run: max },
    Operator { name: "$median", arguments: Arguments::Own(parse_percentile), run: median },
    Operator { name: "$min", arguments: Arguments::Between(0, usize::MAX), run: min },
    Operator { name: "$percentile", arguments: Arguments::Own(parse_percentile), run: percentile },
    Operator { name: "$stdDevPop", arguments: Arguments::Between(0, usize::MAX), run: deviation },
    Operator { name: "$stdDevSamp", arguments: Arguments::Between(0, usize::MAX), run: deviation_of_sample },
    Operator { name: "$sum", arguments: Arguments::Between(0, usize::MAX), run: sum },
];

/// Shows `visit` every value an accumulator looks at.
fn each<'a>(call: &'a Call, scope: &Scope<'_, 'a>, visit: &mut dyn FnMut(ValueRef<'_>)) -> Result<()> {
    for index in 0..call.arguments.len() {
        let Some(value) = call.argument(index, scope)? else { continue };
        match value.as_array() {
            Some(array) if call.arguments.len() == 1 => array.values().for_each(&mut *visit),
            _ => visit(value.as_ref()),
        }
    }
    Ok(())
}

/// A running sum of numbers of every type.
#[derive(Default)]
struct Sum {
    doubles: DoubleSum,
    /// The integers alone, as long as nothing overflows.
    integers: Option<i64>,
    decimals: Option<Decimal>,
    is_long: bool,
    is_double: bool,
    count: i64,
}

impl Sum {
    fn of<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Result<Sum> {
        let mut sum = Sum { integers: Some(0), ..Sum::default() };
        each(call, scope, &mut |value| {
            if let Some(number) = Number::of(value) {
                sum.add(number);
            }
        })?;
        Ok(sum)
    }

    fn add(&mut self, number: Number) {
        self.count += 1;
        match number {
            Number::Decimal(bytes) => {
                let so_far = self.decimals.unwrap_or(Decimal::from_i64(0));
                self.decimals = Some(so_far.add(Decimal::decode(bytes)));
            }
            Number::Double(double) => {
                self.is_double = true;
                self.doubles.add(double);
            }
            Number::Int32(_) | Number::Int64(_) => {
                let integer = number.as_integer().unwrap_or_default();
                self.is_long |= matches!(number, Number::Int64(_));
                self.integers = self.integers.and_then(|sum| sum.checked_add(integer));
                self.doubles.add_integer(integer);
            }
        }
    }

    fn total(&self) -> Number {
        if let Some(decimals) = self.decimals {
            let rest = match self.integers {
                Some(integers) if !self.is_double => Decimal::from_i64(integers),
                _ => self.doubles.decimal(),
            };
            return Number::Decimal(decimals.add(rest).encode());
        }
        match self.integers {
            Some(sum) if !self.is_double => match i32::try_from(sum) {
                Ok(short) if !self.is_long => Number::Int32(short),
                _ => Number::Int64(sum),
            },
            _ => Number::Double(self.doubles.value()),
        }
    }
}

fn sum<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::number(Sum::of(call, scope)?.total())))
}

fn avg<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let sum = Sum::of(call, scope)?;
    // An average adds every number as a double.
    let mut doubles = DoubleSum::default();
    each(call, scope, &mut |value| {
        if let Some(number) = Number::of(value).filter(|number| !matches!(number, Number::Decimal(_))) {
            doubles.add(number.as_f64());
        }
    })?;
    if sum.count == 0 {
        return Ok(Some(Value::NULL));
    }
    Ok(Some(match (sum.decimals, sum.total()) {
        (Some(_), total) => Value::decimal(decimal::divide(total.to_decimal(), Decimal::from_i64(sum.count))),
        (None, _) => Value::double(doubles.value() / sum.count as f64),
    }))
}

fn extreme<'a>(call: &'a Call, scope: &Scope<'_, 'a>, wanted: std::cmp::Ordering) -> Answer<'a> {
    let mut best: Option<Value<'a>> = None;
    each(call, scope, &mut |value| {
        if matches!(value.tag, tag::NULL | tag::UNDEFINED) {
            return;
        }
        let better = |best: &Value<'_>| order::compare(value, best.as_ref()) == wanted;
        if best.as_ref().is_none_or(better) {
            best = Some(Value::copied(value));
        }
    })?;
    Ok(Some(best.unwrap_or(Value::NULL)))
}

fn max<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    extreme(call, scope, std::cmp::Ordering::Greater)
}

fn min<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    extreme(call, scope, std::cmp::Ordering::Less)
}

/// Welford's method: the count and the sum of squared distances from the mean.
fn spread<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Result<(f64, f64)> {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    each(call, scope, &mut |value| {
        let Some(number) = Number::of(value) else { return };
        let number = number.as_f64();
        count += 1.0;
        let distance = number - mean;
        if distance != 0.0 || count == 1.0 {
            mean += distance / count;
            squares += distance * (number - mean);
        }
    })?;
    Ok((count, squares))
}

fn root_of(squares: f64, count: f64) -> Value<'static> {
    let deviation = (squares / count).sqrt();
    if deviation.is_nan() { Value::NULL } else { Value::double(deviation) }
}

fn deviation<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (count, squares) = spread(call, scope)?;
    Ok(Some(if count == 0.0 { Value::NULL } else { root_of(squares, count) }))
}

fn deviation_of_sample<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (count, squares) = spread(call, scope)?;
    Ok(Some(if count < 2.0 { Value::NULL } else { root_of(squares, count - 1.0) }))
}

const MEDIAN: Named = Named {
    fields: &[("input", Some(40414)), ("method", Some(40414))],
    not_a_document: 7436100,
    unknown: 40415,
};
const PERCENTILE: Named = Named {
    fields: &[("input", Some(40414)), ("method", Some(40414)), ("p", Some(40414))],
    not_a_document: 7429703,
    unknown: 40415,
};

fn parse_percentile(
    parser: &mut Parser<'_>,
    operator: &'static Operator,
    operand: ValueRef<'_>,
) -> Result<Call> {
    let named = if operator.name == "$median" { &MEDIAN } else { &PERCENTILE };
    let values = named_values(operator.name, named, operand)?;
    let method = values[1].unwrap_or(ValueRef::NULL);
    match string_of(method) {
        Some("approximate") => {}
        Some(_) => {
            let message = "Currently only 'approximate' can be used as percentile 'method'.";
            return Err(Error::new(Code::BAD_VALUE, message));
        }
        None => {
            return Err(Error::new(
                Code::TYPE_MISMATCH,
                format!("{}'s method must be a string", operator.name),
            ));
        }
    }
    let mut arguments = Vec::new();
    for index in [0, 2] {
        if let Some(Some(value)) = values.get(index) {
            arguments.push(Some(parser.expression(*value)?));
        }
    }
    if let Some(Some(places)) = arguments.get(1) {
        let wrong = || {
            let message =
                "The $percentile 'p' field must be a non-empty array of numbers from [0.0, 1.0] range";
            error(7750301, message)
        };
        let places = places.literal().and_then(ValueRef::as_array).filter(|places| !places.is_empty());
        for place in places.ok_or_else(wrong)?.values() {
            let place = Number::of(place).ok_or_else(|| error(7750302, "'p' must hold numbers"))?.as_f64();
            if !(0.0..=1.0).contains(&place) {
                return Err(error(7750303, "The $percentile 'p' field must be within [0.0, 1.0]"));
            }
        }
    }
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

/// The numbers of the input, sorted.
fn numbers<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Result<Vec<f64>> {
    let mut numbers = Vec::new();
    if let Some(input) = call.argument(0, scope)? {
        let mut take =
            |value| numbers.extend(Number::of(value).filter(|number| !number.is_nan()).map(Number::as_f64));
        match input.as_array() {
            Some(array) => array.values().for_each(take),
            None => take(input.as_ref()),
        }
    }
    numbers.sort_by(f64::total_cmp);
    Ok(numbers)
}

/// The number that stands at `place` of the way, as MongoDB's exact method for small inputs has it.
fn at_place(sorted: &[f64], place: f64) -> Value<'static> {
    let rank = (sorted.len() as f64 * place).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1)))
        .map_or(Value::NULL, |number| Value::double(*number))
}

fn median<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(at_place(&numbers(call, scope)?, 0.5)))
}

fn percentile<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let numbers = numbers(call, scope)?;
    let places = call.argument(1, scope)?;
    let mut out = Builder::array();
    for place in places.as_ref().and_then(Value::as_array).into_iter().flat_map(|places| places.values()) {
        let place = Number::of(place).map_or(0.0, Number::as_f64);
        out.push(at_place(&numbers, place).as_ref())?;
    }
    out.finish().map(Some)
}
