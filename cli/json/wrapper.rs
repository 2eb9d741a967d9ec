//! Objects that stand for one value: Extended JSON version 2, canonical and relaxed, and version 1 as the old
//! tools and shells wrote it (`{"$date": "2009-04-01T00:00:00.000-0700"}`, `{"$binary": "…", "$type": "00"}`).
//!
//! The invariant: an object whose first name is one of these either is a value or is an error that says what the
//! value needs; only `$regex` and `$type`, which are operators too, may turn out to be plain documents.

use super::date;
use super::value::{Purpose, string};
use anser_query::value::{DocumentRef, ValueRef, View, tag};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bson::{Decimal128, Uuid, oid::ObjectId};

/// A member of an object, its value as BSON.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) tag: u8,
    pub(super) bytes: Vec<u8>,
}

impl Member {
    fn value(&self) -> ValueRef<'_> {
        ValueRef { tag: self.tag, bytes: &self.bytes }
    }

    fn text(&self) -> Option<&str> {
        self.value().as_str()
    }
}

/// Whether an object with this first name may stand for one value.
pub(super) fn begins_one(name: &[u8]) -> bool {
    name.first() == Some(&b'$')
        && matches!(
            name,
            b"$oid"
                | b"$date"
                | b"$numberInt"
                | b"$numberLong"
                | b"$numberDouble"
                | b"$numberDecimal"
                | b"$binary"
                | b"$type"
                | b"$uuid"
                | b"$timestamp"
                | b"$regularExpression"
                | b"$regex"
                | b"$options"
                | b"$undefined"
                | b"$minKey"
                | b"$maxKey"
                | b"$symbol"
                | b"$code"
                | b"$scope"
                | b"$dbPointer"
        )
}

/// Writes the value that `members` stand for, and gives its type byte; `None` when they are a plain document.
pub(super) fn write(members: &[Member], purpose: Purpose, out: &mut Vec<u8>) -> Result<Option<u8>, String> {
    let find = |name: &str| members.iter().find(|member| member.name == name);
    if let (Some(pattern), Some(options), 2) = (find("$regex"), find("$options"), members.len()) {
        return match (purpose, pattern.text(), options.text()) {
            (Purpose::Data, Some(pattern), Some(options)) => regex(out, pattern, options).map(Some),
            _ => Ok(None),
        };
    }
    if let (Some(data), Some(subtype), 2) = (find("$binary"), find("$type"), members.len()) {
        let subtype = match subtype.value().view() {
            View::Int32(number) => u8::try_from(number).ok(),
            _ => subtype.text().and_then(byte),
        };
        let subtype = subtype.ok_or("`$type` beside `$binary` needs a byte in two hexadecimal digits")?;
        let data = data.text().ok_or("`$binary` beside `$type` needs base64 in a string")?;
        return binary(out, data, subtype).map(Some);
    }
    if let (Some(code), Some(scope), 2) = (find("$code"), find("$scope"), members.len()) {
        let code = code.text().ok_or("`$code` needs a string")?;
        if scope.tag != tag::DOCUMENT {
            return Err("`$scope` needs a document".to_owned());
        }
        let length = 4 + 4 + code.len() + 1 + scope.bytes.len();
        out.extend_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes());
        string(out, code);
        out.extend_from_slice(&scope.bytes);
        return Ok(Some(tag::JAVASCRIPT_WITH_SCOPE));
    }
    let Some(first) = members.first() else { return Ok(None) };
    if matches!(first.name.as_str(), "$regex" | "$type" | "$options" | "$scope") {
        return Ok(None);
    }
    if members.len() > 1 {
        return Err(format!("`{}` stands for a value and takes no other field beside it", first.name));
    }
    one(first, out).map(Some)
}

/// An object with one member.
fn one(member: &Member, out: &mut Vec<u8>) -> Result<u8, String> {
    let needs = |what: &str| Err(format!("`{}` needs {what}", member.name));
    match member.name.as_str() {
        "$oid" => match member.text().and_then(|text| ObjectId::parse_str(text).ok()) {
            Some(id) => Ok(append(out, tag::OBJECT_ID, &id.bytes())),
            None => needs("24 hexadecimal digits in a string"),
        },
        "$numberInt" => match whole(member).and_then(|number| i32::try_from(number).ok()) {
            Some(number) => Ok(append(out, tag::INT32, &number.to_le_bytes())),
            None => needs("a whole number of 32 bits in a string"),
        },
        "$numberLong" => match whole(member) {
            Some(number) => Ok(append(out, tag::INT64, &number.to_le_bytes())),
            None => needs("a whole number of 64 bits in a string"),
        },
        "$numberDouble" => match double(member) {
            Some(number) => Ok(append(out, tag::DOUBLE, &number.to_le_bytes())),
            None => needs("a number, Infinity, -Infinity or NaN in a string"),
        },
        "$numberDecimal" => match member.text().and_then(|text| text.parse::<Decimal128>().ok()) {
            Some(number) => Ok(append(out, tag::DECIMAL128, &number.bytes())),
            None => needs("a decimal number in a string"),
        },
        "$date" => match milliseconds(member) {
            Some(date) => Ok(append(out, tag::DATE_TIME, &date.to_le_bytes())),
            None => needs("a date such as \"2009-04-01T07:00:00Z\" or milliseconds since 1970"),
        },
        "$binary" => match nested(member, ["base64", "subType"]) {
            Some([data, subtype]) => match (data.as_str(), subtype.as_str().and_then(byte)) {
                (Some(data), Some(subtype)) => binary(out, data, subtype),
                _ => needs("base64 and subType in strings"),
            },
            None => needs("{\"base64\": …, \"subType\": …}"),
        },
        "$uuid" => match member.text().and_then(|text| Uuid::parse_str(text).ok()) {
            Some(uuid) => Ok(append_binary(out, 4, &uuid.bytes())),
            None => needs("a UUID in a string"),
        },
        "$timestamp" => {
            let part = |value: ValueRef<'_>| match value.view() {
                View::Int32(number) => u32::try_from(number).ok(),
                View::Int64(number) => u32::try_from(number).ok(),
                _ => None,
            };
            match nested(member, ["t", "i"]).map(|[time, increment]| (part(time), part(increment))) {
                Some((Some(time), Some(increment))) => {
                    out.extend_from_slice(&increment.to_le_bytes());
                    Ok(append(out, tag::TIMESTAMP, &time.to_le_bytes()))
                }
                _ => needs("{\"t\": seconds, \"i\": number}"),
            }
        }
        "$regularExpression" => match nested(member, ["pattern", "options"]) {
            Some([pattern, options]) => match (pattern.as_str(), options.as_str()) {
                (Some(pattern), Some(options)) => regex(out, pattern, options),
                _ => needs("pattern and options in strings"),
            },
            None => needs("{\"pattern\": …, \"options\": …}"),
        },
        "$undefined" => match member.value().view() {
            View::Boolean(true) => Ok(tag::UNDEFINED),
            _ => needs("true"),
        },
        "$minKey" if whole(member) == Some(1) => Ok(tag::MIN_KEY),
        "$maxKey" if whole(member) == Some(1) => Ok(tag::MAX_KEY),
        "$minKey" | "$maxKey" => needs("1"),
        "$symbol" | "$code" => match member.text() {
            Some(text) => {
                string(out, text);
                Ok(if member.name == "$symbol" { tag::SYMBOL } else { tag::JAVASCRIPT })
            }
            None => needs("a string"),
        },
        "$dbPointer" => match nested(member, ["$ref", "$id"]) {
            Some([namespace, id]) if id.tag == tag::OBJECT_ID && namespace.as_str().is_some() => {
                string(out, namespace.as_str().unwrap_or_default());
                Ok(append(out, tag::DB_POINTER, id.bytes))
            }
            _ => needs("{\"$ref\": namespace, \"$id\": {\"$oid\": …}}"),
        },
        // `begins_one` names all of them.
        other => Err(format!("`{other}` is not known")),
    }
}

fn append(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) -> u8 {
    out.extend_from_slice(bytes);
    tag
}

/// The two members of an object that has exactly these.
fn nested<'m>(member: &'m Member, names: [&str; 2]) -> Option<[ValueRef<'m>; 2]> {
    if member.tag != tag::DOCUMENT {
        return None;
    }
    let document = DocumentRef::new(&member.bytes);
    let [first, second] = names.map(|name| document.get(name.as_bytes()));
    (document.len() == 2).then_some([first?, second?])
}

/// A whole number in a string, or as a number.
fn whole(member: &Member) -> Option<i64> {
    match member.value().view() {
        View::Int32(number) => Some(number.into()),
        View::Int64(number) => Some(number),
        _ => member.text()?.parse().ok(),
    }
}

fn double(member: &Member) -> Option<f64> {
    match member.value().view() {
        View::Int32(number) => Some(number.into()),
        View::Double(number) => Some(number),
        _ => match member.text()? {
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            "NaN" => Some(f64::NAN),
            text => text.parse::<f64>().ok().filter(|number| number.is_finite()),
        },
    }
}

fn milliseconds(member: &Member) -> Option<i64> {
    match member.value().view() {
        View::Int32(number) => Some(number.into()),
        View::Int64(number) => Some(number),
        _ => date::parse(member.text()?),
    }
}

/// A byte in one or two hexadecimal digits.
fn byte(text: &str) -> Option<u8> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if digits { u8::from_str_radix(text, 16).ok() } else { None }
}

fn binary(out: &mut Vec<u8>, base64: &str, subtype: u8) -> Result<u8, String> {
    match BASE64_STANDARD.decode(base64) {
        Ok(decoded) if subtype == 2 => {
            // The old binary subtype has its length inside once more.
            let mut bytes = i32::try_from(decoded.len()).unwrap_or(i32::MAX).to_le_bytes().to_vec();
            bytes.extend_from_slice(&decoded);
            Ok(append_binary(out, subtype, &bytes))
        }
        Ok(decoded) => Ok(append_binary(out, subtype, &decoded)),
        Err(_) => Err("`$binary` needs base64".to_owned()),
    }
}

fn append_binary(out: &mut Vec<u8>, subtype: u8, bytes: &[u8]) -> u8 {
    out.extend_from_slice(&i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_le_bytes());
    out.push(subtype);
    append(out, tag::BINARY, bytes)
}

fn regex(out: &mut Vec<u8>, pattern: &str, options: &str) -> Result<u8, String> {
    if pattern.contains('\0') || options.contains('\0') {
        return Err("a regular expression may not hold a NUL character".to_owned());
    }
    // BSON wants them in this order.
    let mut options: Vec<u8> = options.bytes().collect();
    options.sort_unstable();
    out.extend_from_slice(pattern.as_bytes());
    out.push(0);
    out.extend_from_slice(&options);
    out.push(0);
    Ok(tag::REGEX)
}
