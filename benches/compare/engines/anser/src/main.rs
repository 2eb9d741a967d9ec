//! Anser, on memory and on SQLite, as a program uses it: a model, typed filters and updates. `_id` is an ObjectId.
use anser::prelude::*;
use peerbench_common::{Engine, User};
use std::path::Path;

/// A user as it is stored.
#[derive(Model)]
#[model(collection = "users")]
struct Stored {
    #[model(id)]
    id: ObjectId,
    name: String,
    #[model(unique)]
    email: String,
    #[model(index)]
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
    users: Collection<Stored>,
}

fn ages(lo: i32, hi: i32) -> Filter<Stored> {
    Stored::AGE.gte(lo) & Stored::AGE.lt(hi)
}

fn scanned(city: &str) -> Filter<Stored> {
    Stored::CITY.eq(city) & Stored::ACTIVE.eq(true)
}

impl Db {
    fn find(&self, filter: Filter<Stored>) -> Vec<User> {
        self.users.find(filter).into_iter().map(|user| user.unwrap().into()).collect()
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
        database.register::<Stored>().unwrap();
        let users = database.collection::<Stored>();
        Db { database, users }
    }

    fn insert_one(&mut self, u: User) {
        self.users.insert_one(Stored::from(u)).run().unwrap();
    }

    fn insert_many(&mut self, us: Vec<User>) {
        let n = us.len();
        let outcome = self.users.insert_many(us.into_iter().map(Stored::from)).run().unwrap();
        assert_eq!(outcome.inserted_ids.len(), n);
    }

    fn find_by_email(&mut self, email: &str) -> Option<User> {
        self.users.find_one(Stored::EMAIL.eq(email)).run().unwrap().map(User::from)
    }

    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        self.find(ages(lo, hi))
    }

    fn find_scan(&mut self, city: &str) -> Vec<User> {
        self.find(scanned(city))
    }

    fn count_scan(&mut self, city: &str) -> u64 {
        self.users.count_documents(scanned(city)).run().unwrap()
    }

    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        self.users.count_documents(ages(lo, hi)).run().unwrap()
    }

    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let outcome = self.users.update_one(Stored::EMAIL.eq(email), Stored::CITY.set(city)).run().unwrap();
        outcome.matched_count == 1
    }

    fn delete_by_email(&mut self, email: &str) -> bool {
        self.users.delete_one(Stored::EMAIL.eq(email)).run().unwrap().deleted_count == 1
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
