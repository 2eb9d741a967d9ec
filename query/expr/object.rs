//! Objects: fields read, set and listed by names that need not be paths.

use super::evaluate::{Call, Node, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser, named_values};
use super::value::{Builder, Value, is_nullish, type_name};
use super::{Answer, error};
use crate::error::Result;
use crate::value::{DocumentRef, ValueRef, tag, write};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$arrayToObject", arguments: Arguments::Between(1, 1), run: from_array },
    Operator { name: "$getField", arguments: Arguments::Own(parse_get), run: get },
    Operator { name: "$mergeObjects", arguments: Arguments::Between(0, usize::MAX), run: merge },
    Operator { name: "$objectToArray", arguments: Arguments::Between(1, 1), run: to_array },
    Operator { name: "$setField", arguments: Arguments::Own(parse_set), run: set },
    Operator { name: "$unsetField", arguments: Arguments::Own(parse_set), run: unset },
];

/// `document` with `name` set where it stands, or behind the rest; without it when there is no value.
pub(super) fn with_field(
    document: DocumentRef<'_>,
    name: &[u8],
    value: Option<ValueRef<'_>>,
) -> Result<Value<'static>> {
    let mut out = Builder::document();
    let mut pending = value;
    for element in document.elements() {
        if element.name == name {
            if let Some(value) = pending.take() {
                out.field(name, value)?;
            }
        } else {
            out.field(element.name, element.value)?;
        }
    }
    if let Some(value) = pending {
        out.field(name, value)?;
    }
    out.finish()
}

fn string_of<'v>(value: ValueRef<'v>, code: i32) -> Result<&'v [u8]> {
    value.string_bytes().filter(|_| value.tag == tag::STRING).ok_or_else(|| {
        let found = crate::value::kind::type_name(value.tag);
        error(code, format!("$arrayToObject requires keys of type string, found {found}"))
    })
}

/// Names and values in their order, each name once with its last value.
fn of_pairs(pairs: Vec<(&[u8], ValueRef<'_>)>) -> Answer<'static> {
    let mut positions = std::collections::HashMap::with_capacity(pairs.len());
    let mut fields: Vec<(&[u8], ValueRef<'_>)> = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match positions.entry(name) {
            std::collections::hash_map::Entry::Occupied(at) => {
                let at: usize = *at.get();
                fields[at].1 = value;
            }
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(fields.len());
                fields.push((name, value));
            }
        }
    }
    let mut out = Builder::document();
    for (name, value) in fields {
        out.field(name, value)?;
    }
    out.finish().map(Some)
}

fn from_array<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let array = value.as_ref().and_then(Value::as_array).ok_or_else(|| {
        error(40386, format!("$arrayToObject requires an array input, found: {}", type_name(&value)))
    })?;
    let mut pairs = Vec::new();
    let mut of_arrays = None;
    for element in array.values() {
        let is_array = element.tag == tag::ARRAY;
        let of_arrays = *of_arrays.get_or_insert(is_array);
        let members = match (of_arrays, element.tag) {
            (true, tag::ARRAY) | (false, tag::DOCUMENT) => DocumentRef::new(element.bytes),
            (true, _) => {
                return Err(error(40396, "$arrayToObject requires a consistent input format: arrays"));
            }
            (false, tag::ARRAY) => {
                return Err(error(40391, "$arrayToObject requires a consistent input format: objects"));
            }
            (false, _) if pairs.is_empty() => {
                return Err(error(40398, "Unrecognised input type format for $arrayToObject"));
            }
            (false, _) => {
                return Err(error(40391, "$arrayToObject requires a consistent input format: objects"));
            }
        };
        let (name, value, code_of_nul) = if of_arrays {
            let mut values = members.values();
            let (Some(key), Some(value), None) = (values.next(), values.next(), values.next()) else {
                let message = "$arrayToObject requires an array of size 2 arrays";
                return Err(error(40397, message));
            };
            (string_of(key, 40395)?, value, 4940400)
        } else {
            if members.len() != 2 {
                let message = "$arrayToObject requires an object with keys 'k' and 'v'";
                return Err(error(40392, message));
            }
            let (Some(key), Some(value)) = (members.get(b"k"), members.get(b"v")) else {
                return Err(error(40393, "$arrayToObject requires an object with keys 'k' and 'v'"));
            };
            (string_of(key, 40394)?, value, 4940401)
        };
        if name.contains(&0) {
            return Err(error(code_of_nul, "Key field cannot contain an embedded null byte"));
        }
        pairs.push((name, value));
    }
    of_pairs(pairs)
}

fn to_array<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let document = value.as_ref().and_then(|value| value.as_ref().as_document()).ok_or_else(|| {
        error(40390, format!("$objectToArray requires a document input, found: {}", type_name(&value)))
    })?;
    let mut out = Builder::array();
    for element in document.elements() {
        let mut pair = Builder::document();
        pair.field(b"k", Value::text(tag::STRING, element.name).as_ref())?;
        pair.field(b"v", element.value)?;
        out.push(pair.finish()?.as_ref())?;
    }
    out.finish().map(Some)
}

fn merge<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut inputs = Vec::with_capacity(call.arguments.len());
    for index in 0..call.arguments.len() {
        let value = call.argument(index, scope)?;
        inputs.push(value);
    }
    // One argument may be an array of documents.
    let lone = match (&inputs[..], call.arguments.len()) {
        ([Some(only)], 1) => only.as_array(),
        _ => None,
    };
    let mut pairs = Vec::new();
    let values: Vec<ValueRef<'_>> = match lone {
        Some(array) => array.values().collect(),
        None => inputs.iter().flatten().map(Value::as_ref).collect(),
    };
    for value in values {
        match value.tag {
            tag::DOCUMENT => {
                pairs.extend(DocumentRef::new(value.bytes).elements().map(|field| (field.name, field.value)));
            }
            tag::NULL | tag::UNDEFINED => {}
            other => {
                let found = crate::value::kind::type_name(other);
                return Err(error(40400, format!("$mergeObjects requires object inputs, but found {found}")));
            }
        }
    }
    of_pairs(pairs)
}

const GET: Named = Named {
    fields: &[("field", Some(3041702)), ("input", Some(3041703))],
    not_a_document: 3041704,
    unknown: 3041701,
};

/// A field's name may stand alone: then the document it is looked up in is `$$CURRENT`.
fn parse_get(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let first = operand.as_document().and_then(|document| document.elements().next());
    let is_named =
        operand.as_document().is_some() && first.is_none_or(|first| first.name.first() != Some(&b'$'));
    let (field, input) = if is_named {
        let values = named_values(operator.name, &GET, operand)?;
        (values[0].unwrap_or(ValueRef::NULL), parser.expression(values[1].unwrap_or(ValueRef::NULL))?)
    } else {
        let mut current = Vec::new();
        write::string(&mut current, b"", "$$CURRENT");
        (operand, parser.expression(ValueRef { tag: tag::STRING, bytes: &current[2..] })?)
    };
    let field = parser.expression(field)?;
    if let Some(literal) = field.literal()
        && literal.tag != tag::STRING
    {
        let found = crate::value::kind::type_name(literal.tag);
        let message = format!("$getField requires 'field' to evaluate to type String, but got {found}");
        return Err(error(5654602, message));
    }
    Ok(Call { operator, arguments: vec![Some(field), Some(input)], prepared: Prepared::Nothing })
}

fn get<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let field = call.argument(0, scope)?;
    let name = field.as_ref().filter(|field| field.tag() == tag::STRING);
    let name = name.and_then(|field| field.as_ref().string_bytes()).ok_or_else(|| {
        let found = type_name(&field);
        error(3041704, format!("$getField requires 'field' to evaluate to type String, but got {found}"))
    })?;
    let input = call.argument(1, scope)?;
    match &input {
        None => Ok(None),
        Some(value) if value.tag() == tag::NULL => Ok(Some(Value::NULL)),
        Some(value) => {
            let document = value.as_ref().as_document();
            Ok(document.and_then(|document| document.get(name)).map(|found| value.part(found)))
        }
    }
}

const SET: Named = Named {
    fields: &[("field", Some(4161102)), ("value", Some(4161103)), ("input", Some(4161109))],
    not_a_document: 4161100,
    unknown: 4161101,
};
const UNSET: Named = Named {
    fields: &[("field", Some(4161102)), ("input", Some(4161109))],
    not_a_document: 4161100,
    unknown: 4161101,
};

fn parse_set(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let named = if operator.name == "$setField" { &SET } else { &UNSET };
    let values = named_values(operator.name, named, operand)?;
    let field = values[0].unwrap_or(ValueRef::NULL);
    let mut arguments: Vec<Option<Node>> = Vec::new();
    for value in values {
        arguments.push(value.map(|value| parser.expression(value)).transpose()?);
    }
    let is_path =
        field.tag == tag::STRING && field.string_bytes().is_some_and(|text| text.first() == Some(&b'$'));
    if is_path {
        let message = "field path must not be a path reference; did you mean to use $literal?";
        return Err(error(4161108, format!("{}: {message}", operator.name)));
    }
    let literal = match (field.tag, arguments.first()) {
        // Whatever an operator makes is no constant to MongoDB, but what `$literal` holds is.
        (tag::DOCUMENT, Some(Some(node))) => node.literal().filter(|_| {
            field.as_document().is_some_and(|document| {
                document.elements().next().is_none_or(|first| first.name == b"$literal")
            })
        }),
        (tag::ARRAY, _) => None,
        (_, Some(Some(node))) => node.literal(),
        _ => None,
    };
    let Some(literal) = literal else {
        let message = format!("{} requires 'field' to evaluate to a constant", operator.name);
        return Err(error(4161106, message));
    };
    if literal.tag != tag::STRING {
        let found = crate::value::kind::type_name(literal.tag);
        let message =
            format!("{} requires 'field' to evaluate to type String, but got {found}", operator.name);
        return Err(error(4161107, message));
    }
    if literal.string_bytes().is_some_and(|name| name.contains(&0)) {
        let message = format!("{} requires 'field' to hold no null byte", operator.name);
        return Err(error(9534700, message));
    }
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn set_to<'a>(call: &'a Call, scope: &Scope<'_, 'a>, value: Option<Value<'a>>) -> Answer<'a> {
    let input = call.argument(call.arguments.len() - 1, scope)?;
    let field = call.argument(0, scope)?;
    if is_nullish(&input) {
        return Ok(Some(Value::NULL));
    }
    let document = input.as_ref().and_then(|input| input.as_ref().as_document()).ok_or_else(|| {
        let found = type_name(&input);
        error(
            4161105,
            format!("{} requires 'input' to evaluate to type Object, but got {found}", call.name()),
        )
    })?;
    let name = field.as_ref().and_then(|field| field.as_ref().string_bytes()).unwrap_or_default();
    with_field(document, name, value.as_ref().map(Value::as_ref)).map(Some)
}

fn set<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(1, scope)?;
    set_to(call, scope, value)
}

fn unset<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    set_to(call, scope, None)
}
