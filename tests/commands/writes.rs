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

#[test]
fn neighbouring_inserts_of_a_bulk_write_keep_a_result_each() {
    for store in stores() {
        let bulk = |ordered: bool, errors_only: bool| {
            let ids = [(0, 1), (0, 2), (0, 1), (0, 3), (1, 1), (0, 4)];
            let ops = ids.map(|(space, id)| doc! { "insert": space, "document": { "_id": id } });
            let ops = [&ops[..], &[doc! { "delete": 0, "filter": { "_id": 4 } }]].concat();
            let spaces = vec![doc! { "ns": "shop.a" }, doc! { "ns": "shop.b" }];
            let command = doc! {
                "bulkWrite": 1, "ops": ops, "nsInfo": spaces, "ordered": ordered, "errorsOnly": errors_only,
            };
            let reply = store.admin(command).expect("it runs");
            let result = |row: &Document| {
                let code = row.get_i32("code").unwrap_or(0);
                (row.get_i32("idx").expect("where"), row.get_i32("n").expect("how many"), code)
            };
            let results: Vec<_> = super::batch(&reply, "firstBatch").iter().map(result).collect();
            (["nErrors", "nInserted", "nDeleted"].map(|name| reply.get_i32(name).expect("a total")), results)
        };
        let stopped = ([1, 2, 0], vec![(0, 1, 0), (1, 1, 0), (2, 0, 11000)]);
        assert_eq!(bulk(true, false), stopped);
        let shop = store.database.database("shop").expect("a good name");
        assert_eq!(shop.run_command(&doc! { "count": "a" }).expect("it counts").get_i32("n").ok(), Some(2));
        shop.run_command(&doc! { "drop": "a" }).expect("it drops");
        let went_on = vec![(0, 1, 0), (1, 1, 0), (2, 0, 11000), (3, 1, 0), (4, 1, 0), (5, 1, 0), (6, 1, 0)];
        assert_eq!(bulk(false, false), ([1, 5, 1], went_on));
        // Of 0 to 5 all are there by now, but for the 4 that was deleted.
        let failed = [0, 1, 2, 3, 4].map(|at| (at, 0, 11000)).to_vec();
        assert_eq!(bulk(false, true), ([5, 1, 1], failed));
    }
}

#[test]
fn a_bulk_write_that_the_storage_fails_is_an_error_and_no_result() {
    use anser_storage::layer::Fault;
    use anser_storage::layer::fault::Operation;
    use anser_storage::memory::MemoryStrategy;
    let ops = [
        doc! { "insert": 0, "document": { "_id": 2 } },
        doc! { "update": 0, "filter": { "_id": 1 }, "updateMods": { "$set": { "a": 1 } } },
        doc! { "delete": 0, "filter": { "_id": 1 } },
    ];
    for op in ops {
        let fault = Fault::new(std::sync::Arc::new(MemoryStrategy::new()));
        let faults = fault.faults();
        let database =
            anser::Database::builder().storage("test", Box::new(fault)).open("test:").expect("it opens");
        database.run_command(&doc! { "insert": "c", "documents": [{ "_id": 1 }] }).expect("it inserts");
        faults.fail(Operation::Commit, 1, anser_storage::ErrorKind::Io);
        let command = doc! {
            "bulkWrite": 1, "ops": [op.clone()], "nsInfo": [{ "ns": "main.c" }], "ordered": false,
        };
        let outcome = database.database("admin").expect("a good name").run_command(&command);
        let error = outcome.expect_err("the storage fails");
        assert_eq!(error.kind(), anser::ErrorKind::Storage, "{op}");
    }
}

#[test]
fn neighbouring_inserts_of_a_bulk_write_are_one_transaction() {
    use anser_storage::layer::Fault;
    use anser_storage::layer::fault::Operation;
    use anser_storage::memory::MemoryStrategy;
    let fault = Fault::new(std::sync::Arc::new(MemoryStrategy::new()));
    let faults = fault.faults();
    let database =
        anser::Database::builder().storage("test", Box::new(fault)).open("test:").expect("it opens");
    // A second commit would fail.
    faults.fail(Operation::Commit, 2, anser_storage::ErrorKind::Io);
    let ops: Vec<_> = (0..100).map(|id| doc! { "insert": 0, "document": { "_id": id } }).collect();
    let command = doc! { "bulkWrite": 1, "ops": ops, "nsInfo": [{ "ns": "main.c" }] };
    let reply = database.database("admin").expect("a good name").run_command(&command).expect("it runs");
    assert_eq!(reply.get_i32("nInserted").ok(), Some(100));
}
