//! Array: `$all $elemMatch $size`.
//!
//! Source: <https://www.mongodb.com/docs/manual/reference/operator/query-array/>.

use super::parse::{
    self, Operand, bad_value, is_operator_document, is_operator_value, shown, stands_without_path,
};
use super::{Comparison, Predicate, Regex, comparison};
use crate::error::Result;
use crate::value::{DocumentRef, Number, ValueRef, tag};

pub(super) fn parse(operand: &Operand<'_>) -> Result<Predicate> {
    match operand.operator {
        "$all" => parse_all(operand),
        "$size" => parse_size(operand).map(Predicate::Size),
        _ => parse_element_match(operand.path, operand.value, operand.depth),
    }
}

fn parse_size(operand: &Operand<'_>) -> Result<i64> {
    let (path, value) = (operand.path, operand.value);
    let Some(number) = Number::of(value) else {
        return Err(bad_value(format!(
            "Failed to parse $size of '{path}'. Expected a number in: {}",
            shown(value)
        )));
    };
    let Some(size) = number.as_i64_exact() else {
        return Err(bad_value(format!(
            "Failed to parse $size of '{path}'. Expected an integer: {}",
            shown(value)
        )));
    };
    if size < 0 {
        return Err(bad_value(format!(
            "Failed to parse $size of '{path}'. Expected a non-negative number in: {}",
            shown(value)
        )));
    }
    if size > i64::from(i32::MAX) {
        return Err(bad_value(format!(
            "Failed to parse $size of '{path}'. Cannot represent as a 32-bit integer: {}",
            shown(value)
        )));
    }
    Ok(size)
}

fn parse_all(operand: &Operand<'_>) -> Result<Predicate> {
    let Some(array) = operand.value.as_array() else {
        return Err(bad_value(format!(
            "$all needs an array, but '{}' has {}",
            operand.path,
            shown(operand.value)
        )));
    };
    let of_elements = array.values().next().and_then(element_match_operand).is_some();
    let mut terms = Vec::new();
    for member in array.values() {
        terms.push(match (of_elements, element_match_operand(member)) {
            (true, Some(inner)) => parse_element_match(operand.path, inner, operand.depth + 1)?,
            (true, None) => return Err(bad_value("$all/$elemMatch has to be consistent")),
            (false, _) if member.tag == tag::REGEX => Predicate::Regex(Regex::of_value(member)?),
            (false, _) if is_operator_value(member) => return Err(bad_value("no $ expressions in $all")),
            (false, _) => comparison::compare(Comparison::Equal, operand.path, member)?,
        });
    }
    Ok(Predicate::All(terms))
}

/// What stands behind `$elemMatch` when `value` is `{$elemMatch: …}`.
fn element_match_operand(value: ValueRef<'_>) -> Option<ValueRef<'_>> {
    let first = value.as_document()?.elements().next()?;
    (first.name == b"$elemMatch").then_some(first.value)
}

fn parse_element_match(path: &str, value: ValueRef<'_>, depth: usize) -> Result<Predicate> {
    let Some(document) = value.as_document() else {
        return Err(bad_value(format!("$elemMatch needs an Object, but '{path}' has {}", shown(value))));
    };
    if asks_the_value(document) {
        return parse::operators(path, document, depth + 1).map(Predicate::ElementValue);
    }
    if document.get(b"$where").is_some() {
        return Err(bad_value("$elemMatch cannot contain $where expression"));
    }
    Ok(Predicate::ElementDocument(Box::new(parse::filter(document, depth + 1)?)))
}

/// Whether `$elemMatch: document` holds operators for the element itself, not a filter on its fields.
fn asks_the_value(document: DocumentRef<'_>) -> bool {
    let Some(first) = document.elements().next() else { return false };
    let operator = std::str::from_utf8(first.name).unwrap_or_default();
    is_operator_document(document, true) && !stands_without_path(operator)
}
