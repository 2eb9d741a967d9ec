//! The frame of the parser: which name is an operator, a logical operator or a path.
//!
//! Every nested filter or operator document counts as a level, so that neither parsing nor matching nor
//! dropping a filter can exhaust the stack.

use super::{Comparison, Filter, Predicate, Regex, array, comparison, element, evaluation, logical};
use crate::error::{Code, Error, Result};
use crate::path::Path;
use crate::value::{DocumentRef, ValueRef, View, tag};

/// The most levels a filter may nest.
pub(super) const DEPTH_MAX: usize = 100;

/// One operator of a path's operator document, with all its parser may need.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a> {
    /// The path the operator stands under, for messages.
    pub(super) path: &'a str,
    /// The operator's name with its `$`.
    pub(super) operator: &'a str,
    /// What stands behind it.
    pub(super) value: ValueRef<'a>,
    /// The whole operator document: `$regex` and `$options` look for each other.
    pub(super) siblings: DocumentRef<'a>,
    /// How deep the operator document is nested.
    pub(super) depth: usize,
}

/// The deepest nesting of a filter's bytes: its levels, two documents each (`$and: [{…}]`), and an operand
/// as deep as a stored document may be.
const NESTING_MAX: usize = 2 * DEPTH_MAX + crate::value::NESTING_MAX;

/// Refuses bytes nested so deep that comparing or showing an operand could exhaust the stack.
pub(super) fn check_nesting(value: ValueRef<'_>) -> Result<()> {
    fn is_within(value: ValueRef<'_>, levels: usize) -> bool {
        match value.view() {
            View::Document(inner) | View::Array(inner) | View::JavaScriptWithScope { scope: inner, .. } => {
                levels > 0 && inner.values().all(|member| is_within(member, levels - 1))
            }
            _ => true,
        }
    }
    if is_within(value, NESTING_MAX) {
        return Ok(());
    }
    let message = format!("the filter's bytes exceed the maximum nested object depth of {NESTING_MAX}");
    Err(Error::new(Code::OVERFLOW, message))
}

/// `value` as a message shows it, cut when it is long.
pub(crate) fn shown(value: ValueRef<'_>) -> String {
    const SIGNS_MAX: usize = 150;
    if value.bytes.len() > 10_000 {
        return format!("a value of {} bytes", value.bytes.len());
    }
    let mut text = format!("{value:?}");
    if let Some((at, _)) = text.char_indices().nth(SIGNS_MAX) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// A BadValue error, MongoDB's answer to most wrong filters.
pub(super) fn bad_value(message: impl Into<String>) -> Error {
    Error::new(Code::BAD_VALUE, message)
}

/// The text of `bytes`, which stand at `place`.
pub(super) fn text<'a>(bytes: &'a [u8], place: &str) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|_| bad_value(format!("{place} is not valid UTF-8")))
}

fn check_depth(depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        let message = format!("exceeded maximum filter depth of {DEPTH_MAX} levels");
        return Err(Error::new(Code::OVERFLOW, message));
    }
    Ok(())
}

/// Parses a filter document that is nested `depth` levels deep.
pub(super) fn filter(document: DocumentRef<'_>, depth: usize) -> Result<Filter> {
    check_depth(depth)?;
    let mut terms = Vec::new();
    for entry in document.elements() {
        let name = text(entry.name, "a name in the filter")?;
        if name.starts_with('$') && !is_reference_name(name) {
            terms.extend(without_path(name, entry.value, depth)?);
        } else {
            let path = Path::new(name);
            for predicate in operand(name, entry.value, depth)? {
                terms.push(Filter::Field(path.clone(), predicate));
            }
        }
    }
    Ok(conjunction(terms))
}

/// An `And` of `terms` in the plain shape: flat, without members that always hold, never of one member.
pub(super) fn conjunction(terms: Vec<Filter>) -> Filter {
    let mut flat = Vec::with_capacity(terms.len());
    for term in terms {
        match term {
            Filter::All => {}
            Filter::And(members) => flat.extend(members),
            other => flat.push(other),
        }
    }
    match flat.len() {
        0 => Filter::All,
        1 => flat.swap_remove(0),
        _ => Filter::And(flat),
    }
}

/// Operators that MongoDB's filters have without a path and Anser has not yet.
const WITHOUT_PATH_LATER: [&str; 6] =
    ["$expr", "$where", "$text", "$jsonSchema", "$sampleRate", "$_internalSchemaAllowedProperties"];

/// Operators that MongoDB's filters have under a path and Anser has not yet.
const UNDER_PATH_LATER: [&str; 14] = [
    "$bitsAllSet",
    "$bitsAllClear",
    "$bitsAnySet",
    "$bitsAnyClear",
    "$geoWithin",
    "$geoIntersects",
    "$near",
    "$nearSphere",
    "$geoNear",
    "$within",
    "$maxDistance",
    "$minDistance",
    "$geometry",
    "$uniqueDocs",
];

fn not_yet(operator: &str) -> Error {
    Error::new(Code::NOT_IMPLEMENTED, format!("{operator} is not supported yet in a filter"))
}

fn without_path(operator: &str, value: ValueRef<'_>, depth: usize) -> Result<Option<Filter>> {
    match operator {
        "$and" | "$or" | "$nor" => logical::parse(operator, value, depth).map(Some),
        "$comment" => Ok(None),
        "$alwaysTrue" | "$alwaysFalse" => logical::parse_constant(operator, value),
        _ if WITHOUT_PATH_LATER.contains(&operator) => Err(not_yet(operator)),
        "$not" => Err(bad_value(
            "unknown top level operator: $not. If you are trying to negate an entire expression, use $nor.",
        )),
        _ => Err(bad_value(format!(
            "unknown top level operator: {operator}. If you have a field name that starts with a '$' \
             symbol, consider using $getField or $setField."
        ))),
    }
}

/// Whether `operator` is one that stands at the top of a filter and not under a path: `$elemMatch` with it
/// in front is a filter on the element.
pub(super) fn stands_without_path(operator: &str) -> bool {
    matches!(operator, "$and" | "$or" | "$nor" | "$comment" | "$alwaysTrue" | "$alwaysFalse")
        || WITHOUT_PATH_LATER.contains(&operator)
}

/// The names of a database reference: documents that begin with them are values, not operators.
fn is_reference_name(name: &str) -> bool {
    matches!(name, "$ref" | "$id" | "$db")
}

/// Whether `document` is an operator document: its first name begins with `$` and it is no database reference.
/// A reference has both `$ref` and `$id`; with `allow_incomplete` one of its names is enough.
pub(super) fn is_operator_document(document: DocumentRef<'_>, allow_incomplete: bool) -> bool {
    let begins = document.elements().next().is_some_and(|first| first.name.first() == Some(&b'$'));
    if !begins {
        return false;
    }
    let (has_reference, has_id) = (document.get(b"$ref").is_some(), document.get(b"$id").is_some());
    let is_reference = if allow_incomplete {
        has_reference || has_id || document.get(b"$db").is_some()
    } else {
        has_reference && has_id
    };
    !is_reference
}

/// Whether `value` is an operator document, as `$in` and `$all` ask of their elements.
pub(super) fn is_operator_value(value: ValueRef<'_>) -> bool {
    value.as_document().is_some_and(|document| is_operator_document(document, false))
}

/// Parses what stands behind a path: operators, a regular expression, or a value to be equal to.
pub(super) fn operand(path: &str, value: ValueRef<'_>, depth: usize) -> Result<Vec<Predicate>> {
    if let Some(document) = value.as_document()
        && is_operator_document(document, false)
    {
        return operators(path, document, depth + 1);
    }
    Ok(vec![if value.tag == tag::REGEX {
        Predicate::Regex(Regex::of_value(value)?)
    } else {
        comparison::compare(Comparison::Equal, path, value)?
    }])
}

/// Parses every operator of an operator document that is nested `depth` levels deep.
pub(super) fn operators(path: &str, document: DocumentRef<'_>, depth: usize) -> Result<Vec<Predicate>> {
    check_depth(depth)?;
    let mut predicates = Vec::new();
    for entry in document.elements() {
        let operator = text(entry.name, "an operator's name")?;
        predicates.extend(operator_under_path(&Operand {
            path,
            operator,
            value: entry.value,
            siblings: document,
            depth,
        })?);
    }
    Ok(predicates)
}

fn operator_under_path(operand: &Operand<'_>) -> Result<Option<Predicate>> {
    match operand.operator {
        "$eq" | "$ne" | "$lt" | "$lte" | "$gt" | "$gte" | "$in" | "$nin" => {
            comparison::parse(operand).map(Some)
        }
        "$not" => logical::parse_not(operand).map(Some),
        "$exists" | "$type" => element::parse(operand).map(Some),
        "$all" | "$elemMatch" | "$size" => array::parse(operand).map(Some),
        "$mod" => evaluation::parse_modulo(operand).map(Some),
        "$regex" | "$options" => evaluation::parse_regex(operand),
        "$comment" => Ok(None),
        "$where" => Err(bad_value("$where cannot be applied to a field")),
        operator if UNDER_PATH_LATER.contains(&operator) => Err(not_yet(operator)),
        operator => Err(bad_value(format!("unknown operator: {operator}"))),
    }
}
