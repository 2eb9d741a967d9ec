//! Logical: `$and $or $nor $not`.
//!
//! Source: <https://www.mongodb.com/docs/manual/reference/operator/query-logical/>.

use super::parse::{self, Operand, bad_value, shown};
use super::{Filter, Predicate, Regex};
use crate::error::{Code, Error, Result};
use crate::value::{Number, ValueRef, tag};

/// `$and`, `$or` or `$nor`, each over an array of filters.
pub(super) fn parse(operator: &str, value: ValueRef<'_>, depth: usize) -> Result<Filter> {
    let Some(array) = value.as_array() else {
        return Err(bad_value(format!("{operator} must be an array")));
    };
    if array.is_empty() {
        return Err(bad_value(format!("{operator} must be a nonempty array")));
    }
    let mut members = Vec::new();
    for member in array.values() {
        let Some(document) = member.as_document() else {
            return Err(bad_value(format!("{operator} entries need to be full objects")));
        };
        members.push(parse::filter(document, depth + 1)?);
    }
    Ok(match operator {
        "$and" => parse::conjunction(members),
        "$or" if members.len() == 1 => members.swap_remove(0),
        "$or" => Filter::Or(members),
        _ => Filter::Nor(members),
    })
}

/// `{$alwaysTrue: 1}` and `{$alwaysFalse: 1}`: what MongoDB writes for filters it has simplified away.
pub(super) fn parse_constant(operator: &str, value: ValueRef<'_>) -> Result<Option<Filter>> {
    if Number::of(value).and_then(Number::as_i64_exact) != Some(1) {
        let message = format!("{operator} must be the integer value 1");
        return Err(Error::new(Code::FAILED_TO_PARSE, message));
    }
    Ok((operator == "$alwaysFalse").then(|| Filter::Nor(vec![Filter::All])))
}

/// `$not` over a regular expression or a document of operators.
pub(super) fn parse_not(operand: &Operand<'_>) -> Result<Predicate> {
    let value = operand.value;
    if value.tag == tag::REGEX {
        return Ok(Predicate::Not(Box::new(Predicate::Regex(Regex::of_value(value)?))));
    }
    let Some(document) = value.as_document() else {
        return Err(bad_value(format!(
            "$not needs a regex or a document, but '{}' has {}",
            operand.path,
            shown(value)
        )));
    };
    if document.is_empty() {
        return Err(bad_value(format!("$not on '{}' cannot be empty", operand.path)));
    }
    let mut predicates = parse::operators(operand.path, document, operand.depth + 1)?;
    Ok(Predicate::Not(Box::new(match predicates.len() {
        1 => predicates.swap_remove(0),
        _ => Predicate::Both(predicates),
    })))
}
