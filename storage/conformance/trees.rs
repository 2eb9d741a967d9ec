//! Trees: created once, missing ones, dropped ones.

use super::assert_kind;
use super::laws::laws;
use super::model::{K, KEYS, R, RECORDS, all, create_trees, got, scanned, trees_of, write};
use crate::durability::Durability;
use crate::error::ErrorKind;
use crate::tree::{Direction, Key, Page, Range, TreeId};
use std::ops::{Bound, ControlFlow};

const MISSING: TreeId = TreeId(99);

laws! {
    /// A missing tree reads as empty.
    fn a_missing_tree_reads_as_empty(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        assert_eq!(trees_of(&*storage)?, []);
        let write = storage.begin_write(Durability::Os)?;
        let read = storage.begin_read()?;
        let transactions: [&dyn crate::ReadTxn; 2] = [&*write, &*read];
        for transaction in transactions {
            for tree in [TreeId::CATALOG, MISSING, TreeId(u64::MAX)] {
                assert_eq!(got(transaction, tree, Key::Record(1))?, None);
                assert_eq!(got(transaction, tree, Key::Bytes(b"x"))?, None);
                let (record, bytes) = (Key::Record(1), Key::Bytes(b""));
                for bound in [Bound::Unbounded, Bound::Included(record), Bound::Excluded(bytes)] {
                    let range = Range::new(bound, Bound::Unbounded);
                    assert_eq!(scanned(transaction, tree, range, Direction::Forward)?, []);
                    assert_eq!(scanned(transaction, tree, range, Direction::Backward)?, []);
                    assert_eq!(transaction.count(tree, range)?, 0);
                    let mut page = Page::default();
                    transaction.page(tree, range, Direction::Forward, 10, 10, &mut page)?;
                    assert!(page.is_empty() && !page.more);
                }
                transaction.get_many(tree, &[1, 2], &mut |_, _| ControlFlow::Continue(()))?;
            }
        }
        Ok(())
    }

    /// A write to a tree that does not exist is an error of kind NoSuchTree; the transaction goes on.
    fn a_write_to_a_missing_tree_is_refused(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        write(&*storage, |transaction| {
            transaction.append(R, b"before")?;
            assert_kind(transaction.append(MISSING, b"x"), ErrorKind::NoSuchTree);
            assert_kind(transaction.put(MISSING, Key::Bytes(b"x"), b"x"), ErrorKind::NoSuchTree);
            assert_kind(transaction.put_new(MISSING, Key::Bytes(b"x"), b"x"), ErrorKind::NoSuchTree);
            assert_kind(transaction.remove(MISSING, Key::Bytes(b"x")), ErrorKind::NoSuchTree);
            assert_kind(transaction.clear(MISSING), ErrorKind::NoSuchTree);
            transaction.append(R, b"after")
        })?;
        assert_eq!(all(&*storage.begin_read()?, R)?.len(), 2);
        Ok(())
    }

    /// Creates a tree. An id that exists is an error of kind TreeExists.
    fn a_tree_is_created_once(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        write(&*storage, |transaction| {
            transaction.append(R, b"x")?;
            assert_kind(transaction.create_tree(R, &RECORDS), ErrorKind::TreeExists);
            assert_kind(transaction.create_tree(R, &KEYS), ErrorKind::TreeExists);
            transaction.create_tree(TreeId::CATALOG, &KEYS)?;
            assert_kind(transaction.create_tree(TreeId::CATALOG, &KEYS), ErrorKind::TreeExists);
            transaction.append(R, b"y")
        })?;
        assert_eq!(all(&*storage.begin_read()?, R)?.len(), 2);
        assert_eq!(trees_of(&*storage)?, [TreeId::CATALOG, R, K]);
        Ok(())
    }

    /// Drops a tree and what it holds. Dropping a missing tree succeeds.
    fn a_dropped_tree_is_gone(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        write(&*storage, |transaction| {
            transaction.append(R, b"x")?;
            transaction.put(K, Key::Bytes(b"x"), b"y")
        })?;
        let before = storage.begin_read()?;
        write(&*storage, |transaction| {
            transaction.drop_tree(R)?;
            transaction.drop_tree(R)?;
            transaction.drop_tree(MISSING)?;
            assert_eq!(all(transaction, R)?, []);
            assert_kind(transaction.append(R, b"x"), ErrorKind::NoSuchTree);
            Ok(())
        })?;
        assert_eq!(all(&*before, R)?.len(), 1);
        assert_eq!(trees_of(&*storage)?, [K]);
        let read = storage.begin_read()?;
        assert_eq!(got(&*read, R, Key::Record(1))?, None);
        assert_eq!((all(&*read, R)?.len(), all(&*read, K)?.len()), (0, 1));
        Ok(())
    }

    /// The trees that exist, as committed.
    fn trees_are_listed_as_committed(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        for id in [5, 0, 1_000_000, 3] {
            transaction.create_tree(TreeId(id), &KEYS)?;
        }
        assert_eq!(trees_of(&*storage)?, []);
        transaction.commit()?;
        assert_eq!(trees_of(&*storage)?, [TreeId(0), TreeId(3), TreeId(5), TreeId(1_000_000)]);
        write(&*storage, |transaction| transaction.drop_tree(TreeId(3)))?;
        assert_eq!(trees_of(&*storage)?, [TreeId(0), TreeId(5), TreeId(1_000_000)]);
        Ok(())
    }

    /// Dropped without commit, nothing happened: what a rolled back transaction created does not exist.
    fn a_rolled_back_tree_was_never_there(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        transaction.create_tree(R, &RECORDS)?;
        transaction.append(R, b"x")?;
        drop(transaction);
        assert_eq!(trees_of(&*storage)?, []);
        assert_eq!(all(&*storage.begin_read()?, R)?, []);
        let mut transaction = storage.begin_write(Durability::Os)?;
        assert_kind(transaction.append(R, b"x"), ErrorKind::NoSuchTree);
        // The engine was never told that the first try succeeded: it may use the number.
        transaction.create_tree(R, &KEYS)?;
        transaction.put(R, Key::Bytes(b"x"), b"y")?;
        transaction.commit()?;
        assert_eq!(all(&*storage.begin_read()?, R)?.len(), 1);
        Ok(())
    }

    /// Trees are numbers: what is written to one is not seen in another.
    fn trees_do_not_mix(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        write(&*storage, |transaction| {
            for id in 1..=20u64 {
                transaction.create_tree(TreeId(id), if id % 2 == 0 { &KEYS } else { &RECORDS })?;
            }
            for round in 0..3u64 {
                for id in 1..=20u64 {
                    let value = [id as u8, round as u8];
                    if id % 2 == 0 {
                        transaction.put(TreeId(id), Key::Bytes(&round.to_be_bytes()), &value)?;
                    } else {
                        assert_eq!(transaction.append(TreeId(id), &value)?, round + 1);
                    }
                }
            }
            Ok(())
        })?;
        let read = storage.begin_read()?;
        for id in 1..=20u64 {
            let values: Vec<_> = all(&*read, TreeId(id))?.into_iter().map(|(_, value)| value).collect();
            assert_eq!(values, [[id as u8, 0], [id as u8, 1], [id as u8, 2]]);
        }
        Ok(())
    }
}
