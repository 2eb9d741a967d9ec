//! A storage with narrow limits: short keys, small transactions.

use crate::support::*;
use anser::Database;
use anser::engine::{Engine, WriteOptions};
use anser_storage::layer::trace::TraceLog;
use anser_storage::memory::MemoryStrategy;
use anser_storage::{
    Capabilities, Durability, ReadTxn, Result, StorageStrategy, TreeId, WriteTxn, layer::Trace,
};
use bson::doc;
use std::sync::Arc;

/// A strategy that says it can do less.
#[derive(Debug)]
struct Narrow<S> {
    inner: S,
    key_bytes_max: usize,
    transaction_bytes: usize,
}

impl<S: StorageStrategy> StorageStrategy for Narrow<S> {
    fn name(&self) -> &str {
        "narrow"
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.key_bytes_max = self.key_bytes_max;
        capabilities.transaction_bytes = self.transaction_bytes;
        capabilities
    }

    fn trees(&self) -> Result<Vec<TreeId>> {
        self.inner.trees()
    }

    fn sync(&self) -> Result<()> {
        self.inner.sync()
    }

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.inner.begin_read()
    }

    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>> {
        self.inner.begin_write(durability)
    }
}

fn open(key_bytes_max: usize, transaction_bytes: usize) -> (Database, TraceLog) {
    let trace = Trace::new(Arc::new(MemoryStrategy::new()));
    let log = trace.log();
    let narrow = Narrow { inner: trace, key_bytes_max, transaction_bytes };
    (Database::builder().storage("narrow", Box::new(narrow)).open("narrow:").unwrap(), log)
}

#[test]
fn keys_that_are_too_long_are_still_found_and_still_unique() {
    let (database, _) = open(64, usize::MAX);
    create_index(&database, unique(doc! { "a": 1 })).unwrap();
    create_index(&database, index(doc! { "b": -1, "a": 1 })).unwrap();
    let long = |end: &str| format!("{}{end}", "x".repeat(200));
    let documents = vec![
        doc! { "_id": 1, "a": long("1"), "b": long("z") },
        doc! { "_id": 2, "a": long("2"), "b": long("z") },
        doc! { "_id": 3, "a": "short", "b": [long("p"), long("q")] },
        doc! { "_id": 4, "a": "x".repeat(30), "b": 1 },
    ];
    assert_eq!(insert(&database, documents).inserted, 4);
    let outcome = insert(&database, vec![doc! { "_id": 5, "a": long("2") }]);
    assert_eq!(outcome.write_errors[0].key_value, Some(doc! { "a": long("2") }));
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
    let ids = |filter| -> Vec<i32> {
        let found = find(&database, filter);
        let mut ids: Vec<i32> = found.iter().map(|document| document.get_i32("_id").unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(doc! { "a": long("2") }), [2]);
    assert_eq!(ids(doc! { "b": long("z") }), [1, 2]);
    assert_eq!(ids(doc! { "b": long("q") }), [3]);
    assert_eq!(ids(doc! { "a": { "$gt": long("1") } }), [2]);
    assert_eq!(ids(doc! { "a": { "$gte": "x", "$lte": long("1") } }), [1, 4]);
    assert_eq!(ids(doc! { "a": { "$lt": long("1") } }), [3, 4]);
    assert_eq!(ids(doc! { "b": { "$lt": long("q") } }), [3]);
    let mut request = anser::engine::FindRequest::default();
    request.sort = Some(raw(doc! { "a": 1 }));
    let mut cursor = database.engine().find(&users(&database), &request).unwrap();
    let mut sorted = Vec::new();
    while let Some(document) = cursor.next().unwrap() {
        sorted.push(document.get_i32("_id").unwrap());
    }
    assert_eq!(sorted, [3, 4, 1, 2]);
    update(&database, statement(doc! { "a": long("2") }, doc! { "$set": { "a": long("3") } }));
    delete(&database, doc! { "b": long("q") }, false);
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_statement_larger_than_a_transaction_commits_in_pieces() {
    let (database, log) = open(usize::MAX, 10_000);
    create_index(&database, index(doc! { "a": 1 })).unwrap();
    let documents =
        |from: i32| (from..from + 1000).map(|id| doc! { "_id": id, "a": id % 7, "b": 0 }).collect();
    log.take_counts();
    assert_eq!(insert(&database, documents(0)).inserted, 1000);
    assert!(log.take_counts().commits > 3);
    let mut all_of_them = statement(doc! { "a": { "$lt": 5 } }, doc! { "$inc": { "a": 1, "b": 1 } });
    all_of_them.multi = true;
    assert_eq!(update(&database, all_of_them).modified, 715);
    assert!(log.take_counts().commits > 3);
    assert_eq!(find(&database, doc! { "b": 1 }).len(), 715);
    assert_eq!(delete(&database, doc! { "a": { "$gte": 3 } }, true).deleted, 714);
    assert!(log.take_counts().commits > 3);
    assert_eq!(all(&database).len(), 286);
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
    // An atomic one is one transaction, however large.
    log.take_counts();
    let options = WriteOptions { atomic: true, ..WriteOptions::default() };
    assert_eq!(insert_with(&database, documents(1000), &options).inserted, 1000);
    assert_eq!(log.take_counts().commits, 1);
}

#[test]
fn opening_drops_trees_that_the_catalog_does_not_name() {
    let storage: Arc<dyn StorageStrategy> = Arc::new(MemoryStrategy::new());
    let open = || {
        let trace = Box::new(Trace::new(Arc::clone(&storage)));
        anser::engine::Embedded::open(trace, Durability::Synced).unwrap()
    };
    let engine = open();
    let users = anser::engine::Namespace::new("main", "users").unwrap();
    engine.create_collection(&users).unwrap();
    let named = storage.trees().unwrap();
    let mut txn = storage.begin_write(Durability::Os).unwrap();
    let spec = anser_storage::TreeSpec { shape: anser_storage::Shape::Keys, derived: true, label: "lost" };
    txn.create_tree(TreeId(999), &spec).unwrap();
    txn.commit().unwrap();
    let again = open();
    assert_eq!(storage.trees().unwrap(), named);
    assert_eq!(again.list_collections("main").unwrap().len(), 1);
}

#[test]
fn derived_trees_that_a_storage_has_lost_are_built_again_at_open() {
    let storage: Arc<dyn StorageStrategy> = Arc::new(MemoryStrategy::new());
    let open = || {
        let trace = Box::new(Trace::new(Arc::clone(&storage)));
        let engine = anser::engine::Embedded::open(trace, Durability::Synced).unwrap();
        Database::with_engine(Arc::new(engine), "main").unwrap()
    };
    let database = open();
    create_index(&database, index(doc! { "a": 1 })).unwrap();
    insert(&database, (0..1200).map(|id| doc! { "_id": id, "a": [id, id + 1] }).collect());
    // The catalog is tree 0 and the documents tree 1; the indexes come after.
    let mut txn = storage.begin_write(Durability::Os).unwrap();
    txn.drop_tree(TreeId(2)).unwrap();
    txn.drop_tree(TreeId(3)).unwrap();
    txn.commit().unwrap();
    let again = open();
    assert_eq!(again.check().unwrap(), Vec::<String>::new());
    assert_eq!(find(&again, doc! { "a": 5 }).len(), 2);
    assert_eq!(insert(&again, vec![doc! { "_id": 7 }]).write_errors[0].code.0, 11000);
}

#[test]
fn a_catalog_of_a_newer_format_is_refused_by_name() {
    let storage: Arc<dyn StorageStrategy> = Arc::new(MemoryStrategy::new());
    let open = || {
        let trace = Box::new(Trace::new(Arc::clone(&storage)));
        anser::engine::Embedded::open(trace, Durability::Synced)
    };
    open().unwrap();
    let mut txn = storage.begin_write(Durability::Os).unwrap();
    let format = raw(doc! { "catalog": 9, "key": 1 });
    txn.put(TreeId::CATALOG, anser_storage::Key::Bytes(b"format"), format.as_bytes()).unwrap();
    txn.commit().unwrap();
    let error = open().unwrap_err();
    assert!(error.message().contains("catalog format 9"), "{error}");
}
