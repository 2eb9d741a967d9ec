//! The operators that make a field's new value from its old one alone:
//! `$set $setOnInsert $unset $inc $mul $min $max $currentDate`.
//!
//! Each says what becomes of a value and what stands where none was; where the value goes is not its matter.
use super::scalar::Scalar;
use crate::context::Context;
use crate::error::{Code, Error, Result};
use crate::path::Path;
use crate::value::equal::equal;
use crate::value::kind::type_name;
use crate::value::order::compare;
use crate::value::{DocumentRef, Number, ValueBuf, ValueRef, tag};
use std::cmp::Ordering;

/// One operator with its operand.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    Set(ValueBuf),
    SetOnInsert(ValueBuf),
    Unset,
    Increment(Number),
    Multiply(Number),
    Min(ValueBuf),
    Max(ValueBuf),
    CurrentDate(DateKind),
}

/// What `$currentDate` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateKind {
    Date,
    Timestamp,
}

/// What becomes of a field.
#[derive(Clone, Debug)]
pub(super) enum Outcome<'m> {
    /// It stays as it is, byte for byte.
    Keep,
    /// The operand takes its place.
    Operand(ValueRef<'m>),
    /// A computed value takes its place.
    Computed(Scalar),
    /// It goes; an element of an array becomes null.
    Remove,
}

/// Where a value stands, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) path: &'p Path,
    pub(super) document: DocumentRef<'p>,
}

impl Place<'_> {
    /// The document by its `_id`, as MongoDB's messages name it.
    pub(super) fn document_name(&self) -> String {
        match self.document.get(b"_id") {
            Some(id) => format!("{{_id: {}}}", shown(id)),
            None => "{no _id}".into(),
        }
    }

    /// The last part of the path.
    pub(super) fn field(&self) -> &str {
        self.path.part(self.path.len() - 1)
    }
}

/// A value for a message, cut when it is long.
pub(super) fn shown(value: ValueRef<'_>) -> String {
    if value.bytes.len() > 512 {
        return format!("<{} of {} bytes>", type_name(value.tag), value.bytes.len());
    }
    format!("{value:?}")
}

impl Operator {
    /// Whether the operator does something to a document that is (`inserting`) or is not being upserted.
    pub(super) fn acts(&self, inserting: bool) -> bool {
        inserting || !matches!(self, Operator::SetOnInsert(_))
    }

    /// What becomes of `old`.
    ///
    /// # Errors
    /// TypeMismatch (14) for arithmetic on what is no number, BadValue (2) when int64 overflows.
    pub(super) fn on_value<'m>(
        &'m self,
        old: ValueRef<'_>,
        place: Place<'_>,
        context: &Context,
    ) -> Result<Outcome<'m>> {
        Ok(match self {
            Operator::Set(value) | Operator::SetOnInsert(value) => replace(old, value.as_ref()),
            Operator::Unset => Outcome::Remove,
            Operator::Increment(by) => arithmetic("$inc", old, *by, Number::add, place)?,
            Operator::Multiply(by) => arithmetic("$mul", old, *by, Number::multiply, place)?,
            Operator::Min(value) if compare(value.as_ref(), old) == Ordering::Less => {
                Outcome::Operand(value.as_ref())
            }
            Operator::Max(value) if compare(value.as_ref(), old) == Ordering::Greater => {
                Outcome::Operand(value.as_ref())
            }
            Operator::Min(_) | Operator::Max(_) => Outcome::Keep,
            Operator::CurrentDate(kind) => kind.now(context),
        })
    }

    /// What stands where nothing was.
    pub(super) fn on_nothing<'m>(&'m self, context: &Context) -> Outcome<'m> {
        match self {
            Operator::Set(value)
            | Operator::SetOnInsert(value)
            | Operator::Min(value)
            | Operator::Max(value) => Outcome::Operand(value.as_ref()),
            Operator::Unset => Outcome::Keep,
            Operator::Increment(by) => Outcome::Computed((*by).into()),
            // Zero of the operand's type; NaN and the infinities times zero are NaN.
            Operator::Multiply(by) => Outcome::Computed(by.multiply(Number::Int32(0)).unwrap_or(*by).into()),
            Operator::CurrentDate(kind) => kind.now(context),
        }
    }

    /// Reads the operand that an operator of this name has at `path`.
    ///
    /// # Errors
    /// TypeMismatch (14) when `$inc` or `$mul` are given no number.
    pub(super) fn arithmetic(name: &str, path: &Path, operand: ValueRef<'_>) -> Result<Number> {
        Number::of(operand).ok_or_else(|| {
            let verb = if name == "$inc" { "increment" } else { "multiply" };
            let (path, operand) = (path.as_str(), shown(operand));
            Error::new(
                Code::TYPE_MISMATCH,
                format!("Cannot {verb} with non-numeric argument: {{{path}: {operand}}} of {name}"),
            )
        })
    }
}

impl DateKind {
    /// Reads the operand of `$currentDate`: a boolean, `{$type: "date"}` or `{$type: "timestamp"}`.
    ///
    /// # Errors
    /// BadValue (2) for anything else.
    pub(super) fn parse(path: &Path, operand: ValueRef<'_>) -> Result<DateKind> {
        let refuse = |what: String| Err(Error::new(Code::BAD_VALUE, what));
        if operand.tag == tag::BOOLEAN {
            return Ok(DateKind::Date);
        }
        let Some(document) = operand.as_document() else {
            let (found, path) = (type_name(operand.tag), path.as_str());
            return refuse(format!(
                "{found} is not valid type for $currentDate at '{path}'. Please use a boolean ('true') or a \
                 $type expression ({{$type: 'timestamp/date'}})."
            ));
        };
        let mut kind = None;
        for element in document.elements() {
            if element.name != b"$type" {
                let name = String::from_utf8_lossy(element.name);
                return refuse(format!("Unrecognized $currentDate option at '{}': {name}", path.as_str()));
            }
            kind = match element.value.as_str() {
                Some("date") => Some(DateKind::Date),
                Some("timestamp") => Some(DateKind::Timestamp),
                Some(_) | None => None,
            };
        }
        match kind {
            Some(kind) => Ok(kind),
            None => refuse(format!(
                "The '$type' string field of $currentDate at '{}' is required to be 'date' or 'timestamp'",
                path.as_str()
            )),
        }
    }

    fn now<'m>(self, context: &Context) -> Outcome<'m> {
        Outcome::Computed(match self {
            DateKind::Date => Scalar::date(context.now_ms),
            DateKind::Timestamp => Scalar::timestamp(context.timestamp),
        })
    }
}

fn replace<'m>(old: ValueRef<'_>, new: ValueRef<'m>) -> Outcome<'m> {
    if old == new { Outcome::Keep } else { Outcome::Operand(new) }
}

fn arithmetic<'m>(
    name: &str,
    old: ValueRef<'_>,
    by: Number,
    operation: fn(Number, Number) -> Option<Number>,
    place: Place<'_>,
) -> Result<Outcome<'m>> {
    let Some(number) = Number::of(old) else {
        let (document, field, found) = (place.document_name(), place.field(), type_name(old.tag));
        return Err(Error::new(
            Code::TYPE_MISMATCH,
            format!(
                "Cannot apply {name} to a value of non-numeric type. {document} has the field '{field}' of \
                 non-numeric type {found}"
            ),
        ));
    };
    let Some(result) = operation(number, by) else {
        let (document, old) = (place.document_name(), shown(old));
        return Err(Error::new(
            Code::BAD_VALUE,
            format!(
                "Failed to apply {name} operations to current value ({old}) at '{}' for document {document}: \
                 the result is beyond int64",
                place.path.as_str()
            ),
        ));
    };
    let result = Scalar::from(result);
    // As in MongoDB, a result of the same type and value leaves the field's bytes: -0.0 and 1.00 stay.
    let same = result.as_ref().tag == old.tag && equal(result.as_ref(), old);
    Ok(if same { Outcome::Keep } else { Outcome::Computed(result) })
}
