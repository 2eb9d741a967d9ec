//! What is the folder's own: what a person reads, what a stop leaves, what damage is told.

#![allow(clippy::unwrap_used)]

mod damage;
mod folder;
mod stops;

use super::log::FileLog;
use super::simulated::SimulatedDisk;
use crate::resident::Resident;
use crate::{Direction, Durability, Key, Range, Result, Shape, StorageStrategy, TreeId, TreeSpec};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

const USERS: TreeId = TreeId(1);
const ORDERS: TreeId = TreeId(2);
const CATALOG: TreeId = TreeId::CATALOG;

fn spec(shape: Shape, label: &str) -> TreeSpec<'_> {
    TreeSpec { shape, derived: false, label }
}

fn open_on(disk: &SimulatedDisk) -> Result<Resident> {
    Resident::new(FileLog::open_on(Arc::new(disk.clone()), "simulated".into())?)
}

/// Everything a storage holds.
type State = BTreeMap<(u64, Vec<u8>), Vec<u8>>;

fn state_of(storage: &dyn StorageStrategy) -> State {
    let mut state = State::new();
    let read = storage.begin_read().unwrap();
    for tree in storage.trees().unwrap() {
        state.insert((tree.0, b"tree".to_vec()), Vec::new());
        read.scan(tree, Range::ALL, Direction::Forward, &mut |key, value| {
            let key = match key {
                Key::Record(record) => record.to_be_bytes().to_vec(),
                Key::Bytes(key) => [b"key ", key].concat(),
            };
            state.insert((tree.0, key), value.to_vec());
            ControlFlow::Continue(())
        })
        .unwrap();
    }
    state
}

/// Numbers that look random and are the same in every run (xorshift64).
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A database with two collections and a catalog, and a few commits.
fn filled(storage: &dyn StorageStrategy, commits: u64) {
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.create_tree(CATALOG, &spec(Shape::Keys, "catalog")).unwrap();
    write.create_tree(USERS, &spec(Shape::Records, "main.users")).unwrap();
    write.create_tree(ORDERS, &spec(Shape::Records, "main.orders")).unwrap();
    write.commit().unwrap();
    for number in 0..commits {
        let mut write = storage.begin_write(Durability::Synced).unwrap();
        let user = bson::doc! { "_id": number as i32, "name": format!("goose {number}"), "weight": 3.25 };
        write.append(USERS, &user.to_vec().unwrap()).unwrap();
        write.append(ORDERS, &bson::doc! { "user": number as i32 }.to_vec().unwrap()).unwrap();
        write.put(CATALOG, Key::Bytes(b"version"), &number.to_be_bytes()).unwrap();
        write.commit().unwrap();
    }
}
