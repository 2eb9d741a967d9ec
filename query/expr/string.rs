//! Strings: joined, cut, searched and replaced, by bytes and by code points.
//!
//! The invariant: a string stays UTF-8; a cut within a code point is an error.

use super::array::{int32_of, position};
use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Named, Operator};
use super::value::{Builder, Value, check_bytes, is_nullish, number, type_name};
use super::{Answer, date, decimal, error, type_conversion};
use crate::error::Result;
use crate::value::{Decimal, Number, View};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$concat", arguments: Arguments::Between(0, usize::MAX), run: concat },
    Operator { name: "$indexOfBytes", arguments: Arguments::Between(2, 4), run: index_of_bytes },
    Operator { name: "$indexOfCP", arguments: Arguments::Between(2, 4), run: index_of_code_points },
    Operator { name: "$ltrim", arguments: Arguments::Named(&TRIM), run: trim_left },
    Operator { name: "$replaceAll", arguments: Arguments::Named(&REPLACE), run: replace_all },
    Operator { name: "$replaceOne", arguments: Arguments::Named(&REPLACE), run: replace_one },
    Operator { name: "$rtrim", arguments: Arguments::Named(&TRIM), run: trim_right },
    Operator { name: "$split", arguments: Arguments::Between(2, 2), run: split },
    Operator { name: "$strLenBytes", arguments: Arguments::Between(1, 1), run: length_in_bytes },
    Operator { name: "$strLenCP", arguments: Arguments::Between(1, 1), run: length_in_code_points },
    Operator { name: "$strcasecmp", arguments: Arguments::Between(2, 2), run: compare_any_case },
    Operator { name: "$substr", arguments: Arguments::Between(3, 3), run: substring_of_bytes },
    Operator { name: "$substrBytes", arguments: Arguments::Between(3, 3), run: substring_of_bytes },
    Operator { name: "$substrCP", arguments: Arguments::Between(3, 3), run: substring_of_code_points },
    Operator { name: "$toLower", arguments: Arguments::Between(1, 1), run: to_lower },
    Operator { name: "$toUpper", arguments: Arguments::Between(1, 1), run: to_upper },
    Operator { name: "$trim", arguments: Arguments::Named(&TRIM), run: trim },
];

/// The text of a string, or an error.
pub(super) fn text_of<'v>(value: &'v Option<Value<'_>>, code: i32, what: &str) -> Result<&'v str> {
    value
        .as_ref()
        .and_then(|value| value.as_ref().as_str())
        .ok_or_else(|| error(code, format!("{what} must be a string, found: {}", type_name(value))))
}

/// What an operator that takes nearly anything reads as text: nothing as "", numbers and times as shown.
fn coerced(value: &Option<Value<'_>>, name: &str) -> Result<String> {
    let Some(value) = value else { return Ok(String::new()) };
    let shown = match value.view() {
        View::Null | View::Undefined => Some(String::new()),
        View::String(bytes) | View::Symbol(bytes) | View::JavaScript(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        View::DateTime(milliseconds) => Some(date::shown(milliseconds)?),
        View::Timestamp { time, increment } => Some(date::shown_timestamp(time, increment)),
        View::Double(double) => Some(shown_double(double)),
        _ => Number::of(value.as_ref()).map(type_conversion::shown_number),
    };
    let found = crate::value::kind::type_name(value.tag());
    shown.ok_or_else(|| error(16007, format!("{name}: can't convert from BSON type {found} to String")))
}

/// A double in six digits, as C's `%g` has it.
fn shown_double(double: f64) -> String {
    if !double.is_finite() {
        let magnitude = if double.is_nan() { "nan" } else { "inf" };
        return if double == f64::NEG_INFINITY { "-inf".into() } else { magnitude.into() };
    }
    let scientific = format!("{double:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let without_zeros = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..6).contains(&exponent) {
        let places = usize::try_from(5 - exponent).unwrap_or(0);
        return without_zeros(&format!("{double:.places$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

/// A number as int64: decimals are rounded, other fractions cut, and what is beyond ends at the bounds.
fn long_of(number: Number) -> i64 {
    match number {
        Number::Decimal(bytes) => {
            let rounded = decimal::rounded(Decimal::decode(bytes), 0, dec::Rounding::HalfEven);
            rounded.truncated().unwrap_or(i64::MIN)
        }
        number if number.is_nan() => 0,
        number => number.truncated().unwrap_or(if number.as_f64() < 0.0 { i64::MIN } else { i64::MAX }),
    }
}

fn concat<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut out = String::new();
    for index in 0..call.arguments.len() {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        let text = value.as_ref().and_then(|value| value.as_ref().as_str()).ok_or_else(|| {
            error(16702, format!("$concat only supports strings, not {}", type_name(&value)))
        })?;
        check_bytes(out.len() + text.len())?;
        out.push_str(text);
    }
    Ok(Some(Value::string(&out)))
}

fn length_in_bytes<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    Ok(Some(Value::count(text_of(&value, 34473, "$strLenBytes' argument")?.len())))
}

fn length_in_code_points<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    Ok(Some(Value::count(text_of(&value, 34471, "$strLenCP's argument")?.chars().count())))
}

/// Where to search: from, up to.
fn bounds<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Result<(usize, usize)> {
    let from = if call.has(2) { position(&call.argument(2, scope)?, call.name())? } else { 0 };
    let to = if call.has(3) { position(&call.argument(3, scope)?, call.name())? } else { usize::MAX };
    Ok((from, to))
}

fn index_of_bytes<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let text = text_of(&value, 40091, "$indexOfBytes' first argument")?.as_bytes();
    let wanted = call.argument(1, scope)?;
    let wanted = text_of(&wanted, 40092, "$indexOfBytes' second argument")?.as_bytes();
    let (from, to) = bounds(call, scope)?;
    let within = text.get(..to.min(text.len())).and_then(|text| text.get(from..));
    let found = within.and_then(|within| memchr::memmem::find(within, wanted));
    Ok(Some(found.map_or(Value::int32(-1), |at| Value::count(from + at))))
}

fn index_of_code_points<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let text = text_of(&value, 40093, "$indexOfCP's first argument")?;
    let wanted = call.argument(1, scope)?;
    let wanted = text_of(&wanted, 40094, "$indexOfCP's second argument")?;
    let (from, to) = bounds(call, scope)?;
    let start = byte_of(text, from);
    let end = byte_of(text, to).unwrap_or(text.len());
    let within = start.and_then(|start| text.get(start..end));
    let found = within.and_then(|within| Some((within, within.find(wanted)?)));
    Ok(Some(match found {
        Some((within, at)) => Value::count(from + within[..at].chars().count()),
        None => Value::int32(-1),
    }))
}

/// The byte at which the code point `index` begins; the end counts as one.
fn byte_of(text: &str, index: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index)
}

fn compare_any_case<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let left = coerced(&call.argument(0, scope)?, "$strcasecmp")?.to_ascii_uppercase();
    let right = coerced(&call.argument(1, scope)?, "$strcasecmp")?.to_ascii_uppercase();
    Ok(Some(Value::int32(left.cmp(&right) as i32)))
}

fn to_lower<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let text = coerced(&call.argument(0, scope)?, "$toLower")?;
    Ok(Some(Value::string(&text.to_ascii_lowercase())))
}

fn to_upper<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let text = coerced(&call.argument(0, scope)?, "$toUpper")?;
    Ok(Some(Value::string(&text.to_ascii_uppercase())))
}

fn substring_of_bytes<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let (start, length) = (call.argument(1, scope)?, call.argument(2, scope)?);
    let name = call.name();
    let text = coerced(&value, name)?;
    let whole = |value: &Option<Value<'_>>, code: i32, what: &str| {
        number(value).map(long_of).ok_or_else(|| {
            error(code, format!("{name}: {what} must be a numeric type, is {}", type_name(value)))
        })
    };
    let start = whole(&start, 16034, "starting index")?;
    let length = whole(&length, 16035, "length")?;
    let start = usize::try_from(start)
        .map_err(|_| error(50752, format!("{name}: starting index must be non-negative (got: {start})")))?;
    let bytes = text.as_bytes();
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    if continues(start) {
        return Err(error(
            28656,
            format!("{name}: Invalid range, starting index is a UTF-8 continuation byte."),
        ));
    }
    let end = match usize::try_from(length) {
        Ok(length) => start.saturating_add(length),
        Err(_) => usize::MAX,
    };
    if continues(end) {
        let message = format!("{name}: Invalid range, ending index is in the middle of a UTF-8 character.");
        return Err(error(28657, message));
    }
    Ok(Some(Value::string(text.get(start..end.min(text.len())).unwrap_or_default())))
}

fn substring_of_code_points<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    let (start, length) = (call.argument(1, scope)?, call.argument(2, scope)?);
    let text = coerced(&value, "$substrCP")?;
    let whole = |value: &Option<Value<'_>>, not_numeric: i32, not_int: i32, what: &str| {
        if number(value).is_none() {
            let message = format!("$substrCP: {what} must be a numeric type, is {}", type_name(value));
            return Err(error(not_numeric, message));
        }
        int32_of(value).ok_or_else(|| {
            error(not_int, format!("$substrCP: {what} cannot be represented as a 32-bit integral value"))
        })
    };
    let start = whole(&start, 34450, 34451, "starting index")?;
    let length = whole(&length, 34452, 34453, "length")?;
    let length = usize::try_from(length)
        .map_err(|_| error(34454, "$substrCP: length must be a nonnegative integer."))?;
    let start = usize::try_from(start)
        .map_err(|_| error(34455, "$substrCP: the starting index must be nonnegative integer."))?;
    let from = byte_of(&text, start).unwrap_or(text.len());
    let rest = &text[from..];
    let end = byte_of(rest, length).unwrap_or(rest.len());
    Ok(Some(Value::string(&rest[..end])))
}

fn split<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (value, separator) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&value) || is_nullish(&separator) {
        return Ok(Some(Value::NULL));
    }
    let text = text_of(&value, 40085, "$split's first argument")?;
    let mut out = Builder::array();
    let separator = text_of(&separator, 10503900, "$split's second argument")?;
    if separator.is_empty() {
        return Err(error(40087, "$split requires a non-empty separator"));
    }
    for piece in text.split(separator) {
        out.push(Value::string(piece).as_ref())?;
    }
    out.finish().map(Some)
}

const TRIM: Named =
    Named { fields: &[("input", Some(50695)), ("chars", None)], not_a_document: 50696, unknown: 50694 };

/// What `$trim` takes away when nothing is said.
fn is_blank(sign: char) -> bool {
    matches!(
        sign,
        '\0' | ' ' | '\t' | '\n' | '\x0B' | '\x0C' | '\r' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}'
    )
}

fn trimmed<'a>(call: &'a Call, scope: &Scope<'_, 'a>, left: bool, right: bool) -> Answer<'a> {
    let (value, signs) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let mut text = text_of(&value, 50699, &format!("{}'s input", call.name()))?;
    if call.has(1) && is_nullish(&signs) {
        return Ok(Some(Value::NULL));
    }
    let signs = match call.has(1) {
        true => Some(text_of(&signs, 50700, &format!("{}'s chars", call.name()))?),
        false => None,
    };
    let goes = |sign: char| signs.map_or_else(|| is_blank(sign), |signs| signs.contains(sign));
    if left {
        text = text.trim_start_matches(goes);
    }
    if right {
        text = text.trim_end_matches(goes);
    }
    Ok(Some(Value::string(text)))
}

fn trim<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    trimmed(call, scope, true, true)
}

fn trim_left<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    trimmed(call, scope, true, false)
}

fn trim_right<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    trimmed(call, scope, false, true)
}

const REPLACE: Named = Named {
    fields: &[("input", Some(51749)), ("find", Some(51748)), ("replacement", Some(51747))],
    not_a_document: 51751,
    unknown: 51750,
};

fn replaced<'a>(call: &'a Call, scope: &Scope<'_, 'a>, all: bool) -> Answer<'a> {
    let (input, find) = (call.argument(0, scope)?, call.argument(1, scope)?);
    let replacement = call.argument(2, scope)?;
    let name = call.name();
    let checked = |value: &Option<Value<'_>>, code: i32, what: &str| match value {
        value if is_nullish(value) => Ok(()),
        value => text_of(value, code, &format!("{name}'s '{what}'")).map(drop),
    };
    checked(&input, 10503904, "input")?;
    checked(&find, 10503901, "find")?;
    checked(&replacement, 10503902, "replacement")?;
    if is_nullish(&input) || is_nullish(&find) || is_nullish(&replacement) {
        return Ok(Some(Value::NULL));
    }
    let text = text_of(&input, 10503904, "input")?;
    let with = text_of(&replacement, 10503902, "replacement")?;
    let find = text_of(&find, 10503901, "find")?;
    let most = if all { usize::MAX } else { 1 };
    let times =
        if find.is_empty() { text.chars().count() + 1 } else { text.matches(find).take(most).count() };
    check_bytes(text.len().saturating_add(times.min(most).saturating_mul(with.len())))?;
    Ok(Some(Value::string(&text.replacen(find, with, most))))
}

fn replace_one<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    replaced(call, scope, false)
}

fn replace_all<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    replaced(call, scope, true)
}
