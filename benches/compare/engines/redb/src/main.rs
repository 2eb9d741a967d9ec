//! Raw redb: BSON blobs by ObjectId plus two hand-kept index tables.
use bson::oid::ObjectId;
use peerbench_common::{Engine, User};
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use std::path::Path;

const DOCS: TableDefinition<&[u8; 12], &[u8]> = TableDefinition::new("docs");
const EMAIL: TableDefinition<&str, &[u8; 12]> = TableDefinition::new("email");
const AGE: TableDefinition<(i32, &[u8; 12]), ()> = TableDefinition::new("age");
const MIN: [u8; 12] = [0; 12];

struct Db {
    db: Database,
    mode: String,
}

impl Db {
    fn begin(&self) -> WriteTransaction {
        let mut t = self.db.begin_write().unwrap();
        if self.mode == "nosync" {
            t.set_durability(Durability::None).unwrap();
        }
        t
    }
}

fn put(t: &WriteTransaction, us: &[User]) {
    let mut docs = t.open_table(DOCS).unwrap();
    let mut email = t.open_table(EMAIL).unwrap();
    let mut age = t.open_table(AGE).unwrap();
    for u in us {
        let id = ObjectId::parse_str(&u.id).unwrap().bytes();
        assert!(email.insert(u.email.as_str(), &id).unwrap().is_none());
        age.insert((u.age, &id), ()).unwrap();
        docs.insert(&id, bson::to_vec(u).unwrap().as_slice()).unwrap();
    }
}

impl Engine for Db {
    const NAME: &'static str = "redb";
    const MODES: &'static [(&'static str, &'static str)] = &[
        ("immediate", "fsync per commit (redb default, Durability::Immediate)"),
        ("nosync", "Durability::None"),
        ("memory", "none (InMemoryBackend)"),
    ];
    fn open(dir: &Path, mode: &str) -> Self {
        let db = if mode == "memory" {
            Database::builder().create_with_backend(redb::backends::InMemoryBackend::new()).unwrap()
        } else {
            Database::create(dir.join("data.redb")).unwrap()
        };
        let t = db.begin_write().unwrap();
        t.open_table(DOCS).unwrap();
        t.open_table(EMAIL).unwrap();
        t.open_table(AGE).unwrap();
        t.commit().unwrap();
        Db { db, mode: mode.into() }
    }
    fn insert_one(&mut self, u: User) {
        let t = self.begin();
        put(&t, std::slice::from_ref(&u));
        t.commit().unwrap();
    }
    fn insert_many(&mut self, us: Vec<User>) {
        let t = self.begin();
        put(&t, &us);
        t.commit().unwrap();
    }
    fn find_by_email(&mut self, email: &str) -> Option<User> {
        let t = self.db.begin_read().unwrap();
        let id = *t.open_table(EMAIL).unwrap().get(email).unwrap()?.value();
        let docs = t.open_table(DOCS).unwrap();
        let d = docs.get(&id).unwrap()?;
        Some(bson::from_slice(d.value()).unwrap())
    }
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        let t = self.db.begin_read().unwrap();
        let (age, docs) = (t.open_table(AGE).unwrap(), t.open_table(DOCS).unwrap());
        age.range((lo, &MIN)..(hi, &MIN))
            .unwrap()
            .map(|e| {
                let e = e.unwrap();
                let (_, id) = e.0.value();
                bson::from_slice(docs.get(id).unwrap().unwrap().value()).unwrap()
            })
            .collect()
    }
    fn find_scan(&mut self, city: &str) -> Vec<User> {
        let t = self.db.begin_read().unwrap();
        let docs = t.open_table(DOCS).unwrap();
        let mut out = Vec::new();
        for e in docs.iter().unwrap() {
            let e = e.unwrap();
            let d = bson::RawDocument::from_bytes(e.1.value()).unwrap();
            if d.get_str("city") == Ok(city) && d.get_bool("active") == Ok(true) {
                out.push(bson::from_slice(e.1.value()).unwrap());
            }
        }
        out
    }
    fn count_scan(&mut self, city: &str) -> u64 {
        let t = self.db.begin_read().unwrap();
        let docs = t.open_table(DOCS).unwrap();
        docs.iter()
            .unwrap()
            .filter(|e| {
                let e = e.as_ref().unwrap();
                let d = bson::RawDocument::from_bytes(e.1.value()).unwrap();
                d.get_str("city") == Ok(city) && d.get_bool("active") == Ok(true)
            })
            .count() as u64
    }
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        let t = self.db.begin_read().unwrap();
        t.open_table(AGE).unwrap().range((lo, &MIN)..(hi, &MIN)).unwrap().count() as u64
    }
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let t = self.begin();
        let hit = {
            let email_t = t.open_table(EMAIL).unwrap();
            let id = email_t.get(email).unwrap().map(|g| *g.value());
            match id {
                None => false,
                Some(id) => {
                    let mut docs = t.open_table(DOCS).unwrap();
                    let mut u: User = bson::from_slice(docs.get(&id).unwrap().unwrap().value()).unwrap();
                    u.city = city.into();
                    docs.insert(&id, bson::to_vec(&u).unwrap().as_slice()).unwrap();
                    true
                }
            }
        };
        t.commit().unwrap();
        hit
    }
    fn delete_by_email(&mut self, email: &str) -> bool {
        let t = self.begin();
        let hit = {
            let mut email_t = t.open_table(EMAIL).unwrap();
            let id = email_t.remove(email).unwrap().map(|g| *g.value());
            match id {
                None => false,
                Some(id) => {
                    let mut docs = t.open_table(DOCS).unwrap();
                    let age = {
                        let g = docs.remove(&id).unwrap().unwrap();
                        bson::RawDocument::from_bytes(g.value()).unwrap().get_i32("age").unwrap()
                    };
                    t.open_table(AGE).unwrap().remove((age, &id)).unwrap();
                    true
                }
            }
        };
        t.commit().unwrap();
        hit
    }
    fn persistent(mode: &str) -> bool {
        mode != "memory"
    }
    fn close(self) {
        if self.mode == "nosync" {
            // an empty durable commit makes the earlier ones durable
            self.db.begin_write().unwrap().commit().unwrap();
        }
    }
}

fn main() {
    peerbench_common::main::<Db>()
}
