//! Reads at the engine's front, on memory: 100,000 documents of about 190 bytes, no decoding.
//!
//! `cargo bench -p anser --bench reads` prints the median of nine rounds per operation.

use anser::Database;
use anser::engine::{CountRequest, FindRequest, IndexSpec, WriteOptions};
use bson::{RawDocumentBuf, doc, oid::ObjectId, rawdoc};
use std::hint::black_box;
use std::time::{Duration, Instant};

const DOCUMENTS: usize = 100_000;

fn main() -> anser::Result<()> {
    let database = Database::open("memory:")?;
    let users = database.namespace("users")?;
    let engine = database.engine();
    let mut unique = IndexSpec::new(doc! { "email": 1 });
    unique.unique = true;
    engine.create_indexes(&users, &[unique, IndexSpec::new(doc! { "age": 1 })])?;
    let cities = ["Oslo", "Paris", "Rome", "Bonn", "Lima"];
    for batch in 0..DOCUMENTS / 1000 {
        let documents = (0..1000).map(|at| {
            let number = batch * 1000 + at;
            rawdoc! {
                "_id": ObjectId::new(),
                "name": format!("User Number {number}"),
                "email": format!("user{number}@example.com"),
                "age": (number * 7919 % DOCUMENTS) as i32,
                "city": cities[number % cities.len()],
                "active": number % 3 == 0,
                "tags": ["new", "reader"],
            }
        });
        engine.insert(&users, documents.collect(), &WriteOptions::default())?;
    }
    let find = |filter: RawDocumentBuf| {
        let mut request = FindRequest::default();
        request.filter = filter;
        request
    };
    let drain = |request: &FindRequest| -> anser::Result<usize> {
        let mut cursor = engine.find(&users, request)?;
        let mut found = 0;
        while let Some(document) = cursor.next()? {
            black_box(document);
            found += 1;
        }
        Ok(found)
    };
    let points: Vec<FindRequest> = (0..1000)
        .map(|at| find(rawdoc! { "email": format!("user{}@example.com", at * 97 % DOCUMENTS) }))
        .collect();
    report("point lookup by unique index", 1000, || {
        points.iter().try_for_each(|request| drain(request).map(|found| assert_eq!(found, 1)))
    })?;
    let ranges: Vec<FindRequest> =
        (0..100).map(|at| find(rawdoc! { "age": { "$gte": at * 900, "$lt": at * 900 + 100 } })).collect();
    report("range of 100 by index", 100, || {
        ranges.iter().try_for_each(|request| drain(request).map(|found| assert_eq!(found, 100)))
    })?;
    let sorted: Vec<FindRequest> = (0..100)
        .map(|at| {
            let mut request = find(rawdoc! { "age": { "$gte": at * 900 } });
            request.sort = Some(rawdoc! { "age": 1 });
            request.limit = Some(10);
            request
        })
        .collect();
    report("first 10 of a range in the index's order", 100, || {
        sorted.iter().try_for_each(|request| drain(request).map(|found| assert_eq!(found, 10)))
    })?;
    let scan = find(rawdoc! { "city": "Rome", "active": true });
    report("scan of all, two fields asked", 1, || drain(&scan).map(|found| assert!(found > 6000)))?;
    let mut top = find(rawdoc! {});
    top.sort = Some(rawdoc! { "name": 1 });
    top.limit = Some(10);
    report("first 10 by a sort of all", 1, || drain(&top).map(|found| assert_eq!(found, 10)))?;
    let filter = rawdoc! { "age": { "$gte": 10_000, "$lt": 20_000 } };
    let tenth = CountRequest { filter, ..CountRequest::default() };
    report("count of a tenth by index", 1, || {
        engine.count(&users, &tenth).map(|count| assert_eq!(count, DOCUMENTS as u64 / 10))
    })?;
    let filter = rawdoc! { "city": "Rome", "active": true };
    let counted = CountRequest { filter, ..CountRequest::default() };
    report("count by a scan of all, two fields asked", 1, || engine.count(&users, &counted).map(|_| ()))?;
    report("estimated count", 1, || engine.estimated_count(&users).map(|_| ()))?;
    Ok(())
}

fn report(name: &str, operations: u32, mut run: impl FnMut() -> anser::Result<()>) -> anser::Result<()> {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..9 {
        let started = Instant::now();
        run()?;
        times.push(started.elapsed() / operations);
    }
    times.sort_unstable();
    println!("{name:45} {:>12.2?}", times[times.len() / 2]);
    Ok(())
}
