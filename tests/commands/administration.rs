//! Collections, indexes, databases, and what clients ask when they come.

use super::{batch, stores};
use bson::{Document, doc};

fn names(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.get_str("name").expect("a name")).collect()
}

#[test]
fn collections_are_created_listed_renamed_and_dropped() {
    for store in stores() {
        assert_eq!(store.run(doc! { "create": "a" }), doc! { "ok": 1.0 });
        store.run(doc! { "create": "b" });
        let listed = batch(&store.run(doc! { "listCollections": 1 }), "firstBatch");
        assert_eq!(names(&listed), ["a", "b"]);
        assert_eq!(listed[0].get_str("type").ok(), Some("collection"));
        assert!(listed[0].get_document("info").expect("info").contains_key("uuid"));
        let some = store.run(doc! { "listCollections": 1, "filter": { "name": "b" }, "nameOnly": true });
        assert_eq!(batch(&some, "firstBatch"), [doc! { "name": "b", "type": "collection" }]);
        assert_eq!(store.code(doc! { "create": "v", "viewOn": "a" }), 238);
        assert_eq!(store.code(doc! { "create": "v", "frob": 1 }), 40415);
        assert_eq!(store.code(doc! { "create": "system.frob" }), 73);

        let rename = |from: &str, to: &str, drop_target: bool| {
            store.admin(doc! { "renameCollection": from, "to": to, "dropTarget": drop_target })
        };
        rename("main.a", "main.c", false).expect("it renames");
        assert_eq!(rename("main.a", "main.d", false).expect_err("gone").code().0, 26);
        assert_eq!(rename("main.b", "main.c", false).expect_err("taken").code().0, 48);
        rename("main.b", "main.c", true).expect("it replaces");
        assert_eq!(names(&batch(&store.run(doc! { "listCollections": 1 }), "firstBatch")), ["c"]);
        assert_eq!(store.run(doc! { "drop": "c" }), doc! { "nIndexesWas": 1, "ns": "main.c", "ok": 1.0 });
        assert_eq!(store.run(doc! { "drop": "c" }), doc! { "ok": 1.0 });
    }
}

#[test]
fn indexes_are_created_listed_and_dropped() {
    for store in stores() {
        let indexes = vec![
            doc! { "key": { "email": 1 }, "name": "email_1", "unique": true },
            doc! { "key": { "city": 1, "age": -1 }, "name": "by_city", "sparse": true, "background": true, "v": 2 },
        ];
        let create = doc! { "createIndexes": "users", "indexes": indexes };
        let created = store.run(create.clone());
        let expected = doc! {
            "numIndexesBefore": 1, "numIndexesAfter": 3, "createdCollectionAutomatically": true, "ok": 1.0,
        };
        assert_eq!(created, expected);
        assert_eq!(store.run(create).get_str("note").ok(), Some("all indexes already exist"));
        let listed = batch(&store.run(doc! { "listIndexes": "users" }), "firstBatch");
        let expected = [
            doc! { "v": 2, "key": { "_id": 1 }, "name": "_id_" },
            doc! { "v": 2, "key": { "email": 1 }, "name": "email_1", "unique": true },
            doc! { "v": 2, "key": { "city": 1, "age": -1 }, "name": "by_city", "sparse": true },
        ];
        assert_eq!(listed, expected);
        assert_eq!(store.code(doc! { "listIndexes": "nobody" }), 26);

        for (index, code) in [
            (doc! { "key": { "a": 1 } }, 9),
            (doc! { "name": "x" }, 9),
            (doc! { "key": {}, "name": "x" }, 67),
            (doc! { "key": { "a": 0 }, "name": "x" }, 67),
            (doc! { "key": { "a": "text" }, "name": "x" }, 67),
            (doc! { "key": { "a": 1 }, "name": 5 }, 14),
            (doc! { "key": { "a": 1 }, "name": "x", "unique": "yes" }, 14),
            (doc! { "key": { "a": 1 }, "name": "x", "frob": 1 }, 197),
            (doc! { "key": { "a": 1 }, "name": "x", "expireAfterSeconds": 5 }, 238),
            (doc! { "key": { "a": 1 }, "name": "email_1" }, 86),
            (doc! { "key": { "city": 1, "age": -1 }, "name": "other", "sparse": true }, 85),
        ] {
            let command = doc! { "createIndexes": "users", "indexes": [index] };
            assert_eq!(store.code(command.clone()), code, "{command}");
        }
        assert_eq!(store.code(doc! { "createIndexes": "users", "indexes": [] }), 2);

        assert_eq!(store.code(doc! { "dropIndexes": "users", "index": "nobody" }), 27);
        assert_eq!(store.code(doc! { "dropIndexes": "users", "index": "_id_" }), 72);
        let dropped = store.run(doc! { "dropIndexes": "users", "index": { "email": 1 } });
        assert_eq!(dropped, doc! { "nIndexesWas": 3, "ok": 1.0 });
        assert_eq!(
            store.run(doc! { "dropIndexes": "users", "index": "*" }).get_i32("nIndexesWas").ok(),
            Some(2)
        );
    }
}

#[test]
fn databases_are_apart_and_listed_by_admin() {
    for store in stores() {
        let other = store.database.database("other").expect("a good name");
        store.run(doc! { "insert": "c", "documents": [{ "_id": 1 }] });
        other
            .run_command(&doc! { "insert": "c", "documents": [{ "_id": 1 }, { "_id": 2 }] })
            .expect("it inserts");
        assert_eq!(store.run(doc! { "count": "c" }).get_i32("n").ok(), Some(1));
        let listed = store.admin(doc! { "listDatabases": 1, "nameOnly": true }).expect("it lists");
        assert_eq!(listed, doc! { "databases": [{ "name": "main" }, { "name": "other" }], "ok": 1.0 });
        assert!(store.admin(doc! { "listDatabases": 1 }).expect("it lists").contains_key("totalSize"));
        assert_eq!(store.code(doc! { "listDatabases": 1 }), 13);
        assert_eq!(
            other.run_command(&doc! { "dropDatabase": 1 }).expect("dropped"),
            doc! { "dropped": "other", "ok": 1.0 }
        );
        let left = store.admin(doc! { "listDatabases": 1, "filter": { "name": "other" } }).expect("it lists");
        assert!(left.get_array("databases").expect("a list").is_empty());
        assert_eq!(store.run(doc! { "count": "c" }).get_i32("n").ok(), Some(1));
    }
}

#[test]
fn clients_are_told_what_they_ask_first() {
    for store in stores() {
        let hello = store.run(doc! { "hello": 1 });
        assert_eq!(hello.get_bool("isWritablePrimary").ok(), Some(true));
        assert_eq!(hello.get_i32("maxBsonObjectSize").ok(), Some(16 * 1024 * 1024));
        for absent in ["setName", "msg", "topologyVersion", "compression"] {
            assert!(!hello.contains_key(absent), "{absent}");
        }
        assert_eq!(store.run(doc! { "isMaster": 1 }).get_bool("ismaster").ok(), Some(true));
        assert_eq!(
            store.run(doc! { "ping": 1, "lsid": {}, "$db": "main", "comment": "x" }),
            doc! { "ok": 1.0 }
        );
        assert!(store.run(doc! { "buildInfo": 1 }).get_str("version").expect("a version").starts_with("8."));
        assert_eq!(store.run(doc! { "endSessions": [{}] }), doc! { "ok": 1.0 });
        assert_eq!(store.code(doc! { "frob": 1 }), 59);
        assert_eq!(store.code(doc! {}), 59);
        assert_eq!(store.code(doc! { "ping": 1, "frob": 1 }), 40415);
    }
}
