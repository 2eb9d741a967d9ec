//! What the hot paths cost: `cargo test --release -p anser-query --test timing -- --ignored --nocapture`.
use anser_query::path::{Path, index_keys};
use anser_query::value::{DocumentRef, Number, equal, order, validate};
use bson::{doc, oid::ObjectId};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Instant;

fn nanoseconds(what: &str, mut action: impl FnMut()) {
    const ROUNDS: u32 = 1_000_000;
    let best = (0..5)
        .map(|_| {
            let start = Instant::now();
            (0..ROUNDS).for_each(|_| action());
            start.elapsed() * 100 / ROUNDS
        })
        .min()
        .unwrap_or_default();
    println!("{what:<48} {:>8.2} ns", best.as_nanos() as f64 / 100.0);
}

#[test]
#[ignore = "a measurement, not a law"]
fn timing_of_hot_paths() {
    let document = doc! {
        "_id": ObjectId::new(), "name": "Anna Andersson", "age": 42, "email": "anna.andersson@example.org",
        "active": true, "score": 12.5, "address": { "city": "Uppsala", "zip": "75310" }, "tags": ["a", "b", "c"],
    };
    let raw = bson::RawDocumentBuf::try_from(&document).expect("it encodes");
    let bytes = raw.as_bytes();
    let document = DocumentRef::new(bytes);
    println!("a document of {} bytes, {} fields", bytes.len(), document.len());
    nanoseconds("validate", || {
        black_box(validate(black_box(bytes)).is_ok());
    });
    let city = Path::new("address.city");
    nanoseconds("walk address.city", || {
        let _ = city.walk(black_box(document), &mut |found| {
            black_box(found);
            ControlFlow::Continue(())
        });
    });
    for (what, paths) in [
        ("index row of email", vec![Path::new("email")]),
        ("index row of email, age", vec![Path::new("email"), Path::new("age")]),
        ("index rows of tags (3)", vec![Path::new("tags")]),
    ] {
        nanoseconds(what, || {
            let rows = index_keys::extract(&paths, black_box(document), &mut |row| {
                black_box(row);
            });
            black_box(rows.is_ok());
        });
    }
    nanoseconds("compare the document with itself", || {
        black_box(order::compare_documents(black_box(document), black_box(document)));
    });
    let name = document.get(b"name").expect("it is there");
    nanoseconds("equal strings", || {
        black_box(equal::equal(black_box(name), black_box(name)));
    });
    let pairs = [
        ("int against int", Number::Int32(1), Number::Int32(2)),
        ("int against double", Number::Int32(1), Number::Double(1.5)),
        ("double against decimal", Number::Double(0.5), Number::Double(0.5).to_decimal_number()),
        (
            "0.1 against decimal 0.1 (the slow path)",
            Number::Double(0.1),
            Number::Double(0.1).to_decimal_number(),
        ),
    ];
    for (what, left, right) in pairs {
        nanoseconds(what, || {
            black_box(black_box(left).compare(black_box(right)));
        });
    }
    let (left, right) = (Number::Int32(1).to_decimal_number(), Number::Double(0.1).to_decimal_number());
    nanoseconds("decimal plus decimal", || {
        black_box(black_box(left).add(black_box(right)));
    });
}

trait ToDecimalNumber {
    fn to_decimal_number(self) -> Number;
}

impl ToDecimalNumber for Number {
    fn to_decimal_number(self) -> Number {
        Number::Decimal(self.to_decimal().encode())
    }
}
