//! Storage URLs that make no sense, and files that are not ours to write.

use crate::{fill, stored};
use anser::{Database, ErrorKind};
use bson::doc;
use std::path::Path;

fn refused(url: &str) -> anser::Error {
    match Database::open(url) {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error,
    }
}

#[test]
fn a_url_that_makes_no_sense_says_what_one_looks_like() {
    for url in ["", "app.db", ":memory", "my scheme:x", "memory:?durability", "memory:?a=1&a=2", r"C:\app.db"]
    {
        let error = refused(url);
        assert_eq!(error.code().0, 2, "{url}: {error}");
        assert!(error.message().contains("sqlite:./app.db"), "{url}: {error}");
    }
    for (url, word) in [
        ("memory:path", "path"),
        ("memory:?durability=never", "never"),
        ("memory:?durability=within:0s", "within"),
    ] {
        let error = refused(url);
        assert_eq!(error.code().0, 2, "{url}: {error}");
        assert!(error.message().contains(word), "{url}: {error}");
    }
    for builder in ["a.b", "", "a b", "a$b"] {
        let error = Database::builder().database_name(builder).open("memory:").unwrap_err();
        assert_eq!(error.code().0, 73, "{error}");
    }
}

#[test]
fn a_scheme_that_this_build_does_not_have_is_named() {
    for scheme in ["redis", "wiredtiger", "mongodb", "postgres"] {
        let error = refused(&format!("{scheme}:x"));
        assert_eq!(error.code().0, 238, "{error}");
        assert!(error.message().contains(scheme), "{error}");
    }
}

#[cfg(not(feature = "sqlite"))]
#[test]
fn a_feature_that_was_not_compiled_in_is_named() {
    let error = refused("sqlite:x.db");
    assert_eq!(error.code().0, 238, "{error}");
    assert!(error.message().contains("feature `sqlite`"), "{error}");
    assert!(!Path::new("x.db").exists());
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;

    fn url(file: &Path) -> String {
        format!("sqlite:{}", file.display())
    }

    /// A database file with something in it, closed.
    fn made(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let file = folder.path().join("made.db");
        let database = Database::open(&url(&file)).unwrap();
        fill(&database);
        database.close().unwrap();
        file
    }

    /// Changes a number in the header of an SQLite file.
    fn change_header(file: &Path, offset: usize, value: i32) {
        let mut bytes = std::fs::read(file).unwrap();
        bytes[offset..offset + 4].copy_from_slice(&value.to_be_bytes());
        std::fs::write(file, bytes).unwrap();
    }

    #[test]
    fn places_that_cannot_hold_a_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display().to_string();
        for (url, word) in [
            ("sqlite:".to_owned(), "path"),
            (format!("sqlite:{place}"), "folder"),
            (format!("sqlite:{place}/none/app.db"), "none"),
            (format!("sqlite:{place}/app.db?colour=red"), "colour"),
            (format!("sqlite:{place}/app.db?busy_timeout=soon"), "busy_timeout"),
            (format!("sqlite:{place}/app.db?read_only=maybe"), "read_only"),
            (format!("sqlite:{place}/app.db?durability=never"), "never"),
        ] {
            let error = refused(&url);
            assert!(error.message().contains(word), "{url}: {error}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    }

    #[test]
    fn a_file_of_a_newer_format_is_refused_by_name_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = made(&folder);
        let user_version = 60;
        change_header(&file, user_version, 999);
        let before = std::fs::read(&file).unwrap();
        let error = refused(&url(&file));
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.message().contains("format 999") && error.message().contains("made.db"), "{error}");
        assert!(std::fs::read(&file).unwrap() == before);
        change_header(&file, user_version, 1);
        assert_eq!(stored(&Database::open(&url(&file)).unwrap())[0].2.len(), 3);
    }

    #[test]
    fn a_file_that_is_not_sqlite_or_not_ours_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let ours = made(&folder);
        let application_id = 68;
        change_header(&ours, application_id, 77);
        let text = folder.path().join("notes.txt");
        std::fs::write(&text, "Dear diary, ".repeat(1000)).unwrap();
        let short = folder.path().join("short.txt");
        std::fs::write(&short, "Dear diary").unwrap();
        for file in [&ours, &text, &short] {
            let before = std::fs::read(file).unwrap();
            let error = refused(&url(file));
            assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
            assert!(error.message().contains(&file.display().to_string()), "{error}");
            assert!(std::fs::read(file).unwrap() == before, "{error}");
        }
    }

    #[test]
    fn a_file_that_may_only_be_read_answers_and_refuses_writes() {
        let folder = tempfile::tempdir().unwrap();
        let file = made(&folder);
        let permissions = |read_only| {
            let mut permissions = std::fs::metadata(&file).unwrap().permissions();
            permissions.set_readonly(read_only);
            std::fs::set_permissions(&file, permissions).unwrap();
        };
        permissions(true);
        // Whoever may do everything may write it all the same.
        let by_permissions = std::fs::OpenOptions::new().write(true).open(&file).is_err();
        let mut urls = vec![format!("{}?read_only=true", url(&file))];
        if by_permissions {
            urls.push(url(&file));
        }
        let bytes = std::fs::read(&file).unwrap();
        for url in urls {
            let database = Database::open(&url).unwrap();
            let before = stored(&database);
            assert_eq!(before[0].2.len(), 3);
            for command in [
                doc! { "insert": "users", "documents": [{ "_id": 9 }] },
                doc! { "update": "users", "updates": [{ "q": {}, "u": { "$set": { "z": 1 } }, "multi": true }] },
                doc! { "delete": "users", "deletes": [{ "q": {}, "limit": 0 }] },
                doc! { "create": "more" },
                doc! { "createIndexes": "users", "indexes": [{ "key": { "z": 1 }, "name": "z" }] },
                doc! { "drop": "users" },
            ] {
                let error = database.run_command(&command).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Storage, "{command}: {error}");
                assert!(error.message().contains("made.db"), "{command}: {error}");
            }
            assert!(stored(&database) == before);
            assert_eq!(database.check().unwrap(), Vec::<String>::new());
            database.close().unwrap();
        }
        assert!(std::fs::read(&file).unwrap() == bytes);
        permissions(false);
        Database::open(&url(&file)).unwrap().run_command(&doc! { "drop": "users" }).unwrap();
    }

    #[test]
    fn a_file_with_damaged_pages_is_an_error_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let file = made(&folder);
        let whole = std::fs::read(&file).unwrap();
        let mut refused = 0;
        for page in 0..whole.len() / 4096 {
            for (offset, byte) in [(0, 0xFF), (8, 0x00), (100, 0xFF), (3000, 0xAA), (4000, 0xAA)] {
                let mut damaged = whole.clone();
                damaged[page * 4096 + offset..][..64].fill(byte);
                std::fs::write(&file, damaged).unwrap();
                let outcome = Database::open(&url(&file)).and_then(|database| {
                    let found =
                        database.run_command(&doc! { "find": "users", "filter": { "age": { "$gt": 1 } } });
                    let inserted =
                        database.run_command(&doc! { "insert": "users", "documents": [{ "_id": 9 }] });
                    let checked = database.check();
                    let _ = database.close();
                    found.and(inserted)?;
                    checked
                });
                refused += u32::from(!outcome.is_ok_and(|differences| differences.is_empty()));
                for suffix in ["-wal", "-shm"] {
                    let _ = std::fs::remove_file(folder.path().join(format!("made.db{suffix}")));
                }
            }
        }
        assert!(refused > 0, "no damage was ever noticed");
    }
}
