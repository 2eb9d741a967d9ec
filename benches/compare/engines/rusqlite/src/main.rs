//! SQLite through rusqlite: JSON text column, expression indexes on
//! json_extract, WAL, prepared statements.
use peerbench_common::{Engine, User};
use rusqlite::{Connection, params};
use std::path::Path;

struct Db {
    c: Connection,
}

const SCAN: &str = "json_extract(doc,'$.city') = ?1 AND json_extract(doc,'$.active') = 1";

impl Db {
    fn rows(&self, sql: &str, p: impl rusqlite::Params) -> Vec<User> {
        let mut s = self.c.prepare_cached(sql).unwrap();
        let it =
            s.query_map(p, |r| Ok(serde_json::from_str::<User>(r.get_ref(0)?.as_str()?).unwrap())).unwrap();
        it.map(|r| r.unwrap()).collect()
    }
    fn count(&self, sql: &str, p: impl rusqlite::Params) -> u64 {
        let mut s = self.c.prepare_cached(sql).unwrap();
        s.query_row(p, |r| r.get::<_, i64>(0)).unwrap() as u64
    }
    fn put(&self, u: &User) {
        let mut s = self.c.prepare_cached("INSERT INTO users(id, doc) VALUES (?1, ?2)").unwrap();
        s.execute(params![u.id, serde_json::to_string(u).unwrap()]).unwrap();
    }
}

impl Engine for Db {
    const NAME: &'static str = "rusqlite";
    const MODES: &'static [(&'static str, &'static str)] = &[
        ("full", "WAL, synchronous=FULL: fsync per commit"),
        ("normal", "WAL, synchronous=NORMAL: fsync at checkpoints"),
        ("off", "WAL, synchronous=OFF"),
        ("memory", "none (:memory:)"),
    ];
    fn open(dir: &Path, mode: &str) -> Self {
        let c = if mode == "memory" {
            Connection::open_in_memory().unwrap()
        } else {
            let c = Connection::open(dir.join("data.sqlite")).unwrap();
            c.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(())).unwrap();
            c.execute_batch(&format!("PRAGMA synchronous={mode}")).unwrap();
            c
        };
        c.execute_batch(
            "CREATE TABLE IF NOT EXISTS users(rid INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, doc TEXT NOT NULL);
             CREATE UNIQUE INDEX IF NOT EXISTS users_email ON users(json_extract(doc,'$.email'));
             CREATE INDEX IF NOT EXISTS users_age ON users(json_extract(doc,'$.age'));",
        )
        .unwrap();
        c.set_prepared_statement_cache_capacity(32);
        Db { c }
    }
    fn insert_one(&mut self, u: User) {
        self.put(&u)
    }
    fn insert_many(&mut self, us: Vec<User>) {
        self.c.execute_batch("BEGIN IMMEDIATE").unwrap();
        for u in &us {
            self.put(u)
        }
        self.c.execute_batch("COMMIT").unwrap();
    }
    fn find_by_email(&mut self, email: &str) -> Option<User> {
        self.rows("SELECT doc FROM users WHERE json_extract(doc,'$.email') = ?1", [email]).pop()
    }
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User> {
        self.rows(
            "SELECT doc FROM users WHERE json_extract(doc,'$.age') >= ?1 AND json_extract(doc,'$.age') < ?2",
            [lo, hi],
        )
    }
    fn find_scan(&mut self, city: &str) -> Vec<User> {
        self.rows(&format!("SELECT doc FROM users WHERE {SCAN}"), [city])
    }
    fn count_scan(&mut self, city: &str) -> u64 {
        self.count(&format!("SELECT count(*) FROM users WHERE {SCAN}"), [city])
    }
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64 {
        self.count(
            "SELECT count(*) FROM users WHERE json_extract(doc,'$.age') >= ?1 AND json_extract(doc,'$.age') < ?2",
            [lo, hi],
        )
    }
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool {
        let mut s = self
            .c
            .prepare_cached(
                "UPDATE users SET doc = json_set(doc,'$.city',?2) WHERE json_extract(doc,'$.email') = ?1",
            )
            .unwrap();
        s.execute([email, city]).unwrap() == 1
    }
    fn delete_by_email(&mut self, email: &str) -> bool {
        let mut s =
            self.c.prepare_cached("DELETE FROM users WHERE json_extract(doc,'$.email') = ?1").unwrap();
        s.execute([email]).unwrap() == 1
    }
    fn persistent(mode: &str) -> bool {
        mode != "memory"
    }
    fn close(self) {
        self.c.close().unwrap();
    }
}

fn main() {
    peerbench_common::main::<Db>()
}
