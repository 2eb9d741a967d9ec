//! What a filter may look like, and what it is refused for.

use super::{assert_matches, assert_refuses, parse, refusal, value};
use anser_query::Code;
use anser_query::filter::Predicate;
use anser_query::value::DocumentRef;
use bson::doc;

#[test]
fn unknown_operators_are_named() {
    let (code, message) = refusal(doc! { "$wrong": 1 });
    assert_eq!(code, Code::BAD_VALUE);
    assert!(message.contains("unknown top level operator: $wrong"), "{message}");
    let (code, message) = refusal(doc! { "a": { "$wrong": 1 } });
    assert_eq!((code, message.as_str()), (Code::BAD_VALUE, "unknown operator: $wrong"));
    // Mixed documents: what begins with an operator has only operators.
    assert_eq!(refusal(doc! { "a": { "$gt": 1, "b": 2 } }).1, "unknown operator: b");
    // What begins with a name is a value, whatever follows.
    assert_matches(doc! { "a": { "b": 2, "$gt": 1 } }, [doc! { "a": { "b": 2, "$gt": 1 } }]);
    assert_refuses(2, [doc! { "a": { "$where": "1" } }, doc! { "a": { "$ref": "c" } }]);
}

#[test]
fn operators_of_later_issues_are_refused_by_name() {
    for (operator, filter) in [
        ("$expr", doc! { "$expr": { "$eq": ["$a", 1] } }),
        ("$where", doc! { "$where": "true" }),
        ("$text", doc! { "$text": { "$search": "x" } }),
        ("$jsonSchema", doc! { "$and": [{ "$jsonSchema": {} }] }),
        ("$sampleRate", doc! { "$sampleRate": 0.5 }),
        ("$bitsAllSet", doc! { "a": { "$bitsAllSet": 1 } }),
        ("$near", doc! { "a": { "$near": [0, 0] } }),
        ("$geoWithin", doc! { "a": { "$not": { "$geoWithin": {} } } }),
    ] {
        let (code, message) = refusal(filter);
        assert_eq!(code, Code::NOT_IMPLEMENTED, "{message}");
        assert!(message.contains(operator), "{message}");
    }
}

#[test]
fn comments_mean_nothing() {
    assert_matches(
        doc! { "$comment": { "any": "thing" }, "a": { "$gt": 1, "$comment": 5 } },
        [doc! { "a": 2 }],
    );
    assert!(parse(&doc! { "$comment": "x" }).unwrap().is_all());
}

#[test]
fn names_may_be_empty() {
    assert_matches(doc! { "": 1 }, [doc! { "": 1 }]);
    assert_matches(doc! { "a.": 1 }, [doc! { "a": { "": 1 } }]);
}

#[test]
fn broken_bytes_do_not_panic() {
    let filter = parse(&doc! { "a": { "$gt": 1 }, "b.c": "x", "d": { "$elemMatch": { "e": 1 } } }).unwrap();
    let matcher = filter.compile();
    let document = super::raw(&doc! { "a": 5, "b": [{ "c": "x" }], "d": [{ "e": 1 }] });
    let bytes = document.as_bytes();
    for at in 0..bytes.len() {
        for byte in [0, 1, 4, 0x7F, 0xFF] {
            let mut broken = bytes.to_vec();
            broken[at] = byte;
            let document = DocumentRef::new(&broken);
            let _ = (filter.matches(document), matcher.matches(document));
            let _ = anser_query::Filter::parse(document).map(|filter| filter.matches(document));
            let _ = filter.matches(DocumentRef::new(&bytes[..at]));
        }
    }
}

#[test]
fn a_condition_without_a_path_asks_a_lone_value_and_its_elements() {
    let condition = Predicate::parse("a", value(doc! { "$gte": 5, "$lt": 8 }).as_ref()).unwrap();
    assert!(condition.matches_value(value(6).as_ref()));
    assert!(!condition.matches_value(value(9).as_ref()));
    assert!(condition.matches_value(value(vec![1, 6]).as_ref()));
    let plain = Predicate::parse("a", value("x").as_ref()).unwrap();
    assert!(plain.matches_value(value("x").as_ref()));
    assert!(!plain.matches_value(value("y").as_ref()));
}

#[test]
fn a_parsed_filter_shows_itself_as_mongodb_explains_it() {
    let shown =
        |filter: bson::Document| bson::Document::try_from(&*parse(&filter).unwrap().to_document()).unwrap();
    assert_eq!(shown(doc! {}), doc! {});
    assert_eq!(shown(doc! { "a": 1 }), doc! { "a": { "$eq": 1 } });
    assert_eq!(
        shown(doc! { "a": 1, "b": { "$gt": 2, "$ne": 5 } }),
        doc! { "$and": [{ "a": { "$eq": 1 } }, { "b": { "$gt": 2 } }, { "b": { "$not": { "$eq": 5 } } }] }
    );
    assert_eq!(
        shown(doc! { "$or": [{ "a": { "$in": [2, 1, 2.0] } }, { "b": { "$exists": false } }] }),
        doc! { "$or": [{ "a": { "$in": [1, 2] } }, { "b": { "$not": { "$exists": true } } }] }
    );
    assert_eq!(
        shown(doc! { "a": { "$elemMatch": { "x": 1 } }, "b": { "$regex": "^x", "$options": "i" } }),
        doc! { "$and": [{ "a": { "$elemMatch": { "x": { "$eq": 1 } } } }, { "b": { "$regex": "^x", "$options": "i" } }] }
    );
    assert_eq!(shown(doc! { "a": { "$type": "minKey" } }), doc! { "a": { "$type": [-1] } });
    // What is shown is a filter again, with the same meaning.
    let filter = parse(&doc! { "a": { "$all": [1, 2], "$not": { "$mod": [3, 1] }, "$size": 2 } }).unwrap();
    let again = anser_query::Filter::parse(DocumentRef::from(&filter.to_document())).unwrap();
    assert_eq!(filter.to_document(), again.to_document());
    assert_eq!(parse(&doc! { "a": 1 }).unwrap().to_string(), r#"{ "a": { "$eq": 1 } }"#);
}

#[test]
fn operands_of_any_depth_do_not_exhaust_the_stack() {
    use anser_query::Filter;
    use anser_query::value::{ValueBuf, tag, write};
    let deep = |last: i32| {
        let (mut bytes, levels) = (Vec::new(), 50_000);
        let mut starts = vec![write::begin(&mut bytes)];
        (0..levels).for_each(|_| starts.push(write::begin_document(&mut bytes, b"a")));
        write::int32(&mut bytes, b"a", last);
        while let Some(start) = starts.pop() {
            write::end(&mut bytes, start);
        }
        ValueBuf::new(tag::DOCUMENT, bytes)
    };
    for operator in
        ["$eq", "$in", "$all", "$elemMatch", "$not", "$size", "$mod", "$type", "$regex", "$exists"]
    {
        for in_array in [false, true] {
            let mut bytes = Vec::new();
            let start = write::begin(&mut bytes);
            let condition = write::begin_document(&mut bytes, b"a");
            if in_array {
                let array = write::begin_array(&mut bytes, operator.as_bytes());
                write::array_element(&mut bytes, 0, deep(1).as_ref());
                write::array_element(&mut bytes, 1, deep(2).as_ref());
                write::end(&mut bytes, array);
            } else {
                write::element(&mut bytes, operator.as_bytes(), deep(1).as_ref());
            }
            write::end(&mut bytes, condition);
            write::end(&mut bytes, start);
            match Filter::parse(DocumentRef::new(&bytes)) {
                Ok(filter) => drop(filter.matches(DocumentRef::new(&bytes))),
                Err(error) => assert!(error.message().len() < 1000, "{}", error.message().len()),
            }
        }
    }
}
