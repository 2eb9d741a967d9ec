//! `$size`, `$all`, `$elemMatch` and the array rule.

use super::{assert_matches, assert_misses, assert_refuses};
use bson::{Bson, Regex, doc};

#[test]
fn size_counts_the_elements_of_the_array_itself() {
    assert_matches(doc! { "a": { "$size": 2 } }, [doc! { "a": [1, 2] }, doc! { "a": [[], [1]] }]);
    assert_misses(doc! { "a": { "$size": 2 } }, [doc! { "a": [[1, 2]] }, doc! { "a": "ab" }, doc! {}]);
    assert_matches(doc! { "a.b": { "$size": 1 } }, [doc! { "a": [{ "b": [] }, { "b": [1] }] }]);
    assert_matches(doc! { "a": { "$size": 0.0 } }, [doc! { "a": [] }]);
    let wide = 1_i64 << 31;
    assert_refuses(
        2,
        [
            Bson::Int32(-1),
            Bson::Double(1.5),
            Bson::Double(f64::NAN),
            Bson::Int64(wide),
            Bson::Null,
            Bson::from("1"),
        ]
        .map(|size| doc! { "a": { "$size": size } }),
    );
}

#[test]
fn all_asks_for_every_term_somewhere() {
    assert_matches(doc! { "a": { "$all": [1, 2] } }, [doc! { "a": [2, 3, 1] }]);
    assert_misses(doc! { "a": { "$all": [1, 2] } }, [doc! { "a": [1] }, doc! { "a": 1 }, doc! {}]);
    assert_matches(doc! { "a": { "$all": [1] } }, [doc! { "a": 1 }]);
    assert_matches(doc! { "a": { "$all": [[1, 2]] } }, [doc! { "a": [1, 2] }, doc! { "a": [[1, 2]] }]);
    assert_misses(doc! { "a": { "$all": [] } }, [doc! { "a": [] }, doc! {}, doc! { "a": 1 }]);
    assert_matches(doc! { "a": { "$not": { "$all": [] } } }, [doc! { "a": [] }]);
    assert_matches(doc! { "a": { "$all": [null] } }, [doc! {}]);
    let regex = Regex { pattern: "^x".try_into().unwrap(), options: "".try_into().unwrap() };
    assert_matches(doc! { "a": { "$all": [regex, 1] } }, [doc! { "a": ["xy", 1] }]);
    assert_matches(doc! { "a.b": { "$all": [1, 2] } }, [doc! { "a": [{ "b": 1 }, { "b": [2] }] }]);
}

#[test]
fn all_of_element_matches_may_be_met_by_different_elements() {
    let filter =
        doc! { "a": { "$all": [{ "$elemMatch": { "x": 1 } }, { "$elemMatch": { "y": { "$gt": 2 } } }] } };
    assert_matches(filter.clone(), [doc! { "a": [{ "x": 1 }, { "y": 3 }] }]);
    assert_misses(filter, [doc! { "a": [{ "x": 1 }] }, doc! { "a": { "x": 1, "y": 3 } }]);
    assert_refuses(
        2,
        [
            doc! { "a": { "$all": [{ "$elemMatch": { "x": 1 } }, 2] } },
            doc! { "a": { "$all": [2, { "$elemMatch": { "x": 1 } }] } },
            doc! { "a": { "$all": [{ "$gt": 1 }] } },
            doc! { "a": { "$all": 1 } },
            doc! { "a": { "$all": {} } },
        ],
    );
}

#[test]
fn element_match_asks_one_element_for_everything() {
    let filter = doc! { "a": { "$elemMatch": { "x": 1, "y": 2 } } };
    assert_matches(filter.clone(), [doc! { "a": [{ "x": 1, "y": 2 }] }]);
    assert_misses(
        filter,
        [
            doc! { "a": [{ "x": 1 }, { "y": 2 }] },
            doc! { "a": { "x": 1, "y": 2 } },
            doc! { "a": [[{ "x": 1, "y": 2 }]] },
        ],
    );
    assert_matches(doc! { "a": { "$elemMatch": { "$gt": 3, "$lt": 6 } } }, [doc! { "a": [1, 5, 9] }]);
    assert_misses(
        doc! { "a": { "$elemMatch": { "$gt": 3, "$lt": 6 } } },
        [doc! { "a": [1, 9] }, doc! { "a": 5 }, doc! { "a": [[5]] }],
    );
    assert_matches(doc! { "a": { "$elemMatch": { "0": 7 } } }, [doc! { "a": [[7, 8]] }]);
    assert_matches(doc! { "a": { "$elemMatch": {} } }, [doc! { "a": [{}] }, doc! { "a": [[]] }]);
    assert_misses(doc! { "a": { "$elemMatch": {} } }, [doc! { "a": [1] }, doc! { "a": [] }]);
    assert_matches(doc! { "a": { "$elemMatch": { "$nin": [1, 2] } } }, [doc! { "a": [1, 3] }]);
    assert_matches(
        doc! { "a": { "$elemMatch": { "$or": [{ "x": 1 }, { "x": 2 }] } } },
        [doc! { "a": [{ "x": 2 }] }],
    );
    assert_matches(doc! { "a": { "$elemMatch": { "$elemMatch": { "$gt": 2 } } } }, [doc! { "a": [[1, 3]] }]);
}

#[test]
fn element_match_needs_an_object() {
    assert_refuses(
        2,
        [Bson::Int32(1), Bson::Null, Bson::Array(vec![Bson::Int32(1)]), Bson::from("a"), Bson::Boolean(true)]
            .map(|operand| doc! { "a": { "$elemMatch": operand } }),
    );
    assert_refuses(
        2,
        [doc! { "$elemMatch": { "$gt": 1 } }, doc! { "a": { "$elemMatch": { "$where": "1" } } }],
    );
}
