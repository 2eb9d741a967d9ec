//! Bitwise operators on int32 and int64.

use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Value, is_nullish, number, type_name};
use super::{Answer, error};
use crate::error::{Code, Error};
use crate::value::Number;

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$bitAnd", arguments: Arguments::Between(0, usize::MAX), run: and },
    Operator { name: "$bitNot", arguments: Arguments::Between(1, 1), run: not },
    Operator { name: "$bitOr", arguments: Arguments::Between(0, usize::MAX), run: or },
    Operator { name: "$bitXor", arguments: Arguments::Between(0, usize::MAX), run: xor },
];

fn combine<'a>(call: &'a Call, scope: &Scope<'_, 'a>, start: i32, join: fn(i64, i64) -> i64) -> Answer<'a> {
    let (mut bits, mut is_long) = (i64::from(start), false);
    for index in 0..call.arguments.len() {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        match number(&value) {
            Some(Number::Int32(operand)) => bits = join(bits, operand.into()),
            Some(Number::Int64(operand)) => {
                is_long = true;
                bits = join(bits, operand);
            }
            _ => {
                let message =
                    format!("{} only supports int and long operands, not {}", call.name(), type_name(&value));
                return Err(Error::new(Code::TYPE_MISMATCH, message));
            }
        }
    }
    // Without an int64 only int32 went in, widened with their sign.
    Ok(Some(if is_long { Value::int64(bits) } else { Value::int32(bits as i32) }))
}

fn and<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    combine(call, scope, -1, |left, right| left & right)
}

fn or<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    combine(call, scope, 0, |left, right| left | right)
}

fn xor<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    combine(call, scope, 0, |left, right| left ^ right)
}

fn not<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    match number(&value) {
        Some(Number::Int32(bits)) => Ok(Some(Value::int32(!bits))),
        Some(Number::Int64(bits)) => Ok(Some(Value::int64(!bits))),
        _ => Err(error(28765, format!("$bitNot only supports int and long, not: {}", type_name(&value)))),
    }
}
