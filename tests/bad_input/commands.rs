//! Questions, updates and commands that MongoDB refuses.

use crate::{everywhere, fill, raw, refused, stored};
use anser::Database;
use anser::engine::{FindRequest, UpdateStatement, WriteOptions};
use bson::{Bson, Document, bson, doc};

fn find(filter: impl Into<Bson>) -> Document {
    doc! { "find": "users", "filter": filter }
}

fn update(change: impl Into<Bson>) -> Document {
    doc! { "update": "users", "updates": [{ "q": { "_id": 1 }, "u": change, "multi": false }] }
}

fn insert(document: Document) -> Document {
    doc! { "insert": "users", "documents": [document] }
}

fn nested(levels: usize, inside: Bson) -> Bson {
    (0..levels).fold(inside, |inner, _| doc! { "a": inner }.into())
}

#[test]
fn a_filter_that_makes_no_sense_names_its_operator() {
    let cases: [(Document, i32, &[&str]); 37] = [
        (doc! { "age": { "$foo": 1 } }, 2, &["$foo"]),
        (doc! { "$foo": 1 }, 2, &["$foo"]),
        (doc! { "age": { "$gt": 1, "foo": 1 } }, 2, &["foo"]),
        (doc! { "age": { "$in": 1 } }, 2, &["$in"]),
        (doc! { "age": { "$in": [{ "$gt": 1 }] } }, 2, &["$in"]),
        (doc! { "age": { "$nin": "a" } }, 2, &["$nin"]),
        (doc! { "age": { "$not": 1 } }, 2, &["$not"]),
        (doc! { "age": { "$not": {} } }, 2, &["$not"]),
        (doc! { "$and": 1 }, 2, &["$and"]),
        (doc! { "$and": [] }, 2, &["$and"]),
        (doc! { "$or": [1] }, 2, &["$or"]),
        (doc! { "$nor": [] }, 2, &["$nor"]),
        (doc! { "$not": { "a": 1 } }, 2, &["$not"]),
        (doc! { "$and": [{ "age": { "$foo": 1 } }] }, 2, &["$foo"]),
        (doc! { "tags": { "$size": -1 } }, 2, &["$size"]),
        (doc! { "tags": { "$size": 1.5 } }, 2, &["$size"]),
        (doc! { "tags": { "$size": "a" } }, 2, &["$size"]),
        (doc! { "tags": { "$all": 1 } }, 2, &["$all"]),
        (doc! { "tags": { "$elemMatch": 1 } }, 2, &["$elemMatch"]),
        (doc! { "age": { "$mod": 1 } }, 2, &["mod"]),
        (doc! { "age": { "$mod": [0, 1] } }, 2, &["0"]),
        (doc! { "age": { "$mod": [1] } }, 2, &["mod"]),
        (doc! { "age": { "$mod": ["a", 1] } }, 2, &["mod"]),
        (doc! { "age": { "$type": "foo" } }, 2, &["foo"]),
        (doc! { "age": { "$type": 200 } }, 2, &["200"]),
        (doc! { "age": { "$type": [] } }, 9, &["age"]),
        (doc! { "name": { "$regex": 1 } }, 2, &["$regex"]),
        (doc! { "name": { "$regex": "(" } }, 51091, &["("]),
        (doc! { "name": { "$regex": "a{2,1}" } }, 51091, &["a{2,1}"]),
        (doc! { "name": { "$regex": "a", "$options": "q" } }, 51108, &["q"]),
        (doc! { "name": { "$options": "i" } }, 2, &["$options"]),
        (doc! { "name": { "$gt": crate::commands::regex("a") } }, 2, &["name"]),
        (doc! { "name": { "$ne": crate::commands::regex("a") } }, 2, &["$ne"]),
        (doc! { "name": { "$in": [crate::commands::regex("(")] } }, 51091, &["("]),
        (doc! { "name": crate::commands::regex("[a") }, 51091, &["[a"]),
        (doc! { "$where": "true" }, 238, &["$where"]),
        (doc! { "home": { "$near": [1, 2] } }, 238, &["$near"]),
    ];
    everywhere(|database| {
        for (filter, code, words) in &cases {
            refused(database, &find(filter.clone()), *code, words);
            refused(database, &doc! { "count": "users", "query": filter.clone() }, *code, words);
            refused(
                database,
                &doc! { "distinct": "users", "key": "a", "query": filter.clone() },
                *code,
                words,
            );
            let delete = doc! { "delete": "users", "deletes": [{ "q": filter.clone(), "limit": 0 }] };
            refused(database, &delete, *code, words);
            let change = doc! { "q": filter.clone(), "u": { "$set": { "z": 1 } }, "multi": true };
            refused(database, &doc! { "update": "users", "updates": [change] }, *code, words);
            let modify = doc! { "findAndModify": "users", "query": filter.clone(), "remove": true };
            refused(database, &modify, *code, words);
            let pipeline =
                doc! { "aggregate": "users", "pipeline": [{ "$match": filter.clone() }], "cursor": {} };
            refused(database, &pipeline, *code, words);
        }
        refused(database, &find(1), 14, &["filter"]);
    });
}

pub(crate) fn regex(pattern: &str) -> Bson {
    Bson::RegularExpression(bson::Regex {
        pattern: pattern.try_into().unwrap(),
        options: "".try_into().unwrap(),
    })
}

#[test]
fn an_update_that_makes_no_sense_names_its_operator_and_path() {
    let cases: [(Bson, i32, &[&str]); 44] = [
        (bson!({ "$foo": { "a": 1 } }), 9, &["$foo"]),
        (bson!({ "$set": 1 }), 9, &["$set"]),
        (bson!({ "$set": { "a": 1 }, "b": 1 }), 9, &["b"]),
        (bson!({ "b": 1, "$set": { "a": 1 } }), 52, &["$set"]),
        (bson!({ "$set": { "": 1 } }), 56, &[]),
        (bson!({ "$set": { "a.": 1 } }), 56, &["a."]),
        (bson!({ "$set": { ".a": 1 } }), 56, &[".a"]),
        (bson!({ "$set": { "a..b": 1 } }), 56, &["a..b"]),
        (bson!({ "$inc": { "a..b": 1 } }), 56, &["a..b"]),
        (bson!({ "$set": { "$a": 1 } }), 52, &["$a"]),
        (bson!({ "$set": { "$a.b": 1 } }), 52, &["$a"]),
        (bson!({ "$set": { "_id": 9 } }), 66, &["_id"]),
        (bson!({ "$inc": { "_id": 1 } }), 66, &["_id"]),
        (bson!({ "$unset": { "_id": "" } }), 66, &["_id"]),
        (bson!({ "$set": { "_id.x": 1 } }), 28, &["_id"]),
        (bson!({ "$rename": { "name": "_id" } }), 66, &["_id"]),
        (bson!({ "_id": 9, "name": "Ada" }), 66, &["_id"]),
        (bson!({ "$set": { "a": 1 }, "$inc": { "a": 1 } }), 40, &["'a'"]),
        (bson!({ "$set": { "a": 1, "a.b": 1 } }), 40, &["a"]),
        (bson!({ "$set": { "a.b": 1 }, "$unset": { "a": 1 } }), 40, &["a"]),
        (bson!({ "$rename": { "a": "b" }, "$set": { "b": 1 } }), 40, &["b"]),
        (bson!({ "$rename": { "a": "a" } }), 2, &["a"]),
        (bson!({ "$rename": { "a": 1 } }), 2, &["a"]),
        (bson!({ "$rename": { "a": "b\0c" } }), 9867600, &["null byte"]),
        (bson!({ "$rename": { "a": "b..c" } }), 56, &["b..c"]),
        (bson!({ "$rename": { "tags.0": "b" } }), 2, &["tags"]),
        (bson!({ "$inc": { "name": 1 } }), 14, &["$inc", "name"]),
        (bson!({ "$inc": { "age": "1" } }), 14, &["age"]),
        (bson!({ "$mul": { "age": {} } }), 14, &["age"]),
        (bson!({ "$mul": { "tags": 2 } }), 14, &["$mul", "tags"]),
        (bson!({ "$push": { "name": 1 } }), 2, &["name"]),
        (bson!({ "$push": { "tags": { "$each": 1 } } }), 2, &["$each"]),
        (bson!({ "$push": { "tags": { "$each": [1], "$slice": "a" } } }), 2, &["$slice"]),
        (bson!({ "$push": { "tags": { "$each": [1], "$sort": 2 } } }), 2, &["$sort"]),
        (bson!({ "$push": { "tags": { "$each": [1], "$foo": 2 } } }), 2, &["$foo"]),
        (bson!({ "$addToSet": { "age": 1 } }), 2, &["age"]),
        (bson!({ "$pop": { "tags": 2 } }), 9, &["2"]),
        (bson!({ "$pop": { "name": 1 } }), 14, &["name"]),
        (bson!({ "$pull": { "name": 1 } }), 2, &[]),
        (bson!({ "$pull": { "tags": { "$foo": 1 } } }), 2, &["$foo"]),
        (bson!({ "$pullAll": { "tags": 1 } }), 2, &["$pullAll"]),
        (bson!({ "$currentDate": { "a": "x" } }), 2, &["$currentDate"]),
        (bson!({ "$set": { "name.first": 1 } }), 28, &["first", "name"]),
        (bson!({ "$set": { "tags.x": 1 } }), 28, &["x", "tags"]),
    ];
    everywhere(|database| {
        for (change, code, words) in &cases {
            refused(database, &update(change.clone()), *code, words);
            let modify = doc! { "findAndModify": "users", "query": { "_id": 1 }, "update": change.clone() };
            refused(database, &modify, *code, words);
        }
        // The third document cannot be changed: its number would be too large.
        let all = doc! { "q": { "_id": { "$gte": 3 } }, "u": { "$inc": { "age": 1i64 } }, "multi": true };
        refused(database, &doc! { "update": "users", "updates": [all] }, 2, &["age"]);
        let many = doc! { "q": {}, "u": { "a": 1 }, "multi": true };
        refused(database, &doc! { "update": "users", "updates": [many] }, 9, &["multi"]);
    });
}

#[test]
fn sorts_projections_and_hints_that_make_no_sense_are_refused() {
    let with = |field: &str, value: Bson| {
        let mut command = find(doc! {});
        command.insert(field, value);
        command
    };
    let cases: [(&str, Bson, i32, &[&str]); 22] = [
        ("sort", bson!({ "age": 2 }), 15975, &[]),
        ("sort", bson!({ "age": "up" }), 15974, &["age"]),
        ("sort", bson!({ "a..b": 1 }), 15998, &[]),
        ("sort", bson!({ "": 1 }), 40352, &[]),
        ("sort", bson!({ "$a": 1 }), 16410, &["$a"]),
        ("sort", bson!("age"), 14, &["sort"]),
        ("projection", bson!({ "name": 1, "age": 0 }), 31254, &["age"]),
        ("projection", bson!({ "name": 0, "age": 1 }), 31253, &["age"]),
        ("projection", bson!({ "a..b": 1 }), 15998, &[]),
        ("projection", bson!({ "$a": 1 }), 16410, &["$a"]),
        ("projection", bson!({ "a": 1, "a.b": 1 }), 31249, &["a.b"]),
        ("projection", bson!({ "a.b": 1, "a": 1 }), 31250, &["a"]),
        ("projection", bson!(1), 14, &["projection"]),
        ("hint", bson!("none_1"), 2, &["hint"]),
        ("hint", bson!({ "none": 1 }), 2, &["hint"]),
        ("hint", bson!(1), 9, &["Hint"]),
        ("skip", bson!(-1), 51024, &["skip"]),
        ("limit", bson!(-1), 51024, &["limit"]),
        ("batchSize", bson!(-1), 51024, &["batchSize"]),
        ("limit", bson!("a"), 14, &["limit"]),
        ("min", bson!({ "age": 1 }), 51173, &["min"]),
        ("foo", bson!(1), 40415, &["foo"]),
    ];
    everywhere(|database| {
        for (field, value, code, words) in &cases {
            refused(database, &with(field, value.clone()), *code, words);
        }
    });
}

#[test]
fn commands_that_make_no_sense_are_refused_with_their_code() {
    let index = |index: Document| doc! { "createIndexes": "users", "indexes": [index] };
    let cases: Vec<(Document, i32, &[&str])> = vec![
        (doc! {}, 59, &[]),
        (doc! { "foo": 1 }, 59, &["foo"]),
        (doc! { "insert": "users" }, 40414, &["documents"]),
        (doc! { "insert": "users", "documents": [] }, 16, &["0"]),
        (doc! { "insert": "users", "documents": [1] }, 14, &["documents"]),
        (doc! { "insert": "users", "documents": [{}], "foo": 1 }, 40415, &["foo"]),
        (doc! { "insert": 1, "documents": [{}] }, 73, &[]),
        (doc! { "insert": "", "documents": [{}] }, 73, &[]),
        (doc! { "insert": "a\0b", "documents": [{}] }, 73, &[]),
        (doc! { "insert": "a$b", "documents": [{}] }, 73, &["a$b"]),
        (doc! { "update": "users", "updates": [{ "q": {} }] }, 40414, &["u"]),
        (doc! { "update": "users", "updates": [{ "q": {}, "u": {}, "foo": 1 }] }, 40415, &["foo"]),
        (doc! { "delete": "users", "deletes": [{ "q": {} }] }, 40414, &["limit"]),
        (doc! { "delete": "users", "deletes": [{ "q": {}, "limit": 2 }] }, 9, &["limit"]),
        (doc! { "distinct": "users", "key": "a\0b" }, 31032, &["null byte"]),
        (doc! { "distinct": "users" }, 40414, &["key"]),
        (doc! { "aggregate": "users", "pipeline": [{ "$foo": 1 }], "cursor": {} }, 40324, &["$foo"]),
        (doc! { "aggregate": "users", "pipeline": [{}], "cursor": {} }, 40323, &[]),
        (doc! { "aggregate": "users", "pipeline": [{ "$limit": -1 }], "cursor": {} }, 5107201, &["$limit"]),
        (doc! { "aggregate": "users", "pipeline": [] }, 9, &["cursor"]),
        (doc! { "getMore": 12345i64, "collection": "users" }, 43, &["12345"]),
        (doc! { "create": "users", "foo": 1 }, 40415, &["foo"]),
        (doc! { "drop": "" }, 73, &[]),
        (doc! { "dropIndexes": "users", "index": "none" }, 27, &["none"]),
        (doc! { "dropIndexes": "users", "index": "_id_" }, 72, &["_id"]),
        (doc! { "dropIndexes": "none", "index": "*" }, 26, &["none"]),
        (doc! { "listIndexes": "none" }, 26, &["none"]),
        (doc! { "renameCollection": "main.a", "to": "main.b" }, 13, &["admin"]),
        (doc! { "findAndModify": "users", "query": {} }, 9, &["remove"]),
        (doc! { "findAndModify": "users", "remove": true, "update": { "a": 1 } }, 9, &["remove"]),
        (index(doc! { "key": {}, "name": "x" }), 67, &[]),
        (index(doc! { "key": { "": 1 }, "name": "x" }), 67, &[]),
        (index(doc! { "key": { "a..b": 1 }, "name": "x" }), 67, &["a..b"]),
        (index(doc! { "key": { "$a": 1 }, "name": "x" }), 67, &["$a"]),
        (index(doc! { "key": { "a": 0 }, "name": "x" }), 67, &["0"]),
        (index(doc! { "key": { "a": "foo" }, "name": "x" }), 67, &["foo"]),
        (index(doc! { "key": { "a": 1 } }), 9, &["name"]),
        (index(doc! { "key": { "a": 1 }, "name": "x", "foo": 1 }), 197, &["foo"]),
        (index(doc! { "key": { "home.city": 1 }, "name": "tags_1" }), 86, &["tags_1"]),
        (index(doc! { "key": { "tags": 1 }, "name": "other" }), 85, &["tags_1"]),
        (index(doc! { "key": { "none": 1 }, "name": "x", "unique": true }), 11000, &["x", "none"]),
        (index(doc! { "key": { "tags": 1, "tags.a": 1 }, "name": "x", "unique": "maybe" }), 14, &["unique"]),
    ];
    everywhere(|database| {
        for (command, code, words) in &cases {
            refused(database, command, *code, words);
        }
        let error = database.database("a.b").unwrap_err();
        assert_eq!(error.code().0, 73);
        assert_eq!(database.namespace("").unwrap_err().code().0, 73);
        assert_eq!(database.namespace(&"x".repeat(300)).unwrap_err().code().0, 73);
    });
}

#[test]
fn documents_that_may_not_be_stored_are_refused() {
    everywhere(|database| {
        refused(database, &insert(doc! { "_id": [1] }), 53, &["_id", "array"]);
        refused(database, &insert(doc! { "_id": regex("a") }), 53, &["_id", "regex"]);
        refused(database, &insert(doc! { "_id": Bson::Undefined }), 53, &["_id", "undefined"]);
        refused(database, &insert(doc! { "_id": { "$a": 1 } }), 52, &["$a"]);
        refused(database, &insert(doc! { "_id": 1 }), 11000, &["_id_", "1"]);
        refused(database, &insert(doc! { "_id": 4, "name": "Ada" }), 11000, &["name_1", "Ada"]);
        refused(database, &insert(doc! { "_id": 4, "a": nested(101, 1.into()) }), 15, &["100"]);
        refused(database, &update(doc! { "$set": { "a": nested(101, 1.into()) } }), 15, &["100"]);
        let deep_path = vec!["a"; 150].join(".");
        refused(database, &update(doc! { "$set": { &deep_path: 1 } }), 15, &["100"]);
        refused(database, &update(doc! { "a": nested(101, 1.into()) }), 15, &["100"]);
        let upsert = doc! { "q": { "_id": 9 }, "u": { "$set": { deep_path: 1 } }, "upsert": true };
        refused(database, &doc! { "update": "users", "updates": [upsert] }, 15, &["100"]);
        // As deep as may be goes in.
        database.run_command(&insert(doc! { "_id": 4, "a": nested(99, 1.into()) })).unwrap();
    });
}

#[test]
fn a_filter_that_nests_without_end_is_refused() {
    everywhere(|database| {
        let mut filter = doc! { "a": 1 };
        for _ in 0..150 {
            filter = doc! { "$and": [filter] };
        }
        refused(database, &find(filter), 15, &["depth"]);
        let mut not = doc! { "$gt": 1 };
        for _ in 0..150 {
            not = doc! { "$not": not };
        }
        let request = doc! { "find": "users", "filter": { "a": not } };
        refused(database, &request, 15, &["depth"]);
    });
}

#[test]
fn a_document_over_16_mib_is_refused_and_one_that_grows_over_it_stays_as_it_was() {
    everywhere(|database| {
        let mib = 1 << 20;
        let users = database.namespace("users").unwrap();
        let large = raw(&doc! { "_id": 9, "text": "x".repeat(16 * mib) });
        let before = stored(database);
        let outcome = database.engine().insert(&users, vec![large], &WriteOptions::default());
        let (code, message) = match outcome {
            Err(error) => (error.code().0, error.message().to_owned()),
            Ok(outcome) => (outcome.write_errors[0].code.0, outcome.write_errors[0].message.clone()),
        };
        assert_eq!(code, 10334, "{message}");
        assert!(message.contains("16777"), "{message}");
        assert!(stored(database) == before);

        let fits = insert(doc! { "_id": 9, "name": "fits", "text": "x".repeat(9 * mib) });
        database.run_command(&fits).unwrap();
        let before = stored(database);
        for change in [
            doc! { "$set": { "more": "x".repeat(9 * mib) } },
            doc! { "$push": { "list": "x".repeat(9 * mib) } },
        ] {
            let statement = UpdateStatement {
                filter: raw(&doc! { "_id": 9 }),
                update: raw(&change),
                multi: false,
                upsert: false,
                hint: None,
                sort: None,
            };
            let outcome = database.engine().update(&users, &[statement], &WriteOptions::default()).unwrap();
            assert_eq!(outcome.write_errors[0].code.0, 17419, "{:?}", outcome.write_errors);
            assert_eq!((outcome.matched, outcome.modified), (0, 0));
            assert!(stored(database) == before);
        }
    });
}

#[test]
fn what_precedes_a_bad_member_of_an_ordered_batch_is_kept_and_what_follows_it_is_not() {
    for (ordered, kept) in [(true, vec![10]), (false, vec![10, 12])] {
        everywhere(|database| {
            let documents =
                vec![doc! { "_id": 10, "name": "a" }, doc! { "_id": [1] }, doc! { "_id": 12, "name": "b" }];
            let command = doc! { "insert": "users", "documents": documents, "ordered": ordered };
            let reply = database.run_command(&command).unwrap();
            assert_eq!(reply.get_i32("n").unwrap() as usize, kept.len());
            let errors = reply.get_array("writeErrors").unwrap();
            assert_eq!(errors.len(), 1);
            assert_eq!(errors[0].as_document().unwrap().get_i32("index").unwrap(), 1);
            let found = database.run_command(&find(doc! { "_id": { "$gte": 10 } })).unwrap();
            let batch = found.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
            let ids: Vec<i32> =
                batch.iter().map(|one| one.as_document().unwrap().get_i32("_id").unwrap()).collect();
            assert_eq!(ids, kept);
        });
    }
}

#[test]
fn a_name_that_holds_a_nul_is_refused_before_it_is_bytes() {
    everywhere(|database| {
        refused(database, &insert(doc! { "_id": 9, "a\0b": 1 }), 22, &["a\\0b"]);
        refused(database, &find(doc! { "a\0b": 1 }), 22, &["a\\0b"]);
        refused(database, &update(doc! { "$set": { "a\0b": 1 } }), 22, &["a\\0b"]);
    });
}

#[test]
fn a_closed_database_says_so() {
    let database = Database::open("memory:").unwrap();
    fill(&database);
    database.close().unwrap();
    let error = database.run_command(&find(doc! {})).unwrap_err();
    assert_eq!((error.kind(), error.code().0), (anser::ErrorKind::Closed, 91));
    let users = database.namespace("users").unwrap();
    assert!(database.engine().find(&users, &FindRequest::default()).is_err());
    database.close().unwrap();
}
