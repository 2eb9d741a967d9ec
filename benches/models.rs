//! What models cost over the engine beneath them, on memory: documents of about 190 bytes.
//!
//! `cargo bench -p anser --bench models` prints the median of nine rounds per operation, each typed one beside the
//! same in raw bytes.

use anser::engine::{FindRequest, WriteOptions};
use anser::prelude::*;
use bson::{RawDocumentBuf, rawdoc};
use std::hint::black_box;
use std::time::{Duration, Instant};

const DOCUMENTS: usize = 100_000;
const CALLS: usize = 1000;

#[derive(Model)]
struct User {
    #[model(id)]
    id: ObjectId,
    name: String,
    #[model(unique)]
    email: String,
    age: i32,
    city: String,
    active: bool,
    tags: Vec<String>,
    score: Option<f64>,
}

fn user(number: usize) -> User {
    User {
        id: ObjectId::new(),
        name: format!("User Number {number}"),
        email: format!("user{number}@example.com"),
        age: (number % 90) as i32,
        city: "Oslo".into(),
        active: number.is_multiple_of(3),
        tags: vec!["new".into(), "reader".into()],
        score: Some(1.5),
    }
}

fn main() -> anser::Result<()> {
    let database = Database::open("memory:")?;
    let users = database.collection::<User>();
    users.insert_many((0..DOCUMENTS).map(user)).run()?;
    let engine = database.engine();
    let namespace = database.namespace("users")?;

    let emails: Vec<String> =
        (0..CALLS).map(|at| format!("user{}@example.com", at * 97 % DOCUMENTS)).collect();
    report("filter by one field, built", CALLS, || {
        emails.iter().for_each(|email| drop(black_box(User::EMAIL.eq(email))));
        Ok(())
    })?;
    report("filter by three fields, built", CALLS, || {
        emails.iter().for_each(|email| {
            drop(black_box(User::EMAIL.eq(email) & User::AGE.gte(18) & User::CITY.eq("Oslo")));
        });
        Ok(())
    })?;
    let requests: Vec<FindRequest> = emails
        .iter()
        .map(|email| {
            let mut request = FindRequest::default();
            request.filter = rawdoc! { "email": email.as_str() };
            request.limit = Some(1);
            request
        })
        .collect();
    report("point lookup, engine, bytes", CALLS, || {
        requests.iter().try_for_each(|request| {
            black_box(engine.find(&namespace, request)?.next()?);
            Ok(())
        })
    })?;
    report("point lookup, typed, decoded", CALLS, || {
        emails.iter().try_for_each(|email| {
            black_box(users.find_one(User::EMAIL.eq(email)).run()?);
            Ok(())
        })
    })?;
    report("scan of all, typed, decoded (a document)", DOCUMENTS, || {
        for user in users.find(Filter::all()) {
            black_box(user?);
        }
        Ok(())
    })?;

    let mut number = DOCUMENTS;
    let mut rounds = (0..18).map(|_| {
        let round: Vec<User> = (number..number + CALLS).map(user).collect();
        number += CALLS;
        round
    });
    let mut encoded: Vec<Vec<RawDocumentBuf>> = Vec::new();
    for round in rounds.by_ref().take(9) {
        let bytes = round.iter().map(|user| {
            let document = user.to_document()?;
            Ok(RawDocumentBuf::try_from(&document).expect("a stored document is BSON"))
        });
        encoded.push(bytes.collect::<anser::Result<_>>()?);
    }
    report("insert_one, engine, bytes", CALLS, || {
        for document in encoded.pop().unwrap_or_default() {
            black_box(engine.insert(&namespace, vec![document], &WriteOptions::default())?);
        }
        Ok(())
    })?;
    let mut typed: Vec<Vec<User>> = rounds.collect();
    report("insert_one, typed", CALLS, || {
        for user in &typed.pop().unwrap_or_default() {
            black_box(users.insert_one(user).run()?);
        }
        Ok(())
    })?;
    database.close()
}

/// Runs nine rounds of `calls` calls and prints the median time of one.
fn report(name: &str, calls: usize, mut round: impl FnMut() -> anser::Result<()>) -> anser::Result<()> {
    let mut times = Vec::new();
    for _ in 0..9 {
        let start = Instant::now();
        round()?;
        times.push(start.elapsed());
    }
    times.sort();
    let each: Duration = times[times.len() / 2] / u32::try_from(calls).expect("calls are few");
    println!("{name:<42} {:>9} ns", each.as_nanos());
    Ok(())
}
