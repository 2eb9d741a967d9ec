//! The laws of BSON order, held over awkward values.
mod awkward;

use anser_query::value::{DocumentRef, Number, ValueBuf, equal, order, tag, validate};
use awkward::Awkward;
use std::cmp::Ordering;

fn compare(left: &ValueBuf, right: &ValueBuf) -> Ordering {
    order::compare(left.as_ref(), right.as_ref())
}

/// Sorts by an insertion that trusts nothing, then holds every pair to the places: a total preorder passes.
fn assert_total(values: &mut [ValueBuf]) {
    values.sort_by(compare);
    let mut class = Vec::with_capacity(values.len());
    for at in 0..values.len() {
        let rises = at > 0 && compare(&values[at - 1], &values[at]) == Ordering::Less;
        class.push(class.last().map_or(0, |last| last + usize::from(rises)));
    }
    for (left_class, left) in class.iter().zip(values.iter()) {
        for (right_class, right) in class.iter().zip(values.iter()) {
            let expected = left_class.cmp(right_class);
            assert_eq!(compare(left, right), expected, "{left:?} against {right:?}");
            let is_equal = equal::equal(left.as_ref(), right.as_ref());
            assert_eq!(is_equal, expected == Ordering::Equal, "{left:?} equal to {right:?}");
        }
    }
}

#[test]
fn the_awkward_pool_is_totally_ordered() {
    assert_total(&mut awkward::pool());
}

#[test]
fn random_nested_values_are_totally_ordered() {
    let seed = 20_240_607;
    let mut source = Awkward::new(seed);
    for _ in 0..4 {
        let mut values: Vec<_> = (0..400).map(|_| source.value(3)).collect();
        assert_total(&mut values);
    }
}

/// The exact decimal digits of a number, by string arithmetic that shares nothing with the code under test.
fn exact_digits(number: Number) -> Option<(bool, Vec<u8>, i64)> {
    let text = match number {
        Number::Int32(number) => number.to_string(),
        Number::Int64(number) => number.to_string(),
        // Rust prints a double's exact value when asked for enough digits.
        Number::Double(number) if number.is_finite() => format!("{number:.1100}"),
        Number::Double(_) => return None,
        Number::Decimal(bytes) => bson::Decimal128::from_bytes(bytes).to_string(),
    };
    let (negative, text) = text.strip_prefix('-').map_or((false, &*text), |rest| (true, rest));
    let (digits, exponent) = text.split_once('E').unwrap_or((text, "0"));
    let mut exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    exponent -= fraction.len() as i64;
    let mut digits: Vec<u8> =
        whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0').collect();
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    while digits.last() == Some(&b'0') {
        digits.pop();
        exponent += 1;
    }
    let top = exponent + digits.len() as i64;
    Some((negative, digits, top))
}

fn compare_digits(left: &(bool, Vec<u8>, i64), right: &(bool, Vec<u8>, i64)) -> Ordering {
    let sign = |(negative, digits, _): &(bool, Vec<u8>, i64)| match (digits.is_empty(), negative) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    };
    let order = sign(left).cmp(&sign(right));
    if order != Ordering::Equal || sign(left) == 0 {
        return order;
    }
    // Digits without zeros at either end: the longer of two that agree is the larger.
    let magnitude = left.2.cmp(&right.2).then_with(|| left.1.cmp(&right.1));
    if left.0 { magnitude.reverse() } else { magnitude }
}

#[test]
fn numbers_compare_by_their_exact_digits() {
    let mut source = Awkward::new(7);
    let random = (0..200).map(|_| source.value(0)).collect::<Vec<_>>();
    let known: Vec<_> = awkward::numbers()
        .iter()
        .chain(&random)
        .filter_map(|value| Number::of(value.as_ref()))
        .filter_map(|number| Some((number, exact_digits(number)?)))
        .collect();
    assert!(known.len() > 300);
    for (left, left_digits) in &known {
        for (right, right_digits) in &known {
            assert_eq!(left.compare(*right), compare_digits(left_digits, right_digits), "{left:?} {right:?}");
        }
    }
}

#[test]
fn values_too_deep_to_walk_are_ordered_all_the_same() {
    let mut bytes = DocumentRef::EMPTY.as_bytes().to_vec();
    for _ in 0..20_000 {
        let mut outer = Vec::new();
        let start = anser_query::value::write::begin(&mut outer);
        anser_query::value::write::header(&mut outer, tag::ARRAY, b"0");
        outer.extend_from_slice(&bytes[..0]);
        let value = std::mem::take(&mut bytes);
        outer.extend_from_slice(&value);
        anser_query::value::write::end(&mut outer, start);
        bytes = outer;
    }
    let deep = ValueBuf::new(tag::ARRAY, bytes);
    assert_eq!(compare(&deep, &deep.clone()), Ordering::Equal);
    let shallow = ValueBuf::new(tag::ARRAY, DocumentRef::EMPTY.as_bytes());
    assert_eq!(compare(&deep, &shallow), Ordering::Greater);
    assert!(validate(deep.as_ref().bytes).is_err());
}

#[test]
fn random_documents_are_valid_and_no_broken_copy_of_one_panics() {
    let mut source = Awkward::new(11);
    for _ in 0..300 {
        let document = source.document(3);
        validate(&document).expect("a written document is valid");
        for _ in 0..50 {
            let mut broken = document.clone();
            let at = source.below(broken.len());
            broken[at] = source.number() as u8;
            let cut = broken.len() - source.below(broken.len().min(3));
            broken.truncate(cut);
            if let Ok(document) = validate(&broken) {
                // What passes can be walked to its end and decoded by another reader.
                let mut elements = document.elements();
                while elements.next().is_some() {}
                assert!(elements.rest().is_empty(), "{broken:?}");
            }
            let _ = order::compare_documents(DocumentRef::new(&broken), DocumentRef::new(&document));
        }
    }
}
