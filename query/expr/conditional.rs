//! Conditions: `$cond`, `$ifNull`, `$switch`. Only the branch that is taken is evaluated.

use super::evaluate::{Call, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser, check_count, named_values};
use super::value::{is_nullish, is_true};
use super::{Answer, error};
use crate::error::Result;
use crate::value::ValueRef;

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$cond", arguments: Arguments::Own(parse_cond), run: cond },
    Operator { name: "$ifNull", arguments: Arguments::Own(parse_if_null), run: if_null },
    Operator { name: "$switch", arguments: Arguments::Own(parse_switch), run: switch },
];

const COND: Named = Named {
    fields: &[("if", Some(17080)), ("then", Some(17081)), ("else", Some(17082))],
    not_a_document: 16020,
    unknown: 17083,
};

fn parse_cond(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    if operand.as_document().is_some() {
        return parser.named(operator, &COND, operand);
    }
    let arguments = parser.positional(operand)?;
    check_count(operator.name, arguments.len(), 3, 3)?;
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn cond<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let branch = if is_true(&call.argument(0, scope)?) { 1 } else { 2 };
    call.argument(branch, scope)
}

fn parse_if_null(
    parser: &mut Parser<'_>,
    operator: &'static Operator,
    operand: ValueRef<'_>,
) -> Result<Call> {
    let arguments = parser.positional(operand)?;
    if arguments.len() < 2 {
        let message = format!("$ifNull needs at least two arguments, had: {}", arguments.len());
        return Err(error(1257300, message));
    }
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn if_null<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let last = call.arguments.len() - 1;
    for index in 0..last {
        let value = call.argument(index, scope)?;
        if !is_nullish(&value) {
            return Ok(value);
        }
    }
    call.argument(last, scope)
}

const SWITCH: Named =
    Named { fields: &[("branches", None), ("default", None)], not_a_document: 40060, unknown: 40067 };
const BRANCH: Named =
    Named { fields: &[("case", Some(40064)), ("then", Some(40065))], not_a_document: 40062, unknown: 40063 };

/// The arguments are case, then, case, then … and last the default.
fn parse_switch(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let values = named_values(operator.name, &SWITCH, operand)?;
    let mut arguments = Vec::new();
    if let Some(branches) = values[0] {
        let branches = branches.as_array().ok_or_else(|| {
            let found = crate::value::kind::type_name(branches.tag);
            error(40061, format!("$switch expected an array for 'branches', found: {found}"))
        })?;
        for branch in branches.values() {
            for part in named_values("$switch", &BRANCH, branch)? {
                arguments.push(part.map(|part| parser.expression(part)).transpose()?);
            }
        }
    }
    if arguments.is_empty() {
        return Err(error(40068, "$switch requires at least one branch."));
    }
    arguments.push(values[1].map(|default| parser.expression(default)).transpose()?);
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn switch<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let default = call.arguments.len() - 1;
    for case in (0..default).step_by(2) {
        if is_true(&call.argument(case, scope)?) {
            return call.argument(case + 1, scope);
        }
    }
    if !call.has(default) {
        let message = "$switch could not find a matching branch for an input, and no default was specified.";
        return Err(error(40066, message));
    }
    call.argument(default, scope)
}
