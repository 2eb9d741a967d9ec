//! Conversions between types: `$convert`, its short forms, `$type`, `$isNumber`.
//!
//! The invariant: a conversion that cannot keep the value's meaning is ConversionFailure (241), never a guess.

use super::evaluate::{Call, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser};
use super::value::{Value, is_nullish, is_true, type_name};
use super::{Answer, date, error};
use crate::error::{Code, Error, Result};
use crate::value::{Decimal, Number, ValueRef, View, kind, tag};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$convert", arguments: Arguments::Named(&CONVERT), run: convert },
    Operator { name: "$isNumber", arguments: Arguments::Between(1, 1), run: is_number },
    Operator { name: "$toBool", arguments: Arguments::Own(parse_short), run: to_boolean },
    Operator { name: "$toDate", arguments: Arguments::Own(parse_short), run: to_date },
    Operator { name: "$toDecimal", arguments: Arguments::Own(parse_short), run: to_decimal },
    Operator { name: "$toDouble", arguments: Arguments::Own(parse_short), run: to_double },
    Operator { name: "$toInt", arguments: Arguments::Own(parse_short), run: to_int },
    Operator { name: "$toLong", arguments: Arguments::Own(parse_short), run: to_long },
    Operator { name: "$toObjectId", arguments: Arguments::Own(parse_short), run: to_object_id },
    Operator { name: "$toString", arguments: Arguments::Own(parse_short), run: to_string },
    Operator { name: "$toUUID", arguments: Arguments::Own(parse_short), run: to_uuid },
    Operator { name: "$type", arguments: Arguments::Between(1, 1), run: type_of },
];

const CONVERT: Named = Named {
    fields: &[
        ("input", Some(9)),
        ("to", Some(9)),
        ("onError", None),
        ("onNull", None),
        ("format", None),
        ("byteOrder", None),
    ],
    not_a_document: 9,
    unknown: 9,
};

fn parse_short(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let arguments = parser.positional(operand)?;
    if arguments.len() != 1 {
        let message = format!("{} requires a single argument, got {}", operator.name, arguments.len());
        return Err(error(50723, message));
    }
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn type_of<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    Ok(Some(Value::string(type_name(&value))))
}

fn is_number<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    Ok(Some(Value::boolean(value.is_some_and(|value| value.as_ref().is_number()))))
}

/// How text stands for binary data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Auto,
    Base64,
    Base64Url,
    Hex,
    Utf8,
    Uuid,
}

/// What to convert to.
#[derive(Clone, Copy)]
struct Target {
    tag: u8,
    subtype: u8,
    format: Option<Format>,
    big_endian: bool,
}

impl Target {
    fn of(tag: u8) -> Target {
        Target { tag, subtype: 0, format: None, big_endian: false }
    }
}

fn parse_failed(message: String) -> Error {
    Error::new(Code::FAILED_TO_PARSE, message)
}

/// The type that `to` names; `None` for null.
fn target_type(to: &Option<Value<'_>>) -> Result<Option<u8>> {
    let wrong = || {
        parse_failed(format!("$convert's 'to' argument must be a string or number, but is {}", type_name(to)))
    };
    let Some(value) = to else { return Ok(None) };
    match value.view() {
        View::Null | View::Undefined => Ok(None),
        View::String(name) => {
            let name = String::from_utf8_lossy(name);
            let tag = kind::type_of_name(&name);
            tag.map(Some).ok_or_else(|| Error::new(Code::BAD_VALUE, format!("Unknown type name: {name}")))
        }
        _ => {
            let number = Number::of(value.as_ref()).ok_or_else(wrong)?;
            let number = number.as_i64_exact().ok_or_else(wrong)?;
            match number {
                -1 => Ok(Some(tag::MIN_KEY)),
                // The missing value's type: known, but nothing converts to it.
                0 => Ok(Some(0)),
                127 => Ok(Some(tag::MAX_KEY)),
                1..=19 => Ok(Some(number as u8)),
                _ => Err(parse_failed(format!(
                    "In $convert, numeric value for 'to' does not correspond to a BSON type: {number}"
                ))),
            }
        }
    }
}

fn subtype_of(value: &Option<Value<'_>>) -> Result<u8> {
    let Some(number) = super::value::number(value) else {
        let message = format!("In $convert, 'subtype' must be a number, but is {}", type_name(value));
        return Err(error(4341108, message));
    };
    let Some(number) = number.as_i64_exact() else {
        return Err(error(4341106, "In $convert, numeric 'subtype' argument is not an integer"));
    };
    match number {
        0..=8 | 128..=255 => Ok(number as u8),
        _ => Err(error(
            4341107,
            format!(
                "In $convert, numeric value for 'subtype' does not correspond to a BinData type: {number}"
            ),
        )),
    }
}

fn convert<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (input, to) = (call.argument(0, scope)?, call.argument(1, scope)?);
    let mut target = Target::of(0);
    let to_document = to.as_ref().and_then(|to| to.as_ref().as_document());
    let tag = match to_document {
        Some(document) => {
            for element in document.elements() {
                if !matches!(element.name, b"type" | b"subtype") {
                    return Err(parse_failed("$convert's 'to' object has an unknown field".into()));
                }
            }
            let kind = document.get(b"type").map(Value::from);
            if kind.is_none() {
                return Err(parse_failed("$convert's 'to' object needs a 'type'".into()));
            }
            let tag = target_type(&kind)?;
            if tag.is_none() {
                return Err(parse_failed("$convert's 'type' must not be null".into()));
            }
            if let Some(subtype) = document.get(b"subtype") {
                target.subtype = subtype_of(&Some(subtype.into()))?;
            }
            tag
        }
        None => target_type(&to)?,
    };
    if let Some(format) = call.has(4).then(|| call.argument(4, scope)).transpose()? {
        target.format = format_of(&format)?;
    }
    if let Some(order) = call.has(5).then(|| call.argument(5, scope)).transpose()? {
        target.big_endian = is_big_endian(&order)?;
    }
    if is_nullish(&input) {
        return if call.has(3) { call.argument(3, scope) } else { Ok(Some(Value::NULL)) };
    }
    let (Some(tag), Some(input)) = (tag, input) else { return Ok(Some(Value::NULL)) };
    target.tag = tag;
    match converted(&input, target) {
        Err(error) if matches!(error.code(), CONVERSION_FAILURE | Code(18537)) && call.has(2) => {
            call.argument(2, scope)
        }
        other => other.map(Some),
    }
}

fn format_of(value: &Option<Value<'_>>) -> Result<Option<Format>> {
    let Some(value) = value.as_ref().filter(|value| !matches!(value.tag(), tag::NULL | tag::UNDEFINED))
    else {
        return Ok(None);
    };
    let Some(name) = value.as_ref().as_str() else {
        let found = kind::type_name(value.tag());
        return Err(error(4341114, format!("$convert requires that 'format' be a string, found: {found}")));
    };
    Ok(Some(match name {
        "auto" => Format::Auto,
        "base64" => Format::Base64,
        "base64url" => Format::Base64Url,
        "hex" => Format::Hex,
        "utf8" => Format::Utf8,
        "uuid" => Format::Uuid,
        _ => return Err(error(4341125, format!("Invalid 'format' argument for $convert: {name}"))),
    }))
}

fn is_big_endian(value: &Option<Value<'_>>) -> Result<bool> {
    if is_nullish(value) {
        return Ok(false);
    }
    match value.as_ref().and_then(|value| value.as_ref().as_str()) {
        Some("little") => Ok(false),
        Some("big") => Ok(true),
        Some(name) => Err(error(9130002, format!("Invalid 'byteOrder' argument for $convert: {name}"))),
        None => {
            let found = type_name(value);
            Err(error(9130001, format!("$convert requires that 'byteOrder' be a string, found: {found}")))
        }
    }
}

fn short<'a>(call: &'a Call, scope: &Scope<'_, 'a>, target: Target) -> Answer<'a> {
    match call.argument(0, scope)? {
        Some(value) if !matches!(value.tag(), tag::NULL | tag::UNDEFINED) => {
            converted(&value, target).map(Some)
        }
        _ => Ok(Some(Value::NULL)),
    }
}

fn to_boolean<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target::of(tag::BOOLEAN))
}

fn to_date<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target::of(tag::DATE_TIME))
}

fn to_decimal<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target::of(tag::DECIMAL128))
}

fn to_double<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target::of(tag::DOUBLE))
}

fn to_int<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target::of(tag::INT32))
}

fn to_long<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target::of(tag::INT64))
}

fn to_object_id<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target::of(tag::OBJECT_ID))
}

fn to_string<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target { format: Some(Format::Auto), ..Target::of(tag::STRING) })
}

fn to_uuid<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    short(call, scope, Target { format: Some(Format::Uuid), subtype: 4, ..Target::of(tag::BINARY) })
}

pub(super) const CONVERSION_FAILURE: Code = Code(241);

pub(super) fn failed(message: impl Into<String>) -> Error {
    Error::new(CONVERSION_FAILURE, message)
}

fn converted<'a>(value: &Value<'a>, target: Target) -> Result<Value<'a>> {
    let unsupported = || {
        let (from, to) = (kind::type_name(value.tag()), kind::type_name(target.tag));
        failed(format!("Unsupported conversion from {from} to {to} in $convert with no onError value"))
    };
    let view = value.view();
    let number = Number::of(value.as_ref());
    match target.tag {
        tag::BOOLEAN => Ok(Value::boolean(is_true(&Some(value.clone())))),
        tag::DOUBLE => match (view, number) {
            (View::Decimal128(bytes), _) => {
                let decimal = Decimal::decode(*bytes);
                let double = decimal.as_f64();
                let lost = double.is_infinite() && matches!(decimal, Decimal::Finite { .. })
                    || double == 0.0 && !decimal.is_zero();
                if lost {
                    Err(failed("Conversion would overflow target type"))
                } else {
                    Ok(Value::double(double))
                }
            }
            (_, Some(number)) => Ok(Value::double(number.as_f64())),
            (View::Boolean(value), _) => Ok(Value::double(f64::from(u8::from(value)))),
            (View::DateTime(milliseconds), _) => Ok(Value::double(milliseconds as f64)),
            (View::String(text), _) => read_double(text).map(Value::double),
            (View::Binary { bytes, .. }, _) => double_of_bytes(bytes, target.big_endian).map(Value::double),
            _ => Err(unsupported()),
        },
        tag::INT32 => match (view, number) {
            (_, Some(number)) => {
                i32::try_from(truncated(number)?).map(Value::int32).map_err(|_| overflow(value))
            }
            (View::Boolean(value), _) => Ok(Value::int32(i32::from(value))),
            (View::String(text), _) => {
                i32::try_from(read_integer(text)?).map(Value::int32).map_err(|_| overflow(value))
            }
            (View::Binary { bytes, .. }, _) if bytes.len() <= 4 => {
                Ok(Value::int32(integer_of_bytes(bytes, target.big_endian)? as i32))
            }
            (View::Binary { .. }, _) => Err(failed("the binary data is too long for an int")),
            _ => Err(unsupported()),
        },
        tag::INT64 => match (view, number) {
            (_, Some(number)) => truncated(number).map(Value::int64),
            (View::Boolean(value), _) => Ok(Value::int64(i64::from(value))),
            (View::DateTime(milliseconds), _) => Ok(Value::int64(milliseconds)),
            (View::String(text), _) => read_integer(text).map(Value::int64),
            (View::Binary { bytes, .. }, _) => integer_of_bytes(bytes, target.big_endian).map(Value::int64),
            _ => Err(unsupported()),
        },
        tag::DECIMAL128 => match (view, number) {
            (View::Decimal128(_), _) => Ok(value.clone()),
            (_, Some(number)) => Ok(Value::decimal(number.to_decimal())),
            (View::Boolean(value), _) => Ok(Value::decimal(Decimal::from_i64(value.into()))),
            (View::DateTime(milliseconds), _) => Ok(Value::decimal(Decimal::from_i64(milliseconds))),
            (View::String(text), _) => read_decimal(text).map(Value::decimal),
            _ => Err(unsupported()),
        },
        tag::DATE_TIME => match view {
            View::DateTime(_) => Ok(value.clone()),
            View::Int64(milliseconds) => Ok(Value::date(milliseconds)),
            View::Double(_) | View::Decimal128(_) => {
                number.map_or_else(|| Err(unsupported()), |number| truncated(number).map(Value::date))
            }
            View::String(text) => date::read(&String::from_utf8_lossy(text), None).map(Value::date),
            View::ObjectId(id) => Ok(Value::date(date::of_object_id(id))),
            View::Timestamp { time, .. } => Ok(Value::date(i64::from(time) * 1000)),
            _ => Err(unsupported()),
        },
        tag::OBJECT_ID => match view {
            View::ObjectId(_) => Ok(value.clone()),
            View::String(text) => {
                let bytes = read_hex(text).and_then(|bytes| <[u8; 12]>::try_from(bytes).ok());
                bytes.map(Value::object_id).ok_or_else(|| {
                    failed(format!(
                        "Failed to parse objectId '{}' in $convert",
                        String::from_utf8_lossy(text)
                    ))
                })
            }
            _ => Err(unsupported()),
        },
        tag::STRING => match (view, number) {
            (View::String(_), _) => Ok(value.clone()),
            (_, Some(number)) => Ok(Value::string(&shown_number(number))),
            (View::Boolean(value), _) => Ok(Value::string(if value { "true" } else { "false" })),
            (View::ObjectId(id), _) => Ok(Value::string(&hex(id, false))),
            (View::DateTime(milliseconds), _) => date::shown(milliseconds).map(|text| Value::string(&text)),
            (View::Binary { subtype, bytes }, _) => {
                let format = target.format.ok_or_else(|| {
                    error(4341115, "Format must be speficied when converting from 'binData' to 'string'")
                })?;
                text_of_binary(subtype, bytes, format).map(|text| Value::string(&text))
            }
            _ => Err(unsupported()),
        },
        tag::BINARY => match (view, number) {
            (View::Binary { subtype, .. }, _) if subtype == target.subtype => Ok(value.clone()),
            (View::Binary { .. }, _) => {
                Err(failed("Conversions between different binData subtypes are not supported"))
            }
            (View::String(text), _) => {
                let format = target.format.ok_or_else(|| {
                    error(4341115, "Format must be speficied when converting from 'string' to 'binData'")
                })?;
                let bytes = binary_of_text(text, format, target.subtype)?;
                Ok(Value::binary(target.subtype, &bytes))
            }
            (_, Some(number)) => {
                let mut bytes = match number {
                    Number::Int32(number) => number.to_le_bytes().to_vec(),
                    Number::Int64(number) => number.to_le_bytes().to_vec(),
                    Number::Double(number) => number.to_le_bytes().to_vec(),
                    Number::Decimal(_) => return Err(unsupported()),
                };
                if target.big_endian {
                    bytes.reverse();
                }
                Ok(Value::binary(target.subtype, &bytes))
            }
            _ => Err(unsupported()),
        },
        _ => Err(unsupported()),
    }
}

fn overflow(value: &Value<'_>) -> Error {
    let shown = crate::filter::shown(value.as_ref());
    failed(format!("Conversion would overflow target type in $convert with no onError value: {shown}"))
}

fn truncated(number: Number) -> Result<i64> {
    number.truncated().ok_or_else(|| overflow(&Value::number(number)))
}

fn unreadable(text: &[u8], why: &str) -> Error {
    let text: String = String::from_utf8_lossy(text).chars().take(100).collect();
    failed(format!("Failed to parse number '{text}' in $convert with no onError value: {why}"))
}

fn read_integer(text: &[u8]) -> Result<i64> {
    let digits = match text {
        [b'+' | b'-', digits @ ..] => digits,
        digits => digits,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(unreadable(text, "Did not consume whole string."));
    }
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| unreadable(text, "Overflow"))
}

fn read_double(text: &[u8]) -> Result<f64> {
    let wrong = || unreadable(text, "Did not consume whole string.");
    let shown = std::str::from_utf8(text).map_err(|_| wrong())?;
    let (negative, rest) = match shown.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, shown.strip_prefix('+').unwrap_or(shown)),
    };
    let magnitude = if let Some(digits) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        read_hexadecimal(digits).ok_or_else(wrong)?
    } else if rest.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.') {
        let double: f64 = rest.parse().map_err(|_| wrong())?;
        let mantissa = rest.split(['e', 'E']).next().unwrap_or_default();
        if double.is_infinite() || double == 0.0 && mantissa.contains(|sign: char| matches!(sign, '1'..='9'))
        {
            return Err(unreadable(text, "Out of range"));
        }
        double
    } else {
        match rest.to_ascii_lowercase().as_str() {
            "inf" | "infinity" => f64::INFINITY,
            "nan" => f64::NAN,
            _ => return Err(wrong()),
        }
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// Hexadecimal digits with a point and a power of two, as C reads them.
fn read_hexadecimal(text: &str) -> Option<f64> {
    let (digits, power) = match text.split_once(['p', 'P']) {
        Some((digits, power)) => (digits, power.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(part.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let power = power.checked_sub(i32::try_from(part.len()).ok()?.checked_mul(4)?)?;
    let value = value * 2f64.powi(power);
    value.is_finite().then_some(value)
}

fn read_decimal(text: &[u8]) -> Result<Decimal> {
    let wrong = || unreadable(text, "Failed to parse string to decimal");
    let shown = std::str::from_utf8(text).map_err(|_| wrong())?;
    let plain = shown.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let well_formed = plain.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.')
        || matches!(plain.as_str(), "inf" | "infinity" | "nan");
    if !well_formed {
        return Err(wrong());
    }
    let mut context = dec::Context::<dec::Decimal128>::default();
    let decimal = Decimal::from_dec(context.parse(shown).map_err(|_| wrong())?);
    let status = context.status();
    if status.overflow() || status.underflow() && decimal.is_zero() {
        return Err(unreadable(text, "Out of range"));
    }
    Ok(decimal)
}

fn read_hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.chunks_exact(2).map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect()
}

fn hex(bytes: &[u8], upper: bool) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let written = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
        debug_assert!(written.is_ok(), "a string takes what is written");
        out
    })
}

fn double_of_bytes(bytes: &[u8], big_endian: bool) -> Result<f64> {
    let ordered: Vec<u8> = if big_endian { bytes.iter().rev().copied().collect() } else { bytes.to_vec() };
    match ordered.len() {
        4 => Ok(ordered.first_chunk().map_or(0.0, |bytes| f32::from_le_bytes(*bytes).into())),
        8 => Ok(ordered.first_chunk().map_or(0.0, |bytes| f64::from_le_bytes(*bytes))),
        length => Err(failed(format!("Failed to convert binData to double: its length is {length}"))),
    }
}

fn integer_of_bytes(bytes: &[u8], big_endian: bool) -> Result<i64> {
    if !matches!(bytes.len(), 1 | 2 | 4 | 8) {
        return Err(failed(format!(
            "Failed to convert binData to an integer: its length is {}",
            bytes.len()
        )));
    }
    let mut ordered: Vec<u8> = bytes.to_vec();
    if big_endian {
        ordered.reverse();
    }
    let negative = ordered.last().is_some_and(|byte| byte & 0x80 != 0);
    ordered.resize(8, if negative { 0xFF } else { 0 });
    Ok(ordered.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes)))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8], url: bool) -> String {
    let digits = if url { URL_DIGITS } else { DIGITS };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for index in 0..4 {
            if index <= group.len() {
                out.push(char::from(digits[(bits >> (18 - 6 * index) & 63) as usize]));
            } else if !url {
                out.push('=');
            }
        }
    }
    out
}

fn read_base64(text: &[u8], url: bool) -> Option<Vec<u8>> {
    let digits = if url { URL_DIGITS } else { DIGITS };
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &text[..text.len() - padding];
    let padded = text.len().is_multiple_of(4) && padding <= 2;
    if !(padded || (url && padding == 0)) || body.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for group in body.chunks(4) {
        let mut bits = 0u32;
        for byte in group {
            bits = bits << 6 | digits.iter().position(|digit| digit == byte)? as u32;
        }
        bits <<= 6 * (4 - group.len());
        out.extend(bits.to_be_bytes()[1..group.len()].iter());
    }
    Some(out)
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let all = (bytes.len() == 16).then(|| hex(bytes, false))?;
    Some([&all[..8], &all[8..12], &all[12..16], &all[16..20], &all[20..]].join("-"))
}

fn text_of_binary(subtype: u8, bytes: &[u8], format: Format) -> Result<String> {
    let text = match format {
        Format::Auto if subtype == 4 => uuid(bytes),
        Format::Auto | Format::Base64 => Some(base64(bytes, false)),
        Format::Base64Url => Some(base64(bytes, true)),
        Format::Hex => Some(hex(bytes, true)),
        Format::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
        Format::Uuid if subtype == 4 => uuid(bytes),
        Format::Uuid => None,
    };
    text.ok_or_else(|| failed("Failed to convert binData to string in $convert: not of that format"))
}

fn binary_of_text(text: &[u8], format: Format, subtype: u8) -> Result<Vec<u8>> {
    let is_uuid = format == Format::Uuid;
    let read_uuid = |text: &[u8]| {
        let dashes = [8, 13, 18, 23];
        let well_formed = text.len() == 36 && dashes.iter().all(|at| text[*at] == b'-');
        let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'-').collect();
        well_formed.then(|| read_hex(&digits)).flatten().filter(|bytes| bytes.len() == 16)
    };
    if is_uuid != (subtype == 4) && format != Format::Auto {
        return Err(failed("the format 'uuid' goes with the binData subtype 4 alone"));
    }
    let bytes = match format {
        Format::Auto if subtype == 4 => read_uuid(text),
        Format::Auto => None,
        Format::Base64 => read_base64(text, false),
        Format::Base64Url => read_base64(text, true),
        Format::Hex => read_hex(text),
        Format::Utf8 => Some(text.to_vec()),
        Format::Uuid => read_uuid(text),
    };
    bytes.ok_or_else(|| failed("Failed to convert string to binData in $convert: not of that format"))
}

/// A number as `$toString` shows it.
pub(super) fn shown_number(number: Number) -> String {
    match number {
        Number::Int32(number) => number.to_string(),
        Number::Int64(number) => number.to_string(),
        Number::Decimal(bytes) => match Decimal::decode(bytes) {
            Decimal::NaN => "NaN".into(),
            Decimal::Infinity { negative } => if negative { "-Infinity" } else { "Infinity" }.into(),
            finite @ Decimal::Finite { .. } => finite.to_dec().to_string(),
        },
        Number::Double(number) => shown_double(number),
    }
}

/// The shortest digits that read back as the same double, in C's general form.
fn shown_double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-Infinity" } else { "Infinity" }.into();
    }
    let scientific = format!("{number:e}");
    let exponent: i32 =
        scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return number.to_string();
    }
    let mantissa = scientific.split('e').next().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
