//! The "physical limit": a HashMap of documents, a HashMap for the unique
//! email, a BTreeMap for age. Three ways to hold the document:
//!   typed  the Rust struct itself, cloned out
//!   doc    a decoded bson::Document, deserialized into the struct on the way out
//!   raw    the BSON bytes, filtered without decoding, deserialized on the way out
use bson::{Document, RawDocument, oid::ObjectId};
use peerbench_common::{Engine, User};
use std::collections::{BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included};
use std::path::Path;

enum Stored {
    Typed(User),
    Doc(Document),
    Raw(Vec<u8>),
}

impl Stored {
    fn user(&self) -> User {
        match self {
            Stored::Typed(u) => u.clone(),
            Stored::Doc(d) => bson::from_document(d.clone()).unwrap(),
            Stored::Raw(b) => bson::from_slice(b).unwrap(),
        }
    }
    fn matches(&self, city: &str) -> bool {
        match self {
            Stored::Typed(u) => u.active && u.city == city,
            Stored::Doc(d) => d.get_str("city") == Ok(city) && d.get_bool("active") == Ok(true),
            Stored::Raw(b) => {
                let d = RawDocument::from_bytes(b).unwrap();
                d.get_str("city") == Ok(city) && d.get_bool("active") == Ok(true)
            }
        }
    }
    fn age(&self) -> i32 {
        match self {
            Stored::Typed(u) => u.age,
            Stored::Doc(d) => d.get_i32("age").unwrap(),
            Stored::Raw(b) => RawDocument::from_bytes(b).unwrap().get_i32("age").unwrap(),
        }
    }
    fn set_city(&mut self, city: &str) {
        match self {
            Stored::Typed(u) => u.city = city.into(),
            Stored::Doc(d) => {
                d.insert("city", city);
            }
            Stored::Raw(b) => {
                let mut d: Document = bson::from_slice(b).unwrap();
                d.insert("city", city);
                *b = bson::to_vec(&d).unwrap();
            }
        }
    }
}

struct Db {
    mode: String,
    docs: HashMap<ObjectId, Stored>,
    by_email: HashMap<String, ObjectId>,
    by_age: BTreeSet<(i32, ObjectId)>,
}

const MIN: ObjectId = ObjectId::from_bytes([0; 12]);

impl Engine for Db {
    const NAME: &'static str = "stdmap";
    const MODES: &'static [(&'static str, &'static str)] = &[
        ("typed", "none (memory, struct)"),
        ("doc", "none (memory, bson::Document)"),
        ("raw", "none (memory, BSON bytes)"),
    ];
    fn open(_: &Path, mode: &str) -> Self {
        Db { mode: mode.into(), docs: HashMap::new(), by_email: HashMap::new(), by_age: BTreeSet::new() }
    }
    fn insert_one(&mut self, u: User) {
        let id = ObjectId::parse_str(&u.id).unwrap();
        let old = self.by_email.insert(u.email.clone(), id);
        assert!(old.is_none());
        self.by_age.insert((u.age, id));
        let s = match self.mode.as_str() {
            "typed" => Stored::Typed(u),
            "doc" => Stored::Doc(bson::to_document(&u).unwrap()),
            _ => Stored::Raw(bson::to_vec(&u).unwrap()),
        };
        self.docs.insert(id, s);
    }
    fn insert_many(&mut self, us: Vec<User>) {
        for u in us {
            self.insert_one(u)
        }
    }
    fn find_by_email(&mut self, email: &str) -> Option<User> {
        self.by_email.get(email).map(|id| self.docs[id].user())
    }
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        self.by_age
            .range((Included((lo, MIN)), Excluded((hi, MIN))))
            .map(|(_, id)| self.docs[id].user())
            .collect()
    }
    fn find_scan(&mut self, city: &str) -> Vec<User> {
        self.docs.values().filter(|d| d.matches(city)).map(|d| d.user()).collect()
    }
    fn count_scan(&mut self, city: &str) -> u64 {
        self.docs.values().filter(|d| d.matches(city)).count() as u64
    }
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        self.by_age.range((Included((lo, MIN)), Excluded((hi, MIN)))).count() as u64
    }
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let Some(id) = self.by_email.get(email) else { return false };
        self.docs.get_mut(id).unwrap().set_city(city);
        true
    }
    fn delete_by_email(&mut self, email: &str) -> bool {
        let Some(id) = self.by_email.remove(email) else { return false };
        let d = self.docs.remove(&id).unwrap();
        self.by_age.remove(&(d.age(), id));
        true
    }
    fn persistent(_: &str) -> bool {
        false
    }
    fn close(self) {}
}

fn main() {
    peerbench_common::main::<Db>()
}
