//! find, count, distinct, aggregate, explain.

use super::{batch, stores};
use bson::doc;

#[test]
fn a_find_filters_sorts_skips_limits_and_projects() {
    for store in stores() {
        let store = store.with_users();
        let found = store.found(doc! {
            "find": "users", "filter": { "age": { "$gte": 20 } }, "sort": { "age": -1 }, "skip": 1, "limit": 2,
            "projection": { "tags": 0 },
        });
        assert_eq!(found, [doc! { "_id": 4, "age": 40 }, doc! { "_id": 3, "age": 30 }]);
        assert!(store.found(doc! { "find": "nobody" }).is_empty());
    }
}

#[test]
fn wrong_types_in_a_find_are_named_with_their_code() {
    for store in stores() {
        for (command, code) in [
            (doc! { "find": "users", "filter": "x" }, 14),
            (doc! { "find": "users", "filter": null }, 14),
            (doc! { "find": "users", "limit": "x" }, 14),
            (doc! { "find": "users", "limit": -1 }, 51024),
            (doc! { "find": "users", "batchSize": -1 }, 51024),
            (doc! { "find": "users", "hint": 1 }, 9),
            (doc! { "find": "users", "frob": 1 }, 40415),
            (doc! { "find": "users", "limit": 1, "limit ": 2 }, 40415),
            (doc! { "find": 1 }, 73),
            (doc! { "find": "" }, 73),
            (doc! { "find": "users", "collation": { "locale": "de" } }, 238),
            (doc! { "find": "users", "let": { "x": 1 } }, 238),
            (doc! { "find": "users", "maxTimeMS": 1.5 }, 9),
            (doc! { "find": "users", "writeConcern": {} }, 72),
            (doc! { "find": "users", "filter": { "$where": "1" } }, 238),
        ] {
            assert_eq!(store.code(command.clone()), code, "{command}");
        }
    }
}

#[test]
fn counts_and_distinct_values() {
    for store in stores() {
        let store = store.with_users();
        assert_eq!(store.run(doc! { "count": "users" }), doc! { "n": 5, "ok": 1.0 });
        let some = doc! { "count": "users", "query": { "age": { "$gt": 10 } }, "skip": 1, "limit": 2 };
        assert_eq!(store.run(some), doc! { "n": 2, "ok": 1.0 });
        assert_eq!(store.run(doc! { "count": "users", "limit": -2 }), doc! { "n": 2, "ok": 1.0 });
        let values = store.run(doc! { "distinct": "users", "key": "tags", "query": { "age": 10 } });
        assert_eq!(values, doc! { "values": ["all", "t1"], "ok": 1.0 });
        assert_eq!(store.code(doc! { "distinct": "users" }), 40414);
    }
}

#[test]
fn a_pipeline_of_plain_stages_runs_in_any_order() {
    for store in stores() {
        let store = store.with_users();
        let piped = |stages: Vec<bson::Document>| {
            batch(&store.run(doc! { "aggregate": "users", "pipeline": stages, "cursor": {} }), "firstBatch")
        };
        let ages = |documents: Vec<bson::Document>| {
            documents.iter().map(|document| document.get_i32("age").expect("an age")).collect::<Vec<_>>()
        };
        let leading = vec![
            doc! { "$match": { "age": { "$lt": 50 } } },
            doc! { "$sort": { "age": -1 } },
            doc! { "$skip": 1 },
        ];
        assert_eq!(ages(piped(leading.clone())), [30, 20, 10]);
        // What stands behind a limit works on what the limit let through.
        let behind = vec![
            doc! { "$limit": 3 },
            doc! { "$sort": { "age": -1 } },
            doc! { "$match": { "age": { "$ne": 20 } } },
        ];
        assert_eq!(ages(piped(behind)), [30, 10]);
        let counted = [leading, vec![doc! { "$count": "n" }, doc! { "$match": { "n": 3 } }]].concat();
        assert_eq!(piped(counted), [doc! { "n": 3 }]);
        assert!(piped(vec![doc! { "$match": { "age": 99 } }, doc! { "$count": "n" }]).is_empty());
        let all = vec![doc! { "$match": {} }, doc! { "$group": { "_id": 1, "n": { "$sum": 1 } } }];
        assert_eq!(piped(all), [doc! { "_id": 1, "n": 5 }]);
    }
}

#[test]
fn stages_keep_leave_out_and_compute_fields() {
    for store in stores() {
        let store = store.with_users();
        let piped = |stages: Vec<bson::Document>| {
            batch(&store.run(doc! { "aggregate": "users", "pipeline": stages, "cursor": {} }), "firstBatch")
        };
        let one = doc! { "$match": { "_id": 2 } };
        let project = doc! { "$project": { "age": 1, "double": { "$multiply": ["$age", 2] } } };
        assert_eq!(piped(vec![one.clone(), project]), [doc! { "_id": 2, "age": 20, "double": 40 }]);
        let set = doc! { "$set": { "age": { "$add": ["$age", 1] }, "tags": "$$REMOVE" } };
        assert_eq!(piped(vec![one.clone(), set]), [doc! { "_id": 2, "age": 21 }]);
        let unset = doc! { "$unset": ["tags", "_id"] };
        assert_eq!(piped(vec![one.clone(), unset]), [doc! { "age": 20 }]);
        let replace = doc! { "$replaceWith": { "was": "$$ROOT._id" } };
        assert_eq!(piped(vec![one.clone(), replace]), [doc! { "was": 2 }]);
        // A match behind a stage that computes sees what it computed.
        let later = vec![
            doc! { "$addFields": { "b": { "$gt": ["$age", 30] } } },
            doc! { "$match": { "b": true } },
            doc! { "$count": "n" },
        ];
        assert_eq!(piped(later), [doc! { "n": 2 }]);
        let failing = doc! { "aggregate": "users", "pipeline": [{ "$replaceRoot": { "newRoot": "$age" } }], "cursor": {} };
        assert_eq!(store.code(failing), 40228);
        let made = doc! {
            "aggregate": 1, "pipeline": [{ "$documents": [{ "x": 1 }, { "x": 2 }] }, { "$match": { "x": 2 } }], "cursor": {},
        };
        assert_eq!(batch(&store.run(made), "firstBatch"), [doc! { "x": 2 }]);
        let behind =
            doc! { "aggregate": "users", "pipeline": [{ "$limit": 1 }, { "$documents": [] }], "cursor": {} };
        assert_eq!(store.code(behind), 40602);
    }
}

#[test]
fn stages_that_are_not_there_are_refused_by_name() {
    for store in stores() {
        let code = |stage: bson::Document| {
            store.code(doc! { "aggregate": "users", "pipeline": [stage], "cursor": {} })
        };
        assert_eq!(code(doc! { "$lookup": {} }), 238);
        assert_eq!(code(doc! { "$group": { "_id": "$city" } }), 238);
        assert_eq!(code(doc! { "$frob": {} }), 40324);
        assert_eq!(code(doc! { "$match": {}, "$limit": 1 }), 40323);
        assert_eq!(code(doc! { "$limit": 0 }), 15958);
        assert_eq!(code(doc! { "$sort": {} }), 15976);
        assert_eq!(store.code(doc! { "aggregate": "users", "pipeline": [] }), 9);
        assert_eq!(store.code(doc! { "aggregate": "users", "cursor": {} }), 40414);
    }
}

#[test]
fn explain_says_which_access_ran_and_what_it_examined() {
    for store in stores() {
        let store = store.with_users();
        store.run(doc! { "createIndexes": "users", "indexes": [{ "key": { "age": 1 }, "name": "by_age" }] });
        let find = doc! { "find": "users", "filter": { "age": { "$gt": 20 } } };
        let explained = store.run(doc! { "explain": find.clone(), "verbosity": "executionStats" });
        let planner = explained.get_document("queryPlanner").expect("a plan");
        assert!(planner.get_document("winningPlan").expect("a winner").to_string().contains("by_age"));
        let stats = explained.get_document("executionStats").expect("stats");
        assert_eq!(stats.get_i32("nReturned").ok(), Some(3));
        assert_eq!(stats.get_i32("totalKeysExamined").ok(), Some(3));
        assert_eq!(stats.get_i32("totalDocsExamined").ok(), Some(3));
        assert_eq!(explained.get_document("command").ok(), Some(&find));
        let planned = store.run(doc! { "explain": find, "verbosity": "queryPlanner" });
        assert!(!planned.contains_key("executionStats"));
        for command in [
            doc! { "count": "users", "query": { "age": 20 } },
            doc! { "distinct": "users", "key": "age" },
            doc! { "update": "users", "updates": [{ "q": { "age": 20 }, "u": { "$set": { "x": 1 } } }] },
            doc! { "delete": "users", "deletes": [{ "q": { "age": 20 }, "limit": 0 }] },
        ] {
            assert!(store.run(doc! { "explain": command }).contains_key("executionStats"));
        }
        assert_eq!(store.run(doc! { "count": "users" }), doc! { "n": 5, "ok": 1.0 }, "nothing was deleted");
        assert_eq!(store.code(doc! { "explain": { "ping": 1 } }), 59);
        assert_eq!(store.code(doc! { "explain": { "find": "users" }, "verbosity": "all" }), 2);
    }
}
