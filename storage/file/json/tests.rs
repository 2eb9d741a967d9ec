//! What is written reads back to the same bytes, and looks as a person expects it.

#![allow(clippy::unwrap_used)]

use super::{Problem, Reader, write_document};
use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, DateTime, Decimal128, Document, Regex, Timestamp, doc};
use proptest::prelude::*;

fn written(bytes: &[u8]) -> Option<String> {
    let mut out = Vec::new();
    write_document(bytes, &mut out).then(|| String::from_utf8(out).unwrap())
}

fn read(text: &str) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    let mut reader = Reader::new(text.as_bytes())?;
    reader.document(&mut out)?;
    reader.end()?;
    Ok(out)
}

#[track_caller]
fn assert_line(document: &Document, line: &str) {
    let bytes = document.to_vec().unwrap();
    assert_eq!(written(&bytes).unwrap(), line);
    assert_eq!(read(line).unwrap(), bytes);
}

#[test]
fn small_integers_and_fractions_are_bare_and_the_rest_is_wrapped() {
    assert_line(&doc! {"a": 1, "b": 1.5, "c": -0.25}, r#"{"a":1,"b":1.5,"c":-0.25}"#);
    assert_line(
        &doc! {"a": 1_i64, "b": 1.0, "c": -0.0, "d": 1e300},
        r#"{"a":{"$numberLong":"1"},"b":{"$numberDouble":"1.0"},"c":{"$numberDouble":"-0.0"},"d":{"$numberDouble":"1e300"}}"#,
    );
    assert_line(
        &doc! {"a": f64::INFINITY, "b": f64::NEG_INFINITY, "c": f64::from_bits(0x7ff8 << 48), "d": 5e-324},
        r#"{"a":{"$numberDouble":"Infinity"},"b":{"$numberDouble":"-Infinity"},"c":{"$numberDouble":"NaN"},"d":5e-324}"#,
    );
    assert_line(&doc! {"a": "1.10".parse::<Decimal128>().unwrap()}, r#"{"a":{"$numberDecimal":"1.10"}}"#);
}

#[test]
fn every_other_kind_has_its_words() {
    let id = ObjectId::from_bytes([0xab; 12]);
    assert_line(
        &doc! {"_id": id, "t": true, "f": false, "n": null, "u": Bson::Undefined},
        r#"{"_id":{"$oid":"abababababababababababab"},"t":true,"f":false,"n":null,"u":{"$undefined":true}}"#,
    );
    assert_line(
        &doc! {"a": DateTime::from_millis(0), "b": DateTime::from_millis(1_700_000_000_123), "c": DateTime::from_millis(-1)},
        r#"{"a":{"$date":"1970-01-01T00:00:00Z"},"b":{"$date":"2023-11-14T22:13:20.123Z"},"c":{"$date":{"$numberLong":"-1"}}}"#,
    );
    assert_line(
        &doc! {"r": Regex { pattern: "^a\"".try_into().unwrap(), options: "ix".try_into().unwrap() }, "t": Timestamp { time: 7, increment: 9 }},
        r#"{"r":{"$regularExpression":{"pattern":"^a\"","options":"ix"}},"t":{"$timestamp":{"t":7,"i":9}}}"#,
    );
    assert_line(&doc! {"a": Bson::MinKey, "b": Bson::MaxKey}, r#"{"a":{"$minKey":1},"b":{"$maxKey":1}}"#);
    assert_line(
        &doc! {"c": Bson::JavaScriptCode("f()".into()), "s": Bson::Symbol("s".into())},
        r#"{"c":{"$code":"f()"},"s":{"$symbol":"s"}}"#,
    );
    let scoped = bson::JavaScriptCodeWithScope { code: "f()".into(), scope: doc! {"x": 1} };
    assert_line(&doc! {"c": scoped, "z": 1}, r#"{"c":{"$code":"f()","$scope":{"x":1}},"z":1}"#);
    let binary = |subtype, bytes: &[u8]| Binary { subtype, bytes: bytes.to_vec() };
    assert_line(
        &doc! {"g": binary(BinarySubtype::Generic, b"abcd"), "u": binary(BinarySubtype::Uuid, &[0x12; 16]), "o": binary(BinarySubtype::BinaryOld, b"xy")},
        r#"{"g":{"$binary":{"base64":"YWJjZA==","subType":"00"}},"u":{"$uuid":"12121212-1212-1212-1212-121212121212"},"o":{"$binary":{"base64":"eHk=","subType":"02"}}}"#,
    );
}

#[test]
fn text_keeps_every_letter() {
    assert_line(
        &doc! {"a\"b": "line\nbreak \0 \u{1} \u{7f} é 🦢 \\", "": ""},
        "{\"a\\\"b\":\"line\\nbreak \\u0000 \\u0001 \\u007f é 🦢 \\\\\",\"\":\"\"}",
    );
    let wanted = doc! {"a": "/\u{8}\u{c}🦢é"}.to_vec().unwrap();
    assert_eq!(read("{\"a\" : \"\\/\\b\\f\\ud83e\\udda2\\u00e9\" }").unwrap(), wanted);
}

#[test]
fn what_a_person_writes_is_read_too() {
    let wanted = doc! {"a": [1, {"b": 2.0}], "c": 3_000_000_000_i64, "d": 1.0, "e": 7_i64}.to_vec().unwrap();
    let text = " { \"a\" : [ 1 , {\"b\":2.0} ] ,\t\"c\":3000000000, \"d\":1e0, \"e\": { \"$numberLong\" : \"7\" } } ";
    assert_eq!(read(text).unwrap(), wanted);
}

#[test]
fn documents_that_would_read_as_something_else_are_refused() {
    for document in [
        doc! {"$oid": "x"},
        doc! {"a": {"$date": 1}},
        doc! {"a": [{"$numberLong": "1", "b": 2}]},
        doc! {"$record": 5},
        doc! {"a": f64::from_bits(0xfff8 << 48)},
    ] {
        assert_eq!(written(&document.to_vec().unwrap()), None, "{document}");
    }
    // Only the first name makes it something else.
    assert_line(&doc! {"$ref": "c", "$id": 1}, r#"{"$ref":"c","$id":1}"#);
    assert_line(&doc! {"a": 1, "$oid": 2}, r#"{"a":1,"$oid":2}"#);
}

#[test]
fn what_is_no_document_is_refused() {
    let good = doc! {"a": "text", "b": [1, 2], "c": {"d": true}}.to_vec().unwrap();
    assert!(written(&good).is_some());
    for length in 0..good.len() {
        assert_eq!(written(&good[..length]), None);
    }
    assert_eq!(written(&[&good[..], &[0]].concat()), None);
    let mut broken = doc! {"a": true}.to_vec().unwrap();
    broken[7] = 2;
    assert_eq!(written(&broken), None);
    let mut array = doc! {"a": [1]}.to_vec().unwrap();
    let digit = array.iter().position(|&byte| byte == b'0').unwrap();
    array[digit] = b'1';
    assert_eq!(written(&array), None);
}

#[test]
fn deep_nesting_is_an_answer_and_no_crash() {
    let mut document = doc! {};
    for _ in 0..150 {
        document = doc! {"a": document};
    }
    let bytes = document.to_vec().unwrap();
    assert_eq!(read(&written(&bytes).unwrap()).unwrap(), bytes);
    for _ in 0..150 {
        document = doc! {"a": document};
    }
    assert_eq!(written(&document.to_vec().unwrap()), None);
    assert!(read(&"{\"a\":".repeat(100_000)).is_err());
    assert!(read(&format!("{{\"a\":{}", "[".repeat(100_000))).is_err());
}

#[test]
fn a_broken_line_is_told_with_its_column() {
    for (text, column) in [
        ("", 1),
        ("1", 1),
        ("{\"a\":1} x", 9),
        ("{\"a\":01}", 6),
        ("{\"a\":nul}", 6),
        ("{\"a\":\"\\x\"}", 7),
        ("{\"a\" 1}", 6),
        ("{\"a\":{\"$numberInt\":\"x\"}}", 20),
        ("{\"$oid\":\"abababababababababababab\"}", 1),
        ("{\"a\":{\"$record\":1}}", 17),
        ("{\"a\\u0000\":1}", 11),
    ] {
        assert_eq!(read(text).unwrap_err().column, column, "{text}");
    }
    assert_eq!(Reader::new(b"{\"a\":\"\xff\"}").err().unwrap().column, 7);
}

fn value() -> impl Strategy<Value = Bson> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(Bson::Int32),
        any::<i64>().prop_map(Bson::Int64),
        any::<u64>().prop_map(|bits| Bson::Double(f64::from_bits(bits))),
        (-1000_i32..1000).prop_map(|number| Bson::Double(f64::from(number) / 8.0)),
        any::<String>().prop_map(Bson::String),
        any::<bool>().prop_map(Bson::Boolean),
        Just(Bson::Null),
        Just(Bson::Undefined),
        any::<i64>().prop_map(|number| Bson::DateTime(DateTime::from_millis(number))),
        (0..300_000_000_000_000_i64).prop_map(|number| Bson::DateTime(DateTime::from_millis(number))),
        any::<[u8; 12]>().prop_map(|bytes| Bson::ObjectId(ObjectId::from_bytes(bytes))),
        any::<[u8; 16]>().prop_map(|bytes| Bson::Decimal128(Decimal128::from_bytes(bytes))),
        any::<(u32, u32)>().prop_map(|(time, increment)| Bson::Timestamp(Timestamp { time, increment })),
        (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..20))
            .prop_map(|(subtype, bytes)| Bson::Binary(Binary { subtype: subtype.into(), bytes })),
        any::<String>().prop_map(Bson::JavaScriptCode),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let name = prop_oneof!["[a-z$.]{0,4}", Just("$date".to_owned()), Just("$oid".to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Bson::Array),
            proptest::collection::vec((name, inner), 0..5)
                .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_reads_back_to_the_same_bytes(value in value()) {
        let bytes = doc! {"a": value}.to_vec().unwrap();
        if let Some(line) = written(&bytes) {
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(read(&line).unwrap(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_writing_crash(bytes in proptest::collection::vec(any::<u8>(), 0..60), at in 0_usize..60, byte: u8) {
        let mut broken = doc! {"a": "text", "b": [1, {"c": 2.5}], "d": DateTime::from_millis(5), "e": Regex { pattern: "x".try_into().unwrap(), options: "".try_into().unwrap() }}.to_vec().unwrap();
        let at = at % broken.len();
        broken[at] = byte;
        for bytes in [bytes, broken] {
            if let Some(line) = written(&bytes) {
                prop_assert_eq!(read(&line).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn no_text_makes_reading_crash(text in "[{}\\[\\]\",:$a-e0-9.\\\\u ]{0,40}", at in 0_usize..200, letter in "[{}\"\\\\:,$0a]") {
        let _ = read(&text);
        let mut line = r#"{"a":{"$binary":{"base64":"eHk=","subType":"02"}},"b":{"$code":"x","$scope":{"y":1}},"c":{"$date":"2023-11-14T22:13:20.123Z"}}"#.to_owned();
        let at = at % line.len();
        line.replace_range(at..=at, &letter);
        let _ = read(&line);
    }
}
