//! Bytes that are no BSON: nothing that is handed in as a document may panic, and nothing broken is stored.

use crate::{everywhere, raw, rest, stored};
use anser::Database;
use anser::engine::{
    CountRequest, DeleteStatement, DistinctRequest, FindAndModify, FindRequest, Hint, Modification,
    UpdateStatement, WriteOptions,
};
use anser_query::value::validate;
use bson::{RawDocumentBuf, doc};

/// Bytes with the length of a document in front and its end behind, whatever is in between.
fn framed(inside: &[u8]) -> RawDocumentBuf {
    let mut bytes = ((inside.len() + 5) as i32).to_le_bytes().to_vec();
    bytes.extend_from_slice(inside);
    bytes.push(0);
    RawDocumentBuf::from_bytes(bytes).unwrap()
}

/// What is wrong with each, and words of the message.
fn broken() -> Vec<(RawDocumentBuf, &'static str)> {
    vec![
        (framed(b"\x02a\0\x02\0\0\0\xFF\0"), "UTF-8"),
        (framed(b"\x02a\0\x03\0\0\0\xC3(\0"), "UTF-8"),
        (framed(b"\x10\xFF\xFE\0\x01\0\0\0"), "UTF-8"),
        (framed(b"\x02a\0\xFF\xFF\xFF\x7Fb\0"), ""),
        (framed(b"\x02a\0\0\0\0\0"), ""),
        (framed(b"\x02a\0\x02\0\0\0bb"), ""),
        (framed(b"\x10a\0\x01"), ""),
        (framed(b"\x10a"), ""),
        (framed(b"\x20a\0"), ""),
        (framed(b"\x08a\0\x02"), ""),
        (framed(b"\x03a\0\x02\0\0\0\0"), ""),
        (framed(b"\x03a\0\x50\0\0\0\0"), ""),
        (framed(b"\x04a\0\x05\0\0\0\x01"), ""),
        (framed(b"\x05a\0\xFF\xFF\xFF\xFF\0"), ""),
        (framed(b"\x0Ba\0b"), ""),
        (framed(b"\x0Fa\0\x04\0\0\0"), ""),
    ]
}

#[test]
fn a_broken_document_is_refused_by_byte_and_path_and_nothing_of_it_is_stored() {
    everywhere(|database| {
        let users = database.namespace("users").unwrap();
        let before = stored(database);
        for (document, word) in broken() {
            let batch = vec![document.clone()];
            let outcome = database.engine().insert(&users, batch, &WriteOptions::default());
            let (code, message) = match outcome {
                Err(error) => (error.code().0, error.message().to_owned()),
                Ok(outcome) => (outcome.write_errors[0].code.0, outcome.write_errors[0].message.clone()),
            };
            assert_eq!(code, 22, "{document:?}: {message}");
            assert!(message.contains(word), "{message}");
            let command = raw(&doc! { "insert": "users" });
            let mut bytes = command.as_bytes()[..command.as_bytes().len() - 1].to_vec();
            // The array by hand: the library refuses to write what it cannot read.
            let inner = document.as_bytes();
            bytes.extend_from_slice(b"\x04documents\0");
            bytes.extend_from_slice(&((inner.len() + 8) as i32).to_le_bytes());
            bytes.extend_from_slice(b"\x030\0");
            bytes.extend_from_slice(inner);
            bytes.extend_from_slice(b"\0\0");
            let length = bytes.len() as i32;
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            let command = RawDocumentBuf::from_bytes(bytes).unwrap();
            let error = database.commands().run("main", &command).unwrap_err();
            assert_eq!(error.code().0, 22, "{document:?}: {error}");
            assert!(stored(database) == before);
        }
    });
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// `document` with some of its bytes changed, the length in front and the end left alone.
    fn damage(&mut self, document: &RawDocumentBuf) -> RawDocumentBuf {
        let mut inside = document.as_bytes()[4..document.as_bytes().len() - 1].to_vec();
        for _ in 0..1 + self.below(3) {
            if inside.is_empty() {
                break;
            }
            let at = self.below(inside.len());
            match self.below(4) {
                0 => inside[at] = self.below(256) as u8,
                1 => inside[at] ^= 1 << self.below(8),
                2 => drop(inside.remove(at)),
                _ => inside.insert(at, [0, 1, 3, 4, 0x10, 0xFF, b'$'][self.below(7)]),
            }
        }
        framed(&inside)
    }
}

/// Asks everything that takes a document, with `one` in its place; what comes of it does not matter here.
fn ask_all(database: &Database, one: &RawDocumentBuf) {
    let (engine, users) = (database.engine(), database.namespace("users").unwrap());
    let options = WriteOptions::default();
    let good = raw(&doc! { "_id": { "$gte": 2 } });
    let mut finds = vec![FindRequest::default(); 3];
    finds[0].filter = one.clone();
    finds[1].sort = Some(one.clone());
    finds[2].projection = Some(one.clone());
    for find in &finds {
        if let Ok(mut cursor) = engine.find(&users, find) {
            rest(&mut *cursor);
        }
    }
    let _ = engine.count(&users, &CountRequest { filter: one.clone(), ..CountRequest::default() });
    let distinct = DistinctRequest { key: "tags".to_owned(), filter: one.clone(), ..Default::default() };
    let _ = engine.distinct(&users, &distinct);
    let update = |filter: &RawDocumentBuf, update: &RawDocumentBuf, multi, upsert| UpdateStatement {
        filter: filter.clone(),
        update: update.clone(),
        multi,
        upsert,
        hint: None,
        sort: None,
    };
    let set = raw(&doc! { "$set": { "z": 1 } });
    for statement in [
        update(&good, one, true, false),
        update(&good, one, false, false),
        update(one, &set, true, false),
        update(one, &set, false, true),
        update(&raw(&doc! { "_id": 77 }), one, false, true),
    ] {
        let _ = engine.update(&users, &[statement], &options);
    }
    let delete =
        DeleteStatement { filter: one.clone(), multi: false, hint: Some(Hint::Keys(doc! { "$natural": 1 })) };
    let _ = engine.delete(&users, &[delete], &options);
    let modify = FindAndModify {
        filter: good,
        modification: Modification::Update(one.clone()),
        sort: Some(one.clone()),
        projection: Some(one.clone()),
        upsert: false,
        return_new: true,
        hint: None,
        durability: None,
    };
    let _ = engine.find_and_modify(&users, &modify);
    let _ = engine.insert(&users, vec![one.clone()], &options);
    let _ = database.commands().run("main", one);
}

#[test]
fn damaged_bytes_never_panic_and_never_leave_a_broken_document() {
    let rounds = std::env::var("ANSER_DAMAGE_ROUNDS").map_or(1500, |rounds| rounds.parse().unwrap());
    let originals = [
        doc! { "name": "Ada", "age": { "$gt": 1, "$in": [1, 2.5, "x", null] }, "home.city": { "$exists": true } },
        doc! { "$or": [{ "a": { "$elemMatch": { "b": 1 } } }, { "$nor": [{ "tags": { "$size": 2 } }] }] },
        doc! { "$set": { "a.b": { "x": [1, { "y": 2 }] } }, "$inc": { "age": 1 }, "$push": { "tags": { "$each": [1], "$slice": 3 } } },
        doc! { "_id": 5, "name": "Zoe", "tags": ["a", ["b"]], "home": { "city": "Oslo" }, "age": 1i64 },
        doc! { "find": "users", "filter": { "a": 1 }, "sort": { "age": -1 }, "projection": { "name": 1 }, "limit": 2 },
        doc! { "update": "users", "updates": [{ "q": { "_id": 1 }, "u": { "$set": { "z": 1 } }, "multi": true }] },
        doc! { "createIndexes": "users", "indexes": [{ "key": { "z": 1 }, "name": "z_1" }] },
        doc! { "name": { "$regex": "^a(b|c)*", "$options": "ix" }, "age": { "$mod": [2, 1] }, "t": { "$type": "date" } },
    ];
    let originals = originals.map(|document| raw(&document));
    everywhere(|database| {
        let mut random = Random(5);
        for round in 0..rounds {
            let one = random.damage(&originals[round % originals.len()]);
            ask_all(database, &one);
            if round % 50 == 0 {
                assert_eq!(database.check().unwrap(), Vec::<String>::new(), "round {round}");
            }
        }
        for (_, _, documents) in stored(database) {
            for document in documents {
                validate(document.as_bytes()).unwrap();
            }
        }
    });
}
