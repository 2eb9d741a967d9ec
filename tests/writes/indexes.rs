//! Indexes follow their documents, and what no index can be.

use crate::support::*;
use anser::engine::{IndexChoice, WriteOptions};
use bson::doc;

fn code<T: std::fmt::Debug>(result: anser::Result<T>) -> i32 {
    result.unwrap_err().code().0
}

#[test]
fn an_index_on_documents_that_are_there_holds_them_all() {
    everywhere(|database| {
        insert(database, (0..300).map(|id| doc! { "_id": id, "a": id % 7, "t": [id, 0] }).collect());
        let outcome = create_index(database, index(doc! { "a": 1, "t": -1 })).unwrap();
        assert_eq!((outcome.before, outcome.after, outcome.created_collection), (1, 2, false));
        assert_eq!(index_names(database), ["_id_", "a_1_t_-1"]);
        assert_eq!(find(database, doc! { "a": 3 }).len(), 43);
    });
}

#[test]
fn the_same_index_again_is_nothing_to_do() {
    everywhere(|database| {
        assert!(create_index(database, index(doc! { "a": 1 })).unwrap().created_collection);
        let outcome = create_index(database, index(doc! { "a": 1.0 })).unwrap();
        assert_eq!((outcome.before, outcome.after), (2, 2));
        let outcome = create_index(database, index(doc! { "_id": 1 })).unwrap();
        assert_eq!((outcome.before, outcome.after), (2, 2));
    });
}

#[test]
fn indexes_that_conflict_are_refused_with_mongodb_s_codes() {
    everywhere(|database| {
        create_index(database, index(doc! { "a": 1 })).unwrap();
        let named = |keys, name: &str, unique: bool| {
            let mut spec = index(keys);
            (spec.name, spec.unique) = (Some(name.into()), unique);
            spec
        };
        assert_eq!(code(create_index(database, named(doc! { "a": 1 }, "other", false))), 85);
        assert_eq!(code(create_index(database, named(doc! { "b": 1 }, "a_1", false))), 86);
        assert_eq!(code(create_index(database, named(doc! { "a": 1 }, "a_1", true))), 86);
        create_index(database, named(doc! { "a": 1 }, "a_unique", true)).unwrap();
        let engine = database.engine();
        let keys = IndexChoice::Keys(doc! { "a": 1 });
        assert_eq!(code(engine.drop_indexes(&users(database), &keys)), 181);
    });
}

#[test]
fn a_unique_index_over_duplicates_is_refused_and_leaves_nothing() {
    everywhere(|database| {
        insert(database, vec![doc! { "a": 1 }, doc! { "a": 2 }, doc! { "a": 1 }]);
        let error = create_index(database, unique(doc! { "a": 1 })).unwrap_err();
        assert_eq!(error.kind(), anser::ErrorKind::DuplicateKey);
        assert_eq!(error.write_errors()[0].key_value, Some(doc! { "a": 1 }));
        assert_eq!(index_names(database), ["_id_"]);
        assert_eq!(insert(database, vec![doc! { "a": 1 }]).inserted, 1);
    });
}

#[test]
fn parallel_arrays_are_refused_by_the_index_and_by_the_insert() {
    everywhere(|database| {
        insert(database, vec![doc! { "_id": 1, "a": [1], "b": [2] }]);
        assert_eq!(code(create_index(database, index(doc! { "a": 1, "b": 1 }))), 171);
        delete(database, doc! {}, true);
        create_index(database, index(doc! { "a": 1, "b": 1 })).unwrap();
        let outcome = insert(database, vec![doc! { "_id": 1, "a": [1], "b": [2] }]);
        assert_eq!((outcome.inserted, outcome.write_errors[0].code.0), (0, 171));
    });
}

#[test]
fn indexes_are_dropped_by_name_by_keys_and_all_but_id() {
    everywhere(|database| {
        for path in ["a", "b", "c", "d"] {
            create_index(database, index(doc! { path: 1 })).unwrap();
        }
        insert(database, vec![doc! { "a": 1, "b": 2 }]);
        let engine = database.engine();
        let users = users(database);
        let drop = |which: IndexChoice| engine.drop_indexes(&users, &which);
        assert_eq!(drop(IndexChoice::Name("a_1".into())).unwrap(), 5);
        assert_eq!(drop(IndexChoice::Keys(doc! { "b": 1 })).unwrap(), 4);
        assert_eq!(code(drop(IndexChoice::Name("a_1".into()))), 27);
        assert_eq!(code(drop(IndexChoice::Keys(doc! { "b": 1 }))), 27);
        assert_eq!(code(drop(IndexChoice::Name("_id_".into()))), 72);
        assert_eq!(code(drop(IndexChoice::Names(vec!["c_1".into(), "x".into()]))), 27);
        assert_eq!(index_names(database), ["_id_", "c_1", "d_1"]);
        assert_eq!(drop(IndexChoice::All).unwrap(), 3);
        assert_eq!(index_names(database), ["_id_"]);
        let nowhere = database.namespace("nowhere").unwrap();
        assert_eq!(code(engine.drop_indexes(&nowhere, &IndexChoice::All)), 26);
        assert_eq!(code(engine.list_indexes(&nowhere)), 26);
    });
}

#[test]
fn no_more_than_64_indexes_are_made() {
    everywhere(|database| {
        let specs: Vec<_> = (0..64).map(|at| index(doc! { format!("f{at}"): 1 })).collect();
        let engine = database.engine();
        assert_eq!(code(engine.create_indexes(&users(database), &specs)), 67);
        engine.create_indexes(&users(database), &specs[..63]).unwrap();
        assert_eq!(index_names(database).len(), 64);
    });
}

#[test]
fn a_compound_index_keeps_its_multikey_parts_apart() {
    everywhere(|database| {
        create_index(database, index(doc! { "a.b": 1, "c": 1 })).unwrap();
        insert(database, vec![doc! { "_id": 1, "a": [{ "b": 1 }, { "b": 2 }], "c": 3 }]);
        insert(database, vec![doc! { "_id": 2, "a": { "b": 5 }, "c": [1, 2, 2] }]);
        assert_eq!(find(database, doc! { "a.b": 2 }).len(), 1);
        assert_eq!(find(database, doc! { "c": 2 }).len(), 1);
    });
}

#[test]
fn random_writes_leave_every_index_as_its_documents_say() {
    // A plain generator: what matters is that indexes and documents agree, whatever comes.
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    everywhere(|_| ());
    let database = anser::Database::open("memory:").unwrap();
    create_index(&database, index(doc! { "a": 1 })).unwrap();
    create_index(&database, unique(doc! { "a": -1, "b": 1 })).unwrap();
    let mut sparse = unique(doc! { "b.c": 1 });
    sparse.sparse = true;
    create_index(&database, sparse).unwrap();
    let mut value = move || -> bson::Bson {
        match random(12) {
            0 => bson::Bson::Null,
            1 => 1.into(),
            2 => 1.0.into(),
            3 => (random(5) as i64).into(),
            4 => "text".into(),
            5 => bson::Bson::Array(vec![]),
            6 => vec![1, 2].into(),
            7 => vec![random(4) as i32, random(4) as i32].into(),
            8 => doc! { "c": random(6) as i32 }.into(),
            9 => bson::Bson::Array(vec![doc! { "c": 1 }.into(), doc! { "c": [1] }.into()]),
            10 => (-0.0).into(),
            _ => f64::NAN.into(),
        }
    };
    let mut failures = 0;
    for round in 0..3000 {
        let (a, b) = (value(), value());
        let id = round % 40;
        let document = if round % 3 == 0 {
            doc! { "a": a }
        } else {
            doc! { "a": a, "b": b }
        };
        let mut write = statement(doc! { "_id": id }, document);
        write.upsert = true;
        if round % 5 == 0 {
            delete(&database, doc! { "_id": id }, false);
        }
        let engine = database.engine();
        let outcome = engine.update(&users(&database), &[write], &WriteOptions::default()).unwrap();
        failures += outcome.write_errors.len();
        if round % 100 == 0 {
            assert_eq!(database.check().unwrap(), Vec::<String>::new(), "round {round}");
        }
    }
    assert!(failures > 100, "the unique indexes refused something: {failures}");
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
}
