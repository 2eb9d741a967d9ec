//! What matching costs: `cargo test --release -p anser-query --test filter_timing -- --ignored --nocapture`.
#![allow(missing_docs, clippy::unwrap_used)]

use anser_query::Filter;
use anser_query::value::DocumentRef;
use bson::{DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use std::hint::black_box;
use std::time::Instant;

const CITIES: [&str; 5] = ["Uppsala", "Paris", "Bergamo", "Oslo", "Quito"];

fn document(at: usize) -> RawDocumentBuf {
    let document = doc! {
        "_id": ObjectId::new(),
        "name": format!("Person Number {at}"),
        "email": format!("person{at}@example.org"),
        "age": (at % 90) as i32,
        "city": CITIES[at % CITIES.len()],
        "active": at.is_multiple_of(3),
        "score": at as f64 / 7.0,
        "tags": ["a", "b"],
        "created": DateTime::from_millis(at as i64),
    };
    RawDocumentBuf::try_from(&document).unwrap()
}

fn nanoseconds(
    documents: &[RawDocumentBuf],
    mut matches: impl FnMut(DocumentRef<'_>) -> bool,
) -> (f64, usize) {
    let mut best = (f64::MAX, 0);
    for _ in 0..10 {
        let start = Instant::now();
        let mut found = 0;
        for _ in 0..100 {
            found =
                documents.iter().filter(|document| matches(black_box(DocumentRef::from(*document)))).count();
        }
        best.1 = found;
        best.0 = best.0.min(start.elapsed().as_nanos() as f64 / (documents.len() * 100) as f64);
    }
    best
}

#[test]
#[ignore = "a measurement, not a law"]
fn timing_of_matching() {
    let documents: Vec<RawDocumentBuf> = (0..1000).map(document).collect();
    let bytes: usize = documents.iter().map(|document| document.as_bytes().len()).sum();
    println!("documents of {} bytes", bytes / documents.len());
    let filters: [(&str, Document); 9] = [
        ("city == x && active == true", doc! { "city": "Paris", "active": true }),
        ("age > 40", doc! { "age": { "$gt": 40 } }),
        (
            "20 <= age < 40 && city in 2",
            doc! { "age": { "$gte": 20, "$lt": 40 }, "city": { "$in": ["Oslo", "Quito"] } },
        ),
        ("created >= date", doc! { "created": { "$gte": DateTime::from_millis(500) } }),
        ("tags == b", doc! { "tags": "b" }),
        ("name =~ ^Person Number 1", doc! { "name": { "$regex": "^Person Number 1" } }),
        ("name =~ 77", doc! { "name": { "$regex": "77" } }),
        ("city == x || age == 5", doc! { "$or": [{ "city": "Paris" }, { "age": 5 }] }),
        ("missing == null", doc! { "missing": null }),
    ];
    for (what, filter) in filters {
        let filter = RawDocumentBuf::try_from(&filter).unwrap();
        let filter = Filter::parse(DocumentRef::from(&filter)).unwrap();
        let matcher = filter.compile();
        let (compiled, found) = nanoseconds(&documents, |document| matcher.matches(document));
        let (reference, expected) = nanoseconds(&documents, |document| filter.matches(document));
        assert_eq!(found, expected);
        println!("{what:<32} compiled {compiled:>7.1} ns   reference {reference:>7.1} ns   ({found} match)");
    }
}
