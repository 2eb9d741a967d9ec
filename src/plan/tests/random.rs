//! Random documents and filters out of a small pool of awkward values, so that they meet often.

use bson::{Bson, Document, Regex, doc};

/// A small generator of random numbers, the same for the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub(super) fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }

    /// A value that is no array.
    pub(super) fn scalar(&mut self) -> Bson {
        match self.below(20) {
            0 => Bson::Null,
            1 => Bson::Double(f64::NAN),
            2 => Bson::Double(-0.0),
            3 => Bson::Double(f64::NEG_INFINITY),
            4 => Bson::Int64((1 << 53) + 1),
            5 => Bson::Double((1u64 << 53) as f64),
            6 => "".into(),
            7 => "a".into(),
            8 => "ab".into(),
            9 => Bson::Boolean(true),
            10 => doc! {}.into(),
            11 => doc! { "b": 1 }.into(),
            12 => Bson::MinKey,
            13 => Bson::MaxKey,
            14 => Bson::RegularExpression(Regex {
                pattern: "a".try_into().unwrap(),
                options: "".try_into().unwrap(),
            }),
            15 => Bson::Double(1.5),
            16 => Bson::DateTime(bson::DateTime::from_millis(5)),
            _ => Bson::Int32(self.below(4) as i32),
        }
    }

    /// A value, arrays and arrays within arrays included.
    pub(super) fn value(&mut self) -> Bson {
        if !self.chance(4) {
            return self.scalar();
        }
        let length = self.below(4);
        let element = |random: &mut Random| match random.below(6) {
            0 => Bson::Array(vec![random.scalar()]),
            1 => Bson::Array(Vec::new()),
            _ => random.scalar(),
        };
        Bson::Array((0..length).map(|_| element(self)).collect())
    }

    /// A document with some of the fields a, b, c; a may be an array of documents with b and c.
    pub(super) fn document(&mut self, id: i32) -> Document {
        let mut document = doc! { "_id": id };
        for field in ["a", "b", "c"] {
            if self.chance(5) {
                continue;
            }
            let value = match self.below(6) {
                0 | 1 => self.nested().into(),
                2 => {
                    let length = self.below(4);
                    let elements = (0..length).map(|_| match self.below(5) {
                        0 => self.scalar(),
                        1 => Bson::Array(vec![self.nested().into()]),
                        _ => self.nested().into(),
                    });
                    Bson::Array(elements.collect())
                }
                _ => self.value(),
            };
            document.insert(field, value);
        }
        document
    }

    /// A document without arrays.
    pub(super) fn flat_document(&mut self, id: i32) -> Document {
        let mut document = doc! { "_id": id };
        for field in ["a", "b", "c"] {
            match self.below(6) {
                0 => {}
                1 => {
                    document.insert(field, doc! { "b": self.scalar(), "c": self.scalar() });
                }
                _ => {
                    document.insert(field, self.scalar());
                }
            }
        }
        document
    }

    fn nested(&mut self) -> Document {
        let mut document = Document::new();
        for field in ["b", "c"] {
            if !self.chance(4) {
                document.insert(field, if self.chance(4) { self.value() } else { self.scalar() });
            }
        }
        document
    }

    pub(super) fn path(&mut self) -> &'static str {
        self.of(&["a", "b", "c", "a.b", "a.c", "a.b.c", "b.c", "a.0", "a.0.b"])
    }

    /// Operators on one value.
    fn operators(&mut self, depth: usize) -> Document {
        let operand = self.value();
        match self.below(if depth == 0 { 15 } else { 18 }) {
            0 | 1 => doc! { "$eq": self.plain() },
            2 => doc! { "$gt": self.comparable(operand) },
            3 => doc! { "$gte": self.comparable(operand) },
            4 => doc! { "$lt": self.comparable(operand) },
            5 => doc! { "$lte": self.comparable(operand) },
            6 => doc! { "$gte": self.below(3) as i32, "$lt": self.below(5) as i32 },
            7 | 8 => {
                let length = self.below(4);
                let members: Vec<Bson> = (0..length).map(|_| self.value()).collect();
                doc! { "$in": members }
            }
            9 => doc! { "$exists": self.chance(2) },
            10 => {
                doc! { "$type": self.of(&["number", "string", "null", "array", "object", "regex", "minKey"]) }
            }
            11 => doc! { "$regex": self.of(&["^a", "a", "^", "b$"]) },
            12 => doc! { "$mod": [2, 1] },
            13 => doc! { "$size": self.below(3) as i32 },
            14 => doc! { "$ne": self.plain() },
            15 => doc! { "$not": self.operators(depth - 1) },
            16 => doc! { "$all": [self.plain(), self.plain()] },
            _ => doc! { "$elemMatch": self.element(depth - 1) },
        }
    }

    fn element(&mut self, depth: usize) -> Document {
        match self.chance(2) {
            true => self.operators(depth),
            false => {
                let mut fields = Document::new();
                for field in ["b", "c"] {
                    if !self.chance(3) {
                        fields.insert(field, self.condition(depth));
                    }
                }
                fields
            }
        }
    }

    /// A value that may stand for equality.
    fn plain(&mut self) -> Bson {
        match self.value() {
            Bson::RegularExpression(_) => Bson::Int32(1),
            value => value,
        }
    }

    fn comparable(&mut self, operand: Bson) -> Bson {
        match operand {
            Bson::RegularExpression(_) => Bson::Int32(2),
            operand => operand,
        }
    }

    fn condition(&mut self, depth: usize) -> Bson {
        if self.chance(2) { self.value() } else { self.operators(depth).into() }
    }

    /// A filter with one to three members.
    pub(super) fn filter(&mut self, depth: usize) -> Document {
        let mut filter = Document::new();
        for _ in 0..1 + self.below(3) {
            if depth > 0 && self.chance(6) {
                let members = [self.filter(depth - 1), self.filter(depth - 1)];
                filter.insert(self.of(&["$or", "$and", "$nor"]), members.to_vec());
            } else {
                filter.insert(self.path(), self.condition(2));
            }
        }
        filter
    }

    /// A key pattern of one to three paths.
    pub(super) fn keys(&mut self) -> Document {
        let mut keys = Document::new();
        for _ in 0..1 + self.below(3) {
            keys.insert(self.path(), if self.chance(3) { -1 } else { 1 });
        }
        keys
    }
}
