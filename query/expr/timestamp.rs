//! Timestamps taken apart: `$tsSecond`, `$tsIncrement`.

use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Value, is_nullish, type_name};
use super::{Answer, error};
use crate::error::Result;
use crate::value::View;

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$tsIncrement", arguments: Arguments::Between(1, 1), run: increment },
    Operator { name: "$tsSecond", arguments: Arguments::Between(1, 1), run: second },
];

fn parts<'a>(call: &'a Call, scope: &Scope<'_, 'a>, code: i32) -> Result<Option<(u32, u32)>> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(None);
    }
    match value.as_ref().map(Value::view) {
        Some(View::Timestamp { time, increment }) => Ok(Some((time, increment))),
        _ => {
            let message =
                format!("Argument to {} must be a timestamp, but is {}", call.name(), type_name(&value));
            Err(error(code, message))
        }
    }
}

fn increment<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let parts = parts(call, scope, 5687302)?;
    Ok(Some(parts.map_or(Value::NULL, |(_, increment)| Value::int64(increment.into()))))
}

fn second<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let parts = parts(call, scope, 5687301)?;
    Ok(Some(parts.map_or(Value::NULL, |(second, _)| Value::int64(second.into()))))
}
