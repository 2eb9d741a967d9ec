//! Figures of the strategies: `cargo run --release -p anser-storage --features sqlite --example figures`.
//!
//! A collection as the engine lays it out, records and three indexes, on each strategy, beside the same
//! statements given to rusqlite by hand. Microseconds for each operation; `scan` for the whole tree.

use anser_storage::memory::MemoryStrategy;
use anser_storage::{
    Direction, Durability, Key, Range, ReadTxn, Result, Shape, StorageStrategy, TreeId, TreeSpec, WriteTxn,
};
use std::hint::black_box;
use std::ops::{Bound, ControlFlow};
use std::time::Instant;

const DOCUMENTS: u64 = 100_000;
const SINGLE: u64 = 10_000;
const BATCH: u64 = 10_000;

const RECORDS: TreeId = TreeId(1);
const BY_ID: TreeId = TreeId(2);
const BY_EMAIL: TreeId = TreeId(3);
const BY_AGE: TreeId = TreeId(4);

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

fn id_key(number: u64) -> Vec<u8> {
    let mut key = vec![0x38];
    key.extend_from_slice(&(0x6600_0000 + (number / 1_000) as u32).to_be_bytes());
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn email_key(number: u64) -> Vec<u8> {
    format!("\x28user{number:06}@example.com\0").into_bytes()
}

fn age_prefix(age: u64) -> [u8; 4] {
    [0x22, (age >> 8) as u8, age as u8, 0]
}

fn age_key(number: u64, record: u64) -> Vec<u8> {
    let mut key = age_prefix(number * 7_919 % 10_000).to_vec();
    key.extend_from_slice(&record.to_be_bytes());
    key
}

fn document(number: u64, extra: usize) -> Vec<u8> {
    let mut dice = Dice(number);
    let mut document: Vec<u8> = (0..24).flat_map(|_| dice.throw(u64::MAX).to_le_bytes()).collect();
    document.resize(188 + extra, 7);
    document
}

/// The operations that are measured, on whatever keeps the collection.
trait Subject {
    fn insert(&self, numbers: std::ops::Range<u64>);
    fn find(&self, email: u64) -> usize;
    fn range(&self, age: u64) -> usize;
    fn scan(&self) -> usize;
    fn count(&self, age: u64) -> u64;
    fn update(&self, number: u64, extra: usize);
    fn delete(&self, number: u64);
}

/// A strategy, asked through the seam as the engine asks it.
struct Strategy(Box<dyn StorageStrategy>, Durability);

impl Strategy {
    fn new(storage: Box<dyn StorageStrategy>, durability: Durability) -> Strategy {
        let created = (|| {
            let mut write = storage.begin_write(durability)?;
            let spec = |shape| TreeSpec { shape, derived: shape == Shape::Keys, label: "" };
            write.create_tree(RECORDS, &spec(Shape::Records))?;
            for tree in [BY_ID, BY_EMAIL, BY_AGE] {
                write.create_tree(tree, &spec(Shape::Keys))?;
            }
            write.commit()
        })();
        created.expect("the trees are created");
        Strategy(storage, durability)
    }

    fn write(&self, work: impl FnOnce(&mut dyn WriteTxn) -> Result<()>) {
        let done = (|| {
            let mut write = self.0.begin_write(self.1)?;
            work(&mut *write)?;
            write.commit()
        })();
        done.expect("a write");
    }

    fn read<T>(&self, work: impl FnOnce(&dyn ReadTxn) -> Result<T>) -> T {
        self.0.begin_read().and_then(|read| work(&*read)).expect("a read")
    }
}

fn record_of(read: &dyn ReadTxn, tree: TreeId, key: &[u8]) -> Result<u64> {
    let mut record = 0;
    read.get(tree, Key::Bytes(key), &mut |entry| record = number_of(entry))?;
    Ok(record)
}

fn number_of(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes[bytes.len() - 8..].try_into().expect("eight bytes"))
}

impl Subject for Strategy {
    fn insert(&self, numbers: std::ops::Range<u64>) {
        self.write(|write| {
            for number in numbers {
                let (id, email) = (id_key(number), email_key(number));
                let record = write.append(RECORDS, &document(number, 0))?.to_be_bytes();
                assert!(write.put_new(BY_ID, Key::Bytes(&id), &record)?);
                assert!(write.put_new(BY_EMAIL, Key::Bytes(&email), &record)?);
                write.put(BY_AGE, Key::Bytes(&age_key(number, u64::from_be_bytes(record))), b"")?;
            }
            Ok(())
        });
    }

    fn find(&self, email: u64) -> usize {
        self.read(|read| {
            let mut length = 0;
            let record = record_of(read, BY_EMAIL, &email_key(email))?;
            read.get(RECORDS, Key::Record(record), &mut |document| length = document.len())?;
            Ok(length)
        })
    }

    fn range(&self, age: u64) -> usize {
        self.read(|read| {
            let mut length = 0;
            let (lower, upper) = (age_prefix(age), age_prefix(age + 10));
            let range = Range::new(Bound::Included(Key::Bytes(&lower)), Bound::Excluded(Key::Bytes(&upper)));
            read.scan(BY_AGE, range, Direction::Forward, &mut |key, _| {
                if let Key::Bytes(key) = key {
                    let record = Key::Record(number_of(key));
                    read.get(RECORDS, record, &mut |document| length += document.len()).expect("a get");
                }
                ControlFlow::Continue(())
            })?;
            Ok(length)
        })
    }

    fn scan(&self) -> usize {
        self.read(|read| {
            let mut length = 0;
            read.scan(RECORDS, Range::ALL, Direction::Forward, &mut |_, document| {
                length += document[100] as usize;
                ControlFlow::Continue(())
            })?;
            Ok(length)
        })
    }

    fn count(&self, age: u64) -> u64 {
        self.read(|read| {
            let (lower, upper) = (age_prefix(age), age_prefix(age + 1_000));
            let range = Range::new(Bound::Included(Key::Bytes(&lower)), Bound::Excluded(Key::Bytes(&upper)));
            read.count(BY_AGE, range)
        })
    }

    fn update(&self, number: u64, extra: usize) {
        self.write(|write| {
            let record = Key::Record(record_of(write, BY_EMAIL, &email_key(number))?);
            write.get(RECORDS, record, &mut |document| assert!(!document.is_empty()))?;
            write.put(RECORDS, record, &document(number, extra))
        });
    }

    fn delete(&self, number: u64) {
        self.write(|write| {
            let record = record_of(write, BY_EMAIL, &email_key(number))?;
            write.get(RECORDS, Key::Record(record), &mut |document| assert!(!document.is_empty()))?;
            write.remove(RECORDS, Key::Record(record))?;
            write.remove(BY_ID, Key::Bytes(&id_key(number)))?;
            write.remove(BY_EMAIL, Key::Bytes(&email_key(number)))?;
            write.remove(BY_AGE, Key::Bytes(&age_key(number, record)))?;
            Ok(())
        });
    }
}

fn measure(name: &str, subject: &dyn Subject, single: u64) {
    let each = |count: u64, work: &mut dyn FnMut(u64)| {
        let begin = Instant::now();
        (0..count).for_each(&mut *work);
        begin.elapsed().as_secs_f64() * 1e6 / count as f64
    };
    let median = |count: u64, work: &mut dyn FnMut(u64)| {
        let mut runs: Vec<f64> = (0..3).map(|_| each(count, work)).collect();
        runs.sort_by(f64::total_cmp);
        runs[1]
    };
    let insert = each(single, &mut |number| subject.insert(number..number + 1));
    let begin = Instant::now();
    let mut number = single;
    while number < DOCUMENTS {
        let end = (number + BATCH).min(DOCUMENTS);
        subject.insert(number..end);
        number = end;
    }
    let bulk = begin.elapsed().as_secs_f64() * 1e6 / (DOCUMENTS - single) as f64;
    let mut dice = Dice(42);
    let find = median(30_000, &mut |_| {
        black_box(subject.find(dice.throw(DOCUMENTS)));
    });
    let range = median(500, &mut |_| {
        black_box(subject.range(dice.throw(9_990)));
    });
    let scan = median(5, &mut |_| {
        black_box(subject.scan());
    });
    let count = median(100, &mut |_| assert_eq!(subject.count(dice.throw(9_000)), 10_000));
    let changes = single / 2;
    let update = each(changes, &mut |turn| subject.update(dice.throw(DOCUMENTS), turn as usize % 5));
    let mixed = each(changes, &mut |turn| {
        subject.update(dice.throw(DOCUMENTS), turn as usize % 5);
        black_box(subject.find(dice.throw(DOCUMENTS)));
    });
    let delete = each(changes, &mut |turn| subject.delete(turn * 7_919 % DOCUMENTS));
    println!(
        "{name:24} insert {insert:7.2}  bulk {bulk:6.2}  find {find:5.2}  range {range:6.1}  scan {scan:7.0}  \
         count {count:6.0}  update {update:7.2}  update+find {mixed:7.2}  delete {delete:7.2}"
    );
}

fn main() {
    measure("memory", &Strategy::new(Box::new(MemoryStrategy::new()), Durability::Os), SINGLE);
    #[cfg(feature = "sqlite")]
    sqlite::measure_all();
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use anser_storage::sqlite::{SqliteOptions, SqliteStrategy};
    use rusqlite::{CachedStatement, Connection, Row, params};

    pub(super) fn measure_all() {
        for (durability, synchronous, single) in
            [(Durability::Os, "NORMAL", SINGLE), (Durability::Synced, "FULL", SINGLE / 5)]
        {
            let folder = tempfile::tempdir().expect("a folder");
            let by_hand = ByHand::open(&folder.path().join("hand.db"), synchronous);
            measure(&format!("by hand, {synchronous}"), &by_hand, single);
            let storage = SqliteStrategy::open(folder.path().join("anser.db"), SqliteOptions::default());
            let storage = Strategy::new(Box::new(storage.expect("a file")), durability);
            measure(&format!("sqlite, {durability:?}"), &storage, single);
        }
    }

    /// The same trees and statements without the seam: one connection, prepared statements.
    struct ByHand(Connection);

    impl ByHand {
        fn open(path: &std::path::Path, synchronous: &str) -> ByHand {
            let connection = Connection::open(path).expect("a file");
            connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).expect("a log");
            let tables = "CREATE TABLE d (record INTEGER PRIMARY KEY, document BLOB);
                CREATE TABLE i (key BLOB PRIMARY KEY, entry BLOB) WITHOUT ROWID;
                CREATE TABLE e (key BLOB PRIMARY KEY, entry BLOB) WITHOUT ROWID;
                CREATE TABLE a (key BLOB PRIMARY KEY, entry BLOB) WITHOUT ROWID;";
            let setting = format!("PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -65536; {tables}");
            connection.execute_batch(&setting).expect("tables");
            connection.set_prepared_statement_cache_capacity(64);
            ByHand(connection)
        }

        fn prepare(&self, sql: &str) -> CachedStatement<'_> {
            self.0.prepare_cached(sql).expect("a statement")
        }

        fn run(&self, sql: &str, parameters: impl rusqlite::Params) {
            self.prepare(sql).execute(parameters).expect("a statement that runs");
        }

        fn within<T>(&self, begin: &str, work: impl FnOnce() -> T) -> T {
            self.run(begin, []);
            let value = work();
            self.run("COMMIT", []);
            value
        }

        fn record_of(&self, email: u64) -> i64 {
            let mut statement = self.prepare("SELECT entry FROM e WHERE key = ?1");
            statement
                .query_row(params![email_key(email)], |row| Ok(blob(row, number_of) as i64))
                .expect("a row")
        }

        fn document_of(&self, record: i64) -> usize {
            let mut statement = self.prepare("SELECT document FROM d WHERE record = ?1");
            statement.query_row([record], |row| Ok(blob(row, <[u8]>::len))).expect("a row")
        }
    }

    fn blob<T>(row: &Row<'_>, work: impl FnOnce(&[u8]) -> T) -> T {
        work(row.get_ref(0).and_then(|value| Ok(value.as_blob()?)).expect("bytes"))
    }

    impl Subject for ByHand {
        fn insert(&self, numbers: std::ops::Range<u64>) {
            self.within("BEGIN IMMEDIATE", || {
                for number in numbers {
                    self.run("INSERT INTO d (document) VALUES (?1)", params![document(number, 0)]);
                    let record = self.0.last_insert_rowid() as u64;
                    let entry = record.to_be_bytes();
                    self.run("INSERT INTO i VALUES (?1, ?2)", params![id_key(number), entry]);
                    self.run("INSERT INTO e VALUES (?1, ?2)", params![email_key(number), entry]);
                    self.run("INSERT INTO a VALUES (?1, x'')", params![age_key(number, record)]);
                }
            });
        }

        fn find(&self, email: u64) -> usize {
            self.within("BEGIN", || self.document_of(self.record_of(email)))
        }

        fn range(&self, age: u64) -> usize {
            self.within("BEGIN", || {
                let mut statement = self.prepare("SELECT key FROM a WHERE key >= ?1 AND key < ?2");
                let mut rows = statement
                    .query(params![age_prefix(age), age_prefix(age + 10)])
                    .expect("a statement that runs");
                let mut document = self.prepare("SELECT document FROM d WHERE record = ?1");
                let mut length = 0;
                while let Some(row) = rows.next().expect("a row") {
                    let record = blob(row, number_of) as i64;
                    length += document.query_row([record], |row| Ok(blob(row, <[u8]>::len))).expect("a row");
                }
                length
            })
        }

        fn scan(&self) -> usize {
            let mut statement = self.prepare("SELECT document FROM d");
            let mut rows = statement.query([]).expect("a statement that runs");
            let mut length = 0;
            while let Some(row) = rows.next().expect("a row") {
                length += blob(row, |document| document[100] as usize);
            }
            length
        }

        fn count(&self, age: u64) -> u64 {
            let mut statement = self.prepare("SELECT count(*) FROM a WHERE key >= ?1 AND key < ?2");
            let bounds = params![age_prefix(age), age_prefix(age + 1_000)];
            statement.query_row(bounds, |row| row.get::<_, i64>(0)).expect("a row") as u64
        }

        fn update(&self, number: u64, extra: usize) {
            self.within("BEGIN IMMEDIATE", || {
                let record = self.record_of(number);
                assert!(self.document_of(record) > 0);
                self.run(
                    "UPDATE d SET document = ?2 WHERE record = ?1",
                    params![record, document(number, extra)],
                );
            });
        }

        fn delete(&self, number: u64) {
            self.within("BEGIN IMMEDIATE", || {
                let record = self.record_of(number);
                assert!(self.document_of(record) > 0);
                self.run("DELETE FROM d WHERE record = ?1", [record]);
                self.run("DELETE FROM i WHERE key = ?1", params![id_key(number)]);
                self.run("DELETE FROM e WHERE key = ?1", params![email_key(number)]);
                self.run("DELETE FROM a WHERE key = ?1", params![age_key(number, record as u64)]);
            });
        }
    }
}
