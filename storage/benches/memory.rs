//! What the memory strategy's calls cost: `cargo bench -p anser-storage --bench memory`.
//!
//! The workload: documents of 188 bytes in a tree of records, a unique key of about 26 bytes and a number with
//! the record behind it (17 bytes) in two trees of keys. Times are nanoseconds an operation, the median and the
//! fastest of some rounds; `DOCUMENTS` (100000) says how many documents there are.

use anser_storage::memory::MemoryStrategy;
use anser_storage::{
    Direction, Durability, Key, Range, ReadTxn, Shape, StorageStrategy, TreeId, TreeSpec, WriteTxn,
};
use std::collections::{BTreeSet, HashMap};
use std::hint::black_box;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const DOCUMENTS: TreeId = TreeId(1);
const EMAILS: TreeId = TreeId(2);
const AGES: TreeId = TreeId(3);
const AGE_MAX: u64 = 10_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // `cargo test` runs benches too, to see that they compile.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let documents = std::env::var("DOCUMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    println!("{:44} {:>10} {:>10}", format!("{documents} documents, ns an operation"), "median", "fastest");
    // `cargo bench … -- reads changes` runs these parts alone.
    let parts: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    if wanted("baseline") {
        baseline(documents)?;
    }
    if wanted("bulk") {
        bulk(documents)?;
    }
    if wanted("insert") {
        insert_one(documents)?;
    }
    if wanted("reads") {
        let storage = filled(documents, 10_000)?;
        if let Some(maintenance) = storage.maintenance() {
            report_one("bytes a document", maintenance.size_bytes()? as f64 / documents as f64);
        }
        reads(&storage, documents)?;
    }
    if wanted("changes") {
        changes(&filled(documents, 10_000)?, documents)?;
    }
    if wanted("beside") {
        reader_beside_writer(documents)?;
    }
    Ok(())
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % limit
    }
}

/// One document's bytes and keys.
struct Entry {
    value: [u8; 188],
    email: [u8; 26],
    age: u64,
}

fn entry(number: u64) -> Entry {
    let mut value = [b'v'; 188];
    value[..8].copy_from_slice(&number.to_le_bytes());
    let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut email = *b"u00000000000@example.com\0\0";
    for (position, digit) in email[1..12].iter_mut().enumerate() {
        *digit = b'0' + ((scattered >> (position * 5)) % 10) as u8;
    }
    email[20..24].copy_from_slice(&(number as u32).to_be_bytes());
    Entry { value, email, age: (scattered >> 20) % AGE_MAX }
}

fn age_key(age: u64, record: u64) -> [u8; 17] {
    let mut key = [0x20; 17];
    key[1..9].copy_from_slice(&age.to_be_bytes());
    key[9..].copy_from_slice(&record.to_be_bytes());
    key
}

fn empty() -> Result<MemoryStrategy, Failure> {
    let storage = MemoryStrategy::new();
    let mut transaction = storage.begin_write(Durability::Os)?;
    for (id, shape) in [(DOCUMENTS, Shape::Records), (EMAILS, Shape::Keys), (AGES, Shape::Keys)] {
        transaction.create_tree(id, &TreeSpec { shape, derived: false, label: "" })?;
    }
    transaction.commit()?;
    Ok(storage)
}

fn insert(transaction: &mut dyn WriteTxn, entry: &Entry) -> Result<(), Failure> {
    let record = transaction.append(DOCUMENTS, &entry.value)?;
    transaction.put(EMAILS, Key::Bytes(&entry.email), &record.to_be_bytes())?;
    transaction.put(AGES, Key::Bytes(&age_key(entry.age, record)), &[])?;
    Ok(())
}

/// A storage with so many documents, written by transactions of `batch`.
fn filled(documents: u64, batch: u64) -> Result<MemoryStrategy, Failure> {
    let storage = empty()?;
    let mut next = 0;
    while next < documents {
        let mut transaction = storage.begin_write(Durability::Os)?;
        for number in next..(next + batch).min(documents) {
            insert(&mut *transaction, &entry(number))?;
        }
        transaction.commit()?;
        next += batch;
    }
    Ok(storage)
}

fn report(what: &str, figure: Figure) {
    println!("{what:44} {:10.1} {:10.1}", figure.median, figure.fastest);
}

fn report_one(what: &str, figure: f64) {
    println!("{what:44} {figure:10.1}");
}

/// The times of some rounds, divided by the operations of a round.
struct Figure {
    median: f64,
    fastest: f64,
}

fn measure(
    rounds: usize,
    operations: u64,
    mut round: impl FnMut() -> Result<(), Failure>,
) -> Result<Figure, Failure> {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        round()?;
        times.push(start.elapsed().as_nanos() as f64 / operations as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok(Figure { median: times[times.len() / 2], fastest: times[0] })
}

/// The same work on hand-made maps without transactions, to compare with on the same machine at the same time.
fn baseline(documents: u64) -> Result<(), Failure> {
    struct Maps {
        documents: HashMap<u64, Vec<u8>>,
        emails: HashMap<[u8; 26], u64>,
        ages: BTreeSet<(u64, u64)>,
    }
    let insert = |maps: &mut Maps, record: u64| {
        let entry = entry(record);
        black_box(maps.emails.contains_key(&entry.email));
        maps.documents.insert(record, entry.value.to_vec());
        maps.emails.insert(entry.email, record);
        maps.ages.insert((entry.age, record));
    };
    let empty = || Maps { documents: HashMap::new(), emails: HashMap::new(), ages: BTreeSet::new() };
    let mut maps = empty();
    let figure = measure(3, documents, || {
        maps = empty();
        (0..documents).for_each(|record| insert(&mut maps, record));
        Ok(())
    })?;
    report("hand-made maps: insert", figure);
    let mut random = Random(42);
    let emails: Vec<_> = (0..100_000).map(|_| entry(random.below(documents)).email).collect();
    let figure = measure(5, 100_000, || {
        for email in &emails {
            black_box(
                maps.emails.get(email).and_then(|record| maps.documents.get(record)).map(|value| value[0]),
            );
        }
        Ok(())
    })?;
    report("hand-made maps: point, email to document", figure);
    let order = shuffled(documents, &mut random);
    let mut rest = order.chunks((documents / 10) as usize);
    let figure = measure(5, documents / 10, || {
        for &record in rest.next().unwrap_or(&[]) {
            let entry = entry(record);
            maps.documents.remove(&record);
            maps.emails.remove(&entry.email);
            maps.ages.remove(&(entry.age, record));
        }
        Ok(())
    })?;
    report("hand-made maps: delete one, scattered", figure);
    Ok(())
}

fn shuffled(documents: u64, random: &mut Random) -> Vec<u64> {
    let mut order: Vec<u64> = (0..documents).collect();
    for position in (1..order.len()).rev() {
        order.swap(position, random.below(position as u64 + 1) as usize);
    }
    order
}

fn bulk(documents: u64) -> Result<(), Failure> {
    for batch in [10, 30, 100, 1_000, 10_000] {
        let figure =
            measure(3, documents, || filled(documents, batch).map(|storage| drop(black_box(storage))))?;
        report(&format!("bulk insert, {batch} a transaction"), figure);
    }
    Ok(())
}

fn insert_one(documents: u64) -> Result<(), Failure> {
    let one = |storage: &MemoryStrategy, number: u64| -> Result<(), Failure> {
        let entry = entry(number);
        let mut transaction = storage.begin_write(Durability::Os)?;
        black_box(transaction.get(EMAILS, Key::Bytes(&entry.email), &mut |_| {})?);
        insert(&mut *transaction, &entry)?;
        transaction.commit()?;
        Ok(())
    };
    let figure = measure(5, 10_000, || {
        let storage = empty()?;
        (0..10_000).try_for_each(|number| one(&storage, number))
    })?;
    report("insert one, 0 to 10k", figure);
    let storage = filled(documents, 10_000)?;
    let mut next = documents;
    let figure = measure(5, 10_000, || {
        next += 10_000;
        (next..next + 10_000).try_for_each(|number| one(&storage, number))
    })?;
    report("insert one, on top", figure);
    let figure = measure(3, 10_000, || {
        next += 10_000;
        (next..next + 10_000).try_for_each(|number| {
            let held = storage.begin_read()?;
            one(&storage, number)?;
            drop(held);
            Ok(())
        })
    })?;
    report("insert one, on top, a snapshot held", figure);
    Ok(())
}

fn reads(storage: &MemoryStrategy, documents: u64) -> Result<(), Failure> {
    let operations = 100_000;
    let figure = measure(5, operations, || {
        (0..operations).try_for_each(|_| {
            black_box(storage.begin_read()?);
            Ok(())
        })
    })?;
    report("begin_read", figure);
    let mut random = Random(42);
    let numbers: Vec<u64> = (0..operations).map(|_| random.below(documents)).collect();
    let emails: Vec<[u8; 26]> = numbers.iter().map(|&number| entry(number).email).collect();
    let by_email = |snapshot: &dyn ReadTxn, email: &[u8]| -> Result<(), Failure> {
        let mut record = 0;
        snapshot.get(EMAILS, Key::Bytes(email), &mut |value| {
            record = value.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        })?;
        assert!(snapshot.get(DOCUMENTS, Key::Record(record), &mut |value| {
            black_box(value[0]);
        })?);
        Ok(())
    };
    let snapshot = storage.begin_read()?;
    let figure = measure(5, operations, || emails.iter().try_for_each(|email| by_email(&*snapshot, email)))?;
    report("point, email to document", figure);
    let figure = measure(5, operations, || {
        emails.iter().try_for_each(|email| by_email(&*storage.begin_read()?, email))
    })?;
    report("point, email to document, own snapshot", figure);
    let figure = measure(5, operations, || {
        for number in &numbers {
            snapshot.get(DOCUMENTS, Key::Record(number + 1), &mut |value| {
                black_box(value[0]);
            })?;
        }
        Ok(())
    })?;
    report("get by record", figure);
    let records: Vec<u64> = numbers.iter().map(|number| number + 1).collect();
    let figure = measure(5, operations, || {
        snapshot.get_many(DOCUMENTS, &records, &mut |_, value| {
            black_box(value[0]);
            ControlFlow::Continue(())
        })?;
        Ok(())
    })?;
    report("get_many, a record", figure);
    let scan = |tree, direction| {
        measure(7, documents, || {
            let mut sum = 0_u64;
            snapshot.scan(tree, Range::ALL, direction, &mut |_, value| {
                sum += value.get(94).map_or(0, |byte| u64::from(*byte));
                ControlFlow::Continue(())
            })?;
            black_box(sum);
            Ok(())
        })
    };
    report("scan documents, a document", scan(DOCUMENTS, Direction::Forward)?);
    report("scan documents backward, a document", scan(DOCUMENTS, Direction::Backward)?);
    report("scan emails, an entry", scan(EMAILS, Direction::Forward)?);
    let mut page = anser_storage::Page::default();
    let figure = measure(7, documents, || {
        let mut lower = Bound::Unbounded;
        loop {
            snapshot.page(
                DOCUMENTS,
                Range::new(lower, Bound::Unbounded),
                Direction::Forward,
                1_000,
                1 << 20,
                &mut page,
            )?;
            let Some((Key::Record(last), _)) = page.len().checked_sub(1).and_then(|last| page.get(last))
            else {
                return Ok(());
            };
            lower = Bound::Excluded(Key::Record(last));
        }
    })?;
    report("pages of 1000 documents, a document", figure);
    let width = (100 * AGE_MAX / documents).max(1);
    let figure = measure(5, 2_000, || {
        let mut random = Random(43);
        for _ in 0..2_000 {
            let low = random.below(AGE_MAX - width);
            let (low, high) = (age_key(low, 0), age_key(low + width, 0));
            let range = Range::new(Bound::Included(Key::Bytes(&low)), Bound::Excluded(Key::Bytes(&high)));
            snapshot.scan(AGES, range, Direction::Forward, &mut |key, _| {
                let Key::Bytes(key) = key else { return ControlFlow::Break(()) };
                let record = key.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
                let found = snapshot.get(DOCUMENTS, Key::Record(record), &mut |value| {
                    black_box(value[0]);
                });
                if matches!(found, Ok(true)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
        Ok(())
    })?;
    report("range of about 100, with documents", figure);
    let figure = measure(7, 1_000, || {
        let mut random = Random(46);
        for _ in 0..1_000 {
            let low = random.below(AGE_MAX / 10 * 9);
            let (low, high) = (age_key(low, 0), age_key(low + AGE_MAX / 10, 0));
            let range = Range::new(Bound::Included(Key::Bytes(&low)), Bound::Excluded(Key::Bytes(&high)));
            black_box(snapshot.count(AGES, range)?);
        }
        Ok(())
    })?;
    report("count a tenth", figure);
    Ok(())
}

fn changes(storage: &MemoryStrategy, documents: u64) -> Result<(), Failure> {
    let mut random = Random(47);
    let figure = measure(3, 20_000, || {
        for round in 0..20_000 {
            let number = random.below(documents);
            let mut value = entry(number).value.to_vec();
            value.resize(value.len() + round % 5, 0);
            let mut transaction = storage.begin_write(Durability::Os)?;
            transaction.put(DOCUMENTS, Key::Record(number + 1), &value)?;
            transaction.commit()?;
        }
        Ok(())
    })?;
    report("update one, a few bytes longer", figure);
    let order = shuffled(documents, &mut random);
    let mut remaining = order.chunks((documents / 10) as usize);
    let figure = measure(5, documents / 10, || {
        for &number in remaining.next().unwrap_or(&[]) {
            let entry = entry(number);
            let mut transaction = storage.begin_write(Durability::Os)?;
            transaction.remove(DOCUMENTS, Key::Record(number + 1))?;
            transaction.remove(EMAILS, Key::Bytes(&entry.email))?;
            transaction.remove(AGES, Key::Bytes(&age_key(entry.age, number + 1)))?;
            transaction.commit()?;
        }
        Ok(())
    })?;
    report("delete one, scattered", figure);
    let rest: Vec<u64> = remaining.flatten().copied().collect();
    let figure = measure(1, rest.len() as u64, || {
        let mut transaction = storage.begin_write(Durability::Os)?;
        for &number in &rest {
            let entry = entry(number);
            transaction.remove(DOCUMENTS, Key::Record(number + 1))?;
            transaction.remove(EMAILS, Key::Bytes(&entry.email))?;
            transaction.remove(AGES, Key::Bytes(&age_key(entry.age, number + 1)))?;
        }
        Ok(transaction.commit()?)
    })?;
    report("delete the other half, one transaction", figure);
    Ok(())
}

fn reader_beside_writer(documents: u64) -> Result<(), Failure> {
    let storage = Arc::new(filled(documents, 10_000)?);
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (storage, done) = (Arc::clone(&storage), Arc::clone(&done));
        std::thread::spawn(move || {
            let mut times = Vec::with_capacity(1 << 22);
            let mut random = Random(48);
            while !done.load(Ordering::Relaxed) {
                let record = random.below(documents) + 1;
                let start = Instant::now();
                let found = storage.begin_read().and_then(|snapshot| {
                    snapshot.get(DOCUMENTS, Key::Record(record), &mut |value| {
                        black_box(value[0]);
                    })
                });
                assert!(matches!(found, Ok(true)));
                if times.len() < times.capacity() {
                    times.push(start.elapsed().as_nanos() as u64);
                }
            }
            times.sort();
            times
        })
    };
    for batch in 0..10 {
        let mut transaction = storage.begin_write(Durability::Os)?;
        for number in 0..10_000 {
            insert(&mut *transaction, &entry(documents + batch * 10_000 + number))?;
        }
        transaction.commit()?;
    }
    done.store(true, Ordering::Relaxed);
    let times = reader.join().map_err(|_| "the reader failed")?;
    for (name, part) in [("median", 0.5), ("99 %", 0.99), ("99.9 %", 0.999), ("longest", 1.0)] {
        let at = ((times.len() - 1) as f64 * part) as usize;
        report_one(&format!("read beside a bulk writer, {name}"), times[at] as f64);
    }
    Ok(())
}
