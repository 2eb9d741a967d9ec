//! What is refused without a document, and what an update touches.
use super::*;
use crate::path::Path;
use bson::{Bson, doc};

#[track_caller]
fn code(update: Document) -> i32 {
    parse(&update).unwrap_err().code().0
}

#[test]
fn the_first_name_decides_between_operators_and_replacement() {
    assert!(parse(&doc! {}).unwrap().is_replacement());
    assert!(parse(&doc! { "a": 1 }).unwrap().is_replacement());
    assert!(!parse(&doc! { "$set": {} }).unwrap().is_replacement());
    assert_eq!(code(doc! { "a": 1, "$set": { "b": 1 } }), 52);
    assert_eq!(code(doc! { "$set": { "b": 1 }, "a": 1 }), 9);
}

#[test]
fn unknown_operators_are_refused_by_name() {
    let error = parse(&doc! { "$frob": { "a": 1 } }).unwrap_err();
    assert_eq!(error.code(), Code::FAILED_TO_PARSE);
    assert_eq!(
        error.message(),
        "Unknown modifier: $frob. Expected a valid update modifier or pipeline-style update specified as an array"
    );
    let error = parse(&doc! { "$bit": { "a": { "and": 1 } } }).unwrap_err();
    assert_eq!(error.code(), Code::NOT_IMPLEMENTED);
    assert!(error.message().contains("$bit"));
}

#[test]
fn an_operator_wants_a_document_which_may_be_empty() {
    for operator in
        ["$set", "$unset", "$inc", "$push", "$pull", "$pullAll", "$rename", "$currentDate", "$pop"]
    {
        for operand in [Bson::Null, 1.into(), "x".into(), Bson::Array(vec![])] {
            assert_eq!(code(doc! { operator: operand }), 9);
        }
        unchanged(doc! { "_id": 1, "a": 1 }, doc! { operator: {} });
    }
}

#[test]
fn broken_paths_are_refused() {
    for path in ["", "a.", ".a", "a..b"] {
        assert_eq!(code(doc! { "$set": { path: 1 } }), 56, "{path}");
    }
    assert_eq!(code(doc! { "$set": { "$a": 1 } }), 52);
    same(
        updated(doc! { "_id": 1, "a": {} }, doc! { "$set": { "a.$b": 1 } }),
        doc! { "_id": 1, "a": { "$b": 1 } },
    );
}

#[test]
fn positional_parts_are_refused_by_name() {
    assert_eq!(code(doc! { "$set": { "$": 1 } }), 2);
    assert_eq!(code(doc! { "$set": { "$[]": 1 } }), 2);
    assert_eq!(code(doc! { "$set": { "a.$": 1 } }), 238);
    assert_eq!(code(doc! { "$set": { "a.$[].b": 1 } }), 238);
    assert_eq!(code(doc! { "$set": { "a.$[x].b": 1 } }), 2);
}

#[test]
fn conflicting_paths_are_refused() {
    let error = parse(&doc! { "$set": { "a.b": 1 }, "$inc": { "a": 1 } }).unwrap_err();
    assert_eq!(error.code(), Code::CONFLICTING_UPDATE_OPERATORS);
    assert_eq!(error.message(), "Updating the path 'a' would create a conflict at 'a'");
    let error = parse(&doc! { "$set": { "a": 1, "a.b": 1 } }).unwrap_err();
    assert_eq!(error.message(), "Updating the path 'a.b' would create a conflict at 'a'");
    assert_eq!(code(doc! { "$set": { "a": 1 }, "$setOnInsert": { "a": 2 } }), 40);
    assert_eq!(code(doc! { "$rename": { "a": "b" }, "$set": { "a.c": 1 } }), 40);
    assert_eq!(code(doc! { "$rename": { "a": "b", "b": "c" } }), 40);
    assert_eq!(code(doc! { "$rename": { "a": "c", "b": "c" } }), 40);
    // Neighbours in the order of bytes are not always neighbours in the order of parts.
    assert_eq!(code(doc! { "$set": { "a": 1, "a!": 1, "a.b": 1 } }), 40);
    assert!(parse(&doc! { "$set": { "a": 1, "ab": 1, "b.a": 1, "b.ab": 1 } }).is_ok());
}

#[test]
fn paths_that_mix_numbers_and_names_have_one_order() {
    let names = ["2", "10", "1a", "01", "0", "a", "99999999999999999999999", "-1"];
    let setting = |names: &[&str]| {
        let fields: Document = names.iter().map(|name| (name.to_string(), Bson::Int32(1))).collect();
        updated(doc! { "_id": 0 }, doc! { "$set": fields })
    };
    let whole = setting(&names);
    for turn in 0..names.len() {
        let mut turned = names;
        turned.rotate_left(turn);
        same(setting(&turned), whole.clone());
        turned.reverse();
        same(setting(&turned), whole.clone());
    }
    let order: Vec<_> = whole.keys().skip(1).map(String::as_str).collect();
    assert_eq!(order, ["0", "2", "10", "99999999999999999999999", "-1", "01", "1a", "a"]);
}

#[test]
fn an_update_touches_what_stands_at_above_and_below_its_paths() {
    let touches = |update: Document, path: &str| parse(&update).unwrap().touches(&Path::new(path));
    for (path, expected) in [
        ("a", true),
        ("a.b", true),
        ("a.b.c", true),
        ("a.c", false),
        ("ab", false),
        ("b", false),
        ("a.0.b", true),
    ] {
        assert_eq!(touches(doc! { "$set": { "a.b": 1 } }, path), expected, "{path}");
        assert_eq!(touches(doc! { "$set": { "a.3.b": 1 } }, path), expected, "{path}");
    }
    assert!(touches(doc! { "$rename": { "a": "b" } }, "a.x"));
    assert!(touches(doc! { "$rename": { "a": "b" } }, "b"));
    assert!(!touches(doc! { "$rename": { "a": "b" } }, "c"));
    assert!(!touches(doc! { "$setOnInsert": { "a": 1 } }, "a"));
    assert!(touches(doc! { "a": 1 }, "b"));
    assert!(!touches(doc! { "a": 1 }, "_id"));
}
