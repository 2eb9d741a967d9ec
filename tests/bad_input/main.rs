//! Bad input: each is an error that says what and where, with MongoDB's code where it has one, and leaves
//! everything stored as it was.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod broken;
mod commands;
mod files;

use anser::Database;
use anser::engine::{DocumentCursor, FindRequest};
use bson::{Bson, Document, RawDocumentBuf, doc};

/// Runs `test` on every storage, over a collection `users` with some documents and indexes.
fn everywhere(test: impl Fn(&Database)) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}?durability=os", folder.path().join("bad.db").display());
    for url in ["memory:", &sqlite] {
        let database = Database::open(url).unwrap();
        fill(&database);
        test(&database);
        assert_eq!(database.check().unwrap(), Vec::<String>::new(), "on {url}");
        database.close().unwrap();
    }
}

fn fill(database: &Database) {
    let documents = vec![
        doc! { "_id": 1, "name": "Ada", "age": 36, "tags": ["x", 1, null], "home": { "city": "Paris" } },
        doc! { "_id": 2, "name": "Bob", "age": 17i64, "tags": [], "home": { "city": "Rome" } },
        doc! { "_id": 3, "name": "Eve", "age": i64::MAX, "tags": [[1], { "a": 1 }], "home": "none" },
    ];
    database.run_command(&doc! { "insert": "users", "documents": documents }).unwrap();
    let indexes = vec![
        doc! { "key": { "name": 1 }, "name": "name_1", "unique": true },
        doc! { "key": { "age": -1, "home.city": 1 }, "name": "age_city" },
        doc! { "key": { "tags": 1 }, "name": "tags_1" },
    ];
    database.run_command(&doc! { "createIndexes": "users", "indexes": indexes }).unwrap();
}

/// Everything that is stored: each collection with its indexes and its documents, byte for byte.
fn stored(database: &Database) -> Vec<(String, Vec<String>, Vec<RawDocumentBuf>)> {
    let engine = database.engine();
    let mut collections = Vec::new();
    for collection in engine.list_collections(database.name()).unwrap() {
        let namespace = database.namespace(&collection.name).unwrap();
        let indexes = engine.list_indexes(&namespace).unwrap().into_iter().map(|index| index.name).collect();
        let mut cursor = engine.find(&namespace, &FindRequest::default()).unwrap();
        collections.push((collection.name, indexes, rest(&mut *cursor)));
    }
    collections
}

fn rest(cursor: &mut dyn DocumentCursor) -> Vec<RawDocumentBuf> {
    let mut documents = Vec::new();
    while let Some(document) = cursor.next().unwrap() {
        documents.push(document.to_owned());
    }
    documents
}

/// The code and the message of a command's error, or of its first write error; the panic says what it did instead.
fn refusal(database: &Database, command: &Document) -> (i32, String) {
    match database.run_command(command) {
        Err(error) => (error.code().0, error.message().to_owned()),
        Ok(reply) => match reply.get_array("writeErrors").map(|errors| errors[0].clone()) {
            Ok(Bson::Document(error)) => {
                (error.get_i32("code").unwrap(), error.get_str("errmsg").unwrap().to_owned())
            }
            _ => panic!("{command} was carried out: {reply}"),
        },
    }
}

/// Holds a command to its code, to words of its message, and to leaving everything as it was.
fn refused(database: &Database, command: &Document, code: i32, words: &[&str]) {
    let before = stored(database);
    let (found, message) = refusal(database, command);
    assert_eq!(found, code, "{command}: {message}");
    for word in words {
        assert!(message.contains(word), "{command}: {word:?} is not in {message:?}");
    }
    assert!(stored(database) == before, "{command}: something stored has changed");
}

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}
