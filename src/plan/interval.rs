//! Intervals of one index part, as cuts through the ascending keys of its values.
//!
//! A cut is a string of bytes that falls between keys: everything that begins with the key of `v` lies behind
//! the cut `before v` and in front of the cut `after v`, whatever parts or record number follow it. The
//! invariant: an interval holds the keys from its lower cut up to its upper cut, and a list of intervals is
//! ascending and without overlap.

use super::successor;
use anser_query::value::{Kind, ValueRef, key};

/// What no part of a key begins with: above everything that continues a key.
const ABOVE: u8 = 0xFF;

/// A place between keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut {
    bytes: Vec<u8>,
    /// Whether `bytes` ends in a byte that lifts the cut above everything that begins with the rest.
    after: bool,
}

/// The keys between two cuts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) lower: Cut,
    pub(crate) upper: Cut,
    /// Whether it holds the key of one value only.
    pub(crate) point: bool,
}

impl Cut {
    /// In front of `value`.
    pub(crate) fn before(value: ValueRef<'_>) -> Cut {
        let mut bytes = Vec::with_capacity(value.bytes.len() + 8);
        key::encode(value, &mut bytes);
        Cut { bytes, after: false }
    }

    /// Behind `value`.
    pub(crate) fn after(value: ValueRef<'_>) -> Cut {
        Cut::before(value).raised()
    }

    /// In front of every value.
    pub(crate) fn lowest() -> Cut {
        Cut { bytes: Vec::new(), after: false }
    }

    /// Behind every value.
    pub(crate) fn highest() -> Cut {
        Cut::lowest().raised()
    }

    /// In front of the first value of `kind`.
    pub(crate) fn before_kind(kind: Kind) -> Cut {
        Cut { bytes: vec![key::kind_bounds(kind).0], after: false }
    }

    /// Behind the last value of `kind`.
    pub(crate) fn after_kind(kind: Kind) -> Cut {
        Cut { bytes: vec![key::kind_bounds(kind).1], after: false }
    }

    /// Behind everything that begins with the bytes of this cut.
    pub(crate) fn raised(mut self) -> Cut {
        debug_assert!(!self.after, "a cut is raised once");
        self.bytes.push(ABOVE);
        self.after = true;
        self
    }

    /// The bytes that lie at the cut.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key that the cut stands in front of or behind.
    pub(crate) fn key(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - usize::from(self.after)]
    }

    /// Whether the cut stands behind its key.
    pub(crate) fn is_after(&self) -> bool {
        self.after
    }

    /// The same place among complemented keys: what was behind it is in front.
    fn complemented(mut self) -> Cut {
        if self.after {
            self.bytes.pop();
            key::complement(&mut self.bytes);
            return Cut { bytes: self.bytes, after: false };
        }
        key::complement(&mut self.bytes);
        // Above everything that begins with these bytes, which may stand within a key: there 0xFF occurs.
        match successor(self.bytes) {
            Some(bytes) => Cut { bytes, after: false },
            None => Cut::highest(),
        }
    }
}

impl Interval {
    /// Every key.
    pub(crate) fn all() -> Interval {
        Interval::between(Cut::lowest(), Cut::highest())
    }

    /// The key of one value.
    pub(crate) fn point(value: ValueRef<'_>) -> Interval {
        let lower = Cut::before(value);
        let upper = lower.clone().raised();
        Interval { lower, upper, point: true }
    }

    /// The keys of one kind.
    pub(crate) fn kind(kind: Kind) -> Interval {
        Interval::between(Cut::before_kind(kind), Cut::after_kind(kind))
    }

    /// The keys of all strings that begin with `prefix`.
    pub(crate) fn string_prefix(prefix: &str) -> Interval {
        let mut bytes = Vec::with_capacity(prefix.len() + 2);
        key::encode_string_prefix(prefix.as_bytes(), &mut bytes);
        let lower = Cut { bytes, after: false };
        let upper = lower.clone().raised();
        Interval::between(lower, upper)
    }

    /// The keys between two cuts.
    pub(crate) fn between(lower: Cut, upper: Cut) -> Interval {
        Interval { lower, upper, point: false }
    }

    /// Whether it holds every key.
    pub(crate) fn is_all(&self) -> bool {
        self.lower.bytes.is_empty() && self.upper.bytes == [ABOVE]
    }

    fn is_empty(&self) -> bool {
        self.lower.bytes >= self.upper.bytes
    }

    /// The same interval among complemented keys.
    pub(crate) fn complemented(self) -> Interval {
        Interval { lower: self.upper.complemented(), upper: self.lower.complemented(), point: self.point }
    }
}

/// Brings intervals into order and joins those that touch.
pub(crate) fn union(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.retain(|interval| !interval.is_empty());
    if intervals.len() < 2 {
        return intervals;
    }
    intervals.sort_by(|left, right| left.lower.bytes.cmp(&right.lower.bytes));
    let mut joined: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match joined.last_mut() {
            Some(last) if interval.lower.bytes <= last.upper.bytes => {
                if interval != *last {
                    last.point = false;
                }
                if interval.upper.bytes > last.upper.bytes {
                    last.upper = interval.upper;
                }
            }
            _ => joined.push(interval),
        }
    }
    joined
}

/// What two lists of intervals share.
pub(crate) fn intersection(left: &[Interval], right: &[Interval]) -> Vec<Interval> {
    let mut shared = Vec::new();
    let (mut at_left, mut at_right) = (0, 0);
    while let (Some(one), Some(other)) = (left.get(at_left), right.get(at_right)) {
        let lower = if one.lower.bytes >= other.lower.bytes { &one.lower } else { &other.lower };
        let upper = if one.upper.bytes <= other.upper.bytes { &one.upper } else { &other.upper };
        if lower.bytes < upper.bytes {
            let point = one.point || other.point;
            shared.push(Interval { lower: lower.clone(), upper: upper.clone(), point });
        }
        if one.upper.bytes <= other.upper.bytes {
            at_left += 1;
        } else {
            at_right += 1;
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use anser_query::value::ValueBuf;
    use bson::{Bson, doc};

    fn value(value: impl Into<Bson>) -> ValueBuf {
        ValueBuf::try_from(&value.into()).unwrap()
    }

    fn holds(intervals: &[Interval], value: &ValueBuf) -> bool {
        let cut = Cut::before(value.as_ref());
        // Something follows the key in an entry: a record number, say.
        let mut entry = cut.bytes.clone();
        entry.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 9]);
        intervals.iter().any(|interval| interval.lower.bytes <= entry && entry < interval.upper.bytes)
    }

    #[test]
    fn a_cut_after_a_value_leaves_out_everything_that_continues_its_key() {
        let five = value(5);
        let above = [Interval::between(Cut::after(five.as_ref()), Cut::after_kind(Kind::Number))];
        assert!(!holds(&above, &five));
        assert!(holds(&above, &value(5.5)));
        assert!(!holds(&above, &value("5")));
    }

    #[test]
    fn intersecting_two_ranges_keeps_what_lies_in_both() {
        let from_one = [Interval::between(Cut::before(value(1).as_ref()), Cut::after_kind(Kind::Number))];
        let to_nine = [Interval::between(Cut::before_kind(Kind::Number), Cut::before(value(9).as_ref()))];
        let both = intersection(&from_one, &to_nine);
        assert!(holds(&both, &value(1)) && holds(&both, &value(8)));
        assert!(!holds(&both, &value(0)) && !holds(&both, &value(9)));
    }

    #[test]
    fn a_union_is_ascending_and_joins_what_touches() {
        let points = [3, 1, 2, 1].map(|number| Interval::point(value(number).as_ref()));
        let joined = union(points.to_vec());
        assert_eq!(joined.len(), 3);
        assert!(joined.iter().all(|interval| interval.point));
        assert!(joined.is_sorted_by(|left, right| left.upper.bytes <= right.lower.bytes));
        let covered = union(vec![Interval::kind(Kind::Number), Interval::point(value(1).as_ref())]);
        assert_eq!(covered, [Interval::kind(Kind::Number)]);
    }

    #[test]
    fn a_complemented_interval_holds_the_complemented_keys() {
        let values =
            [value(0), value(1), value(2.5), value(3), value("a"), value("ab"), value("b"), value(doc! {})];
        let intervals = [
            Interval::between(Cut::before(value(1).as_ref()), Cut::after(value(2.5).as_ref())),
            Interval::string_prefix("a"),
            Interval::kind(Kind::Document),
            Interval::kind(Kind::Number),
        ];
        for interval in intervals {
            let flipped = interval.clone().complemented();
            for value in &values {
                let mut entry = Vec::new();
                key::encode_descending(value.as_ref(), &mut entry);
                entry.extend_from_slice(&[0; 8]);
                let inside = flipped.lower.bytes <= entry && entry < flipped.upper.bytes;
                assert_eq!(inside, holds(std::slice::from_ref(&interval), value), "{value:?} {interval:?}");
            }
        }
        let all = Interval::all().complemented();
        assert!(all.is_all());
    }
}
