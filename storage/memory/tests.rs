//! The strategy beside a model: random transactions, snapshots held across commits, readers beside a writer.

use super::MemoryStrategy;
use crate::durability::Durability;
use crate::error::ErrorKind;
use crate::strategy::{ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::{Direction, Key, Page, Range, Shape, TreeId, TreeSpec};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Numbers that look random and are the same in every run.
pub(in crate::memory) struct Random(u64);

impl Random {
    pub(in crate::memory) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub(in crate::memory) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % limit.max(1)
    }
}

const RECORDS: TreeSpec<'static> = TreeSpec { shape: Shape::Records, derived: false, label: "records" };
const KEYS: TreeSpec<'static> = TreeSpec { shape: Shape::Keys, derived: true, label: "keys" };

fn write(storage: &MemoryStrategy) -> Box<dyn WriteTxn> {
    storage.begin_write(Durability::Os).unwrap()
}

/// A key that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum OwnedKey {
    Record(u64),
    Bytes(Vec<u8>),
}

impl OwnedKey {
    fn of(key: Key<'_>) -> Self {
        match key {
            Key::Record(record) => OwnedKey::Record(record),
            Key::Bytes(bytes) => OwnedKey::Bytes(bytes.to_vec()),
        }
    }

    fn key(&self) -> Key<'_> {
        match self {
            OwnedKey::Record(record) => Key::Record(*record),
            OwnedKey::Bytes(bytes) => Key::Bytes(bytes),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct ModelTree {
    shape: Shape,
    entries: BTreeMap<OwnedKey, Vec<u8>>,
    next: u64,
}

type Model = BTreeMap<u64, ModelTree>;

fn random_key(random: &mut Random, shape: Shape, next: u64) -> OwnedKey {
    match shape {
        Shape::Records => OwnedKey::Record(random.below(next + 3)),
        Shape::Keys => OwnedKey::Bytes((0..random.below(5)).map(|_| random.below(4) as u8 * 80).collect()),
    }
}

fn random_value(random: &mut Random) -> Vec<u8> {
    let len = match random.below(200) {
        0 => 20_000 + random.below(60_000),
        1..=4 => 4_000 + random.below(300),
        5..=30 => 0,
        _ => random.below(120),
    };
    vec![random.below(256) as u8; len as usize]
}

/// Everything that can be read gives what the model has.
fn compare(transaction: &dyn ReadTxn, model: &Model, random: &mut Random) {
    for id in 0..6 {
        let tree = TreeId(id);
        let Some(expected) = model.get(&id) else {
            assert!(!transaction.get(tree, Key::Record(1), &mut |_| {}).unwrap());
            assert_eq!(transaction.count(tree, Range::ALL).unwrap(), 0);
            continue;
        };
        for _ in 0..4 {
            let (low, high) = (
                random_key(random, expected.shape, expected.next),
                random_key(random, expected.shape, expected.next),
            );
            let bound = |key, kind| match kind {
                0 => Bound::Unbounded,
                1..3 => Bound::Included(key),
                _ => Bound::Excluded(key),
            };
            let (lower_kind, upper_kind) = (random.below(5), random.below(5));
            let range = Range::new(bound(low.key(), lower_kind), bound(high.key(), upper_kind));
            let wanted: Vec<(OwnedKey, Vec<u8>)> = expected
                .entries
                .iter()
                .filter(|(key, _)| match lower_kind {
                    0 => true,
                    1..3 => **key >= low,
                    _ => **key > low,
                })
                .filter(|(key, _)| match upper_kind {
                    0 => true,
                    1..3 => **key <= high,
                    _ => **key < high,
                })
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            assert_eq!(transaction.count(tree, range).unwrap(), wanted.len() as u64);
            for direction in [Direction::Forward, Direction::Backward] {
                let mut wanted = wanted.clone();
                if direction == Direction::Backward {
                    wanted.reverse();
                }
                let stop = random.below(wanted.len() as u64 * 2 + 1) as usize;
                let mut seen = Vec::new();
                let visit = &mut |key: Key<'_>, value: &[u8]| {
                    assert!(transaction.get(tree, key, &mut |again| assert_eq!(again, value)).unwrap());
                    if seen.len() == stop {
                        return ControlFlow::Break(());
                    }
                    seen.push((OwnedKey::of(key), value.to_vec()));
                    ControlFlow::Continue(())
                };
                transaction.scan(tree, range, direction, visit).unwrap();
                assert_eq!(seen, wanted[..stop.min(wanted.len())]);
                let mut page = Page::default();
                transaction.page(tree, range, direction, stop.max(1), usize::MAX, &mut page).unwrap();
                let paged: Vec<_> =
                    page.iter().map(|(key, value)| (OwnedKey::of(key), value.to_vec())).collect();
                assert_eq!(paged, wanted[..stop.max(1).min(wanted.len())]);
                assert_eq!(page.more, wanted.len() > stop.max(1));
            }
        }
        let key = random_key(random, expected.shape, expected.next);
        let mut value = None;
        let found = transaction.get(tree, key.key(), &mut |bytes| value = Some(bytes.to_vec())).unwrap();
        assert_eq!(found, value.is_some());
        assert_eq!(value.as_ref(), expected.entries.get(&key));
        if expected.shape == Shape::Records {
            let records: Vec<u64> = (0..5).map(|_| random.below(expected.next + 2)).collect();
            let mut seen = Vec::new();
            let visit = &mut |position: usize, value: &[u8]| {
                seen.push((position, value.to_vec()));
                ControlFlow::Continue(())
            };
            transaction.get_many(tree, &records, visit).unwrap();
            let wanted: Vec<_> = records
                .iter()
                .enumerate()
                .filter_map(|(position, &record)| {
                    Some((position, expected.entries.get(&OwnedKey::Record(record))?.clone()))
                })
                .collect();
            assert_eq!(seen, wanted);
        }
    }
}

/// One random write, on the transaction and on the model.
fn write_something(transaction: &mut dyn WriteTxn, model: &mut Model, random: &mut Random) {
    let id = random.below(6);
    let tree = TreeId(id);
    let Some(expected) = model.get_mut(&id) else {
        let error = transaction.put(tree, Key::Bytes(b"x"), b"").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoSuchTree);
        let (spec, shape) =
            if id.is_multiple_of(2) { (RECORDS, Shape::Records) } else { (KEYS, Shape::Keys) };
        transaction.create_tree(tree, &spec).unwrap();
        model.insert(id, ModelTree { shape, entries: BTreeMap::new(), next: 1 });
        return;
    };
    let key = random_key(random, expected.shape, expected.next);
    let given = !matches!(key, OwnedKey::Record(record) if record == 0 || record >= expected.next);
    match random.below(2_000) {
        0 => {
            transaction.drop_tree(tree).unwrap();
            model.remove(&id);
        }
        1..4 => {
            transaction.clear(tree).unwrap();
            expected.entries.clear();
        }
        4..700 => {
            let removed = transaction.remove(tree, key.key()).unwrap();
            assert_eq!(removed, expected.entries.remove(&key).is_some());
        }
        700..1_300 if expected.shape == Shape::Records => {
            let value = random_value(random);
            let record = transaction.append(tree, &value).unwrap();
            assert_eq!(record, expected.next);
            expected.next += 1;
            expected.entries.insert(OwnedKey::Record(record), value);
        }
        _ if !given => {
            let error = transaction.put(tree, key.key(), b"").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Misuse);
        }
        700..1_000 => {
            let value = random_value(random);
            let new = transaction.put_new(tree, key.key(), &value).unwrap();
            assert_eq!(new, !expected.entries.contains_key(&key));
            expected.entries.entry(key).or_insert(value);
        }
        _ => {
            let value = random_value(random);
            transaction.put(tree, key.key(), &value).unwrap();
            expected.entries.insert(key, value);
        }
    }
}

#[test]
fn random_transactions_leave_what_a_model_has() {
    let seeds = std::env::var("ANSER_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(8);
    for seed in 0..seeds {
        let mut random = Random::new(seed);
        let storage = MemoryStrategy::new();
        let mut model = Model::new();
        let mut held: Vec<(Box<dyn ReadTxn>, Model)> = Vec::new();
        for _ in 0..70 {
            let before = storage.begin_read().unwrap().version().unwrap();
            let mut transaction = write(&storage);
            let mut changed = model.clone();
            let writes = [1, 3, 20, 100, 400][random.below(5) as usize];
            for step in 0..writes {
                write_something(&mut *transaction, &mut changed, &mut random);
                if step % 47 == 2 {
                    compare(&*transaction, &changed, &mut random);
                }
            }
            compare(&*transaction, &changed, &mut random);
            assert_eq!(transaction.version().unwrap(), before);
            if random.below(4) == 0 {
                drop(transaction);
            } else {
                transaction.commit().unwrap();
                model = changed;
                assert_ne!(storage.begin_read().unwrap().version().unwrap(), before, "seed {seed}");
            }
            let snapshot = storage.begin_read().unwrap();
            compare(&*snapshot, &model, &mut random);
            let ids: Vec<u64> = storage.trees().unwrap().iter().map(|tree| tree.0).collect();
            assert_eq!(ids, model.keys().copied().collect::<Vec<_>>());
            match random.below(6) {
                0 => held.push((snapshot, model.clone())),
                1 => held.clear(),
                _ => {}
            }
            for (snapshot, model) in &held {
                compare(&**snapshot, model, &mut random);
            }
        }
    }
}

#[test]
fn a_number_given_in_a_rolled_back_transaction_may_be_given_again_and_a_committed_one_never() {
    let storage = MemoryStrategy::new();
    let tree = TreeId(1);
    let mut transaction = write(&storage);
    transaction.create_tree(tree, &RECORDS).unwrap();
    assert_eq!(transaction.append(tree, b"a").unwrap(), 1);
    transaction.commit().unwrap();
    let mut transaction = write(&storage);
    assert_eq!(transaction.append(tree, b"b").unwrap(), 2);
    drop(transaction);
    let mut transaction = write(&storage);
    assert_eq!(transaction.append(tree, b"b").unwrap(), 2);
    assert!(transaction.remove(tree, Key::Record(2)).unwrap());
    assert_eq!(transaction.append(tree, b"c").unwrap(), 3);
    transaction.clear(tree).unwrap();
    transaction.commit().unwrap();
    let mut transaction = write(&storage);
    assert_eq!(transaction.append(tree, b"d").unwrap(), 4);
}

#[test]
fn a_record_put_back_after_its_removal_is_there_again() {
    let storage = MemoryStrategy::new();
    let tree = TreeId(1);
    let mut transaction = write(&storage);
    transaction.create_tree(tree, &RECORDS).unwrap();
    transaction.append(tree, b"a").unwrap();
    transaction.commit().unwrap();
    let mut transaction = write(&storage);
    transaction.remove(tree, Key::Record(1)).unwrap();
    transaction.put(tree, Key::Record(1), b"b").unwrap();
    transaction.commit().unwrap();
    assert_eq!(storage.begin_read().unwrap().count(tree, Range::ALL).unwrap(), 1);
}

#[test]
fn a_key_of_the_wrong_shape_is_misuse_and_changes_nothing() {
    let storage = MemoryStrategy::new();
    let (records, keys) = (TreeId(1), TreeId(2));
    let mut transaction = write(&storage);
    transaction.create_tree(records, &RECORDS).unwrap();
    transaction.create_tree(keys, &KEYS).unwrap();
    assert_eq!(transaction.create_tree(keys, &KEYS).unwrap_err().kind(), ErrorKind::TreeExists);
    let bytes = Key::Bytes(b"x");
    let record = Key::Record(1);
    assert_eq!(transaction.append(keys, b"").unwrap_err().kind(), ErrorKind::Misuse);
    for (tree, key) in [(records, bytes), (keys, record), (records, Key::Record(0)), (records, record)] {
        assert_eq!(transaction.put(tree, key, b"").unwrap_err().kind(), ErrorKind::Misuse);
    }
    for (tree, key) in [(records, bytes), (keys, record)] {
        assert_eq!(transaction.remove(tree, key).unwrap_err().kind(), ErrorKind::Misuse);
        assert_eq!(transaction.get(tree, key, &mut |_| {}).unwrap_err().kind(), ErrorKind::Misuse);
        for range in [
            Range::new(Bound::Included(key), Bound::Unbounded),
            Range::new(Bound::Unbounded, Bound::Excluded(key)),
        ] {
            assert_eq!(transaction.count(tree, range).unwrap_err().kind(), ErrorKind::Misuse);
        }
    }
    transaction.commit().unwrap();
    let snapshot = storage.begin_read().unwrap();
    assert_eq!(snapshot.count(records, Range::ALL).unwrap() + snapshot.count(keys, Range::ALL).unwrap(), 0);
}

#[test]
fn what_is_too_large_is_refused_and_the_largest_is_kept() {
    let storage = MemoryStrategy::new();
    let capabilities = storage.capabilities();
    let mut transaction = write(&storage);
    let (records, keys) = (TreeId(1), TreeId(2));
    transaction.create_tree(records, &RECORDS).unwrap();
    transaction.create_tree(keys, &KEYS).unwrap();
    let long_key = vec![7; capabilities.key_bytes_max + 1];
    let long_value = vec![7; capabilities.value_bytes_max + 1];
    let error = transaction.put(keys, Key::Bytes(&long_key), b"").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(transaction.append(records, &long_value).unwrap_err().kind(), ErrorKind::TooLarge);
    let key = Key::Bytes(&long_key[1..]);
    assert_eq!(transaction.put(keys, key, &long_value).unwrap_err().kind(), ErrorKind::TooLarge);
    transaction.put(keys, key, &long_value[1..]).unwrap();
    transaction.put(keys, key, &long_value[1..]).unwrap();
    let record = transaction.append(records, &long_value[1..]).unwrap();
    transaction.commit().unwrap();
    let snapshot = storage.begin_read().unwrap();
    for (tree, key) in [(keys, key), (records, Key::Record(record))] {
        assert!(snapshot.get(tree, key, &mut |value| assert!(value == &long_value[1..])).unwrap());
    }
    assert!(!snapshot.get(keys, Key::Bytes(&long_key), &mut |_| {}).unwrap());
}

#[test]
fn a_closed_storage_answers_closed_and_open_snapshots_go_on() {
    let storage = MemoryStrategy::new();
    let tree = TreeId(1);
    let mut transaction = write(&storage);
    transaction.create_tree(tree, &RECORDS).unwrap();
    transaction.append(tree, b"a").unwrap();
    transaction.commit().unwrap();
    let snapshot = storage.begin_read().unwrap();
    let mut transaction = write(&storage);
    transaction.append(tree, b"b").unwrap();
    storage.close().unwrap();
    storage.close().unwrap();
    assert_eq!(transaction.commit().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(storage.begin_read().err().unwrap().kind(), ErrorKind::Closed);
    assert_eq!(storage.begin_write(Durability::Os).err().unwrap().kind(), ErrorKind::Closed);
    assert_eq!(storage.trees().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(storage.sync().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(snapshot.count(tree, Range::ALL).unwrap(), 1);
}

#[test]
fn the_last_reader_of_an_old_state_frees_it() {
    let storage = MemoryStrategy::new();
    let tree = TreeId(1);
    let mut transaction = write(&storage);
    transaction.create_tree(tree, &RECORDS).unwrap();
    transaction.commit().unwrap();
    let snapshot = storage.begin_read().unwrap();
    let old = Arc::downgrade(&storage.state_for_tests());
    let mut transaction = write(&storage);
    transaction.append(tree, b"a").unwrap();
    transaction.commit().unwrap();
    assert!(old.upgrade().is_some());
    drop(snapshot);
    assert!(old.upgrade().is_none());
}

#[test]
fn a_small_commit_changes_in_place_unless_a_snapshot_looks() {
    let storage = MemoryStrategy::new();
    let tree = TreeId(1);
    let mut transaction = write(&storage);
    transaction.create_tree(tree, &RECORDS).unwrap();
    transaction.commit().unwrap();
    let place = || Arc::as_ptr(&storage.state_for_tests());
    let append = || {
        let mut transaction = write(&storage);
        transaction.append(tree, b"a").unwrap();
        transaction.commit().unwrap();
    };
    let before = place();
    append();
    assert_eq!(place(), before);
    let snapshot = storage.begin_read().unwrap();
    append();
    assert_ne!(place(), before);
    drop(snapshot);
}

/// Sums go wrong when a reader sees half of a batch: each batch adds as many records as keys.
#[test]
fn a_reader_beside_a_bulk_writer_sees_whole_batches_and_does_not_wait() {
    let storage = Arc::new(MemoryStrategy::new());
    let (records, keys) = (TreeId(1), TreeId(2));
    let mut transaction = write(&storage);
    transaction.create_tree(records, &RECORDS).unwrap();
    transaction.create_tree(keys, &KEYS).unwrap();
    transaction.commit().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (storage, done) = (Arc::clone(&storage), Arc::clone(&done));
        std::thread::spawn(move || {
            let mut waits = Vec::with_capacity(1 << 20);
            let mut last = 0;
            // A machine with no core to spare may give this thread its first turn late: it reads its share then.
            while !done.load(Ordering::Relaxed) || waits.len() < 100 {
                let start = Instant::now();
                let snapshot = storage.begin_read().unwrap();
                let waited = start.elapsed();
                let count = snapshot.count(records, Range::ALL).unwrap();
                assert_eq!(count, snapshot.count(keys, Range::ALL).unwrap());
                assert!(count >= last);
                if count > 0 {
                    assert!(snapshot.get(records, Key::Record(count), &mut |_| {}).unwrap());
                    assert!(!snapshot.get(records, Key::Record(count + 1), &mut |_| {}).unwrap());
                }
                last = count;
                if waits.len() < waits.capacity() {
                    waits.push(waited);
                }
            }
            waits.sort();
            waits
        })
    };
    let mut random = Random::new(5);
    for batch in [5, 4_000, 1, 9_000, 20, 6_000, 3, 7_000, 10, 5_000] {
        let mut transaction = write(&storage);
        for _ in 0..batch {
            let record = transaction.append(records, &[3; 200]).unwrap();
            let key = [random.below(u64::MAX).to_be_bytes(), record.to_be_bytes()].concat();
            transaction.put(keys, Key::Bytes(&key), b"").unwrap();
        }
        transaction.commit().unwrap();
    }
    done.store(true, Ordering::Relaxed);
    let waits = reader.join().unwrap();
    let at = |part: f64| waits[((waits.len() - 1) as f64 * part) as usize];
    println!(
        "begin_read beside a bulk writer, {} times: half within {:?}, 99 % within {:?}, 99.9 % within {:?}, all within {:?}",
        waits.len(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
    assert!(at(0.9) < std::time::Duration::from_millis(1), "a reader waited for the writer");
}

#[test]
fn writers_of_many_threads_lose_nothing() {
    let storage = Arc::new(MemoryStrategy::new());
    let tree = TreeId(1);
    let mut transaction = write(&storage);
    transaction.create_tree(tree, &KEYS).unwrap();
    transaction.put(tree, Key::Bytes(b"sum"), &0_u64.to_be_bytes()).unwrap();
    transaction.commit().unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let storage = Arc::clone(&storage);
            std::thread::spawn(move || {
                for _ in 0..1_000 {
                    let mut transaction = write(&storage);
                    let mut sum = 0;
                    let read = &mut |value: &[u8]| sum = u64::from_be_bytes(value.try_into().unwrap());
                    transaction.get(tree, Key::Bytes(b"sum"), read).unwrap();
                    transaction.put(tree, Key::Bytes(b"sum"), &(sum + 1).to_be_bytes()).unwrap();
                    transaction.commit().unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let snapshot = storage.begin_read().unwrap();
    let check = &mut |value: &[u8]| assert_eq!(value, 4_000_u64.to_be_bytes());
    assert!(snapshot.get(tree, Key::Bytes(b"sum"), check).unwrap());
}

mod laws {
    use super::super::MemoryStrategy;
    use crate::conformance::Volatile;
    use crate::strategy::StorageStrategy;
    use std::sync::Arc;

    crate::conformance_tests!(Volatile(|| Ok(Arc::new(MemoryStrategy::new()) as Arc<dyn StorageStrategy>)));
}
