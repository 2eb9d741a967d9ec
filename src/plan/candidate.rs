//! What one index can do for a question.
//!
//! The invariant: the ranges hold an entry of every document that matches, ascending and apart from each other,
//! so that a scan of all of them in turn is in the order of the index.

use super::bounds::{self, Bounds, Conjunct, Conjunction, Group};
use super::interval::{Interval, intersection};
use super::{IndexScan, KeyRange, Order};
use crate::catalog::IndexEntry;
use anser_query::Sort;
use anser_storage::Direction;
use std::sync::Arc;

/// How many points are looked up one by one; more of them become one range.
const POINTS_MAX: usize = 1000;

/// An index with the ranges that a question leaves of it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) scan: IndexScan,
    /// Per part: its intervals, in ascending values; every value for the parts that are not narrowed.
    pub(crate) parts: Vec<Vec<Interval>>,
    /// Whether the scan gives the order that is asked for.
    pub(crate) gives_order: bool,
    pub(crate) score: Score,
}

/// How good a candidate is; the greater the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Score {
    /// At most one document can match.
    unique_point: bool,
    /// How many parts are one value.
    equalities: usize,
    /// The order is given, and either a limit ends the scan early or the equalities have narrowed it.
    early_order: bool,
    /// How narrow the other parts are.
    narrowness: usize,
    /// The order is given.
    order: bool,
    /// Fewer parts are smaller entries.
    shortness: usize,
}

impl Score {
    /// Whether the candidate looks at less than the whole index.
    pub(crate) fn narrows(&self) -> bool {
        self.equalities > 0 || self.narrowness > 0
    }
}

/// The intervals of one part, and what they came from.
struct Part {
    intervals: Vec<Interval>,
    /// How many conjuncts they say.
    conjuncts: usize,
    exact: bool,
    group: Option<Group>,
}

impl Part {
    fn is_equality(&self) -> bool {
        matches!(self.intervals.as_slice(), [only] if only.point)
    }

    fn is_points(&self) -> bool {
        self.intervals.iter().all(|interval| interval.point)
    }

    /// Lower is narrower.
    fn width(&self) -> usize {
        match self.intervals.as_slice() {
            [] => 0,
            [only] if only.point => 1,
            intervals if intervals.iter().all(|interval| interval.point) => 2,
            intervals => 3 + intervals.iter().map(open_ends).max().unwrap_or(0),
        }
    }
}

/// How many ends of a range are no value that the question named.
fn open_ends(interval: &Interval) -> usize {
    if interval.is_all() {
        return 3;
    }
    usize::from(interval.lower.key().len() <= 1) + usize::from(interval.upper.key().len() <= 1)
}

/// Whether a sparse index holds, for every match, the entry that the ranges are made for: one with something at
/// one of its paths. A sparse index leaves out each entry that has nothing at any path, and of a document with
/// arrays possibly some of several.
pub(crate) fn holds_every_match(index: &IndexEntry, conjunction: &Conjunction<'_>) -> bool {
    if !index.sparse {
        return true;
    }
    let demands = |path: &str| {
        !has_position(path)
            && conjunction.conjuncts.iter().any(|conjunct| {
                conjunct.path == path && bounds::implies_existence(conjunct.predicate, index.is_multikey())
            })
    };
    if !index.is_multikey() {
        // One entry a document.
        return index.paths.iter().any(|path| demands(path.as_str()));
    }
    // Whichever predicate narrows the first part, it is satisfied by something.
    let first = index.paths[0].as_str();
    let at_first = conjunction.conjuncts.iter().filter(|conjunct| conjunct.path == first);
    demands(first)
        && at_first
            .into_iter()
            .all(|conjunct| bounds::implies_existence(conjunct.predicate, index.is_multikey()))
}

/// Whether a part of the path is a number. It may name an element of an array or a field: an index has an entry
/// for one of them, a filter looks at both.
fn has_position(path: &str) -> bool {
    path.split('.').any(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Candidate {
    /// What `index` can do. Whether it holds every match is another question.
    pub(crate) fn of(
        index: &Arc<IndexEntry>,
        conjunction: &Conjunction<'_>,
        order: &Order,
        limited: bool,
    ) -> Candidate {
        let narrowed = narrowed_parts(index, conjunction);
        let (ranges, cut_off) = ranges_of(index, &narrowed);
        let equality = |part: usize| narrowed.get(part).is_some_and(Part::is_equality);
        let (gives_order, direction) = match order {
            Order::By(sort) => match direction_for(index, sort, &equality) {
                Some(direction) => (true, direction),
                None => (false, Direction::Forward),
            },
            Order::Any => (true, Direction::Forward),
            Order::Natural(_) => (false, Direction::Forward),
        };
        // Of a document, the entries that are one value on every part with arrays are one entry.
        let repeats = index
            .multikey
            .iter()
            .enumerate()
            .any(|(part, &multikey)| multikey && (cut_off || index.truncated || !equality(part)));
        let said: usize = narrowed.iter().map(|part| part.conjuncts).sum();
        let exact = conjunction.whole
            && said == conjunction.conjuncts.len()
            && narrowed.iter().all(|part| part.exact)
            && !cut_off
            && !index.truncated
            && !index.is_multikey();
        let equalities = narrowed.iter().take_while(|part| part.is_equality()).count();
        let unique_point = index.unique && equalities == index.paths.len();
        let asked = matches!(order, Order::By(_));
        let score = Score {
            unique_point,
            equalities,
            early_order: asked && gives_order && (limited || equalities > 0),
            narrowness: narrowed.iter().skip(equalities).map(|part| 7 - part.width().min(6)).sum(),
            order: asked && gives_order,
            shortness: usize::MAX - index.paths.len(),
        };
        let mut parts: Vec<Vec<Interval>> = narrowed.into_iter().map(|part| part.intervals).collect();
        parts.resize_with(index.paths.len(), || vec![Interval::all()]);
        let scan = IndexScan { index: Arc::clone(index), ranges, direction, repeats, exact };
        Candidate { scan, parts, gives_order, score }
    }
}

/// The parts of the index, from the first on, that are narrowed without a gap: points, and then at most one
/// that is no points.
fn narrowed_parts(index: &IndexEntry, conjunction: &Conjunction<'_>) -> Vec<Part> {
    let mut narrowed: Vec<Part> = Vec::new();
    for part in 0..index.paths.len() {
        let path = index.paths[part].as_str();
        if has_position(path) {
            break;
        }
        let at_path = conjunction.conjuncts.iter().filter(|conjunct| conjunct.path == path);
        let chosen = if index.multikey[part] {
            best_of(at_path, |group| goes_with_earlier(index, &narrowed, part, group))
        } else {
            all_of(at_path)
        };
        let Some(chosen) = chosen else { break };
        let last = !chosen.is_points();
        narrowed.push(chosen);
        if last {
            break;
        }
    }
    narrowed
}

/// On a part without arrays every predicate looks at the same value.
fn all_of<'a, 'f: 'a>(conjuncts: impl Iterator<Item = &'a Conjunct<'f>>) -> Option<Part> {
    let mut all: Option<Part> = None;
    for conjunct in conjuncts {
        let Some(Bounds { intervals, exact }) = bounds::of(conjunct.predicate) else { continue };
        all = Some(match all {
            None => Part { intervals, conjuncts: 1, exact, group: None },
            Some(part) => Part {
                intervals: intersection(&part.intervals, &intervals),
                conjuncts: part.conjuncts + 1,
                exact: part.exact && exact,
                group: None,
            },
        });
    }
    all
}

/// On a part with arrays every predicate may be satisfied by another element: the narrowest is taken.
fn best_of<'a, 'f: 'a>(
    conjuncts: impl Iterator<Item = &'a Conjunct<'f>>,
    allowed: impl Fn(Option<Group>) -> bool,
) -> Option<Part> {
    conjuncts
        .filter(|conjunct| allowed(conjunct.group))
        .filter_map(|conjunct| {
            let bounds = bounds::of(conjunct.predicate)?;
            let group = conjunct.group;
            Some(Part { intervals: bounds.intervals, conjuncts: 1, exact: false, group })
        })
        // Inside an `$elemMatch` further parts may join.
        .min_by_key(|part| (part.width(), part.group.is_none()))
}

/// Whether a predicate in `group` on the multikey `part` may be combined with the parts before it: not when an
/// array above both could satisfy them with two elements.
fn goes_with_earlier(index: &IndexEntry, earlier: &[Part], part: usize, group: Option<Group>) -> bool {
    let path = &index.paths[part];
    earlier.iter().enumerate().all(|(other, chosen)| {
        if !index.multikey[other] {
            return true;
        }
        let shared = path.parts().zip(index.paths[other].parts()).take_while(|(one, two)| one == two).count();
        shared == 0 || group.is_some_and(|group| chosen.group == Some(group) && group.path_length == shared)
    })
}

/// The ranges of the narrowed parts, and whether they hold more than the parts say.
fn ranges_of(index: &IndexEntry, narrowed: &[Part]) -> (Vec<KeyRange>, bool) {
    let mut prefixes: Vec<Vec<u8>> = vec![Vec::new()];
    let mut cut_off = false;
    let mut ranges: Option<Vec<KeyRange>> = None;
    for (at, part) in narrowed.iter().enumerate() {
        let ascending = index.ascending[at];
        if part.is_points() && prefixes.len().saturating_mul(part.intervals.len()) <= POINTS_MAX {
            let mut longer = Vec::with_capacity(prefixes.len() * part.intervals.len());
            for prefix in prefixes {
                in_index_order(&part.intervals, ascending, |point| {
                    let mut key = Vec::with_capacity(prefix.len() + point.lower.bytes().len() + 1);
                    key.extend_from_slice(&prefix);
                    key.extend_from_slice(point.lower.key());
                    longer.push(key);
                });
            }
            prefixes = longer;
            continue;
        }
        let whole;
        let intervals = match (part.intervals.as_slice(), prefixes.len()) {
            ([first, .., last], several) if several.saturating_mul(part.intervals.len()) > POINTS_MAX => {
                cut_off = true;
                whole = [Interval::between(first.lower.clone(), last.upper.clone())];
                &whole[..]
            }
            (intervals, _) => intervals,
        };
        let mut last = Vec::with_capacity(prefixes.len() * intervals.len());
        for prefix in &prefixes {
            in_index_order(intervals, ascending, |interval| {
                let join = |end: &[u8]| [prefix.as_slice(), end].concat();
                let (lower, upper) = (join(interval.lower.bytes()), join(interval.upper.bytes()));
                last.push(KeyRange { lower, upper: Some(upper), point: false });
            });
        }
        cut_off |= at + 1 < narrowed.len();
        ranges = Some(last);
        break;
    }
    let point = index.unique && narrowed.len() == index.paths.len() && !index.truncated;
    let mut ranges = ranges
        .unwrap_or_else(|| prefixes.into_iter().map(|prefix| KeyRange::of_prefix(prefix, point)).collect());
    if index.truncated {
        ranges.iter_mut().for_each(|range| range.cut(index.prefix_bytes()));
        ranges = without_overlap(ranges);
    }
    (ranges, cut_off)
}

/// Cut ranges may overlap: joined, they are apart again.
fn without_overlap(ranges: Vec<KeyRange>) -> Vec<KeyRange> {
    let mut joined: Vec<KeyRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.upper.as_ref().is_none_or(|upper| *upper >= range.lower) => {
                if range.upper.is_none() || (last.upper.is_some() && range.upper > last.upper) {
                    last.upper = range.upper;
                }
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// Shows intervals as they follow each other in the index, complemented where the part descends.
fn in_index_order(intervals: &[Interval], ascending: bool, mut show: impl FnMut(&Interval)) {
    if ascending {
        intervals.iter().for_each(show);
    } else {
        intervals.iter().rev().for_each(|interval| show(&interval.clone().complemented()));
    }
}

/// The direction in which a scan of `index` gives the order of `sort`. A part that is one value can be passed
/// over. A part with arrays gives no order: a document stands in it several times.
fn direction_for(index: &IndexEntry, sort: &Sort, equality: &dyn Fn(usize) -> bool) -> Option<Direction> {
    if index.truncated {
        return None;
    }
    let mut direction = None;
    let mut part = 0;
    'sort: for (path, ascending) in &sort.parts {
        let constant = (0..index.paths.len())
            .any(|other| equality(other) && !index.multikey[other] && index.paths[other] == *path);
        if constant {
            continue;
        }
        while part < index.paths.len() {
            if index.paths[part] == *path && !index.multikey[part] {
                let needed = match index.ascending[part] == *ascending {
                    true => Direction::Forward,
                    false => Direction::Backward,
                };
                if *direction.get_or_insert(needed) != needed {
                    return None;
                }
                part += 1;
                continue 'sort;
            }
            if !equality(part) {
                return None;
            }
            part += 1;
        }
        return None;
    }
    Some(direction.unwrap_or(Direction::Forward))
}
