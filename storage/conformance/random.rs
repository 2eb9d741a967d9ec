//! Many small transactions beside a sorted map: what no single case thought of.

use super::laws::laws;
use super::model::{K, KEYS, Model, OwnKey, R, RECORDS, all, awkward_keys, expected, got, scanned, write};
use crate::durability::Durability;
use crate::error::Result;
use crate::strategy::{StorageStrategy, WriteTxn};
use crate::tree::{Direction, Key, Range, TreeId, TreeSpec};
use std::ops::Bound;
use std::sync::Arc;

/// Numbers that look random and are the same in every run (xorshift64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn key(&mut self, tree: TreeId, highest: u64) -> OwnKey {
        if tree == R {
            return OwnKey::Record(self.throw(highest + 2));
        }
        if self.throw(3) == 0 {
            let keys = awkward_keys();
            return keys[self.throw(keys.len() as u64) as usize].clone();
        }
        OwnKey::Bytes((0..1 + self.throw(3)).map(|_| self.throw(4) as u8).collect())
    }

    fn value(&mut self) -> Vec<u8> {
        let length = [0, 1, 20, 300, 6_000][self.throw(5) as usize];
        vec![self.throw(256) as u8; length]
    }
}

/// What both trees hold, and the highest number that was given.
#[derive(Clone, Default)]
struct State {
    records: Model,
    keys: Model,
    highest: u64,
}

impl State {
    fn of(&mut self, tree: TreeId) -> &mut Model {
        if tree == R { &mut self.records } else { &mut self.keys }
    }
}

/// One verb on both.
fn step(dice: &mut Dice, transaction: &mut dyn WriteTxn, state: &mut State) -> Result<()> {
    let tree = if dice.throw(2) == 0 { R } else { K };
    let key = dice.key(tree, state.highest);
    let may_put = tree == K || matches!(key, OwnKey::Record(1..)) && key <= OwnKey::Record(state.highest);
    match dice.throw(12) {
        0..=3 => {
            let value = dice.value();
            let record = transaction.append(R, &value)?;
            assert!(record > state.highest, "{record} after {}", state.highest);
            state.highest = record;
            state.records.insert(OwnKey::Record(record), value);
        }
        4..=6 if may_put => {
            let value = dice.value();
            transaction.put(tree, key.key(), &value)?;
            state.of(tree).insert(key, value);
        }
        7 if may_put => {
            let value = dice.value();
            let is_new = !state.of(tree).contains_key(&key);
            assert_eq!(transaction.put_new(tree, key.key(), &value)?, is_new);
            state.of(tree).entry(key).or_insert(value);
        }
        8..=10 => {
            let was_there = state.of(tree).remove(&key).is_some();
            assert_eq!(transaction.remove(tree, key.key())?, was_there);
        }
        11 if dice.throw(20) == 0 => {
            transaction.clear(tree)?;
            state.of(tree).clear();
        }
        _ => assert_eq!(got(transaction, tree, key.key())?, state.of(tree).get(&key).cloned()),
    }
    Ok(())
}

/// A random range of a random tree.
fn look(dice: &mut Dice, transaction: &dyn crate::ReadTxn, state: &mut State) -> Result<()> {
    let tree = if dice.throw(2) == 0 { R } else { K };
    let (lower, upper) = (dice.key(tree, state.highest), dice.key(tree, state.highest));
    let mut bound = |key| match dice.throw(3) {
        0 => Bound::Unbounded,
        1 => Bound::Included(key),
        _ => Bound::Excluded(key),
    };
    let range: Range<'_> = Range::new(bound(lower.key()), bound(upper.key()));
    for direction in [Direction::Forward, Direction::Backward] {
        let wanted = expected(state.of(tree), range, direction);
        assert!(scanned(transaction, tree, range, direction)? == wanted, "{tree:?} {range:?} {direction:?}");
        assert_eq!(transaction.count(tree, range)?, wanted.len() as u64);
    }
    Ok(())
}

laws! {
    /// Ordered trees of bytes in transactions: whatever is done, a tree is the sorted map of what was
    /// committed, through every handle and after reopening.
    fn random_transactions_agree_with_a_sorted_map(factory) {
        let store = factory.store()?;
        let mut handles: Vec<Arc<dyn StorageStrategy>> = vec![store.open()?];
        // Both trees have to outlive the process, so neither is derived.
        write(&*handles[0], |transaction| {
            transaction.create_tree(R, &RECORDS)?;
            transaction.create_tree(K, &TreeSpec { derived: false, ..KEYS })
        })?;
        let capabilities = handles[0].capabilities();
        if capabilities.multi_process {
            handles.push(store.open()?);
        }
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let mut committed = State::default();
        for round in 0..300u64 {
            if capabilities.durable && round % 50 == 49 {
                let position = dice.throw(handles.len() as u64) as usize;
                handles[position].close()?;
                handles[position] = store.open()?;
            }
            let before = handles[dice.throw(handles.len() as u64) as usize].begin_read()?;
            let mut state = committed.clone();
            let handle = Arc::clone(&handles[dice.throw(handles.len() as u64) as usize]);
            let mut transaction = handle.begin_write(Durability::Os)?;
            for _ in 0..dice.throw(12) {
                step(&mut dice, &mut *transaction, &mut state)?;
            }
            look(&mut dice, &*transaction, &mut state)?;
            look(&mut dice, &*before, &mut committed)?;
            if dice.throw(4) == 0 {
                drop(transaction);
            } else {
                transaction.commit()?;
                committed = state;
            }
            let read = handles[dice.throw(handles.len() as u64) as usize].begin_read()?;
            look(&mut dice, &*read, &mut committed)?;
            if round % 10 == 0 {
                let records: Model = all(&*read, R)?.into_iter().collect();
                let keys: Model = all(&*read, K)?.into_iter().collect();
                assert!(records == committed.records && keys == committed.keys, "round {round}");
                let empty = committed.keys.get(&OwnKey::Bytes(vec![])).cloned();
                assert_eq!(got(&*read, K, Key::Bytes(b""))?, empty);
            }
        }
        Ok(())
    }
}
