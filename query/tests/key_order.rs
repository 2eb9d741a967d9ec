//! Key bytes against BSON order, over random pairs of every type.
//!
//! `ANSER_KEY_PAIRS` sets how many pairs (200,000 when unset), `ANSER_KEY_SEED` repeats a run. Numbers are
//! also held to an oracle of their own: exact decimal digits, written without looking at key or order.

mod random_value;

use anser_query::value::{ValueBuf, ValueRef, key, order};
use random_value::{Random, number, number_like, value, value_like};
use std::cmp::Ordering;

fn pairs() -> u64 {
    std::env::var("ANSER_KEY_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000)
}

fn random() -> Random {
    let seed = std::env::var("ANSER_KEY_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |elapsed| elapsed.as_nanos() as u64)
    });
    println!("ANSER_KEY_SEED={seed}");
    Random::new(seed)
}

/// Pairs that are near each other more often than chance would have it.
fn pair(random: &mut Random) -> (ValueBuf, ValueBuf) {
    let left = value(random, 3);
    let right = if random.one_in(2) { value_like(random, &left, 3) } else { value(random, 3) };
    (left, right)
}

fn key_of(value: ValueRef<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    key::encode(value, &mut out);
    out
}

fn descending_key_of(value: ValueRef<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    key::encode_descending(value, &mut out);
    out
}

#[test]
fn keys_order_as_values_and_none_begins_another() {
    let mut random = random();
    let mut equal = 0;
    for _ in 0..pairs() {
        let (left, right) = pair(&mut random);
        let expected = order::compare(left.as_ref(), right.as_ref());
        let (left_key, right_key) = (key_of(left.as_ref()), key_of(right.as_ref()));
        assert_eq!(
            left_key.cmp(&right_key),
            expected,
            "{left:?} and {right:?}: {left_key:x?} {right_key:x?}"
        );
        if expected == Ordering::Equal {
            equal += 1;
        } else {
            assert!(
                !left_key.starts_with(&right_key) && !right_key.starts_with(&left_key),
                "one begins the other: {left:?} and {right:?}"
            );
        }
        let (left_down, right_down) = (descending_key_of(left.as_ref()), descending_key_of(right.as_ref()));
        assert_eq!(left_down.cmp(&right_down), expected.reverse(), "descending: {left:?} and {right:?}");
    }
    assert!(equal > pairs() / 100, "the pairs should meet often: {equal} of {} were equal", pairs());
}

#[test]
fn concatenated_keys_order_part_by_part() {
    let mut random = random();
    for _ in 0..pairs() / 2 {
        let (first_left, first_right) = pair(&mut random);
        let (second_left, second_right) = pair(&mut random);
        let first = order::compare(first_left.as_ref(), first_right.as_ref());
        let second = order::compare(second_left.as_ref(), second_right.as_ref());
        let expected = first.reverse().then(second);
        let join = |one: &ValueBuf, two: &ValueBuf| {
            let mut out = descending_key_of(one.as_ref());
            key::encode(two.as_ref(), &mut out);
            out
        };
        let (left, right) = (join(&first_left, &second_left), join(&first_right, &second_right));
        assert_eq!(
            left.cmp(&right),
            expected,
            "{first_left:?}, {second_left:?} and {first_right:?}, {second_right:?}"
        );
        let length = descending_key_of(first_left.as_ref()).len();
        assert_eq!(key::part_length_descending(&left), Some(length), "{first_left:?}");
        assert_eq!(key::part_length(&left[length..]), Some(left.len() - length), "{second_left:?}");
    }
}

#[test]
fn key_and_remainder_give_back_the_exact_value() {
    let mut random = random();
    for _ in 0..pairs() / 2 {
        let (first, second) = pair(&mut random);
        let mut bytes = key_of(first.as_ref());
        key::encode_descending(second.as_ref(), &mut bytes);
        let mut remainder = Vec::new();
        key::remainder(first.as_ref(), &mut remainder);
        key::remainder(second.as_ref(), &mut remainder);
        if random.one_in(2) {
            key::trim_remainder(&mut remainder, 0);
        }
        let (mut key_rest, mut remainder_rest) = (&bytes[..], &remainder[..]);
        let mut out = Vec::new();
        let tag = key::decode(&mut key_rest, &mut remainder_rest, &mut out).expect("a key");
        assert_eq!(ValueRef { tag, bytes: &out }, first.as_ref());
        out.clear();
        let tag = key::decode_descending(&mut key_rest, &mut remainder_rest, &mut out).expect("a key");
        assert_eq!(ValueRef { tag, bytes: &out }, second.as_ref());
        assert!(key_rest.is_empty() && remainder_rest.is_empty(), "everything was read");
    }
}

#[test]
fn number_keys_order_as_exact_decimal_digits() {
    let mut random = random();
    let mut equal = 0;
    for _ in 0..pairs() / 4 {
        let left = number(&mut random);
        let right = if random.one_in(2) { number_like(&mut random, &left) } else { number(&mut random) };
        let expected = exact::Number::of(&left).compare(&exact::Number::of(&right));
        equal += u64::from(expected == Ordering::Equal);
        let (left_key, right_key) = (key_of(left.as_ref()), key_of(right.as_ref()));
        assert_eq!(
            left_key.cmp(&right_key),
            expected,
            "{left:?} and {right:?}: {left_key:x?} {right_key:x?}"
        );
    }
    assert!(equal > pairs() / 400, "the numbers should meet often: {equal} were equal");
}

#[test]
fn broken_keys_never_panic() {
    let mut random = random();
    for _ in 0..pairs() / 4 {
        let mut bytes = key_of(value(&mut random, 3).as_ref());
        for _ in 0..random.below(3) + 1 {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] = random.next() as u8;
        }
        bytes.truncate(random.below(bytes.len() as u64 + 1) as usize);
        let remainder: Vec<u8> = (0..random.below(4)).map(|_| random.below(5) as u8).collect();
        let mut out = Vec::new();
        let decoded = key::decode(&mut &bytes[..], &mut &remainder[..], &mut out);
        if let Some(tag) = decoded {
            let mut again = Vec::new();
            key::encode(ValueRef { tag, bytes: &out }, &mut again);
        }
        let _ = key::part_length_descending(&bytes);
    }
}

/// `ANSER_KEY_TIMING=1 cargo test --release -p anser-query --test key_order timing -- --nocapture`
#[test]
fn timing_of_common_keys() {
    if std::env::var_os("ANSER_KEY_TIMING").is_none() {
        return;
    }
    let values: [(&str, bson::Bson); 8] = [
        ("int32 5", 5.into()),
        ("int32 300", 300.into()),
        ("int64 2^53+1", 9_007_199_254_740_993_i64.into()),
        ("double 12.34", 12.34.into()),
        ("Decimal 12.34", bson::Bson::Decimal128("12.34".parse().expect("a decimal"))),
        ("ObjectId", bson::oid::ObjectId::new().into()),
        ("string email, 22 bytes", "ada.lovelace@mail.test".into()),
        ("document {a: 1, b: \"x\"}", bson::doc! { "a": 1, "b": "x" }.into()),
    ];
    for (name, bson) in values {
        let value = ValueBuf::try_from(&bson).expect("a value");
        let mut out = Vec::with_capacity(64);
        let rounds = 10_000_000_u32;
        let start = std::time::Instant::now();
        for _ in 0..rounds {
            out.clear();
            key::encode(std::hint::black_box(value.as_ref()), &mut out);
            std::hint::black_box(&out);
        }
        let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(rounds);
        println!("{name}: {each:.1} ns, {} bytes", out.len());
    }
}

/// Numbers as decimal digits, exactly: a double is a sum of powers of two, and those have finite decimals.
mod exact {
    use anser_query::value::{ValueBuf, View};
    use std::cmp::Ordering;

    #[derive(Debug)]
    pub(crate) enum Number {
        Nan,
        Infinite(bool),
        /// Sign, the power of ten of the first digit, and the digits without zeros at either end.
        Finite {
            negative: bool,
            first: i64,
            digits: String,
        },
    }

    impl Number {
        pub(crate) fn of(value: &ValueBuf) -> Number {
            match value.as_ref().view() {
                View::Int32(number) => Number::from_text(&number.to_string()),
                View::Int64(number) => Number::from_text(&number.to_string()),
                View::Double(number) if number.is_nan() => Number::Nan,
                View::Double(number) if number.is_infinite() => Number::Infinite(number < 0.0),
                // All the digits that a double can have: no rounding takes place.
                View::Double(number) => Number::from_text(&format!("{number:.1100}")),
                View::Decimal128(bytes) => {
                    Number::from_text(&bson::Decimal128::from_bytes(*bytes).to_string())
                }
                other => panic!("{other:?} is no number"),
            }
        }

        fn from_text(text: &str) -> Number {
            let (negative, rest) = match text.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, text),
            };
            match rest {
                "NaN" => return Number::Nan,
                "Infinity" => return Number::Infinite(negative),
                _ => {}
            }
            let (number, power) = rest.split_once(['E', 'e']).unwrap_or((rest, "0"));
            let power: i64 = power.parse().expect("an exponent");
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let all = format!("{whole}{fraction}");
            let digits = all.trim_start_matches('0');
            let leading = (all.len() - digits.len()) as i64;
            let first = whole.len() as i64 - 1 - leading + power;
            Number::Finite { negative, first, digits: digits.trim_end_matches('0').into() }
        }

        pub(crate) fn compare(&self, other: &Number) -> Ordering {
            self.rank().cmp(&other.rank()).then_with(|| match (self, other) {
                (
                    Number::Finite { negative, first, digits },
                    Number::Finite { first: other_first, digits: other_digits, .. },
                ) => {
                    let magnitudes = first.cmp(other_first).then_with(|| digits.cmp(other_digits));
                    match (digits.is_empty(), negative) {
                        (true, _) => Ordering::Equal,
                        (false, true) => magnitudes.reverse(),
                        (false, false) => magnitudes,
                    }
                }
                _ => Ordering::Equal,
            })
        }

        fn rank(&self) -> i8 {
            match self {
                Number::Nan => 0,
                Number::Infinite(true) => 1,
                Number::Finite { negative: true, digits, .. } if !digits.is_empty() => 2,
                Number::Finite { digits, .. } if digits.is_empty() => 3,
                Number::Finite { .. } => 4,
                Number::Infinite(false) => 5,
            }
        }
    }
}
