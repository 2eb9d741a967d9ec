//! What a document must be to enter, and how a refusal names the place.
use anser_query::value::{DOCUMENT_BYTES_MAX, NESTING_MAX, tag, validate, validate_with, write};
use bson::{Bson, RawDocumentBuf, doc};

fn raw(document: bson::Document) -> Vec<u8> {
    RawDocumentBuf::try_from(&document).expect("a test's document encodes").as_bytes().to_vec()
}

/// A document with one element, its value bytes as given.
fn with(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let start = write::begin(&mut bytes);
    write::header(&mut bytes, tag, b"a");
    bytes.extend_from_slice(value);
    write::end(&mut bytes, start);
    bytes
}

fn refusal(bytes: &[u8]) -> (i32, String) {
    let error = validate(bytes).expect_err("the document is broken");
    (error.code().0, error.message().to_owned())
}

#[test]
fn a_document_of_every_type_passes() {
    let document = doc! {
        "double": 1.5, "string": "é", "document": { "a": [] }, "array": [1, [2]],
        "binary": bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2] },
        "old": bson::Binary { subtype: bson::spec::BinarySubtype::BinaryOld, bytes: vec![1, 2] },
        "undefined": Bson::Undefined, "id": bson::oid::ObjectId::new(), "bool": true,
        "date": bson::DateTime::from_millis(5), "null": Bson::Null,
        "regex": Bson::RegularExpression(bson::Regex { pattern: bson::raw::cstr!("é").into(), options: bson::raw::cstr!("i").into() }),
        "code": Bson::JavaScriptCode("x".into()), "symbol": Bson::Symbol("s".into()),
        "scope": Bson::JavaScriptCodeWithScope(bson::JavaScriptCodeWithScope { code: "x".into(), scope: doc! { "a": 1 } }),
        "int": 1, "timestamp": Bson::Timestamp(bson::Timestamp { time: 1, increment: 2 }), "long": 1i64,
        "decimal": "1.5".parse::<bson::Decimal128>().expect("a number"), "max": Bson::MaxKey, "min": Bson::MinKey,
    };
    let bytes = raw(document);
    assert_eq!(validate(&bytes).expect("it is whole").as_bytes(), bytes);
    let pointer = [&[2, 0, 0, 0, b'x', 0][..], &[7; 12]].concat();
    validate(&with(tag::DB_POINTER, &pointer)).expect("a DBPointer is whole");
}

#[test]
fn every_cut_of_a_document_is_refused() {
    let bytes = raw(doc! { "a": "text", "b": { "c": [1, 2.0, true] }, "d": 1i64 });
    for end in 0..bytes.len() {
        assert_eq!(refusal(&bytes[..end]).0, 22);
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(refusal(&longer).0, 22);
}

#[test]
fn broken_values_are_refused() {
    let broken: [(u8, &[u8]); 18] = [
        (tag::BOOLEAN, &[2]),
        (tag::BOOLEAN, &[]),
        (tag::INT32, &[0; 3]),
        (tag::STRING, &[0, 0, 0, 0]),
        (tag::STRING, &[2, 0, 0, 0, b'a', b'b']),
        (tag::STRING, &[2, 0, 0, 0, 0xFF, 0]),
        (tag::STRING, &[0xFF, 0xFF, 0xFF, 0xFF, 0]),
        (tag::STRING, &[9, 0, 0, 0, b'a', 0]),
        (tag::DOCUMENT, &[4, 0, 0, 0]),
        (tag::DOCUMENT, &[5, 0, 0, 0, 1]),
        (tag::ARRAY, &[6, 0, 0, 0, 0]),
        (tag::BINARY, &[1, 0, 0, 0, 0]),
        (tag::BINARY, &[0xFF, 0xFF, 0xFF, 0x7F, 0]),
        (tag::BINARY, &[5, 0, 0, 0, 2, 3, 0, 0, 0, b'a']),
        (tag::REGEX, b"a\0i"),
        (tag::REGEX, b"\xFF\0\0"),
        (tag::JAVASCRIPT_WITH_SCOPE, &[15, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0]),
        (0x14, &[]),
    ];
    for (tag, value) in broken {
        let (code, message) = refusal(&with(tag, value));
        assert_eq!(code, 22, "type {tag:#04x} {value:?}: {message}");
    }
}

#[test]
fn a_refusal_names_path_and_byte() {
    let mut bytes = raw(doc! { "first": 1, "a": { "b": [true, false] } });
    let at = bytes.len() - 4;
    assert_eq!(bytes[at], 0, "the second boolean stands there");
    bytes[at] = 7;
    let message = format!("invalid BSON: a boolean is neither 0 nor 1 in `a.b.1` at byte {at}");
    assert_eq!(refusal(&bytes), (22, message));

    let mut bytes = raw(doc! { "a": 1 });
    bytes[4] = 0x44;
    assert_eq!(refusal(&bytes), (22, "invalid BSON: unrecognized BSON type 0x44 at byte 4".into()));
}

#[test]
fn names_are_utf8() {
    let mut bytes = raw(doc! { "a": { "ab": 1 } });
    let at = bytes.windows(2).position(|two| two == b"ab").expect("the name is there");
    bytes[at] = 0xC3;
    let (code, message) = refusal(&bytes);
    assert_eq!(code, 22);
    assert!(message.contains("a field name is not UTF-8"), "{message}");
}

fn nested(levels: usize) -> Vec<u8> {
    let document = (0..levels).fold(doc! {}, |inner, _| doc! { "a": inner });
    raw(document)
}

#[test]
fn nesting_has_an_end() {
    validate(&nested(NESTING_MAX)).expect("as deep as may be");
    let (code, message) = refusal(&nested(NESTING_MAX + 1));
    assert_eq!(code, 15, "{message}");
    assert!(message.contains("`a.a.a"), "{message}");
    validate_with(&nested(150), DOCUMENT_BYTES_MAX, 150).expect("another limit holds");
}

#[test]
fn a_document_has_at_most_16_mebibytes() {
    let frame = raw(doc! { "a": "" }).len();
    let exact = raw(doc! { "a": "x".repeat(DOCUMENT_BYTES_MAX - frame) });
    validate(&exact).expect("16 MiB are allowed");
    let larger = raw(doc! { "a": "x".repeat(DOCUMENT_BYTES_MAX - frame + 1) });
    assert_eq!(refusal(&larger).0, 10334);
    validate_with(&larger, DOCUMENT_BYTES_MAX + 1, NESTING_MAX).expect("another limit holds");
}
