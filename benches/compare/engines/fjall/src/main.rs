//! Raw fjall 3: BSON blobs by ObjectId plus two hand-kept index keyspaces,
//! one atomic batch per write.
use bson::oid::ObjectId;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};
use peerbench_common::{Engine, User};
use std::path::Path;

struct Db {
    db: Database,
    docs: Keyspace,
    email: Keyspace,
    age: Keyspace,
    sync: bool,
}

fn age_key(age: i32, id: &[u8]) -> Vec<u8> {
    let mut k = Vec::with_capacity(16);
    k.extend_from_slice(&((age as u32) ^ 0x8000_0000).to_be_bytes());
    k.extend_from_slice(id);
    k
}

impl Db {
    fn batch(&self) -> OwnedWriteBatch {
        self.db.batch().durability(self.sync.then_some(PersistMode::SyncData))
    }
    fn put(&self, b: &mut OwnedWriteBatch, u: &User) {
        let id = ObjectId::parse_str(&u.id).unwrap().bytes();
        assert!(!self.email.contains_key(&u.email).unwrap());
        b.insert(&self.email, u.email.as_bytes(), &id[..]);
        b.insert(&self.age, age_key(u.age, &id), &[][..]);
        b.insert(&self.docs, &id[..], bson::to_vec(u).unwrap());
    }
}

fn hit(v: &[u8], city: &str) -> bool {
    let d = bson::RawDocument::from_bytes(v).unwrap();
    d.get_str("city") == Ok(city) && d.get_bool("active") == Ok(true)
}

impl Engine for Db {
    const NAME: &'static str = "fjall";
    const MODES: &'static [(&'static str, &'static str)] = &[
        ("buffer", "OS buffer per batch (fjall default), fsync on close"),
        ("sync", "fdatasync per batch (PersistMode::SyncData)"),
    ];
    fn open(dir: &Path, mode: &str) -> Self {
        let db = Database::builder(dir.join("data.fjall")).open().unwrap();
        let ks = |n: &str| db.keyspace(n, KeyspaceCreateOptions::default).unwrap();
        Db { docs: ks("docs"), email: ks("email"), age: ks("age"), sync: mode == "sync", db }
    }
    fn insert_one(&mut self, u: User) {
        let mut b = self.batch();
        self.put(&mut b, &u);
        b.commit().unwrap();
    }
    fn insert_many(&mut self, us: Vec<User>) {
        let mut b = self.batch();
        for u in &us {
            self.put(&mut b, u);
        }
        b.commit().unwrap();
    }
    fn find_by_email(&mut self, email: &str) -> Option<User> {
        let id = self.email.get(email).unwrap()?;
        Some(bson::from_slice(&self.docs.get(id).unwrap()?).unwrap())
    }
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        self.age
            .range(age_key(lo, &[])..age_key(hi, &[]))
            .map(|g| {
                let k = g.key().unwrap();
                bson::from_slice(&self.docs.get(&k[4..]).unwrap().unwrap()).unwrap()
            })
            .collect()
    }
    fn find_scan(&mut self, city: &str) -> Vec<User> {
        self.docs
            .iter()
            .map(|g| g.value().unwrap())
            .filter(|v| hit(v, city))
            .map(|v| bson::from_slice(&v).unwrap())
            .collect()
    }
    fn count_scan(&mut self, city: &str) -> u64 {
        self.docs.iter().map(|g| g.value().unwrap()).filter(|v| hit(v, city)).count() as u64
    }
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        self.age.range(age_key(lo, &[])..age_key(hi, &[])).map(|g| g.key().unwrap()).count() as u64
    }
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let Some(id) = self.email.get(email).unwrap() else { return false };
        let mut u: User = bson::from_slice(&self.docs.get(&id).unwrap().unwrap()).unwrap();
        u.city = city.into();
        let mut b = self.batch();
        b.insert(&self.docs, id, bson::to_vec(&u).unwrap());
        b.commit().unwrap();
        true
    }
    fn delete_by_email(&mut self, email: &str) -> bool {
        let Some(id) = self.email.get(email).unwrap() else { return false };
        let d = self.docs.get(&id).unwrap().unwrap();
        let age = bson::RawDocument::from_bytes(&d).unwrap().get_i32("age").unwrap();
        let mut b = self.batch();
        b.remove(&self.email, email);
        b.remove(&self.age, age_key(age, &id));
        b.remove(&self.docs, id);
        b.commit().unwrap();
        true
    }
    fn persistent(_: &str) -> bool {
        true
    }
    fn close(self) {
        self.db.persist(PersistMode::SyncAll).unwrap();
    }
}

fn main() {
    peerbench_common::main::<Db>()
}
