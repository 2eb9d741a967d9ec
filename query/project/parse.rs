//! Parsing projections.
//!
//! The invariant: the first field that says so (`_id` as a whole and `$slice` say nothing) decides between
//! inclusion and exclusion, and every path ends in one leaf that no other path runs through.

use super::{ElementMatch, Fields, Node, Projection, Slice};
use crate::error::{Code, Error, Result};
use crate::field_path::{self, PARTS_MAX};
use crate::filter::{Filter, Predicate};
use crate::path::Path;
use crate::value::{DocumentRef, Element, Number, ValueRef, View, write};
use std::cmp::Ordering;

#[derive(Default)]
struct Parser {
    /// What the fields so far decided.
    inclusion: Option<bool>,
    /// Whether `_id` is shown or left out as a whole.
    id: Option<bool>,
    fields: Fields,
    included: Vec<Path>,
    element_matches: Vec<usize>,
    /// The field with a positional `$`.
    positional: Option<String>,
}

pub(super) fn projection(document: DocumentRef<'_>) -> Result<Projection> {
    let mut parser = Parser::default();
    for element in document.elements() {
        parser.element(element, "", 0)?;
    }
    parser.finish()
}

impl Parser {
    fn finish(mut self) -> Result<Projection> {
        if let Some(path) = self.positional {
            return Err(not_implemented("the positional projection", &path));
        }
        let inclusion = self.inclusion.unwrap_or(self.id == Some(true) || !self.element_matches.is_empty());
        let names_id = self.fields.iter().any(|(name, _)| **name == *b"_id");
        if inclusion && !names_id {
            self.fields.push((b"_id".as_slice().into(), Node::Include));
            self.included.push(Path::new("_id"));
        }
        let Parser { fields, included, element_matches, .. } = self;
        Ok(Projection { inclusion, fields, included, element_matches })
    }

    fn element(&mut self, element: Element<'_>, parent: &str, depth: usize) -> Result<()> {
        let name = simdutf8::basic::from_utf8(element.name)
            .map_err(|_| Error::new(Code::INVALID_BSON, "a projected path is not valid UTF-8"))?;
        let full = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        if let Some(before) = full.strip_suffix(".$") {
            return self.positional(before, element.value);
        }
        if full.contains(".$.") {
            let message = format!("a positional projection may only be used at the end of a path: '{full}'");
            return Err(Error::new(Code(31394), message));
        }
        // The part is read first, so that its faults are told by its own text.
        field_path::parse(element.name)?;
        let path = field_path::parse(full.as_bytes())?;
        match element.value.view() {
            View::Document(object) => self.object(path, object, depth),
            View::Boolean(shown) => self.leaf(path, shown),
            View::Double(_) | View::Int32(_) | View::Int64(_) | View::Decimal128(_) => {
                self.leaf(path, is_true(element.value))
            }
            View::String(_)
            | View::Array(_)
            | View::Binary { .. }
            | View::Undefined
            | View::ObjectId(_)
            | View::DateTime(_)
            | View::Null
            | View::Regex { .. }
            | View::DbPointer { .. }
            | View::JavaScript(_)
            | View::Symbol(_)
            | View::JavaScriptWithScope { .. }
            | View::Timestamp { .. }
            | View::MaxKey
            | View::MinKey => {
                Err(not_implemented(&format!("a computed value ({:?})", element.value), path.as_str()))
            }
        }
    }

    /// `{path: {…}}`: an operator when it has one field that begins with `$`, else more fields.
    fn object(&mut self, path: Path, object: DocumentRef<'_>, depth: usize) -> Result<()> {
        let mut elements = object.elements();
        let Some(first) = elements.next() else {
            let message = format!(
                "An empty sub-projection is not a valid value. Found empty object at path '{}'",
                path.as_str()
            );
            return Err(Error::new(Code(51270), message));
        };
        if first.name.starts_with(b"$") && elements.next().is_none() {
            return self.operator(path, first);
        }
        if depth >= PARTS_MAX {
            return Err(Error::new(Code::OVERFLOW, "the projection is nested too deep"));
        }
        object.elements().try_for_each(|element| self.element(element, path.as_str(), depth + 1))
    }

    fn leaf(&mut self, path: Path, shown: bool) -> Result<()> {
        if path.as_str() == "_id" {
            self.id = Some(shown);
        } else {
            match (self.inclusion, shown) {
                (Some(false), true) => {
                    let message =
                        format!("Cannot do inclusion on field {} in exclusion projection", path.as_str());
                    return Err(Error::new(Code(31253), message));
                }
                (Some(true), false) => {
                    let message =
                        format!("Cannot do exclusion on field {} in inclusion projection", path.as_str());
                    return Err(Error::new(Code(31254), message));
                }
                (Some(_) | None, _) => self.inclusion = Some(shown),
            }
        }
        self.add(path, if shown { Node::Include } else { Node::Exclude })
    }

    fn operator(&mut self, path: Path, operator: Element<'_>) -> Result<()> {
        match operator.name {
            b"$slice" => {
                let slice = slice(path.as_str(), operator.value)?;
                self.add(path, Node::Slice(slice))
            }
            b"$elemMatch" => {
                let element_match = element_match(&path, operator.value)?;
                if self.positional.is_some() {
                    let message = "Cannot specify positional operator and $elemMatch";
                    return Err(Error::new(Code(31255), message));
                }
                self.add(path, Node::ElementMatch(element_match))?;
                self.element_matches.push(self.fields.len() - 1);
                Ok(())
            }
            other => Err(not_implemented(&String::from_utf8_lossy(other), path.as_str())),
        }
    }

    fn positional(&mut self, before: &str, value: ValueRef<'_>) -> Result<()> {
        if let Some(operator) = value.as_document().and_then(|object| object.elements().next()) {
            if operator.name == b"$slice" {
                let message = "positional projection cannot be used with $slice";
                return Err(Error::new(Code(31271), message));
            }
            let operator = String::from_utf8_lossy(operator.name);
            return Err(not_implemented(&format!("the positional projection with {operator}"), before));
        }
        if !is_true(value) {
            let message = "positional projection cannot be used with exclusion";
            return Err(Error::new(Code(31395), message));
        }
        if !self.element_matches.is_empty() {
            let message = "Cannot specify positional operator and $elemMatch";
            return Err(Error::new(Code(31256), message));
        }
        if self.positional.is_some() {
            let message = "Cannot specify more than one positional projection per query";
            return Err(Error::new(Code(31276), message));
        }
        field_path::parse(before.as_bytes())?;
        self.positional = Some(before.to_owned());
        Ok(())
    }

    /// Puts a leaf at the end of `path`.
    fn add(&mut self, path: Path, leaf: Node) -> Result<()> {
        let mut fields = &mut self.fields;
        let last = path.len() - 1;
        for index in 0..last {
            let part = path.part(index).as_bytes();
            let at = match fields.iter().position(|(name, _)| **name == *part) {
                Some(at) => at,
                None => {
                    fields.push((part.into(), Node::Fields(Fields::new())));
                    fields.len() - 1
                }
            };
            let Node::Fields(inner) = &mut fields[at].1 else {
                let rest: Vec<&str> = path.parts().skip(index + 1).collect();
                let message =
                    format!("Path collision at {} remaining portion {}", path.as_str(), rest.join("."));
                return Err(Error::new(Code(31249), message));
            };
            fields = inner;
        }
        let part = path.part(last).as_bytes();
        if fields.iter().any(|(name, _)| **name == *part) {
            return Err(Error::new(Code(31250), format!("Path collision at {}", path.as_str())));
        }
        let shows = !matches!(leaf, Node::Exclude);
        fields.push((part.into(), leaf));
        if shows {
            self.included.push(path);
        }
        Ok(())
    }
}

/// `limit`, or `[skip, limit]`.
fn slice(path: &str, operand: ValueRef<'_>) -> Result<Slice> {
    if let Some(limit) = Number::of(operand) {
        return Ok(Slice { skip: None, limit: cut(limit) });
    }
    let parts: Vec<ValueRef<'_>> = operand.as_array().map_or_else(Vec::new, |array| array.values().collect());
    if !(2..=3).contains(&parts.len()) {
        let message =
            format!("Expression $slice takes at least 2 arguments, and at most 3, at '{path}': {operand:?}");
        return Err(Error::new(Code(28667), message));
    }
    match (Number::of(parts[0]), Number::of(parts[1])) {
        (Some(skip), Some(limit)) if parts.len() == 2 && cut(limit) > 0 => {
            Ok(Slice { skip: Some(cut(skip)), limit: cut(limit) })
        }
        (Some(_), Some(_)) => {
            let message = format!(
                "$slice takes a limit, or a skip and a limit above 0, at '{path}': First argument to $slice \
                 must be an array, but is of type: number"
            );
            Err(Error::new(Code(28724), message))
        }
        _ => Err(not_implemented("the expression $slice", path)),
    }
}

/// The number as an int32, cut towards zero and kept within its bounds.
fn cut(number: Number) -> i64 {
    let kept = number.truncated().unwrap_or_else(|| {
        // NaN gives 0, and what no int64 holds its end of the range.
        number.as_f64() as i64
    });
    kept.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
}

fn element_match(path: &Path, operand: ValueRef<'_>) -> Result<ElementMatch> {
    if operand.as_document().is_none() {
        let message = format!("elemMatch: Invalid argument, object required, but got {operand:?}");
        return Err(Error::new(Code(31274), message));
    }
    if path.len() > 1 {
        let message = format!("Cannot use $elemMatch projection on a nested field: '{}'", path.as_str());
        return Err(Error::new(Code(31275), message));
    }
    let mut document = Vec::new();
    let start = write::begin(&mut document);
    let inner = write::begin_document(&mut document, path.as_str().as_bytes());
    write::element(&mut document, b"$elemMatch", operand);
    write::end(&mut document, inner);
    write::end(&mut document, start);
    match Filter::parse(DocumentRef::new(&document))? {
        Filter::Field(_, Predicate::ElementDocument(filter)) => Ok(ElementMatch::Document(*filter)),
        Filter::Field(_, Predicate::ElementValue(predicates)) => Ok(ElementMatch::Value(predicates)),
        other => Err(not_implemented(&format!("$elemMatch parsed as {other:?}"), path.as_str())),
    }
}

/// Whether a number counts as true: all do but 0.
fn is_true(value: ValueRef<'_>) -> bool {
    match value.view() {
        View::Boolean(truth) => truth,
        _ => Number::of(value).is_some_and(|number| number.compare(Number::Int32(0)) != Ordering::Equal),
    }
}

fn not_implemented(what: &str, path: &str) -> Error {
    Error::new(Code::NOT_IMPLEMENTED, format!("{what} at '{path}' of a projection is not implemented"))
}
