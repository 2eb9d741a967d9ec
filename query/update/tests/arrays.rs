//! `$addToSet $pop $pull $pullAll`.
use super::*;
use bson::{Bson, Regex, bson, doc};

#[track_caller]
fn array_after(array: Bson, operator: &str, operand: Bson) -> Bson {
    updated(doc! { "_id": 1, "a": array }, doc! { operator: { "a": operand } }).get("a").unwrap().clone()
}

#[test]
fn add_to_set_adds_what_no_element_equals() {
    let added = |array, operand| array_after(array, "$addToSet", operand);
    assert_eq!(added(bson!([1, 2]), bson!(3)), bson!([1, 2, 3]));
    assert_eq!(added(bson!([1, 2]), bson!(2.0)), bson!([1, 2]));
    assert_eq!(added(bson!([1, 1]), bson!(2)), bson!([1, 1, 2]));
    assert_eq!(
        added(bson!([{ "a": 1, "b": 2 }]), bson!({ "b": 2, "a": 1 })),
        bson!([{ "a": 1, "b": 2 }, { "b": 2, "a": 1 }])
    );
    assert_eq!(added(bson!([]), bson!({ "$each": [5, 5.0, 6, 5_i64] })), bson!([5, 6]));
    assert_eq!(added(bson!([1]), bson!([1, 2])), bson!([1, [1, 2]]));
    assert_eq!(added(bson!([1]), bson!({ "x": 1, "$each": [2] })), bson!([1, { "x": 1, "$each": [2] }]));
}

#[test]
fn add_to_set_makes_the_array_that_is_missing() {
    same(
        updated(
            doc! { "_id": 1 },
            doc! { "$addToSet": { "a.b": { "$each": [2, 2] }, "c": { "$each": [] } } },
        ),
        doc! { "_id": 1, "a": { "b": [2] }, "c": [] },
    );
}

#[test]
fn add_to_set_refuses_other_clauses_and_targets() {
    let code =
        |operand: Bson| refused(doc! { "_id": 1, "a": [1], "n": 1 }, doc! { "$addToSet": { "a": operand } });
    assert_eq!(code(bson!({ "$each": 1 })), 14);
    assert_eq!(code(bson!({ "$each": [1], "$slice": 1 })), 2);
    assert_eq!(refused(doc! { "_id": 1, "a": 1 }, doc! { "$addToSet": { "a": 1 } }), 2);
}

#[test]
fn pop_takes_one_end() {
    assert_eq!(array_after(bson!([1, 2, 3]), "$pop", bson!(1)), bson!([1, 2]));
    assert_eq!(array_after(bson!([1, 2, 3]), "$pop", bson!(-1.0)), bson!([2, 3]));
    assert_eq!(array_after(bson!([]), "$pop", bson!(-1)), bson!([]));
    unchanged(doc! { "_id": 1, "b": {} }, doc! { "$pop": { "a": 1, "b.c": 1 } });
    for operand in [bson!(0), bson!(2), bson!(0.5), bson!("1"), bson!({}), Bson::Null] {
        assert_eq!(refused(doc! { "_id": 1, "a": [1] }, doc! { "$pop": { "a": operand } }), 9);
    }
    assert_eq!(refused(doc! { "_id": 1, "a": 1 }, doc! { "$pop": { "a": 1 } }), 14);
}

#[test]
fn pull_takes_equal_values_away() {
    let pulled = |array, operand| array_after(array, "$pull", operand);
    assert_eq!(pulled(bson!([1, 2, 2.0, [2], 3]), bson!(2)), bson!([1, [2], 3]));
    assert_eq!(pulled(bson!([[1, 2], [2, 1], 1]), bson!([1, 2])), bson!([[2, 1], 1]));
    assert_eq!(pulled(bson!([null, 1]), Bson::Null), bson!([1]));
    unchanged(doc! { "_id": 1 }, doc! { "$pull": { "a": 1, "b.c": 1 } });
    assert_eq!(refused(doc! { "_id": 1, "a": 1 }, doc! { "$pull": { "a": 1 } }), 2);
    assert_eq!(refused(doc! { "_id": 1, "a": null }, doc! { "$pull": { "a": 1 } }), 2);
}

#[test]
fn pull_matches_documents_with_a_filter_whatever_their_order() {
    let pulled = |array, operand| array_after(array, "$pull", operand);
    let documents =
        || bson!([{ "a": 1, "b": 2 }, { "b": 2, "a": 1, "c": 3 }, { "a": 1 }, 1, [{ "a": 1, "b": 2 }]]);
    assert_eq!(
        pulled(documents(), bson!({ "a": 1, "b": { "$gte": 2 } })),
        bson!([{ "a": 1 }, 1, [{ "a": 1, "b": 2 }]])
    );
    assert_eq!(pulled(documents(), bson!({})), bson!([1, [{ "a": 1, "b": 2 }]]));
    assert_eq!(
        pulled(documents(), bson!({ "$or": [{ "c": 3 }, { "b": null }] })),
        bson!([{ "a": 1, "b": 2 }, 1, [{ "a": 1, "b": 2 }]])
    );
}

#[test]
fn pull_applies_operators_and_patterns_to_the_elements() {
    let pulled = |array, operand| array_after(array, "$pull", operand);
    assert_eq!(pulled(bson!([1, 5, 9, "x"]), bson!({ "$gte": 5 })), bson!([1, "x"]));
    assert_eq!(pulled(bson!([1, 5, 9]), bson!({ "$gt": 1, "$lt": 9 })), bson!([1, 9]));
    assert_eq!(pulled(bson!([1, 5, 9]), bson!({ "$in": [1, 9] })), bson!([5]));
    assert_eq!(pulled(bson!([1, 5, 9]), bson!({ "$ne": 5 })), bson!([5]));
    assert_eq!(pulled(bson!([[1, 5], [9]]), bson!({ "$elemMatch": { "$gt": 5 } })), bson!([[1, 5]]));
    let pattern =
        Bson::RegularExpression(Regex { pattern: "^a".try_into().unwrap(), options: "".try_into().unwrap() });
    assert_eq!(pulled(bson!(["ab", "ba", 1]), pattern), bson!(["ba", 1]));
    assert_eq!(refused(doc! { "_id": 1, "a": [] }, doc! { "$pull": { "a": { "$badop": 1 } } }), 2);
}

#[test]
fn pull_all_takes_every_equal_element_away() {
    let pulled = |array, operand| array_after(array, "$pullAll", operand);
    assert_eq!(pulled(bson!([1, 2, 3, 1.0, [1]]), bson!([1, 3])), bson!([2, [1]]));
    assert_eq!(
        pulled(bson!([{ "a": 1, "b": 2 }, { "b": 2, "a": 1 }]), bson!([{ "a": 1, "b": 2 }])),
        bson!([{ "b": 2, "a": 1 }])
    );
    assert_eq!(refused(doc! { "_id": 1, "a": [1] }, doc! { "$pullAll": { "a": 1 } }), 2);
    assert_eq!(refused(doc! { "_id": 1, "a": 1 }, doc! { "$pullAll": { "a": [1] } }), 2);
    unchanged(doc! { "_id": 1 }, doc! { "$pullAll": { "a": [1] } });
}

#[test]
fn arrays_inside_arrays_are_reached_by_number() {
    same(
        updated(
            doc! { "_id": 1, "a": [[1, 2], { "b": [1] }] },
            doc! { "$addToSet": { "a.0": 5 }, "$push": { "a.1.b": 2 } },
        ),
        doc! { "_id": 1, "a": [[1, 2, 5], { "b": [1, 2] }] },
    );
}
