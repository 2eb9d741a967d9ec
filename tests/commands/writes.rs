//! insert, update, delete, findAndModify, bulkWrite.

use super::stores;
use bson::{Document, doc};

fn errors(reply: &Document) -> Vec<(i32, i32)> {
    let Ok(errors) = reply.get_array("writeErrors") else { return Vec::new() };
    let pair =
        |error: &Document| (error.get_i32("index").expect("where"), error.get_i32("code").expect("why"));
    errors.iter().map(|error| pair(error.as_document().expect("a document"))).collect()
}

#[test]
fn ordered_batches_stop_at_a_failure_and_unordered_go_on() {
    for store in stores() {
        let insert = |ordered: bool, ids: [i32; 3]| {
            let documents = ids.map(|id| doc! { "_id": id }).to_vec();
            store.run(doc! { "insert": "c", "documents": documents, "ordered": ordered })
        };
        store.run(doc! { "insert": "c", "documents": [{ "_id": 2 }] });
        let ordered = insert(true, [1, 2, 3]);
        assert_eq!((ordered.get_i32("n").ok(), errors(&ordered)), (Some(1), vec![(1, 11000)]));
        let unordered = insert(false, [1, 3, 2]);
        assert_eq!(
            (unordered.get_i32("n").ok(), errors(&unordered)),
            (Some(1), vec![(0, 11000), (2, 11000)])
        );
        let error = unordered.get_array("writeErrors").expect("errors")[0].as_document().expect("a document");
        assert_eq!(error.get_document("keyPattern").ok(), Some(&doc! { "_id": 1 }));
        assert_eq!(error.get_document("keyValue").ok(), Some(&doc! { "_id": 1 }));
        assert!(
            error
                .get_str("errmsg")
                .expect("words")
                .starts_with("E11000 duplicate key error collection: main.c")
        );
        assert_eq!(store.run(doc! { "count": "c" }), doc! { "n": 3, "ok": 1.0 });
    }
}

#[test]
fn empty_and_missing_batches_are_errors() {
    for store in stores() {
        assert_eq!(store.code(doc! { "insert": "c", "documents": [] }), 16);
        assert_eq!(store.code(doc! { "insert": "c" }), 40414);
        assert_eq!(store.code(doc! { "insert": "c", "documents": [1] }), 14);
        assert_eq!(store.code(doc! { "update": "c", "updates": [] }), 16);
        assert_eq!(store.code(doc! { "update": "c", "updates": [{ "q": {} }] }), 40414);
        assert_eq!(store.code(doc! { "update": "c", "updates": [{ "q": {}, "u": {}, "frob": 1 }] }), 40415);
        assert_eq!(store.code(doc! { "delete": "c", "deletes": [{ "q": {} }] }), 40414);
        assert_eq!(store.code(doc! { "delete": "c", "deletes": [{ "q": {}, "limit": 2 }] }), 9);
    }
}

#[test]
fn updates_count_what_matched_what_changed_and_what_was_inserted() {
    for store in stores() {
        let store = store.with_users();
        let reply = store.run(doc! { "update": "users", "updates": [
            { "q": { "age": { "$lte": 20 } }, "u": { "$set": { "age": 20 } }, "multi": true },
            { "q": { "_id": 9 }, "u": { "$inc": { "age": 1 } }, "upsert": true },
            { "q": { "_id": 5 }, "u": { "replaced": true } },
        ]});
        let upserted = vec![doc! { "index": 1, "_id": 9 }];
        assert_eq!(reply, doc! { "n": 4, "upserted": upserted, "nModified": 2, "ok": 1.0 });
        assert_eq!(
            store.found(doc! { "find": "users", "filter": { "_id": 5 } }),
            [doc! { "_id": 5, "replaced": true }]
        );
        let failed =
            store.run(doc! { "update": "users", "updates": [{ "q": {}, "u": { "$inc": { "tags": 1 } } }] });
        assert_eq!(errors(&failed), [(0, 14)]);
        let pipeline = doc! { "update": "users", "updates": [{ "q": {}, "u": [{ "$set": { "a": 1 } }] }] };
        assert_eq!(store.code(pipeline), 238);
    }
}

#[test]
fn deletes_take_one_or_all() {
    for store in stores() {
        let store = store.with_users();
        let reply = store.run(doc! { "delete": "users", "deletes": [
            { "q": { "age": { "$gte": 40 } }, "limit": 1 }, { "q": { "age": { "$lt": 30 } }, "limit": 0 },
        ]});
        assert_eq!(reply, doc! { "n": 3, "ok": 1.0 });
        assert_eq!(store.run(doc! { "count": "users" }), doc! { "n": 2, "ok": 1.0 });
    }
}

#[test]
fn find_and_modify_answers_with_the_document_before_or_after() {
    for store in stores() {
        let store = store.with_users();
        let command = doc! {
            "findAndModify": "users", "sort": { "age": -1 }, "update": { "$inc": { "age": 1 } },
            "fields": { "age": 1 },
        };
        let before = store.run(command.clone());
        assert_eq!(before.get_document("value").ok(), Some(&doc! { "_id": 5, "age": 50 }));
        assert_eq!(
            before.get_document("lastErrorObject").ok(),
            Some(&doc! { "n": 1, "updatedExisting": true })
        );
        let mut after = command;
        after.insert("new", true);
        assert_eq!(store.run(after).get_document("value").ok(), Some(&doc! { "_id": 5, "age": 52 }));
        let upsert = store.run(doc! {
            "findAndModify": "users", "query": { "_id": 7 }, "update": { "$set": { "age": 7 } }, "upsert": true,
        });
        assert_eq!(upsert.get("value"), Some(&bson::Bson::Null));
        let last = doc! { "n": 1, "updatedExisting": false, "upserted": 7 };
        assert_eq!(upsert.get_document("lastErrorObject").ok(), Some(&last));
        let removed = store.run(doc! { "findAndModify": "users", "query": { "_id": 7 }, "remove": true });
        assert_eq!(removed.get_document("value").ok(), Some(&doc! { "_id": 7, "age": 7 }));
        let nothing = store.run(doc! { "findAndModify": "users", "query": { "_id": 7 }, "remove": true });
        assert_eq!(nothing.get_document("lastErrorObject").ok(), Some(&doc! { "n": 0 }));
        assert_eq!(store.code(doc! { "findAndModify": "users" }), 9);
        assert_eq!(store.code(doc! { "findAndModify": "users", "remove": true, "new": true }), 9);
        assert_eq!(store.code(doc! { "findAndModify": "users", "remove": true, "update": {} }), 9);
    }
}

#[test]
fn one_bulk_write_reaches_several_collections() {
    for store in stores() {
        let ops = vec![
            doc! { "insert": 0, "document": { "_id": 1, "x": 1 } },
            doc! { "insert": 1, "document": { "_id": 1 } },
            doc! { "update": 0, "filter": { "_id": 1 }, "updateMods": { "$inc": { "x": 1 } } },
            doc! { "update": 1, "filter": { "_id": 2 }, "updateMods": { "$set": { "y": 1 } }, "upsert": true },
            doc! { "insert": 0, "document": { "_id": 1 } },
            doc! { "delete": 1, "filter": {}, "multi": true },
        ];
        let spaces = vec![doc! { "ns": "shop.a" }, doc! { "ns": "shop.b" }];
        let bulk = |ordered: bool| doc! { "bulkWrite": 1, "ops": ops.clone(), "nsInfo": spaces.clone(), "ordered": ordered };
        let reply = store.admin(bulk(false)).expect("it runs");
        let totals = ["nErrors", "nInserted", "nMatched", "nModified", "nUpserted", "nDeleted"];
        assert_eq!(totals.map(|name| reply.get_i32(name).expect("a total")), [1, 2, 1, 1, 1, 2]);
        let results = super::batch(&reply, "firstBatch");
        assert_eq!(
            results[3],
            doc! { "ok": 1.0, "idx": 3, "n": 1, "nModified": 0, "upserted": { "_id": 2 } }
        );
        assert_eq!((results[4].get_i32("idx").ok(), results[4].get_i32("code").ok()), (Some(4), Some(11000)));
        let stopped = store.admin(bulk(true)).expect("it runs");
        assert_eq!(super::batch(&stopped, "firstBatch").len(), 1, "the first insert is there already");
        assert_eq!(store.code(bulk(true)), 13, "bulkWrite is for admin");
    }
}
