//! Sets: arrays whose order and repeats do not count.

use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Builder, Value, is_nullish, is_true, type_name};
use super::{Answer, error};
use crate::error::Result;
use crate::value::{DocumentRef, ValueRef, order};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$allElementsTrue", arguments: Arguments::Between(1, 1), run: all_true },
    Operator { name: "$anyElementTrue", arguments: Arguments::Between(1, 1), run: any_true },
    Operator { name: "$setDifference", arguments: Arguments::Between(2, 2), run: difference },
    Operator { name: "$setEquals", arguments: Arguments::Own(parse_equals), run: equals },
    Operator { name: "$setIntersection", arguments: Arguments::Between(0, usize::MAX), run: intersection },
    Operator { name: "$setIsSubset", arguments: Arguments::Between(2, 2), run: is_subset },
    Operator { name: "$setUnion", arguments: Arguments::Between(0, usize::MAX), run: union },
];

fn array_of<'v>(value: &'v Option<Value<'_>>, code: i32, call: &Call) -> Result<DocumentRef<'v>> {
    value.as_ref().and_then(Value::as_array).ok_or_else(|| {
        error(
            code,
            format!("All operands of {} must be arrays. One is of type {}", call.name(), type_name(value)),
        )
    })
}

/// The elements in BSON order, each once; of equal ones the first.
fn sorted<'v>(elements: impl Iterator<Item = ValueRef<'v>>) -> Vec<ValueRef<'v>> {
    let mut elements: Vec<_> = elements.collect();
    elements.sort_by(|left, right| order::compare(*left, *right));
    elements.dedup_by(|left, right| order::compare(*left, *right).is_eq());
    elements
}

fn contains(sorted: &[ValueRef<'_>], value: ValueRef<'_>) -> bool {
    sorted.binary_search_by(|element| order::compare(*element, value)).is_ok()
}

fn of_elements<'v>(elements: impl IntoIterator<Item = ValueRef<'v>>) -> Answer<'static> {
    let mut out = Builder::array();
    for element in elements {
        out.push(element)?;
    }
    out.finish().map(Some)
}

fn element_is_true(element: ValueRef<'_>) -> bool {
    is_true(&Some(element.into()))
}

fn all_true<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let array = array_of(&value, 17040, call)?;
    Ok(Some(Value::boolean(array.values().all(element_is_true))))
}

fn any_true<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let array = array_of(&value, 17041, call)?;
    Ok(Some(Value::boolean(array.values().any(element_is_true))))
}

fn difference<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (left, right) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&left) || is_nullish(&right) {
        return Ok(Some(Value::NULL));
    }
    let left = array_of(&left, 17048, call)?;
    let without = sorted(array_of(&right, 17049, call)?.values());
    let mut kept: Vec<(usize, ValueRef<'_>)> =
        left.values().enumerate().filter(|(_, element)| !contains(&without, *element)).collect();
    kept.sort_by(|left, right| order::compare(left.1, right.1));
    kept.dedup_by(|left, right| order::compare(left.1, right.1).is_eq());
    kept.sort_by_key(|(position, _)| *position);
    of_elements(kept.into_iter().map(|(_, element)| element))
}

fn parse_equals(
    parser: &mut super::parse::Parser<'_>,
    operator: &'static Operator,
    operand: ValueRef<'_>,
) -> Result<Call> {
    let arguments = parser.positional(operand)?;
    if arguments.len() < 2 {
        let message = format!("$setEquals needs at least two arguments had: {}", arguments.len());
        return Err(error(17045, message));
    }
    Ok(Call { operator, arguments, prepared: super::Prepared::Nothing })
}

/// Whether an argument is the same for every document. MongoDB looks at those last where order does not count,
/// and refuses them with codes of their own.
fn is_constant(call: &Call, index: usize) -> bool {
    call.arguments.get(index).and_then(Option::as_ref).is_some_and(|node| node.literal().is_some())
}

/// The arguments' places, those that depend on the document first.
fn variables_first(call: &Call) -> impl Iterator<Item = usize> {
    let all = 0..call.arguments.len();
    let (variables, constants) = (all.clone().filter(|index| !is_constant(call, *index)), all);
    variables.chain(constants.filter(|index| is_constant(call, *index)))
}

fn equals<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut first: Option<Vec<Value<'a>>> = None;
    let mut same = true;
    for index in 0..call.arguments.len() {
        let value = call.argument(index, scope)?;
        let code = if is_constant(call, index) { 5887502 } else { 17044 };
        let elements = sorted(array_of(&value, code, call)?.values());
        match &first {
            None => first = Some(elements.into_iter().map(Value::copied).collect()),
            Some(first) => {
                same &= first.len() == elements.len()
                    && first
                        .iter()
                        .zip(elements)
                        .all(|(left, right)| order::compare(left.as_ref(), right).is_eq());
            }
        }
    }
    Ok(Some(Value::boolean(same)))
}

fn intersection<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut common: Option<Vec<Value<'a>>> = None;
    for index in variables_first(call) {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        let elements = sorted(array_of(&value, 17047, call)?.values());
        match &mut common {
            None => common = Some(elements.into_iter().map(Value::copied).collect()),
            Some(common) => common.retain(|element| contains(&elements, element.as_ref())),
        }
    }
    let common = common.unwrap_or_default();
    of_elements(common.iter().map(Value::as_ref))
}

fn is_subset<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (left, right) = (call.argument(0, scope)?, call.argument(1, scope)?);
    let left = array_of(&left, 17046, call)?;
    let right = sorted(array_of(&right, 17042, call)?.values());
    Ok(Some(Value::boolean(left.values().all(|element| contains(&right, element)))))
}

fn union<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut values = Vec::with_capacity(call.arguments.len());
    for index in variables_first(call) {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        array_of(&value, 17043, call)?;
        values.push(value);
    }
    let arrays = values.iter().flatten().filter_map(Value::as_array);
    of_elements(sorted(arrays.flat_map(DocumentRef::values)))
}
