//! Snapshots and versions: what a transaction sees, and how states are told apart.

use super::laws::laws;
use super::model::{Entries, K, R, all, create_trees, write};
use crate::durability::Durability;
use crate::strategy::ReadTxn;
use crate::tree::{Key, TreeId};
use std::collections::HashMap;

laws! {
    /// Opens a snapshot: it sees exactly what was committed before the call, and goes on seeing that.
    fn a_snapshot_keeps_seeing_what_it_saw(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let mut snapshots: Vec<(Box<dyn ReadTxn>, Entries, Entries)> = Vec::new();
        for round in 0..20u64 {
            write(&*storage, |transaction| {
                for step in 0..30 {
                    transaction.append(R, &round.to_be_bytes())?;
                    if round <= 15 {
                        transaction.put(K, Key::Bytes(&[step * 7 % 30]), &round.to_be_bytes())?;
                    }
                }
                match round {
                    5 => transaction.clear(K)?,
                    9 => transaction.clear(R)?,
                    15 => transaction.drop_tree(K)?,
                    16 => transaction.create_tree(TreeId(30), &super::model::KEYS)?,
                    17.. => transaction.put(TreeId(30), Key::Bytes(b"x"), b"y")?,
                    _ => {
                        transaction.remove(R, Key::Record(round * 3))?;
                        transaction.remove(K, Key::Bytes(&[round as u8]))?;
                    }
                }
                Ok(())
            })?;
            let read = storage.begin_read()?;
            let (records, keys) = (all(&*read, R)?, all(&*read, K)?);
            snapshots.push((read, records, keys));
            for (read, records, keys) in &snapshots {
                assert!(all(&**read, R)? == *records, "a snapshot changed in round {round}");
                assert!(all(&**read, K)? == *keys, "a snapshot changed in round {round}");
            }
        }
        Ok(())
    }

    /// It owns what it needs, never waits for a writer and never makes one wait.
    fn a_snapshot_does_not_wait_for_a_writer(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let (done, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut transaction = storage.begin_write(Durability::Os)?;
            transaction.append(R, b"open")?;
            let read = storage.begin_read()?;
            assert_eq!(all(&*read, R)?, []);
            transaction.append(R, b"more")?;
            transaction.commit()?;
            write(&*storage, |transaction| transaction.append(R, b"while the snapshot is open"))?;
            assert_eq!(all(&*read, R)?, []);
            // The receiver is gone only when it has given up.
            let _ = done.send(());
            Ok::<_, crate::error::Error>(())
        });
        let timeout = std::time::Duration::from_secs(30);
        let waited = told.recv_timeout(timeout) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
        assert!(!waited, "somebody waits");
        thread.join().expect("the thread ends")
    }

    /// A number that changes with every commit: two transactions of one store that give the same number saw
    /// the same state.
    fn versions_tell_states_apart(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let mut handles = vec![storage];
        if handles[0].capabilities().multi_process {
            handles.push(store.open()?);
        }
        let mut states: HashMap<u64, usize> = HashMap::new();
        let mut open: Vec<Box<dyn ReadTxn>> = Vec::new();
        for round in 0..40usize {
            let handle = &handles[round % 3 % handles.len()];
            let mut transaction = handle.begin_write(Durability::Os)?;
            transaction.append(R, b"x")?;
            match round % 4 {
                0 => drop(transaction),
                _ => transaction.commit()?,
            }
            for handle in &handles {
                let read = handle.begin_read()?;
                let again = handle.begin_read()?;
                let transaction = handle.begin_write(Durability::Os)?;
                let count = all(&*read, R)?.len();
                for version in [read.version()?, again.version()?, transaction.version()?] {
                    let seen = *states.entry(version).or_insert(count);
                    assert_eq!(seen, count, "version {version} stands for two states");
                }
                if round % 5 == 0 {
                    open.push(read);
                }
            }
        }
        Ok(())
    }

    /// Does not change while the transaction is open, whatever it writes.
    fn a_version_does_not_change_within_a_transaction(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let read = storage.begin_read()?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        let (seen, at_begin) = (read.version()?, transaction.version()?);
        transaction.append(R, b"x")?;
        transaction.create_tree(TreeId(30), &super::model::KEYS)?;
        assert_eq!(transaction.version()?, at_begin);
        transaction.commit()?;
        assert_eq!(read.version()?, seen);
        let after = storage.begin_read()?.version()?;
        assert_ne!(after, seen);
        assert_ne!(after, at_begin);
        assert_ne!(storage.begin_write(Durability::Os)?.version()?, at_begin);
        Ok(())
    }
}
