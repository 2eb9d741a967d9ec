//! Widening arithmetic and conversions.
mod awkward;

use anser_query::value::{Decimal, Number};
use awkward::Awkward;

fn decimal(text: &str) -> Number {
    Number::Decimal(text.parse::<bson::Decimal128>().expect("a number").bytes())
}

/// The number with its type, decimals with every digit they keep.
fn shown(number: Option<Number>) -> String {
    match number {
        None => "overflow".into(),
        Some(Number::Int32(number)) => format!("int {number}"),
        Some(Number::Int64(number)) => format!("long {number}"),
        Some(Number::Double(number)) => format!("double {number:?}"),
        Some(Number::Decimal(bytes)) => format!("decimal {}", bson::Decimal128::from_bytes(bytes)),
    }
}

#[test]
fn integers_widen_and_then_overflow() {
    use Number::{Int32, Int64};
    assert_eq!(shown(Int32(1).add(Int32(2))), "int 3");
    assert_eq!(shown(Int32(i32::MAX).add(Int32(1))), "long 2147483648");
    assert_eq!(shown(Int32(i32::MIN).multiply(Int32(-1))), "long 2147483648");
    assert_eq!(shown(Int32(1).add(Int64(2))), "long 3");
    assert_eq!(shown(Int64(i64::MAX).add(Int32(1))), "overflow");
    assert_eq!(shown(Int64(i64::MIN).multiply(Int64(-1))), "overflow");
}

#[test]
fn a_double_makes_the_result_a_double() {
    use Number::{Double, Int32, Int64};
    assert_eq!(shown(Int32(1).add(Double(0.5))), "double 1.5");
    assert_eq!(shown(Int64(i64::MAX).add(Double(1.0))), "double 9.223372036854776e18");
    assert_eq!(shown(Double(f64::MAX).multiply(Double(2.0))), "double inf");
}

#[test]
fn decimals_keep_the_exponent_ieee_754_prefers() {
    assert_eq!(shown(decimal("1.0").add(decimal("1.00"))), "decimal 2.00");
    assert_eq!(shown(decimal("1.0").multiply(decimal("1.00"))), "decimal 1.000");
    assert_eq!(shown(decimal("0.1").add(Number::Int32(3))), "decimal 3.1");
    assert_eq!(shown(decimal("1").add(Number::Int64(i64::MAX))), "decimal 9223372036854775808");
    assert_eq!(shown(decimal("-0").multiply(Number::Int32(5))), "decimal -0");
    assert_eq!(shown(decimal("Infinity").add(decimal("-Infinity"))), "decimal NaN");
    assert_eq!(shown(decimal("-Infinity").add(Number::Int32(1))), "decimal -Infinity");
    assert_eq!(shown(decimal("9E6144").multiply(decimal("10"))), "decimal Infinity");
}

#[test]
fn decimals_round_to_34_digits_half_to_even() {
    let nines = "9999999999999999999999999999999999";
    assert_eq!(
        shown(decimal(nines).add(Number::Int32(1))),
        "decimal 1.000000000000000000000000000000000E+34"
    );
    let even = "1000000000000000000000000000000000";
    assert_eq!(shown(decimal(even).add(decimal("0.5"))), format!("decimal {even}"));
    let odd = "1000000000000000000000000000000001";
    assert_eq!(shown(decimal(odd).add(decimal("0.5"))), "decimal 1000000000000000000000000000000002");
}

#[test]
fn a_double_meets_a_decimal_with_15_digits() {
    assert_eq!(shown(Number::Double(1.5).add(decimal("2.5"))), "decimal 4.00000000000000");
    assert_eq!(shown(Number::Double(1.5).multiply(decimal("2.0"))), "decimal 3.000000000000000");
    assert_eq!(shown(Number::Double(0.1).add(decimal("0"))), "decimal 0.100000000000000");
    let rounded = |number: f64| shown(Some(Number::Decimal(Number::Double(number).to_decimal().encode())));
    assert_eq!(rounded(-1e300), "decimal -1.00000000000000E+300");
    assert_eq!(rounded(999_999_999_999_999.9), "decimal 1.00000000000000E+15");
    assert_eq!(rounded(5e-324), "decimal 4.94065645841247E-324");
    assert_eq!(rounded(-0.0), "decimal -0");
    assert_eq!(shown(Number::Double(0.0).add(decimal("1"))), "decimal 1");
    assert_eq!(shown(Number::Double(f64::NAN).add(decimal("1"))), "decimal NaN");
}

#[test]
fn whole_numbers_are_integers_in_every_type() {
    for number in [Number::Int32(3), Number::Int64(3), Number::Double(3.0), decimal("3.00"), decimal("0.3E1")]
    {
        assert_eq!(number.as_i64_exact(), Some(3), "{number:?}");
    }
    for number in [
        Number::Double(3.5),
        Number::Double(f64::NAN),
        Number::Double(9_223_372_036_854_775_808.0),
        decimal("3.1"),
        decimal("1E-6176"),
        decimal("1E+6111"),
        decimal("9223372036854775808"),
        decimal("NaN"),
        decimal("Infinity"),
    ] {
        assert_eq!(number.as_i64_exact(), None, "{number:?}");
    }
    assert_eq!(decimal("-9223372036854775808").as_i64_exact(), Some(i64::MIN));
    assert_eq!(Number::Double(-9_223_372_036_854_775_808.0).as_i64_exact(), Some(i64::MIN));
    assert_eq!(decimal("0E+6000").as_i64_exact(), Some(0));
}

#[test]
fn fractions_are_cut_towards_zero() {
    assert_eq!(Number::Double(-3.9).truncated(), Some(-3));
    assert_eq!(decimal("-3.9").truncated(), Some(-3));
    assert_eq!(decimal("9E-6000").truncated(), Some(0));
    assert_eq!(decimal("0E+6000").truncated(), Some(0));
    assert_eq!(decimal("9223372036854775807.9").truncated(), Some(i64::MAX));
    for beyond in [decimal("9223372036854775808"), decimal("1E+40"), decimal("NaN"), Number::Double(1e19)] {
        assert_eq!(beyond.truncated(), None, "{beyond:?}");
    }
}

#[test]
fn every_decimal_survives_being_taken_apart() {
    let mut source = Awkward::new(13);
    for _ in 0..20_000 {
        let high = u128::from(source.number()) << 64;
        let bytes = (high | u128::from(source.number())).to_le_bytes();
        let decimal = Decimal::decode(bytes);
        assert_eq!(Decimal::decode(decimal.encode()), decimal);
        assert_eq!(Decimal::from_dec(decimal.to_dec()), decimal);
        // The nearest double, as the standard library reads the decimal's text.
        let expected: f64 = bson::Decimal128::from_bytes(bytes).to_string().parse().expect("a number");
        let found = decimal.as_f64();
        assert!(expected.to_bits() == found.to_bits() || expected.is_nan() && found.is_nan(), "{decimal:?}");
    }
    let one = Decimal::decode(decimal_bytes("1"));
    assert_eq!(one, Decimal::Finite { negative: false, coefficient: 1, exponent: 0 });
}

fn decimal_bytes(text: &str) -> [u8; 16] {
    text.parse::<bson::Decimal128>().expect("a number").bytes()
}
