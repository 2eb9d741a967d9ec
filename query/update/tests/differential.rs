//! The fast way held to the plain one: on random documents and updates both give the same bytes.
use super::super::{Kind, apply, splice};
use super::*;
use bson::{Bson, DateTime, Decimal128, bson, doc};
use std::str::FromStr;

/// A small generator: the same seed, the same case.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    fn value(&mut self) -> Bson {
        let decimal = |text| Bson::Decimal128(Decimal128::from_str(text).unwrap());
        match self.below(18) {
            0 => bson!(0),
            1 => bson!(-0.0),
            2 => Bson::Double(f64::NAN),
            3 => bson!(9_007_199_254_740_993_i64),
            4 => bson!(i64::MAX),
            5 => bson!(i32::MAX),
            6 => Bson::Null,
            7 => bson!(""),
            8 => bson!([]),
            9 => bson!([[1], { "a": 1 }, "x"]),
            10 => bson!({}),
            11 => bson!({ "a": { "b": 1 } }),
            12 => decimal("1.00"),
            13 => decimal("-0"),
            14 => bson!("a longer string, so that offsets shift"),
            15 => Bson::DateTime(DateTime::from_millis(1)),
            16 => Bson::Boolean(true),
            _ => Bson::Int32(self.below(5) as i32),
        }
    }

    fn number(&mut self) -> Bson {
        loop {
            let value = self.value();
            if matches!(value, Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_)) {
                return value;
            }
        }
    }

    fn document(&mut self) -> Document {
        let mut document = doc! { "_id": 1 };
        for _ in 0..self.below(7) {
            let name = self.name();
            let value = self.value();
            document.insert(name, value);
        }
        document
    }

    fn name(&mut self) -> &'static str {
        self.of(&["a", "b", "c", "aa", "7", "10", "name"])
    }

    fn update(&mut self) -> Document {
        let mut update = Document::new();
        let mut names = vec!["a", "b", "c", "aa", "7", "10", "name"];
        for _ in 0..1 + self.below(3) {
            let operator = self.of(&[
                "$set",
                "$set",
                "$unset",
                "$inc",
                "$mul",
                "$min",
                "$max",
                "$currentDate",
                "$push",
                "$setOnInsert",
            ]);
            let operands = update.entry(operator.to_string()).or_insert(bson!({}));
            for _ in 0..self.below(3) {
                let name = names.swap_remove(self.below(names.len()));
                let operand = match operator {
                    "$inc" | "$mul" => self.number(),
                    "$currentDate" => Bson::Boolean(true),
                    "$push" if self.below(2) == 0 => bson!({ "$each": [self.value(), self.value()] }),
                    _ => self.value(),
                };
                operands.as_document_mut().unwrap().insert(name, operand);
                if names.is_empty() {
                    return update;
                }
            }
        }
        update
    }
}

#[test]
fn splicing_gives_the_bytes_that_the_tree_gives() {
    let cases =
        std::env::var("ANSER_UPDATE_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let (mut spliced, mut refused, mut changed) = (0_u64, 0_u64, 0_u64);
    for seed in 0..cases {
        let mut random = Random(seed);
        let (document, update) = (raw(&random.document()), random.update());
        let parsed = parse(&update).unwrap();
        assert!(parsed.is_splice(), "seed {seed}: {update} is spliced");
        let Kind::Operators(operators) = &parsed.kind else { unreachable!("operators were given") };
        let document = DocumentRef::from(&document);

        let mut plain = Vec::new();
        let plain_result = apply::changes(operators, document, &context(), apply::Event::Update, &mut plain);
        let mut fast = Vec::new();
        match splice::apply(&operators.changes, document, &context(), &mut fast) {
            Some(modified) => {
                spliced += 1;
                changed += u64::from(modified);
                assert!(
                    plain_result.is_ok(),
                    "seed {seed}: {update} on {document:?} was refused by the tree"
                );
                assert_eq!(fast, plain, "seed {seed}: {update} on {document:?}");
                assert_eq!(modified, fast != document.as_bytes(), "seed {seed}: {update} on {document:?}");
            }
            None => {
                refused += 1;
                assert!(
                    plain_result.is_err(),
                    "seed {seed}: {update} on {document:?} was refused by the splice"
                );
            }
        }
    }
    assert!(spliced > cases / 3, "the fast way ran {spliced} times");
    assert!(changed > cases / 4, "the fast way changed {changed} documents");
    assert!(refused > cases / 100, "the refusals were compared too, {refused} of them");
}

#[test]
fn the_fast_way_is_for_whole_top_level_fields() {
    let splices = |update: Document| parse(&update).unwrap().is_splice();
    assert!(splices(doc! { "$set": { "a": 1 }, "$inc": { "b": 1 } }));
    assert!(splices(doc! { "$push": { "a": 1 }, "$unset": { "b": 1 } }));
    assert!(!splices(doc! { "$set": { "a.b": 1 } }));
    assert!(!splices(doc! { "$set": { "_id": 1 } }));
    assert!(!splices(doc! { "$push": { "a": { "$each": [1], "$slice": 1 } } }));
    assert!(!splices(doc! { "$rename": { "a": "b" } }));
    assert!(!splices(doc! { "a": 1 }));
}

#[test]
fn broken_bytes_end_in_no_panic() {
    let whole = raw(&doc! { "_id": 1, "a": { "b": [1, 2, { "c": 3 }] }, "d": "text", "e": 5 });
    let updates = [
        doc! { "$set": { "a": 1, "x": 2 }, "$inc": { "e": 1 } },
        doc! { "$set": { "a.b.2.c": 1 }, "$push": { "a.z": 1 }, "$rename": { "d": "f" } },
        doc! { "_id": 1, "q": 1 },
    ];
    for update in updates {
        let update = parse(&update).unwrap();
        for at in 0..whole.as_bytes().len() {
            for byte in [0x00, 0x01, 0x7F, 0xFF] {
                let mut bytes = whole.as_bytes().to_vec();
                bytes[at] = byte;
                let mut out = Vec::new();
                let _ = update.apply(DocumentRef::new(&bytes), &context(), &mut out);
                let _ = update.apply(DocumentRef::new(&bytes[..at]), &context(), &mut out);
            }
        }
    }
}
