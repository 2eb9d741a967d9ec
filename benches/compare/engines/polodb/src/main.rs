//! PoloDB 5: typed collection, unique index on email, index on age.
//!
//! Read in its source (vm/codegen.rs, try_query_by_index): an index serves only
//! equality, on its first key, and only for reads; a range on an indexed field
//! and every update/delete not by _id walks the whole collection. Every commit
//! is a RocksDB transaction with sync=true; there is no other setting.
use peerbench_common::{Engine, User};
use polodb_core::bson::{Document, doc};
use polodb_core::{Collection, CollectionT, Database, IndexModel, IndexOptions};
use std::path::Path;

struct Db {
    // declared first: dropped before the database
    users: Collection<User>,
    db: Database,
}

impl Db {
    fn count(&self, filter: Document) -> u64 {
        let mut c =
            self.users.aggregate(vec![doc! { "$match": filter }, doc! { "$count": "n" }]).run().unwrap();
        if !c.advance().unwrap() {
            return 0;
        }
        let d = c.deserialize_current().unwrap();
        d.get_i64("n").unwrap_or_else(|_| d.get_i32("n").unwrap() as i64) as u64
    }
    fn find(&self, filter: Document) -> Vec<User> {
        self.users.find(filter).run().unwrap().map(|u| u.unwrap()).collect()
    }
}

impl Engine for Db {
    const NAME: &'static str = "polodb";
    const MODES: &'static [(&'static str, &'static str)] =
        &[("sync", "fsync per commit (fixed: RocksDB WriteOptions.sync = true)")];
    fn open(dir: &Path, _: &str) -> Self {
        let path = dir.join("data.polodb");
        let fresh = !path.exists();
        let db = Database::open_path(path).unwrap();
        let users = db.collection::<User>("users");
        if fresh {
            users
                .create_index(IndexModel {
                    keys: doc! { "email": 1 },
                    options: Some(IndexOptions { unique: Some(true), ..Default::default() }),
                })
                .unwrap();
            users.create_index(IndexModel { keys: doc! { "age": 1 }, options: None }).unwrap();
        }
        Db { users, db }
    }
    fn insert_one(&mut self, u: User) {
        self.users.insert_one(u).unwrap();
    }
    fn insert_many(&mut self, us: Vec<User>) {
        self.users.insert_many(us).unwrap();
    }
    fn find_by_email(&mut self, email: &str) -> Option<User> {
        self.users.find_one(doc! { "email": email }).unwrap()
    }
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        self.find(doc! { "age": { "$gte": lo, "$lt": hi } })
    }
    fn find_scan(&mut self, city: &str) -> Vec<User> {
        self.find(doc! { "city": city, "active": true })
    }
    fn count_scan(&mut self, city: &str) -> u64 {
        self.count(doc! { "city": city, "active": true })
    }
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        self.count(doc! { "age": { "$gte": lo, "$lt": hi } })
    }
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let r = self.users.update_one(doc! { "email": email }, doc! { "$set": { "city": city } }).unwrap();
        r.modified_count == 1
    }
    fn delete_by_email(&mut self, email: &str) -> bool {
        self.users.delete_one(doc! { "email": email }).unwrap().deleted_count == 1
    }
    fn persistent(_: &str) -> bool {
        true
    }
    fn close(self) {
        drop(self.users);
        drop(self.db);
    }
}

fn main() {
    peerbench_common::main::<Db>()
}
