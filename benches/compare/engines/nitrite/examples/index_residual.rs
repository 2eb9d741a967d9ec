//! Does an index change the answer? The same documents in two collections, one
//! with indexes, one without; the same filters on both.
use nitrite::collection::Document;
use nitrite::common::{PersistentCollection, Value};
use nitrite::filter::{Filter, and, field, or};
use nitrite::index::non_unique_index;
use nitrite::nitrite::Nitrite;

fn main() {
    let db = Nitrite::builder().open_or_create(None, None).unwrap();
    let plain = db.collection("plain").unwrap();
    let indexed = db.collection("indexed").unwrap();
    for f in ["city", "age", "tags", "score"] {
        indexed.create_index(vec![f], &non_unique_index()).unwrap();
    }
    for i in 0..30i32 {
        let mut d = Document::new();
        d.put("city", if i % 3 == 0 { "A" } else { "B" }).unwrap();
        if i % 7 != 0 {
            d.put("age", i).unwrap();
        }
        if i % 5 == 0 {
            d.put("score", Value::Null).unwrap();
        } else if i % 5 == 1 {
            d.put("score", i as f64 / 2.0).unwrap();
        } else {
            d.put("score", i as i64).unwrap();
        }
        d.put("tags", vec!["x".to_string(), format!("t{}", i % 4)]).unwrap();
        plain.insert(d.clone()).unwrap();
        indexed.insert(d).unwrap();
    }
    let filters: Vec<(&str, fn() -> Filter)> = vec![
        ("city=A & age>=9", || and(vec![field("city").eq("A"), field("age").gte(9)])),
        ("city=A | age<5", || or(vec![field("city").eq("A"), field("age").lt(5)])),
        ("age != 9", || field("age").ne(9)),
        ("!(age > 9)", || field("age").gt(9).not()),
        ("age not in [9,10]", || field("age").not_in_array(vec![9, 10])),
        ("age = null", || field("age").eq(Value::Null)),
        ("score = null", || field("score").eq(Value::Null)),
        ("score > 3 (mixed int/float)", || field("score").gt(3)),
        ("score = 3.0 (float, int field)", || field("score").eq(3.0f64)),
        ("score > 2.5", || field("score").gt(2.5f64)),
        ("tags = x", || field("tags").eq("x")),
        ("tags > t1", || field("tags").gt("t1")),
        ("tags != x", || field("tags").ne("x")),
        ("tags in [t1,t2]", || field("tags").in_array(vec!["t1", "t2"])),
        ("age between 3..9", || field("age").between(3, 9, true, false)),
    ];
    for (name, f) in filters {
        let n = |c: &nitrite::collection::NitriteCollection| match c.find(f()) {
            Ok(cur) => Ok(cur.filter(|d| d.is_ok()).count()),
            Err(e) => Err(e.to_string()),
        };
        let (a, b) = (n(&plain), n(&indexed));
        println!("{} {name}: scan {a:?}, indexed {b:?}", if a == b { "same " } else { "DIFF " });
    }
}
