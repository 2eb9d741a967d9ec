//! Random values of every BSON type, from pools in which near and equal values meet often.

use anser_query::value::{ValueBuf, ValueRef, View, tag, write};

/// A small generator whose seed repeats a run.
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, pool: &[T]) -> T {
        pool[self.below(pool.len() as u64) as usize]
    }
}

const INTEGERS: [i64; 24] = [
    0,
    1,
    2,
    5,
    127,
    128,
    255,
    256,
    300,
    32_767,
    65_536,
    i32::MAX as i64,
    i32::MAX as i64 + 1,
    i32::MIN as i64,
    1 << 52,
    (1 << 53) - 1,
    1 << 53,
    (1 << 53) + 1,
    (1 << 62) - 1,
    1 << 62,
    i64::MAX - 1,
    i64::MAX,
    i64::MIN,
    i64::MIN + 1,
];

const DOUBLES: [f64; 24] = [
    0.0,
    -0.0,
    0.1,
    0.5,
    0.3,
    1.5,
    2.5,
    1e-5,
    12.34,
    1e15,
    1e22,
    1e23,
    9_007_199_254_740_993.0,
    9_223_372_036_854_775_808.0,
    18_446_744_073_709_551_616.0,
    1e300,
    f64::MAX,
    f64::MIN_POSITIVE,
    5e-324,
    1e-310,
    f64::EPSILON,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

const DECIMALS: [&str; 30] = [
    "0",
    "-0",
    "0E+6000",
    "0E-6176",
    "1",
    "1.00",
    "-1.0",
    "0.1",
    "0.10",
    "0.3",
    "12.34",
    "1E-6176",
    "9.999999999999999999999999999999999E+6144",
    "1E+6111",
    "1E+308",
    "1E+309",
    "1E-324",
    "4.9E-324",
    "5E-324",
    "1.797693134862315708145274237317043E+308",
    "1.797693134862315708145274237317044E+308",
    "9007199254740993",
    "9223372036854775807.5",
    "9223372036854775808",
    "18446744073709551616",
    "18446744073709551615.99999999999999",
    "0.9999999999999999999999999999999999",
    "NaN",
    "Infinity",
    "-Infinity",
];

fn int32(number: i32) -> ValueBuf {
    ValueBuf::new(tag::INT32, number.to_le_bytes())
}

fn int64(number: i64) -> ValueBuf {
    ValueBuf::new(tag::INT64, number.to_le_bytes())
}

fn double(number: f64) -> ValueBuf {
    ValueBuf::new(tag::DOUBLE, number.to_le_bytes())
}

fn decimal(text: &str) -> ValueBuf {
    let decimal: bson::Decimal128 = text.parse().expect("a decimal");
    ValueBuf::new(tag::DECIMAL128, decimal.bytes())
}

/// A Decimal128 of its parts; the coefficient is cut to 34 digits, the exponent to its range.
fn decimal_of(negative: bool, coefficient: u128, exponent: i64) -> ValueBuf {
    let stored = (exponent + 6176).clamp(0, 12_287) as u128;
    let bits = u128::from(negative) << 127 | stored << 113 | (coefficient % 10_u128.pow(34));
    ValueBuf::new(tag::DECIMAL128, bits.to_le_bytes())
}

/// A number of any of the four types.
pub(crate) fn number(random: &mut Random) -> ValueBuf {
    match random.below(12) {
        0 => int32(random.pick(&INTEGERS) as i32),
        1 => int32(random.next() as i32 >> random.below(32)),
        2 => int64(random.pick(&INTEGERS)),
        3 => int64(random.next() as i64 >> random.below(64)),
        4 => double(random.pick(&DOUBLES)),
        5 => double(random.pick(&INTEGERS) as f64),
        6 => double((random.next() as i64 >> random.below(64)) as f64 / 2_f64.powi(random.below(70) as i32)),
        7 => double(f64::from_bits(random.next())),
        8 => decimal(random.pick(&DECIMALS)),
        9 => decimal_of(random.one_in(2), u128::from(random.below(100_000)), random.below(12) as i64 - 8),
        10 => {
            let coefficient = u128::from(random.next()) << 64 | u128::from(random.next());
            let shift = random.below(113) as u32;
            decimal_of(random.one_in(2), coefficient >> 15 >> shift, random.below(100) as i64 - 60)
        }
        _ => {
            let coefficient = u128::from(random.next()) << 64 | u128::from(random.next());
            decimal_of(random.one_in(2), coefficient >> 15, random.below(12_288) as i64 - 6176)
        }
    }
}

/// A number equal or next to `other`, most often of another type.
pub(crate) fn number_like(random: &mut Random, other: &ValueBuf) -> ValueBuf {
    let near = match other.as_ref().view() {
        View::Int32(number) => f64::from(number),
        View::Int64(number) => match random.below(4) {
            0 => return int64(number.wrapping_add(random.below(3) as i64 - 1)),
            1 => return decimal(&number.to_string()),
            2 => return decimal(&format!("{number}.{}", random.below(3))),
            _ => number as f64,
        },
        View::Double(number) => number,
        View::Decimal128(bytes) => {
            let bits = u128::from_le_bytes(*bytes);
            if random.one_in(3) && bits >> 125 & 0b11 != 0b11 {
                // The next coefficient, or the same number with one more zero.
                let (coefficient, exponent) = (bits & ((1 << 113) - 1), (bits >> 113 & 0x3FFF) as i64 - 6176);
                let (negative, up) = (bits >> 127 == 1, random.below(2) as u128);
                return if up == 1 || coefficient > 10_u128.pow(33) {
                    decimal_of(negative, coefficient + up, exponent)
                } else {
                    decimal_of(negative, coefficient * 10, exponent - 1)
                };
            }
            bson::Decimal128::from_bytes(*bytes).to_string().parse().unwrap_or(0.0)
        }
        other => panic!("{other:?} is no number"),
    };
    match random.below(8) {
        0 => double(near),
        1 => double(near.next_up()),
        2 => double(near.next_down()),
        3 => int64(near as i64),
        4 => int32(near as i32),
        // The double's first 34 digits, rounded: the decimal next to it on either side, or itself.
        5 if near.is_finite() => decimal(&format!("{near:.33e}").replace('e', "E")),
        6 if near.is_finite() => decimal(&format!("{near:e}").replace('e', "E")),
        _ => decimal(&format!("{:.15e}", if near.is_finite() { near } else { 1.0 }).replace('e', "E")),
    }
}

fn text(random: &mut Random) -> Vec<u8> {
    if random.one_in(30) {
        return "long".repeat(random.below(40) as usize).into_bytes();
    }
    let letters = ["\0", "\u{1}", "\u{2}", "a", "b", "é", "\u{10FFFF}", "\u{7F}"];
    (0..random.below(4)).flat_map(|_| random.pick(&letters).bytes()).collect()
}

/// A text without NUL.
fn name(random: &mut Random) -> Vec<u8> {
    text(random).into_iter().filter(|&byte| byte != 0).collect()
}

fn string(tag: u8, text: &[u8]) -> ValueBuf {
    ValueBuf::new(tag, string_bytes(text))
}

fn string_bytes(text: &[u8]) -> Vec<u8> {
    let mut bytes = (text.len() as u32 + 1).to_le_bytes().to_vec();
    bytes.extend_from_slice(text);
    bytes.push(0);
    bytes
}

fn document_bytes(random: &mut Random, depth: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let start = write::begin(&mut out);
    for _ in 0..random.below(4) {
        let name = name(random);
        write::element(&mut out, &name, value(random, depth).as_ref());
    }
    write::end(&mut out, start);
    out
}

fn array_bytes(values: &[ValueBuf]) -> Vec<u8> {
    let mut out = Vec::new();
    let start = write::begin(&mut out);
    for (index, value) in values.iter().enumerate() {
        write::array_element(&mut out, index, value.as_ref());
    }
    write::end(&mut out, start);
    out
}

fn with_scope(code: &[u8], scope: &[u8]) -> ValueBuf {
    let code = string_bytes(code);
    let mut bytes = ((4 + code.len() + scope.len()) as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(&code);
    bytes.extend_from_slice(scope);
    ValueBuf::new(tag::JAVASCRIPT_WITH_SCOPE, bytes)
}

/// A value of any type, nested at most `depth` times.
pub(crate) fn value(random: &mut Random, depth: u32) -> ValueBuf {
    let kinds = if depth == 0 { 18 } else { 24 };
    match random.below(kinds) {
        0..=3 => number(random),
        4 => string(tag::STRING, &text(random)),
        5 => string(tag::SYMBOL, &text(random)),
        6 => ValueBuf::new(tag::NULL, []),
        7 => ValueBuf::new(random.pick(&[tag::UNDEFINED, tag::MIN_KEY, tag::MAX_KEY]), []),
        8 | 9 => {
            let bytes: Vec<u8> = (0..random.below(4)).map(|_| random.pick(&[0, 1, 0xFF])).collect();
            let mut all = (bytes.len() as u32).to_le_bytes().to_vec();
            all.push(random.pick(&[0, 4, 5, 0x80]));
            all.extend_from_slice(&bytes);
            ValueBuf::new(tag::BINARY, all)
        }
        10 => ValueBuf::new(tag::OBJECT_ID, [random.pick(&[0, 1, 0xFF]); 12]),
        11 => ValueBuf::new(tag::BOOLEAN, [random.below(2) as u8]),
        12 => ValueBuf::new(tag::DATE_TIME, random.pick(&INTEGERS).to_le_bytes()),
        13 => ValueBuf::new(tag::TIMESTAMP, random.pick(&INTEGERS).to_le_bytes()),
        14 => {
            let mut bytes = name(random);
            bytes.push(0);
            bytes.extend_from_slice(random.pick(&[&b""[..], b"i", b"im", b"m"]));
            bytes.push(0);
            ValueBuf::new(tag::REGEX, bytes)
        }
        15 => {
            let mut bytes = string_bytes(&text(random));
            bytes.extend_from_slice(&[random.pick(&[0, 1, 0xFF]); 12]);
            ValueBuf::new(tag::DB_POINTER, bytes)
        }
        16 => string(tag::JAVASCRIPT, &text(random)),
        17 if depth > 0 => with_scope(&text(random), &document_bytes(random, depth - 1)),
        17 => with_scope(&text(random), &[5, 0, 0, 0, 0]),
        18..=20 => ValueBuf::new(tag::DOCUMENT, document_bytes(random, depth - 1)),
        _ => {
            let values: Vec<ValueBuf> = (0..random.below(4)).map(|_| value(random, depth - 1)).collect();
            ValueBuf::new(tag::ARRAY, array_bytes(&values))
        }
    }
}

/// A value equal to `other`, or one that differs from it in a little.
pub(crate) fn value_like(random: &mut Random, other: &ValueBuf, depth: u32) -> ValueBuf {
    let other_ref = other.as_ref();
    match other_ref.view() {
        _ if random.one_in(4) => other.clone(),
        View::Double(_) | View::Int32(_) | View::Int64(_) | View::Decimal128(_) => number_like(random, other),
        View::String(bytes) | View::Symbol(bytes) => {
            let mut text = bytes.to_vec();
            match random.below(4) {
                0 => text.push(random.below(3) as u8),
                1 => while text.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {},
                _ => {}
            }
            string(random.pick(&[tag::STRING, tag::SYMBOL]), &text)
        }
        View::Document(document) => {
            let mut out = Vec::new();
            let start = write::begin(&mut out);
            let length = document.len() as u64;
            let changed = random.below(length + 2);
            for (index, element) in document.elements().enumerate() {
                let like = (index as u64 == changed && depth > 0).then(|| {
                    let nested = element.value.to_owned();
                    value_like(random, &nested, depth - 1)
                });
                let value: ValueRef<'_> = like.as_ref().map_or(element.value, ValueBuf::as_ref);
                write::element(&mut out, element.name, value);
            }
            if changed == length {
                write::element(&mut out, &name(random), value(random, 0).as_ref());
            }
            write::end(&mut out, start);
            ValueBuf::new(tag::DOCUMENT, out)
        }
        View::Array(array) => {
            let mut values: Vec<ValueBuf> = array.values().map(ValueRef::to_owned).collect();
            let changed = random.below(values.len() as u64 + 2) as usize;
            if changed < values.len() && depth > 0 {
                values[changed] = value_like(random, &values[changed].clone(), depth - 1);
            } else if changed == values.len() {
                values.push(value(random, 0));
            }
            ValueBuf::new(tag::ARRAY, array_bytes(&values))
        }
        _ => value(random, depth),
    }
}
