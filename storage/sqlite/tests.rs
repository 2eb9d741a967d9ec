//! What is SQLite's own: the file, other people's files, two handles, record numbers.

#![allow(clippy::unwrap_used)]

use super::{FORMAT, SqliteOptions, SqliteStrategy};
use crate::{Durability, ErrorKind, Key, Range, Shape, StorageStrategy, StorageUrl, TreeId, TreeSpec};
use std::path::Path;
use std::time::{Duration, Instant};

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

fn kind_of_opening(path: &Path, options: SqliteOptions) -> (ErrorKind, String) {
    let error = SqliteStrategy::open(path, options).unwrap_err();
    assert!(error.message().contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
    (error.kind(), error.to_string())
}

#[test]
fn a_file_that_is_not_sqlite_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for content in ["x", "These are my notes, and they are dear to me.\n"] {
        let path = folder.path().join("notes.txt");
        let content = content.repeat(200);
        std::fs::write(&path, &content).unwrap();
        let (kind, _) = kind_of_opening(&path, SqliteOptions::default());
        assert_eq!(kind, ErrorKind::NotADatabase);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
    let (kind, _) = kind_of_opening(folder.path(), SqliteOptions::default());
    assert_eq!(kind, ErrorKind::NotADatabase);
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.db");
    for (table, application_id) in [(true, 0), (false, 77)] {
        let foreign = rusqlite::Connection::open(&path).unwrap();
        if table {
            foreign.execute_batch("CREATE TABLE theirs (x)").unwrap();
        }
        foreign.pragma_update(None, "application_id", application_id).unwrap();
        drop(foreign);
        let before = std::fs::read(&path).unwrap();
        let (kind, message) = kind_of_opening(&path, SqliteOptions::default());
        assert_eq!(kind, ErrorKind::NotADatabase);
        assert!(message.contains("another program"), "{message}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_newer_format_is_refused_and_both_numbers_are_named() {
    let folder = tempfile::tempdir().unwrap();
    open(&folder).close().unwrap();
    let path = folder.path().join("a.db");
    for (format, expected) in [(FORMAT + 7, ErrorKind::NewerFormat), (0, ErrorKind::Corrupt)] {
        let file = rusqlite::Connection::open(&path).unwrap();
        file.pragma_update(None, "user_version", format).unwrap();
        drop(file);
        let (kind, message) = kind_of_opening(&path, SqliteOptions::default());
        assert_eq!(kind, expected);
        assert!(message.contains(&format.to_string()), "{message}");
        if kind == ErrorKind::NewerFormat {
            assert!(message.contains(&format!("up to {FORMAT}")), "{message}");
        }
    }
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (kind, message) =
        kind_of_opening(&folder.path().join("nowhere").join("a.db"), SqliteOptions::default());
    assert_eq!(kind, ErrorKind::Io);
    assert!(message.contains("nowhere"), "{message}");
    for path in ["", "/", ".."] {
        assert_eq!(
            SqliteStrategy::open(path, SqliteOptions::default()).unwrap_err().kind(),
            ErrorKind::InvalidUrl
        );
    }
}

#[test]
fn an_empty_file_becomes_a_database_and_an_odd_name_is_a_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["empty.db", ":memory:", "file:a.db?mode=memory", "ü %41.db"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        let storage = SqliteStrategy::open(&path, SqliteOptions::default()).unwrap();
        create_and_append(&storage);
        storage.close().unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 0, "{name}");
    }
}

fn create_and_append(storage: &SqliteStrategy) {
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.create_tree(TREE, &RECORDS).unwrap();
    write.append(TREE, b"x").unwrap();
    write.commit().unwrap();
}

fn assert_reads_only(storage: &SqliteStrategy) {
    let read = storage.begin_read().unwrap();
    assert_eq!(read.count(TREE, Range::ALL).unwrap(), 1);
    let refused = storage.begin_write(Durability::Os).map(drop).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReadOnly);
    assert!(refused.to_string().contains("reading only"), "{refused}");
    assert_eq!(storage.maintenance().unwrap().compact().unwrap_err().kind(), ErrorKind::ReadOnly);
    storage.sync().unwrap();
}

#[test]
fn what_is_opened_for_reading_reads_and_refuses_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let read_only = SqliteOptions { read_only: true, ..SqliteOptions::default() };
    assert_eq!(kind_of_opening(&path, read_only.clone()).0, ErrorKind::ReadOnly);
    let writer = open(&folder);
    create_and_append(&writer);
    assert_reads_only(&SqliteStrategy::open(&path, read_only.clone()).unwrap());
    writer.close().unwrap();
    assert_reads_only(&SqliteStrategy::open(&path, read_only).unwrap());
}

/// Permissions mean nothing to root: then there is nothing to see here.
#[cfg(unix)]
#[test]
fn a_file_or_folder_without_write_permission_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    create_and_append(&open(&folder));
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(&path, 0o444);
    if std::fs::OpenOptions::new().append(true).open(&path).is_ok() {
        return;
    }
    assert_reads_only(&SqliteStrategy::open(&path, SqliteOptions::default()).unwrap());
    allow(folder.path(), 0o555);
    let storage = SqliteStrategy::open(&path, SqliteOptions::default());
    let new = SqliteStrategy::open(folder.path().join("new.db"), SqliteOptions::default());
    allow(folder.path(), 0o755);
    assert_reads_only(&storage.unwrap());
    assert!(matches!(new.unwrap_err().kind(), ErrorKind::Io | ErrorKind::ReadOnly));
}

#[test]
fn a_writer_that_waits_too_long_is_busy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let options = SqliteOptions { busy_timeout: Duration::from_millis(30), ..SqliteOptions::default() };
    let first = SqliteStrategy::open(&path, options.clone()).unwrap();
    let second = SqliteStrategy::open(&path, options).unwrap();
    let write = first.begin_write(Durability::Os).unwrap();
    for storage in [&first, &second] {
        let error = storage.begin_write(Durability::Os).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Busy);
        assert!(error.is_retryable());
    }
    drop(write);
    create_and_append(&second);
    assert_eq!(first.begin_read().unwrap().count(TREE, Range::ALL).unwrap(), 1);
}

#[test]
fn two_handles_make_one_file_at_the_same_moment() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|threads| {
            for thread in 0..4 {
                let folder = &folder;
                threads.spawn(move || {
                    let storage = open(folder);
                    let mut write = storage.begin_write(Durability::Os).unwrap();
                    write.create_tree(TreeId(thread), &RECORDS).unwrap();
                    write.commit().unwrap();
                });
            }
        });
        assert_eq!(open(&folder).trees().unwrap().len(), 4);
    }
}

#[test]
fn a_broken_file_is_corrupt_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let storage = open(&folder);
    create_and_append(&storage);
    let mut write = storage.begin_write(Durability::Os).unwrap();
    for _ in 0..2_000 {
        write.append(TREE, &[7; 300]).unwrap();
    }
    write.commit().unwrap();
    storage.close().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[4_096 * 2..length].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    // Wherever the damage is met first, it is an error that names the file.
    let met = (|| {
        let storage = SqliteStrategy::open(&path, SqliteOptions::default())?;
        storage.begin_read()?.count(TREE, Range::ALL)?;
        let mut write = storage.begin_write(Durability::Os)?;
        write.append(TREE, b"x")?;
        write.commit()
    })();
    let error = met.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("a.db"), "{error}");
}

#[test]
fn a_timed_commit_is_synced_while_the_program_idles() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder);
    create_and_append(&storage);
    let synced = storage.syncs_done();
    let mut write = storage.begin_write(Durability::Within(Duration::from_millis(40))).unwrap();
    write.append(TREE, b"x").unwrap();
    write.commit().unwrap();
    assert_eq!(storage.syncs_done(), synced);
    let begin = Instant::now();
    while storage.syncs_done() == synced {
        assert!(begin.elapsed() < Duration::from_secs(10), "nobody synced");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn after_a_failed_sync_writes_are_refused_until_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder);
    create_and_append(&storage);
    let open_already = storage.begin_write(Durability::Os).unwrap();
    storage.fail_syncs();
    assert_eq!(open_already.commit().unwrap_err().kind(), ErrorKind::Poisoned);
    assert_eq!(storage.begin_write(Durability::Os).map(drop).unwrap_err().kind(), ErrorKind::Poisoned);
    assert_eq!(storage.sync().unwrap_err().kind(), ErrorKind::Poisoned);
    assert_eq!(storage.begin_read().unwrap().count(TREE, Range::ALL).unwrap(), 1);
    storage.close().unwrap();
    let storage = open(&folder);
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.append(TREE, b"x").unwrap();
    write.commit().unwrap();
}

#[test]
fn compacting_gives_room_back_and_keeps_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder);
    create_and_append(&storage);
    let mut write = storage.begin_write(Durability::Os).unwrap();
    for _ in 0..3_000 {
        write.append(TREE, &[7; 1_000]).unwrap();
    }
    for record in 2..=3_001 {
        assert!(write.remove(TREE, Key::Record(record)).unwrap());
    }
    write.commit().unwrap();
    let maintenance = storage.maintenance().unwrap();
    let before = maintenance.size_bytes().unwrap();
    maintenance.compact().unwrap();
    let after = maintenance.size_bytes().unwrap();
    assert!(after < before / 10, "{after} of {before}");
    let mut write = storage.begin_write(Durability::Os).unwrap();
    assert_eq!(write.append(TREE, b"x").unwrap(), 3_002);
    write.commit().unwrap();
}

#[test]
fn options_are_read_from_the_url() {
    let options = |text: &str| SqliteOptions::from_url(&StorageUrl::parse(text).unwrap());
    assert_eq!(options("sqlite:a.db?durability=os").unwrap(), SqliteOptions::default());
    let given = options("sqlite:a.db?busy_timeout=250ms&cache_size=16M&read_only=true").unwrap();
    assert_eq!(
        given,
        SqliteOptions { busy_timeout: Duration::from_millis(250), cache_bytes: 16 << 20, read_only: true }
    );
    for wrong in [
        "busy_timeout=5",
        "busy_timeout=-1s",
        "busy_timeout=99999999999999999999s",
        "busy_timeout=1000000m",
        "cache_size=lots",
        "cache_size=99999999999G",
        "read_only=perhaps",
        "cash_size=1",
    ] {
        let error = options(&format!("sqlite:a.db?{wrong}")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUrl, "{wrong}");
        assert!(error.message().contains(wrong.split('=').next().unwrap()), "{error}");
    }
    let unknown = options("sqlite:a.db?cash_size=1").unwrap_err();
    for known in ["durability", "busy_timeout", "cache_size", "read_only"] {
        assert!(unknown.message().contains(known), "{unknown}");
    }
}
