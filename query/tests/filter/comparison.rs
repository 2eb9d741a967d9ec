//! `$eq` and its family, `$in` and `$nin`.

use super::{assert_matches, assert_misses, assert_refuses};
use bson::{Bson, DateTime, Decimal128, Regex, doc, oid::ObjectId};

#[test]
fn equality_compares_numbers_by_value_across_types() {
    let two: Decimal128 = "2.00".parse().unwrap();
    for operand in [Bson::Int32(2), Bson::Int64(2), Bson::Double(2.0), Bson::Decimal128(two)] {
        assert_matches(
            doc! { "a": operand.clone() },
            [
                doc! { "a": 2 },
                doc! { "a": 2_i64 },
                doc! { "a": 2.0 },
                doc! { "a": two },
                doc! { "a": [1, 2] },
            ],
        );
        assert_misses(
            doc! { "a": operand },
            [doc! { "a": "2" }, doc! { "a": 2.5 }, doc! { "a": true }, doc! {}],
        );
    }
}

#[test]
fn large_integers_are_not_rounded_to_doubles() {
    let wide = (1_i64 << 53) + 1;
    assert_misses(doc! { "a": wide }, [doc! { "a": (1_i64 << 53) as f64 }]);
    assert_matches(doc! { "a": { "$lt": wide } }, [doc! { "a": (1_i64 << 53) as f64 }]);
    assert_matches(doc! { "a": { "$gt": (1_i64 << 53) as f64 } }, [doc! { "a": wide }]);
}

#[test]
fn null_equals_null_and_missing_but_not_undefined() {
    assert_matches(
        doc! { "a": null },
        [doc! {}, doc! { "a": null }, doc! { "b": 1 }, doc! { "a": [1, null] }],
    );
    assert_misses(
        doc! { "a": null },
        [doc! { "a": 0 }, doc! { "a": [] }, doc! { "a": Bson::Undefined }, doc! { "a": [1] }],
    );
    for operator in ["$gte", "$lte"] {
        assert_matches(doc! { "a": { operator: null } }, [doc! {}, doc! { "a": null }]);
        assert_misses(doc! { "a": { operator: null } }, [doc! { "a": 1 }]);
    }
    for operator in ["$gt", "$lt"] {
        assert_misses(doc! { "a": { operator: null } }, [doc! {}, doc! { "a": null }]);
    }
}

#[test]
fn null_under_a_dotted_path_asks_documents_only() {
    assert_matches(
        doc! { "a.b": null },
        [doc! {}, doc! { "a": 5 }, doc! { "a": {} }, doc! { "a": [{ "b": 1 }, {}] }],
    );
    assert_misses(doc! { "a.b": null }, [doc! { "a": [] }, doc! { "a": [1, 2] }, doc! { "a": [{ "b": 1 }] }]);
}

#[test]
fn nan_is_equal_to_itself_and_beyond_every_order() {
    let nan = doc! { "a": f64::NAN };
    for operator in ["$eq", "$gte", "$lte"] {
        assert_matches(doc! { "a": { operator: f64::NAN } }, [nan.clone()]);
        assert_misses(doc! { "a": { operator: f64::NAN } }, [doc! { "a": 1 }]);
    }
    for operator in ["$gt", "$lt"] {
        assert_misses(doc! { "a": { operator: f64::NAN } }, [nan.clone(), doc! { "a": 1 }]);
        assert_misses(doc! { "a": { operator: 5 } }, [nan.clone()]);
        assert_misses(doc! { "a": { operator: 5.5 } }, [nan.clone()]);
    }
}

#[test]
fn order_holds_only_within_one_kind() {
    assert_matches(doc! { "a": { "$gt": 5 } }, [doc! { "a": 6 }, doc! { "a": 5.1 }, doc! { "a": [1, 9] }]);
    assert_misses(
        doc! { "a": { "$gt": 5 } },
        [doc! { "a": "6" }, doc! { "a": null }, doc! {}, doc! { "a": true }, doc! { "a": [[9]] }],
    );
    let (early, late) = (DateTime::from_millis(1), DateTime::from_millis(2));
    assert_matches(doc! { "a": { "$lt": late } }, [doc! { "a": early }]);
    assert_misses(doc! { "a": { "$lt": late } }, [doc! { "a": late }, doc! { "a": 1_i64 }]);
    assert_matches(doc! { "a": { "$gte": false } }, [doc! { "a": true }]);
    assert_matches(doc! { "a": "x" }, [doc! { "a": Bson::Symbol("x".into()) }]);
}

#[test]
fn min_key_and_max_key_compare_with_everything() {
    let all = [doc! { "a": 1 }, doc! { "a": "x" }, doc! { "a": null }, doc! { "a": [] }, doc! {}];
    assert_matches(doc! { "a": { "$gt": Bson::MinKey } }, all.clone());
    assert_matches(doc! { "a": { "$lt": Bson::MaxKey } }, all.clone());
    assert_misses(doc! { "a": { "$lt": Bson::MinKey } }, all.clone());
    assert_misses(doc! { "a": { "$gte": Bson::MaxKey } }, all);
    assert_matches(doc! { "a": { "$gte": Bson::MaxKey } }, [doc! { "a": Bson::MaxKey }]);
    assert_misses(doc! { "a": { "$gt": Bson::MinKey } }, [doc! { "a": Bson::MinKey }]);
}

#[test]
fn an_array_operand_is_compared_with_the_array_or_an_element_that_is_one() {
    assert_matches(doc! { "a": [1, 2] }, [doc! { "a": [1, 2] }, doc! { "a": [[1, 2], 3] }]);
    assert_misses(
        doc! { "a": [1, 2] },
        [doc! { "a": [2, 1] }, doc! { "a": [1, 2, 3] }, doc! { "a": [[[1, 2]]] }],
    );
    assert_matches(doc! { "a": { "$lt": [2] } }, [doc! { "a": [1, 9] }]);
    assert_matches(doc! { "a": { "$eq": [] } }, [doc! { "a": [] }, doc! { "a": [[]] }]);
}

#[test]
fn documents_are_equal_field_by_field_in_order() {
    assert_matches(doc! { "a": { "x": 1, "y": 2 } }, [doc! { "a": { "x": 1.0, "y": 2 } }]);
    assert_misses(
        doc! { "a": { "x": 1, "y": 2 } },
        [doc! { "a": { "y": 2, "x": 1 } }, doc! { "a": { "x": 1 } }],
    );
    assert_matches(doc! { "a": { "$eq": { "$gt": 1 } } }, [doc! { "a": { "$gt": 1 } }]);
}

#[test]
fn a_database_reference_is_a_value() {
    let reference = doc! { "$ref": "c", "$id": ObjectId::from_bytes([1; 12]) };
    assert_matches(doc! { "a": reference.clone() }, [doc! { "a": reference.clone() }]);
    assert_matches(doc! { "a": { "$in": [reference.clone()] } }, [doc! { "a": [reference.clone()] }]);
    assert_matches(doc! { "a": { "$elemMatch": reference.clone() } }, [doc! { "a": [reference] }]);
}

#[test]
fn in_asks_for_one_of_many() {
    let filter = doc! { "a": { "$in": [3, 1, "x", null, [7], Regex { pattern: "^re".try_into().unwrap(), options: "".try_into().unwrap() }] } };
    assert_matches(
        filter.clone(),
        [
            doc! { "a": 1.0 },
            doc! { "a": "x" },
            doc! {},
            doc! { "a": [7] },
            doc! { "a": [[7]] },
            doc! { "a": "regex" },
            doc! { "a": ["no", "red"] },
        ],
    );
    assert_misses(filter.clone(), [doc! { "a": 2 }, doc! { "a": 7 }, doc! { "a": "a re" }, doc! { "a": [] }]);
    let negated =
        doc! { "a": { "$nin": filter.get_document("a").unwrap().get_array("$in").unwrap().clone() } };
    assert_misses(negated.clone(), [doc! { "a": [2, 1] }, doc! {}]);
    assert_matches(negated, [doc! { "a": 2 }, doc! { "a": [] }]);
    assert_misses(doc! { "a": { "$in": [] } }, [doc! {}, doc! { "a": 1 }]);
    assert_matches(doc! { "a": { "$nin": [] } }, [doc! {}, doc! { "a": 1 }]);
}

#[test]
fn not_equal_speaks_about_the_whole_array() {
    assert_misses(doc! { "a": { "$ne": 1 } }, [doc! { "a": [1, 2] }, doc! { "a": 1.0 }]);
    assert_matches(doc! { "a": { "$ne": 1 } }, [doc! {}, doc! { "a": [2] }, doc! { "a": [[1]] }]);
    assert_misses(doc! { "a": { "$ne": null } }, [doc! {}, doc! { "a": null }]);
}

#[test]
fn a_numbered_part_names_an_element_and_does_not_open_it() {
    assert_matches(
        doc! { "a.0": 1 },
        [doc! { "a": [1, 2] }, doc! { "a": { "0": 1 } }, doc! { "a": [{ "0": 1 }] }],
    );
    assert_matches(doc! { "a.0": [5] }, [doc! { "a": [[5]] }]);
    assert_misses(doc! { "a.0": 5 }, [doc! { "a": [[5]] }, doc! { "a": [1, 5] }]);
    assert_matches(doc! { "a.0.b": 5 }, [doc! { "a": [{ "b": [5] }] }]);
}

#[test]
fn a_regular_expression_is_an_operand_of_eq_alone() {
    let regex = Regex { pattern: "^a".try_into().unwrap(), options: "i".try_into().unwrap() };
    assert_refuses(
        2,
        ["$gt", "$gte", "$lt", "$lte", "$ne"].map(|operator| doc! { "a": { operator: regex.clone() } }),
    );
    assert_matches(doc! { "a": { "$eq": regex.clone() } }, [doc! { "a": regex.clone() }]);
    assert_misses(doc! { "a": { "$eq": regex.clone() } }, [doc! { "a": "abc" }]);
    assert_matches(doc! { "a": regex.clone() }, [doc! { "a": regex }, doc! { "a": "Abc" }]);
}

#[test]
fn wrong_operands_are_bad_values() {
    assert_refuses(
        2,
        [
            doc! { "a": { "$in": 1 } },
            doc! { "a": { "$in": null } },
            doc! { "a": { "$nin": { "x": 1 } } },
            doc! { "a": { "$in": [{ "$gt": 1 }] } },
            doc! { "a": { "$nin": [{ "$regex": "x" }] } },
            doc! { "a": { "$in": [Bson::Undefined] } },
            doc! { "a": Bson::Undefined },
            doc! { "a": { "$gt": Bson::Undefined } },
        ],
    );
}
