//! Building indexes while others write.

use crate::support::*;
use anser::Database;
use anser::engine::Engine;
use bson::doc;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn an_index_built_while_writes_go_on_holds_every_document() {
    everywhere(|database| {
        insert(database, (0..4000).map(|id| doc! { "_id": id, "a": id, "b": [id, id + 1] }).collect());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut round = 0;
                while !done.load(Ordering::Relaxed) {
                    let id = (round * 37) % 4000;
                    update(database, statement(doc! { "_id": id }, doc! { "$set": { "a": -id } }));
                    update(database, statement(doc! { "_id": id + 1 }, doc! { "$set": { "b": [1, round] } }));
                    insert(database, vec![doc! { "a": 10_000 + round, "b": round }]);
                    delete(database, doc! { "_id": (round * 11) % 4000 }, false);
                    round += 1;
                }
            });
            create_index(database, index(doc! { "a": 1 })).unwrap();
            create_index(database, index(doc! { "b": -1, "a": 1 })).unwrap();
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(index_names(database).len(), 3);
        assert!(database.engine().list_indexes(&users(database)).unwrap().iter().all(|index| index.ready));
    });
}

#[test]
fn a_background_build_over_duplicates_fails_and_leaves_no_index() {
    everywhere(|database| {
        let mut documents: Vec<_> = (0..3000).map(|id| doc! { "_id": id, "a": id }).collect();
        documents.push(doc! { "_id": 3000, "a": 5 });
        insert(database, documents);
        let both = [index(doc! { "b": 1 }), unique(doc! { "a": 1 })];
        let error = database.engine().create_indexes(&users(database), &both).unwrap_err();
        assert_eq!((error.kind(), error.code().0), (anser::ErrorKind::DuplicateKey, 11000));
        assert_eq!(error.write_errors()[0].key_value, Some(doc! { "a": 5 }));
        assert_eq!(index_names(database), ["_id_"]);
    });
}

#[test]
fn whoever_waits_builds_where_there_is_no_thread() {
    let engine = Database::builder().without_thread().open_engine("memory:").unwrap();
    let database = Database::with_engine(std::sync::Arc::new(engine.clone()), "main").unwrap();
    insert(&database, (0..2500).map(|id| doc! { "_id": id, "a": id }).collect());
    create_index(&database, index(doc! { "a": 1 })).unwrap();
    assert!(!engine.tick().unwrap());
    assert_eq!(engine.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_build_that_was_cut_short_goes_on_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?durability=os", folder.path().join("test.db").display());
    {
        // No thread, and nobody waits: the waiting thread is stopped by closing.
        let engine = Database::builder().without_thread().open_engine(&url).unwrap();
        let database = Database::with_engine(std::sync::Arc::new(engine.clone()), "main").unwrap();
        insert(&database, (0..6000).map(|id| doc! { "_id": id, "a": id }).collect());
        std::thread::scope(|scope| {
            let made = scope.spawn(|| create_index(&database, index(doc! { "a": 1 })));
            while engine.list_indexes(&users(&database)).unwrap().len() < 2 {
                std::thread::yield_now();
            }
            engine.close().unwrap();
            // Either it was quick, or it was told that the database was closed.
            if let Err(error) = made.join().unwrap() {
                assert_eq!(error.kind(), anser::ErrorKind::Closed);
            }
        });
    }
    let engine = Database::builder().without_thread().open_engine(&url).unwrap();
    let database = Database::with_engine(std::sync::Arc::new(engine.clone()), "main").unwrap();
    insert(&database, vec![doc! { "a": 7 }]);
    while engine.tick().unwrap() {}
    assert!(engine.list_indexes(&users(&database)).unwrap().iter().all(|index| index.ready));
    assert_eq!(index_names(&database), ["_id_", "a_1"]);
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
}

#[test]
fn an_index_can_be_dropped_while_it_is_built() {
    let engine = Database::builder().without_thread().open_engine("memory:").unwrap();
    let database = Database::with_engine(std::sync::Arc::new(engine.clone()), "main").unwrap();
    insert(&database, (0..50_000).map(|id| doc! { "_id": id, "a": id }).collect());
    std::thread::scope(|scope| {
        let made = scope.spawn(|| create_index(&database, index(doc! { "a": 1 })));
        while engine.list_indexes(&users(&database)).unwrap().len() < 2 {
            std::thread::yield_now();
        }
        let dropped = engine.drop_indexes(&users(&database), &anser::engine::IndexChoice::All);
        assert_eq!(dropped.unwrap(), 2);
        if let Err(error) = made.join().unwrap() {
            assert_eq!(error.code().0, 276);
        }
    });
    assert_eq!(index_names(&database), ["_id_"]);
    assert_eq!(engine.check().unwrap(), Vec::<String>::new());
}

#[test]
fn everyone_who_waits_for_a_build_over_duplicates_is_told_of_the_duplicate() {
    everywhere(|database| {
        let mut documents: Vec<_> = (0..20_000).map(|id| doc! { "_id": id, "a": id }).collect();
        documents.push(doc! { "_id": 20_000, "a": 5 });
        insert(database, documents);
        std::thread::scope(|scope| {
            let made = [(); 4].map(|()| scope.spawn(|| create_index(database, unique(doc! { "a": 1 }))));
            for made in made {
                assert_eq!(made.join().unwrap().unwrap_err().code().0, 11000);
            }
        });
        assert_eq!(index_names(database), ["_id_"]);
        delete(database, doc! { "_id": 20_000 }, false);
        create_index(database, unique(doc! { "a": 1 })).unwrap();
    });
}
