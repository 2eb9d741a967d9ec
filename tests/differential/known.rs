//! Cases that once showed a difference, under plain names.

use crate::case::{Case, Step};
use crate::difference;
use crate::random::regex;
use crate::world::Stores;
use anser::engine::IndexSpec;
use bson::{Bson, Document, doc};

fn plain(keys: Document) -> IndexSpec {
    IndexSpec::new(keys)
}

fn holds(case: Case) {
    let difference = difference(&Stores::open(), &case);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

#[test]
fn a_regular_expression_is_found_as_a_value_and_as_a_pattern() {
    holds(Case {
        indexes: vec![plain(doc! { "a": 1 })],
        documents: vec![
            doc! { "_id": 1, "a": regex("a", "") },
            doc! { "_id": 2, "a": "a" },
            doc! { "_id": 3, "a": [Bson::Undefined, "ab"] },
        ],
        steps: vec![Step::Find { filter: doc! { "a": regex("a", "") }, sort: None, skip: 0, limit: None }],
    });
}
