//! `$and`, `$or`, `$nor` and `$not`.

use super::{assert_matches, assert_misses, assert_refuses, parse, refusal};
use anser_query::{Code, Filter};
use bson::{Document, Regex, doc};

#[test]
fn and_or_and_nor_join_filters() {
    let documents = [doc! { "a": 1, "b": 1 }, doc! { "a": 1 }, doc! { "b": 1 }, doc! {}];
    for (operator, answers) in [
        ("$and", [true, false, false, false]),
        ("$or", [true, true, true, false]),
        ("$nor", [false, false, false, true]),
    ] {
        for (document, answer) in documents.iter().zip(answers) {
            let filter = doc! { operator: [{ "a": 1 }, { "b": 1 }] };
            assert_eq!(super::matches(filter, document.clone()), answer, "{operator} on {document}");
        }
    }
}

#[test]
fn several_conditions_on_one_path_may_be_met_by_different_elements() {
    assert_matches(doc! { "a": { "$gt": 5, "$lt": 3 } }, [doc! { "a": [1, 9] }]);
    assert_misses(doc! { "a": { "$gt": 5, "$lt": 3 } }, [doc! { "a": 4 }, doc! { "a": [4] }]);
}

#[test]
fn not_negates_the_whole_path() {
    assert_matches(doc! { "a": { "$not": { "$gt": 5 } } }, [doc! {}, doc! { "a": 5 }, doc! { "a": "x" }]);
    assert_misses(doc! { "a": { "$not": { "$gt": 5 } } }, [doc! { "a": [1, 6] }]);
    // Both have to hold for the negation to fail.
    assert_matches(doc! { "a": { "$not": { "$gt": 5, "$lt": 8 } } }, [doc! { "a": 9 }, doc! { "a": 5 }]);
    assert_misses(doc! { "a": { "$not": { "$gt": 5, "$lt": 8 } } }, [doc! { "a": 7 }]);
    let regex = Regex { pattern: "^x".try_into().unwrap(), options: "".try_into().unwrap() };
    assert_matches(doc! { "a": { "$not": regex.clone() } }, [doc! { "a": "y" }, doc! {}]);
    assert_misses(doc! { "a": { "$not": { "$regex": regex } } }, [doc! { "a": "xy" }]);
    assert_matches(doc! { "a": { "$not": { "$not": { "$eq": 1 } } } }, [doc! { "a": 1 }]);
}

#[test]
fn nested_conjunctions_are_laid_out_flat() {
    let filter =
        parse(&doc! { "$and": [{ "$and": [{ "a": 1 }, {}] }, { "b": { "$gt": 1, "$lt": 3 } }], "c": 1 });
    let Ok(Filter::And(members)) = filter else { panic!("not an And: {filter:?}") };
    assert_eq!(members.len(), 4);
    assert!(members.iter().all(|member| matches!(member, Filter::Field(..))));
    assert!(parse(&doc! { "$and": [{}] }).unwrap().is_all());
    assert!(matches!(parse(&doc! { "$or": [{ "a": 1 }] }), Ok(Filter::Field(..))));
}

#[test]
fn constants_hold_always_or_never() {
    assert_matches(doc! { "$alwaysTrue": 1 }, [doc! {}]);
    assert_misses(doc! { "$alwaysFalse": 1 }, [doc! {}]);
}

#[test]
fn wrong_operands_are_bad_values() {
    for operator in ["$and", "$or", "$nor"] {
        assert_refuses(
            2,
            [
                doc! { operator: [] },
                doc! { operator: 1 },
                doc! { operator: null },
                doc! { operator: { "a": 1 } },
                doc! { operator: [1] },
                doc! { operator: [{ "a": 1 }, [1]] },
                doc! { operator: [{ "$unknown": 1 }] },
                doc! { "a": { operator: [{ "b": 1 }] } },
            ],
        );
    }
    assert_refuses(
        2,
        [
            doc! { "a": { "$not": 1 } },
            doc! { "a": { "$not": {} } },
            doc! { "a": { "$not": { "b": 1 } } },
            doc! { "$not": { "a": 1 } },
        ],
    );
}

#[test]
fn too_deep_filters_are_refused_and_deep_ones_answered() {
    let nested = |levels: usize| -> Document {
        (0..levels).fold(doc! { "a": 1 }, |inner, _| doc! { "$nor": [inner] })
    };
    assert_matches(nested(100), [doc! { "a": 1 }]);
    assert_eq!(refusal(nested(101)).0, Code::OVERFLOW);
    let negated = (0..200).fold(doc! { "$gt": 1 }, |inner, _| doc! { "$not": inner });
    assert_eq!(refusal(doc! { "a": negated }).0, Code::OVERFLOW);
    let elements = (0..200).fold(doc! { "$gt": 1 }, |inner, _| doc! { "$elemMatch": inner });
    assert_eq!(refusal(doc! { "a": elements }).0, Code::OVERFLOW);
}
