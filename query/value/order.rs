//! BSON order: MongoDB's total order over values of every type.
//!
//! The invariant: a total preorder. Whatever the bytes, `compare` is antisymmetric and transitive, and two
//! values are equal exactly when no filter, sort or unique index can tell them apart (1, 1.0 and Decimal 1).
use super::kind::Kind;
use super::number::Number;
use super::raw::{DocumentRef, ValueRef, View};
use std::cmp::Ordering;

/// Nesting beyond which values are compared as bytes. Validated documents never get there; the bound keeps
/// bytes that nobody validated from exhausting the stack.
const DEPTH_MAX: usize = 256;

/// Compares two values in BSON order.
///
/// Source: "Comparison/Sort Order" in MongoDB's manual. Numbers compare by exact value across their four
/// types; NaN stands below every number and equals itself. Strings compare byte by byte; documents field by
/// field (type class, name, value), arrays element by element, the shorter first; binary data by length,
/// then subtype, then bytes; timestamps as unsigned; regexes by pattern, then options.
///
/// ```
/// use anser_query::value::{ValueBuf, order};
/// use bson::Bson;
/// use std::cmp::Ordering;
///
/// let one = ValueBuf::try_from(&Bson::Int32(1))?;
/// let two = ValueBuf::try_from(&Bson::Double(2.0))?;
/// let text = ValueBuf::try_from(&Bson::String("1".into()))?;
/// assert_eq!(order::compare(one.as_ref(), two.as_ref()), Ordering::Less);
/// assert_eq!(order::compare(two.as_ref(), text.as_ref()), Ordering::Less);
/// # Ok::<(), bson::error::Error>(())
/// ```
#[inline]
pub fn compare(left: ValueRef<'_>, right: ValueRef<'_>) -> Ordering {
    values(left, right, &|left, right| left.cmp(right), 0)
}

/// Compares two documents field by field: type class, name, value; the shorter first.
#[inline]
pub fn compare_documents(left: DocumentRef<'_>, right: DocumentRef<'_>) -> Ordering {
    documents(left, right, true, &|left, right| left.cmp(right), 0)
}

/// Compares two values in BSON order with `strings` deciding between strings (and symbols) at every depth:
/// the order under a collation. Field names, code and regexes stay with their bytes, as in MongoDB.
pub fn compare_with(
    left: ValueRef<'_>,
    right: ValueRef<'_>,
    strings: &dyn Fn(&[u8], &[u8]) -> Ordering,
) -> Ordering {
    values(left, right, &strings, 0)
}

fn values<S>(left: ValueRef<'_>, right: ValueRef<'_>, strings: &S, depth: usize) -> Ordering
where
    S: Fn(&[u8], &[u8]) -> Ordering,
{
    let (left_kind, right_kind) = (Kind::of(left), Kind::of(right));
    if left_kind != right_kind {
        return left_kind.cmp(&right_kind);
    }
    same_kind(left, right, strings, depth)
}

fn same_kind<S>(left: ValueRef<'_>, right: ValueRef<'_>, strings: &S, depth: usize) -> Ordering
where
    S: Fn(&[u8], &[u8]) -> Ordering,
{
    // A value too short for its type reads as `Undefined`: the last arm orders those by their bytes, below
    // their whole neighbours.
    match (left.view(), right.view()) {
        (View::String(left) | View::Symbol(left), View::String(right) | View::Symbol(right)) => {
            strings(left, right)
        }
        (View::Document(left), View::Document(right)) => documents(left, right, true, strings, depth + 1),
        (View::Array(left), View::Array(right)) => documents(left, right, false, strings, depth + 1),
        (
            View::Binary { subtype: left_subtype, bytes: left },
            View::Binary { subtype: right_subtype, bytes: right },
        ) => (left.len(), left_subtype, left).cmp(&(right.len(), right_subtype, right)),
        (View::ObjectId(left), View::ObjectId(right)) => left.cmp(right),
        (View::Boolean(left), View::Boolean(right)) => left.cmp(&right),
        (View::DateTime(left), View::DateTime(right)) => left.cmp(&right),
        (
            View::Timestamp { time: left_time, increment: left },
            View::Timestamp { time: right_time, increment: right },
        ) => (left_time, left).cmp(&(right_time, right)),
        (
            View::Regex { pattern: left_pattern, options: left },
            View::Regex { pattern: right_pattern, options: right },
        ) => (left_pattern, left).cmp(&(right_pattern, right)),
        (View::DbPointer { .. }, View::DbPointer { .. }) => {
            (left.bytes.len(), left.bytes).cmp(&(right.bytes.len(), right.bytes))
        }
        (View::JavaScript(left), View::JavaScript(right)) => left.cmp(right),
        (
            View::JavaScriptWithScope { code: left_code, scope: left },
            View::JavaScriptWithScope { code: right_code, scope: right },
        ) => left_code.cmp(right_code).then_with(|| documents(left, right, true, strings, depth + 1)),
        (View::Null, View::Null) | (View::MinKey, View::MinKey) | (View::MaxKey, View::MaxKey) => {
            Ordering::Equal
        }
        _ => match (Number::of(left), Number::of(right)) {
            (Some(left), Some(right)) => left.compare(right),
            (left_number, right_number) => {
                let whole = |value: ValueRef<'_>| !matches!(value.view(), View::Undefined);
                (left_number.is_some() || whole(left))
                    .cmp(&(right_number.is_some() || whole(right)))
                    .then_with(|| left.bytes.cmp(right.bytes))
            }
        },
    }
}

fn documents<S>(
    left: DocumentRef<'_>,
    right: DocumentRef<'_>,
    names: bool,
    strings: &S,
    depth: usize,
) -> Ordering
where
    S: Fn(&[u8], &[u8]) -> Ordering,
{
    if depth > DEPTH_MAX {
        return left.as_bytes().cmp(right.as_bytes());
    }
    let (mut left, mut right) = (left.elements(), right.elements());
    loop {
        let (left, right) = match (left.next(), right.next()) {
            (Some(left), Some(right)) => (left, right),
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        if left.value == right.value && (!names || left.name == right.name) {
            continue; // The same bytes are equal, whatever they are.
        }
        let mut order = Kind::of(left.value).cmp(&Kind::of(right.value));
        if names {
            order = order.then_with(|| left.name.cmp(right.name));
        }
        order = order.then_with(|| same_kind(left.value, right.value, strings, depth));
        if order != Ordering::Equal {
            return order;
        }
    }
}
