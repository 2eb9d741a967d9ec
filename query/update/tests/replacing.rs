//! Replacement of stored documents.
use super::*;
use bson::{Timestamp, doc};

#[test]
fn a_replacement_keeps_the_id_and_puts_it_first() {
    let (result, modified) = applied(&doc! { "_id": 1, "a": 1 }, &doc! { "b": 2, "c": 3 }).unwrap();
    assert!(modified);
    same(result, doc! { "_id": 1, "b": 2, "c": 3 });
    same(updated(doc! { "_id": 1, "a": 1 }, doc! { "b": 2, "_id": 1 }), doc! { "_id": 1, "b": 2 });
    same(updated(doc! { "_id": 1, "a": 1 }, doc! { "_id": 1.0, "b": 2 }), doc! { "_id": 1, "b": 2 });
    same(applied(&doc! { "_id": 1, "a": 1 }, &doc! {}).unwrap().0, doc! { "_id": 1 });
}

#[test]
fn a_replacement_with_another_id_is_refused() {
    assert_eq!(refused(doc! { "_id": 1, "a": 1 }, doc! { "_id": 2, "a": 1 }), 66);
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "_id": "1" }), 66);
}

#[test]
fn a_replacement_counts_as_no_change_only_when_it_is_the_document_itself() {
    unchanged(doc! { "_id": 1, "a": 1 }, doc! { "_id": 1, "a": 1 });
    let (result, modified) = applied(&doc! { "_id": 1, "a": 1 }, &doc! { "a": 1 }).unwrap();
    same(result, doc! { "_id": 1, "a": 1 });
    assert!(modified);
}

#[test]
fn only_top_level_names_may_not_start_with_a_dollar() {
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "a": 1, "$b": 1 }), 52);
    same(
        applied(&doc! { "_id": 1 }, &doc! { "a": { "$b": 1 } }).unwrap().0,
        doc! { "_id": 1, "a": { "$b": 1 } },
    );
}

#[test]
fn an_empty_timestamp_at_the_top_becomes_the_statements() {
    let (time, increment) = CONTEXT.1;
    let (empty, now) = (Timestamp { time: 0, increment: 0 }, Timestamp { time, increment });
    same(
        applied(&doc! { "_id": 1 }, &doc! { "_id": 1, "a": empty, "b": { "c": empty } }).unwrap().0,
        doc! { "_id": 1, "a": now, "b": { "c": empty } },
    );
}

#[test]
fn a_replacement_nested_too_deeply_is_refused() {
    let nested = |levels: usize| (0..levels).fold(doc! {}, |inner, _| doc! { "a": inner });
    assert!(parse(&nested(100)).is_ok());
    assert_eq!(parse(&nested(101)).unwrap_err().code(), Code::OVERFLOW);
}
