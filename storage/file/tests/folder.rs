//! A real folder.

use super::super::format::{MANIFEST, WAL, stem_of};
use super::super::lock::LOCK_FILE;
use super::super::{FileOptions, FileStrategy};
use super::*;
use crate::conformance::Store;
use crate::{ErrorKind, StorageUrl};
use std::path::Path;

fn open(folder: &Path) -> Result<FileStrategy> {
    FileStrategy::open(folder, FileOptions::default())
}

fn fresh() -> Result<Box<dyn Store>> {
    let folder = tempfile::tempdir()?;
    Ok(Box::new(move || Ok(Arc::new(open(folder.path())?) as Arc<dyn StorageStrategy>)))
}

mod keeps_the_laws {
    crate::conformance_tests!(super::fresh);
}

/// A checkpoint at every opening.
fn compacting() -> Result<Box<dyn Store>> {
    let folder = tempfile::tempdir()?;
    Ok(Box::new(move || {
        let storage = open(folder.path())?;
        storage.maintenance().unwrap().compact()?;
        Ok(Arc::new(storage) as Arc<dyn StorageStrategy>)
    }))
}

mod keeps_the_laws_when_it_is_compacted {
    crate::conformance_tests!(super::compacting);
}

#[test]
fn a_person_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let storage = open(&path).unwrap();
    filled(&storage, 3);
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.remove(USERS, Key::Record(2)).unwrap();
    write.commit().unwrap();
    storage.maintenance().unwrap().compact().unwrap();
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.append(USERS, &bson::doc! { "_id": 9 }.to_vec().unwrap()).unwrap();
    write.remove(USERS, Key::Record(1)).unwrap();
    write.commit().unwrap();
    storage.close().unwrap();
    let lines = |name: &str| -> Vec<String> {
        std::fs::read_to_string(path.join(name)).unwrap().lines().map(str::to_owned).collect()
    };
    let data = lines("main.users.data.ndjson");
    assert!(data[0].starts_with(r#"{"$anser":"data","version":1,"store":""#), "{}", data[0]);
    assert_eq!(
        data[1..],
        [
            r#"{"_id":0,"name":"goose 0","weight":3.25}"#,
            r#"{"$record":3}"#,
            r#"{"_id":2,"name":"goose 2","weight":3.25}"#,
        ]
    );
    assert_eq!(lines("catalog.data.ndjson")[1], r#"{"key":"version","bytes":"AAAAAAAAAAI="}"#);
    let log = lines(WAL);
    assert_eq!(log[1..3], [r#"{"put":1,"record":4,"document":{"_id":9}}"#, r#"{"remove":1,"record":1}"#]);
    assert!(log[3].starts_with(r#"{"commit":6,"synced":5,"changes":2,"bytes":66,"crc":""#), "{}", log[3]);
    assert!(log[4].starts_with(r#"{"commit":7,"synced":6,"changes":0,"bytes":0,"crc":""#), "{}", log[4]);
    assert_eq!(log.len(), 5);
}

#[test]
fn two_openings_are_refused_and_the_holder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(error.message().contains(&format!("process {}", std::process::id())), "{error}");
    first.close().unwrap();
    drop(open(folder.path()).unwrap());
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "my notes").unwrap();
    assert_eq!(open(&file).unwrap_err().kind(), ErrorKind::NotADatabase);
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotADatabase);
    assert!(error.message().contains("notes.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "my notes");
    assert!(!folder.path().join(MANIFEST).exists());
    assert_eq!(open(&folder.path().join("a/b")).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(open(Path::new("")).unwrap_err().kind(), ErrorKind::InvalidUrl);
}

#[test]
fn what_a_stopped_process_left_is_removed_and_other_files_are_not() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let left = ["anser.ndjson.tmp", "wal.ndjson.tmp", "main.a.data.ndjson.9.tmp", "main.a.data.sums.9.tmp"];
    let others = ["mine.tmp", "copy.data.ndjson", "main.a.data.ndjson.x.tmp"];
    for name in left.iter().chain(&others) {
        std::fs::write(folder.path().join(name), "x").unwrap();
    }
    drop(open(folder.path()).unwrap());
    assert!(left.iter().all(|name| !folder.path().join(name).exists()));
    assert!(others.iter().all(|name| folder.path().join(name).exists()));
}

#[test]
fn files_are_named_after_collections_and_never_two_alike() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).unwrap();
    std::fs::write(folder.path().join("main.taken.data.ndjson"), "somebody else's").unwrap();
    let labels = ["main.users", "main.Users", "main.users", "main.a/b é", "main.taken", "con.x"];
    let mut write = storage.begin_write(Durability::Os).unwrap();
    for (label, id) in labels.iter().zip(1..) {
        write.create_tree(TreeId(id), &spec(Shape::Records, label)).unwrap();
        write.append(TreeId(id), label.as_bytes()).unwrap();
    }
    write.commit().unwrap();
    let state = state_of(&storage);
    storage.maintenance().unwrap().compact().unwrap();
    storage.close().unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".data.ndjson"))
        .collect();
    names.sort();
    let wanted = [
        "_con.x.data.ndjson",
        "main.Users~2.data.ndjson",
        "main.a%2Fb%20%C3%A9.data.ndjson",
        "main.taken.data.ndjson",
        "main.taken~5.data.ndjson",
        "main.users.data.ndjson",
        "main.users~3.data.ndjson",
    ];
    assert_eq!(names, wanted);
    assert!(state_of(&open(folder.path()).unwrap()) == state);
    assert_eq!(stem_of("../../etc"), "%2E./%2F".replace("/%2F", "%2F..%2Fetc"));
}

#[test]
fn a_dropped_collections_file_goes_with_the_next_checkpoint_and_its_name_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).unwrap();
    filled(&storage, 2);
    storage.maintenance().unwrap().compact().unwrap();
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.drop_tree(USERS).unwrap();
    write.drop_tree(ORDERS).unwrap();
    write.create_tree(TreeId(9), &spec(Shape::Records, "main.users")).unwrap();
    write.append(TreeId(9), b"new").unwrap();
    write.commit().unwrap();
    let state = state_of(&storage);
    storage.maintenance().unwrap().compact().unwrap();
    drop(storage);
    assert!(!folder.path().join("main.orders.data.ndjson").exists());
    assert!(!folder.path().join("main.orders.data.sums").exists());
    assert!(folder.path().join("main.users.data.ndjson").exists());
    assert!(state_of(&open(folder.path()).unwrap()) == state);
}

#[test]
fn writers_and_checkpoints_beside_each_other_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).unwrap();
    filled(&storage, 1);
    std::thread::scope(|threads| {
        for writer in 0..4_i32 {
            let storage = &storage;
            threads.spawn(move || {
                for number in 0..60_i32 {
                    let durability = if number % 8 == 0 { Durability::Synced } else { Durability::Os };
                    let mut write = storage.begin_write(durability).unwrap();
                    let document = bson::doc! { "writer": writer, "number": number }.to_vec().unwrap();
                    write.append(USERS, &document).unwrap();
                    write.commit().unwrap();
                }
            });
        }
        for _ in 0..8 {
            storage.maintenance().unwrap().compact().unwrap();
        }
    });
    let state = state_of(&storage);
    storage.close().unwrap();
    assert!(state_of(&open(folder.path()).unwrap()) == state);
    assert_eq!(state.keys().filter(|(tree, _)| *tree == USERS.0).count(), 1 + 1 + 240);
}

#[test]
fn an_idle_closing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).unwrap();
    filled(&storage, 1);
    drop(storage);
    let wal = std::fs::read(folder.path().join(WAL)).unwrap();
    assert!(wal.ends_with(b"}\n"), "what was written ahead stayed");
    drop(open(folder.path()).unwrap());
    assert_eq!(std::fs::read(folder.path().join(WAL)).unwrap(), wal);
    assert!(std::fs::read_to_string(folder.path().join(LOCK_FILE)).is_ok());
}

#[test]
fn options_that_do_not_exist_are_refused() {
    let url = |text: &str| StorageUrl::parse(text).unwrap();
    assert!(FileOptions::from_url(&url("file:./data?durability=within:100ms")).is_ok());
    let error = FileOptions::from_url(&url("file:./data?speed=high")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidUrl);
    assert!(error.message().contains("speed"));
}
