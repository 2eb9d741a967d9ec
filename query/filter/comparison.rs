//! Comparison: `$eq $ne $lt $lte $gt $gte $in $nin`.
//!
//! A comparison holds only between values of one [`Kind`], with the exceptions that [`compares`] lists.
//!
//! Source: <https://www.mongodb.com/docs/manual/reference/operator/query-comparison/>.

use super::parse::{Operand, bad_value, is_operator_value, shown};
use super::{Comparison, Predicate, Regex};
use crate::error::Result;
use crate::value::equal::equal;
use crate::value::order;
use crate::value::{Kind, Number, ValueBuf, ValueRef, tag};
use std::cmp::Ordering;

pub(super) fn parse(operand: &Operand<'_>) -> Result<Predicate> {
    let Operand { path, operator, value, .. } = *operand;
    let comparison = match operator {
        "$in" => return parse_in(operand),
        "$nin" => return Ok(Predicate::Not(Box::new(parse_in(operand)?))),
        "$ne" if value.tag == tag::REGEX => return Err(bad_value("Can't have regex as arg to $ne.")),
        "$ne" => return Ok(Predicate::Not(Box::new(compare(Comparison::Equal, path, value)?))),
        "$lt" => Comparison::Less,
        "$lte" => Comparison::LessOrEqual,
        "$gt" => Comparison::Greater,
        "$gte" => Comparison::GreaterOrEqual,
        _ => Comparison::Equal,
    };
    compare(comparison, path, value)
}

/// A comparison with `value`.
pub(super) fn compare(comparison: Comparison, path: &str, value: ValueRef<'_>) -> Result<Predicate> {
    if value.tag == tag::UNDEFINED {
        return Err(bad_value(format!("cannot compare to undefined, as the filter on '{path}' does")));
    }
    if value.tag == tag::REGEX && comparison != Comparison::Equal {
        return Err(bad_value(format!("Can't have RegEx as arg to predicate over field '{path}'.")));
    }
    Ok(Predicate::Compare(comparison, value.to_owned()))
}

fn parse_in(operand: &Operand<'_>) -> Result<Predicate> {
    let Operand { path, operator, value, .. } = *operand;
    let Some(array) = value.as_array() else {
        return Err(bad_value(format!("{operator} needs an array, but '{path}' has {}", shown(value))));
    };
    let (mut values, mut patterns) = (Vec::<ValueBuf>::new(), Vec::new());
    for member in array.values() {
        match member.tag {
            tag::REGEX => patterns.push(Regex::of_value(member)?),
            tag::UNDEFINED => {
                return Err(bad_value(format!("{operator} on '{path}' cannot have undefined in its array")));
            }
            _ if is_operator_value(member) => {
                return Err(bad_value(format!("cannot nest $ under {operator}")));
            }
            _ => values.push(member.to_owned()),
        }
    }
    values.sort_by(|left, right| order::compare(left.as_ref(), right.as_ref()));
    values.dedup_by(|later, earlier| equal(later.as_ref(), earlier.as_ref()));
    Ok(Predicate::In(values, patterns))
}

/// Whether `value` (`None`: nothing stands there) compares to `operand` so.
///
/// Values of different kinds never compare, except: a missing value is like null (undefined is not, since
/// MongoDB 8.0), and everything, missing values included, is above MinKey and below MaxKey. NaN is equal to
/// NaN and neither above nor below anything.
pub(super) fn compares(comparison: Comparison, value: Option<ValueRef<'_>>, operand: ValueRef<'_>) -> bool {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let operand_kind = Kind::of(operand);
    let Some(value) = value.filter(|value| Kind::of(*value) == operand_kind) else {
        return match operand_kind {
            Kind::Null => value.is_none() && matches!(comparison, Equal | LessOrEqual | GreaterOrEqual),
            Kind::MinKey => matches!(comparison, Greater | GreaterOrEqual),
            Kind::MaxKey => matches!(comparison, Less | LessOrEqual),
            _ => false,
        };
    };
    if comparison == Equal {
        return equal(value, operand);
    }
    if operand_kind == Kind::Number {
        let is_nan = |value| Number::of(value).is_some_and(Number::is_nan);
        match (is_nan(value), is_nan(operand)) {
            (false, false) => {}
            (true, true) => return matches!(comparison, LessOrEqual | GreaterOrEqual),
            _ => return false,
        }
    }
    accepts(comparison, order::compare(value, operand))
}

/// Whether `ordering`, of a value to an operand of its kind, is what `comparison` asks.
#[inline]
pub(super) fn accepts(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

/// Whether `value` is equal to one of `values` (sorted in BSON order) or matches one of `patterns`. A missing
/// value is equal to null.
pub(super) fn is_in(values: &[ValueBuf], patterns: &[Regex], value: Option<ValueRef<'_>>) -> bool {
    let found = match value {
        None => values.iter().any(|member| member.as_ref().tag == tag::NULL),
        Some(value) if values.len() <= 4 => values.iter().any(|member| equal(member.as_ref(), value)),
        Some(value) => values.binary_search_by(|member| order::compare(member.as_ref(), value)).is_ok(),
    };
    found || value.is_some_and(|value| patterns.iter().any(|pattern| pattern.matches(value)))
}
