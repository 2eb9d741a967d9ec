//! Databases to try things on, on every storage, and short words for what is tried.

use anser::Database;
use anser::engine::*;
use bson::{Document, RawDocumentBuf};

/// Runs `test` on a fresh database of every storage, and holds its indexes to its documents afterwards.
pub(crate) fn everywhere(test: impl Fn(&Database)) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    for url in ["memory:".to_owned(), format!("sqlite:{}?durability=os", file.display())] {
        let database = Database::open(&url).unwrap();
        test(&database);
        assert_eq!(database.check().unwrap(), Vec::<String>::new(), "on {url}");
        database.close().unwrap();
    }
}

pub(crate) fn raw(document: Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(&document).unwrap()
}

pub(crate) fn users(database: &Database) -> Namespace {
    database.namespace("users").unwrap()
}

pub(crate) fn insert(database: &Database, documents: Vec<Document>) -> InsertOutcome {
    insert_with(database, documents, &WriteOptions::default())
}

pub(crate) fn insert_with(
    database: &Database,
    documents: Vec<Document>,
    options: &WriteOptions,
) -> InsertOutcome {
    let documents = documents.into_iter().map(raw).collect();
    database.engine().insert(&users(database), documents, options).unwrap()
}

pub(crate) fn unordered() -> WriteOptions {
    WriteOptions { ordered: false, ..WriteOptions::default() }
}

pub(crate) fn statement(filter: Document, update: Document) -> UpdateStatement {
    let (filter, update) = (raw(filter), raw(update));
    UpdateStatement { filter, update, multi: false, upsert: false, hint: None, sort: None }
}

pub(crate) fn update(database: &Database, statement: UpdateStatement) -> UpdateOutcome {
    database.engine().update(&users(database), &[statement], &WriteOptions::default()).unwrap()
}

pub(crate) fn delete(database: &Database, filter: Document, multi: bool) -> DeleteOutcome {
    let statement = DeleteStatement { filter: raw(filter), multi, hint: None };
    database.engine().delete(&users(database), &[statement], &WriteOptions::default()).unwrap()
}

pub(crate) fn index(keys: Document) -> IndexSpec {
    IndexSpec::new(keys)
}

pub(crate) fn unique(keys: Document) -> IndexSpec {
    let mut spec = IndexSpec::new(keys);
    spec.unique = true;
    spec
}

pub(crate) fn create_index(database: &Database, spec: IndexSpec) -> anser::Result<CreateIndexesOutcome> {
    database.engine().create_indexes(&users(database), &[spec])
}

/// Every document, in natural order.
pub(crate) fn all(database: &Database) -> Vec<Document> {
    find(database, Document::new())
}

pub(crate) fn find(database: &Database, filter: Document) -> Vec<Document> {
    let mut request = FindRequest::default();
    request.filter = raw(filter);
    let mut cursor = database.engine().find(&users(database), &request).unwrap();
    let mut found = Vec::new();
    while let Some(document) = cursor.next().unwrap() {
        found.push(Document::try_from(document).unwrap());
    }
    found
}

pub(crate) fn index_names(database: &Database) -> Vec<String> {
    let indexes = database.engine().list_indexes(&users(database)).unwrap();
    indexes.into_iter().map(|index| index.name).collect()
}
