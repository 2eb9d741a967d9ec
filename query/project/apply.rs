//! Writing what a projection shows, from bytes to bytes.

use super::{ElementMatch, Fields, Node, Slice};
use crate::field_path::PARTS_MAX;
use crate::value::{DocumentRef, NESTING_MAX, ValueRef, tag, write};

/// How deep documents and arrays are followed: further than any valid document goes.
const DEPTH_MAX: usize = NESTING_MAX + PARTS_MAX;

/// Appends the elements of `document` that `fields` show.
pub(super) fn fields(
    fields: &Fields,
    inclusion: bool,
    document: DocumentRef<'_>,
    depth: usize,
    out: &mut Vec<u8>,
) {
    for element in document.elements() {
        let named = fields.iter().find(|(name, _)| **name == *element.name);
        match named.map(|(_, node)| node) {
            None if inclusion => {}
            Some(Node::Exclude) => {}
            None | Some(Node::Include) => write::element(out, element.name, element.value),
            Some(Node::Slice(wanted)) => slice(element.name, *wanted, element.value, out),
            Some(Node::ElementMatch(_)) if inclusion => {}
            Some(Node::ElementMatch(wanted)) => element_match(element.name, wanted, element.value, out),
            Some(Node::Fields(inner)) => {
                let start = out.len();
                write::header(out, element.value.tag, element.name);
                if !nested(inner, inclusion, element.value, depth + 1, out) {
                    out.truncate(start);
                }
            }
        }
    }
}

/// Appends what is left of `value` below a name; `false` when nothing is. Documents show their fields, arrays
/// what is left of their elements; a scalar has no fields to include and none to exclude.
fn nested(inner: &Fields, inclusion: bool, value: ValueRef<'_>, depth: usize, out: &mut Vec<u8>) -> bool {
    match value.tag {
        tag::DOCUMENT | tag::ARRAY if depth > DEPTH_MAX => return false,
        tag::DOCUMENT => {
            let start = write::begin(out);
            fields(inner, inclusion, DocumentRef::new(value.bytes), depth, out);
            write::end(out, start);
        }
        tag::ARRAY => {
            let start = write::begin(out);
            let (mut index, mut name) = (0, [0; 20]);
            for element in DocumentRef::new(value.bytes).values() {
                let element_start = out.len();
                write::header(out, element.tag, write::index_name(index, &mut name));
                if nested(inner, inclusion, element, depth + 1, out) {
                    index += 1;
                } else {
                    out.truncate(element_start);
                }
            }
            write::end(out, start);
        }
        _ if inclusion => return false,
        _ => out.extend_from_slice(value.bytes),
    }
    true
}

fn slice(name: &[u8], wanted: Slice, value: ValueRef<'_>, out: &mut Vec<u8>) {
    let Some(array) = value.as_array() else {
        write::element(out, name, value);
        return;
    };
    let (start, count) = wanted.bounds(array.len());
    let array_start = write::begin_array(out, name);
    for (index, element) in array.values().skip(start).take(count).enumerate() {
        write::array_element(out, index, element);
    }
    write::end(out, array_start);
}

impl Slice {
    /// Where the shown elements of an array of `length` start, and how many there are at most.
    fn bounds(self, length: usize) -> (usize, usize) {
        let distance = |number: i64| usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
        let from_end = |number: i64| length.saturating_sub(distance(number));
        match self.skip {
            None if self.limit < 0 => (from_end(self.limit), length),
            None => (0, distance(self.limit)),
            Some(skip) => {
                let start = if skip < 0 { from_end(skip) } else { distance(skip) };
                (start, distance(self.limit))
            }
        }
    }
}

/// Appends the array `name` with the first element of `value` that matches, if there is one.
pub(super) fn element_match(name: &[u8], wanted: &ElementMatch, value: ValueRef<'_>, out: &mut Vec<u8>) {
    let Some(array) = value.as_array() else { return };
    if let Some(element) = array.values().find(|element| wanted.matches(*element)) {
        let start = write::begin_array(out, name);
        write::array_element(out, 0, element);
        write::end(out, start);
    }
}

impl ElementMatch {
    fn matches(&self, element: ValueRef<'_>) -> bool {
        match self {
            ElementMatch::Document(filter) => {
                matches!(element.tag, tag::DOCUMENT | tag::ARRAY)
                    && filter.matches(DocumentRef::new(element.bytes))
            }
            ElementMatch::Value(predicates) => {
                predicates.iter().all(|predicate| predicate.matches_value(element))
            }
        }
    }
}
