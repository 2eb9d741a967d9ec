//! Anser's codec writes and reads exactly what the `bson` crate's does.

use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, DateTime, Decimal128, RawDocumentBuf, Regex, Timestamp, doc};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

/// Holds the codec against `bson` both ways, and gives the bytes.
fn agrees<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Vec<u8> {
    let theirs = bson::serialize_to_vec(value).expect("bson writes it");
    let mut ours = b"before".to_vec();
    anser::codec::encode(value, &mut ours).expect("the codec writes it");
    assert_eq!(ours.drain(..6).collect::<Vec<_>>(), b"before");
    assert_eq!(ours, theirs, "{value:?}");
    assert_eq!(&anser::codec::decode::<T>(&ours).expect("the codec reads it"), value);
    ours
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Everything {
    #[serde(rename = "_id")]
    id: ObjectId,
    text: String,
    letter: char,
    truth: bool,
    tiny: i8,
    small: i16,
    int: i32,
    long: i64,
    byte: u8,
    word: u16,
    wide: u32,
    widest: u64,
    single: f32,
    double: f64,
    date: DateTime,
    decimal: Decimal128,
    timestamp: Timestamp,
    regex: Regex,
    generic: Binary,
    special: Binary,
    old: Binary,
    uuid: bson::Uuid,
    nothing: Option<i32>,
    something: Option<Inner>,
    list: Vec<Inner>,
    numbers: Vec<i32>,
    pair: (i32, String),
    map: BTreeMap<String, i64>,
    unit: (),
    kind: Kind,
    kinds: Vec<Kind>,
    any: Bson,
    document: bson::Document,
    raw: RawDocumentBuf,
    newtype: Newtype,
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Inner {
    a: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<String>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Newtype(String);

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
enum Kind {
    Plain,
    One(i32),
    Two(i32, String),
    Fields { x: i32, y: Option<bool> },
}

fn everything() -> Everything {
    Everything {
        id: ObjectId::from_bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]),
        text: "grüße".into(),
        letter: 'é',
        truth: true,
        tiny: -1,
        small: -300,
        int: i32::MIN,
        long: i64::MIN,
        byte: 255,
        word: 65535,
        wide: u32::MAX,
        widest: i64::MAX as u64,
        single: 1.5,
        double: -0.0,
        date: DateTime::from_millis(-1),
        decimal: "1.50".parse().expect("a decimal"),
        timestamp: Timestamp { time: 7, increment: u32::MAX },
        regex: Regex { pattern: "^a".try_into().expect("no NUL"), options: "im".try_into().expect("no NUL") },
        generic: Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 1, 2] },
        special: Binary { subtype: BinarySubtype::UserDefined(200), bytes: vec![9; 40] },
        old: Binary { subtype: BinarySubtype::BinaryOld, bytes: vec![1, 2] },
        uuid: bson::Uuid::from_bytes([7; 16]),
        nothing: None,
        something: Some(Inner { a: 1, b: None }),
        list: vec![Inner { a: 2, b: Some("x".into()) }, Inner { a: 3, b: None }],
        numbers: (0..12).collect(),
        pair: (1, "two".into()),
        map: [("one".to_owned(), 1), ("two".to_owned(), 2)].into(),
        unit: (),
        kind: Kind::Plain,
        kinds: vec![
            Kind::Plain,
            Kind::One(1),
            Kind::Two(2, "b".into()),
            Kind::Fields { x: 1, y: Some(false) },
        ],
        any: Bson::Array(vec![
            Bson::MinKey,
            Bson::MaxKey,
            Bson::Undefined,
            Bson::Null,
            Bson::Symbol("s".into()),
            Bson::JavaScriptCode("f()".into()),
            Bson::JavaScriptCodeWithScope(bson::JavaScriptCodeWithScope {
                code: "g()".into(),
                scope: doc! { "x": 1 },
            }),
            Bson::Decimal128("NaN".parse().expect("a decimal")),
            Bson::ObjectId(ObjectId::from_bytes([0; 12])),
            Bson::DateTime(DateTime::from_millis(5)),
        ]),
        document: doc! { "a": { "b": [1, 2.5, "x"] } },
        raw: RawDocumentBuf::try_from(&doc! { "z": [1, { "y": null }] }).expect("a document"),
        newtype: Newtype("n".into()),
    }
}

#[test]
fn every_type_is_written_and_read_as_the_bson_crate_does() {
    agrees(&everything());
}

#[test]
fn tagged_and_flattened_shapes_agree_too() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(tag = "kind")]
    enum Tagged {
        A { x: i32 },
        B(Inner),
    }
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
        Id(ObjectId),
    }
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Holder {
        tagged: Vec<Tagged>,
        untagged: Vec<Untagged>,
        #[serde(flatten)]
        flat: Inner,
        #[serde(flatten)]
        rest: HashMap<String, Bson>,
    }
    agrees(&Holder {
        tagged: vec![Tagged::A { x: 1 }, Tagged::B(Inner { a: 2, b: None })],
        untagged: vec![
            Untagged::Number(3),
            Untagged::Text("t".into()),
            Untagged::Id(ObjectId::from_bytes([3; 12])),
        ],
        flat: Inner { a: 9, b: Some("f".into()) },
        rest: [("more".to_owned(), Bson::DateTime(DateTime::from_millis(1)))].into(),
    });
}

#[test]
fn faults_name_the_path() {
    #[derive(Serialize, Deserialize, Debug)]
    struct Outer {
        list: Vec<Inner>,
        huge: u64,
    }
    let mut bytes = vec![1];
    let error =
        anser::codec::encode(&Outer { list: vec![], huge: u64::MAX }, &mut bytes).expect_err("too large");
    assert!(error.to_string().starts_with("`huge`: 18446744073709551615 is too large"), "{error}");
    assert_eq!(bytes, [1], "what was there is as it was");
    assert!(anser::codec::encode(&5, &mut bytes).is_err());
    assert!(anser::codec::encode(&HashMap::from([(1, 2)]), &mut bytes).is_err());
    assert!(anser::codec::encode(&HashMap::from([("a\0b", 2)]), &mut bytes).is_err());

    let document = bson::rawdoc! { "list": [{ "a": 1 }, { "a": "x" }], "huge": 1_i64 };
    let error = anser::codec::decode::<Outer>(document.as_bytes()).expect_err("a is no number");
    assert!(error.to_string().starts_with("`list.1.a`: "), "{error}");
}

#[test]
fn broken_bytes_are_an_error_and_no_panic() {
    let whole = agrees(&everything());
    for end in 0..whole.len() - 1 {
        assert!(anser::codec::decode::<Everything>(&whole[..end]).is_err(), "cut at {end}");
    }
    for at in 4..whole.len() {
        let mut broken = whole.clone();
        broken[at] = broken[at].wrapping_add(0x81);
        // Some bytes may change and still make sense; none may panic.
        let _ = anser::codec::decode::<Everything>(&broken);
    }
}

fn any_bson() -> impl Strategy<Value = Bson> {
    let leaf = prop_oneof![
        any::<f64>()
            .prop_filter("NaN is not equal to itself", |number| !number.is_nan())
            .prop_map(Bson::Double),
        "[^\0]{0,8}".prop_map(Bson::String),
        any::<bool>().prop_map(Bson::Boolean),
        Just(Bson::Null),
        any::<i32>().prop_map(Bson::Int32),
        any::<i64>().prop_map(Bson::Int64),
        any::<i64>().prop_map(|millis| Bson::DateTime(DateTime::from_millis(millis))),
        any::<[u8; 12]>().prop_map(|id| Bson::ObjectId(ObjectId::from_bytes(id))),
        any::<[u8; 16]>().prop_map(|bytes| Bson::Decimal128(Decimal128::from_bytes(bytes))),
        (any::<u32>(), any::<u32>())
            .prop_map(|(time, increment)| Bson::Timestamp(Timestamp { time, increment })),
        prop::collection::vec(any::<u8>(), 0..20)
            .prop_map(|bytes| Bson::Binary(Binary { subtype: BinarySubtype::Md5, bytes })),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Bson::Array),
            prop::collection::vec(("[a-z]{1,4}", inner), 0..6)
                .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_agrees(fields in prop::collection::vec(("[a-z]{1,4}", any_bson()), 0..8)) {
        let document: bson::Document = fields.into_iter().collect();
        agrees(&document);
    }
}
