//! Awkward BSON values, for every test that compares one way of telling them apart with another.
//!
//! [`pool`] holds the values that break naive code, each numeric one in all the types that can hold it;
//! [`Awkward`] makes endless nested ones from a seed, the same from the same seed.
#![allow(dead_code, unreachable_pub)]

use anser_query::value::{Decimal, ValueBuf, tag, write};
use bson::{Bson, doc};

/// Every awkward scalar and a few containers.
pub fn pool() -> Vec<ValueBuf> {
    let mut values = numbers();
    values.extend(others());
    values
}

fn value(value: Bson) -> ValueBuf {
    ValueBuf::try_from(&value).expect("a test's value encodes")
}

/// A decimal from its parts.
pub fn decimal(negative: bool, coefficient: u128, exponent: i32) -> ValueBuf {
    ValueBuf::new(tag::DECIMAL128, Decimal::Finite { negative, coefficient, exponent }.encode())
}

/// Numbers at the edges of every type, equal ones in several types and forms.
pub fn numbers() -> Vec<ValueBuf> {
    let mut values = Vec::new();
    for number in [0, 1, -1, 2, 10, i32::MAX, i32::MIN] {
        values.push(value(Bson::Int32(number)));
    }
    let wide = 1i64 << 53;
    for number in
        [0, 1, 10, wide - 1, wide, wide + 1, -wide - 1, i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1]
    {
        values.push(value(Bson::Int64(number)));
        let negative = number < 0;
        values.push(decimal(negative, u128::from(number.unsigned_abs()), 0));
        values.push(decimal(negative, u128::from(number.unsigned_abs()) * 100, -2));
        values.push(value(Bson::Double(number as f64)));
    }
    for number in [
        0.0,
        -0.0,
        0.1,
        0.5,
        1.5,
        -2.5,
        3.3,
        1e-7,
        1e15,
        1e16,
        1e22,
        1e23,
        1e100,
        1e300,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        -f64::NAN,
        9_223_372_036_854_775_808.0,
        -9_223_372_036_854_777_856.0,
        9_007_199_254_740_993.0,
    ] {
        values.push(value(Bson::Double(number)));
        values.push(ValueBuf::new(tag::DECIMAL128, Decimal::from_f64(number).encode()));
    }
    let nines = 10u128.pow(34) - 1;
    for exponent in [-6176, -6000, -400, -324, -34, -33, -2, -1, 0, 1, 2, 22, 33, 300, 308, 400, 6000, 6111] {
        for coefficient in [0, 1, 10, 15, 17_976_931_348_623_157, 10u128.pow(33), nines, nines - 1] {
            values.push(decimal(false, coefficient, exponent));
            values.push(decimal(true, coefficient, exponent));
        }
    }
    for special in [Decimal::NaN, Decimal::Infinity { negative: false }, Decimal::Infinity { negative: true }]
    {
        values.push(ValueBuf::new(tag::DECIMAL128, special.encode()));
    }
    // 0.1 as the double has it, to 34 digits, and its neighbours.
    for last in [270, 271, 272] {
        values.push(decimal(false, 1_000_000_000_000_000_055_511_151_231_257_000 + last, -34));
    }
    // A decimal that is not canonical: its coefficient has more than 34 digits.
    let mut large = [0xFF; 16];
    large[15] = 0x6F;
    values.push(ValueBuf::new(tag::DECIMAL128, large));
    values
}

/// Values of the other types, the empty ones included.
pub fn others() -> Vec<ValueBuf> {
    let binary = |subtype: u8, bytes: &[u8]| {
        let mut value = (bytes.len() as u32).to_le_bytes().to_vec();
        value.push(subtype);
        value.extend_from_slice(bytes);
        ValueBuf::new(tag::BINARY, value)
    };
    let text = |tag: u8, text: &str| {
        let mut value = (text.len() as u32 + 1).to_le_bytes().to_vec();
        value.extend_from_slice(text.as_bytes());
        value.push(0);
        ValueBuf::new(tag, value)
    };
    let mut values = vec![
        ValueBuf::new(tag::MIN_KEY, []),
        ValueBuf::new(tag::MAX_KEY, []),
        ValueBuf::new(tag::NULL, []),
        ValueBuf::new(tag::UNDEFINED, []),
        ValueBuf::new(tag::BOOLEAN, [0]),
        ValueBuf::new(tag::BOOLEAN, [1]),
        ValueBuf::new(tag::OBJECT_ID, [0; 12]),
        ValueBuf::new(tag::OBJECT_ID, [0xFF; 12]),
        binary(0, b""),
        binary(0, b"\xFF"),
        binary(5, b"a"),
        binary(0, b"aa"),
        binary(0x80, b"aa"),
        binary(2, b"\x01\0\0\0a"),
        value(Bson::Document(doc! {})),
        value(Bson::Document(doc! { "a": 1 })),
        value(Bson::Document(doc! { "a": 1.0 })),
        value(Bson::Document(doc! { "b": 1 })),
        value(Bson::Document(doc! { "a": "1" })),
        value(Bson::Document(doc! { "a": 1, "b": 2 })),
        value(Bson::Document(doc! { "b": 2, "a": 1 })),
        value(Bson::Document(doc! { "": Bson::Null })),
        value(Bson::Document(doc! { "0": 1 })),
        value(Bson::Array(vec![])),
        value(Bson::Array(vec![Bson::Array(vec![])])),
        value(Bson::Array(vec![Bson::Int32(1)])),
        value(Bson::Array(vec![Bson::Array(vec![Bson::Int32(1)])])),
        value(Bson::Array(vec![Bson::Null])),
        value(Bson::Array(vec![Bson::Document(doc! {})])),
        value(Bson::Array(vec![Bson::Int32(1), Bson::Int32(2)])),
        value(Bson::Array(vec![Bson::Double(1.0), Bson::Int64(2)])),
    ];
    for word in ["", "\0", "a", "A", "a\0", "aa", "é", "\u{10FFFF}", "1"] {
        values.extend([tag::STRING, tag::SYMBOL, tag::JAVASCRIPT].map(|tag| text(tag, word)));
    }
    for milliseconds in [i64::MIN, -1, 0, 1, i64::MAX] {
        values.push(ValueBuf::new(tag::DATE_TIME, milliseconds.to_le_bytes()));
        values.push(ValueBuf::new(tag::TIMESTAMP, milliseconds.to_le_bytes()));
    }
    for regex in ["\0\0", "a\0\0", "a\0i\0", "b\0\0", "ab\0\0"] {
        values.push(ValueBuf::new(tag::REGEX, regex.as_bytes()));
    }
    for namespace in ["", "a", "a.b"] {
        let mut pointer = text(tag::STRING, namespace).as_ref().bytes.to_vec();
        pointer.extend_from_slice(&[7; 12]);
        values.push(ValueBuf::new(tag::DB_POINTER, pointer));
    }
    for (code, scope) in [("", doc! {}), ("a", doc! {}), ("a", doc! { "x": 1 }), ("b", doc! {})] {
        let mut whole = vec![0; 4];
        whole.extend_from_slice(text(tag::JAVASCRIPT, code).as_ref().bytes);
        whole.extend_from_slice(value(Bson::Document(scope)).as_ref().bytes);
        let length = whole.len() as u32;
        whole[..4].copy_from_slice(&length.to_le_bytes());
        values.push(ValueBuf::new(tag::JAVASCRIPT_WITH_SCOPE, whole));
    }
    values
}

/// An endless source of awkward values and documents, decided by its seed alone.
pub struct Awkward {
    state: u64,
    pool: Vec<ValueBuf>,
}

impl Awkward {
    /// A source that always gives the same after `seed`.
    pub fn new(seed: u64) -> Self {
        Awkward { state: seed, pool: pool() }
    }

    /// The next number of the source (splitmix64).
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound as u64) as usize
    }

    /// A value nested at most `depth` deep.
    pub fn value(&mut self, depth: usize) -> ValueBuf {
        match self.below(10) {
            0 if depth > 0 => self.array(depth),
            1 if depth > 0 => ValueBuf::new(tag::DOCUMENT, self.document(depth)),
            2 => {
                // Any decimal at all, so that no pattern of the pool is relied on.
                let high = u128::from(self.number()) << 64;
                ValueBuf::new(tag::DECIMAL128, (high | u128::from(self.number())).to_le_bytes())
            }
            3 => ValueBuf::new(tag::DOUBLE, self.number().to_le_bytes()),
            _ => {
                let at = self.below(self.pool.len());
                self.pool[at].clone()
            }
        }
    }

    /// An array of up to three values.
    pub fn array(&mut self, depth: usize) -> ValueBuf {
        let mut bytes = Vec::new();
        let start = write::begin(&mut bytes);
        for index in 0..self.below(4) {
            let value = self.value(depth - 1);
            write::array_element(&mut bytes, index, value.as_ref());
        }
        write::end(&mut bytes, start);
        ValueBuf::new(tag::ARRAY, bytes)
    }

    /// The bytes of a document of up to four fields from a small set of names, some of them numbers.
    pub fn document(&mut self, depth: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let start = write::begin(&mut bytes);
        let first = self.below(5);
        for name in ["a", "b", "0", "c", "1"].into_iter().cycle().skip(first).take(self.below(5)) {
            let value = self.value(depth.saturating_sub(1));
            write::element(&mut bytes, name.as_bytes(), value.as_ref());
        }
        write::end(&mut bytes, start);
        bytes
    }
}
