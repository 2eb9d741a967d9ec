//! What the rules of expressions promise, beyond what single operators say in their own files.

use super::{Environment, Expression, parse};
use crate::context::Context;
use crate::value::DocumentRef;
use bson::{Bson, RawDocumentBuf, bson, doc};

fn evaluate_in(document: &RawDocumentBuf, expression: Bson) -> Result<Option<Bson>, i32> {
    let spec = RawDocumentBuf::try_from(&doc! { "v": expression }).expect("the test's expression is BSON");
    let spec = DocumentRef::from(&spec).get(b"v").expect("the field is there");
    let context = Context::new(86_400_000, (86_400, 7));
    let parsed = Expression::parse(spec, &parse::Context::default()).map_err(|error| error.code().0)?;
    let environment = Environment::new(DocumentRef::from(document), &context);
    let value = parsed.evaluate(&environment).map_err(|error| error.code().0)?;
    Ok(value.map(|value| value.as_ref().to_bson()))
}

fn evaluate(expression: Bson) -> Result<Option<Bson>, i32> {
    evaluate_in(&bson::rawdoc! { "a": [{ "b": 1 }, { "b": 2 }, 3], "s": "text" }, expression)
}

#[test]
fn a_path_through_an_array_gives_the_values_there() {
    assert_eq!(evaluate(bson!("$a.b")), Ok(Some(bson!([1, 2]))));
    assert_eq!(evaluate(bson!("$a.0.b")), Ok(Some(bson!([]))));
    assert_eq!(evaluate(bson!("$s.b")), Ok(None));
}

#[test]
fn a_missing_field_leaves_objects_and_is_null_in_arrays() {
    assert_eq!(evaluate(bson!({ "x": "$none", "y": ["$none"] })), Ok(Some(bson!({ "y": [null] }))));
}

#[test]
fn an_integer_widens_before_it_overflows() {
    assert_eq!(evaluate(bson!({ "$add": [i32::MAX, 1] })), Ok(Some(Bson::Int64(2_147_483_648))));
    assert_eq!(
        evaluate(bson!({ "$multiply": [i64::MAX, 2] })),
        Ok(Some(Bson::Double(i64::MAX as f64 * 2.0)))
    );
    assert_eq!(evaluate(bson!({ "$abs": i64::MIN })), Err(28680));
}

#[test]
fn the_innermost_variable_of_a_name_is_meant() {
    let inner = bson!({ "$map": { "input": ["$$x"], "as": "x", "in": { "$concat": ["$$x", "!"] } } });
    let outer = bson!({ "$let": { "vars": { "x": "$s" }, "in": [inner, "$$x"] } });
    assert_eq!(evaluate(outer), Ok(Some(bson!([["text!"], "text"]))));
    assert_eq!(evaluate(bson!("$$x")), Err(17276));
    let current = bson!({ "$let": { "vars": { "CURRENT": { "z": 5 } }, "in": ["$z", "$$ROOT.s"] } });
    assert_eq!(evaluate(current), Ok(Some(bson!([5, "text"]))));
}

#[test]
fn what_fails_for_every_document_fails_when_it_is_parsed() {
    let spec = bson::rawdoc! { "v": { "$cond": [true, 1, { "$divide": [1, 0] }] } };
    let spec = DocumentRef::from(&spec).get(b"v").expect("the field is there");
    let refused = Expression::parse(spec, &parse::Context::default()).expect_err("1 / 0 is refused");
    assert_eq!(refused.code().0, 2);
}

#[test]
fn a_string_that_doubles_without_end_ends_with_an_error() {
    let doubling = bson!({ "$reduce": {
        "input": { "$range": [0, 100] }, "initialValue": "ab", "in": { "$concat": ["$$value", "$$value"] }
    } });
    assert_eq!(evaluate(doubling), Err(146));
}

#[test]
fn an_array_that_wraps_itself_without_end_ends_with_an_error() {
    let wrapping = bson!({ "$reduce": {
        "input": { "$range": [0, 100_000] }, "initialValue": [], "in": ["$$value"]
    } });
    assert_eq!(evaluate(wrapping), Err(15));
}

#[test]
fn an_expression_nested_too_deep_is_refused() {
    let mut deep = bson!("$s");
    for _ in 0..90 {
        deep = bson!({ "$not": [deep] });
    }
    assert_eq!(evaluate(deep.clone()), Ok(Some(Bson::Boolean(true))));
    for _ in 0..parse::DEPTH_MAX {
        deep = bson!({ "$not": [deep] });
    }
    assert_eq!(evaluate(deep), Err(15));
}

#[test]
fn operators_that_are_not_there_are_refused_by_name() {
    assert_eq!(evaluate(bson!({ "$nothing": 1 })), Err(168));
    assert_eq!(evaluate(bson!({ "$function": {} })), Err(238));
}

#[test]
fn a_day_has_the_hours_its_zone_gives_it() {
    let march = bson::DateTime::from_millis(1_743_289_200_000); // 2025-03-30 in Paris: 23 hours
    let next =
        bson!({ "$dateAdd": { "startDate": march, "unit": "day", "amount": 1, "timezone": "Europe/Paris" } });
    let expected = bson::DateTime::from_millis(1_743_289_200_000 + 23 * 3_600_000);
    assert_eq!(evaluate(next), Ok(Some(Bson::DateTime(expected))));
}

#[test]
fn a_match_is_where_pcre_finds_it() {
    let found = bson!({ "$regexFindAll": { "input": "né a1 b22\n", "regex": "([a-z])(\\d+?)(x)?$|é" } });
    let expected = bson!([
        { "match": "é", "idx": 1, "captures": [null, null, null] },
        { "match": "b22", "idx": 6, "captures": ["b", "22", null] }
    ]);
    assert_eq!(evaluate(found), Ok(Some(expected)));
}

#[test]
fn decimals_are_calculated_as_decimals() {
    let decimal = |text: &str| Bson::Decimal128(text.parse().expect("the test's decimal is one"));
    let expected = decimal("2.718281828459045235360287471352662");
    assert_eq!(evaluate(bson!({ "$exp": decimal("1") })), Ok(Some(expected)));
    let expected = decimal("0.8414709848078965066525023216302990");
    assert_eq!(evaluate(bson!({ "$sin": decimal("1") })), Ok(Some(expected)));
    let expected = decimal("0.7853981633974483096156608458198757");
    assert_eq!(evaluate(bson!({ "$atan": decimal("1") })), Ok(Some(expected)));
}

#[test]
fn binary_data_of_the_old_subtype_tell_their_length_twice() {
    let old = bson!({ "$convert": { "input": 1, "to": { "type": "binData", "subtype": 2 } } });
    let expected = bson::Binary { subtype: bson::spec::BinarySubtype::BinaryOld, bytes: vec![1, 0, 0, 0] };
    assert_eq!(evaluate(old), Ok(Some(Bson::Binary(expected))));
}

#[test]
fn every_operator_has_one_table_entry() {
    let mut names: Vec<_> = parse::operator_names().collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(names.iter().all(|name| name.starts_with('$')));
}
