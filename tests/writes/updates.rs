//! Updating, replacing and upserting documents.

use crate::support::*;
use anser::engine::{FindAndModify, Hint, Modification};
use bson::{Bson, doc};

fn modify(filter: bson::Document, modification: Modification) -> FindAndModify {
    FindAndModify {
        filter: raw(filter),
        modification,
        sort: None,
        projection: None,
        upsert: false,
        return_new: false,
        hint: None,
        durability: None,
    }
}

#[test]
fn an_update_changes_the_first_match_and_counts_it() {
    everywhere(|database| {
        insert(database, vec![doc! { "_id": 1, "a": 1 }, doc! { "_id": 2, "a": 1 }]);
        let outcome = update(database, statement(doc! { "a": 1 }, doc! { "$set": { "b": 2 } }));
        assert_eq!((outcome.matched, outcome.modified), (1, 1));
        let outcome = update(database, statement(doc! { "_id": 1 }, doc! { "$set": { "b": 2 } }));
        assert_eq!((outcome.matched, outcome.modified), (1, 0));
        assert_eq!(all(database), [doc! { "_id": 1, "a": 1, "b": 2 }, doc! { "_id": 2, "a": 1 }]);
    });
}

#[test]
fn an_update_of_all_changes_each_match_once() {
    everywhere(|database| {
        create_index(database, index(doc! { "a": 1 })).unwrap();
        insert(database, (0..50).map(|id| doc! { "_id": id, "a": id }).collect());
        // Each new value lies ahead in the index that finds the old ones.
        let mut all_of_them = statement(doc! { "a": { "$gte": 10 } }, doc! { "$inc": { "a": 5 } });
        all_of_them.multi = true;
        let outcome = update(database, all_of_them);
        assert_eq!((outcome.matched, outcome.modified), (40, 40));
        assert_eq!(find(database, doc! { "_id": 49 }), [doc! { "_id": 49, "a": 54 }]);
    });
}

#[test]
fn a_replacement_keeps_the_id_and_the_place() {
    everywhere(|database| {
        create_index(database, unique(doc! { "email": 1 })).unwrap();
        insert(database, vec![doc! { "_id": 1, "email": "a" }, doc! { "_id": 2, "email": "b" }]);
        let outcome = update(database, statement(doc! { "_id": 1 }, doc! { "email": "c" }));
        assert_eq!((outcome.matched, outcome.modified), (1, 1));
        assert_eq!(all(database), [doc! { "_id": 1, "email": "c" }, doc! { "_id": 2, "email": "b" }]);
        assert_eq!(find(database, doc! { "email": "a" }), []);
        assert_eq!(find(database, doc! { "email": "c" }).len(), 1);
    });
}

#[test]
fn a_replacement_of_many_is_refused() {
    everywhere(|database| {
        let mut replacement = statement(doc! {}, doc! { "a": 1 });
        replacement.multi = true;
        assert_eq!(update(database, replacement).write_errors[0].code.0, 9);
    });
}

#[test]
fn an_update_that_would_break_a_unique_index_changes_nothing() {
    everywhere(|database| {
        create_index(database, index(doc! { "city": 1 })).unwrap();
        create_index(database, unique(doc! { "email": 1 })).unwrap();
        insert(
            database,
            vec![doc! { "_id": 1, "email": "a", "city": "x" }, doc! { "_id": 2, "email": "b", "city": "y" }],
        );
        let both = doc! { "$set": { "city": "z", "email": "a" } };
        let outcome = update(database, statement(doc! { "_id": 2 }, both));
        assert_eq!((outcome.matched, outcome.write_errors[0].code.0), (0, 11000));
        assert_eq!(outcome.write_errors[0].key_value, Some(doc! { "email": "a" }));
        assert_eq!(database.check().unwrap(), Vec::<String>::new());
        assert_eq!(find(database, doc! { "_id": 2 }), [doc! { "_id": 2, "email": "b", "city": "y" }]);
    });
}

#[test]
fn an_update_of_all_that_fails_keeps_what_precedes() {
    everywhere(|database| {
        create_index(database, unique(doc! { "a": 1 })).unwrap();
        insert(
            database,
            vec![doc! { "_id": 1, "a": 1 }, doc! { "_id": 2, "a": 10 }, doc! { "_id": 3, "a": 2 }],
        );
        let mut all_of_them = statement(doc! {}, doc! { "$set": { "a": 7 } });
        all_of_them.multi = true;
        let outcome = update(database, all_of_them);
        assert_eq!(outcome.write_errors[0].code.0, 11000);
        let values: Vec<_> = all(database).iter().map(|document| document.get_i32("a").unwrap()).collect();
        assert_eq!(values, [7, 10, 2]);
    });
}

#[test]
fn arrays_that_change_change_their_entries() {
    everywhere(|database| {
        create_index(database, index(doc! { "tags": 1, "n": -1 })).unwrap();
        insert(
            database,
            vec![doc! { "_id": 1, "tags": ["a", "b", "b"], "n": 1 }, doc! { "_id": 2, "tags": "c" }],
        );
        let steps = [
            doc! { "$push": { "tags": "d" } },
            doc! { "$set": { "tags": [] } },
            doc! { "$set": { "tags": ["x", 1, 1.0, Bson::Null] } },
            doc! { "$set": { "n": 1.0 } },
            doc! { "$unset": { "tags": "" } },
        ];
        for step in steps {
            assert_eq!(update(database, statement(doc! { "_id": 1 }, step.clone())).modified, 1, "{step}");
            assert_eq!(database.check().unwrap(), Vec::<String>::new(), "after {step}");
        }
    });
}

#[test]
fn an_upsert_inserts_what_the_filter_and_the_update_say() {
    everywhere(|database| {
        let mut upsert = statement(doc! { "_id": 7, "a": 1 }, doc! { "$set": { "b": 2 } });
        upsert.upsert = true;
        let outcome = update(database, upsert.clone());
        assert_eq!((outcome.matched, outcome.modified), (0, 0));
        assert_eq!(outcome.upserted, [(0, 7.into())]);
        assert_eq!(all(database), [doc! { "_id": 7, "a": 1, "b": 2 }]);
        let outcome = update(database, upsert);
        assert_eq!((outcome.matched, outcome.modified, outcome.upserted.len()), (1, 0, 0));
    });
}

#[test]
fn an_upsert_without_an_id_gets_one() {
    everywhere(|database| {
        let mut upsert = statement(doc! { "a": 1 }, doc! { "b": 2 });
        upsert.upsert = true;
        let outcome = update(database, upsert);
        assert!(outcome.upserted[0].1.as_object_id().is_some());
        let stored = all(database);
        assert_eq!(stored[0].keys().collect::<Vec<_>>(), ["_id", "b"]);
    });
}

#[test]
fn an_upsert_that_meets_a_unique_key_fails_and_stores_nothing() {
    everywhere(|database| {
        create_index(database, unique(doc! { "email": 1 })).unwrap();
        insert(database, vec![doc! { "_id": 1, "email": "a" }]);
        let mut upsert = statement(doc! { "_id": 2 }, doc! { "$set": { "email": "a" } });
        upsert.upsert = true;
        assert_eq!(update(database, upsert).write_errors[0].code.0, 11000);
        assert_eq!(all(database).len(), 1);
    });
}

#[test]
fn sort_says_which_match_is_the_first() {
    everywhere(|database| {
        insert(
            database,
            vec![doc! { "_id": 1, "a": 1 }, doc! { "_id": 2, "a": 3 }, doc! { "_id": 3, "a": 2 }],
        );
        let mut sorted = statement(doc! {}, doc! { "$set": { "hit": true } });
        sorted.sort = Some(raw(doc! { "a": -1 }));
        update(database, sorted.clone());
        assert_eq!(find(database, doc! { "hit": true })[0].get_i32("_id").unwrap(), 2);
        sorted.multi = true;
        assert_eq!(update(database, sorted).write_errors[0].code.0, 9);
    });
}

#[test]
fn a_hint_that_names_no_index_is_refused() {
    everywhere(|database| {
        insert(database, vec![doc! { "_id": 1 }]);
        let mut hinted = statement(doc! {}, doc! { "$set": { "a": 1 } });
        hinted.hint = Some(Hint::Name("nothing".into()));
        let outcome = update(database, hinted);
        assert_eq!(outcome.write_errors[0].code.0, 2);
        assert!(outcome.write_errors[0].message.contains("does not correspond to an existing index"));
    });
}

#[test]
fn find_and_modify_returns_the_document_before_or_after() {
    everywhere(|database| {
        insert(database, vec![doc! { "_id": 1, "a": 1 }]);
        let engine = database.engine();
        let users = users(database);
        let update = Modification::Update(raw(doc! { "$inc": { "a": 1 } }));
        let outcome = engine.find_and_modify(&users, &modify(doc! { "_id": 1 }, update.clone())).unwrap();
        assert_eq!((outcome.value, outcome.found), (Some(raw(doc! { "_id": 1, "a": 1 })), true));
        let mut request = modify(doc! { "_id": 1 }, update);
        request.return_new = true;
        request.projection = Some(raw(doc! { "_id": 0, "a": 1 }));
        let outcome = engine.find_and_modify(&users, &request).unwrap();
        assert_eq!(outcome.value, Some(raw(doc! { "a": 3 })));
        let outcome =
            engine.find_and_modify(&users, &modify(doc! { "_id": 1 }, Modification::Remove)).unwrap();
        assert_eq!(outcome.value, Some(raw(doc! { "_id": 1, "a": 3 })));
        assert_eq!(all(database), []);
        let outcome =
            engine.find_and_modify(&users, &modify(doc! { "_id": 1 }, Modification::Remove)).unwrap();
        assert_eq!((outcome.value, outcome.found), (None, false));
    });
}

#[test]
fn find_and_modify_upserts() {
    everywhere(|database| {
        let update = Modification::Update(raw(doc! { "$set": { "a": 1 } }));
        let mut request = modify(doc! { "_id": 5 }, update);
        request.upsert = true;
        request.return_new = true;
        let outcome = database.engine().find_and_modify(&users(database), &request).unwrap();
        assert_eq!((outcome.found, outcome.upserted), (false, Some(5.into())));
        assert_eq!(outcome.value, Some(raw(doc! { "_id": 5, "a": 1 })));
    });
}
