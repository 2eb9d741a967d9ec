//! The equalities of a filter that an upsert takes over.

use super::parse;
use bson::{Document, doc};

fn equalities(filter: &Document) -> Vec<(String, String)> {
    let parsed = parse(filter).unwrap();
    parsed.equalities().map(|(path, value)| (path.as_str().to_owned(), format!("{value:?}"))).collect()
}

#[test]
fn an_upsert_starts_from_what_the_filter_asserts() {
    let filter = doc! {
        "a": 1, "b.c": { "$eq": "x" }, "$and": [{ "d": true }, { "$and": [{ "e": null }] }],
        "$or": [{ "f": 2 }], "g": { "$all": [3] },
    };
    let found = equalities(&filter);
    let names: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(names, ["a", "b.c", "d", "e", "f", "g"]);
    assert_eq!(found[5].1, "3");
}

#[test]
fn an_upsert_takes_nothing_from_what_only_narrows() {
    let filter = doc! {
        "a": { "$in": [1] }, "b": { "$gt": 1 }, "$or": [{ "c": 1 }, { "d": 1 }], "$nor": [{ "e": 1 }],
        "f": { "$not": { "$eq": 1 } }, "g": { "$ne": 1 }, "h": { "$elemMatch": { "$eq": 1 } }, "i": { "$regex": "x" },
    };
    assert_eq!(equalities(&filter), []);
}

#[test]
fn a_path_asserted_twice_is_given_twice() {
    assert_eq!(equalities(&doc! { "$and": [{ "a": 1 }, { "a": 2 }] }).len(), 2);
    assert_eq!(equalities(&doc! { "a": { "$all": [1, 2] } }).len(), 2);
}
