//! Deleting documents.

use crate::support::*;
use bson::doc;

#[test]
fn one_or_all_matches_are_deleted() {
    everywhere(|database| {
        create_index(database, index(doc! { "a": 1 })).unwrap();
        insert(database, (0..10).map(|id| doc! { "_id": id, "a": id % 2, "t": [id, id + 1] }).collect());
        create_index(database, index(doc! { "t": 1 })).unwrap();
        assert_eq!(delete(database, doc! { "a": 1 }, false).deleted, 1);
        assert_eq!(delete(database, doc! { "a": 1 }, true).deleted, 4);
        assert_eq!(delete(database, doc! { "a": 7 }, true).deleted, 0);
        assert_eq!(all(database).len(), 5);
    });
}

#[test]
fn everything_is_deleted_and_record_numbers_go_on() {
    everywhere(|database| {
        create_index(database, index(doc! { "a": 1 })).unwrap();
        insert(database, (0..10).map(|id| doc! { "_id": id, "a": id }).collect());
        assert_eq!(delete(database, doc! {}, true).deleted, 10);
        assert_eq!(all(database), []);
        assert_eq!(delete(database, doc! {}, true).deleted, 0);
        insert(database, vec![doc! { "_id": 0, "a": 0 }]);
        assert_eq!(find(database, doc! { "a": 0 }).len(), 1);
    });
}

#[test]
fn deleting_from_a_collection_that_is_not_there_deletes_nothing() {
    everywhere(|database| {
        assert_eq!(delete(database, doc! {}, true).deleted, 0);
        assert_eq!(database.engine().list_collections("main").unwrap(), []);
    });
}
