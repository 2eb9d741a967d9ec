//! The laws, over a log that is a list in memory.

#![allow(clippy::unwrap_used)]

use super::{Batch, Change, Contents, DocumentLog, Resident, Ticket};
use crate::conformance::Store;
use crate::{Durability, Error, ErrorKind, Key, Range, Result, Shape, StorageStrategy, TreeId, TreeSpec};
use parking_lot::Mutex;
use std::sync::Arc;

/// What outlives a storage: batches, and how many of them are safe.
#[derive(Debug, Default)]
struct List {
    batches: Vec<(Ticket, Batch)>,
    last: u64,
    waited: u64,
    compactions: u64,
    refuse_append: bool,
    refuse_wait: bool,
}

#[derive(Clone, Debug, Default)]
struct ListLog(Arc<Mutex<List>>);

impl DocumentLog for ListLog {
    fn load(&self, visit: &mut dyn FnMut(Change<'_>) -> Result<()>) -> Result<Ticket> {
        let list = self.0.lock();
        list.batches.iter().flat_map(|(_, batch)| batch.iter()).try_for_each(visit)?;
        Ok(Ticket(list.last))
    }

    fn append(&self, batch: &Batch, _durability: Durability) -> Result<Ticket> {
        let mut list = self.0.lock();
        if list.refuse_append {
            return Err(Error::new(ErrorKind::Full, "the list is full"));
        }
        list.last += 1;
        let ticket = Ticket(list.last);
        list.batches.push((ticket, batch.clone()));
        Ok(ticket)
    }

    fn wait(&self, ticket: Ticket) -> Result<()> {
        let mut list = self.0.lock();
        if list.refuse_wait {
            return Err(Error::new(ErrorKind::Io, "the list cannot be synced"));
        }
        list.waited = list.waited.max(ticket.0);
        Ok(())
    }

    fn compact(&self, contents: &Contents) -> Result<()> {
        let mut batch = Batch::default();
        contents.changes(&mut |change| {
            batch.push(change);
            Ok(())
        })?;
        let mut list = self.0.lock();
        list.compactions += 1;
        list.batches.retain(|(ticket, _)| *ticket > contents.through());
        list.batches.insert(0, (contents.through(), batch));
        Ok(())
    }

    fn size_bytes(&self) -> Result<u64> {
        Ok(self.0.lock().batches.len() as u64 * 100)
    }

    fn close(&self) -> Result<()> {
        Ok(())
    }
}

fn fresh() -> Result<Box<dyn Store>> {
    let log = ListLog::default();
    Ok(Box::new(move || Ok(Arc::new(Resident::new(log.clone())?) as Arc<dyn StorageStrategy>)))
}

mod keeps_the_laws {
    crate::conformance_tests!(super::fresh);
}

/// Writes itself anew whenever it is opened.
fn compacting() -> Result<Box<dyn Store>> {
    let log = ListLog::default();
    Ok(Box::new(move || {
        let storage = Resident::new(log.clone())?;
        storage.maintenance().unwrap().compact()?;
        Ok(Arc::new(storage) as Arc<dyn StorageStrategy>)
    }))
}

mod keeps_the_laws_when_it_is_compacted {
    crate::conformance_tests!(super::compacting);
}

const TREE: TreeId = TreeId(1);
const INDEX: TreeId = TreeId(2);

fn with_trees(log: &ListLog) -> Resident {
    let storage = Resident::new(log.clone()).unwrap();
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.create_tree(TREE, &TreeSpec { shape: Shape::Records, derived: false, label: "c" }).unwrap();
    write.create_tree(INDEX, &TreeSpec { shape: Shape::Keys, derived: true, label: "i" }).unwrap();
    write.commit().unwrap();
    storage
}

#[test]
fn derived_trees_are_not_logged_and_end_with_the_process() {
    let log = ListLog::default();
    let storage = with_trees(&log);
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.put(INDEX, Key::Bytes(b"k"), b"v").unwrap();
    write.commit().unwrap();
    assert_eq!(storage.trees().unwrap(), [TREE, INDEX]);
    assert_eq!(log.0.lock().last, 1, "an index entry was logged");
    drop(storage);
    assert_eq!(Resident::new(log).unwrap().trees().unwrap(), [TREE]);
}

#[test]
fn only_synced_commits_wait() {
    let log = ListLog::default();
    let storage = with_trees(&log);
    for (durability, waited) in [
        (Durability::Os, 0),
        (Durability::Within(std::time::Duration::from_secs(1)), 0),
        (Durability::Synced, 4),
    ] {
        let mut write = storage.begin_write(durability).unwrap();
        write.append(TREE, b"x").unwrap();
        write.commit().unwrap();
        assert_eq!(log.0.lock().waited, waited);
    }
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.append(TREE, b"x").unwrap();
    write.commit().unwrap();
    storage.sync().unwrap();
    assert_eq!(log.0.lock().waited, 5);
}

#[test]
fn what_the_log_refuses_is_not_published() {
    let log = ListLog::default();
    let storage = with_trees(&log);
    log.0.lock().refuse_append = true;
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.append(TREE, b"x").unwrap();
    assert_eq!(write.commit().unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(storage.begin_read().unwrap().count(TREE, Range::ALL).unwrap(), 0);
    log.0.lock().refuse_append = false;
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    assert_eq!(write.append(TREE, b"x").unwrap(), 1);
    write.commit().unwrap();
}

#[test]
fn a_commit_that_cannot_be_made_safe_is_an_error() {
    let log = ListLog::default();
    let storage = with_trees(&log);
    log.0.lock().refuse_wait = true;
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.append(TREE, b"x").unwrap();
    assert_eq!(write.commit().unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn another_transaction_begins_while_a_commit_waits() {
    #[derive(Debug)]
    struct Slow(ListLog, Arc<(Mutex<bool>, parking_lot::Condvar)>);
    impl DocumentLog for Slow {
        fn load(&self, visit: &mut dyn FnMut(Change<'_>) -> Result<()>) -> Result<Ticket> {
            self.0.load(visit)
        }
        fn append(&self, batch: &Batch, durability: Durability) -> Result<Ticket> {
            self.0.append(batch, durability)
        }
        fn wait(&self, _ticket: Ticket) -> Result<()> {
            let mut open = self.1.0.lock();
            while !*open {
                self.1.1.wait(&mut open);
            }
            Ok(())
        }
        fn compact(&self, contents: &Contents) -> Result<()> {
            self.0.compact(contents)
        }
        fn size_bytes(&self) -> Result<u64> {
            self.0.size_bytes()
        }
        fn close(&self) -> Result<()> {
            self.0.close()
        }
    }
    let log = ListLog::default();
    drop(with_trees(&log));
    let gate = Arc::new((Mutex::new(false), parking_lot::Condvar::new()));
    let storage = Resident::new(Slow(log.clone(), Arc::clone(&gate))).unwrap();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| {
            let mut write = storage.begin_write(Durability::Synced).unwrap();
            write.append(TREE, b"x").unwrap();
            write.commit().unwrap();
        });
        while log.0.lock().last < 2 {
            std::thread::yield_now();
        }
        let mut write = storage.begin_write(Durability::Os).unwrap();
        assert_eq!(write.append(TREE, b"y").unwrap(), 2);
        write.commit().unwrap();
        *gate.0.lock() = true;
        gate.1.notify_all();
        waiting.join().unwrap();
    });
}

#[test]
fn a_compaction_leaves_what_was_there() {
    let log = ListLog::default();
    let storage = with_trees(&log);
    for round in 0..50_u8 {
        let mut write = storage.begin_write(Durability::Os).unwrap();
        let record = write.append(TREE, &[round]).unwrap();
        if round % 2 == 0 {
            write.remove(TREE, Key::Record(record)).unwrap();
        }
        write.commit().unwrap();
    }
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.remove(TREE, Key::Record(50)).unwrap();
    write.commit().unwrap();
    storage.maintenance().unwrap().compact().unwrap();
    assert_eq!(log.0.lock().batches.len(), 1);
    assert_eq!(log.0.lock().compactions, 1);
    drop(storage);
    let storage = Resident::new(log).unwrap();
    assert_eq!(storage.begin_read().unwrap().count(TREE, Range::ALL).unwrap(), 24);
    assert_eq!(storage.begin_write(Durability::Os).unwrap().append(TREE, b"").unwrap(), 51);
}

#[test]
fn a_log_that_makes_no_sense_is_corrupt() {
    for change in [
        Change::Put { tree: TREE, key: Key::Record(1), value: b"no tree" },
        Change::CreateTree { tree: TREE, shape: Shape::Keys, label: "twice" },
    ] {
        let log = ListLog::default();
        let mut batch = Batch::default();
        if let Change::CreateTree { .. } = change {
            batch.push(change);
        }
        batch.push(change);
        log.append(&batch, Durability::Os).unwrap();
        assert_eq!(Resident::new(log).unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

#[test]
fn a_batch_gives_back_what_was_pushed() {
    let changes = [
        Change::CreateTree { tree: TREE, shape: Shape::Records, label: "main.users" },
        Change::Put { tree: TREE, key: Key::Record(3), value: b"value" },
        Change::Put { tree: INDEX, key: Key::Bytes(b"key"), value: b"" },
        Change::Put { tree: INDEX, key: Key::Bytes(b""), value: b"value" },
        Change::Remove { tree: TREE, key: Key::Record(3) },
        Change::Remove { tree: INDEX, key: Key::Bytes(b"key") },
        Change::Clear { tree: TREE },
        Change::Reach { tree: TREE, next: 9 },
        Change::DropTree { tree: TREE },
    ];
    let mut batch = Batch::default();
    changes.iter().for_each(|change| batch.push(*change));
    assert_eq!(batch.iter().collect::<Vec<_>>(), changes);
    assert_eq!(batch.len(), changes.len());
}
