//! The engine over a folder: what it wrote is there again, indexes included, and a person can read it.

#![allow(clippy::unwrap_used)]

use anser::{Database, bson::doc};

#[test]
fn a_folder_reopens_with_its_documents_and_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}", folder.path().join("data").display());
    let database = Database::open(&url).unwrap();
    let run = |database: &Database, command| database.run_command(&command).unwrap();
    run(
        &database,
        doc! { "insert": "users", "documents": [{ "_id": 1, "name": "Ada" }, { "_id": 2, "name": "Grace" }] },
    );
    let index = doc! { "key": { "name": 1 }, "name": "by_name", "unique": true };
    run(&database, doc! { "createIndexes": "users", "indexes": [index] });
    run(&database, doc! { "delete": "users", "deletes": [{ "q": { "_id": 1 }, "limit": 1 }] });
    database.close().unwrap();
    let log = std::fs::read_to_string(folder.path().join("data/wal.ndjson")).unwrap();
    assert!(log.contains(r#""document":{"_id":2,"name":"Grace"}}"#), "{log}");

    let database = Database::open(&url).unwrap();
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
    let find = doc! { "find": "users", "filter": { "name": "Grace" }, "hint": "by_name" };
    let found = run(&database, find);
    let batch = found.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    assert_eq!(batch, &vec![doc! { "_id": 2, "name": "Grace" }.into()]);
    let twice = run(&database, doc! { "insert": "users", "documents": [{ "_id": 3, "name": "Grace" }] });
    assert!(twice.contains_key("writeErrors"), "the unique index was lost: {twice}");
    assert!(Database::open(&url).unwrap_err().to_string().contains("has this folder open"));
}
