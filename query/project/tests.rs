//! Projection, rule by rule.

use super::*;
use bson::{Bson, Document, RawDocumentBuf, doc};

fn raw(document: Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(&document).expect("a document that BSON can hold")
}

fn parse(projection: Document) -> Result<Projection> {
    Projection::parse(DocumentRef::from(&raw(projection)))
}

fn refused(projection: Document) -> i32 {
    let shown = projection.to_string();
    parse(projection).err().unwrap_or_else(|| panic!("{shown} should be refused")).code().0
}

#[track_caller]
fn shows(projection: Document, document: Document, expected: Document) {
    let parsed = parse(projection.clone()).expect("a projection");
    let mut out = vec![7];
    parsed.apply(DocumentRef::from(&raw(document)), &mut out);
    assert_eq!(out.remove(0), 7, "the document is appended");
    let shown = DocumentRef::new(&out).to_document().expect("a document");
    // As text: the order of fields counts.
    assert_eq!(shown.to_string(), expected.to_string(), "by {projection}");
    assert_eq!(out, raw(expected).as_bytes());
}

#[test]
fn an_empty_projection_keeps_everything() {
    assert!(parse(doc! {}).unwrap().is_identity());
    assert!(parse(doc! { "_id": 1, "a": 0 }).is_ok_and(|projection| !projection.is_identity()));
    shows(doc! {}, doc! { "_id": 1, "a": 2 }, doc! { "_id": 1, "a": 2 });
}

#[test]
fn inclusion_keeps_named_fields_and_id_in_the_documents_order() {
    let document = doc! { "_id": 1, "a": 2, "b": 3, "c": 4 };
    shows(doc! { "c": 1, "a": true }, document.clone(), doc! { "_id": 1, "a": 2, "c": 4 });
    shows(doc! { "_id": 0, "a": 1 }, document.clone(), doc! { "a": 2 });
    shows(doc! { "a": 1, "_id": false }, document.clone(), doc! { "a": 2 });
    shows(doc! { "_id": 1 }, document.clone(), doc! { "_id": 1 });
    shows(doc! { "missing": 1 }, document, doc! { "_id": 1 });
}

#[test]
fn exclusion_drops_named_fields_only() {
    let document = doc! { "_id": 1, "a": 2, "b": 3 };
    shows(doc! { "a": 0 }, document.clone(), doc! { "_id": 1, "b": 3 });
    shows(doc! { "_id": 0 }, document.clone(), doc! { "a": 2, "b": 3 });
    shows(doc! { "_id": 0, "b": false }, document.clone(), doc! { "a": 2 });
    shows(doc! { "_id": 1, "b": 0 }, document, doc! { "_id": 1, "a": 2 });
}

#[test]
fn any_number_but_zero_includes() {
    let document = doc! { "_id": 1, "a": 2, "b": 3 };
    let decimal = |text: &str| Bson::Decimal128(text.parse().expect("a decimal"));
    for truth in [Bson::Int32(-1), Bson::Int64(99), Bson::Double(0.5), Bson::Double(f64::NAN), decimal("0.1")]
    {
        shows(doc! { "a": truth }, document.clone(), doc! { "_id": 1, "a": 2 });
    }
    for falsehood in [Bson::Int32(0), Bson::Int64(0), Bson::Double(-0.0), decimal("-0.00")] {
        shows(doc! { "a": falsehood }, document.clone(), doc! { "_id": 1, "b": 3 });
    }
}

#[test]
fn dotted_paths_and_nested_objects_are_the_same() {
    let document = doc! { "_id": 1, "a": { "b": 1, "c": { "d": 2, "e": 3 } }, "f": 4 };
    let expected = doc! { "_id": 1, "a": { "c": { "d": 2 } } };
    shows(doc! { "a.c.d": 1 }, document.clone(), expected.clone());
    shows(doc! { "a": { "c": { "d": 1 } } }, document.clone(), expected.clone());
    shows(doc! { "a": { "c.d": 1 } }, document.clone(), expected);
    let expected = doc! { "_id": 1, "a": { "b": 1, "c": { "e": 3 } }, "f": 4 };
    shows(doc! { "a.c.d": 0 }, document.clone(), expected);
    shows(
        doc! { "a": { "b": 1 }, "a.c": 1 },
        document,
        doc! {
            "_id": 1, "a": { "b": 1, "c": { "d": 2, "e": 3 } }
        },
    );
}

#[test]
fn inclusion_below_a_scalar_drops_it_and_exclusion_keeps_it() {
    shows(doc! { "a.b": 1 }, doc! { "_id": 1, "a": 5 }, doc! { "_id": 1 });
    shows(doc! { "a.b": 0 }, doc! { "_id": 1, "a": 5 }, doc! { "_id": 1, "a": 5 });
    shows(doc! { "a.b": 1 }, doc! { "_id": 1, "a": { "c": 5 } }, doc! { "_id": 1, "a": {} });
}

#[test]
fn arrays_are_branched_through() {
    let document = doc! { "_id": 1, "a": [{ "b": 1, "c": 2 }, 5, [{ "b": 3, "c": 4 }, "x"], {}, null, []] };
    shows(doc! { "a.b": 1 }, document.clone(), doc! { "_id": 1, "a": [{ "b": 1 }, [{ "b": 3 }], {}, []] });
    shows(
        doc! { "a.b": 0 },
        document,
        doc! {
            "_id": 1, "a": [{ "c": 2 }, 5, [{ "c": 4 }, "x"], {}, null, []]
        },
    );
    let document = doc! { "_id": 1, "a": [10, 20] };
    shows(doc! { "a.0": 1 }, document, doc! { "_id": 1, "a": [] });
}

#[test]
fn parts_of_id_are_ordinary_paths() {
    let document = doc! { "_id": { "x": 1, "y": 2 }, "a": 3 };
    shows(doc! { "_id.x": 1 }, document.clone(), doc! { "_id": { "x": 1 } });
    shows(doc! { "_id": { "x": 0 } }, document.clone(), doc! { "_id": { "y": 2 }, "a": 3 });
    assert_eq!(refused(doc! { "a": 1, "_id.x": 0 }), 31254);
    assert_eq!(refused(doc! { "_id": 1, "_id.x": 1 }), 31249);
}

#[test]
fn inclusion_and_exclusion_do_not_mix() {
    assert_eq!(refused(doc! { "a": 0, "b": 1 }), 31253);
    assert_eq!(refused(doc! { "a": 1, "b": 0 }), 31254);
    assert_eq!(refused(doc! { "a": { "b": 1, "c": 0 } }), 31254);
    let message = parse(doc! { "a": 0, "b.c": 1 }).expect_err("a mix").message().to_owned();
    assert_eq!(message, "Cannot do inclusion on field b.c in exclusion projection");
}

#[test]
fn colliding_paths_are_refused() {
    assert_eq!(refused(doc! { "a": 1, "a.b": 1 }), 31249);
    assert_eq!(refused(doc! { "a.b": 1, "a": 1 }), 31250);
    assert_eq!(refused(doc! { "a": { "b": 0 }, "a.b": 0 }), 31250);
    assert_eq!(refused(doc! { "a.b": 1, "a.b.c": 1 }), 31249);
}

#[test]
fn paths_that_name_no_field_are_refused() {
    assert_eq!(refused(doc! { "": 1 }), 40352);
    assert_eq!(refused(doc! { "a.": 1 }), 40353);
    assert_eq!(refused(doc! { ".a": 1 }), 15998);
    assert_eq!(refused(doc! { "a..b": 1 }), 15998);
    assert_eq!(refused(doc! { "$a": 1 }), 16410);
    assert_eq!(refused(doc! { "a.$b": 1 }), 16410);
    assert_eq!(refused(doc! { "a": { "$slice": 1, "b": 1 } }), 16410);
    assert_eq!(refused(doc! { "a": { "": 1 } }), 40352);
    assert_eq!(refused(doc! { "a": {} }), 51270);
    assert_eq!(refused(doc! { "a.".repeat(300) + "a": 1 }), 15);
    assert!(parse(doc! { "a.$id": 1 }).is_ok());
}

#[test]
fn what_is_not_implemented_is_refused_by_name() {
    for (projection, name) in [
        (doc! { "a.$": 1 }, "positional"),
        (doc! { "a": { "$meta": "textScore" } }, "$meta"),
        (doc! { "a": { "$add": [1, 2] } }, "$add"),
        (doc! { "a": "$b" }, "$b"),
        (doc! { "a": null }, "computed"),
        (doc! { "a": { "$slice": ["$b", 2] } }, "$slice"),
    ] {
        let error = parse(projection.clone()).expect_err("not implemented");
        assert_eq!(error.code(), crate::Code::NOT_IMPLEMENTED, "{projection}");
        assert!(error.message().contains(name), "{}", error.message());
    }
    assert_eq!(refused(doc! { "a.$": 0 }), 31395);
    assert_eq!(refused(doc! { "a.$.b": 1 }), 31394);
    assert_eq!(refused(doc! { "a.$": 1, "b.$": 1 }), 31276);
    assert_eq!(refused(doc! { "a.$": { "$slice": 1 } }), 31271);
}

#[test]
fn an_inclusion_tells_its_paths() {
    let names = |projection: Document| {
        let parsed = parse(projection).expect("a projection");
        parsed
            .included_paths()
            .map(|paths| paths.iter().map(|path| path.as_str().to_owned()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(names(doc! { "b.c": 1, "a": 1 }).as_deref(), Some("b.c a _id"));
    assert_eq!(names(doc! { "_id": 0, "a": 1 }).as_deref(), Some("a"));
    assert_eq!(names(doc! { "_id": 1 }).as_deref(), Some("_id"));
    assert_eq!(names(doc! { "_id.x": 1 }).as_deref(), Some("_id.x"));
    assert_eq!(names(doc! { "a": 0 }), None);
    assert_eq!(names(doc! {}), None);
}

#[test]
fn slice_shows_a_part_of_an_array_and_leaves_the_rest_of_the_document() {
    let document = doc! { "_id": 1, "a": [1, 2, 3, 4, 5], "b": "x" };
    for (operand, expected) in [
        (Bson::Int32(2), vec![1, 2]),
        (Bson::Double(-2.0), vec![4, 5]),
        (Bson::Int32(0), vec![]),
        (Bson::Int64(i64::MIN), vec![1, 2, 3, 4, 5]),
        (Bson::Double(f64::INFINITY), vec![1, 2, 3, 4, 5]),
        (Bson::from(vec![1, 2]), vec![2, 3]),
        (Bson::from(vec![-2, 1]), vec![4]),
        (Bson::from(vec![-9, 2]), vec![1, 2]),
        (Bson::from(vec![9, 2]), vec![]),
    ] {
        let expected = doc! { "_id": 1, "a": expected, "b": "x" };
        shows(doc! { "a": { "$slice": operand } }, document.clone(), expected);
    }
    shows(doc! { "b": { "$slice": 1 } }, document.clone(), document.clone());
    shows(doc! { "a": { "$slice": 1 }, "_id": 0 }, document.clone(), doc! { "a": [1], "b": "x" });
    shows(doc! { "a": { "$slice": 1 }, "_id": 1 }, document.clone(), doc! { "_id": 1, "a": [1] });
    shows(doc! { "a": { "$slice": 1 }, "b": 0 }, document, doc! { "_id": 1, "a": [1] });
    let nested = doc! { "_id": 1, "a": [{ "b": [1, 2], "c": 3 }] };
    shows(doc! { "a.b": { "$slice": 1 } }, nested, doc! { "_id": 1, "a": [{ "b": [1], "c": 3 }] });
    assert_eq!(refused(doc! { "a": { "$slice": "x" } }), 28667);
    assert_eq!(refused(doc! { "a": { "$slice": [1] } }), 28667);
    assert_eq!(refused(doc! { "a": { "$slice": [1, 0] } }), 28724);
}

#[test]
fn element_match_shows_the_first_element_that_matches() {
    let document = doc! { "_id": 1, "a": [1, 5, 10], "b": [{ "x": 1 }, { "x": 2, "y": 3 }], "c": 7 };
    let above = doc! { "a": { "$elemMatch": { "$gt": 2 } } };
    shows(above.clone(), document.clone(), doc! { "_id": 1, "a": [5] });
    let second = doc! { "b": { "$elemMatch": { "x": 2 } }, "c": 1 };
    shows(second, document.clone(), doc! { "_id": 1, "c": 7, "b": [{ "x": 2, "y": 3 }] });
    let excluding = doc! { "a": { "$elemMatch": { "$gt": 2 } }, "b": 0 };
    shows(excluding, document.clone(), doc! { "_id": 1, "a": [5], "c": 7 });
    shows(above.clone(), doc! { "_id": 1, "a": [1] }, doc! { "_id": 1 });
    shows(above, doc! { "_id": 1, "a": 5 }, doc! { "_id": 1 });
    let any = doc! { "a": { "$elemMatch": {} } };
    shows(any, doc! { "_id": 1, "a": [1, "x", [2], {}] }, doc! { "_id": 1, "a": [[2]] });
    assert_eq!(refused(doc! { "a": { "$elemMatch": 5 } }), 31274);
    assert_eq!(refused(doc! { "a.b": { "$elemMatch": { "x": 1 } } }), 31275);
    assert_eq!(refused(doc! { "b.$": 1, "a": { "$elemMatch": { "x": 1 } } }), 31255);
    assert_eq!(refused(doc! { "a": { "$elemMatch": { "x": 1 } }, "b.$": 1 }), 31256);
}
