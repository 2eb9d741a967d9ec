//! Documents as Extended JSON version 2: canonical, which keeps every type, and relaxed, which people read.

use super::date;
use anser_query::value::{DocumentRef, ValueRef, View};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bson::{Decimal128, oid::ObjectId};
use std::io::Write;

/// How numbers and dates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Every type is kept: `{"$numberInt":"1"}`.
    Canonical,
    /// Plain numbers, dates as text: `1`.
    Relaxed,
}

/// Appends a document as JSON, without a line's end.
pub(crate) fn write_document(out: &mut Vec<u8>, document: DocumentRef<'_>, style: Style) {
    out.push(b'{');
    for (position, element) in document.elements().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        string(out, element.name);
        out.push(b':');
        write_value(out, element.value, style);
    }
    out.push(b'}');
}

/// Appends a value as JSON.
pub(crate) fn write_value(out: &mut Vec<u8>, value: ValueRef<'_>, style: Style) {
    let canonical = style == Style::Canonical;
    match value.view() {
        View::Double(number) if canonical || !number.is_finite() => {
            wrapped(out, "$numberDouble", &double_text(number));
        }
        View::Double(number) => plain(out, double_text(number)),
        View::Int32(number) if canonical => wrapped(out, "$numberInt", &number.to_string()),
        View::Int32(number) => plain(out, number),
        View::Int64(number) if canonical => wrapped(out, "$numberLong", &number.to_string()),
        View::Int64(number) => plain(out, number),
        View::Decimal128(bytes) => wrapped(out, "$numberDecimal", &decimal_text(bytes)),
        View::String(text) => string(out, text),
        View::Document(document) => write_document(out, document, style),
        View::Array(array) => {
            out.push(b'[');
            for (position, value) in array.values().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write_value(out, value, style);
            }
            out.push(b']');
        }
        View::Boolean(value) => plain(out, value),
        View::Null => plain(out, "null"),
        View::ObjectId(bytes) => object_id(out, bytes),
        View::DateTime(milliseconds) => {
            out.extend_from_slice(b"{\"$date\":");
            match date::format(milliseconds).filter(|_| !canonical) {
                Some(text) => string(out, text.as_bytes()),
                None => wrapped(out, "$numberLong", &milliseconds.to_string()),
            }
            out.push(b'}');
        }
        View::Binary { subtype, bytes } => {
            // The old subtype has its length inside once more.
            let bytes = if subtype == 2 { bytes.get(4..).unwrap_or_default() } else { bytes };
            let text = BASE64_STANDARD.encode(bytes);
            plain(out, format_args!("{{\"$binary\":{{\"base64\":\"{text}\","));
            plain(out, format_args!("\"subType\":\"{subtype:02x}\"}}}}"));
        }
        View::Regex { pattern, options } => {
            out.extend_from_slice(b"{\"$regularExpression\":{\"pattern\":");
            string(out, pattern);
            out.extend_from_slice(b",\"options\":");
            string(out, options);
            out.extend_from_slice(b"}}");
        }
        View::Timestamp { time, increment } => {
            plain(out, format_args!("{{\"$timestamp\":{{\"t\":{time},\"i\":{increment}}}}}"));
        }
        View::JavaScript(code) => {
            out.extend_from_slice(b"{\"$code\":");
            string(out, code);
            out.push(b'}');
        }
        View::JavaScriptWithScope { code, scope } => {
            out.extend_from_slice(b"{\"$code\":");
            string(out, code);
            out.extend_from_slice(b",\"$scope\":");
            write_document(out, scope, style);
            out.push(b'}');
        }
        View::Symbol(text) => {
            out.extend_from_slice(b"{\"$symbol\":");
            string(out, text);
            out.push(b'}');
        }
        View::DbPointer { namespace, id } => {
            out.extend_from_slice(b"{\"$dbPointer\":{\"$ref\":");
            string(out, namespace);
            out.extend_from_slice(b",\"$id\":");
            object_id(out, id);
            out.extend_from_slice(b"}}");
        }
        View::Undefined => plain(out, "{\"$undefined\":true}"),
        View::MinKey => plain(out, "{\"$minKey\":1}"),
        View::MaxKey => plain(out, "{\"$maxKey\":1}"),
    }
}

/// A double by the shortest text that reads back as it, which always shows that it is none of the integers.
pub(crate) fn double_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        format!("{number:?}")
    }
}

/// A decimal by its text.
pub(crate) fn decimal_text(bytes: &[u8; 16]) -> String {
    Decimal128::from_bytes(*bytes).to_string()
}

/// A string's text; what is not UTF-8 (nothing that was validated) shows as `�`.
pub(crate) fn string_text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn object_id(out: &mut Vec<u8>, bytes: &[u8; 12]) {
    wrapped(out, "$oid", &ObjectId::from_bytes(*bytes).to_hex());
}

/// `{"name":"text"}`, for text that needs no escapes.
fn wrapped(out: &mut Vec<u8>, name: &str, text: &str) {
    plain(out, format_args!("{{\"{name}\":\"{text}\"}}"));
}

fn plain(out: &mut Vec<u8>, text: impl std::fmt::Display) {
    write!(out, "{text}").expect("a Vec takes every byte");
}

fn string(out: &mut Vec<u8>, text: &[u8]) {
    serde_json::to_writer(out, &string_text(text)).expect("a string is JSON, and a Vec takes every byte");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use crate::json::{Purpose, documents};
    use bson::RawDocumentBuf;

    fn read(text: &str) -> RawDocumentBuf {
        let mut found = None;
        documents(&Input::text("x", text).unwrap(), Purpose::Data, &mut |document, _| {
            found = Some(document);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
        found.unwrap()
    }

    fn written(document: &RawDocumentBuf, style: Style) -> String {
        let mut out = Vec::new();
        write_document(&mut out, DocumentRef::new(document.as_bytes()), style);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type_is_written_canonically_and_reads_back_to_the_same_bytes() {
        let text = concat!(
            r#"{"_id":{"$oid":"5ca4bbc7a2dd94ee5816238c"},"double":{"$numberDouble":"1.0"},"#,
            r#""negative zero":{"$numberDouble":"-0.0"},"large":{"$numberDouble":"1e300"},"#,
            r#""nan":{"$numberDouble":"NaN"},"infinity":{"$numberDouble":"-Infinity"},"#,
            r#""int":{"$numberInt":"-1"},"long":{"$numberLong":"1"},"decimal":{"$numberDecimal":"1.50"},"#,
            r#""string":"\"é\\\n\u0001","document":{"a":[],"":{}},"array":[true,false,null,[{"b":"c"}]],"#,
            r#""date":{"$date":{"$numberLong":"-62135596800000"}},"#,
            r#""binary":{"$binary":{"base64":"AQID","subType":"00"}},"#,
            r#""old binary":{"$binary":{"base64":"AQID","subType":"02"}},"#,
            r#""uuid":{"$binary":{"base64":"AAECAwQFBgcICQoLDA0ODw==","subType":"04"}},"#,
            r#""regex":{"$regularExpression":{"pattern":"^a\"","options":"im"}},"#,
            r#""timestamp":{"$timestamp":{"t":4294967295,"i":1}},"code":{"$code":"x"},"#,
            r#""scoped":{"$code":"x","$scope":{"y":{"$numberInt":"1"}}},"symbol":{"$symbol":"s"},"#,
            r#""pointer":{"$dbPointer":{"$ref":"a.b","$id":{"$oid":"5ca4bbc7a2dd94ee5816238c"}}},"#,
            r#""undefined":{"$undefined":true},"min":{"$minKey":1},"max":{"$maxKey":1}}"#,
        );
        let document = read(text);
        anser_query::value::validate(document.as_bytes()).unwrap();
        assert_eq!(written(&document, Style::Canonical), text);
    }

    #[test]
    fn relaxed_is_plain_where_it_can_be() {
        let document = read(
            r#"{"a":{"$numberInt":"1"},"b":{"$numberLong":"2"},"c":1.0,"d":{"$date":1000},"e":{"$date":-1},"f":{"$numberDouble":"NaN"}}"#,
        );
        let relaxed = r#"{"a":1,"b":2,"c":1.0,"d":{"$date":"1970-01-01T00:00:01Z"},"e":{"$date":{"$numberLong":"-1"}},"f":{"$numberDouble":"NaN"}}"#;
        assert_eq!(written(&document, Style::Relaxed), relaxed);
    }
}
