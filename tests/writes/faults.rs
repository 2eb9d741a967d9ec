//! A storage that fails: at every write and every commit in turn, what is left is a state between statements.

use crate::support::*;
use anser::engine::{IndexChoice, Namespace, WriteOptions};
use anser::{Database, Durability};
use anser_storage::layer::fault::{Faults, Operation};
use anser_storage::layer::{Contract, Fault};
use anser_storage::memory::MemoryStrategy;
use anser_storage::{ErrorKind, StorageStrategy};
use bson::{Document, doc};
use std::sync::Arc;

/// A database whose storage is held to the laws of the seam, and can be told to fail.
fn open() -> (Database, Faults) {
    let fault = Fault::new(Arc::new(MemoryStrategy::new()));
    let faults = fault.faults();
    let storage: Box<dyn StorageStrategy> = Box::new(Contract::new(Arc::new(fault)));
    (Database::builder().without_thread().storage("test", storage).open("test:").unwrap(), faults)
}

/// The statements, each of which is tried with a failing storage.
fn run(database: &Database, step: usize) -> anser::Result<()> {
    let (engine, users) = (database.engine(), users(database));
    let options = WriteOptions::default();
    match step {
        0 => engine.create_indexes(&users, &[unique(doc! { "a": 1 }), index(doc! { "t": -1 })]).map(drop),
        1 => {
            let documents = (0..20).map(|id| raw(doc! { "_id": id, "a": id, "t": [id, "x"] })).collect();
            engine.insert(&users, documents, &options).map(drop)
        }
        2 => {
            let mut all = statement(doc! { "_id": { "$gte": 5 } }, doc! { "$inc": { "a": 100 } });
            all.multi = true;
            let mut upsert = statement(doc! { "_id": 50 }, doc! { "$set": { "a": 50, "t": [1] } });
            upsert.upsert = true;
            engine.update(&users, &[all, upsert], &options).map(drop)
        }
        3 => {
            let statement = anser::engine::DeleteStatement {
                filter: raw(doc! { "a": { "$lt": 110 } }),
                multi: true,
                hint: None,
            };
            engine.delete(&users, &[statement], &options).map(drop)
        }
        4 => engine.create_indexes(&users, &[index(doc! { "b": 1, "t": 1 })]).map(drop),
        5 => engine.drop_indexes(&users, &IndexChoice::All).map(drop),
        6 => engine.rename_collection(&users, &Namespace::new("main", "people")?, false),
        7 => engine.drop_database("main").map(drop),
        _ => Ok(()),
    }
}

/// Everything that can be seen.
fn state(database: &Database) -> (Vec<String>, Vec<Document>, Vec<String>) {
    let collections = database.engine().list_collections("main").unwrap();
    let names: Vec<_> = collections.into_iter().map(|collection| collection.name).collect();
    let indexes = if names.iter().any(|name| name == "users") { index_names(database) } else { Vec::new() };
    (names, all(database), indexes)
}

#[test]
fn a_statement_that_the_storage_fails_has_done_nothing() {
    let mut failed = 0;
    for step in 0..8 {
        for operation in [Operation::Write, Operation::Commit, Operation::Read] {
            for nth in 1.. {
                let (database, faults) = open();
                (0..step).for_each(|step| run(&database, step).unwrap());
                let before = state(&database);
                faults.fail(operation, nth, ErrorKind::Io);
                let outcome = run(&database, step);
                faults.clear();
                let differences = database.check().unwrap();
                assert_eq!(differences, Vec::<String>::new(), "step {step}, {operation:?} {nth}");
                if outcome.is_ok() {
                    break;
                }
                failed += 1;
                assert_eq!(state(&database), before, "step {step}, {operation:?} {nth}");
                // And the same statement goes through afterwards.
                run(&database, step).unwrap();
            }
        }
    }
    assert!(failed > 300, "so many failures were tried: {failed}");
}

#[test]
fn an_open_that_the_storage_fails_is_an_error_and_can_be_made_again() {
    for nth in 1.. {
        let inner: Arc<dyn StorageStrategy> = Arc::new(MemoryStrategy::new());
        let fault = Fault::new(Arc::clone(&inner));
        fault.faults().fail(Operation::Write, nth, ErrorKind::Full);
        let opened = anser::engine::Embedded::open(Box::new(fault), Durability::Synced);
        let Err(error) = opened else { break };
        assert_eq!(error.kind(), anser::ErrorKind::Storage);
        let again = Fault::new(inner);
        assert!(anser::engine::Embedded::open(Box::new(again), Durability::Synced).is_ok());
    }
}

#[test]
fn a_build_that_the_storage_fails_is_told_to_who_waits_and_leaves_no_index() {
    let fault = Fault::new(Arc::new(MemoryStrategy::new()));
    let faults = fault.faults();
    let database = Database::builder().storage("test", Box::new(fault)).open("test:").unwrap();
    insert(&database, (0..5000).map(|id| doc! { "_id": id, "a": id }).collect());
    // The request's own transaction puts 1000 entries, the thread's the others.
    faults.fail(Operation::Write, 3000, ErrorKind::Io);
    let error = create_index(&database, index(doc! { "a": 1 })).unwrap_err();
    assert_eq!(error.kind(), anser::ErrorKind::Storage);
    assert_eq!(index_names(&database), ["_id_"]);
    create_index(&database, index(doc! { "a": 1 })).unwrap();
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
}

#[test]
fn everyone_who_waits_for_a_build_that_the_storage_fails_is_told() {
    for operation in [Operation::Write, Operation::Commit] {
        let fault = Fault::new(Arc::new(MemoryStrategy::new()));
        let faults = fault.faults();
        let database = Database::builder().storage("test", Box::new(fault)).open("test:").unwrap();
        insert(&database, (0..30_000).map(|id| doc! { "_id": id, "a": id }).collect());
        let nth = if operation == Operation::Write { 25_000 } else { 40 };
        faults.fail(operation, nth, ErrorKind::Io);
        std::thread::scope(|scope| {
            let made = scope.spawn(|| create_index(&database, index(doc! { "a": 1 })));
            while index_names(&database).len() < 2 {
                std::thread::yield_now();
            }
            let others = [(); 3].map(|()| scope.spawn(|| create_index(&database, index(doc! { "a": 1 }))));
            assert_eq!(made.join().unwrap().unwrap_err().kind(), anser::ErrorKind::Storage);
            for other in others {
                // Whoever came when it was all over has made the index anew.
                if let Err(error) = other.join().unwrap() {
                    assert_eq!(error.kind(), anser::ErrorKind::Storage);
                }
            }
        });
        faults.clear();
        create_index(&database, index(doc! { "a": 1 })).unwrap();
        assert_eq!(database.check().unwrap(), Vec::<String>::new());
    }
}
