//! Arrays: elements, slices, searches, and the operators that bind variables over elements.
//!
//! The invariant: arrays are read and written as bytes, and an element is bound to its variable in place.

use super::evaluate::{Call, Frame, Node, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser, check_variable_name, named_values, string_of};
use super::value::{Builder, Value, is_nullish, is_true, number, or_undefined, type_name};
use super::{Answer, error};
use crate::error::{Code, Error, Result};
use crate::value::{DocumentRef, Number, ValueRef, equal, order, tag};

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$arrayElemAt", arguments: Arguments::Between(2, 2), run: element_at },
    Operator { name: "$concatArrays", arguments: Arguments::Between(0, usize::MAX), run: concat },
    Operator { name: "$filter", arguments: Arguments::Own(parse_filter), run: filter },
    Operator { name: "$first", arguments: Arguments::Between(1, 1), run: first },
    Operator { name: "$firstN", arguments: Arguments::Named(&SOME), run: first_n },
    Operator { name: "$in", arguments: Arguments::Between(2, 2), run: is_in },
    Operator { name: "$indexOfArray", arguments: Arguments::Between(2, 4), run: index_of },
    Operator { name: "$isArray", arguments: Arguments::Between(1, 1), run: is_array },
    Operator { name: "$last", arguments: Arguments::Between(1, 1), run: last },
    Operator { name: "$lastN", arguments: Arguments::Named(&SOME), run: last_n },
    Operator { name: "$map", arguments: Arguments::Own(parse_map), run: map },
    Operator { name: "$maxN", arguments: Arguments::Named(&SOME), run: max_n },
    Operator { name: "$minN", arguments: Arguments::Named(&SOME), run: min_n },
    Operator { name: "$range", arguments: Arguments::Between(2, 3), run: range },
    Operator { name: "$reduce", arguments: Arguments::Own(parse_reduce), run: reduce },
    Operator { name: "$reverseArray", arguments: Arguments::Between(1, 1), run: reverse },
    Operator { name: "$size", arguments: Arguments::Between(1, 1), run: size },
    Operator { name: "$slice", arguments: Arguments::Between(2, 3), run: slice },
    Operator { name: "$sortArray", arguments: Arguments::Own(parse_sort), run: sort },
    Operator { name: "$zip", arguments: Arguments::Own(parse_zip), run: zip },
];

/// A value's array, or an error.
fn array_of<'v>(value: &'v Option<Value<'_>>, code: i32, what: &str) -> Result<DocumentRef<'v>> {
    let array = value.as_ref().and_then(Value::as_array);
    array.ok_or_else(|| error(code, format!("{what} must be an array, but is {}", type_name(value))))
}

/// The number a value is as int32, when it is whole and fits.
pub(super) fn int32_of(value: &Option<Value<'_>>) -> Option<i32> {
    i32::try_from(number(value)?.as_i64_exact()?).ok()
}

fn int32_or(value: &Option<Value<'_>>, not_numeric: i32, not_int: i32, what: &str) -> Result<i32> {
    if number(value).is_none() {
        return Err(error(not_numeric, format!("{what} must be numeric, but is {}", type_name(value))));
    }
    int32_of(value).ok_or_else(|| {
        error(not_int, format!("{what} must be representable as a 32-bit integer: {:?}", or_undefined(value)))
    })
}

/// The part of `from`, whose member `found` is.
fn member<'a>(from: &Option<Value<'a>>, found: Option<ValueRef<'_>>) -> Option<Value<'a>> {
    from.as_ref().zip(found).map(|(from, found)| from.part(found))
}

fn element_at<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (value, index) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&value) || is_nullish(&index) {
        return Ok(Some(Value::NULL));
    }
    let array = array_of(&value, 28689, "$arrayElemAt's first argument")?;
    let index = int32_or(&index, 28690, 28691, "$arrayElemAt's second argument")?;
    Ok(member(&value, at(array, index.into())))
}

/// The element at `index`, counted from the end when negative.
fn at(array: DocumentRef<'_>, index: i64) -> Option<ValueRef<'_>> {
    let index = if index < 0 { index + array.len() as i64 } else { index };
    array.values().nth(usize::try_from(index).ok()?)
}

fn end<'a>(call: &'a Call, scope: &Scope<'_, 'a>, index: i64) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let array = array_of(&value, 28689, call.name())?;
    Ok(member(&value, at(array, index)))
}

fn first<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    end(call, scope, 0)
}

fn last<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    end(call, scope, -1)
}

fn concat<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let mut out = Builder::array();
    for index in 0..call.arguments.len() {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        for element in array_of(&value, 28664, "$concatArrays' argument")?.values() {
            out.push(element)?;
        }
    }
    out.finish().map(Some)
}

fn is_array<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    Ok(Some(Value::boolean(value.is_some_and(|value| value.tag() == tag::ARRAY))))
}

fn is_in<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (value, list) = (call.argument(0, scope)?, call.argument(1, scope)?);
    let array = array_of(&list, 40081, "$in's second argument")?;
    let value = or_undefined(&value);
    Ok(Some(Value::boolean(array.values().any(|element| equal::equal(element, value)))))
}

/// A position to begin or end at.
pub(super) fn position(value: &Option<Value<'_>>, operator: &str) -> Result<usize> {
    let Some(index) = int32_of(value) else {
        let message =
            format!("{operator} requires an integral index, found a value of type: {}", type_name(value));
        return Err(error(40096, message));
    };
    usize::try_from(index)
        .map_err(|_| error(40097, format!("{operator} requires a nonnegative index, found: {index}")))
}

fn index_of<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (list, wanted) = (call.argument(0, scope)?, call.argument(1, scope)?);
    if is_nullish(&list) {
        return Ok(Some(Value::NULL));
    }
    let array = array_of(&list, 40090, "$indexOfArray's first argument")?;
    let start = if call.has(2) { position(&call.argument(2, scope)?, call.name())? } else { 0 };
    let end = if call.has(3) { position(&call.argument(3, scope)?, call.name())? } else { usize::MAX };
    let wanted = or_undefined(&wanted);
    let mut places = array.values().enumerate().take(end).skip(start);
    Ok(Some(match places.find(|(_, element)| equal::equal(*element, wanted)) {
        Some((index, _)) => Value::count(index),
        None => Value::int32(-1),
    }))
}

fn range<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let start = int32_or(&call.argument(0, scope)?, 34443, 34444, "$range's starting value")?;
    let end = int32_or(&call.argument(1, scope)?, 34445, 34446, "$range's ending value")?;
    let step = match call.has(2) {
        true => int32_or(&call.argument(2, scope)?, 34447, 34448, "$range's step value")?,
        false => 1,
    };
    if step == 0 {
        return Err(error(34449, "$range requires a non-zero step value"));
    }
    let mut out = Builder::array();
    let (mut at, end, step) = (i64::from(start), i64::from(end), i64::from(step));
    while if step > 0 { at < end } else { at > end } {
        out.push(Value::integer(at).as_ref())?;
        at += step;
    }
    out.finish().map(Some)
}

fn reverse<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let elements: Vec<_> = array_of(&value, 34435, "$reverseArray's argument")?.values().collect();
    of_elements(elements.into_iter().rev())
}

fn of_elements<'v>(elements: impl Iterator<Item = ValueRef<'v>>) -> Answer<'static> {
    let mut out = Builder::array();
    for element in elements {
        out.push(element)?;
    }
    out.finish().map(Some)
}

fn size<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    Ok(Some(Value::count(array_of(&value, 17124, "The argument to $size")?.len())))
}

fn slice<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (value, second) = (call.argument(0, scope)?, call.argument(1, scope)?);
    let third = call.argument(2, scope)?;
    if is_nullish(&value) || is_nullish(&second) || (call.has(2) && is_nullish(&third)) {
        return Ok(Some(Value::NULL));
    }
    let array = array_of(&value, 28724, "First argument to $slice")?;
    let length = array.len() as i64;
    let second = i64::from(int32_or(&second, 28725, 28726, "Second argument to $slice")?);
    let (from, count) = if call.has(2) {
        let count = i64::from(int32_or(&third, 28727, 28728, "Third argument to $slice")?);
        if count <= 0 {
            return Err(error(28729, format!("Third argument to $slice must be positive: {count}")));
        }
        (if second < 0 { (length + second).max(0) } else { second }, count)
    } else if second < 0 {
        ((length + second).max(0), -second)
    } else {
        (0, second)
    };
    of_elements(array.values().skip(from as usize).take(count as usize))
}

/// A variable's name, given as a literal string.
fn variable_name(value: Option<ValueRef<'_>>, default: &str) -> Result<String> {
    let Some(value) = value else { return Ok(default.to_owned()) };
    let name = string_of(value).ok_or_else(|| {
        let found = crate::value::kind::type_name(value.tag);
        Error::new(Code::FAILED_TO_PARSE, format!("'as' must be a string, found {found}"))
    })?;
    check_variable_name(name, true)?;
    Ok(name.to_owned())
}

const FILTER: Named = Named {
    fields: &[("input", Some(28648)), ("cond", Some(28650)), ("limit", None), ("as", None)],
    not_a_document: 28646,
    unknown: 28647,
};

fn parse_filter(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let values = named_values(operator.name, &FILTER, operand)?;
    let mut arguments = Vec::new();
    let name = variable_name(values[3], "this")?;
    for (index, value) in values.into_iter().take(3).enumerate() {
        let Some(value) = value else {
            arguments.push(None);
            continue;
        };
        arguments.push(Some(if index == 1 {
            parser.bound(vec![name.clone()], |parser| parser.expression(value))?
        } else {
            parser.expression(value)?
        }));
    }
    Ok(Call { operator, arguments, prepared: Prepared::Nothing })
}

fn filter<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let input = call.argument(0, scope)?;
    let limit = call.argument(2, scope)?;
    if is_nullish(&input) {
        return Ok(Some(Value::NULL));
    }
    let array = array_of(&input, 28651, "input to $filter")?;
    let limit = if is_nullish(&limit) {
        usize::MAX
    } else {
        let limit = int32_of(&limit).ok_or_else(|| {
            error(327391, format!("$filter: limit must be a 32-bit integer: {:?}", or_undefined(&limit)))
        })?;
        let above_zero = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        above_zero.ok_or_else(|| error(327392, format!("$filter: limit must be greater than 0: {limit}")))?
    };
    let mut out = Builder::array();
    for element in array.values() {
        let values = [Some(Value::from(element))];
        let frame = Frame { values: &values, outer: scope.locals };
        let inner = Scope { environment: scope.environment, locals: Some(&frame) };
        if is_true(&call.argument(1, &inner)?) {
            out.push(element)?;
            if out.len() >= limit {
                break;
            }
        }
    }
    out.finish().map(Some)
}

const MAP: Named = Named {
    fields: &[("input", Some(16880)), ("in", Some(16882)), ("as", None)],
    not_a_document: 16878,
    unknown: 16879,
};

fn parse_map(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let values = named_values(operator.name, &MAP, operand)?;
    let name = variable_name(values[2], "this")?;
    let (input, body) = (values[0].unwrap_or(ValueRef::NULL), values[1].unwrap_or(ValueRef::NULL));
    let input = parser.expression(input)?;
    let body = parser.bound(vec![name], |parser| parser.expression(body))?;
    Ok(Call { operator, arguments: vec![Some(input), Some(body)], prepared: Prepared::Nothing })
}

fn map<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let input = call.argument(0, scope)?;
    if is_nullish(&input) {
        return Ok(Some(Value::NULL));
    }
    let mut out = Builder::array();
    for element in array_of(&input, 16883, "input to $map")?.values() {
        let values = [Some(Value::from(element))];
        let frame = Frame { values: &values, outer: scope.locals };
        let inner = Scope { environment: scope.environment, locals: Some(&frame) };
        out.push_or_null(&call.argument(1, &inner)?)?;
    }
    out.finish().map(Some)
}

const REDUCE: Named = Named {
    fields: &[("input", Some(40077)), ("initialValue", Some(40078)), ("in", Some(40079))],
    not_a_document: 40075,
    unknown: 40076,
};

fn parse_reduce(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let values = named_values(operator.name, &REDUCE, operand)?;
    let value = |index: usize| values[index].unwrap_or(ValueRef::NULL);
    let (input, initial) = (parser.expression(value(0))?, parser.expression(value(1))?);
    let names = vec!["this".to_owned(), "value".to_owned()];
    let body = parser.bound(names, |parser| parser.expression(value(2)))?;
    Ok(Call {
        operator,
        arguments: vec![Some(input), Some(initial), Some(body)],
        prepared: Prepared::Nothing,
    })
}

fn reduce<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (input, initial) = (call.argument(0, scope)?, call.argument(1, scope)?);
    let Some(input) = input.filter(|input| !matches!(input.tag(), tag::NULL | tag::UNDEFINED)) else {
        return Ok(Some(Value::NULL));
    };
    let input = Some(input);
    let mut so_far = initial;
    for element in array_of(&input, 40080, "input to $reduce")?.values() {
        // The value outlives this step, so the element goes in as a part of the input.
        let values = [member(&input, Some(element)), so_far];
        let frame = Frame { values: &values, outer: scope.locals };
        so_far = call.argument(2, &Scope { environment: scope.environment, locals: Some(&frame) })?;
    }
    Ok(so_far)
}

const SORT: Named = Named {
    fields: &[("input", Some(2942502)), ("sortBy", Some(2942503))],
    not_a_document: 2942500,
    unknown: 2942501,
};

/// The direction of a sort of whole values; a sort by fields stands in the call as `Sort`.
fn parse_sort(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let values = named_values(operator.name, &SORT, operand)?;
    let input = parser.expression(values[0].unwrap_or(ValueRef::NULL))?;
    let by = values[1].unwrap_or(ValueRef::NULL);
    let prepared = match (by.as_document(), Number::of(by)) {
        (Some(fields), _) => {
            let sort = crate::Sort::parse(fields)?;
            if sort.is_empty() {
                return Err(error(2942505, "$sortArray's sortBy needs at least one field"));
            }
            Prepared::Sort(Box::new(sort))
        }
        (None, Some(direction)) => match direction.as_i64_exact() {
            Some(1) => Prepared::Choice(1),
            Some(-1) => Prepared::Choice(0),
            _ => return Err(error(2942506, "$sortArray's sortBy must be 1, -1 or a document")),
        },
        (None, None) => return Err(error(2942507, "$sortArray's sortBy must be 1, -1 or a document")),
    };
    Ok(Call { operator, arguments: vec![Some(input)], prepared })
}

fn sort<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let value = call.argument(0, scope)?;
    if is_nullish(&value) {
        return Ok(Some(Value::NULL));
    }
    let mut elements: Vec<_> =
        array_of(&value, 2942504, "The input argument to $sortArray")?.values().collect();
    match &call.prepared {
        Prepared::Sort(sort) => {
            let mut keyed = Vec::with_capacity(elements.len());
            for element in elements {
                let mut key = Vec::new();
                sort.key(element.as_document().unwrap_or(DocumentRef::EMPTY), &mut key)?;
                keyed.push((key, element));
            }
            keyed.sort_by(|left, right| left.0.cmp(&right.0));
            return of_elements(keyed.into_iter().map(|(_, element)| element));
        }
        Prepared::Choice(1) => elements.sort_by(|left, right| order::compare(*left, *right)),
        _ => elements.sort_by(|left, right| order::compare(*right, *left)),
    }
    of_elements(elements.into_iter())
}

const ZIP: Named = Named {
    fields: &[("inputs", Some(34465)), ("useLongestLength", None), ("defaults", None)],
    not_a_document: 34460,
    unknown: 34464,
};

/// The arguments are the inputs and then as many defaults; `Choice` counts the inputs and says whether the
/// longest decides (its lowest bit).
fn parse_zip(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let values = named_values(operator.name, &ZIP, operand)?;
    let inputs = values[0]
        .and_then(ValueRef::as_array)
        .ok_or_else(|| error(34461, "inputs must be an array of expressions"))?;
    let longest = match values[1] {
        None => false,
        Some(value) if value.tag == tag::BOOLEAN => value.bytes.first() != Some(&0),
        Some(_) => return Err(error(34463, "useLongestLength must be a bool")),
    };
    let mut arguments: Vec<Option<Node>> = Vec::new();
    for input in inputs.values() {
        arguments.push(Some(parser.expression(input)?));
    }
    let count = arguments.len();
    if count == 0 {
        return Err(error(34465, "$zip requires at least one input array"));
    }
    if let Some(defaults) = values[2] {
        let defaults =
            defaults.as_array().ok_or_else(|| error(34462, "defaults must be an array of expressions"))?;
        if !longest && !defaults.is_empty() {
            return Err(error(34466, "cannot specify defaults unless useLongestLength is true"));
        }
        if !defaults.is_empty() && defaults.len() != count {
            return Err(error(34467, "defaults and inputs must have the same length"));
        }
        for default in defaults.values() {
            arguments.push(Some(parser.expression(default)?));
        }
    }
    Ok(Call { operator, arguments, prepared: Prepared::Choice(count * 2 + usize::from(longest)) })
}

fn zip<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let Prepared::Choice(choice) = call.prepared else { return Ok(None) };
    let (count, longest) = (choice / 2, choice % 2 == 1);
    let mut inputs = Vec::with_capacity(count);
    for index in 0..count {
        let value = call.argument(index, scope)?;
        if is_nullish(&value) {
            return Ok(Some(Value::NULL));
        }
        array_of(&value, 34468, "$zip's input")?;
        inputs.push(value);
    }
    let mut defaults = Vec::with_capacity(count);
    for index in count..call.arguments.len() {
        defaults.push(call.argument(index, scope)?);
    }
    let arrays = inputs.iter().flatten().filter_map(Value::as_array);
    let lengths = arrays.clone().map(DocumentRef::len);
    let length = if longest { lengths.max() } else { lengths.min() }.unwrap_or(0);
    let mut columns: Vec<_> = arrays.map(DocumentRef::values).collect();
    let mut out = Builder::array();
    for _ in 0..length {
        let mut row = Builder::array();
        for (index, column) in columns.iter_mut().enumerate() {
            match column.next() {
                Some(element) => row.push(element)?,
                None => row.push_or_null(defaults.get(index).unwrap_or(&None))?,
            }
        }
        out.push(row.finish()?.as_ref())?;
    }
    out.finish().map(Some)
}

const SOME: Named = Named {
    fields: &[("n", Some(5787906)), ("input", Some(5787907))],
    not_a_document: 5787801,
    unknown: 5787901,
};

/// The `n` and the array of `$firstN` and its like.
fn n_and_input<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Result<(usize, Option<Value<'a>>)> {
    let n = call.argument(0, scope)?;
    let input = call.argument(1, scope)?;
    let Some(number) = number(&n) else {
        return Err(error(
            5787902,
            format!("Value for 'n' must be of integral type, but found {}", type_name(&n)),
        ));
    };
    let whole = number.as_i64_exact().ok_or_else(|| {
        error(5787903, format!("Value for 'n' must be of integral type, but found {:?}", or_undefined(&n)))
    })?;
    let n = usize::try_from(whole).ok().filter(|n| *n > 0);
    let n = n.ok_or_else(|| error(5787908, format!("'n' must be greater than 0, found {whole}")))?;
    array_of(&input, 5788200, "Input")?;
    Ok((n, input))
}

fn first_n<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (n, input) = n_and_input(call, scope)?;
    of_elements(array_of(&input, 5788200, "Input")?.values().take(n))
}

fn last_n<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let (n, input) = n_and_input(call, scope)?;
    let array = array_of(&input, 5788200, "Input")?;
    of_elements(array.values().skip(array.len().saturating_sub(n)))
}

fn extreme_n<'a>(call: &'a Call, scope: &Scope<'_, 'a>, largest: bool) -> Answer<'a> {
    let (n, input) = n_and_input(call, scope)?;
    let elements = array_of(&input, 5788200, "Input")?.values();
    let mut elements: Vec<_> =
        elements.filter(|element| !matches!(element.tag, tag::NULL | tag::UNDEFINED)).collect();
    elements.sort_by(|left, right| {
        let order = order::compare(*left, *right);
        if largest { order.reverse() } else { order }
    });
    of_elements(elements.into_iter().take(n))
}

fn max_n<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    extreme_n(call, scope, true)
}

fn min_n<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    extreme_n(call, scope, false)
}
