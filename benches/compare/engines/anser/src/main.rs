//! Anser, on memory and on SQLite: raw BSON through `anser::codec` and the engine that the typed collections stand
//! on. `_id` is an ObjectId.
use anser::bson::oid::ObjectId;
use anser::bson::{RawDocumentBuf, doc, rawdoc};
use anser::engine::{
    CountRequest, DeleteStatement, FindRequest, IndexSpec, Namespace, UpdateStatement, WriteOptions,
};
use anser::{Database, codec};
use peerbench_common::{Engine, User};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A user as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "_id")]
    id: ObjectId,
    name: String,
    email: String,
    age: i32,
    city: String,
    active: bool,
    tags: Vec<String>,
    created_at: i64,
}

impl From<User> for Stored {
    fn from(u: User) -> Stored {
        let User { id, name, email, age, city, active, tags, created_at } = u;
        let id = ObjectId::parse_str(&id).unwrap();
        Stored { id, name, email, age, city, active, tags, created_at }
    }
}

impl From<Stored> for User {
    fn from(s: Stored) -> User {
        let Stored { id, name, email, age, city, active, tags, created_at } = s;
        User { id: id.to_hex(), name, email, age, city, active, tags, created_at }
    }
}

struct Db {
    database: Database,
    users: Namespace,
}

fn encode(u: User) -> RawDocumentBuf {
    let mut bytes = Vec::with_capacity(256);
    codec::encode(&Stored::from(u), &mut bytes).unwrap();
    RawDocumentBuf::from_bytes(bytes).unwrap()
}

fn ages(lo: i32, hi: i32) -> RawDocumentBuf {
    rawdoc! { "age": { "$gte": lo, "$lt": hi } }
}

fn scanned(city: &str) -> RawDocumentBuf {
    rawdoc! { "city": city, "active": true }
}

impl Db {
    fn insert(&self, documents: Vec<RawDocumentBuf>) {
        let n = documents.len() as u64;
        let outcome =
            self.database.engine().insert(&self.users, documents, &WriteOptions::default()).unwrap();
        assert_eq!(outcome.inserted, n);
    }

    fn find(&self, filter: RawDocumentBuf, limit: Option<u64>) -> Vec<User> {
        let mut request = FindRequest::default();
        (request.filter, request.limit) = (filter, limit);
        let mut cursor = self.database.engine().find(&self.users, &request).unwrap();
        let mut found = Vec::new();
        while let Some(document) = cursor.next().unwrap() {
            found.push(codec::decode::<Stored>(document.as_bytes()).unwrap().into());
        }
        found
    }

    fn count(&self, filter: RawDocumentBuf) -> u64 {
        let request = CountRequest { filter, ..CountRequest::default() };
        self.database.engine().count(&self.users, &request).unwrap()
    }
}

impl Engine for Db {
    const NAME: &'static str = "anser";
    const MODES: &'static [(&'static str, &'static str)] = &[
        ("memory", "none (memory)"),
        ("sqlite-full", "Durability::Synced: fsync per commit"),
        ("sqlite-normal", "Durability::Os: with the operating system when commit returns"),
    ];

    fn open(dir: &Path, mode: &str) -> Self {
        let file = dir.join("data.db");
        let url = match mode {
            "memory" => "memory:".to_owned(),
            "sqlite-full" => format!("sqlite:{}?durability=synced", file.display()),
            _ => format!("sqlite:{}?durability=os", file.display()),
        };
        let database = Database::open(&url).unwrap();
        let users = database.namespace("users").unwrap();
        let mut email = IndexSpec::new(doc! { "email": 1 });
        email.unique = true;
        database.engine().create_indexes(&users, &[email, IndexSpec::new(doc! { "age": 1 })]).unwrap();
        Db { database, users }
    }

    fn insert_one(&mut self, u: User) {
        self.insert(vec![encode(u)]);
    }

    fn insert_many(&mut self, us: Vec<User>) {
        self.insert(us.into_iter().map(encode).collect());
    }

    fn find_by_email(&mut self, email: &str) -> Option<User> {
        self.find(rawdoc! { "email": email }, Some(1)).pop()
    }

    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        self.find(ages(lo, hi), None)
    }

    fn find_scan(&mut self, city: &str) -> Vec<User> {
        self.find(scanned(city), None)
    }

    fn count_scan(&mut self, city: &str) -> u64 {
        self.count(scanned(city))
    }

    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        self.count(ages(lo, hi))
    }

    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let statement = UpdateStatement {
            filter: rawdoc! { "email": email },
            update: rawdoc! { "$set": { "city": city } },
            multi: false,
            upsert: false,
            hint: None,
            sort: None,
        };
        let options = WriteOptions::default();
        self.database.engine().update(&self.users, &[statement], &options).unwrap().matched == 1
    }

    fn delete_by_email(&mut self, email: &str) -> bool {
        let statement = DeleteStatement { filter: rawdoc! { "email": email }, multi: false, hint: None };
        let options = WriteOptions::default();
        self.database.engine().delete(&self.users, &[statement], &options).unwrap().deleted == 1
    }

    fn persistent(mode: &str) -> bool {
        mode != "memory"
    }

    fn close(self) {
        self.database.close().unwrap();
    }
}

fn main() {
    peerbench_common::main::<Db>()
}
