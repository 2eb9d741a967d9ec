//! Reading a command's fields: types checked and refused as MongoDB's parsers do.
//!
//! A field that is null or undefined counts as absent, as in MongoDB's own command parsers.

use crate::engine::{Hint, Namespace};
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::{DocumentRef, Number, ValueRef, View, kind, tag};
use bson::RawDocumentBuf;

/// Fields that every command takes, and that change nothing here.
const GENERIC_FIELDS: &[&str] = &[
    "$db",
    "lsid",
    "$clusterTime",
    "$readPreference",
    "readConcern",
    "writeConcern",
    "maxTimeMS",
    "maxTimeMSOpOnly",
    "comment",
    "apiVersion",
    "apiStrict",
    "apiDeprecationErrors",
    "txnNumber",
    "$audit",
    "$client",
    "$configServerState",
    "$configTime",
    "$topologyTime",
    "$tenant",
    "$oplogQueryData",
    "$replData",
    "$queryOptions",
    "$traceCtx",
    "allowImplicitCollectionCreation",
    "clientOperationKey",
    "expectPrefix",
    "mayBypassWriteBlocking",
    "rawData",
    "requestGossipRoutingCache",
    "shardVersion",
    "databaseVersion",
    "backpressure",
];

/// Below this every whole number is a double of its own.
const DOUBLE_WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// A command document with its name, for messages like `BSON field 'find.limit' …`.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'a> {
    command: &'static str,
    document: DocumentRef<'a>,
}

/// One field of a command or of one of its statements.
#[derive(Clone, Copy)]
pub(crate) struct Argument<'a> {
    scope: &'a str,
    /// The field's name.
    pub(crate) name: &'a str,
    /// The field's value.
    pub(crate) value: ValueRef<'a>,
}

impl<'a> Arguments<'a> {
    /// Reads `document` as the command `command`.
    pub(crate) fn new(command: &'static str, document: DocumentRef<'a>) -> Self {
        Arguments { command, document }
    }

    /// The value of the command's first field: usually a collection's name.
    pub(crate) fn target(&self) -> ValueRef<'a> {
        self.document.elements().next().map_or(ValueRef::NULL, |element| element.value)
    }

    /// The collection the command names, in `database`.
    pub(crate) fn namespace(&self, database: &str) -> Result<Namespace> {
        let Some(collection) = self.target().as_str() else {
            return Err(Error::request(
                Code::INVALID_NAMESPACE,
                format!("collection name has invalid type {}", kind::type_name(self.target().tag)),
            ));
        };
        Namespace::new(database, collection)
    }

    /// Hands every field behind the first to `read`, which says whether it knows it. Generic fields are
    /// passed over when it does not.
    ///
    /// # Errors
    /// 40415 for an unknown field, 40413 for one given twice.
    pub(crate) fn each(&self, mut read: impl FnMut(Argument<'a>) -> Result<bool>) -> Result<()> {
        each_field(self.command, self.document, true, GENERIC_FIELDS, &mut read)
    }
}

/// Hands the fields of one statement of a batch (`update.updates.q`) to `read`.
pub(crate) fn each_of_statement<'a>(
    scope: &'a str,
    statement: DocumentRef<'a>,
    mut read: impl FnMut(Argument<'a>) -> Result<bool>,
) -> Result<()> {
    each_field(scope, statement, false, &[], &mut read)
}

fn each_field<'a>(
    scope: &'a str,
    document: DocumentRef<'a>,
    skip_first: bool,
    generic: &[&str],
    read: &mut dyn FnMut(Argument<'a>) -> Result<bool>,
) -> Result<()> {
    let mut seen: Vec<&[u8]> = Vec::new();
    for element in document.elements().skip(usize::from(skip_first)) {
        let name = std::str::from_utf8(element.name).unwrap_or("\u{fffd}");
        if seen.contains(&element.name) {
            return Err(Error::request(
                Code(40413),
                format!("BSON field '{scope}.{name}' is a duplicate field"),
            ));
        }
        seen.push(element.name);
        let argument = Argument { scope, name, value: element.value };
        let known = if is_absent(element.value) {
            // Absent, but its name still has to be one: ask with a value that no reader looks at.
            generic.contains(&name) || read(argument)?
        } else {
            read(argument)? || generic.contains(&name)
        };
        if !known {
            return Err(Error::request(
                Code::UNKNOWN_FIELD,
                format!("BSON field '{scope}.{name}' is an unknown field."),
            ));
        }
    }
    Ok(())
}

fn is_absent(value: ValueRef<'_>) -> bool {
    matches!(value.tag, tag::NULL | tag::UNDEFINED)
}

impl<'a> Argument<'a> {
    /// A field `name` of `scope`.
    pub(crate) fn new(scope: &'a str, name: &'a str, value: ValueRef<'a>) -> Self {
        Argument { scope, name, value }
    }

    /// Whether the field counts as not given.
    pub(crate) fn is_absent(&self) -> bool {
        is_absent(self.value)
    }

    /// The error for a value of the wrong type.
    pub(crate) fn wrong_type(&self, expected: &str) -> Error {
        let plural = if expected.starts_with('[') { "types" } else { "type" };
        Error::request(
            Code::TYPE_MISMATCH,
            format!(
                "BSON field '{}.{}' is the wrong type '{}', expected {plural} '{expected}'",
                self.scope,
                self.name,
                kind::type_name(self.value.tag)
            ),
        )
    }

    /// The error for something MongoDB has and Anser has not.
    pub(crate) fn not_supported(&self) -> Error {
        Error::request(
            Code::NOT_IMPLEMENTED,
            format!("Anser does not support the field '{}.{}'", self.scope, self.name),
        )
    }

    /// A document; an absent one is empty.
    pub(crate) fn object(&self) -> Result<DocumentRef<'a>> {
        if self.is_absent() {
            return Ok(DocumentRef::EMPTY);
        }
        self.value.as_document().ok_or_else(|| self.wrong_type("object"))
    }

    /// A document; null is refused.
    pub(crate) fn required_object(&self) -> Result<DocumentRef<'a>> {
        self.value.as_document().ok_or_else(|| self.wrong_type("object"))
    }

    /// A document, copied; `None` when absent or empty.
    pub(crate) fn object_buf(&self) -> Result<Option<RawDocumentBuf>> {
        let document = self.object()?;
        if document.is_empty() { Ok(None) } else { Ok(Some(raw_buf(document)?)) }
    }

    /// An array as a document of numbered elements; an absent one is empty.
    pub(crate) fn array(&self) -> Result<DocumentRef<'a>> {
        if self.is_absent() {
            return Ok(DocumentRef::EMPTY);
        }
        self.value.as_array().ok_or_else(|| self.wrong_type("array"))
    }

    /// A string.
    pub(crate) fn string(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.wrong_type("string"))
    }

    /// A truth value; numbers count, as in MongoDB. Absent is false.
    pub(crate) fn boolean(&self) -> Result<bool> {
        if self.is_absent() {
            return Ok(false);
        }
        match self.value.view() {
            View::Boolean(truth) => Ok(truth),
            _ => match Number::of(self.value) {
                Some(number) => Ok(number.is_nan() || number.as_f64() != 0.0),
                None => Err(self.wrong_type("[bool, long, int, decimal, double]")),
            },
        }
    }

    /// A whole number; a double's fraction is cut, a decimal's rounded to even, as in MongoDB. Absent is `None`.
    pub(crate) fn long(&self) -> Result<Option<i64>> {
        if self.is_absent() {
            return Ok(None);
        }
        match Number::of(self.value) {
            Some(number) if number.is_nan() => Ok(Some(0)),
            // MongoDB rounds a decimal to the even neighbour, and cuts a double.
            Some(number @ Number::Decimal(_)) if number.as_f64().abs() < DOUBLE_WHOLE_MAX => {
                Ok(Some(number.as_f64().round_ties_even() as i64))
            }
            Some(number) => Ok(Some(number.truncated().unwrap_or(if number.as_f64() < 0.0 {
                i64::MIN
            } else {
                i64::MAX
            }))),
            None => Err(self.wrong_type("[long, int, decimal, double]")),
        }
    }

    /// A whole number that may not be negative. Absent is `None`.
    pub(crate) fn not_negative(&self) -> Result<Option<u64>> {
        match self.long()? {
            None => Ok(None),
            Some(number) => u64::try_from(number).map(Some).map_err(|_| {
                Error::request(
                    Code(51024),
                    format!("BSON field '{}' value must be >= 0, actual value '{number}'", self.name),
                )
            }),
        }
    }

    /// An index hint: a name or a key pattern. An empty pattern is `None`; null is no hint, and refused.
    pub(crate) fn hint(&self) -> Result<Option<Hint>> {
        match self.value.view() {
            View::String(_) => Ok(Some(Hint::Name(self.string()?.to_owned()))),
            View::Document(document) if document.is_empty() => Ok(None),
            View::Document(document) => {
                Ok(Some(Hint::Keys(document.to_document().map_err(|error| invalid_bson(&error))?)))
            }
            _ => Err(Error::request(Code::FAILED_TO_PARSE, "Hint must be a string or an object")),
        }
    }
}

/// The error for a required field that is not there.
pub(crate) fn missing_field(scope: &str, name: &str) -> Error {
    Error::request(
        Code::MISSING_FIELD,
        format!("BSON field '{scope}.{name}' is missing but a required field"),
    )
}

/// A copy of `document` as a raw document.
pub(crate) fn raw_buf(document: DocumentRef<'_>) -> Result<RawDocumentBuf> {
    document.to_raw_document_buf().map_err(|error| invalid_bson(&error))
}

/// The error for bytes that are not BSON.
pub(crate) fn invalid_bson(error: &bson::error::Error) -> Error {
    Error::request(Code::INVALID_BSON, format!("not valid BSON: {error}"))
}
