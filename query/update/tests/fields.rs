//! `$set $unset $inc $mul $min $max $rename $currentDate $setOnInsert`.
use super::*;
use bson::{Bson, DateTime, Decimal128, Timestamp, doc};
use std::str::FromStr;

fn decimal(text: &str) -> Decimal128 {
    Decimal128::from_str(text).unwrap()
}

#[test]
fn set_replaces_in_place_and_appends_what_is_new() {
    same(
        updated(doc! { "_id": 1, "a": 1, "b": 2 }, doc! { "$set": { "c": 3, "a": "x" } }),
        doc! { "_id": 1, "a": "x", "b": 2, "c": 3 },
    );
}

#[test]
fn new_fields_come_in_the_order_of_their_paths_numbers_by_value() {
    same(
        updated(doc! { "_id": 1 }, doc! { "$set": { "b": 1, "a": 1, "10": 1, "9": 1 }, "$inc": { "aa": 1 } }),
        doc! { "_id": 1, "9": 1, "10": 1, "a": 1, "aa": 1, "b": 1 },
    );
    same(
        updated(doc! { "_id": 1 }, doc! { "$set": { "x.b": 1, "x.a.c": 1 } }),
        doc! { "_id": 1, "x": { "a": { "c": 1 }, "b": 1 } },
    );
}

#[test]
fn set_to_the_same_bytes_is_no_change_but_to_another_type_is_one() {
    unchanged(doc! { "_id": 1, "a": 1 }, doc! { "$set": { "a": 1 } });
    same(updated(doc! { "_id": 1, "a": 1 }, doc! { "$set": { "a": 1.0 } }), doc! { "_id": 1, "a": 1.0 });
    unchanged(doc! { "_id": 1, "a": { "b": [1] } }, doc! { "$set": { "a.b": [1] } });
}

#[test]
fn set_makes_the_documents_a_path_needs_also_for_numbers() {
    same(
        updated(doc! { "_id": 1, "a": {} }, doc! { "$set": { "a.b.c": 1, "n.0.x": 2 } }),
        doc! { "_id": 1, "a": { "b": { "c": 1 } }, "n": { "0": { "x": 2 } } },
    );
}

#[test]
fn a_number_names_an_element_of_an_array_and_nulls_fill_the_gap() {
    same(
        updated(doc! { "_id": 1, "a": [0, 1] }, doc! { "$set": { "a.1": 9, "a.4.b": 5 } }),
        doc! { "_id": 1, "a": [0, 9, null, null, { "b": 5 }] },
    );
    assert_eq!(refused(doc! { "_id": 1, "a": [] }, doc! { "$set": { "a.1500001": 1 } }), 34);
    assert_eq!(refused(doc! { "_id": 1, "a": [] }, doc! { "$set": { "a.99999999999999999999": 1 } }), 28);
}

#[test]
fn a_path_through_a_scalar_or_a_name_in_an_array_is_not_viable() {
    for update in [
        doc! { "$set": { "a.b": 1 } },
        doc! { "$inc": { "a.b": 1 } },
        doc! { "$push": { "a.b": 1 } },
        doc! { "$pop": { "a.b": 1 } },
        doc! { "$pullAll": { "a.b": [1] } },
        doc! { "$rename": { "a.b": "c" } },
        doc! { "$rename": { "c": "a.b" } },
    ] {
        assert_eq!(refused(doc! { "_id": 1, "a": 5, "c": 1 }, update.clone()), 28, "{update}");
        if !update.contains_key("$rename") {
            assert_eq!(refused(doc! { "_id": 1, "a": [{ "b": 5 }], "c": 1 }, update.clone()), 28, "{update}");
        }
    }
    let error = applied(&doc! { "_id": 1, "a": 5 }, &doc! { "$set": { "a.b": 1 } }).unwrap_err();
    assert!(error.message().contains("Cannot create field 'b' in element {a: 5}"), "{error}");
}

#[test]
fn unset_takes_a_field_away_leaves_null_in_an_array_and_minds_no_missing_path() {
    same(
        updated(doc! { "_id": 1, "a": 1, "b": 2 }, doc! { "$unset": { "a": "" } }),
        doc! { "_id": 1, "b": 2 },
    );
    same(
        updated(doc! { "_id": 1, "a": [1, { "b": 1 }] }, doc! { "$unset": { "a.0": 1, "a.1.b": 1 } }),
        doc! { "_id": 1, "a": [null, {}] },
    );
    unchanged(
        doc! { "_id": 1, "a": [1], "s": 1 },
        doc! { "$unset": { "a.5": 1, "x.y": 1, "s.t": 1, "a.b": 1 } },
    );
}

#[test]
fn inc_adds_and_widens_and_sets_what_is_missing() {
    same(
        updated(
            doc! { "_id": 1, "a": 1, "b": 1, "c": i32::MAX },
            doc! { "$inc": { "a": 2, "b": 0.5, "c": 1, "d": 4_i64 } },
        ),
        doc! { "_id": 1, "a": 3, "b": 1.5, "c": 2_147_483_648_i64, "d": 4_i64 },
    );
    same(
        updated(doc! { "_id": 1, "a": { "n": [1, 2] } }, doc! { "$inc": { "a.n.1": decimal("0.5") } }),
        doc! { "_id": 1, "a": { "n": [1, decimal("2.5")] } },
    );
    assert_eq!(refused(doc! { "_id": 1, "a": i64::MAX }, doc! { "$inc": { "a": 1 } }), 2);
}

#[test]
fn arithmetic_that_changes_neither_type_nor_value_keeps_the_bytes() {
    unchanged(doc! { "_id": 1, "a": -0.0 }, doc! { "$inc": { "a": 0.0 } });
    unchanged(doc! { "_id": 1, "a": decimal("1.000") }, doc! { "$inc": { "a": decimal("0") } });
    unchanged(doc! { "_id": 1, "a": 5 }, doc! { "$mul": { "a": 1 } });
    same(updated(doc! { "_id": 1, "a": 5 }, doc! { "$inc": { "a": 0_i64 } }), doc! { "_id": 1, "a": 5_i64 });
}

#[test]
fn arithmetic_wants_numbers_on_both_sides() {
    for operator in ["$inc", "$mul"] {
        for operand in [Bson::Null, "1".into(), true.into(), doc! { "x": 1 }.into()] {
            assert_eq!(refused(doc! { "_id": 1, "a": 1 }, doc! { operator: { "a": operand.clone() } }), 14);
            assert_eq!(refused(doc! { "_id": 1, "a": operand }, doc! { operator: { "a": 1 } }), 14);
        }
    }
    let error = applied(&doc! { "_id": 7, "a": { "b": "x" } }, &doc! { "$inc": { "a.b": 1 } }).unwrap_err();
    assert_eq!(
        error.message(),
        "Cannot apply $inc to a value of non-numeric type. {_id: 7} has the field 'b' of non-numeric type string"
    );
}

#[test]
fn mul_multiplies_and_makes_a_zero_of_the_operands_type() {
    same(
        updated(
            doc! { "_id": 1, "a": 3, "b": 65_536 },
            doc! { "$mul": { "a": 2, "b": 65_536, "c": 5, "d": 2.5, "e": 7_i64 } },
        ),
        doc! { "_id": 1, "a": 6, "b": 4_294_967_296_i64, "c": 0, "d": 0.0, "e": 0_i64 },
    );
    assert_eq!(refused(doc! { "_id": 1, "a": i64::MIN }, doc! { "$mul": { "a": -1_i64 } }), 2);
}

#[test]
fn min_and_max_follow_bson_order_across_types() {
    same(
        updated(
            doc! { "_id": 1, "a": 5, "b": 5, "c": 5 },
            doc! { "$min": { "a": 3, "b": 7, "c": "x", "d": 1 } },
        ),
        doc! { "_id": 1, "a": 3, "b": 5, "c": 5, "d": 1 },
    );
    same(
        updated(
            doc! { "_id": 1, "a": 5, "b": 5, "c": 5 },
            doc! { "$max": { "a": 3, "b": 7, "c": "x", "d": 1 } },
        ),
        doc! { "_id": 1, "a": 5, "b": 7, "c": "x", "d": 1 },
    );
    unchanged(doc! { "_id": 1, "a": 5 }, doc! { "$max": { "a": 5.0 } });
    unchanged(doc! { "_id": 1, "a": 5 }, doc! { "$max": { "a": null } });
}

#[test]
fn rename_moves_a_value_and_takes_the_place_of_what_is_there() {
    same(
        updated(doc! { "_id": 1, "a": 1, "b": 2 }, doc! { "$rename": { "a": "z" } }),
        doc! { "_id": 1, "b": 2, "z": 1 },
    );
    same(
        updated(doc! { "_id": 1, "a": 1, "b": 2, "c": 3 }, doc! { "$rename": { "c": "a" } }),
        doc! { "_id": 1, "a": 3, "b": 2 },
    );
    same(
        updated(doc! { "_id": 1, "a": { "b": { "c": 1 } } }, doc! { "$rename": { "a.b": "x.y" } }),
        doc! { "_id": 1, "a": {}, "x": { "y": { "c": 1 } } },
    );
    unchanged(doc! { "_id": 1, "a": {} }, doc! { "$rename": { "b": "c", "a.x": "d" } });
}

#[test]
fn rename_goes_through_no_array() {
    let document = || doc! { "_id": 1, "x": 1, "a": [{ "b": 1 }] };
    assert_eq!(refused(document(), doc! { "$rename": { "a.0": "y" } }), 2);
    assert_eq!(refused(document(), doc! { "$rename": { "a.0.b": "y" } }), 2);
    assert_eq!(refused(document(), doc! { "$rename": { "x": "a.0" } }), 2);
    assert_eq!(refused(document(), doc! { "$rename": { "x": "a.0.c" } }), 2);
    assert_eq!(refused(document(), doc! { "$rename": { "x": "a.7" } }), 2);
}

#[test]
fn rename_refuses_operands_that_name_no_other_path() {
    let code = |update| refused(doc! { "_id": 1, "a": 1 }, update);
    assert_eq!(code(doc! { "$rename": { "a": 1 } }), 2);
    assert_eq!(code(doc! { "$rename": { "a": "a" } }), 2);
    assert_eq!(code(doc! { "$rename": { "a": "a.b" } }), 2);
    assert_eq!(code(doc! { "$rename": { "a.b": "a" } }), 2);
    assert_eq!(code(doc! { "$rename": { "a": "" } }), 56);
    assert_eq!(code(doc! { "$rename": { "a": "$b" } }), 52);
    assert_eq!(code(doc! { "$rename": { "a": "b\0" } }), 9_867_600);
    assert_eq!(code(doc! { "$rename": { "_id": "b" } }), 66);
    assert_eq!(code(doc! { "$rename": { "a": "_id" } }), 66);
}

#[test]
fn current_date_writes_the_statements_time() {
    let (now_ms, (time, increment)) = CONTEXT;
    let date = DateTime::from_millis(now_ms);
    same(
        updated(
            doc! { "_id": 1, "a": 1 },
            doc! { "$currentDate": { "a": true, "b": { "$type": "date" }, "c": { "$type": "timestamp" } } },
        ),
        doc! { "_id": 1, "a": date, "b": date, "c": Timestamp { time, increment } },
    );
    for operand in [
        Bson::Int32(1),
        Bson::Null,
        doc! { "$type": "Date" }.into(),
        doc! { "$type": "date", "x": 1 }.into(),
        doc! { "type": "date" }.into(),
        doc! {}.into(),
    ] {
        assert_eq!(refused(doc! { "_id": 1 }, doc! { "$currentDate": { "a": operand } }), 2);
    }
}

#[test]
fn set_on_insert_leaves_stored_documents_alone() {
    unchanged(doc! { "_id": 1, "a": 1 }, doc! { "$setOnInsert": { "a": 2, "b": 3 } });
    unchanged(doc! { "_id": 1, "a": 1 }, doc! { "$setOnInsert": { "a.b": 2 } });
}

#[test]
fn the_id_may_be_named_but_not_changed() {
    unchanged(doc! { "_id": 1, "a": 1 }, doc! { "$set": { "_id": 1 } });
    unchanged(doc! { "_id": 1, "a": 1 }, doc! { "$set": { "_id": 1.0 } });
    unchanged(doc! { "_id": { "a": 1 } }, doc! { "$set": { "_id.a": 1 } });
    for update in [
        doc! { "$set": { "_id": 2 } },
        doc! { "$inc": { "_id": 1 } },
        doc! { "$unset": { "_id": 1 } },
        doc! { "$currentDate": { "_id": true } },
    ] {
        assert_eq!(refused(doc! { "_id": 1 }, update), 66);
    }
    assert_eq!(refused(doc! { "_id": { "a": 1 } }, doc! { "$set": { "_id.b": 1 } }), 66);
}

#[test]
fn a_result_over_sixteen_mebibytes_is_refused() {
    let half = "x".repeat(9 * 1024 * 1024);
    let document = doc! { "_id": 1, "a": half.clone() };
    assert_eq!(refused(document.clone(), doc! { "$set": { "b": half.clone() } }), 17419);
    assert_eq!(refused(document, doc! { "$set": { "c.b": half } }), 17419);
}

#[test]
fn nesting_deeper_than_a_document_may_be_is_refused() {
    let path = |parts: usize| vec!["a"; parts].join(".");
    let nested = |levels: usize| (0..levels).fold(doc! {}, |inner, _| doc! { "a": inner });
    assert_eq!(updated(doc! { "_id": 1 }, doc! { "$set": { path(100): {} } }).len(), 2);
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "$set": { path(101): {} } }), OVERFLOW);
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "$set": { path(50_000): 1 } }), OVERFLOW);
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "$inc": { path(102): 1 } }), OVERFLOW);
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "$set": { "b": nested(100) } }), OVERFLOW);
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "$push": { "b": nested(99) } }), OVERFLOW);
    assert_eq!(refused(doc! { "_id": 1 }, doc! { "$addToSet": { "b": nested(99) } }), OVERFLOW);
    let deep = doc! { "_id": 1, "a": nested(99) };
    assert_eq!(refused(deep.clone(), doc! { "$rename": { "a": "b.c" } }), OVERFLOW);
    assert_eq!(updated(deep, doc! { "$rename": { "a": "b" } }).len(), 2);
    unchanged(doc! { "_id": 1, "a": 1 }, doc! { "$unset": { path(50_000): 1 } });
}
