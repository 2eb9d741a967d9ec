//! `$push` with `$each $position $slice $sort`: insert, then sort, then cut.
use super::field::{Place, shown};
use super::tree::{Node, levels, refuse_nesting};
use crate::error::{Code, Error, Result};
use crate::path::Path;
use crate::value::kind::type_name;
use crate::value::order::compare;
use crate::value::{DocumentRef, Number, ValueBuf, ValueRef};
use std::cmp::Ordering;

/// A `$push` with its clauses.
#[derive(Clone, Debug)]
pub(super) struct Push {
    values: Vec<ValueBuf>,
    /// Before which element; from the end when negative; at the end when absent.
    position: Option<i64>,
    /// How many elements stay: the first, or the last when negative.
    slice: Option<i64>,
    sort: Option<Order>,
}

/// What `$sort` sorts elements by.
#[derive(Clone, Debug)]
enum Order {
    /// The whole elements.
    Whole { descending: bool },
    /// What stands at paths within them.
    Paths(Vec<(Path, bool)>),
}

impl Push {
    /// Reads `$push`'s operand: a value, or a document with `$each` and its modifiers.
    ///
    /// # Errors
    /// BadValue (2) for a clause that is unknown or has a wrong operand.
    pub(super) fn parse(path: &Path, operand: ValueRef<'_>) -> Result<Push> {
        let clauses = operand.as_document().filter(|document| document.get(b"$each").is_some());
        let mut push = Push { values: Vec::new(), position: None, slice: None, sort: None };
        match clauses {
            None => push.values.push(operand.to_owned()),
            Some(clauses) => {
                for clause in clauses.elements() {
                    push.clause(path, clause.name, clause.value)?;
                }
            }
        }
        for value in &push.values {
            refuse_nesting(path, 1 + levels(value.as_ref()))?;
        }
        Ok(push)
    }

    fn clause(&mut self, path: &Path, name: &[u8], operand: ValueRef<'_>) -> Result<()> {
        let refuse = |what: String| {
            Err(Error::new(Code::BAD_VALUE, format!("{what} (in $push at '{}')", path.as_str())))
        };
        let integer = |name: &str| match Number::of(operand).and_then(Number::as_i64_exact) {
            Some(integer) => Ok(Some(integer)),
            None => refuse(format!(
                "The value for {name} must be an integer value but was given: {}",
                shown(operand)
            ))
            .map(|()| None),
        };
        match name {
            b"$each" => match operand.as_array() {
                Some(values) => self.values = values.values().map(ValueRef::to_owned).collect(),
                None => {
                    let found = type_name(operand.tag);
                    return refuse(format!(
                        "The argument to $each in $push must be an array but it was of type: {found}"
                    ));
                }
            },
            b"$position" => self.position = integer("$position")?,
            b"$slice" => self.slice = integer("$slice")?,
            b"$sort" => match Order::parse(operand) {
                Ok(order) => self.sort = Some(order),
                Err(what) => return refuse(what),
            },
            unknown => {
                return refuse(format!("Unrecognized clause in $push: {}", String::from_utf8_lossy(unknown)));
            }
        }
        Ok(())
    }

    /// Whether this does no more than append: no clause moves or drops an element.
    pub(super) fn appends(&self) -> Option<&[ValueBuf]> {
        let plain = self.position.is_none() && self.slice.is_none() && self.sort.is_none();
        plain.then_some(&self.values)
    }

    /// Pushes onto the array `node`.
    ///
    /// # Errors
    /// BadValue (2) when it is no array.
    pub(super) fn on_value<'a>(&'a self, node: &mut Node<'a>, place: Place<'_>) -> Result<()> {
        let found = node.tag();
        let Some(items) = node.items() else { return Err(no_array(found, place)) };
        self.onto(items);
        Ok(())
    }

    /// The array that stands where nothing was.
    pub(super) fn on_nothing<'a>(&'a self) -> Node<'a> {
        let mut items = Vec::with_capacity(self.values.len());
        self.onto(&mut items);
        Node::Array(items)
    }

    fn onto<'a>(&'a self, items: &mut Vec<Node<'a>>) {
        let at = match self.position {
            None => items.len(),
            Some(position) if position >= 0 => clamped(position, items.len()),
            Some(position) => items.len() - clamped(position, items.len()),
        };
        items.splice(at..at, self.values.iter().map(|value| Node::Stored(value.as_ref())));
        if let Some(order) = &self.sort {
            items.sort_by(|left, right| order.compare(left, right));
        }
        if let Some(slice) = self.slice {
            let kept = clamped(slice, items.len());
            if slice < 0 {
                items.drain(..items.len() - kept);
            } else {
                items.truncate(kept);
            }
        }
    }
}

/// The error for a `$push` onto what is no array.
pub(super) fn no_array(found: u8, place: Place<'_>) -> Error {
    let (path, found, document) = (place.path.as_str(), type_name(found), place.document_name());
    Error::new(
        Code::BAD_VALUE,
        format!("The field '{path}' must be an array but is of type {found} in document {document}"),
    )
}

/// The size of `number` as a count of elements, at most `length`.
fn clamped(number: i64, length: usize) -> usize {
    usize::try_from(number.unsigned_abs()).map_or(length, |number| number.min(length))
}

impl Order {
    fn parse(operand: ValueRef<'_>) -> std::result::Result<Order, String> {
        let direction = |value: ValueRef<'_>| match Number::of(value).and_then(Number::as_i64_exact) {
            Some(1) => Some(false),
            Some(-1) => Some(true),
            Some(_) | None => None,
        };
        let Some(pattern) = operand.as_document() else {
            return match direction(operand) {
                Some(descending) => Ok(Order::Whole { descending }),
                None => Err("The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to \
                             sort embedded fields"
                    .into()),
            };
        };
        let mut paths = Vec::new();
        for part in pattern.elements() {
            let name = String::from_utf8_lossy(part.name);
            let path = Path::new(&name);
            if path.parts().any(str::is_empty) {
                return Err(format!("The $sort field is a dotted field but has an empty part: '{name}'"));
            }
            match direction(part.value) {
                Some(descending) => paths.push((path, descending)),
                None => return Err(format!("The $sort element value must be either 1 or -1 at '{name}'")),
            }
        }
        if paths.is_empty() {
            return Err("The $sort pattern is empty when it should be a set of fields.".into());
        }
        Ok(Order::Paths(paths))
    }

    fn compare(&self, left: &Node<'_>, right: &Node<'_>) -> Ordering {
        // Elements were not opened: no other change reaches into an array that is pushed onto.
        let (left, right) = (left.value().unwrap_or(ValueRef::NULL), right.value().unwrap_or(ValueRef::NULL));
        let directed =
            |ordering: Ordering, descending| if descending { ordering.reverse() } else { ordering };
        match self {
            Order::Whole { descending } => directed(compare(left, right), *descending),
            Order::Paths(paths) => {
                for (path, descending) in paths {
                    let ordering = compare(at(path, left), at(path, right));
                    if ordering != Ordering::Equal {
                        return directed(ordering, *descending);
                    }
                }
                Ordering::Equal
            }
        }
    }
}

/// What `$sort` sees of an element at `path`: one value, null when missing. Arrays are not branched into (a
/// number names an element) and compare as a whole.
fn at<'a>(path: &Path, element: ValueRef<'a>) -> ValueRef<'a> {
    let Some(document) = element.as_document() else { return ValueRef::NULL };
    let mut value = document.as_value();
    for part in path.parts() {
        let container: Option<DocumentRef<'_>> = value.as_document().or(value.as_array());
        match container.and_then(|container| container.get(part.as_bytes())) {
            Some(found) => value = found,
            None => return ValueRef::NULL,
        }
    }
    value
}
