//! What is SQLite's own: the file, other people's files, two handles, record numbers.

#![allow(clippy::unwrap_used)]

use super::{SqliteOptions, SqliteStrategy};
use crate::{Durability, Key, Range, Shape, StorageStrategy, TreeId, TreeSpec};

const RECORDS: TreeSpec<'static> = TreeSpec { shape: Shape::Records, derived: false, label: "r" };
const TREE: TreeId = TreeId(1);

fn open(folder: &tempfile::TempDir) -> SqliteStrategy {
    SqliteStrategy::open(folder.path().join("a.db"), SqliteOptions::default()).unwrap()
}

#[test]
fn what_is_committed_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=3u64 {
        let storage = open(&folder);
        let mut write = storage.begin_write(Durability::Synced).unwrap();
        if round == 1 {
            write.create_tree(TREE, &RECORDS).unwrap();
        }
        assert_eq!(write.append(TREE, b"x").unwrap(), round);
        write.commit().unwrap();
        let read = storage.begin_read().unwrap();
        assert_eq!(read.count(TREE, Range::ALL).unwrap(), round);
        assert!(read.get(TREE, Key::Record(round), &mut |value| assert_eq!(value, b"x")).unwrap());
    }
}
