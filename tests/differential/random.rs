//! Random documents, indexes and questions out of a small pool of awkward values, so that they meet often.

use crate::case::Step;
use anser::engine::IndexSpec;
use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, DateTime, Document, Regex, Timestamp, doc};
use std::collections::BTreeMap;

/// An endless source of cases, decided by its seed alone.
pub(crate) struct Random {
    state: u64,
    /// Values that stand in the documents at hand: a filter that asks for one of them finds something.
    seen: Vec<Bson>,
    /// The same, by the path where they stand.
    seen_at: BTreeMap<String, Vec<Bson>>,
    /// The paths of the indexes at hand.
    indexed: Vec<Vec<String>>,
}

const PATHS: [&str; 12] = ["a", "a", "b", "b", "a.x", "a.x", "a.0", "a.x.y", "b.x", "a.y", "a.0.x", "c"];

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random { state: seed, seen: Vec::new(), seen_at: BTreeMap::new(), indexed: Vec::new() }
    }

    /// The next number of the source (splitmix64).
    pub(crate) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    pub(crate) fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }

    fn path(&mut self) -> String {
        if self.indexed.is_empty() || self.chance(3) {
            return self.of(&PATHS).to_owned();
        }
        let paths = self.index_paths();
        let at = self.below(paths.len());
        paths[at].clone()
    }

    /// The paths of one of the indexes.
    fn index_paths(&mut self) -> Vec<String> {
        let at = self.below(self.indexed.len());
        self.indexed[at].clone()
    }

    /// Remembers which paths are indexed.
    pub(crate) fn look_at_indexes(&mut self, indexes: &[IndexSpec]) {
        self.indexed = indexes.iter().map(|index| index.keys.keys().cloned().collect()).collect();
    }

    /// Remembers what stands in `documents`.
    pub(crate) fn look_at(&mut self, documents: &[Document]) {
        self.seen.clear();
        self.seen_at.clear();
        for document in documents {
            self.look_into("", document, 3);
        }
    }

    fn look_into(&mut self, path: &str, document: &Document, depth: usize) {
        for (name, value) in document {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.look_at_value(&path, value, depth);
        }
    }

    fn look_at_value(&mut self, path: &str, value: &Bson, depth: usize) {
        self.seen.push(value.clone());
        self.seen_at.entry(path.to_owned()).or_default().push(value.clone());
        match value {
            Bson::Document(inner) if depth > 0 => self.look_into(path, inner, depth - 1),
            Bson::Array(inner) if depth > 0 => {
                inner.iter().for_each(|value| self.look_at_value(path, value, depth - 1));
            }
            _ => {}
        }
    }

    /// A value that is no array and no document.
    fn scalar(&mut self) -> Bson {
        let wide = 1i64 << 53;
        match self.below(56) {
            0 => Bson::Double(0.0),
            1 => Bson::Double(-0.0),
            2 => Bson::Double(f64::NAN),
            3 => Bson::Double(1.0),
            4 => Bson::Double(1.5),
            5 => Bson::Double(wide as f64),
            6 => Bson::Double(f64::INFINITY),
            7 => Bson::Double(f64::NEG_INFINITY),
            8 => Bson::Int64(1),
            9 => Bson::Int64(wide - 1),
            10 => Bson::Int64(wide),
            11 => Bson::Int64(wide + 1),
            12 => Bson::Int64(i64::MIN),
            13 => decimal("1"),
            14 => decimal("1.00"),
            15 => decimal("0.1"),
            16 => decimal("NaN"),
            17 => decimal("9007199254740993"),
            18 => decimal("-0"),
            19 | 20 => Bson::Null,
            21 => Bson::Undefined,
            22 => Bson::MinKey,
            23 => Bson::MaxKey,
            24 => "".into(),
            25 | 26 => "a".into(),
            27 => "ab".into(),
            28 => "A".into(),
            29 => "a\0".into(),
            30 => Bson::Symbol("a".to_owned()),
            31 => Bson::JavaScriptCode("a".to_owned()),
            32 => Bson::Boolean(false),
            33 => Bson::Boolean(true),
            34 => Bson::DateTime(DateTime::from_millis(0)),
            35 => Bson::DateTime(DateTime::from_millis(-1)),
            36 => Bson::ObjectId(ObjectId::from_bytes([0; 12])),
            37 => Bson::ObjectId(ObjectId::from_bytes([7; 12])),
            38 => Bson::Timestamp(Timestamp { time: 1, increment: 1 }),
            39 => regex("a", ""),
            40 => regex("^a", "i"),
            41 => Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: b"a".to_vec() }),
            42 => Bson::Double(0.1),
            43 if self.chance(4) => "long".repeat(700).into(),
            _ => Bson::Int32(self.below(5) as i32 - 1),
        }
    }

    fn container(&mut self) -> Bson {
        match self.below(30) {
            0 => Bson::Array(vec![]),
            1 => bson::bson!([[]]),
            2 => bson::bson!([1]),
            3 => bson::bson!([[1]]),
            4 => bson::bson!([1, 2]),
            5 => bson::bson!([null]),
            6 => Bson::Array(vec![Bson::Undefined]),
            7 => bson::bson!([2, 1, 2]),
            8 => Bson::Document(doc! {}),
            9 => bson::bson!({ "x": 1 }),
            10 => bson::bson!({ "x": [1, { "y": 2 }] }),
            11 => bson::bson!([{ "x": 1, "y": 2 }, { "x": 2, "y": 1 }]),
            12 => bson::bson!({ "x": { "y": 1 } }),
            13 => bson::bson!([{ "x": { "y": 1 } }, { "x": [{ "y": 2 }, { "y": [1, 3] }] }]),
            14 => bson::bson!({ "x": null }),
            15 => bson::bson!([{ "x": null }, {}]),
            16 => bson::bson!({ "0": 1 }),
            17 => bson::bson!([{ "0": { "x": 1 } }]),
            18 => bson::bson!([[{ "x": 1 }]]),
            19 => bson::bson!({ "x": [] }),
            20 => bson::bson!([{ "y": 1 }]),
            21 => bson::bson!({ "y": 1, "x": 2 }),
            22 => bson::bson!({ "x": 2, "y": 1 }),
            23 => bson::bson!([1, [1, 2]]),
            24 | 25 => {
                let length = self.below(4);
                Bson::Array((0..length).map(|_| self.scalar()).collect())
            }
            26 => {
                let length = self.below(4);
                Bson::Array((0..length).map(|_| self.nested().into()).collect())
            }
            _ => self.nested().into(),
        }
    }

    fn nested(&mut self) -> Document {
        let mut document = Document::new();
        for field in ["x", "y"] {
            if !self.chance(4) {
                let value = if self.chance(5) { self.container() } else { self.scalar() };
                document.insert(field, value);
            }
        }
        document
    }

    fn value(&mut self) -> Bson {
        if self.chance(3) { self.container() } else { self.scalar() }
    }

    /// A value to ask for or to write.
    fn operand(&mut self) -> Bson {
        if self.seen.is_empty() || self.chance(2) {
            return self.value();
        }
        let at = self.below(self.seen.len());
        self.seen[at].clone()
    }

    /// A value to ask for at `path`.
    fn operand_at(&mut self, path: &str) -> Bson {
        let there = self.seen_at.get(path).map_or(0, Vec::len);
        if there == 0 || self.chance(3) {
            return self.operand();
        }
        let at = self.below(there);
        self.seen_at[path][at].clone()
    }

    /// A document with this `_id`.
    fn document(&mut self, id: Bson, flat: bool) -> Document {
        let mut document = doc! { "_id": id };
        for field in ["a", "b", "c"] {
            if self.chance(5) {
                continue;
            }
            let value = match flat {
                true if self.chance(4) => doc! { "x": self.scalar(), "y": self.scalar() }.into(),
                true => self.scalar(),
                false => self.value(),
            };
            document.insert(field, value);
        }
        document
    }

    /// `count` documents whose `_id`s, ints from `first` on, are here and there something else.
    pub(crate) fn documents(&mut self, first: i32, count: usize, flat: bool) -> Vec<Document> {
        let with_id = |random: &mut Random, at: usize| {
            let id = match random.below(12) {
                0 => doc! { "x": first + at as i32 }.into(),
                1 => Bson::Double(f64::from(first + at as i32) + 0.5),
                2 => format!("{}", first + at as i32).into(),
                _ => Bson::Int32(first + at as i32),
            };
            random.document(id, flat)
        };
        (0..count).map(|at| with_id(self, at)).collect()
    }

    /// An index: single, descending, compound, dotted, sparse or unique.
    pub(crate) fn index(&mut self) -> IndexSpec {
        let parts = 1 + self.below(5) / 2;
        let mut keys = Document::new();
        if self.chance(6) {
            // Two parts below one array.
            keys = doc! { "a.x": 1, "a.y": if self.chance(2) { -1 } else { 1 } };
        }
        for _ in keys.len()..parts {
            let direction = if self.chance(3) { -1 } else { 1 };
            let path = if parts > 1 && self.chance(8) { "_id" } else { self.of(&PATHS) };
            keys.insert(path, direction);
        }
        let mut index = IndexSpec::new(keys);
        index.sparse = self.chance(6);
        index.unique = self.chance(6);
        index
    }

    fn operators(&mut self, path: &str, depth: usize) -> Document {
        match self.below(if depth == 0 { 18 } else { 23 }) {
            0 | 1 => doc! { "$eq": self.operand_at(path) },
            2 => doc! { "$gt": self.operand_at(path) },
            3 => doc! { "$gte": self.operand_at(path) },
            4 => doc! { "$lt": self.operand_at(path) },
            5 => doc! { "$lte": self.operand_at(path) },
            6 => doc! { "$gte": self.operand_at(path), "$lt": self.operand_at(path) },
            7 | 8 => doc! { "$in": self.operands(path, 4) },
            9 => doc! { "$nin": self.operands(path, 3) },
            10 => doc! { "$exists": self.chance(2) },
            11 => {
                let kinds =
                    ["number", "string", "null", "array", "object", "regex", "minKey", "date", "undefined"];
                doc! { "$type": self.of(&kinds) }
            }
            12 => doc! { "$regex": self.of(&["^a", "a", "^", "b$", "^a$"]), "$options": self.of(&["", "i"]) },
            13 => doc! { "$mod": [2, self.below(2) as i32] },
            14 => doc! { "$size": self.below(3) as i32 },
            15 | 16 => doc! { "$ne": self.operand_at(path) },
            17 => doc! { "$gt": self.below(3) as i32, "$lte": self.below(5) as i32 },
            18 => doc! { "$not": self.operators(path, depth - 1) },
            19 => doc! { "$all": self.operands(path, 3) },
            20 => doc! { "$all": [{ "$elemMatch": self.element(path, depth - 1) }] },
            _ => doc! { "$elemMatch": self.element(path, depth - 1) },
        }
    }

    fn operands(&mut self, path: &str, below: usize) -> Vec<Bson> {
        (0..self.below(below)).map(|_| self.operand_at(path)).collect()
    }

    fn element(&mut self, path: &str, depth: usize) -> Document {
        if self.chance(2) {
            return self.operators(path, depth);
        }
        let mut fields = Document::new();
        for field in ["x", "y", "x.y"] {
            if self.chance(2) {
                fields.insert(field, self.condition(&format!("{path}.{field}"), depth));
            }
        }
        fields
    }

    fn condition(&mut self, path: &str, depth: usize) -> Bson {
        if self.chance(3) { self.operand_at(path) } else { self.operators(path, depth).into() }
    }

    /// A filter with one to three members; now and then none, or one that is refused.
    pub(crate) fn filter(&mut self, depth: usize) -> Document {
        let mut filter = Document::new();
        if self.chance(40) {
            return filter;
        }
        if !self.indexed.is_empty() && self.chance(5) {
            // Something on every part of an index.
            for path in self.index_paths() {
                let condition = self.condition(&path, 1);
                filter.insert(path, condition);
            }
            return filter;
        }
        for _ in 0..1 + self.below(5) / 2 {
            if depth > 0 && self.chance(6) {
                let members: Vec<Document> = (0..1 + self.below(3)).map(|_| self.filter(depth - 1)).collect();
                filter.insert(self.of(&["$or", "$or", "$and", "$nor"]), members);
            } else {
                let path = if self.chance(20) { "_id".to_owned() } else { self.path() };
                let condition = self.condition(&path, 2);
                filter.insert(path, condition);
            }
        }
        filter
    }

    fn sort(&mut self) -> Document {
        let mut sort = Document::new();
        for _ in 0..1 + self.below(2) {
            let path = self.path();
            sort.insert(path, if self.chance(2) { -1 } else { 1 });
        }
        if self.chance(2) {
            sort.insert("_id", if self.chance(3) { -1 } else { 1 });
        }
        sort
    }

    fn update(&mut self) -> Document {
        let mut update = Document::new();
        for _ in 0..1 + self.below(2) {
            let path = match self.chance(3) {
                true => self.of(&["a", "b", "c", "a.x", "a.0", "b.x", "a.x.y", "c.x"]),
                false => self.of(&["a", "b"]),
            };
            let (operator, operand) = match self.below(34) {
                0..=8 => ("$set", self.value()),
                9 | 10 => ("$unset", "".into()),
                11 => ("$inc", 1.into()),
                12 => ("$mul", Bson::Double(0.5)),
                13 => ("$min", self.operand()),
                14 => ("$max", self.operand()),
                15 => ("$rename", self.of(&["a", "b", "d", "d.x"]).into()),
                16 => ("$push", self.value()),
                17 => {
                    let each: Vec<Bson> = (0..self.below(3)).map(|_| self.value()).collect();
                    let mut push = doc! { "$each": each };
                    if self.chance(2) {
                        push.insert("$slice", self.below(5) as i32 - 2);
                    }
                    match self.below(3) {
                        0 => drop(push.insert("$sort", 1)),
                        1 => drop(push.insert("$position", self.below(3) as i32)),
                        _ => {}
                    }
                    ("$push", push.into())
                }
                18 => ("$addToSet", self.operand()),
                19 => ("$pull", self.operand()),
                20 => ("$pull", doc! { "$gte": self.operand() }.into()),
                21 => ("$pullAll", self.operands(path, 3).into()),
                22 => ("$pop", if self.chance(2) { 1 } else { -1 }.into()),
                _ => ("$set", self.scalar()),
            };
            match update.get_document_mut(operator) {
                Ok(fields) => drop(fields.insert(path, operand)),
                Err(_) => drop(update.insert(operator, doc! { path: operand })),
            }
        }
        update
    }

    /// A question about the documents at hand.
    pub(crate) fn question(&mut self) -> Step {
        if self.chance(8) {
            let key = if self.chance(12) { "_id".to_owned() } else { self.path() };
            return Step::Distinct { key, filter: self.filter(1) };
        }
        let filter = self.filter(2);
        let sort = (!self.chance(3)).then(|| self.sort());
        let (mut skip, mut limit) = (0, None);
        if self.chance(4) {
            skip = self.below(4) as u64;
            limit = (!self.chance(3)).then(|| 1 + self.below(6) as u64);
        }
        Step::Find { filter, sort, skip, limit }
    }

    /// A write; `next_id` is an `_id` that no document has.
    pub(crate) fn write(&mut self, documents: &[Document], next_id: i32, flat: bool) -> Step {
        let kind = match documents.len() {
            0..=8 => 0,
            9..=40 => self.below(12),
            _ => 1,
        };
        let one = |random: &mut Random| match documents.is_empty() {
            true => doc! { "_id": next_id },
            false => doc! { "_id": documents[random.below(documents.len())]["_id"].clone() },
        };
        match kind {
            0 => {
                let (count, again) = (1 + self.below(4), self.chance(20));
                let mut batch = self.documents(next_id, count, flat);
                if again && let Some(last) = batch.last_mut() {
                    last.extend(one(self));
                }
                Step::Insert { documents: batch }
            }
            1 | 2 => {
                let multi = !self.chance(3);
                let filter = if multi { self.filter(1) } else { one(self) };
                Step::Delete { filter, multi }
            }
            3 => Step::Update {
                filter: self.filter(1),
                update: self
                    .document(Bson::Null, flat)
                    .into_iter()
                    .filter(|(name, _)| name != "_id")
                    .collect(),
                multi: false,
                upsert: false,
            },
            4 => Step::Update {
                filter: doc! { "_id": next_id, "b": 1 },
                update: self.update(),
                multi: self.chance(2),
                upsert: true,
            },
            _ => {
                let multi = !self.chance(3);
                let filter = match documents.is_empty() || self.chance(2) {
                    true => self.filter(1),
                    false => {
                        let at = self.below(documents.len());
                        doc! { "_id": { self.of(&["$gte", "$lte"]): documents[at]["_id"].clone() } }
                    }
                };
                Step::Update { filter, update: self.update(), multi, upsert: false }
            }
        }
    }
}

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().unwrap())
}

pub(crate) fn regex(pattern: &str, options: &str) -> Bson {
    Bson::RegularExpression(Regex {
        pattern: pattern.try_into().unwrap(),
        options: options.try_into().unwrap(),
    })
}
