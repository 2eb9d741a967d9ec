//! Single entries: get, get_many, keys and values of every length, keys of the wrong shape.

use super::assert_misuse;
use super::laws::laws;
use super::model::{K, R, all, create_trees, got, write};
use crate::durability::Durability;
use crate::error::ErrorKind;
use crate::tree::{Direction, Key, Range};
use std::ops::{Bound, ControlFlow};

/// How long keys and values get here, where a strategy would take more.
const LONG: usize = 1 << 20;

laws! {
    /// Shows the value at `key` to `visit` and returns whether there was one.
    fn a_key_is_found_after_it_was_put(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let record = write(&*storage, |transaction| {
            transaction.put(K, Key::Bytes(b"key"), b"value")?;
            transaction.append(R, b"document")
        })?;
        let read = storage.begin_read()?;
        assert_eq!(got(&*read, K, Key::Bytes(b"key"))?.as_deref(), Some(&b"value"[..]));
        assert_eq!(got(&*read, R, Key::Record(record))?.as_deref(), Some(&b"document"[..]));
        for missing in [&b""[..], b"ke", b"key\0", b"kez"] {
            assert_eq!(got(&*read, K, Key::Bytes(missing))?, None);
        }
        for missing in [0, record + 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
            assert_eq!(got(&*read, R, Key::Record(missing))?, None);
        }
        Ok(())
    }

    /// Bytes to bytes, in memcmp order: an empty key is a key and comes first, an empty value is a value.
    fn empty_keys_and_empty_values_are_kept(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let record = write(&*storage, |transaction| {
            transaction.put(K, Key::Bytes(b"\0"), b"x")?;
            transaction.put(K, Key::Bytes(b""), b"")?;
            transaction.append(R, b"")
        })?;
        let read = storage.begin_read()?;
        assert_eq!(got(&*read, K, Key::Bytes(b""))?.as_deref(), Some(&b""[..]));
        assert_eq!(got(&*read, R, Key::Record(record))?.as_deref(), Some(&b""[..]));
        let keys: Vec<_> = all(&*read, K)?.into_iter().map(|(key, _)| key.key().to_owned_bytes()).collect();
        assert_eq!(keys, [b"".to_vec(), b"\0".to_vec()]);
        Ok(())
    }

    /// The longest key, in bytes: up to it a key is kept whole and compared to its end.
    fn long_keys_are_kept_whole(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let longest = storage.capabilities().key_bytes_max.min(LONG);
        let lengths: Vec<usize> =
            [1_000, 5_000, 70_000, longest].into_iter().filter(|&length| length <= longest).collect();
        let key = |length: usize, last: u8| {
            let mut key = vec![7; length];
            key[length - 1] = last;
            key
        };
        write(&*storage, |transaction| {
            for &length in &lengths {
                for last in [9, 7, 8] {
                    transaction.put(K, Key::Bytes(&key(length, last)), &[last])?;
                }
            }
            Ok(())
        })?;
        let read = storage.begin_read()?;
        for &length in &lengths {
            for last in [7, 8, 9] {
                assert_eq!(got(&*read, K, Key::Bytes(&key(length, last)))?, Some(vec![last]));
            }
        }
        let entries = all(&*read, K)?;
        assert_eq!(entries.len(), lengths.len() * 3);
        assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0));
        Ok(())
    }

    /// A key or value longer than the strategy can hold is an error of kind TooLarge, and nothing is changed.
    fn keys_beyond_the_limit_are_refused(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let limit = storage.capabilities().key_bytes_max;
        if limit > 64 << 20 {
            return Ok(());
        }
        let key = vec![1; limit + 1];
        let mut transaction = storage.begin_write(Durability::Os)?;
        assert_misuse(factory, ErrorKind::TooLarge, || transaction.put(K, Key::Bytes(&key), b"x"));
        assert_misuse(factory, ErrorKind::TooLarge, || transaction.put_new(K, Key::Bytes(&key), b"x"));
        assert_eq!(all(&*transaction, K)?, []);
        transaction.put(K, Key::Bytes(b"after"), b"x")?;
        transaction.commit()?;
        assert_eq!(all(&*storage.begin_read()?, K)?.len(), 1);
        Ok(())
    }

    /// The longest value, in bytes: up to it a value is kept whole.
    fn big_values_are_kept_whole(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let longest = storage.capabilities().value_bytes_max.min(17 << 20);
        let values: Vec<Vec<u8>> = [1_000, 4_096, 65_537, LONG, longest]
            .into_iter()
            .filter(|&length| length <= longest)
            .map(|length| (0..length).map(|position| (position * 31 + position / 251) as u8).collect())
            .collect();
        for value in &values {
            let record = write(&*storage, |transaction| {
                transaction.put(K, Key::Bytes(b"k"), value)?;
                transaction.append(R, value)
            })?;
            let read = storage.begin_read()?;
            assert!(got(&*read, R, Key::Record(record))?.as_ref() == Some(value));
            assert!(got(&*read, K, Key::Bytes(b"k"))?.as_ref() == Some(value));
        }
        Ok(())
    }

    /// Shows the records of `records` that exist, in the order asked, until `visit` breaks. The visitor gets
    /// the position in `records` and the value.
    fn many_records_are_shown_in_the_order_asked(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let numbers = write(&*storage, |transaction| {
            let numbers: Vec<u64> = (0..10u8).map(|n| transaction.append(R, &[n])).collect::<Result<_, _>>()?;
            transaction.remove(R, Key::Record(numbers[4]))?;
            Ok(numbers)
        })?;
        let read = storage.begin_read()?;
        let asked = [numbers[9], numbers[4], 0, numbers[0], numbers[9], u64::MAX, numbers[3]];
        let mut shown = Vec::new();
        read.get_many(R, &asked, &mut |position, value| {
            shown.push((position, value.to_vec()));
            ControlFlow::Continue(())
        })?;
        assert_eq!(shown, [(0, vec![9]), (3, vec![0]), (4, vec![9]), (6, vec![3])]);
        shown.clear();
        read.get_many(R, &asked, &mut |position, value| {
            shown.push((position, value.to_vec()));
            if position == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        assert_eq!(shown.len(), 2);
        read.get_many(R, &[], &mut |_, _| panic!("nothing was asked"))?;
        Ok(())
    }

    /// The caller broke a law of the seam: a key of the other shape is an error of kind Misuse.
    fn a_key_of_the_wrong_shape_is_misuse(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let (bytes, record) = (Key::Bytes(b"x"), Key::Record(1));
        let read = storage.begin_read()?;
        assert_misuse(factory, ErrorKind::Misuse, || read.get(R, bytes, &mut |_| {}));
        assert_misuse(factory, ErrorKind::Misuse, || read.get(K, record, &mut |_| {}));
        for (tree, key) in [(R, bytes), (K, record)] {
            let range = Range::new(Bound::Included(key), Bound::Unbounded);
            assert_misuse(factory, ErrorKind::Misuse, || {
                read.scan(tree, range, Direction::Forward, &mut |_, _| ControlFlow::Continue(()))
            });
            assert_misuse(factory, ErrorKind::Misuse, || read.count(tree, range));
        }
        assert_misuse(factory, ErrorKind::Misuse, || {
            read.get_many(K, &[1], &mut |_, _| ControlFlow::Continue(()))
        });
        drop(read);
        let mut transaction = storage.begin_write(Durability::Os)?;
        assert_misuse(factory, ErrorKind::Misuse, || transaction.put(R, bytes, b"x"));
        assert_misuse(factory, ErrorKind::Misuse, || transaction.put(K, record, b"x"));
        assert_misuse(factory, ErrorKind::Misuse, || transaction.put_new(K, record, b"x"));
        assert_misuse(factory, ErrorKind::Misuse, || transaction.remove(K, record));
        assert_misuse(factory, ErrorKind::Misuse, || transaction.remove(R, bytes));
        assert_misuse(factory, ErrorKind::Misuse, || transaction.append(K, b"x"));
        assert_eq!(all(&*transaction, R)?, []);
        assert_eq!(all(&*transaction, K)?, []);
        transaction.commit()
    }

    /// Transactions are Send: one may be begun here, used there and ended elsewhere.
    fn a_transaction_moves_between_threads(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let mut transaction = storage.begin_write(Durability::Os)?;
        transaction.put(K, Key::Bytes(b"a"), b"1")?;
        let read = storage.begin_read()?;
        let read = std::thread::scope(|threads| {
            let thread = threads.spawn(move || {
                transaction.put(K, Key::Bytes(b"b"), b"2")?;
                assert_eq!(all(&*transaction, K)?.len(), 2);
                transaction.commit()?;
                assert_eq!(all(&*read, K)?, []);
                Ok::<_, crate::error::Error>(read)
            });
            thread.join().expect("the thread ends")
        })?;
        assert_eq!(all(&*read, K)?, []);
        drop(read);
        assert_eq!(all(&*storage.begin_read()?, K)?.len(), 2);
        Ok(())
    }
}

trait ToOwnedBytes {
    fn to_owned_bytes(self) -> Vec<u8>;
}

impl ToOwnedBytes for Key<'_> {
    fn to_owned_bytes(self) -> Vec<u8> {
        match self {
            Key::Bytes(bytes) => bytes.to_vec(),
            Key::Record(record) => panic!("record {record} in a tree of keys"),
        }
    }
}
