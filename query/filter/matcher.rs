//! The compiled matcher: one walk over a document's bytes answers every predicate on a top-level field.
//!
//! The invariant: it gives [`Filter::matches`]' answer for every document. What it does not know how to
//! answer at once it hands to the reference evaluator, value by value or filter by filter. Nothing is
//! allocated per document.

use super::comparison::accepts;
use super::{Comparison, Filter, Predicate, evaluate};
use crate::path::Found;
use crate::value::raw::value_length;
use crate::value::{DocumentRef, ValueRef, View, tag};

/// A filter compiled for many documents. Cheap to call, no allocation per document.
///
/// ```
/// use anser_query::Filter;
/// use anser_query::value::DocumentRef;
/// use bson::rawdoc;
///
/// let matcher = Filter::parse(DocumentRef::from(&rawdoc! { "city": "Paris", "age": { "$gt": 30 } }))?.compile();
/// assert_eq!(matcher.fast_terms(), 2);
/// assert!(matcher.matches(DocumentRef::from(&rawdoc! { "city": "Paris", "age": 31 })));
/// # Ok::<(), anser_query::Error>(())
/// ```
#[derive(Debug)]
pub struct Matcher {
    root: Node,
}

#[derive(Debug)]
enum Node {
    /// Predicates on top-level fields, answered in one walk, and what else has to hold.
    Every(Fields, Vec<Node>),
    /// One of them has to hold.
    Any(Vec<Node>),
    /// None of them may hold.
    Neither(Vec<Node>),
    /// Answered by the reference evaluator.
    Reference(Filter),
}

impl Matcher {
    pub(super) fn new(filter: &Filter) -> Matcher {
        Matcher { root: Node::of(filter) }
    }

    /// Whether `document` matches.
    #[inline]
    pub fn matches(&self, document: DocumentRef<'_>) -> bool {
        self.root.matches(document)
    }

    /// Whether the walk answers everything: nothing is left to the reference evaluator's walk of its own.
    pub fn is_compiled(&self) -> bool {
        self.root.is_compiled()
    }

    /// How many predicates the walk answers.
    pub fn fast_terms(&self) -> usize {
        self.root.fast_terms()
    }
}

impl Node {
    fn of(filter: &Filter) -> Node {
        let mut fields = Fields::default();
        let mut rest = Vec::new();
        match filter {
            Filter::All => {}
            Filter::And(members) => {
                for member in members {
                    if !fields.take(member) {
                        rest.push(Node::of(member));
                    }
                }
            }
            Filter::Or(members) => return Node::Any(members.iter().map(Node::of).collect()),
            Filter::Nor(members) => return Node::Neither(members.iter().map(Node::of).collect()),
            Filter::Field(..) => {
                if !fields.take(filter) {
                    return Node::Reference(filter.clone());
                }
            }
        }
        Node::Every(fields, rest)
    }

    #[inline]
    fn matches(&self, document: DocumentRef<'_>) -> bool {
        match self {
            Node::Every(fields, rest) => {
                fields.matches(document) && rest.iter().all(|node| node.matches(document))
            }
            Node::Any(nodes) => nodes.iter().any(|node| node.matches(document)),
            Node::Neither(nodes) => !nodes.iter().any(|node| node.matches(document)),
            Node::Reference(filter) => evaluate::filter(filter, document),
        }
    }

    fn is_compiled(&self) -> bool {
        match self {
            Node::Every(_, nodes) | Node::Any(nodes) | Node::Neither(nodes) => {
                nodes.iter().all(Node::is_compiled)
            }
            Node::Reference(_) => false,
        }
    }

    fn fast_terms(&self) -> usize {
        let below = |nodes: &[Node]| nodes.iter().map(Node::fast_terms).sum::<usize>();
        match self {
            Node::Every(fields, nodes) => {
                fields.slots.iter().map(|slot| slot.tests.len()).sum::<usize>() + below(nodes)
            }
            Node::Any(nodes) | Node::Neither(nodes) => below(nodes),
            Node::Reference(_) => 0,
        }
    }
}

/// Top-level fields and what each has to satisfy.
#[derive(Debug, Default)]
struct Fields {
    /// At most 64, one bit each while walking.
    slots: Vec<Slot>,
    /// One bit per first byte that a slot's name may have.
    first_bytes: [u64; 4],
    /// One bit per slot that does not hold when its field is missing.
    needed: u64,
}

#[derive(Debug)]
struct Slot {
    name: Box<[u8]>,
    tests: Vec<Test>,
}

impl Fields {
    const SLOTS_MAX: usize = 64;

    /// Takes `filter` over when it is a predicate on a top-level field and there is room.
    fn take(&mut self, filter: &Filter) -> bool {
        let Filter::Field(path, predicate) = filter else { return false };
        if path.len() != 1 {
            return false;
        }
        let name = path.as_str().as_bytes();
        let index = match self.slots.iter().position(|slot| *slot.name == *name) {
            Some(index) => index,
            None if self.slots.len() == Self::SLOTS_MAX => return false,
            None => {
                let first = usize::from(name.first().copied().unwrap_or_default());
                self.first_bytes[first / 64] |= 1 << (first % 64);
                self.slots.push(Slot { name: name.into(), tests: Vec::new() });
                self.slots.len() - 1
            }
        };
        if !evaluate::at_end(predicate, Some(Found::Missing)) {
            self.needed |= 1 << index;
        }
        self.slots[index].tests.push(Test::of(predicate));
        true
    }

    #[inline]
    fn matches(&self, document: DocumentRef<'_>) -> bool {
        let mut open = if self.slots.is_empty() { 0 } else { u64::MAX >> (64 - self.slots.len()) };
        let mut rest = document.elements().rest();
        while open != 0 {
            let Some((&tag, named)) = rest.split_first() else { break };
            let Some(length) = name_length(named) else { break };
            let Some((name, value)) = named.split_at_checked(length) else { break };
            let value = value.get(1..).unwrap_or_default();
            let Some(value_bytes) = value_length(tag, value) else { break };
            let Some((bytes, behind)) = value.split_at_checked(value_bytes) else { break };
            rest = behind;
            let first = usize::from(named[0]);
            if self.first_bytes[first / 64] >> (first % 64) & 1 == 0 {
                continue;
            }
            for (index, slot) in self.slots.iter().enumerate() {
                if *slot.name == *name && open >> index & 1 == 1 {
                    open &= !(1 << index);
                    let value = ValueRef { tag, bytes };
                    if !slot.tests.iter().all(|test| test.holds(value)) {
                        return false;
                    }
                    break;
                }
            }
        }
        open & self.needed == 0
    }
}

/// Where the name at the start of `bytes` ends. Eight bytes at a time: most names end in the first eight.
#[inline]
fn name_length(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        let zeros = word.wrapping_sub(ONES) & !word & HIGHS;
        if zeros != 0 {
            return Some(at + zeros.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    bytes.get(at..)?.iter().position(|byte| *byte == 0).map(|found| at + found)
}

/// A predicate with its short answer for the common cases.
#[derive(Debug)]
struct Test {
    short: Short,
    predicate: Predicate,
}

/// What can be told from a value's bytes at once.
#[derive(Debug)]
enum Short {
    /// Equal to this string, which stands here with length and NUL as in a document.
    String(Box<[u8]>),
    /// The one type byte of its kind, and equal as bytes.
    Bytes(u8, Box<[u8]>),
    Boolean(bool),
    Integer(Comparison, i64),
    /// Not NaN.
    Double(Comparison, f64),
    DateTime(Comparison, i64),
    /// Nothing: the reference evaluator answers.
    Unknown,
}

impl Test {
    fn of(predicate: &Predicate) -> Test {
        Test { short: Short::of(predicate), predicate: predicate.clone() }
    }

    #[inline]
    fn holds(&self, value: ValueRef<'_>) -> bool {
        match self.short.answer(value) {
            Some(answer) => answer,
            None => evaluate::at_end(&self.predicate, Some(Found::Value(value))),
        }
    }
}

/// Up to here every int64 is a double.
const EXACT_DOUBLE_MAX: u64 = 1 << 53;

impl Short {
    fn of(predicate: &Predicate) -> Short {
        let Predicate::Compare(comparison, operand) = predicate else { return Short::Unknown };
        let operand = operand.as_ref();
        match (operand.view(), comparison) {
            (View::String(_), Comparison::Equal) => Short::String(operand.bytes.into()),
            (View::ObjectId(_), Comparison::Equal) => Short::Bytes(operand.tag, operand.bytes.into()),
            (View::Boolean(value), Comparison::Equal) => Short::Boolean(value),
            (View::Int32(value), _) => Short::Integer(*comparison, value.into()),
            (View::Int64(value), _) => Short::Integer(*comparison, value),
            (View::Double(value), _) if !value.is_nan() => Short::Double(*comparison, value),
            (View::DateTime(value), _) => Short::DateTime(*comparison, value),
            _ => Short::Unknown,
        }
    }

    /// The answer, where it can be told at once. Never for an array: its elements have to be asked.
    #[inline]
    fn answer(&self, value: ValueRef<'_>) -> Option<bool> {
        if value.tag == tag::ARRAY {
            return None;
        }
        let bytes = value.bytes;
        let holds = match self {
            Short::String(text) => match value.tag {
                tag::STRING => *bytes == **text,
                tag::SYMBOL => return None,
                _ => false,
            },
            Short::Bytes(tag, operand) => value.tag == *tag && *bytes == **operand,
            Short::Boolean(operand) => value.tag == tag::BOOLEAN && (*bytes.first()? != 0) == *operand,
            Short::Integer(comparison, operand) => match value.tag {
                tag::INT32 => {
                    accepts(*comparison, i64::from(i32::from_le_bytes(*bytes.first_chunk()?)).cmp(operand))
                }
                tag::INT64 => accepts(*comparison, i64::from_le_bytes(*bytes.first_chunk()?).cmp(operand)),
                tag::DOUBLE if operand.unsigned_abs() <= EXACT_DOUBLE_MAX => {
                    let double = f64::from_le_bytes(*bytes.first_chunk()?);
                    double.partial_cmp(&(*operand as f64)).is_some_and(|order| accepts(*comparison, order))
                }
                tag::DOUBLE | tag::DECIMAL128 => return None,
                _ => false,
            },
            Short::Double(comparison, operand) => match value.tag {
                tag::DOUBLE | tag::INT32 => {
                    let double = match value.tag {
                        tag::DOUBLE => f64::from_le_bytes(*bytes.first_chunk()?),
                        _ => i32::from_le_bytes(*bytes.first_chunk()?).into(),
                    };
                    double.partial_cmp(operand).is_some_and(|order| accepts(*comparison, order))
                }
                tag::INT64 | tag::DECIMAL128 => return None,
                _ => false,
            },
            Short::DateTime(comparison, operand) => {
                value.tag == tag::DATE_TIME
                    && accepts(*comparison, i64::from_le_bytes(*bytes.first_chunk()?).cmp(operand))
            }
            Short::Unknown => return None,
        };
        Some(holds)
    }
}
