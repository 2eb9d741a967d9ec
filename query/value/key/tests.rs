//! The bytes of the format, value by value, and what broken keys give.

use super::*;
use crate::value::ValueBuf;
use bson::{Bson, doc, oid::ObjectId};

fn value(value: impl Into<Bson>) -> ValueBuf {
    ValueBuf::try_from(&value.into()).expect("a value that BSON can hold")
}

fn key_of(bson: impl Into<Bson>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(value(bson).as_ref(), &mut out);
    out
}

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().expect("a decimal"))
}

#[test]
fn small_integers_take_few_bytes() {
    assert_eq!(key_of(0), [0x30]);
    assert_eq!(key_of(5), [0x31, 0x0A]);
    assert_eq!(key_of(300), [0x32, 0x02, 0x58]);
    assert_eq!(key_of(-5), [0x2F, 0xF5]);
    assert_eq!(key_of(i64::MAX).len(), 9);
}

#[test]
fn equal_numbers_share_their_key_whatever_their_type() {
    for same in [
        vec![
            Bson::Int32(1),
            Bson::Int64(1),
            Bson::Double(1.0),
            decimal("1"),
            decimal("1.00"),
            decimal("10E-1"),
        ],
        vec![Bson::Int32(0), Bson::Double(-0.0), decimal("-0E+10"), decimal("0.000")],
        vec![Bson::Double(1.5), decimal("1.5"), decimal("1.500")],
        vec![Bson::Int64(i64::MIN), Bson::Double(i64::MIN as f64), decimal("-9223372036854775808")],
        vec![Bson::Double(f64::INFINITY), decimal("Infinity")],
        vec![Bson::Double(f64::NAN), decimal("NaN")],
    ] {
        for other in &same[1..] {
            assert_eq!(key_of(same[0].clone()), key_of(other.clone()), "{} and {other}", same[0]);
        }
    }
}

#[test]
fn a_decimal_between_two_doubles_stands_between_them() {
    let below = key_of(0.1_f64.next_down());
    let tenth = key_of(decimal("0.1"));
    let above = key_of(0.1);
    assert!(below < tenth && tenth < above, "the double 0.1 is a little above one tenth");
    let large = key_of(decimal("9223372036854775809"));
    assert!(key_of(9223372036854775808.0) < large && large < key_of(9223372036854775808.0_f64.next_up()));
    assert!(
        key_of(f64::MAX) < key_of(decimal("1E+400")) && key_of(decimal("1E+6144")) < key_of(f64::INFINITY)
    );
    assert!(key_of(0) < key_of(decimal("1E-6176")) && key_of(decimal("1E-400")) < key_of(5e-324));
}

#[test]
fn the_first_byte_of_a_key_lies_within_its_kind() {
    let values = [
        value(Bson::MinKey),
        value(Bson::Undefined),
        value(Bson::Null),
        value(f64::NAN),
        value(f64::NEG_INFINITY),
        value(0),
        value(f64::INFINITY),
        value("x"),
        value(doc! { "a": 1 }),
        value(vec![Bson::Int32(1)]),
        value(Bson::Binary(bson::Binary { subtype: 0.into(), bytes: vec![1] })),
        value(ObjectId::new()),
        value(false),
        value(true),
        value(Bson::DateTime(bson::DateTime::from_millis(-1))),
        value(Bson::Timestamp(bson::Timestamp { time: 1, increment: 2 })),
        value(Bson::JavaScriptCode("x".into())),
        value(Bson::MaxKey),
    ];
    for value in values {
        let kind = Kind::of(value.as_ref());
        let (mut key, mut descending) = (Vec::new(), Vec::new());
        encode(value.as_ref(), &mut key);
        encode_descending(value.as_ref(), &mut descending);
        let (lower, upper) = kind_bounds(kind);
        assert!((lower..upper).contains(&key[0]), "{value:?}");
        let (lower, upper) = kind_bounds_descending(kind);
        assert!((lower..upper).contains(&descending[0]), "{value:?} descending");
        assert_eq!(kind_of_first_byte(key[0]), Some(kind));
    }
    assert_eq!(kind_of_first_byte(0x00), None);
    assert_eq!(kind_of_first_byte(0xFF), None);
}

#[test]
fn kind_bounds_do_not_overlap_and_ascend() {
    for pair in ALL_KINDS.windows(2) {
        assert!(kind_bounds(pair[0]).1 <= kind_bounds(pair[1]).0, "{pair:?}");
        assert!(kind_bounds_descending(pair[1]).1 <= kind_bounds_descending(pair[0]).0, "{pair:?}");
    }
}

#[test]
fn strings_with_zero_bytes_keep_their_order() {
    let texts =
        ["", "\0", "\0\0", "\0\u{1}", "\u{1}", "\u{1}\0", "\u{2}", "a", "a\0", "a\0b", "a\u{1}", "ab"];
    for pair in texts.windows(2) {
        assert!(key_of(pair[0]) < key_of(pair[1]), "{pair:?}");
    }
    assert_eq!(key_of("a\0\u{1}"), [0x48, b'a', 1, 1, 1, 2, 0]);
}

#[test]
fn a_string_prefix_begins_the_keys_of_its_strings_only() {
    let mut prefix = Vec::new();
    encode_string_prefix(b"ab", &mut prefix);
    assert!(key_of("ab").starts_with(&prefix) && key_of("abc").starts_with(&prefix));
    assert!(!key_of("aa").starts_with(&prefix));
    prefix.push(0xFF);
    assert!(key_of("ab\u{10FFFF}") < prefix && key_of("ac") > prefix);
}

#[test]
fn in_documents_the_class_comes_before_the_name() {
    assert!(key_of(doc! { "b": 1 }) < key_of(doc! { "a": "x" }), "numbers before strings, whatever the name");
    assert!(key_of(doc! { "a": 2 }) < key_of(doc! { "b": 1 }));
    assert!(key_of(doc! {}) < key_of(doc! { "a": Bson::MinKey }));
    assert!(key_of(doc! { "a": 1 }) < key_of(doc! { "a": 1, "b": Bson::MinKey }));
    assert_eq!(
        key_of(doc! { "a": 5, "b": "x" }),
        [0x50, 0x20, b'a', 0, 0x31, 0x0A, 0x48, b'b', 0, b'x', 0, 0]
    );
}

#[test]
fn trimmed_remainders_of_common_values_are_empty() {
    let mut out = vec![7];
    for common in
        [value(5), value("x"), value(ObjectId::new()), value(true), value(doc! { "a": 1, "b": "x" })]
    {
        remainder(common.as_ref(), &mut out);
    }
    trim_remainder(&mut out, 1);
    assert_eq!(out, [7]);
}

#[test]
fn a_broken_key_is_no_value() {
    for broken in [
        &[][..],
        &[0x00],
        &[0xFF],
        &[0x31],
        &[0x39, 0, 0],
        &[0x48, b'a'],
        &[0x48, 1, 3, 0],
        &[0x50, 0x20, b'a', 0],
        &[0x50, 0x20, 1, 1, 0, 0x30, 0],
        &[0x58, 0x30],
        &[0x60, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1],
        &[0x68, 1],
        &[0x90, 0xFF, 0xFF, 0xFF, 0xFF],
    ] {
        let (mut key, mut rest, mut out) = (broken, &[][..], Vec::new());
        assert_eq!(decode(&mut key, &mut rest, &mut out), None, "{broken:x?}");
    }
    let mut rest = &[9][..];
    assert_eq!(decode(&mut &[0x31, 0x0A][..], &mut rest, &mut Vec::new()), None, "no such number type");
}

#[test]
fn depth_without_end_is_neither_written_nor_read() {
    let mut nested = doc! {};
    for _ in 0..DEPTH_MAX + 50 {
        nested = doc! { "a": nested };
    }
    let key = key_of(nested);
    let (mut rest, mut out) = (&key[..], Vec::new());
    assert_eq!(decode(&mut rest, &mut &[][..], &mut out), Some(tag::DOCUMENT));
    assert!(rest.is_empty());
    assert_eq!(part_length(&key), Some(key.len()));
    let endless = vec![0x58; 1_000_000];
    assert_eq!(decode(&mut &endless[..], &mut &[][..], &mut Vec::new()), None);
    assert_eq!(part_length(&endless), None);
}
