//! Putting filters, updates and sorts together as raw BSON.
//!
//! They are whole documents from the first moment, so that handing one to the engine copies nothing. The
//! invariant: what is passed around here is a well-formed document; a value that cannot be written is a
//! [`Fault`] instead.

use super::value::Fault;
use anser_query::Code;
use anser_query::value::{DocumentRef, Element, ValueRef, tag, write};
use bson::{Document, RawDocumentBuf};
use std::borrow::Cow;

/// Raw BSON, or why there is none.
pub(crate) type Bytes = Result<Vec<u8>, Fault>;

/// The empty document.
pub(crate) fn empty() -> Vec<u8> {
    vec![5, 0, 0, 0, 0]
}

/// `{path: value}`.
pub(crate) fn single(path: &str, value: impl FnOnce(&mut Vec<u8>) -> Result<u8, Fault>) -> Bytes {
    let name = checked(path)?;
    let mut out = Vec::with_capacity(name.len() + 32);
    let start = write::begin(&mut out);
    named(&mut out, name.as_bytes(), value).map_err(|fault| fault.at(path))?;
    write::end(&mut out, start);
    Ok(out)
}

/// Appends `name: value`.
pub(crate) fn named(
    out: &mut Vec<u8>,
    name: &[u8],
    value: impl FnOnce(&mut Vec<u8>) -> Result<u8, Fault>,
) -> Result<(), Fault> {
    let at = out.len();
    write::header(out, 0, name);
    out[at] = value(out)?;
    Ok(())
}

/// Appends a document with the one field `name`, as a value.
pub(crate) fn operand(
    out: &mut Vec<u8>,
    name: &str,
    value: impl FnOnce(&mut Vec<u8>) -> Result<u8, Fault>,
) -> Result<u8, Fault> {
    let start = write::begin(out);
    named(out, name.as_bytes(), value)?;
    write::end(out, start);
    Ok(tag::DOCUMENT)
}

/// The path, when it is one. The derive's own paths are; one with a map's key in it may hold the NUL that
/// [`child_by_key`] puts before a key that cannot be a part.
fn checked(path: &str) -> Result<&str, Fault> {
    if let Some((_, key)) = path.split_once('\0') {
        let message = format!(
            "the key {key:?} cannot be a part of a path: it is empty, begins with '$' or holds a dot or a NUL"
        );
        return Err(Fault::new(Code::BAD_VALUE, message));
    }
    Ok(path)
}

/// `parent.name`; either may be empty.
pub(crate) fn child(parent: &str, name: &str) -> Cow<'static, str> {
    match (parent.is_empty(), name.is_empty()) {
        (true, _) => Cow::Owned(name.to_owned()),
        (_, true) => Cow::Owned(parent.to_owned()),
        _ => Cow::Owned([parent, ".", name].concat()),
    }
}

/// `parent.key` for a key that the program chose when it ran.
pub(crate) fn child_by_key(parent: &str, key: &str) -> Cow<'static, str> {
    let is_part = !key.is_empty() && !key.starts_with('$') && !key.contains(['.', '\0']);
    if is_part { child(parent, key) } else { Cow::Owned([parent, "\0", key].concat()) }
}

/// The bytes of a document of the caller's.
pub(crate) fn of_document(document: &Document) -> Bytes {
    let mut out = Vec::with_capacity(64);
    crate::codec::encode(document, &mut out)?;
    Ok(out)
}

/// The document that holds all elements of both.
pub(crate) fn joined(mut first: Vec<u8>, second: &[u8]) -> Vec<u8> {
    first.pop();
    write::elements(&mut first, DocumentRef::new(second));
    write::end(&mut first, 0);
    first
}

/// The document that holds the elements of all, in their order.
pub(crate) fn joined_all(parts: impl IntoIterator<Item = Bytes>) -> Bytes {
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_else(|| Ok(empty()))?;
    parts.try_fold(first, |joined_so_far, part| Ok(joined(joined_so_far, &part?)))
}

/// `{operator: [member]}`.
pub(crate) fn list_of(operator: &str, member: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(member.len() + 24);
    let start = write::begin(&mut out);
    let list = write::begin_array(&mut out, operator.as_bytes());
    write::array_element(&mut out, 0, DocumentRef::new(member).as_value());
    write::end(&mut out, list);
    write::end(&mut out, start);
    out
}

/// `{operator: [first, second]}`; a side that is such a list already gives its members.
pub(crate) fn listed(operator: &str, sides: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(sides.iter().map(|side| side.len() + 4).sum::<usize>() + 16);
    let start = write::begin(&mut out);
    let list = write::begin_array(&mut out, operator.as_bytes());
    let mut index = 0;
    let mut push = |value: ValueRef<'_>| {
        write::array_element(&mut out, index, value);
        index += 1;
    };
    for side in sides {
        match only_list(side, operator) {
            Some(members) => members.values().for_each(&mut push),
            None => push(DocumentRef::new(side).as_value()),
        }
    }
    write::end(&mut out, list);
    write::end(&mut out, start);
    out
}

/// The list of a document that is `{operator: […]}` and nothing else.
fn only_list<'a>(document: &'a [u8], operator: &str) -> Option<DocumentRef<'a>> {
    let mut elements = DocumentRef::new(document).elements();
    match (elements.next(), elements.next()) {
        (Some(only), None) if only.name == operator.as_bytes() => only.value.as_array(),
        _ => None,
    }
}

/// Whether the two documents have a field of one name.
pub(crate) fn share_a_name(first: &[u8], second: &[u8]) -> bool {
    let first = DocumentRef::new(first);
    DocumentRef::new(second).elements().any(|element| first.get(element.name).is_some())
}

/// The document in which every field of both that is a document holds the elements of both.
pub(crate) fn merged_by_field(first: &[u8], second: &[u8]) -> Vec<u8> {
    let (first, second) = (DocumentRef::new(first), DocumentRef::new(second));
    let mut out = Vec::with_capacity(first.as_bytes().len() + second.as_bytes().len());
    let start = write::begin(&mut out);
    for Element { name, value } in first.elements() {
        match (value.as_document(), second.get(name).and_then(ValueRef::as_document)) {
            (Some(ours), Some(theirs)) => {
                let operands = write::begin_document(&mut out, name);
                write::elements(&mut out, ours);
                write::elements(&mut out, theirs);
                write::end(&mut out, operands);
            }
            _ => write::element(&mut out, name, value),
        }
    }
    for Element { name, value } in second.elements() {
        let is_merged =
            value.as_document().is_some() && first.get(name).is_some_and(|ours| ours.as_document().is_some());
        if !is_merged {
            write::element(&mut out, name, value);
        }
    }
    write::end(&mut out, start);
    out
}

/// Hands the bytes to the engine.
pub(crate) fn into_raw(bytes: Bytes) -> crate::Result<RawDocumentBuf> {
    RawDocumentBuf::from_bytes(bytes?)
        .map_err(|error| crate::Error::request(Code::INVALID_BSON, error.to_string()))
}

/// Shows the bytes as a document.
pub(crate) fn show(bytes: &Bytes, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    match bytes {
        Ok(bytes) => match DocumentRef::new(bytes).to_document() {
            Ok(document) => write!(f, "{document}"),
            Err(error) => write!(f, "broken: {error}"),
        },
        Err(fault) => write!(f, "{fault:?}"),
    }
}
