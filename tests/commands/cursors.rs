//! getMore and killCursors.

use super::{batch, cursor_id, stores};
use bson::doc;

fn ids(documents: &[bson::Document]) -> Vec<i32> {
    documents.iter().map(|document| document.get_i32("_id").expect("an id")).collect()
}

#[test]
fn batches_follow_each_other_to_the_end() {
    for store in stores() {
        let store = store.with_users();
        let first = store.run(doc! { "find": "users", "batchSize": 2 });
        assert_eq!(ids(&batch(&first, "firstBatch")), [1, 2]);
        let id = cursor_id(&first);
        assert_ne!(id, 0);
        let second = store.run(doc! { "getMore": id, "collection": "users", "batchSize": 2 });
        assert_eq!((ids(&batch(&second, "nextBatch")), cursor_id(&second)), (vec![3, 4], id));
        let last = store.run(doc! { "getMore": id, "collection": "users" });
        assert_eq!((ids(&batch(&last, "nextBatch")), cursor_id(&last)), (vec![5], 0));
        assert_eq!(store.code(doc! { "getMore": id, "collection": "users" }), 43);
    }
}

#[test]
fn a_single_batch_a_limit_and_an_empty_batch_close_or_keep_the_cursor() {
    for store in stores() {
        let store = store.with_users();
        assert_eq!(cursor_id(&store.run(doc! { "find": "users" })), 0);
        assert_eq!(cursor_id(&store.run(doc! { "find": "users", "batchSize": 2, "singleBatch": true })), 0);
        let nothing = store.run(doc! { "find": "users", "batchSize": 0 });
        assert!(batch(&nothing, "firstBatch").is_empty());
        let rest = store.run(doc! { "getMore": cursor_id(&nothing), "collection": "users" });
        assert_eq!(ids(&batch(&rest, "nextBatch")), [1, 2, 3, 4, 5]);
    }
}

#[test]
fn a_cursor_belongs_to_its_collection_and_ends_when_killed() {
    for store in stores() {
        let store = store.with_users();
        let id = cursor_id(&store.run(doc! { "find": "users", "batchSize": 1 }));
        assert_eq!(store.code(doc! { "getMore": id, "collection": "others" }), 13);
        assert_eq!(store.code(doc! { "getMore": 5, "collection": "users" }), 14);
        let killed = store.run(doc! { "killCursors": "users", "cursors": [id, 7_i64] });
        let expected = doc! {
            "cursorsKilled": [id], "cursorsNotFound": [7_i64], "cursorsAlive": [], "cursorsUnknown": [], "ok": 1.0,
        };
        assert_eq!(killed, expected);
        assert_eq!(store.code(doc! { "getMore": id, "collection": "users" }), 43);
    }
}

#[test]
fn large_documents_travel_in_several_batches() {
    for store in stores() {
        let text = "x".repeat(3 * 1024 * 1024);
        for id in 0..12 {
            store.run(doc! { "insert": "large", "documents": [{ "_id": id, "text": &text }] });
        }
        let mut reply = store.run(doc! { "find": "large", "projection": { "_id": 1, "text": 1 } });
        let mut seen = ids(&batch(&reply, "firstBatch"));
        assert!(seen.len() < 12, "a batch ends at 16 MiB");
        while cursor_id(&reply) != 0 {
            reply = store.run(doc! { "getMore": cursor_id(&reply), "collection": "large" });
            seen.extend(ids(&batch(&reply, "nextBatch")));
        }
        assert_eq!(seen, (0..12).collect::<Vec<_>>());
    }
}
