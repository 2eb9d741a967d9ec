//! Record numbers: ascending, never given twice.

use super::assert_misuse;
use super::laws::laws;
use super::model::{OwnKey, R, all, create_trees, got, write};
use crate::durability::Durability;
use crate::error::{ErrorKind, Result};
use crate::strategy::StorageStrategy;
use crate::tree::Key;

fn append(storage: &dyn StorageStrategy, count: usize) -> Result<Vec<u64>> {
    write(storage, |transaction| (0..count).map(|_| transaction.append(R, b"x")).collect())
}

fn remove(storage: &dyn StorageStrategy, records: &[u64]) -> Result<()> {
    write(storage, |transaction| {
        for &record in records {
            assert!(transaction.remove(R, Key::Record(record))?, "record {record}");
        }
        Ok(())
    })
}

laws! {
    /// Adds a record behind the last one and returns its number. Ascending record numbers (from 1, never
    /// reused).
    fn record_numbers_go_up(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let mut given = append(&*storage, 3)?;
        given.extend(append(&*storage, 1)?);
        given.extend(append(&*storage, 50)?);
        assert!(given[0] >= 1);
        assert!(given.windows(2).all(|pair| pair[0] < pair[1]), "{given:?}");
        let held: Vec<_> = all(&*storage.begin_read()?, R)?.into_iter().map(|(key, _)| key).collect();
        assert_eq!(held, given.into_iter().map(OwnKey::Record).collect::<Vec<_>>());
        Ok(())
    }

    /// Larger than every number this tree ever gave in a committed transaction, also after records were
    /// removed.
    fn record_numbers_survive_removal(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let mut highest = 0;
        let mut check = |given: &[u64]| {
            for &record in given {
                assert!(record > highest, "{record} after {highest}");
                highest = record;
            }
        };
        let given = append(&*storage, 5)?;
        check(&given);
        remove(&*storage, &given[4..])?;
        let given = append(&*storage, 2)?;
        check(&given);
        remove(&*storage, &[given[1], given[0]])?;
        let given = append(&*storage, 3)?;
        check(&given);
        let left: Vec<_> = all(&*storage.begin_read()?, R)?.into_iter().map(|(key, _)| key).collect();
        write(&*storage, |transaction| {
            for key in &left {
                transaction.remove(R, key.key())?;
            }
            Ok(())
        })?;
        check(&append(&*storage, 1)?);
        // Given and removed in one transaction.
        let given = write(&*storage, |transaction| {
            let first = transaction.append(R, b"x")?;
            let second = transaction.append(R, b"x")?;
            transaction.remove(R, Key::Record(second))?;
            let third = transaction.append(R, b"x")?;
            transaction.remove(R, Key::Record(third))?;
            transaction.remove(R, Key::Record(first))?;
            assert!(third > second);
            Ok([first, second, third])
        })?;
        check(&given);
        check(&append(&*storage, 1)?);
        Ok(())
    }

    /// Removes every entry of a tree. Record numbers go on where they were.
    fn record_numbers_survive_clearing(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let first = append(&*storage, 5)?;
        write(&*storage, |transaction| transaction.clear(R))?;
        let second = append(&*storage, 2)?;
        assert!(second[0] > first[4]);
        let third = write(&*storage, |transaction| {
            let given = transaction.append(R, b"x")?;
            transaction.clear(R)?;
            transaction.clear(R)?;
            assert!(transaction.append(R, b"x")? > given);
            transaction.clear(R)?;
            Ok(given)
        })?;
        assert!(append(&*storage, 1)?[0] > third + 1);
        Ok(())
    }

    /// Larger than every number this tree ever gave in a committed transaction, also after the store was
    /// reopened.
    fn record_numbers_survive_reopening(factory) {
        let store = factory.store()?;
        let mut storage = store.open()?;
        if !storage.capabilities().durable {
            return Ok(());
        }
        create_trees(&*storage)?;
        let mut highest = append(&*storage, 3)?[2];
        for round in 0..4 {
            match round {
                0 => remove(&*storage, &[highest])?,
                1 => write(&*storage, |transaction| transaction.clear(R))?,
                2 => remove(&*storage, &[highest])?,
                _ => {}
            }
            storage.close()?;
            drop(storage);
            storage = store.open()?;
            let given = append(&*storage, 2)?;
            assert!(given[0] > highest, "{given:?} after {highest}, round {round}");
            highest = given[1];
        }
        Ok(())
    }

    /// Numbers of a transaction that was rolled back may come again; those of committed ones may not.
    fn record_numbers_survive_a_rollback(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let given = append(&*storage, 4)?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        transaction.append(R, b"lost")?;
        transaction.clear(R)?;
        transaction.append(R, b"lost")?;
        drop(transaction);
        let mut transaction = storage.begin_write(Durability::Os)?;
        transaction.remove(R, Key::Record(given[3]))?;
        drop(transaction);
        let next = append(&*storage, 1)?[0];
        assert!(next > given[3]);
        remove(&*storage, &[next])?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        transaction.append(R, b"lost")?;
        drop(transaction);
        assert!(append(&*storage, 1)?[0] > next);
        assert_eq!(all(&*storage.begin_read()?, R)?.len(), 5);
        Ok(())
    }

    /// In a tree of records the number must have been given by `append`.
    fn put_refuses_a_record_that_append_never_gave(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let last = append(&*storage, 2)?[1];
        for record in [last + 1, 0, i64::MAX as u64, u64::MAX] {
            let mut transaction = storage.begin_write(Durability::Os)?;
            assert_misuse(factory, ErrorKind::Misuse, || transaction.put(R, Key::Record(record), b"x"));
            drop(transaction);
        }
        assert_eq!(all(&*storage.begin_read()?, R)?.len(), 2);
        Ok(())
    }

    /// Sets the value at `key`: a record that was removed may be put again under its number, which is not
    /// given to another one.
    fn a_removed_record_may_be_put_back(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let given = append(&*storage, 3)?;
        for record in [given[0], given[2]] {
            remove(&*storage, &[record])?;
            write(&*storage, |transaction| transaction.put(R, Key::Record(record), b"back"))?;
        }
        let next = append(&*storage, 1)?[0];
        assert!(next > given[2]);
        let read = storage.begin_read()?;
        assert_eq!(got(&*read, R, Key::Record(given[0]))?.as_deref(), Some(&b"back"[..]));
        assert_eq!(got(&*read, R, Key::Record(given[2]))?.as_deref(), Some(&b"back"[..]));
        assert_eq!(all(&*read, R)?.len(), 4);
        Ok(())
    }
}
