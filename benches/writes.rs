//! What one write costs in the engine, on memory, with three indexes and documents of about 200 bytes.
//!
//! `cargo bench --bench writes` prints nanoseconds an operation, as the median of five rounds over 100,000
//! documents; nothing is compared. Where the system tells the processor's time, that is taken, so that a busy
//! machine says about the same as an idle one.

use anser::Database;
use anser::engine::{DeleteStatement, Embedded, Engine, IndexSpec, Namespace, UpdateStatement, WriteOptions};
use bson::{RawDocumentBuf, doc, rawdoc};
use std::time::{Duration, Instant};

const DOCUMENTS: usize = 100_000;
const ROUNDS: usize = 5;
/// Visits every document once, far from the one before.
const STRIDE: usize = 7919;

fn user(id: usize) -> RawDocumentBuf {
    rawdoc! {
        "_id": id as i64,
        "email": format!("user{id:07}@example.com"),
        "name": format!("Name of user {id}"),
        "age": (id % 80) as i32,
        "city": "Paris",
        "active": id.is_multiple_of(2),
        "tags": ["a", "b", "c"],
        "score": id as f64 * 0.5,
    }
}

fn open() -> (Embedded, Namespace) {
    let engine = Database::builder().open_engine("memory:").expect("memory opens");
    let users = Namespace::new("main", "users").expect("a good name");
    let mut email = IndexSpec::new(doc! { "email": 1 });
    email.unique = true;
    let age = IndexSpec::new(doc! { "age": 1 });
    engine.create_indexes(&users, &[email, age]).expect("indexes are made");
    (engine, users)
}

fn main() {
    let mut figures: Vec<(&str, Vec<f64>)> = Vec::new();
    for _ in 0..ROUNDS {
        let (engine, users) = open();
        let options = WriteOptions::default();
        let documents: Vec<_> = (0..DOCUMENTS).map(user).collect();
        let mut documents = documents.into_iter();
        measure(&mut figures, "insert one", DOCUMENTS, |_| {
            let document = documents.next().expect("one a call");
            engine.insert(&users, vec![document], &options).expect("it is stored");
        });
        let updates: Vec<_> = (0..DOCUMENTS)
            .map(|at| UpdateStatement {
                filter: rawdoc! { "email": format!("user{:07}@example.com", at * STRIDE % DOCUMENTS) },
                update: rawdoc! { "$set": { "score": 1.5 } },
                multi: false,
                upsert: false,
                hint: None,
                sort: None,
            })
            .collect();
        measure(&mut figures, "update one by email, no index changes", DOCUMENTS, |at| {
            let outcome = engine.update(&users, &updates[at..=at], &options).expect("it is updated");
            assert_eq!(outcome.matched, 1);
        });
        let updates: Vec<_> = updates
            .into_iter()
            .map(|statement| UpdateStatement { update: rawdoc! { "$inc": { "age": 1 } }, ..statement })
            .collect();
        measure(&mut figures, "update one by email, an index changes", DOCUMENTS, |at| {
            engine.update(&users, &updates[at..=at], &options).expect("it is updated");
        });
        let deletes: Vec<_> = (0..DOCUMENTS)
            .map(|at| DeleteStatement {
                filter: rawdoc! { "_id": (at * STRIDE % DOCUMENTS) as i64 },
                multi: false,
                hint: None,
            })
            .collect();
        measure(&mut figures, "delete one by _id, scattered", DOCUMENTS, |at| {
            let outcome = engine.delete(&users, &deletes[at..=at], &options).expect("it is deleted");
            assert_eq!(outcome.deleted, 1);
        });
        let (engine, users) = open();
        let batches: Vec<Vec<_>> =
            (0..DOCUMENTS / 1000).map(|at| (at * 1000..(at + 1) * 1000).map(user).collect()).collect();
        let mut batches = batches.into_iter();
        let begun = Stopwatch::start();
        batches.by_ref().for_each(|batch| {
            engine.insert(&users, batch, &options).expect("it is stored");
        });
        note(
            &mut figures,
            "insert in batches of 1000, a document",
            begun.elapsed().as_nanos() as f64 / DOCUMENTS as f64,
        );
    }
    for (name, mut rounds) in figures {
        rounds.sort_by(f64::total_cmp);
        println!("{name:45} {:8.0} ns", rounds[rounds.len() / 2]);
    }
}

fn measure(
    figures: &mut Vec<(&'static str, Vec<f64>)>,
    name: &'static str,
    times: usize,
    mut operation: impl FnMut(usize),
) {
    let begun = Stopwatch::start();
    (0..times).for_each(&mut operation);
    note(figures, name, begun.elapsed().as_nanos() as f64 / times as f64);
}

fn note(figures: &mut Vec<(&'static str, Vec<f64>)>, name: &'static str, figure: f64) {
    match figures.iter_mut().find(|(known, _)| *known == name) {
        Some((_, rounds)) => rounds.push(figure),
        None => figures.push((name, vec![figure])),
    }
}

/// Time this thread has spent on a processor, or time that has passed.
enum Stopwatch {
    Processor(Duration),
    Wall(Instant),
}

impl Stopwatch {
    fn start() -> Stopwatch {
        processor_time().map_or_else(|| Stopwatch::Wall(Instant::now()), Stopwatch::Processor)
    }

    fn elapsed(&self) -> Duration {
        match self {
            Stopwatch::Processor(begun) => processor_time().unwrap_or_default().saturating_sub(*begun),
            Stopwatch::Wall(begun) => begun.elapsed(),
        }
    }
}

/// Linux counts it in the first field of this file, in nanoseconds.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
