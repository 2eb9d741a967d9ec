//! From predicates to intervals of an index part.
//!
//! The law: when a document matches a predicate, some entry of it lies in the predicate's intervals. An entry
//! stands for an element where the document has an array, for `undefined` where it has an empty one, and for
//! `null` where it has nothing.
//!
//! What arrays forbid, said once. On a multikey part two predicates may be satisfied by two different elements,
//! hence by two different entries:
//! - their intervals are not intersected, one of them is taken (inside one `$elemMatch` of values they are: it
//!   is one element that satisfies all);
//! - the intervals of two multikey parts below one array are not combined (inside one `$elemMatch` on that
//!   array they are: the entry is made of one element);
//! - such an index counts and sorts nothing by itself.

use super::interval::{Cut, Interval, intersection, union};
use anser_query::Filter;
use anser_query::filter::{Comparison, Predicate, Regex};
use anser_query::value::{Kind, Number, ValueRef, tag};
use std::borrow::Cow;

/// The intervals of a predicate.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub(crate) intervals: Vec<Interval>,
    /// Whether a lone value lies in the intervals exactly when it satisfies the predicate.
    pub(crate) exact: bool,
}

/// A predicate that every match satisfies.
#[derive(Clone, Debug)]
pub(crate) struct Conjunct<'f> {
    /// The whole path, down from the document.
    pub(crate) path: Cow<'f, str>,
    pub(crate) predicate: &'f Predicate,
    /// The `$elemMatch` that it stands in.
    pub(crate) group: Option<Group>,
}

/// An `$elemMatch` on documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    number: usize,
    /// How many parts the path of its array has.
    pub(crate) path_length: usize,
}

/// What every match of a filter satisfies.
#[derive(Debug, Default)]
pub(crate) struct Conjunction<'f> {
    pub(crate) conjuncts: Vec<Conjunct<'f>>,
    /// The `$or`s that stand beside them.
    pub(crate) disjunctions: Vec<&'f [Filter]>,
    /// Whether the conjuncts on top level say all that the filter says.
    pub(crate) whole: bool,
    groups: usize,
}

impl<'f> Conjunction<'f> {
    /// Takes `filter` apart.
    pub(crate) fn of(filter: &'f Filter) -> Conjunction<'f> {
        let mut conjunction = Conjunction { whole: true, ..Conjunction::default() };
        conjunction.add(filter, None);
        conjunction
    }

    fn add(&mut self, filter: &'f Filter, inside: Option<(&str, Group)>) {
        match filter {
            Filter::All => {}
            Filter::And(filters) => {
                for filter in filters {
                    self.add(filter, inside);
                }
            }
            Filter::Or(filters) => match filters.as_slice() {
                [only] => self.add(only, inside),
                several => {
                    self.whole = false;
                    if inside.is_none() {
                        self.disjunctions.push(several);
                    }
                }
            },
            Filter::Field(path, predicate) => match inside {
                None => self.add_predicate(Cow::Borrowed(path.as_str()), predicate, None),
                Some((above, group)) => {
                    let whole = format!("{above}.{}", path.as_str());
                    self.add_predicate(Cow::Owned(whole), predicate, Some(group));
                }
            },
            // `$nor`, and what a later version of the filter language brings, narrow nothing.
            _ => self.whole = false,
        }
    }

    fn add_predicate(&mut self, whole_path: Cow<'f, str>, predicate: &'f Predicate, group: Option<Group>) {
        match predicate {
            Predicate::Both(predicates) | Predicate::All(predicates) => {
                // An empty `$all` matches nothing, which no conjunct says.
                self.whole &= !predicates.is_empty();
                for predicate in predicates {
                    self.add_predicate(whole_path.clone(), predicate, group);
                }
            }
            Predicate::ElementDocument(filter) => {
                self.whole = false;
                self.groups += 1;
                let inner = Group { number: self.groups, path_length: parts(&whole_path) };
                self.add(filter, Some((&whole_path, inner)));
                self.conjuncts.push(Conjunct { path: whole_path, predicate, group });
            }
            _ => self.conjuncts.push(Conjunct { path: whole_path, predicate, group }),
        }
    }
}

/// How many parts a dotted path has.
pub(crate) fn parts(path: &str) -> usize {
    1 + path.bytes().filter(|&byte| byte == b'.').count()
}

/// The intervals of `predicate`, `None` when it narrows nothing.
pub(crate) fn of(predicate: &Predicate) -> Option<Bounds> {
    match predicate {
        Predicate::Compare(comparison, operand) => compared(*comparison, operand.as_ref()),
        Predicate::In(values, patterns) => among(values.iter().map(|value| value.as_ref()), patterns),
        Predicate::Regex(pattern) => Some(inexact(pattern_intervals(pattern))),
        // The entry of a document without the path is null, and of an empty array undefined.
        Predicate::Exists(false) => Some(inexact(vec![nothing()])),
        Predicate::Exists(true) => None,
        Predicate::Type(types) => typed(&types.tags),
        Predicate::Modulo { .. } => Some(inexact(vec![Interval::kind(Kind::Number)])),
        Predicate::ElementValue(predicates) => {
            // One element satisfies all of them, so what they share has to hold an entry.
            let mut shared: Option<Vec<Interval>> = None;
            // An element that is an array stands in the index as it is, without its own elements.
            let lone = predicates.iter().filter(|inner| !matches!(inner, Predicate::ElementValue(_)));
            for bounds in lone.filter_map(of) {
                shared = Some(match shared {
                    None => bounds.intervals,
                    Some(so_far) => intersection(&so_far, &bounds.intervals),
                });
            }
            shared.map(inexact)
        }
        Predicate::Not(negated) => match &**negated {
            Predicate::Exists(true) => Some(inexact(vec![nothing()])),
            _ => None,
        },
        // The elements of an array are in the index, its size is not.
        Predicate::Size(_) => None,
        Predicate::All(_) | Predicate::Both(_) | Predicate::ElementDocument(_) => None,
        // What a later version of the filter language brings narrows nothing until it is said here.
        _ => None,
    }
}

/// Whether a document without the path cannot satisfy `predicate`: then a sparse index holds every match.
/// `arrays`: whether arrays may stand on the path; below an empty one there is not even a null.
pub(crate) fn implies_existence(predicate: &Predicate, arrays: bool) -> bool {
    let demands =
        |value: ValueRef<'_>| !matches!(value.tag, tag::NULL | tag::UNDEFINED | tag::MIN_KEY | tag::MAX_KEY);
    match predicate {
        Predicate::Compare(_, operand) => demands(operand.as_ref()),
        Predicate::In(values, _) => values.iter().all(|value| demands(value.as_ref())),
        Predicate::Type(types) => {
            !types.tags.iter().any(|type_tag| matches!(*type_tag, tag::NULL | tag::UNDEFINED))
        }
        Predicate::Exists(exists) => *exists,
        Predicate::Regex(_)
        | Predicate::Modulo { .. }
        | Predicate::Size(_)
        | Predicate::ElementDocument(_)
        | Predicate::ElementValue(_) => true,
        Predicate::All(predicates) | Predicate::Both(predicates) => {
            predicates.iter().any(|predicate| implies_existence(predicate, arrays))
        }
        Predicate::Not(negated) => match &**negated {
            Predicate::Compare(Comparison::Equal, operand) => !arrays && operand.as_ref().tag == tag::NULL,
            Predicate::In(values, _) => !arrays && values.iter().any(|value| value.as_ref().tag == tag::NULL),
            Predicate::Exists(exists) => !exists,
            _ => false,
        },
        _ => false,
    }
}

fn inexact(intervals: Vec<Interval>) -> Bounds {
    Bounds { intervals: union(intervals), exact: false }
}

/// Where a document without a value has its entry.
fn nothing() -> Interval {
    Interval::between(Cut::before_kind(Kind::Undefined), Cut::after_kind(Kind::Null))
}

fn compared(comparison: Comparison, operand: ValueRef<'_>) -> Option<Bounds> {
    match operand.tag {
        tag::NULL => return Some(inexact(vec![nothing()])),
        tag::ARRAY => {
            return match comparison {
                Comparison::Equal => Some(inexact(equal_to_array(operand))),
                // An array is compared as a whole, its entries are its elements.
                _ => None,
            };
        }
        // These are compared with values of every kind.
        tag::MIN_KEY | tag::MAX_KEY => {
            return match comparison {
                Comparison::Equal => Some(inexact(vec![Interval::point(operand)])),
                _ => None,
            };
        }
        tag::UNDEFINED | tag::REGEX => return None,
        _ => {}
    }
    if Number::of(operand).is_some_and(Number::is_nan) {
        return Some(match comparison {
            // NaN is equal to itself only, and neither below nor above anything.
            Comparison::Equal | Comparison::LessOrEqual | Comparison::GreaterOrEqual => {
                Bounds { intervals: vec![Interval::point(operand)], exact: true }
            }
            Comparison::Less | Comparison::Greater => inexact(vec![Interval::kind(Kind::Number)]),
        });
    }
    let kind = Kind::of(operand);
    let lowest = || match kind {
        // NaN sorts below the numbers and is not below one.
        Kind::Number => {
            let infinity = f64::NEG_INFINITY.to_le_bytes();
            Cut::before(ValueRef { tag: tag::DOUBLE, bytes: &infinity })
        }
        kind => Cut::before_kind(kind),
    };
    let interval = match comparison {
        Comparison::Equal => Interval::point(operand),
        Comparison::Less => Interval::between(lowest(), Cut::before(operand)),
        Comparison::LessOrEqual => Interval::between(lowest(), Cut::after(operand)),
        Comparison::Greater => Interval::between(Cut::after(operand), Cut::after_kind(kind)),
        Comparison::GreaterOrEqual => Interval::between(Cut::before(operand), Cut::after_kind(kind)),
    };
    let exact = matches!(
        kind,
        Kind::Number
            | Kind::String
            | Kind::ObjectId
            | Kind::Boolean
            | Kind::DateTime
            | Kind::Timestamp
            | Kind::Binary
    );
    Some(Bounds { intervals: union(vec![interval]), exact })
}

/// A document matches an array when the array stands there, whose elements are the entries, or when it is
/// itself an element of what stands there.
fn equal_to_array(array: ValueRef<'_>) -> Vec<Interval> {
    let first = match array.as_array().and_then(|elements| elements.values().next()) {
        Some(first) => Interval::point(first),
        None => Interval::point(ValueRef { tag: tag::UNDEFINED, bytes: &[] }),
    };
    vec![first, Interval::point(array)]
}

fn among<'v>(values: impl Iterator<Item = ValueRef<'v>>, patterns: &[Regex]) -> Option<Bounds> {
    let mut intervals = Vec::new();
    let mut exact = patterns.is_empty();
    for value in values {
        let bounds = compared(Comparison::Equal, value)?;
        exact &= bounds.exact;
        intervals.extend(bounds.intervals);
    }
    for pattern in patterns {
        intervals.extend(pattern_intervals(pattern));
    }
    Some(Bounds { intervals: union(intervals), exact })
}

/// The strings that may match, and every regular expression (one that is the same matches, too).
fn pattern_intervals(pattern: &Regex) -> Vec<Interval> {
    let strings = match &pattern.prefix {
        Some(prefix) if !prefix.is_empty() => Interval::string_prefix(prefix),
        _ => Interval::kind(Kind::String),
    };
    vec![strings, Interval::kind(Kind::Regex)]
}

fn typed(tags: &[u8]) -> Option<Bounds> {
    if tags.contains(&tag::ARRAY) {
        return None;
    }
    let intervals = tags.iter().map(|&type_tag| match Kind::of_tag(type_tag) {
        // A missing value and a null have one entry, an empty array and an undefined another.
        Kind::Undefined | Kind::Null => nothing(),
        kind => Interval::kind(kind),
    });
    Some(inexact(intervals.collect()))
}
