//! Distinct values.

use crate::support::{Collection, collection};
use anser::engine::DistinctRequest;
use bson::{Bson, bson, doc, rawdoc};

fn distinct(collection: &Collection, key: &str) -> Vec<Bson> {
    let request = DistinctRequest { key: key.into(), ..DistinctRequest::default() };
    collection.engine.distinct(&collection.namespace, &request).unwrap()
}

#[test]
fn values_come_once_in_the_order_they_are_met() {
    let numbers = collection(
        &[
            doc! { "a": 2 },
            doc! { "a": 1 },
            doc! { "a": 2.0 },
            doc! {},
            doc! { "a": null },
            doc! { "a": "2" },
        ],
        &[],
    );
    assert_eq!(distinct(&numbers, "a"), [bson!(2), bson!(1), Bson::Null, bson!("2")]);
    let request =
        DistinctRequest { key: "a".into(), filter: rawdoc! { "a": { "$lt": 2 } }, ..Default::default() };
    assert_eq!(numbers.engine.distinct(&numbers.namespace, &request).unwrap(), [bson!(1)]);
}

#[test]
fn arrays_give_their_elements_one_level_deep() {
    let arrays = collection(
        &[
            doc! { "a": [1, [2, 3], []], "b": [{ "c": [5, 6] }, { "c": 7 }, 8, {}] },
            doc! { "a": [], "b": { "c": 5 } },
        ],
        &[],
    );
    assert_eq!(distinct(&arrays, "a"), [bson!(1), bson!([2, 3]), bson!([])]);
    assert_eq!(distinct(&arrays, "b.c"), [bson!(5), bson!(6), bson!(7)]);
    assert_eq!(distinct(&arrays, "b.0.c"), [bson!(5), bson!(6)]);
    assert!(distinct(&arrays, "nothing").is_empty());
}

#[test]
fn a_nul_in_the_path_is_refused() {
    let nothing = collection(&[], &[]);
    let request = DistinctRequest { key: "a\0b".into(), ..DistinctRequest::default() };
    assert_eq!(nothing.engine.distinct(&nothing.namespace, &request).unwrap_err().code().0, 31032);
}
