//! `$exists` and `$type`.

use super::{assert_matches, assert_misses, assert_refuses};
use bson::{Bson, doc};

#[test]
fn exists_asks_whether_a_field_is_there_whatever_it_holds() {
    assert_matches(
        doc! { "a": { "$exists": true } },
        [doc! { "a": null }, doc! { "a": [] }, doc! { "a": 1 }],
    );
    assert_misses(doc! { "a": { "$exists": true } }, [doc! {}, doc! { "b": 1 }]);
    assert_matches(doc! { "a.b": { "$exists": true } }, [doc! { "a": [{}, { "b": 1 }] }]);
    assert_matches(
        doc! { "a.b": { "$exists": false } },
        [doc! { "a": [] }, doc! { "a": [1] }, doc! { "a": 1 }],
    );
    assert_misses(doc! { "a.b": { "$exists": false } }, [doc! { "a": [{}, { "b": 1 }] }]);
    assert_matches(doc! { "a.1": { "$exists": true } }, [doc! { "a": [1, 2] }]);
    assert_misses(doc! { "a.1": { "$exists": true } }, [doc! { "a": [1] }]);
}

#[test]
fn exists_takes_any_operand_for_true_or_false() {
    for yes in [Bson::Int32(1), Bson::String(String::new()), Bson::Array(vec![]), Bson::Double(f64::NAN)] {
        assert_matches(doc! { "a": { "$exists": yes } }, [doc! { "a": 1 }]);
    }
    for no in [Bson::Int64(0), Bson::Double(-0.0), Bson::Null, Bson::Undefined, Bson::Boolean(false)] {
        assert_matches(doc! { "a": { "$exists": no } }, [doc! {}]);
    }
}

#[test]
fn type_asks_the_value_its_elements_and_the_array() {
    assert_matches(doc! { "a": { "$type": "string" } }, [doc! { "a": "x" }, doc! { "a": [1, "x"] }]);
    assert_matches(doc! { "a": { "$type": "array" } }, [doc! { "a": [] }, doc! { "a": [1] }]);
    assert_misses(doc! { "a": { "$type": "array" } }, [doc! { "a": 1 }, doc! {}]);
    assert_matches(
        doc! { "a": { "$type": "number" } },
        [doc! { "a": 1 }, doc! { "a": 1_i64 }, doc! { "a": 1.5 }],
    );
    assert_matches(doc! { "a": { "$type": [2, "null"] } }, [doc! { "a": null }, doc! { "a": "x" }]);
    assert_matches(doc! { "a": { "$type": -1 } }, [doc! { "a": Bson::MinKey }]);
    assert_matches(doc! { "a": { "$type": 127.0 } }, [doc! { "a": Bson::MaxKey }]);
    assert_misses(doc! { "a": { "$type": "int" } }, [doc! { "a": 1.0 }, doc! {}]);
}

#[test]
fn unknown_types_are_refused() {
    assert_refuses(
        2,
        [
            doc! { "a": { "$type": "text" } },
            doc! { "a": { "$type": 0 } },
            doc! { "a": { "$type": 20 } },
            doc! { "a": { "$type": 1.5 } },
            doc! { "a": { "$type": ["int", "text"] } },
        ],
    );
    assert_refuses(9, [doc! { "a": { "$type": [] } }]);
    assert_refuses(14, [doc! { "a": { "$type": { "x": 1 } } }, doc! { "a": { "$type": true } }]);
}
