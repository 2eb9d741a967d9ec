//! Does an index change the answer? The same documents in two collections, one
//! with an index on city, one without; the same filters on both.
use polodb_core::bson::{Document, doc};
use polodb_core::{CollectionT, Database, IndexModel};

fn main() {
    let dir = std::env::temp_dir().join(format!("polo-probe-{}", std::process::id()));
    let db = Database::open_path(&dir).unwrap();
    let plain = db.collection::<Document>("plain");
    let indexed = db.collection::<Document>("indexed");
    indexed.create_index(IndexModel { keys: doc! { "city": 1 }, options: None }).unwrap();
    // An index on an array field makes every insert of such a document fail:
    let arr = db.collection::<Document>("arr");
    arr.create_index(IndexModel { keys: doc! { "tags": 1 }, options: None }).unwrap();
    println!(
        "insert with index on array field: {:?}",
        arr.insert_one(doc! { "tags": ["x"] }).map(|_| ()).map_err(|e| e.to_string())
    );
    println!(
        "compound index: {:?}",
        arr.create_index(IndexModel { keys: doc! { "a": 1, "b": 1 }, options: None })
            .map_err(|e| e.to_string())
    );
    for i in 0..9 {
        let d = doc! { "_id": i, "city": if i % 3 == 0 { "A" } else { "B" }, "age": i, "tags": ["x", format!("t{i}")] };
        plain.insert_one(d.clone()).unwrap();
        indexed.insert_one(d).unwrap();
    }
    plain.insert_one(doc! { "_id": 100, "age": 1 }).unwrap();
    indexed.insert_one(doc! { "_id": 100, "age": 1 }).unwrap();
    for f in [
        doc! { "city": "A" },
        doc! { "city": "A", "age": 3 },
        doc! { "city": "A", "age": { "$gte": 3 } },
        doc! { "city": "B", "age": { "$in": [4, 5] } },
        doc! { "city": null },
        doc! { "tags": "x" },
        doc! { "tags": ["x", "t1"] },
    ] {
        let n = |c: &polodb_core::Collection<Document>| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match c.find(f.clone()).run() {
                Ok(cur) => cur
                    .map(|r| r.map(|_| 1).map_err(|e| e.to_string()))
                    .collect::<Result<Vec<_>, _>>()
                    .map(|v| v.len()),
                Err(e) => Err(e.to_string()),
            }))
            .unwrap_or(Err("panic".into()))
        };
        let (a, b) = (n(&plain), n(&indexed));
        println!("{} {f}: scan {a:?}, indexed {b:?}", if a == b { "same " } else { "DIFF " });
    }
    drop((plain, indexed, arr));
    drop(db);
    let _ = std::fs::remove_dir_all(dir);
}
