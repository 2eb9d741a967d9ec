//! Two handles on one SQLite file, as two processes have them.

use crate::support::*;
use anser::Database;
use bson::doc;

fn url(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}?durability=os", folder.path().join("shared.db").display())
}

#[test]
fn an_index_created_through_one_handle_is_maintained_by_the_next_insert_through_another() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Database::open(&url(&folder)).unwrap(), Database::open(&url(&folder)).unwrap());
    insert(&one, vec![doc! { "_id": 1, "email": "a" }]);
    assert_eq!(all(&other).len(), 1);
    create_index(&one, unique(doc! { "email": 1 })).unwrap();
    let outcome = insert(&other, vec![doc! { "_id": 2, "email": "a" }]);
    assert_eq!(outcome.write_errors[0].code.0, 11000);
    insert(&other, vec![doc! { "_id": 3, "email": ["b", "c"] }]);
    assert_eq!(one.check().unwrap(), Vec::<String>::new());
    assert_eq!(find(&one, doc! { "email": "c" }).len(), 1);
}

#[test]
fn a_collection_dropped_through_one_handle_is_gone_for_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Database::open(&url(&folder)).unwrap(), Database::open(&url(&folder)).unwrap());
    insert(&one, vec![doc! { "_id": 1 }]);
    insert(&other, vec![doc! { "_id": 2 }]);
    one.engine().drop_collection(&users(&one)).unwrap();
    assert_eq!(all(&other), []);
    insert(&other, vec![doc! { "_id": 1 }]);
    assert_eq!(all(&one).len(), 1);
}

#[test]
fn what_was_written_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    {
        let database = Database::open(&url(&folder)).unwrap();
        create_index(&database, unique(doc! { "a": 1 })).unwrap();
        insert(&database, vec![doc! { "_id": 1, "a": [1, 2] }, doc! { "_id": 2, "a": 3 }]);
        delete(&database, doc! { "_id": 2 }, false);
        database.close().unwrap();
    }
    let database = Database::open(&url(&folder)).unwrap();
    assert_eq!(index_names(&database), ["_id_", "a_1"]);
    assert_eq!(insert(&database, vec![doc! { "_id": 3, "a": 2 }]).inserted, 0);
    insert(&database, vec![doc! { "_id": 3, "a": 3 }]);
    assert_eq!(all(&database), [doc! { "_id": 1, "a": [1, 2] }, doc! { "_id": 3, "a": 3 }]);
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_unique_index_made_while_another_handle_inserts_ends_right() {
    for round in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Database::open(&url(&folder)).unwrap(), Database::open(&url(&folder)).unwrap());
        insert(&one, (0..1500).map(|id| doc! { "_id": id, "a": id }).collect());
        let writer = std::thread::spawn(move || {
            for id in 1500..1600 {
                // Every third has a key that is there already: refused once the index is known, or fatal to it.
                let a = if id % 3 == 0 && round % 2 == 0 { id - 1400 } else { id };
                insert(&other, vec![doc! { "_id": id, "a": a }]);
            }
            other
        });
        let made = create_index(&one, unique(doc! { "a": 1 }));
        let other = writer.join().unwrap();
        assert_eq!(other.check().unwrap(), Vec::<String>::new());
        match made {
            Ok(_) => {
                let mut values: Vec<_> =
                    all(&one).iter().map(|document| document.get_i32("a").unwrap()).collect();
                let stored = values.len();
                values.sort_unstable();
                values.dedup();
                assert_eq!(values.len(), stored, "no duplicate got past the index");
            }
            Err(error) => {
                assert_eq!(error.code().0, 11000);
                assert_eq!(index_names(&other), ["_id_"]);
            }
        }
    }
}

/// What the other process of the next test does; on its own it has nothing to do.
#[test]
fn a_process_of_its_own_that_inserts() {
    let Ok(url) = std::env::var("ANSER_TEST_URL") else { return };
    let database = Database::open(&url).unwrap();
    for id in 1200..1300 {
        // The doubles come late, so that the index is made before, beside and after them.
        let a = if id > 1270 && id % 9 == 0 { id - 1200 } else { id };
        insert(&database, vec![doc! { "_id": id, "a": [a, -a] }]);
    }
    database.close().unwrap();
}

/// `ANSER_TEST_ROUNDS` says how often; once takes a moment.
#[test]
fn two_processes_one_making_a_unique_index_the_other_inserting_leave_no_duplicate_and_no_gap() {
    let rounds = std::env::var("ANSER_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4);
    for round in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&url(&folder)).unwrap();
        insert(&database, (1..1200).map(|id| doc! { "_id": id, "a": [id, -id] }).collect());
        let mut other = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::a_process_of_its_own_that_inserts"])
            .env("ANSER_TEST_URL", url(&folder))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Now before, now beside, now after the first inserts.
        std::thread::sleep(std::time::Duration::from_millis(round * 3 % 24));
        let made = create_index(&database, unique(doc! { "a": 1 }));
        assert!(other.wait().unwrap().success());
        assert_eq!(database.check().unwrap(), Vec::<String>::new(), "round {round}");
        match made {
            Ok(_) => {
                let mut values: Vec<_> = all(&database)
                    .iter()
                    .map(|document| document.get_array("a").unwrap()[0].as_i32().unwrap())
                    .collect();
                let stored = values.len();
                values.sort_unstable();
                values.dedup();
                assert_eq!(values.len(), stored, "round {round}");
            }
            Err(error) => {
                assert_eq!((error.code().0, index_names(&database).len()), (11000, 1), "round {round}");
            }
        }
    }
}
