//! `$push` and its clauses.
use super::*;
use bson::{Bson, bson, doc};

/// The array after `$push` of `clauses` onto `array`.
#[track_caller]
fn pushed(array: Bson, clauses: Document) -> Bson {
    let result = updated(doc! { "_id": 1, "a": array }, doc! { "$push": { "a": clauses } });
    result.get("a").unwrap().clone()
}

#[test]
fn push_appends_one_value_whole() {
    assert_eq!(
        updated(doc! { "_id": 1, "a": [1] }, doc! { "$push": { "a": [2, 3] } }),
        doc! { "_id": 1, "a": [1, [2, 3]] }
    );
    assert_eq!(pushed(bson!([1]), doc! { "$slice": 1 }), bson!([1, { "$slice": 1 }]));
}

#[test]
fn push_makes_the_array_that_is_missing() {
    same(
        updated(
            doc! { "_id": 1 },
            doc! { "$push": { "a": 1, "b.c": { "$each": [] }, "d": { "$each": [3, 1], "$sort": 1 } } },
        ),
        doc! { "_id": 1, "a": [1], "b": { "c": [] }, "d": [1, 3] },
    );
}

#[test]
fn push_onto_what_is_no_array_is_refused_with_its_type() {
    let error = applied(&doc! { "_id": 1, "a": 5 }, &doc! { "$push": { "a": 1 } }).unwrap_err();
    assert_eq!(error.code(), Code::BAD_VALUE);
    assert_eq!(error.message(), "The field 'a' must be an array but is of type int in document {_id: 1}");
    assert_eq!(
        refused(doc! { "_id": 1, "a": null }, doc! { "$push": { "a": { "$each": [], "$slice": 1 } } }),
        2
    );
}

#[test]
fn position_counts_from_the_start_or_from_the_end() {
    let at = |position: Bson| pushed(bson!([1, 2, 3]), doc! { "$each": [8, 9], "$position": position });
    assert_eq!(at(bson!(0)), bson!([8, 9, 1, 2, 3]));
    assert_eq!(at(bson!(2.0)), bson!([1, 2, 8, 9, 3]));
    assert_eq!(at(bson!(99)), bson!([1, 2, 3, 8, 9]));
    assert_eq!(at(bson!(-1)), bson!([1, 2, 8, 9, 3]));
    assert_eq!(at(bson!(-99)), bson!([8, 9, 1, 2, 3]));
    assert_eq!(at(bson!(i64::MIN)), bson!([8, 9, 1, 2, 3]));
}

#[test]
fn slice_keeps_the_first_or_the_last() {
    let cut = |slice: i64| pushed(bson!([1, 2, 3]), doc! { "$each": [4], "$slice": slice });
    assert_eq!(cut(0), bson!([]));
    assert_eq!(cut(2), bson!([1, 2]));
    assert_eq!(cut(-2), bson!([3, 4]));
    assert_eq!(cut(9), bson!([1, 2, 3, 4]));
    assert_eq!(cut(i64::MIN), bson!([1, 2, 3, 4]));
}

#[test]
fn sort_orders_whole_elements_in_bson_order() {
    let sorted =
        |direction: i32| pushed(bson!(["b", 3, null]), doc! { "$each": [1.5, [0]], "$sort": direction });
    assert_eq!(sorted(1), bson!([null, 1.5, 3, "b", [0]]));
    assert_eq!(sorted(-1), bson!([[0], "b", 3, 1.5, null]));
}

#[test]
fn sort_by_paths_takes_missing_as_null_and_keeps_the_order_of_equals() {
    assert_eq!(
        pushed(
            bson!([{ "n": 2, "k": "x" }, { "k": "none" }, { "n": 1, "k": "y" }]),
            doc! { "$each": [{ "n": 2, "k": "w" }, 7], "$sort": { "n": -1 } },
        ),
        bson!([{ "n": 2, "k": "x" }, { "n": 2, "k": "w" }, { "n": 1, "k": "y" }, { "k": "none" }, 7])
    );
    assert_eq!(
        pushed(
            bson!([{ "o": { "n": 2 } }, { "o": { "n": 1 } }]),
            doc! { "$each": [], "$sort": { "o.n": 1 } },
        ),
        bson!([{ "o": { "n": 1 } }, { "o": { "n": 2 } }])
    );
}

#[test]
fn clauses_act_in_their_own_order_however_they_are_written() {
    assert_eq!(
        pushed(bson!([5, 1]), doc! { "$slice": -2, "$sort": 1, "$position": 0, "$each": [9, 3] }),
        bson!([5, 9])
    );
}

#[test]
fn wrong_clauses_are_refused() {
    for clauses in [
        doc! { "$each": 1 },
        doc! { "$each": [1], "$xxx": 1 },
        doc! { "$each": [1], "$position": 1.5 },
        doc! { "$each": [1], "$position": f64::NAN },
        doc! { "$each": [1], "$slice": "1" },
        doc! { "$each": [1], "$slice": null },
        doc! { "$each": [1], "$sort": 2 },
        doc! { "$each": [1], "$sort": {} },
        doc! { "$each": [1], "$sort": { "a": 0 } },
        doc! { "$each": [1], "$sort": { "a..b": 1 } },
        doc! { "$each": [1], "$sort": { "": 1 } },
        doc! { "$each": [1], "$sort": [1] },
    ] {
        assert_eq!(
            refused(doc! { "_id": 1, "a": [] }, doc! { "$push": { "a": clauses.clone() } }),
            2,
            "{clauses}"
        );
    }
}
