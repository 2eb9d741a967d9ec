//! What a document passes before it is stored: validation, its `_id`, and the server's timestamps.
//!
//! The invariant: what was admitted is valid BSON within MongoDB's limits whose first element is an `_id` that
//! may be one.

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use anser_query::Code;
use anser_query::value::{DOCUMENT_BYTES_MAX, DocumentRef, ValueRef, View, tag, validate, write};
use bson::oid::ObjectId;
use bson::{Bson, RawDocumentBuf};

const ID: &[u8] = b"_id";

/// Makes `document` fit to be stored: an ObjectId in front when it has no `_id`, its `_id` moved to the front,
/// empty timestamps filled in.
///
/// # Errors
/// InvalidBSON (22), BSONObjectTooLarge (10334), Overflow (15) for nesting; InvalidIdField (53) and
/// DollarPrefixedFieldName (52) for an `_id` that may not be one.
pub(crate) fn admit(document: &mut RawDocumentBuf, clock: &Clock) -> Result<()> {
    let view = validate(document.as_bytes()).map_err(refused)?;
    let first = view.elements().next();
    let id_is_first = first.is_some_and(|element| element.name == ID);
    let id = if id_is_first { first.map(|element| element.value) } else { view.get(ID) };
    if let Some(id) = id {
        check_id(id)?;
    }
    if !id_is_first {
        *document = with_id_first(view, id, clock)?;
    }
    if may_hold_timestamp(document.as_bytes()) {
        let mut bytes = std::mem::take(document).into_bytes();
        fill_timestamps(&mut bytes, 0, clock);
        *document = raw(bytes)?;
    }
    Ok(())
}

/// Fills in the empty timestamps at the top of the document that begins at `start`, `_id` left out, as MongoDB
/// does for inserts and replacements.
pub(crate) fn fill_timestamps(bytes: &mut [u8], start: usize, clock: &Clock) {
    let mut at = Vec::new();
    {
        let document = DocumentRef::new(&bytes[start..]);
        let end = document.as_bytes().len().saturating_sub(1);
        let mut elements = document.elements();
        while let Some(element) = elements.next() {
            if element.value.tag == tag::TIMESTAMP && element.value.bytes == [0; 8] && element.name != ID {
                at.push(start + end - elements.rest().len() - 8);
            }
        }
    }
    for at in at {
        let (seconds, counter) = clock.timestamp();
        bytes[at..at + 8].copy_from_slice(&((u64::from(seconds) << 32) | u64::from(counter)).to_le_bytes());
    }
}

/// Checks a document that an update made.
///
/// # Errors
/// As [`admit`]; 17419 when it has become too large.
pub(crate) fn admit_changed(document: &[u8]) -> Result<()> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return Err(Error::new(
            ErrorKind::Document,
            Code(17419),
            format!("Resulting document after update is larger than {DOCUMENT_BYTES_MAX}"),
        ));
    }
    validate(document).map_err(refused)?;
    Ok(())
}

/// The document's `_id`, as the driver reports it; null when it has none.
pub(crate) fn id_of(document: DocumentRef<'_>) -> Bson {
    let Some(id) = document.get(ID) else { return Bson::Null };
    match id.view() {
        View::ObjectId(bytes) => Bson::ObjectId(ObjectId::from_bytes(*bytes)),
        View::Int32(number) => Bson::Int32(number),
        View::Int64(number) => Bson::Int64(number),
        View::String(text) => match std::str::from_utf8(text) {
            Ok(text) => Bson::String(text.to_owned()),
            Err(_) => Bson::Undefined,
        },
        _ => id.to_bson(),
    }
}

/// Whether `id` may be an `_id`.
fn check_id(id: ValueRef<'_>) -> Result<()> {
    let kind = match id.tag {
        tag::OBJECT_ID | tag::STRING | tag::INT32 | tag::INT64 => return Ok(()),
        tag::ARRAY => "array",
        tag::REGEX => "regex",
        tag::UNDEFINED => "undefined",
        tag::DOCUMENT => {
            let mut elements = DocumentRef::new(id.bytes).elements();
            let Some(bad) = elements.find(|element| element.name.first() == Some(&b'$')) else {
                return Ok(());
            };
            let name = String::from_utf8_lossy(bad.name);
            let message =
                format!("_id fields may not contain '$'-prefixed fields: {name} is not valid for storage.");
            return Err(Error::new(ErrorKind::Document, Code::DOLLAR_PREFIXED_FIELD_NAME, message));
        }
        _ => return Ok(()),
    };
    let message = format!("The '_id' value cannot be of type {kind}");
    Err(Error::new(ErrorKind::Document, Code::INVALID_ID_FIELD, message))
}

fn with_id_first(
    document: DocumentRef<'_>,
    id: Option<ValueRef<'_>>,
    clock: &Clock,
) -> Result<RawDocumentBuf> {
    let mut bytes = Vec::with_capacity(document.as_bytes().len() + 17);
    let start = write::begin(&mut bytes);
    match id {
        None => {
            write::element(&mut bytes, ID, ValueRef { tag: tag::OBJECT_ID, bytes: &clock.object_id() });
            write::elements(&mut bytes, document);
        }
        Some(id) => {
            write::element(&mut bytes, ID, id);
            let mut moved = false;
            for element in document.elements() {
                if !moved && element.name == ID {
                    moved = true;
                    continue;
                }
                write::element(&mut bytes, element.name, element.value);
            }
        }
    }
    write::end(&mut bytes, start);
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(Error::new(
            ErrorKind::Document,
            Code::OBJECT_TOO_LARGE,
            format!("the document has {} bytes, {DOCUMENT_BYTES_MAX} are the most", bytes.len()),
        ));
    }
    raw(bytes)
}

/// Whether a timestamp may stand in these bytes: told by its type byte alone, which may be another byte.
fn may_hold_timestamp(bytes: &[u8]) -> bool {
    bytes.contains(&tag::TIMESTAMP)
}

/// Bytes that were written here, as a document.
pub(crate) fn raw(bytes: Vec<u8>) -> Result<RawDocumentBuf> {
    RawDocumentBuf::from_bytes(bytes).map_err(|error| {
        Error::new(ErrorKind::Internal, Code::INTERNAL_ERROR, "a document that was written does not read")
            .with_source(error)
    })
}

fn refused(error: anser_query::Error) -> Error {
    Error::new(ErrorKind::Document, error.code(), error.message())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Timestamp, rawdoc};

    fn admitted(mut document: RawDocumentBuf) -> Result<bson::Document> {
        admit(&mut document, &Clock::system())?;
        Ok(DocumentRef::from(&document).to_document().unwrap())
    }

    #[test]
    fn an_id_is_given_in_front() {
        let document = admitted(rawdoc! { "a": 1 }).unwrap();
        assert_eq!(document.keys().collect::<Vec<_>>(), ["_id", "a"]);
        assert!(document.get_object_id("_id").is_ok());
    }

    #[test]
    fn an_id_elsewhere_is_moved_to_the_front() {
        let document = admitted(rawdoc! { "a": 1, "_id": 7, "b": 2 }).unwrap();
        assert_eq!(document, bson::doc! { "_id": 7, "a": 1, "b": 2 });
        assert_eq!(document.keys().collect::<Vec<_>>(), ["_id", "a", "b"]);
    }

    #[test]
    fn what_cannot_be_an_id_is_refused_with_its_code() {
        let code = |document| admitted(document).unwrap_err().code().0;
        assert_eq!(code(rawdoc! { "_id": [1] }), 53);
        assert_eq!(code(rawdoc! { "_id": bson::raw::RawBson::Undefined }), 53);
        assert_eq!(code(rawdoc! { "_id": { "$a": 1 } }), 52);
        assert!(admitted(rawdoc! { "_id": { "a": 1 } }).is_ok());
        assert!(admitted(rawdoc! { "_id": 1, "$a": 1 }).is_ok());
    }

    #[test]
    fn empty_timestamps_at_the_top_are_filled_in_and_nowhere_else() {
        let empty = Timestamp { time: 0, increment: 0 };
        let one = Timestamp { time: 0, increment: 1 };
        let document =
            admitted(rawdoc! { "_id": empty, "a": empty, "b": one, "c": { "d": empty }, "e": empty });
        let document = document.unwrap();
        assert_eq!(document.get_timestamp("_id").unwrap(), empty);
        assert!(document.get_timestamp("a").unwrap().time > 0);
        assert_eq!(document.get_timestamp("b").unwrap(), one);
        assert_eq!(document.get_document("c").unwrap().get_timestamp("d").unwrap(), empty);
        assert!(document.get_timestamp("e").unwrap() > document.get_timestamp("a").unwrap());
    }
}
