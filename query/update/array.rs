//! The operators that change which elements an array holds: `$addToSet $pop $pull $pullAll`.
//!
//! Each works on the opened elements; those that stay keep their bytes.
use super::field::Place;
use super::tree::{Node, levels, refuse_nesting};
use crate::error::{Code, Error, Result};
use crate::filter::Filter;
use crate::path::Path;
use crate::value::equal::equal;
use crate::value::kind::type_name;
use crate::value::{DocumentRef, Number, ValueBuf, ValueRef, tag, write};

/// One operator with its operand.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    /// `$addToSet`: appends each value that is not yet there.
    AddToSet(Vec<ValueBuf>),
    /// `$pop`: takes away one end.
    Pop(End),
    /// `$pull`: takes away the elements that satisfy the condition.
    Pull(Box<Condition>),
    /// `$pullAll`: takes away the elements equal to one of the values.
    PullAll(Vec<ValueBuf>),
}

/// An end of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

/// What `$pull` asks of an element.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// To equal this value.
    Equal(ValueBuf),
    /// To be a document that matches.
    Document(Filter),
    /// To match, wrapped in a document under [`ELEMENT`].
    Element(Filter),
}

/// The name under which `$pull` hands an element to a filter.
const ELEMENT: &[u8] = b"element";

impl Operator {
    /// Reads `$addToSet`'s operand: a value, or `{$each: [values]}`.
    ///
    /// # Errors
    /// TypeMismatch (14) when `$each` has no array, BadValue (2) for a clause beside it.
    pub(super) fn add_to_set(path: &Path, operand: ValueRef<'_>) -> Result<Operator> {
        let each = operand.as_document().and_then(|document| {
            let mut elements = document.elements();
            let first = elements.next().filter(|first| first.name == b"$each")?;
            Some((first.value, elements.next()))
        });
        let Some((values, beside)) = each else { return Ok(Operator::AddToSet(vec![operand.to_owned()])) };
        let Some(values) = values.as_array() else {
            let (found, path) = (type_name(values.tag), path.as_str());
            let message = format!(
                "The argument to $each in $addToSet at '{path}' must be an array but it was of type {found}"
            );
            return Err(Error::new(Code::TYPE_MISMATCH, message));
        };
        if let Some(clause) = beside {
            let name = String::from_utf8_lossy(clause.name);
            let message =
                format!("Found unexpected fields after $each in $addToSet at '{}': {name}", path.as_str());
            return Err(Error::new(Code::BAD_VALUE, message));
        }
        Ok(Operator::AddToSet(values.values().map(ValueRef::to_owned).collect()))
    }

    /// Reads `$pop`'s operand: 1 or -1.
    ///
    /// # Errors
    /// FailedToParse (9) for anything else.
    pub(super) fn pop(path: &Path, operand: ValueRef<'_>) -> Result<Operator> {
        match Number::of(operand).and_then(Number::as_i64_exact) {
            Some(1) => Ok(Operator::Pop(End::Last)),
            Some(-1) => Ok(Operator::Pop(End::First)),
            Some(_) | None => {
                let (path, found) = (path.as_str(), super::field::shown(operand));
                let message = format!("$pop expects 1 or -1 at '{path}', found: {found}");
                Err(Error::new(Code::FAILED_TO_PARSE, message))
            }
        }
    }

    /// Reads `$pull`'s operand: a document is a filter on the elements that are documents, or conditions on
    /// the elements themselves when it begins with an operator on values; a regular expression is matched;
    /// any other value is compared.
    ///
    /// # Errors
    /// Those of [`Filter::parse`].
    pub(super) fn pull(operand: ValueRef<'_>) -> Result<Operator> {
        let wrapped = |operand| {
            let mut bytes = Vec::with_capacity(operand_length(operand));
            wrap(operand, &mut bytes);
            Filter::parse(DocumentRef::new(&bytes)).map(Condition::Element)
        };
        let condition = match operand.as_document() {
            Some(document) if begins_with_value_operator(document) => wrapped(operand)?,
            Some(document) => Condition::Document(Filter::parse(document)?),
            None if operand.tag == tag::REGEX => wrapped(operand)?,
            None => Condition::Equal(operand.to_owned()),
        };
        Ok(Operator::Pull(Box::new(condition)))
    }

    /// Reads `$pullAll`'s operand, an array.
    ///
    /// # Errors
    /// BadValue (2) for anything else.
    pub(super) fn pull_all(path: &Path, operand: ValueRef<'_>) -> Result<Operator> {
        match operand.as_array() {
            Some(values) => Ok(Operator::PullAll(values.values().map(ValueRef::to_owned).collect())),
            None => {
                let (path, found) = (path.as_str(), type_name(operand.tag));
                let message =
                    format!("$pullAll requires an array argument at '{path}' but was given a {found}");
                Err(Error::new(Code::BAD_VALUE, message))
            }
        }
    }

    /// Changes the array `node`.
    ///
    /// # Errors
    /// BadValue (2), for `$pop` TypeMismatch (14), when it is none; Overflow (15) when it would be nested
    /// too deeply.
    pub(super) fn on_value<'a>(&'a self, node: &mut Node<'a>, place: Place<'_>) -> Result<()> {
        let found = node.tag();
        let Some(items) = node.items() else { return Err(self.no_array(found, place)) };
        match self {
            Operator::AddToSet(values) => add_missing(items, values, place.path)?,
            Operator::Pop(End::Last) => {
                items.pop();
            }
            Operator::Pop(End::First) if items.is_empty() => {}
            Operator::Pop(End::First) => {
                items.remove(0);
            }
            Operator::Pull(condition) => {
                let mut scratch = Vec::new();
                items.retain(|item| !item.value().is_some_and(|value| condition.holds(value, &mut scratch)));
            }
            Operator::PullAll(values) => items.retain(|item| {
                !item
                    .value()
                    .is_some_and(|value| values.iter().any(|unwanted| equal(unwanted.as_ref(), value)))
            }),
        }
        Ok(())
    }

    /// The array that stands where nothing was, `None` when nothing goes on standing there.
    ///
    /// # Errors
    /// Overflow (15) when it would be nested too deeply.
    pub(super) fn on_nothing<'a>(&'a self, path: &Path) -> Result<Option<Node<'a>>> {
        match self {
            Operator::AddToSet(values) => {
                let mut items = Vec::with_capacity(values.len());
                add_missing(&mut items, values, path)?;
                Ok(Some(Node::Array(items)))
            }
            Operator::Pop(_) | Operator::Pull(_) | Operator::PullAll(_) => Ok(None),
        }
    }

    fn no_array(&self, found: u8, place: Place<'_>) -> Error {
        let (path, found, document) = (place.path.as_str(), type_name(found), place.document_name());
        let (code, what) = match self {
            Operator::AddToSet(_) => (Code::BAD_VALUE, "Cannot apply $addToSet to non-array field."),
            Operator::Pop(_) => (Code::TYPE_MISMATCH, "Cannot apply $pop to a non-array value."),
            Operator::Pull(_) => (Code::BAD_VALUE, "Cannot apply $pull to a non-array value."),
            Operator::PullAll(_) => (Code::BAD_VALUE, "Cannot apply $pullAll to a non-array value."),
        };
        Error::new(code, format!("{what} The field '{path}' of the document {document} has the type {found}"))
    }
}

fn add_missing<'a>(items: &mut Vec<Node<'a>>, values: &'a [ValueBuf], path: &Path) -> Result<()> {
    for value in values {
        let value = value.as_ref();
        if items.iter().any(|item| item.value().is_some_and(|item| equal(item, value))) {
            continue;
        }
        refuse_nesting(path, 1 + levels(value))?;
        items.push(Node::Stored(value));
    }
    Ok(())
}

impl Condition {
    fn holds(&self, value: ValueRef<'_>, scratch: &mut Vec<u8>) -> bool {
        match self {
            Condition::Equal(wanted) => equal(wanted.as_ref(), value),
            Condition::Document(filter) => {
                value.as_document().is_some_and(|document| filter.matches(document))
            }
            Condition::Element(filter) => {
                scratch.clear();
                wrap(value, scratch);
                filter.matches(DocumentRef::new(scratch))
            }
        }
    }
}

fn operand_length(operand: ValueRef<'_>) -> usize {
    operand.bytes.len() + ELEMENT.len() + 7
}

fn wrap(value: ValueRef<'_>, out: &mut Vec<u8>) {
    let start = write::begin(out);
    write::element(out, ELEMENT, value);
    write::end(out, start);
}

/// Whether `document` holds conditions on a value (`{$gte: 5}`): its first name is an operator, and not one
/// that stands at the top of a filter (`{$or: […]}`).
fn begins_with_value_operator(document: DocumentRef<'_>) -> bool {
    const TOP: [&[u8]; 9] = [
        b"$and",
        b"$or",
        b"$nor",
        b"$expr",
        b"$where",
        b"$text",
        b"$comment",
        b"$jsonSchema",
        b"$sampleRate",
    ];
    document
        .elements()
        .next()
        .is_some_and(|element| element.name.starts_with(b"$") && !TOP.contains(&element.name))
}
