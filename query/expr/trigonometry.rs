//! Trigonometry on doubles and decimals.

use super::arithmetic::{of_decimal, one_number};
use super::decimal::{self, Wide};
use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Value, is_nullish, number, type_name};
use super::{Answer, error};
use crate::value::{Decimal, Number};
use dec::Context;

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$acos", arguments: Arguments::Between(1, 1), run: acos },
    Operator { name: "$acosh", arguments: Arguments::Between(1, 1), run: acosh },
    Operator { name: "$asin", arguments: Arguments::Between(1, 1), run: asin },
    Operator { name: "$asinh", arguments: Arguments::Between(1, 1), run: asinh },
    Operator { name: "$atan", arguments: Arguments::Between(1, 1), run: atan },
    Operator { name: "$atan2", arguments: Arguments::Between(2, 2), run: atan2 },
    Operator { name: "$atanh", arguments: Arguments::Between(1, 1), run: atanh },
    Operator { name: "$cos", arguments: Arguments::Between(1, 1), run: cos },
    Operator { name: "$cosh", arguments: Arguments::Between(1, 1), run: cosh },
    Operator { name: "$degreesToRadians", arguments: Arguments::Between(1, 1), run: to_radians },
    Operator { name: "$radiansToDegrees", arguments: Arguments::Between(1, 1), run: to_degrees },
    Operator { name: "$sin", arguments: Arguments::Between(1, 1), run: sin },
    Operator { name: "$sinh", arguments: Arguments::Between(1, 1), run: sinh },
    Operator { name: "$tan", arguments: Arguments::Between(1, 1), run: tan },
    Operator { name: "$tanh", arguments: Arguments::Between(1, 1), run: tanh },
];

/// Which numbers a function takes.
#[derive(Clone, Copy)]
enum Domain {
    All,
    Finite,
    /// From -1 to 1.
    Unit,
    /// From 1 on.
    FromOne,
}

impl Domain {
    fn has(self, number: Number) -> bool {
        let at_least = |low: i32| number.compare(Number::Int32(low)).is_ge();
        let at_most = |high: i32| number.compare(Number::Int32(high)).is_le();
        number.is_nan()
            || match self {
                Domain::All => true,
                Domain::Finite => {
                    number.compare(Number::Double(f64::INFINITY)).is_lt()
                        && number.compare(Number::Double(f64::NEG_INFINITY)).is_gt()
                }
                Domain::Unit => at_least(-1) && at_most(1),
                Domain::FromOne => at_least(1),
            }
    }
}

fn apply<'a>(
    call: &'a Call,
    scope: &Scope<'_, 'a>,
    domain: Domain,
    of_double: fn(f64) -> f64,
    of_wide: fn(&mut Context<Wide>, &mut Wide),
) -> Answer<'a> {
    let Some(number) = one_number(call, scope)? else { return Ok(Some(Value::NULL)) };
    if !domain.has(number) {
        let message = format!("cannot apply {} to {:?}: out of its range", call.name(), number.to_value());
        return Err(error(50989, message));
    }
    Ok(Some(match number {
        Number::Decimal(bytes) => Value::decimal(decimal::apply(Decimal::decode(bytes), of_wide)),
        number => Value::double(of_double(number.as_f64())),
    }))
}

fn acos<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::Unit, f64::acos, decimal::arc_cosine)
}

fn acosh<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::FromOne, f64::acosh, decimal::hyperbolic_arc_cosine)
}

fn asin<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::Unit, f64::asin, decimal::arc_sine)
}

fn asinh<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::All, f64::asinh, decimal::hyperbolic_arc_sine)
}

fn atan<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::All, f64::atan, decimal::arc_tangent)
}

fn atanh<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::Unit, f64::atanh, decimal::hyperbolic_arc_tangent)
}

fn cos<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::Finite, f64::cos, decimal::cosine)
}

fn cosh<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::All, f64::cosh, decimal::hyperbolic_cosine)
}

fn sin<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::Finite, f64::sin, decimal::sine)
}

fn sinh<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::All, f64::sinh, decimal::hyperbolic_sine)
}

fn tan<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::Finite, f64::tan, decimal::tangent)
}

fn tanh<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    apply(call, scope, Domain::All, f64::tanh, decimal::hyperbolic_tangent)
}

fn scaled<'a>(
    call: &'a Call,
    scope: &Scope<'_, 'a>,
    of_double: fn(f64) -> f64,
    of_wide: fn(&mut Context<Wide>, &mut Wide),
) -> Answer<'a> {
    Ok(Some(match one_number(call, scope)? {
        None => Value::NULL,
        Some(number @ Number::Decimal(_)) => {
            Value::number(of_decimal(decimal::apply(number.to_decimal(), of_wide)))
        }
        Some(number) => Value::double(of_double(number.as_f64())),
    }))
}

fn to_radians<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    scaled(
        call,
        scope,
        |degrees| degrees * (std::f64::consts::PI / 180.0),
        |context, value| {
            let mut unit = decimal::pi();
            context.div(&mut unit, &Wide::from(180));
            context.mul(value, &unit);
        },
    )
}

fn to_degrees<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    scaled(
        call,
        scope,
        |radians| radians * (180.0 / std::f64::consts::PI),
        |context, value| {
            context.mul(value, &Wide::from(180));
            context.div(value, &decimal::pi());
        },
    )
}

fn atan2<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (y, x) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&y) || is_nullish(&x) {
        return Ok(Some(Value::NULL));
    }
    let wrong = |code: i32, value: &Option<Value<'_>>| {
        error(code, format!("$atan2 only supports numeric types, not {}", type_name(value)))
    };
    let y = number(&y).ok_or_else(|| wrong(51044, &y))?;
    let x = number(&x).ok_or_else(|| wrong(51045, &x))?;
    if matches!(y, Number::Decimal(_)) || matches!(x, Number::Decimal(_)) {
        return Ok(Some(Value::decimal(decimal::arc_tangent_of(y.to_decimal(), x.to_decimal()))));
    }
    Ok(Some(Value::double(y.as_f64().atan2(x.as_f64()))))
}
