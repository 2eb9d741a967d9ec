//! Inserting documents.

use crate::support::*;
use bson::doc;

#[test]
fn documents_keep_the_order_they_came_in() {
    everywhere(|database| {
        let outcome = insert(database, vec![doc! { "_id": 3 }, doc! { "_id": 1 }, doc! { "_id": 2 }]);
        assert_eq!(outcome.inserted, 3);
        assert_eq!(outcome.ids, [3.into(), 1.into(), 2.into()]);
        assert_eq!(all(database), [doc! { "_id": 3 }, doc! { "_id": 1 }, doc! { "_id": 2 }]);
    });
}

#[test]
fn an_ordered_batch_keeps_what_precedes_the_failure() {
    everywhere(|database| {
        let batch = vec![doc! { "_id": 1 }, doc! { "_id": 1 }, doc! { "_id": 2 }];
        let outcome = insert(database, batch);
        assert_eq!(outcome.inserted, 1);
        assert_eq!(outcome.ids.len(), 3);
        let error = &outcome.write_errors[0];
        assert_eq!((outcome.write_errors.len(), error.index, error.code.0), (1, 1, 11000));
        assert_eq!(
            error.message,
            "E11000 duplicate key error collection: main.users index: _id_ dup key: { _id: 1 }"
        );
        assert_eq!(error.key_pattern, Some(doc! { "_id": 1 }));
        assert_eq!(error.key_value, Some(doc! { "_id": 1 }));
        assert_eq!(all(database), [doc! { "_id": 1 }]);
    });
}

#[test]
fn an_unordered_batch_goes_on() {
    everywhere(|database| {
        let batch = vec![doc! { "_id": 1 }, doc! { "_id": 1 }, doc! { "_id": [1] }, doc! { "_id": 2 }];
        let outcome = insert_with(database, batch, &unordered());
        assert_eq!(outcome.inserted, 2);
        let codes: Vec<_> = outcome.write_errors.iter().map(|error| (error.index, error.code.0)).collect();
        assert_eq!(codes, [(1, 11000), (2, 53)]);
        assert_eq!(all(database), [doc! { "_id": 1 }, doc! { "_id": 2 }]);
    });
}

#[test]
fn an_atomic_batch_is_stored_whole_or_not_at_all() {
    everywhere(|database| {
        let options = anser::engine::WriteOptions { atomic: true, ..Default::default() };
        let outcome = insert_with(database, vec![doc! { "_id": 1 }, doc! { "_id": 1 }], &options);
        assert_eq!((outcome.inserted, outcome.write_errors.len()), (0, 1));
        assert_eq!(all(database), []);
    });
}

#[test]
fn a_failing_document_leaves_no_index_entry() {
    everywhere(|database| {
        create_index(database, index(doc! { "city": 1 })).unwrap();
        create_index(database, unique(doc! { "tags": 1 })).unwrap();
        create_index(database, unique(doc! { "email": -1 })).unwrap();
        insert(database, vec![doc! { "_id": 1, "city": "Paris", "tags": ["x"], "email": "a@b" }]);
        let outcome =
            insert(database, vec![doc! { "_id": 2, "city": "Rome", "tags": ["y", "z"], "email": "a@b" }]);
        assert_eq!(outcome.write_errors[0].key_value, Some(doc! { "email": "a@b" }));
        assert_eq!(database.check().unwrap(), Vec::<String>::new());
        // Nothing of the refused document is in the way of the next.
        let outcome = insert(database, vec![doc! { "_id": 2, "tags": ["y", "z"], "email": "c@d" }]);
        assert_eq!(outcome.inserted, 1);
    });
}

#[test]
fn a_document_refused_in_a_batch_leaves_nothing_among_its_neighbours() {
    everywhere(|database| {
        create_index(database, unique(doc! { "tags": 1 })).unwrap();
        create_index(database, index(doc! { "city": 1 })).unwrap();
        create_index(database, unique(doc! { "email": 1 })).unwrap();
        let user = |id: i32, tags: &[&str], email: &str| doc! { "_id": id, "city": "Paris", "tags": tags.to_vec(), "email": email };
        let batch = vec![
            user(1, &["a", "b"], "one"),
            // Its `_id` and its tags are new, its email is not.
            user(2, &["c", "d"], "one"),
            // Takes the `_id` and a tag of the one that was refused.
            user(2, &["d"], "two"),
            // Of its own tags the second is another's.
            user(3, &["e", "a"], "three"),
            user(4, &["e"], "three"),
        ];
        let outcome = insert_with(database, batch, &unordered());
        let refused: Vec<_> =
            outcome.write_errors.iter().map(|error| (error.index, error.key_value.clone())).collect();
        assert_eq!(refused, [(1, Some(doc! { "email": "one" })), (3, Some(doc! { "tags": "a" }))]);
        assert_eq!(all(database).len(), 3);
        assert_eq!(database.check().unwrap(), Vec::<String>::new());
    });
}

#[test]
fn a_unique_index_takes_missing_as_null() {
    everywhere(|database| {
        create_index(database, unique(doc! { "email": 1 })).unwrap();
        insert(database, vec![doc! { "_id": 1 }]);
        let outcome = insert(database, vec![doc! { "_id": 2, "email": bson::Bson::Null }]);
        assert_eq!(outcome.write_errors[0].code.0, 11000);
        assert_eq!(
            outcome.write_errors[0].message,
            "E11000 duplicate key error collection: main.users index: email_1 dup key: { email: null }"
        );
    });
}

#[test]
fn a_sparse_unique_index_lets_many_go_without() {
    everywhere(|database| {
        let mut spec = unique(doc! { "email": 1 });
        spec.sparse = true;
        create_index(database, spec).unwrap();
        let outcome = insert(database, vec![doc! { "_id": 1 }, doc! { "_id": 2 }, doc! { "email": "a" }]);
        assert_eq!(outcome.inserted, 3);
        assert_eq!(insert(database, vec![doc! { "email": "a" }]).inserted, 0);
    });
}

#[test]
fn numbers_that_are_equal_are_one_unique_key() {
    everywhere(|database| {
        let outcome = insert(database, vec![doc! { "_id": 1 }, doc! { "_id": 1.0 }, doc! { "_id": 1i64 }]);
        assert_eq!((outcome.inserted, outcome.write_errors[0].index), (1, 1));
    });
}

#[test]
fn a_document_that_is_too_large_is_refused_alone() {
    everywhere(|database| {
        let large = "x".repeat(16 * 1024 * 1024);
        let batch = vec![doc! { "_id": 1 }, doc! { "_id": 2, "a": large }, doc! { "_id": 3 }];
        let outcome = insert_with(database, batch, &unordered());
        assert_eq!((outcome.inserted, outcome.write_errors[0].code.0), (2, 10334));
    });
}

#[test]
fn broken_bytes_are_refused() {
    everywhere(|database| {
        let mut bytes = raw(doc! { "_id": 1, "a": "text" }).into_bytes();
        let at = bytes.len() - 4;
        bytes[at] = 0xff;
        let broken = bson::RawDocumentBuf::from_bytes(bytes).unwrap();
        let outcome = database.engine().insert(&users(database), vec![broken], &Default::default()).unwrap();
        assert_eq!((outcome.inserted, outcome.write_errors[0].code.0), (0, 22));
    });
}
