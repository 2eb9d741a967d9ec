//! Boolean operators: `$and`, `$or`, `$not`. They stop at the first operand that decides.

use super::Answer;
use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Value, is_true};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$and", arguments: Arguments::Between(0, usize::MAX), run: and },
    Operator { name: "$not", arguments: Arguments::Between(1, 1), run: not },
    Operator { name: "$or", arguments: Arguments::Between(0, usize::MAX), run: or },
];

/// Whether an operand has the truth that decides.
fn any<'a>(call: &'a Call, scope: &Scope<'_, 'a>, decides: bool) -> crate::Result<bool> {
    for index in 0..call.arguments.len() {
        if is_true(&call.argument(index, scope)?) == decides {
            return Ok(true);
        }
    }
    Ok(false)
}

fn and<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(!any(call, scope, false)?)))
}

fn or<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(any(call, scope, true)?)))
}

fn not<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(!is_true(&call.argument(0, scope)?))))
}
