//! The limit for an "NDJSON + WAL" file strategy: the typed in-memory map of
//! bench-stdmap plus one JSON line appended per change, replayed on open.
//!   sync         append + fdatasync per commit
//!   sync-zeroed  the same into a file zero-filled 4 MiB ahead, so fdatasync
//!                has no file size to write to the file system journal
//!   buffer       one write() per commit, no sync until close
use peerbench_common::{Engine, User};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

#[derive(Serialize)]
enum Op<'a> {
    Put(&'a User),
    Set { id: &'a str, city: &'a str },
    Del(&'a str),
}

#[derive(Deserialize)]
enum OpIn {
    Put(User),
    Set { id: String, city: String },
    Del(String),
}

const AHEAD: u64 = 4 << 20;

struct Log {
    file: File,
    pos: u64,
    zeroed: u64,
    sync: bool,
    zero: bool,
    buf: Vec<u8>,
}

impl Log {
    fn push(&mut self, op: &Op) {
        serde_json::to_writer(&mut self.buf, op).unwrap();
        self.buf.push(b'\n');
    }
    fn commit(&mut self) {
        let end = self.pos + self.buf.len() as u64;
        if self.zero && end > self.zeroed {
            let to = end + AHEAD;
            let zeros = vec![0u8; (to - self.zeroed) as usize];
            self.file.write_all_at(&zeros, self.zeroed).unwrap();
            self.file.sync_data().unwrap();
            self.zeroed = to;
        }
        self.file.write_all_at(&self.buf, self.pos).unwrap();
        self.pos = end;
        self.buf.clear();
        if self.sync {
            self.file.sync_data().unwrap();
        }
    }
}

struct Db {
    docs: HashMap<Arc<str>, User>,
    by_email: HashMap<String, Arc<str>>,
    by_age: BTreeSet<(i32, Arc<str>)>,
    log: Log,
}

impl Db {
    fn put(&mut self, u: User) {
        let id: Arc<str> = u.id.as_str().into();
        assert!(self.by_email.insert(u.email.clone(), id.clone()).is_none());
        self.by_age.insert((u.age, id.clone()));
        self.docs.insert(id, u);
    }
    fn del(&mut self, id: &str) {
        let u = self.docs.remove(id).unwrap();
        self.by_email.remove(&u.email);
        self.by_age.remove(&(u.age, Arc::from(id)));
    }
    fn in_range(&self, lo: i32, hi: i32) -> impl Iterator<Item = &Arc<str>> {
        let min: Arc<str> = "".into();
        self.by_age.range((lo, min.clone())..(hi, min)).map(|(_, id)| id)
    }
}

impl Engine for Db {
    const NAME: &'static str = "ndjson";
    const MODES: &'static [(&'static str, &'static str)] = &[
        ("sync", "append + fdatasync per commit"),
        ("sync-zeroed", "write into a zero-filled file + fdatasync per commit"),
        ("buffer", "write() per commit, sync on close"),
    ];
    fn open(dir: &Path, mode: &str) -> Self {
        let path = dir.join("data.ndjson");
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
        let zeroed = file.metadata().unwrap().len();
        let log = Log {
            file,
            pos: 0,
            zeroed,
            sync: mode != "buffer",
            zero: mode == "sync-zeroed",
            buf: Vec::new(),
        };
        let mut db = Db { docs: HashMap::new(), by_email: HashMap::new(), by_age: BTreeSet::new(), log };
        let mut r = BufReader::with_capacity(1 << 20, db.log.file.try_clone().unwrap());
        let mut line = Vec::new();
        let mut pos = 0;
        while r.by_ref().read_until(b'\n', &mut line).unwrap() > 0 {
            if line[0] == 0 || *line.last().unwrap() != b'\n' {
                break; // zero tail or torn line
            }
            pos += line.len() as u64;
            match serde_json::from_slice(&line).unwrap() {
                OpIn::Put(u) => db.put(u),
                OpIn::Set { id, city } => db.docs.get_mut(id.as_str()).unwrap().city = city,
                OpIn::Del(id) => db.del(&id),
            }
            line.clear();
        }
        db.log.pos = pos;
        db
    }
    fn insert_one(&mut self, u: User) {
        self.log.push(&Op::Put(&u));
        self.log.commit();
        self.put(u);
    }
    fn insert_many(&mut self, us: Vec<User>) {
        for u in us {
            self.log.push(&Op::Put(&u));
            self.put(u);
        }
        self.log.commit();
    }
    fn find_by_email(&mut self, email: &str) -> Option<User> {
        self.by_email.get(email).map(|id| self.docs[id].clone())
    }
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        self.in_range(lo, hi).map(|id| self.docs[id].clone()).collect()
    }
    fn find_scan(&mut self, city: &str) -> Vec<User> {
        self.docs.values().filter(|u| u.active && u.city == city).cloned().collect()
    }
    fn count_scan(&mut self, city: &str) -> u64 {
        self.docs.values().filter(|u| u.active && u.city == city).count() as u64
    }
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        self.in_range(lo, hi).count() as u64
    }
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let Some(id) = self.by_email.get(email).cloned() else { return false };
        self.log.push(&Op::Set { id: &id, city });
        self.log.commit();
        self.docs.get_mut(&id).unwrap().city = city.into();
        true
    }
    fn delete_by_email(&mut self, email: &str) -> bool {
        let Some(id) = self.by_email.get(email).cloned() else { return false };
        self.log.push(&Op::Del(&id));
        self.log.commit();
        self.del(&id);
        true
    }
    fn persistent(_: &str) -> bool {
        true
    }
    fn close(self) {
        self.log.file.set_len(self.log.pos).unwrap();
        self.log.file.sync_data().unwrap();
    }
}

fn main() {
    peerbench_common::main::<Db>()
}
