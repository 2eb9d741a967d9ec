//! Making, renaming and dropping collections.

use crate::support::*;
use anser::engine::Namespace;
use bson::doc;

fn names(database: &anser::Database) -> Vec<String> {
    let collections = database.engine().list_collections(database.name()).unwrap();
    collections.into_iter().map(|collection| collection.name).collect()
}

#[test]
fn collections_are_made_listed_and_dropped() {
    everywhere(|database| {
        let engine = database.engine();
        engine.create_collection(&database.namespace("b").unwrap()).unwrap();
        engine.create_collection(&database.namespace("a").unwrap()).unwrap();
        engine.create_collection(&database.namespace("a").unwrap()).unwrap();
        assert_eq!(names(database), ["a", "b"]);
        assert!(engine.drop_collection(&database.namespace("a").unwrap()).unwrap());
        assert!(!engine.drop_collection(&database.namespace("a").unwrap()).unwrap());
        assert_eq!(names(database), ["b"]);
    });
}

#[test]
fn a_collection_made_again_is_empty_and_another() {
    everywhere(|database| {
        insert(database, vec![doc! { "_id": 1 }]);
        let engine = database.engine();
        let before = engine.list_collections("main").unwrap();
        engine.drop_collection(&users(database)).unwrap();
        assert_eq!(all(database), []);
        insert(database, vec![doc! { "_id": 1, "b": 1 }]);
        assert_eq!(all(database), [doc! { "_id": 1, "b": 1 }]);
        assert_ne!(before[0].uuid, engine.list_collections("main").unwrap()[0].uuid);
    });
}

#[test]
fn a_rename_takes_documents_and_indexes_along() {
    everywhere(|database| {
        create_index(database, unique(doc! { "a": 1 })).unwrap();
        insert(database, vec![doc! { "_id": 1, "a": 1 }]);
        let engine = database.engine();
        let (from, to) = (users(database), Namespace::new("other", "people").unwrap());
        engine.create_collection(&to).unwrap();
        assert_eq!(engine.rename_collection(&from, &to, false).unwrap_err().code().0, 48);
        engine.rename_collection(&from, &to, true).unwrap();
        assert_eq!(engine.rename_collection(&from, &to, true).unwrap_err().code().0, 26);
        assert_eq!(engine.rename_collection(&to, &to, true).unwrap_err().code().0, 20);
        assert_eq!(names(database), [""; 0]);
        let outcome = engine.insert(&to, vec![raw(doc! { "_id": 2, "a": 1 })], &Default::default()).unwrap();
        assert!(outcome.write_errors[0].message.contains("collection: other.people index: a_1"));
    });
}

#[test]
fn databases_are_kept_apart_and_dropped_whole() {
    everywhere(|database| {
        let other = database.database("other").unwrap();
        insert(database, vec![doc! { "_id": 1 }]);
        insert(&other, vec![doc! { "_id": 1 }, doc! { "_id": 2 }]);
        let databases = database.engine().list_databases().unwrap();
        let names: Vec<_> = databases.iter().map(|database| database.name.as_str()).collect();
        assert_eq!(names, ["main", "other"]);
        assert!(databases.iter().all(|database| database.size_bytes > 0));
        assert!(other.drop_database().unwrap());
        assert!(!other.drop_database().unwrap());
        assert_eq!((all(database).len(), all(&other).len()), (1, 0));
    });
}

#[test]
fn what_is_asked_of_a_closed_database_is_an_error() {
    everywhere(|database| {
        let again = database.clone();
        assert_eq!(again.check().unwrap(), Vec::<String>::new());
    });
    let database = anser::Database::open("memory:").unwrap();
    database.close().unwrap();
    database.close().unwrap();
    let error = database.engine().list_databases().unwrap_err();
    assert_eq!(error.kind(), anser::ErrorKind::Closed);
    let users = database.namespace("users").unwrap();
    let error = database.engine().insert(&users, vec![raw(doc! {})], &Default::default()).unwrap_err();
    assert_eq!(error.kind(), anser::ErrorKind::Closed);
}
