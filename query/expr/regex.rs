//! Regular expressions: whether, where and how often a string matches.
//!
//! The invariant: a pattern that is the same for every document is compiled once, when it is parsed.

use super::evaluate::{Call, Prepared, Scope};
use super::parse::{Arguments, Named, Operator, Parser};
use super::string::text_of;
use super::value::{Builder, Value, is_nullish, type_name};
use super::{Answer, error};
use crate::error::Result;
use crate::filter::{END_GROUP, Regex};
use crate::value::{ValueRef, View};
use regex::bytes::Captures;

pub(super) const OPERATORS: &[Operator] = &[
    Operator { name: "$regexFind", arguments: Arguments::Own(parse), run: find },
    Operator { name: "$regexFindAll", arguments: Arguments::Own(parse), run: find_all },
    Operator { name: "$regexMatch", arguments: Arguments::Own(parse), run: matches },
];

const NAMED: Named = Named {
    fields: &[("input", Some(31022)), ("regex", Some(31023)), ("options", None)],
    not_a_document: 51103,
    unknown: 31024,
};

type Compiled = regex::bytes::Regex;

fn parse(parser: &mut Parser<'_>, operator: &'static Operator, operand: ValueRef<'_>) -> Result<Call> {
    let mut call = parser.named(operator, &NAMED, operand)?;
    let literal = |index: usize| -> Option<Option<Value<'_>>> {
        match call.arguments.get(index) {
            Some(Some(node)) => node.literal().map(|value| Some(Value::from(value))),
            _ => Some(None),
        }
    };
    if let (Some(pattern), Some(options)) = (literal(1), literal(2))
        && let Ok(Some(compiled)) = compiled(operator.name, &pattern, &options)
    {
        call.prepared = Prepared::Regex(Box::new(compiled));
    }
    Ok(call)
}

/// The compiled pattern; `None` when there is none.
fn compiled(
    name: &str,
    pattern: &Option<Value<'_>>,
    options: &Option<Value<'_>>,
) -> Result<Option<Compiled>> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (pattern, own_options) = match pattern.as_ref().map(Value::view) {
        None | Some(View::Null | View::Undefined) => (None, String::new()),
        Some(View::String(pattern)) => (Some(text(pattern)), String::new()),
        Some(View::Regex { pattern, options }) => (Some(text(pattern)), text(options)),
        Some(_) => {
            let found = type_name(pattern);
            return Err(error(
                51105,
                format!("{name} needs 'regex' to be of type string or regex, found {found}"),
            ));
        }
    };
    let is_regex = pattern.is_some() && !own_options.is_empty();
    let options = match options.as_ref().map(Value::view) {
        None | Some(View::Null | View::Undefined) => own_options,
        Some(View::String(given)) => {
            if is_regex {
                return Err(error(
                    51107,
                    format!("{name}: found regex option(s) specified in both 'regex' and 'option' fields"),
                ));
            }
            text(given)
        }
        Some(_) => {
            let found = type_name(options);
            return Err(error(51106, format!("{name} needs 'options' to be of type string, found {found}")));
        }
    };
    let Some(pattern) = pattern else { return Ok(None) };
    if options.contains('\0') {
        return Err(error(
            51110,
            format!("{name}: regular expression options cannot contain an embedded null byte"),
        ));
    }
    if let Some(flag) = options.chars().find(|flag| !"imsxu".contains(*flag)) {
        let flag = flag.escape_default();
        return Err(error(51108, format!("{name} invalid flag in regex options: {flag}")));
    }
    if pattern.contains('\0') {
        return Err(error(51109, format!("{name}: regular expression cannot contain an embedded null byte")));
    }
    Regex::with_places(&pattern, &options)
        .map(Some)
        .map_err(|why| error(51111, format!("Invalid Regex in {name}: {why}")))
}

/// Hands the pattern and the text to `answer`; `None` when one of them is not there.
fn with_regex<'a, T>(
    call: &'a Call,
    scope: &Scope<'_, 'a>,
    answer: impl FnOnce(&Compiled, &str) -> Result<T>,
) -> Result<Option<T>> {
    let own;
    let regex = match &call.prepared {
        Prepared::Regex(regex) => Some(&**regex),
        _ => {
            own = compiled(call.name(), &call.argument(1, scope)?, &call.argument(2, scope)?)?;
            own.as_ref()
        }
    };
    let input = call.argument(0, scope)?;
    if is_nullish(&input) {
        return Ok(None);
    }
    let text = text_of(&input, 51104, &format!("{}'s 'input'", call.name()))?;
    regex.map(|regex| answer(regex, text)).transpose()
}

fn matches<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let found = with_regex(call, scope, |regex, text| Ok(regex.is_match(text.as_bytes())))?;
    Ok(Some(Value::boolean(found.unwrap_or(false))))
}

/// Where a match begins and ends, without the newline that a `$` at its end took.
fn place(regex: &Compiled, captures: &Captures<'_>) -> (usize, usize) {
    let whole = captures.get(0).map_or((0, 0), |found| (found.start(), found.end()));
    let taken = regex.capture_names().enumerate().filter_map(|(index, name)| {
        name.filter(|name| name.starts_with(END_GROUP)).and_then(|_| captures.get(index))
    });
    (whole.0, taken.map(|taken| taken.start()).fold(whole.1, usize::min).max(whole.0))
}

/// A match as MongoDB shows it. `counted` is a place and its code point that the match does not precede.
fn shown(
    regex: &Compiled,
    captures: &Captures<'_>,
    text: &str,
    counted: &mut (usize, usize),
) -> Result<Value<'static>> {
    let (start, end) = place(regex, captures);
    let slice = |start: usize, end: usize| {
        String::from_utf8_lossy(text.as_bytes().get(start..end).unwrap_or_default()).into_owned()
    };
    let between = text.as_bytes().get(counted.0..start).unwrap_or_default();
    let signs = between.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    *counted = (start.max(counted.0), counted.1 + signs);
    let mut groups = Builder::array();
    for (index, name) in regex.capture_names().enumerate().skip(1) {
        if name.is_some_and(|name| name.starts_with(END_GROUP)) {
            continue;
        }
        match captures.get(index) {
            Some(group) => {
                groups.push(
                    Value::string(&slice(group.start(), group.end().min(end.max(group.start())))).as_ref(),
                )?;
            }
            None => groups.push(ValueRef::NULL)?,
        }
    }
    let mut out = Builder::document();
    out.field(b"match", Value::string(&slice(start, end)).as_ref())?;
    out.field(b"idx", Value::count(counted.1).as_ref())?;
    out.field(b"captures", groups.finish()?.as_ref())?;
    out.finish()
}

fn find<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let found = with_regex(call, scope, |regex, text| {
        let captures = regex.captures(text.as_bytes());
        captures.map(|captures| shown(regex, &captures, text, &mut (0, 0))).transpose()
    })?;
    Ok(Some(found.flatten().unwrap_or(Value::NULL)))
}

fn find_all<'a>(call: &'a Call, scope: &Scope<'_, 'a>) -> Answer<'a> {
    let found = with_regex(call, scope, |regex, text| {
        let mut out = Builder::array();
        let mut counted = (0, 0);
        for captures in places(regex, text) {
            out.push(shown(regex, &captures, text, &mut counted)?.as_ref())?;
        }
        out.finish()
    })?;
    match found {
        Some(found) => Ok(Some(found)),
        None => Builder::array().finish().map(Some),
    }
}

/// All matches from left to right. Behind an empty one the search goes on one code point further.
fn places<'t>(regex: &Compiled, text: &'t str) -> impl Iterator<Item = Captures<'t>> {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let start = at?;
        let captures = regex.captures_at(text.as_bytes(), start)?;
        let (from, to) = place(regex, &captures);
        let to = to.max(start);
        at = if to > from {
            Some(to)
        } else {
            text.get(to..).and_then(|rest| Some(to + rest.chars().next()?.len_utf8()))
        };
        Some(captures)
    })
}
