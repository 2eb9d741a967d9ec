//! One write transaction: what it sees, what it leaves, what its verbs return.

use super::laws::laws;
use super::model::{K, KEYS, R, all, create_trees, got, trees_of, write};
use crate::durability::Durability;
use crate::tree::{Key, Range, TreeId};
use std::time::Duration;

laws! {
    /// Writing inside a transaction, which reads its own writes.
    fn a_transaction_reads_its_own_writes(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        write(&*storage, |transaction| transaction.put(K, Key::Bytes(b"old"), b"1"))?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        let record = transaction.append(R, b"document")?;
        transaction.put(K, Key::Bytes(b"new"), b"2")?;
        transaction.put(K, Key::Bytes(b"old"), b"3")?;
        assert_eq!(got(&*transaction, R, Key::Record(record))?.as_deref(), Some(&b"document"[..]));
        assert_eq!(got(&*transaction, K, Key::Bytes(b"old"))?.as_deref(), Some(&b"3"[..]));
        assert_eq!(all(&*transaction, K)?.len(), 2);
        assert_eq!(transaction.count(K, Range::ALL)?, 2);
        transaction.remove(K, Key::Bytes(b"old"))?;
        assert_eq!(got(&*transaction, K, Key::Bytes(b"old"))?, None);
        transaction.create_tree(TreeId(20), &KEYS)?;
        transaction.put(TreeId(20), Key::Bytes(b"x"), b"y")?;
        assert_eq!(all(&*transaction, TreeId(20))?.len(), 1);
        transaction.clear(K)?;
        assert_eq!(all(&*transaction, K)?, []);
        transaction.commit()
    }

    /// Makes everything done here visible at once.
    fn a_commit_makes_everything_visible_at_once(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let mut transaction = storage.begin_write(Durability::Synced)?;
        transaction.append(R, b"document")?;
        transaction.put(K, Key::Bytes(b"key"), b"entry")?;
        transaction.create_tree(TreeId(20), &KEYS)?;
        let before = storage.begin_read()?;
        assert_eq!((all(&*before, R)?.len(), all(&*before, K)?.len()), (0, 0));
        drop(before);
        assert_eq!(storage.trees()?.len(), 2);
        transaction.commit()?;
        let after = storage.begin_read()?;
        assert_eq!((all(&*after, R)?.len(), all(&*after, K)?.len()), (1, 1));
        assert_eq!(storage.trees()?.len(), 3);
        Ok(())
    }

    /// Dropped without commit, nothing happened.
    fn a_dropped_transaction_did_nothing(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let record = write(&*storage, |transaction| {
            transaction.put(K, Key::Bytes(b"kept"), b"1")?;
            transaction.append(R, b"kept")
        })?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        transaction.append(R, b"lost")?;
        transaction.put(R, Key::Record(record), b"changed")?;
        transaction.put(K, Key::Bytes(b"lost"), b"2")?;
        transaction.remove(K, Key::Bytes(b"kept"))?;
        transaction.clear(K)?;
        transaction.create_tree(TreeId(20), &KEYS)?;
        transaction.drop_tree(K)?;
        drop(transaction);
        let read = storage.begin_read()?;
        assert_eq!(all(&*read, R)?.len(), 1);
        assert_eq!(got(&*read, R, Key::Record(record))?.as_deref(), Some(&b"kept"[..]));
        assert_eq!(got(&*read, K, Key::Bytes(b"kept"))?.as_deref(), Some(&b"1"[..]));
        assert_eq!(all(&*read, K)?.len(), 1);
        assert_eq!(trees_of(&*storage)?, [R, K]);
        drop(read);
        write(&*storage, |transaction| transaction.put(K, Key::Bytes(b"after"), b"3"))?;
        assert_eq!(all(&*storage.begin_read()?, K)?.len(), 2);
        Ok(())
    }

    /// Sets the value at `key`.
    fn put_replaces_a_value(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let values: [&[u8]; 5] = [b"", b"short", &[3; 10_000], b"again", b""];
        let record = write(&*storage, |transaction| transaction.append(R, b"first"))?;
        for value in values {
            write(&*storage, |transaction| {
                transaction.put(R, Key::Record(record), value)?;
                transaction.put(K, Key::Bytes(b"key"), value)
            })?;
            let read = storage.begin_read()?;
            assert_eq!(got(&*read, R, Key::Record(record))?.as_deref(), Some(value));
            assert_eq!(got(&*read, K, Key::Bytes(b"key"))?.as_deref(), Some(value));
            assert_eq!((all(&*read, R)?.len(), all(&*read, K)?.len()), (1, 1));
        }
        Ok(())
    }

    /// Sets the value at `key` unless there is one; returns whether it did.
    fn put_new_leaves_a_value_alone(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let key = Key::Bytes(b"key");
        write(&*storage, |transaction| {
            assert!(transaction.put_new(K, key, b"first")?);
            assert!(!transaction.put_new(K, key, b"second")?);
            Ok(())
        })?;
        write(&*storage, |transaction| {
            assert!(!transaction.put_new(K, key, b"third")?);
            assert_eq!(got(transaction, K, key)?.as_deref(), Some(&b"first"[..]));
            transaction.remove(K, key)?;
            assert!(transaction.put_new(K, key, b"fourth")?);
            let record = transaction.append(R, b"document")?;
            assert!(!transaction.put_new(R, Key::Record(record), b"other")?);
            assert_eq!(got(transaction, R, Key::Record(record))?.as_deref(), Some(&b"document"[..]));
            Ok(())
        })?;
        assert_eq!(got(&*storage.begin_read()?, K, key)?.as_deref(), Some(&b"fourth"[..]));
        Ok(())
    }

    /// Removes the entry at `key`; returns whether there was one.
    fn remove_says_whether_there_was_an_entry(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        write(&*storage, |transaction| {
            let record = transaction.append(R, b"document")?;
            transaction.put(K, Key::Bytes(b"key"), b"entry")?;
            assert!(transaction.remove(R, Key::Record(record))?);
            assert!(!transaction.remove(R, Key::Record(record))?);
            assert!(!transaction.remove(R, Key::Record(u64::MAX))?);
            assert!(!transaction.remove(R, Key::Record(0))?);
            assert!(!transaction.remove(K, Key::Bytes(b"ke"))?);
            assert!(transaction.remove(K, Key::Bytes(b"key"))?);
            assert!(!transaction.remove(K, Key::Bytes(b"key"))?);
            Ok(())
        })?;
        let read = storage.begin_read()?;
        assert_eq!((all(&*read, R)?, all(&*read, K)?), (vec![], vec![]));
        Ok(())
    }

    /// Removes every entry of a tree.
    fn clear_removes_every_entry(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        write(&*storage, |transaction| {
            for number in 0..1_000u32 {
                transaction.append(R, &number.to_be_bytes())?;
                transaction.put(K, Key::Bytes(&number.to_be_bytes()), b"")?;
            }
            transaction.clear(R)
        })?;
        let read = storage.begin_read()?;
        assert_eq!((all(&*read, R)?.len(), all(&*read, K)?.len()), (0, 1_000));
        drop(read);
        write(&*storage, |transaction| {
            transaction.clear(K)?;
            transaction.clear(K)?;
            transaction.put(K, Key::Bytes(b"after"), b"")
        })?;
        assert_eq!(all(&*storage.begin_read()?, K)?.len(), 1);
        Ok(())
    }

    /// Makes everything done here visible at once, as durable as `begin_write` was asked. `sync` returns when
    /// everything committed before the call is on the disk.
    fn every_durability_commits(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let within = Duration::from_millis(5);
        let (soon, late) = (Durability::Within(within), Durability::Within(Duration::MAX));
        let durabilities = [Durability::Synced, soon, late, Durability::Os];
        for (number, durability) in durabilities.into_iter().cycle().take(12).enumerate() {
            let mut transaction = storage.begin_write(durability)?;
            transaction.append(R, b"x")?;
            transaction.commit()?;
            assert_eq!(storage.begin_read()?.count(R, Range::ALL)?, number as u64 + 1);
        }
        storage.begin_write(Durability::Synced)?.commit()?;
        storage.sync()?;
        storage.sync()
    }
}
