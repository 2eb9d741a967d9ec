//! Many threads, two handles, closing and opening again.

use super::laws::laws;
use super::model::{K, KEYS, R, all, create_trees, got, trees_of, write};
use super::{Store, assert_kind};
use crate::durability::Durability;
use crate::error::{Error, ErrorKind, Result};
use crate::strategy::StorageStrategy;
use crate::tree::{Key, Range, TreeId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Two handles on one store, where that is possible.
fn two_handles(store: &dyn Store) -> Result<Option<[Arc<dyn StorageStrategy>; 2]>> {
    let first = store.open()?;
    if !first.capabilities().multi_process {
        return Ok(None);
    }
    Ok(Some([first, store.open()?]))
}

/// Ends a thread that may have failed.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

laws! {
    /// What was committed is there after the process ended, on strategies that are durable.
    fn what_was_committed_survives_reopening(factory) {
        let store = factory.store()?;
        let mut storage = store.open()?;
        if !storage.capabilities().durable {
            return Ok(());
        }
        create_trees(&*storage)?;
        for round in 0..6u8 {
            let durability = match round % 3 {
                0 => Durability::Synced,
                1 => Durability::Within(Duration::from_millis(10)),
                _ => Durability::Os,
            };
            let mut transaction = storage.begin_write(durability)?;
            transaction.append(R, &[round])?;
            transaction.put(K, Key::Bytes(&[round]), b"x")?;
            transaction.commit()?;
            let mut transaction = storage.begin_write(durability)?;
            transaction.append(R, b"lost")?;
            drop(transaction);
            if round % 2 == 0 {
                storage.close()?;
            }
            drop(storage);
            storage = store.open()?;
            let read = storage.begin_read()?;
            assert_eq!(all(&*read, R)?.len(), usize::from(round) + 1);
            if storage.capabilities().persistent_indexes {
                assert_eq!(all(&*read, K)?.len(), usize::from(round) + 1);
            } else {
                assert_eq!(trees_of(&*storage)?, [R], "a derived tree outlived the process, though not kept");
                write(&*storage, |transaction| transaction.create_tree(K, &KEYS))?;
            }
        }
        Ok(())
    }

    /// Ends background work and gives the files back. What is asked afterwards is an error of kind Closed;
    /// closing again does nothing.
    fn a_closed_store_refuses(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        storage.close()?;
        assert_kind(storage.begin_read(), ErrorKind::Closed);
        assert_kind(storage.begin_write(Durability::Os), ErrorKind::Closed);
        assert_kind(storage.trees(), ErrorKind::Closed);
        assert_kind(storage.sync(), ErrorKind::Closed);
        storage.close()
    }

    /// Opens a write transaction, waiting for another one to end where only one fits.
    fn writers_come_one_after_another(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        if storage.capabilities().concurrent_writers {
            return Ok(());
        }
        let ended = AtomicBool::new(false);
        let mut first = storage.begin_write(Durability::Os)?;
        std::thread::scope(|threads| {
            let second = threads.spawn(|| {
                let mut second = storage.begin_write(Durability::Os)?;
                assert!(ended.load(Ordering::SeqCst), "two writers at once");
                assert_eq!(all(&*second, R)?.len(), 1);
                second.append(R, b"second")?;
                second.commit()
            });
            first.append(R, b"first")?;
            std::thread::sleep(Duration::from_millis(50));
            ended.store(true, Ordering::SeqCst);
            first.commit()?;
            joined(second)
        })?;
        write(&*storage, |_| Ok(()))?;
        std::thread::scope(|threads| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    threads.spawn(|| {
                        for _ in 0..25 {
                            write(&*storage, |transaction| {
                                let count = transaction.count(R, Range::ALL)?;
                                transaction.append(R, &count.to_be_bytes())
                            })?;
                        }
                        Ok::<_, Error>(())
                    })
                })
                .collect();
            writers.into_iter().try_for_each(joined)
        })?;
        let values = all(&*storage.begin_read()?, R)?;
        assert_eq!(values.len(), 102);
        for (position, (_, value)) in values.iter().enumerate().skip(2) {
            assert_eq!(*value, (position as u64).to_be_bytes(), "a writer did not see the one before it");
        }
        Ok(())
    }

    /// Makes everything done here visible at once: a reader in another thread sees all of a commit or none.
    fn readers_never_see_half_of_a_commit(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let ended = AtomicBool::new(false);
        std::thread::scope(|threads| {
            let readers: Vec<_> = (0..3)
                .map(|_| {
                    threads.spawn(|| {
                        let mut last = 0;
                        while !ended.load(Ordering::Relaxed) {
                            let read = storage.begin_read()?;
                            let records = all(&*read, R)?;
                            assert_eq!(records.len() % 10, 0, "half of a commit");
                            assert_eq!(read.count(K, Range::ALL)?, records.len() as u64);
                            assert!(records.len() >= last, "a later snapshot sees less");
                            last = records.len();
                        }
                        Ok::<_, Error>(())
                    })
                })
                .collect();
            let written = (0..60u64).try_for_each(|round| {
                write(&*storage, |transaction| {
                    for step in 0..10u64 {
                        let record = transaction.append(R, b"x")?;
                        let key = (round * 10 + step).to_le_bytes();
                        transaction.put(K, Key::Bytes(&key), &record.to_be_bytes())?;
                    }
                    Ok(())
                })
            });
            ended.store(true, Ordering::Relaxed);
            readers.into_iter().try_for_each(joined)?;
            written
        })
    }

    /// Other processes may read and write the same storage: what one handle creates the other one uses.
    fn two_handles_see_each_others_trees(factory) {
        let store = factory.store()?;
        let Some([first, second]) = two_handles(&*store)? else {
            return Ok(());
        };
        assert_eq!(all(&*second.begin_read()?, R)?, []);
        create_trees(&*first)?;
        assert_eq!(trees_of(&*second)?, [R, K]);
        write(&*second, |transaction| transaction.append(R, b"from the second"))?;
        assert_eq!(all(&*first.begin_read()?, R)?.len(), 1);
        write(&*second, |transaction| transaction.create_tree(TreeId(30), &KEYS))?;
        let again = write(&*first, |transaction| transaction.create_tree(TreeId(30), &KEYS));
        assert_kind(again, ErrorKind::TreeExists);
        write(&*first, |transaction| transaction.put(TreeId(30), Key::Bytes(b"x"), b"y"))?;
        let before = second.begin_read()?;
        write(&*first, |transaction| transaction.drop_tree(R))?;
        assert_eq!(all(&*before, R)?.len(), 1);
        drop(before);
        assert_eq!(all(&*second.begin_read()?, R)?, []);
        assert_kind(write(&*second, |transaction| transaction.append(R, b"x")), ErrorKind::NoSuchTree);
        assert_eq!(trees_of(&*second)?, [K, TreeId(30)]);
        first.close()?;
        assert_eq!(got(&*second.begin_read()?, TreeId(30), Key::Bytes(b"x"))?.as_deref(), Some(&b"y"[..]));
        write(&*second, |transaction| transaction.put(K, Key::Bytes(b"after"), b"closing"))?;
        Ok(())
    }

    /// Larger than every number this tree ever gave in a committed transaction, through whichever handle.
    fn two_handles_see_each_others_records(factory) {
        let store = factory.store()?;
        let Some(handles) = two_handles(&*store)? else {
            return Ok(());
        };
        create_trees(&*handles[0])?;
        let mut highest = 0;
        for round in 0..40usize {
            let handle = &handles[usize::from(round % 3 == 0)];
            let given = write(&**handle, |transaction| transaction.append(R, b"x"))?;
            assert!(given > highest, "{given} after {highest} in round {round}");
            highest = given;
            let other = &handles[usize::from(round % 5 < 2)];
            match round % 4 {
                1 => assert!(write(&**other, |transaction| transaction.remove(R, Key::Record(given)))?),
                2 if round % 8 == 2 => write(&**other, |transaction| transaction.clear(R))?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Opens a write transaction, waiting for another one to end where only one fits, whichever handle has
    /// it.
    fn two_handles_write_one_after_another(factory) {
        let store = factory.store()?;
        let Some(handles) = two_handles(&*store)? else {
            return Ok(());
        };
        create_trees(&*handles[0])?;
        std::thread::scope(|threads| {
            let writers: Vec<_> = handles
                .iter()
                .map(|handle| {
                    threads.spawn(|| {
                        for _ in 0..40 {
                            write(&**handle, |transaction| {
                                let count = transaction.count(R, Range::ALL)?;
                                transaction.append(R, &count.to_be_bytes())
                            })?;
                        }
                        Ok::<_, Error>(())
                    })
                })
                .collect();
            writers.into_iter().try_for_each(joined)
        })?;
        for (position, (_, value)) in all(&*handles[0].begin_read()?, R)?.iter().enumerate() {
            assert_eq!(*value, (position as u64).to_be_bytes(), "a writer did not see the one before it");
        }
        assert_eq!(handles[1].begin_read()?.count(R, Range::ALL)?, 80);
        Ok(())
    }
}
