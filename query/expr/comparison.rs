//! Comparison: every value of every type has its place in BSON order.

use super::Answer;
use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Value, compare};
use std::cmp::Ordering;

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$cmp", arguments: Arguments::Between(2, 2), run: cmp },
    Operator { name: "$eq", arguments: Arguments::Between(2, 2), run: eq },
    Operator { name: "$gt", arguments: Arguments::Between(2, 2), run: gt },
    Operator { name: "$gte", arguments: Arguments::Between(2, 2), run: gte },
    Operator { name: "$lt", arguments: Arguments::Between(2, 2), run: lt },
    Operator { name: "$lte", arguments: Arguments::Between(2, 2), run: lte },
    Operator { name: "$ne", arguments: Arguments::Between(2, 2), run: ne },
];

fn order<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> crate::Result<Ordering> {
    Ok(compare(&call.argument(0, scope)?, &call.argument(1, scope)?))
}

fn cmp<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::int32(order(call, scope)? as i32)))
}

fn eq<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(order(call, scope)?.is_eq())))
}

fn gt<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(order(call, scope)?.is_gt())))
}

fn gte<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(order(call, scope)?.is_ge())))
}

fn lt<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(order(call, scope)?.is_lt())))
}

fn lte<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(order(call, scope)?.is_le())))
}

fn ne<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    Ok(Some(Value::boolean(order(call, scope)?.is_ne())))
}
