//! native_db 0.8 (on redb 2): typed model with a unique and a plain secondary
//! key. It has no filters, so the unindexed scan decodes every document.
use native_db::*;
use native_model::{Model, native_model};
use peerbench_common::{Engine, User};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::OnceLock;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[native_model(id = 1, version = 1)]
#[native_db]
struct Person {
    #[primary_key]
    id: String,
    name: String,
    #[secondary_key(unique)]
    email: String,
    #[secondary_key]
    age: i32,
    city: String,
    active: bool,
    tags: Vec<String>,
    created_at: i64,
}

impl From<User> for Person {
    fn from(u: User) -> Self {
        Person {
            id: u.id,
            name: u.name,
            email: u.email,
            age: u.age,
            city: u.city,
            active: u.active,
            tags: u.tags,
            created_at: u.created_at,
        }
    }
}

impl From<Person> for User {
    fn from(u: Person) -> Self {
        User {
            id: u.id,
            name: u.name,
            email: u.email,
            age: u.age,
            city: u.city,
            active: u.active,
            tags: u.tags,
            created_at: u.created_at,
        }
    }
}

static MODELS: OnceLock<Models> = OnceLock::new();

struct Db {
    db: Database<'static>,
}

impl Engine for Db {
    const NAME: &'static str = "native_db";
    const MODES: &'static [(&'static str, &'static str)] = &[
        ("disk", "fsync per commit (redb Durability::Immediate, fixed)"),
        ("memory", "none (create_in_memory)"),
    ];
    fn open(dir: &Path, mode: &str) -> Self {
        let models = MODELS.get_or_init(|| {
            let mut m = Models::new();
            m.define::<Person>().unwrap();
            m
        });
        let path = dir.join("data.native_db");
        let db = if mode == "memory" {
            Builder::new().create_in_memory(models).unwrap()
        } else if path.exists() {
            Builder::new().open(models, path).unwrap()
        } else {
            Builder::new().create(models, path).unwrap()
        };
        Db { db }
    }
    fn insert_one(&mut self, u: User) {
        let rw = self.db.rw_transaction().unwrap();
        rw.insert(Person::from(u)).unwrap();
        rw.commit().unwrap();
    }
    fn insert_many(&mut self, us: Vec<User>) {
        let rw = self.db.rw_transaction().unwrap();
        for u in us {
            rw.insert(Person::from(u)).unwrap();
        }
        rw.commit().unwrap();
    }
    fn find_by_email(&mut self, email: &str) -> Option<User> {
        let r = self.db.r_transaction().unwrap();
        let p: Option<Person> = r.get().secondary(PersonKey::email, email).unwrap();
        p.map(Into::into)
    }
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        let r = self.db.r_transaction().unwrap();
        let s = r.scan().secondary::<Person>(PersonKey::age).unwrap();
        let it = s.range(lo..hi).unwrap();
        it.map(|p| p.unwrap().into()).collect()
    }
    fn find_scan(&mut self, city: &str) -> Vec<User> {
        let r = self.db.r_transaction().unwrap();
        let s = r.scan().primary::<Person>().unwrap();
        let it = s.all().unwrap();
        it.map(|p| p.unwrap()).filter(|p| p.active && p.city == city).map(Into::into).collect()
    }
    fn count_scan(&mut self, city: &str) -> u64 {
        let r = self.db.r_transaction().unwrap();
        let s = r.scan().primary::<Person>().unwrap();
        let it = s.all().unwrap();
        it.map(|p| p.unwrap()).filter(|p| p.active && p.city == city).count() as u64
    }
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        let r = self.db.r_transaction().unwrap();
        let s = r.scan().secondary::<Person>(PersonKey::age).unwrap();
        let it = s.range(lo..hi).unwrap();
        it.count() as u64
    }
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let rw = self.db.rw_transaction().unwrap();
        let old: Option<Person> = rw.get().secondary(PersonKey::email, email).unwrap();
        let Some(old) = old else { return false };
        let mut new = old.clone();
        new.city = city.into();
        rw.update(old, new).unwrap();
        rw.commit().unwrap();
        true
    }
    fn delete_by_email(&mut self, email: &str) -> bool {
        let rw = self.db.rw_transaction().unwrap();
        let old: Option<Person> = rw.get().secondary(PersonKey::email, email).unwrap();
        let Some(old) = old else { return false };
        rw.remove(old).unwrap();
        rw.commit().unwrap();
        true
    }
    fn persistent(mode: &str) -> bool {
        mode != "memory"
    }
    fn close(self) {}
}

fn main() {
    peerbench_common::main::<Db>()
}
