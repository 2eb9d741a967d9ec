//! The error of a unique index that has a key already, in MongoDB's words.

use super::entry;
use crate::catalog::IndexEntry;
use crate::engine::Namespace;
use crate::error::{Error, WriteError};
use anser_query::Code;
use anser_query::path::index_keys;
use anser_query::value::DocumentRef;
use bson::{Bson, Document};
use std::fmt::Write;

/// DuplicateKey (11000): `document` has `key` in the unique `index`, and so has another.
#[cold]
pub(crate) fn error(
    namespace: &Namespace,
    index: &IndexEntry,
    document: DocumentRef<'_>,
    key: &[u8],
) -> Error {
    let values = values_of(index, document, key);
    let mut shown = String::from("{ ");
    let mut key_value = Document::new();
    for (at, (path, value)) in index.paths.iter().zip(&values).enumerate() {
        if at > 0 {
            shown.push_str(", ");
        }
        shown.push_str(path.as_str());
        shown.push_str(": ");
        show(value, 0, &mut shown);
        key_value.insert(path.as_str(), value.clone());
    }
    shown.push_str(" }");
    let message =
        format!("E11000 duplicate key error collection: {namespace} index: {} dup key: {shown}", index.name);
    let mut error = WriteError::new(0, Code::DUPLICATE_KEY, message);
    error.key_pattern = Some(index.keys.clone());
    error.key_value = Some(key_value);
    Error::from_write_errors(vec![error])
}

/// The values that make `key`.
fn values_of(index: &IndexEntry, document: DocumentRef<'_>, key: &[u8]) -> Vec<Bson> {
    let (mut values, mut encoded) = (Vec::new(), Vec::new());
    let extracted = index_keys::extract(&index.paths, document, &mut |row| {
        encoded.clear();
        entry::encode_row(index, row.values, &mut encoded);
        if values.is_empty() && encoded == key {
            values = row.values.iter().map(|value| value.to_bson()).collect();
        }
    });
    debug_assert!(extracted.is_ok(), "the document gave this key a moment ago");
    values
}

/// Shows a value as MongoDB's shell would.
fn show(value: &Bson, depth: usize, out: &mut String) {
    // Longer ones say nothing more, and a message is not the place for a megabyte.
    if out.len() > 1024 || depth > 20 {
        if !out.ends_with("...") {
            out.push_str("...");
        }
        return;
    }
    let written = match value {
        Bson::String(text) => write!(out, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Bson::Double(number) if number.is_finite() => write!(out, "{number:?}"),
        Bson::Double(number) if number.is_nan() => write!(out, "nan.0"),
        Bson::Double(number) => write!(out, "{}.0", if *number > 0.0 { "inf" } else { "-inf" }),
        Bson::Int32(number) => write!(out, "{number}"),
        Bson::Int64(number) => write!(out, "{number}"),
        Bson::Decimal128(number) => write!(out, "{number}"),
        Bson::Boolean(boolean) => write!(out, "{boolean}"),
        Bson::Null => write!(out, "null"),
        Bson::Undefined => write!(out, "undefined"),
        Bson::ObjectId(id) => write!(out, "ObjectId('{id}')"),
        Bson::DateTime(time) => write!(out, "new Date({})", time.timestamp_millis()),
        Bson::Timestamp(time) => write!(out, "Timestamp({}, {})", time.time, time.increment),
        Bson::Binary(binary) => {
            let hex: String = binary.bytes.iter().take(64).map(|byte| format!("{byte:02X}")).collect();
            write!(out, "BinData({}, {hex})", u8::from(binary.subtype))
        }
        Bson::MinKey => write!(out, "MinKey"),
        Bson::MaxKey => write!(out, "MaxKey"),
        Bson::Document(document) if document.is_empty() => write!(out, "{{}}"),
        Bson::Document(document) => {
            out.push_str("{ ");
            for (at, (name, value)) in document.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                out.push_str(name);
                out.push_str(": ");
                show(value, depth + 1, out);
            }
            write!(out, " }}")
        }
        Bson::Array(values) if values.is_empty() => write!(out, "[]"),
        Bson::Array(values) => {
            out.push_str("[ ");
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                show(value, depth + 1, out);
            }
            write!(out, " ]")
        }
        other => write!(out, "{other}"),
    };
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}
