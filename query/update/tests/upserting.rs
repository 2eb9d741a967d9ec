//! What an upsert inserts.
use super::*;
use crate::filter::Filter;
use bson::{Bson, doc, oid::ObjectId};

const NEW_ID: [u8; 12] = [7; 12];

fn upserted(filter: &Document, update: &Document) -> Result<Document> {
    let filter = Filter::parse(DocumentRef::from(&raw(filter)))?;
    let mut out = Vec::new();
    parse(update)?.upsert(&filter, NEW_ID, &context(), &mut out)?;
    crate::value::validate(&out).unwrap();
    Ok(DocumentRef::new(&out).to_document().unwrap())
}

#[track_caller]
fn inserts(filter: Document, update: Document, expected: Document) {
    same(upserted(&filter, &update).unwrap(), expected);
}

#[track_caller]
fn code(filter: Document, update: Document) -> i32 {
    upserted(&filter, &update).unwrap_err().code().0
}

#[test]
fn the_filters_equalities_come_first_in_the_order_of_their_paths() {
    inserts(
        doc! { "z": 1, "b.d": 2, "_id": 5, "b.c": { "$eq": 3 }, "n": { "$gt": 1 }, "$and": [{ "m": 4 }] },
        doc! { "$set": { "a": 1 }, "$setOnInsert": { "s": 2 } },
        doc! { "_id": 5, "b": { "c": 3, "d": 2 }, "m": 4, "z": 1, "a": 1, "s": 2 },
    );
}

#[test]
fn one_value_says_what_is_equal_and_several_do_not() {
    let id = Bson::ObjectId(ObjectId::from_bytes(NEW_ID));
    inserts(
        doc! { "b": { "$in": [1, 2] }, "c": { "$all": [3] }, "d": { "$ne": 1 } },
        doc! { "$set": { "x": 1 } },
        doc! { "_id": id.clone(), "c": 3, "x": 1 },
    );
    inserts(
        doc! { "$or": [{ "a": 1 }, { "b": 1 }], "$nor": [{ "c": 1 }] },
        doc! { "$set": { "x": 1 } },
        doc! { "_id": id, "x": 1 },
    );
}

#[test]
fn equalities_that_disagree_are_refused() {
    assert_eq!(code(doc! { "$and": [{ "a": 1 }, { "a": 2 }] }, doc! { "$set": { "x": 1 } }), 54);
    assert_eq!(code(doc! { "a": { "b": 1 }, "a.c": 1 }, doc! { "$set": { "x": 1 } }), 54);
    assert_eq!(code(doc! { "a": { "$all": [1, 2] } }, doc! { "$set": { "x": 1 } }), 54);
}

#[test]
fn the_id_comes_from_the_filter_or_the_update_or_is_new() {
    let id = Bson::ObjectId(ObjectId::from_bytes(NEW_ID));
    inserts(doc! { "a": 1 }, doc! { "$set": { "x": 1 } }, doc! { "_id": id.clone(), "a": 1, "x": 1 });
    inserts(doc! { "a": 1 }, doc! { "$setOnInsert": { "_id": 3 } }, doc! { "_id": 3, "a": 1 });
    inserts(doc! { "_id": 1 }, doc! { "$set": { "_id": 1 } }, doc! { "_id": 1 });
    inserts(doc! { "_id": { "$gt": 1 } }, doc! { "$set": { "x": 1 } }, doc! { "_id": id, "x": 1 });
    inserts(doc! { "_id.a": 1 }, doc! { "$setOnInsert": { "x": 1 } }, doc! { "_id": { "a": 1 }, "x": 1 });
    assert_eq!(code(doc! { "_id": 1 }, doc! { "$setOnInsert": { "_id": 2 } }), 66);
    assert_eq!(code(doc! { "_id.a": 1 }, doc! { "$setOnInsert": { "_id.b": 2 } }), 66);
    assert_eq!(code(doc! { "_id.a": 1 }, doc! { "$setOnInsert": { "_id": "x" } }), 66);
}

#[test]
fn an_id_of_a_forbidden_type_is_refused() {
    assert_eq!(code(doc! {}, doc! { "$set": { "_id": [1] } }), 53);
    assert_eq!(code(doc! {}, doc! { "_id": [1] }), 53);
    assert_eq!(code(doc! {}, doc! { "_id": Bson::Undefined }), 53);
    assert_eq!(code(doc! {}, doc! { "$set": { "_id": { "$a": 1 } } }), 52);
}

#[test]
fn operators_work_on_the_filters_values() {
    inserts(
        doc! { "_id": 1, "n": 5, "tags": ["a"] },
        doc! { "$inc": { "n": 1, "m": 2 }, "$push": { "tags": "b" }, "$unset": { "q": 1 }, "$pop": { "z": 1 } },
        doc! { "_id": 1, "n": 6, "tags": ["a", "b"], "m": 2 },
    );
    assert_eq!(code(doc! { "_id": 1, "n": "x" }, doc! { "$inc": { "n": 1 } }), 14);
}

#[test]
fn a_replacement_takes_of_the_filter_the_id_alone() {
    let id = Bson::ObjectId(ObjectId::from_bytes(NEW_ID));
    inserts(doc! { "_id": 1, "a": 1 }, doc! { "b": 2 }, doc! { "_id": 1, "b": 2 });
    inserts(doc! { "a": 1 }, doc! { "b": 2 }, doc! { "_id": id, "b": 2 });
    inserts(doc! { "a": 1 }, doc! { "b": 2, "_id": 4 }, doc! { "_id": 4, "b": 2 });
    assert_eq!(code(doc! { "_id": 1 }, doc! { "_id": 2 }), 66);
    assert_eq!(code(doc! { "_id.a": 1 }, doc! { "b": 2 }), 111);
}
