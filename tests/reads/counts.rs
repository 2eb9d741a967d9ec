//! Counting.

use crate::support::people;
use anser::engine::{CountRequest, Hint};
use bson::{doc, rawdoc};

#[test]
fn skip_and_limit_bound_a_count_by_ranges_and_one_by_reading_alike() {
    for indexes in [&[][..], &[doc! { "age": 1 }]] {
        let people = people(indexes);
        let count = |skip, limit| {
            let filter = rawdoc! { "age": { "$gte": 5, "$lt": 15 } };
            let request = CountRequest { filter, skip, limit, ..CountRequest::default() };
            people.engine.count(&people.namespace, &request).unwrap()
        };
        assert_eq!(count(0, None), 40);
        assert_eq!(count(0, Some(0)), 40, "a limit of zero is none");
        assert_eq!(count(3, None), 37);
        assert_eq!(count(3, Some(10)), 10);
        assert_eq!(count(35, Some(10)), 5);
        assert_eq!(count(100, Some(10)), 0);
    }
}

#[test]
fn an_unknown_hint_is_refused() {
    let people = people(&[]);
    let request = CountRequest { hint: Some(Hint::Name("age_1".into())), ..CountRequest::default() };
    let refused = people.engine.count(&people.namespace, &request).unwrap_err();
    assert_eq!(refused.code().0, 2);
    assert!(refused.message().contains("hint provided does not correspond to an existing index"));
}
