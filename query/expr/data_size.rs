//! Sizes of values in bytes: `$binarySize`, `$bsonSize`.

use super::evaluate::{Call, Scope};
use super::parse::{Arguments, Operator};
use super::value::{Value, is_nullish, type_name};
use super::{Answer, error};
use crate::value::{View, tag};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$binarySize", arguments: Arguments::Between(1, 1), run: binary_size },
    Operator { name: "$bsonSize", arguments: Arguments::Between(1, 1), run: bson_size },
];

fn binary_size<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    match value.as_ref().map(Value::view) {
        Some(View::String(bytes) | View::Binary { bytes, .. }) => Ok(Some(Value::count(bytes.len()))),
        _ => {
            let message =
                format!("$binarySize requires a string or BinData argument, found: {}", type_name(&value));
            Err(error(51276, message))
        }
    }
}

fn bson_size<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    match &value {
        Some(document) if document.tag() == tag::DOCUMENT => {
            Ok(Some(Value::count(document.as_ref().bytes.len())))
        }
        _ => {
            let message = format!("$bsonSize requires a document input, found: {}", type_name(&value));
            Err(error(31393, message))
        }
    }
}
