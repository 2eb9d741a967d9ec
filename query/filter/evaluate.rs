//! The reference evaluator: how a predicate meets what stands at a path.
//!
//! The rule: a predicate asks each end of the path in turn, and of an array at an end its elements and then
//! the array itself; one yes is enough. Negations and conjunctions (`$not $ne $nin $all`) speak about the
//! whole path: they are answered from the answers of what they hold, never element by element.

use super::{Filter, Predicate, comparison, evaluation};
use crate::path::Found;
use crate::value::{DocumentRef, ValueRef, tag};
use std::ops::ControlFlow;

pub(super) fn filter(filter: &Filter, document: DocumentRef<'_>) -> bool {
    match filter {
        Filter::All => true,
        Filter::And(members) => members.iter().all(|member| self::filter(member, document)),
        Filter::Or(members) => members.iter().any(|member| self::filter(member, document)),
        Filter::Nor(members) => !members.iter().any(|member| self::filter(member, document)),
        Filter::Field(path, predicate) => whole(predicate, &mut |leaf| {
            path.walk(document, &mut |found| {
                if leaf_holds(leaf, found) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .is_break()
        }),
    }
}

/// Answers for a predicate over a whole path, given the answer for each leaf it is made of.
fn whole(predicate: &Predicate, leaf: &mut dyn FnMut(&Predicate) -> bool) -> bool {
    match predicate {
        Predicate::Not(inner) => !whole(inner, leaf),
        Predicate::Both(members) => members.iter().all(|member| whole(member, leaf)),
        Predicate::All(terms) => !terms.is_empty() && terms.iter().all(|term| whole(term, leaf)),
        Predicate::Exists(false) => !leaf(&Predicate::Exists(true)),
        other => leaf(other),
    }
}

/// Answers for a predicate over a path that has one end (`None`: no end at all).
#[inline]
pub(super) fn at_end(predicate: &Predicate, end: Option<Found<'_>>) -> bool {
    whole(predicate, &mut |leaf| end.is_some_and(|found| leaf_holds(leaf, found)))
}

/// Whether a leaf holds at one end of a path.
#[inline]
fn leaf_holds(leaf: &Predicate, found: Found<'_>) -> bool {
    match found {
        Found::Missing => of_one(leaf, None),
        Found::Element(value) => of_one(leaf, Some(value)),
        Found::Value(value) if value.tag == tag::ARRAY && asks_elements(leaf) => {
            DocumentRef::new(value.bytes).values().any(|element| of_one(leaf, Some(element)))
                || of_one(leaf, Some(value))
        }
        Found::Value(value) => of_one(leaf, Some(value)),
    }
}

/// Whether a leaf asks the elements of an array at the path's end. Those that speak about the array do not.
fn asks_elements(leaf: &Predicate) -> bool {
    !matches!(
        leaf,
        Predicate::Size(_)
            | Predicate::Exists(_)
            | Predicate::ElementDocument(_)
            | Predicate::ElementValue(_)
    )
}

/// Whether one value by itself (`None`: nothing stands there) satisfies a predicate; arrays are not entered.
fn of_one(predicate: &Predicate, value: Option<ValueRef<'_>>) -> bool {
    match predicate {
        Predicate::Compare(comparison, operand) => comparison::compares(*comparison, value, operand.as_ref()),
        Predicate::In(values, patterns) => comparison::is_in(values, patterns, value),
        Predicate::Exists(exists) => value.is_some() == *exists,
        Predicate::Not(inner) => !of_one(inner, value),
        Predicate::Both(members) => members.iter().all(|member| of_one(member, value)),
        Predicate::All(terms) => !terms.is_empty() && terms.iter().all(|term| of_one(term, value)),
        Predicate::Regex(regex) => value.is_some_and(|value| regex.matches(value)),
        Predicate::Type(types) => value.is_some_and(|value| types.contains(value.tag)),
        Predicate::Modulo { divisor, remainder } => {
            value.is_some_and(|value| evaluation::leaves(value, *divisor, *remainder))
        }
        Predicate::Size(size) => elements(value)
            .is_some_and(|array| i64::try_from(array.len()).is_ok_and(|length| length == *size)),
        Predicate::ElementDocument(filter) => elements(value).is_some_and(|array| {
            let mut nested =
                array.values().filter(|element| matches!(element.tag, tag::DOCUMENT | tag::ARRAY));
            nested.any(|element| self::filter(filter, DocumentRef::new(element.bytes)))
        }),
        Predicate::ElementValue(predicates) => elements(value).is_some_and(|array| {
            array.values().any(|element| predicates.iter().all(|predicate| of_one(predicate, Some(element))))
        }),
    }
}

fn elements(value: Option<ValueRef<'_>>) -> Option<DocumentRef<'_>> {
    value?.as_array()
}
