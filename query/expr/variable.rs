//! Variables: `$let`.

use super::evaluate::{Call, Frame, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser, check_variable_name, named_values};
use super::{Answer, error};
use crate::error::{Code, Error, Result};
use crate::value::ValueRef;

pub(super) const OPERATORS: &[Operator] =
    &[Operator { name: "$let", arguments: Arguments::Own(parse_let), run: run_let }];

const LET: Named =
    Named { fields: &[("vars", Some(16876)), ("in", Some(16877))], not_a_document: 16874, unknown: 16875 };

/// The arguments are the variables' values in their order, and last the body.
fn parse_let(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let values = named_values(operator.name, &LET, operand)?;
    let variables = values[0]
        .and_then(ValueRef::as_document)
        .ok_or_else(|| error(10065, "invalid parameter: expected an object (vars)"))?;
    let (mut names, mut arguments) = (Vec::new(), Vec::new());
    for variable in variables.elements() {
        let name = std::str::from_utf8(variable.name)
            .map_err(|_| Error::new(Code::INVALID_BSON, "a variable's name is not valid UTF-8"))?;
        check_variable_name(name, true)?;
        names.push(name.to_owned());
        arguments.push(Some(parser.expression(variable.value)?));
    }
    let body = values[1].unwrap_or(ValueRef::NULL);
    arguments.push(Some(parser.bound(names, |parser| parser.expression(body))?));
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn run_let<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let body = call.arguments.len() - 1;
    let mut values = Vec::with_capacity(body);
    for index in 0..body {
        values.push(call.argument(index, scope)?);
    }
    let frame = Frame { values: &values, outer: scope.locals };
    call.argument(body, &Scope { environment: scope.environment, locals: Some(&frame) })
}
