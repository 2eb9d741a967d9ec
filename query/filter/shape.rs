//! A filter as a document again: what `explain` shows as `parsedQuery`.

use super::{Comparison, Filter, Predicate, Regex};
use crate::value::{ValueBuf, ValueRef, write};

pub(super) fn document(filter: &Filter) -> bson::RawDocumentBuf {
    let mut bytes = Vec::new();
    let start = write::begin(&mut bytes);
    members(filter, &mut bytes);
    write::end(&mut bytes, start);
    bson::RawDocumentBuf::from_bytes(bytes).unwrap_or_default()
}

/// Writes the members of the document that says `filter`.
fn members(filter: &Filter, out: &mut Vec<u8>) {
    match filter {
        Filter::All => {}
        Filter::And(terms) => conjunction(out, terms),
        Filter::Or(terms) => array(out, "$or", terms),
        Filter::Nor(terms) => array(out, "$nor", terms),
        Filter::Field(path, predicate) => under_path(path.as_str(), predicate, out),
    }
}

fn array(out: &mut Vec<u8>, operator: &str, terms: &[Filter]) {
    let start = write::begin_array(out, operator.as_bytes());
    for (index, term) in terms.iter().enumerate() {
        let document = begin_member(out, index);
        members(term, out);
        write::end(out, document);
    }
    write::end(out, start);
}

fn begin_member(out: &mut Vec<u8>, index: usize) -> usize {
    let mut buffer = [0; 20];
    write::begin_document(out, write::index_name(index, &mut buffer))
}

/// Writes `$and: […]`, the terms of `$all` laid out flat in it as MongoDB has them.
fn conjunction(out: &mut Vec<u8>, terms: &[Filter]) {
    let start = write::begin_array(out, b"$and");
    let mut index = 0;
    for term in terms {
        match term {
            Filter::Field(path, Predicate::All(parts) | Predicate::Both(parts)) if parts.len() > 1 => {
                parts.iter().for_each(|part| part_of_path(out, &mut index, path.as_str(), part));
            }
            other => {
                let document = begin_member(out, index);
                members(other, out);
                write::end(out, document);
                index += 1;
            }
        }
    }
    write::end(out, start);
}

fn part_of_path(out: &mut Vec<u8>, index: &mut usize, path: &str, part: &Predicate) {
    let document = begin_member(out, *index);
    under_path(path, part, out);
    write::end(out, document);
    *index += 1;
}

/// Writes `path: {operators}`; terms that MongoDB keeps apart stand under `$and`.
fn under_path(path: &str, predicate: &Predicate, out: &mut Vec<u8>) {
    match predicate {
        Predicate::All(terms) if terms.is_empty() => write::int32(out, b"$alwaysFalse", 1),
        Predicate::All(terms) | Predicate::Both(terms) if terms.len() > 1 => {
            let start = write::begin_array(out, b"$and");
            let mut index = 0;
            terms.iter().for_each(|term| part_of_path(out, &mut index, path, term));
            write::end(out, start);
        }
        _ => {
            let start = write::begin_document(out, path.as_bytes());
            operators(predicate, out);
            write::end(out, start);
        }
    }
}

/// Writes the operators of one predicate.
fn operators(predicate: &Predicate, out: &mut Vec<u8>) {
    match predicate {
        Predicate::Compare(comparison, value) => write::element(out, name(*comparison), value.as_ref()),
        Predicate::In(values, patterns) => {
            let start = write::begin_array(out, b"$in");
            let regexes: Vec<ValueBuf> = patterns.iter().map(regex_value).collect();
            for (index, value) in values.iter().chain(&regexes).enumerate() {
                write::array_element(out, index, value.as_ref());
            }
            write::end(out, start);
        }
        Predicate::Regex(regex) => {
            write::string(out, b"$regex", &regex.pattern);
            if !regex.options.is_empty() {
                write::string(out, b"$options", &regex.options);
            }
        }
        Predicate::Exists(true) => boolean(out, b"$exists", true),
        Predicate::Exists(false) => {
            let start = write::begin_document(out, b"$not");
            boolean(out, b"$exists", true);
            write::end(out, start);
        }
        Predicate::Type(types) => {
            let start = write::begin_array(out, b"$type");
            for (index, tag) in types.tags.iter().enumerate() {
                let code = i32::from(i8::from_le_bytes([*tag]));
                let mut buffer = [0; 20];
                write::int32(out, write::index_name(index, &mut buffer), code);
            }
            write::end(out, start);
        }
        Predicate::Modulo { divisor, remainder } => {
            let start = write::begin_array(out, b"$mod");
            write::int64(out, b"0", *divisor);
            write::int64(out, b"1", *remainder);
            write::end(out, start);
        }
        Predicate::Size(size) => match i32::try_from(*size) {
            Ok(size) => write::int32(out, b"$size", size),
            Err(_) => write::int64(out, b"$size", *size),
        },
        Predicate::All(terms) if terms.is_empty() => {
            // Never holds, as no value is in an empty array.
            let start = write::begin_array(out, b"$in");
            write::end(out, start);
        }
        Predicate::All(terms) | Predicate::Both(terms) => terms.iter().for_each(|term| operators(term, out)),
        Predicate::ElementDocument(filter) => {
            let start = write::begin_document(out, b"$elemMatch");
            members(filter, out);
            write::end(out, start);
        }
        Predicate::ElementValue(predicates) => {
            let start = write::begin_document(out, b"$elemMatch");
            predicates.iter().for_each(|predicate| operators(predicate, out));
            write::end(out, start);
        }
        Predicate::Not(inner) => {
            let start = write::begin_document(out, b"$not");
            operators(inner, out);
            write::end(out, start);
        }
    }
}

fn name(comparison: Comparison) -> &'static [u8] {
    match comparison {
        Comparison::Equal => b"$eq",
        Comparison::Less => b"$lt",
        Comparison::LessOrEqual => b"$lte",
        Comparison::Greater => b"$gt",
        Comparison::GreaterOrEqual => b"$gte",
    }
}

fn boolean(out: &mut Vec<u8>, name: &[u8], value: bool) {
    write::element(out, name, ValueRef { tag: crate::value::tag::BOOLEAN, bytes: &[u8::from(value)] });
}

fn regex_value(regex: &Regex) -> ValueBuf {
    let mut bytes = regex.pattern.clone().into_bytes();
    bytes.push(0);
    bytes.extend_from_slice(regex.options.as_bytes());
    bytes.push(0);
    ValueBuf::new(crate::value::tag::REGEX, bytes)
}
