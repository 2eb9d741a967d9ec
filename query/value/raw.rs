//! Views over BSON bytes.
//!
//! A document is its bytes. These views read them in place: nothing is copied, nothing allocates. The
//! invariant to hold in mind: bytes handed to [`DocumentRef::new`] were validated once, when they entered
//! (see [`crate::value::validate()`]). Bytes that were not never cause a panic, they only end a walk early.

use bson::{Bson, RawDocument, RawDocumentBuf};

/// The BSON element types, by the byte that announces them.
///
/// Source: <https://bsonspec.org/spec.html>.
#[allow(missing_docs)]
pub mod tag {
    pub const DOUBLE: u8 = 0x01;
    pub const STRING: u8 = 0x02;
    pub const DOCUMENT: u8 = 0x03;
    pub const ARRAY: u8 = 0x04;
    pub const BINARY: u8 = 0x05;
    pub const UNDEFINED: u8 = 0x06;
    pub const OBJECT_ID: u8 = 0x07;
    pub const BOOLEAN: u8 = 0x08;
    pub const DATE_TIME: u8 = 0x09;
    pub const NULL: u8 = 0x0A;
    pub const REGEX: u8 = 0x0B;
    pub const DB_POINTER: u8 = 0x0C;
    pub const JAVASCRIPT: u8 = 0x0D;
    pub const SYMBOL: u8 = 0x0E;
    pub const JAVASCRIPT_WITH_SCOPE: u8 = 0x0F;
    pub const INT32: u8 = 0x10;
    pub const TIMESTAMP: u8 = 0x11;
    pub const INT64: u8 = 0x12;
    pub const DECIMAL128: u8 = 0x13;
    pub const MAX_KEY: u8 = 0x7F;
    pub const MIN_KEY: u8 = 0xFF;
}

/// A BSON document, or the document form of an array, read in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentRef<'a> {
    bytes: &'a [u8],
}

/// One name and value of a document.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The name's bytes, without the closing NUL.
    pub name: &'a [u8],
    /// The value.
    pub value: ValueRef<'a>,
}

/// A BSON value, read in place: its type byte and the bytes that follow the name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueRef<'a> {
    /// The type byte, one of [`tag`].
    pub tag: u8,
    /// The value's bytes exactly as they stand in the document.
    pub bytes: &'a [u8],
}

/// A [`ValueRef`] taken apart. Strings are bytes here; they are UTF-8 in validated documents.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum View<'a> {
    Double(f64),
    String(&'a [u8]),
    Document(DocumentRef<'a>),
    Array(DocumentRef<'a>),
    Binary {
        subtype: u8,
        bytes: &'a [u8],
    },
    Undefined,
    ObjectId(&'a [u8; 12]),
    Boolean(bool),
    /// Milliseconds since 1970.
    DateTime(i64),
    Null,
    Regex {
        pattern: &'a [u8],
        options: &'a [u8],
    },
    DbPointer {
        namespace: &'a [u8],
        id: &'a [u8; 12],
    },
    JavaScript(&'a [u8]),
    Symbol(&'a [u8]),
    JavaScriptWithScope {
        code: &'a [u8],
        scope: DocumentRef<'a>,
    },
    Int32(i32),
    Timestamp {
        time: u32,
        increment: u32,
    },
    Int64(i64),
    /// The sixteen bytes as stored (little-endian, binary integer decimal).
    Decimal128(&'a [u8; 16]),
    MaxKey,
    MinKey,
}

/// A BSON value that owns its bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ValueBuf {
    tag: u8,
    bytes: Box<[u8]>,
}

impl<'a> DocumentRef<'a> {
    /// The document without elements.
    pub const EMPTY: DocumentRef<'static> = DocumentRef { bytes: &[5, 0, 0, 0, 0] };

    /// Reads `bytes`, a whole document with its length and closing NUL, as a document.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        DocumentRef { bytes }
    }

    /// The document's bytes, length and closing NUL included.
    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Whether the document has no element.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.bytes.len() <= 5
    }

    /// The elements, in their order.
    #[inline]
    pub fn elements(self) -> Elements<'a> {
        let end = self.bytes.len().saturating_sub(1);
        Elements { rest: if end < 4 { &[] } else { &self.bytes[4..end] } }
    }

    /// The values alone, in their order: what an array is read with.
    #[inline]
    pub fn values(self) -> impl Iterator<Item = ValueRef<'a>> {
        self.elements().map(|element| element.value)
    }

    /// The first value named `name`.
    #[inline]
    pub fn get(self, name: &[u8]) -> Option<ValueRef<'a>> {
        for element in self.elements() {
            if element.name == name {
                return Some(element.value);
            }
        }
        None
    }

    /// How many elements there are.
    pub fn len(self) -> usize {
        self.elements().count()
    }

    /// A copy as a `bson` raw document. Fails when the bytes are not a document.
    pub fn to_raw_document_buf(self) -> Result<RawDocumentBuf, bson::error::Error> {
        RawDocumentBuf::from_bytes(self.bytes.to_vec())
    }

    /// A decoded copy. Fails when the bytes are not a document.
    pub fn to_document(self) -> Result<bson::Document, bson::error::Error> {
        bson::Document::try_from(RawDocument::from_bytes(self.bytes)?)
    }

    /// This document as a value.
    #[inline]
    pub fn as_value(self) -> ValueRef<'a> {
        ValueRef { tag: tag::DOCUMENT, bytes: self.bytes }
    }
}

impl<'a> From<&'a RawDocument> for DocumentRef<'a> {
    fn from(document: &'a RawDocument) -> Self {
        DocumentRef::new(document.as_bytes())
    }
}

impl<'a> From<&'a RawDocumentBuf> for DocumentRef<'a> {
    fn from(document: &'a RawDocumentBuf) -> Self {
        DocumentRef::new(document.as_bytes())
    }
}

impl std::fmt::Debug for DocumentRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_document() {
            Ok(document) => write!(f, "{document}"),
            Err(_) => write!(f, "<broken document of {} bytes>", self.bytes.len()),
        }
    }
}

/// Walks the elements of a document.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// The bytes not yet walked, without the document's closing NUL.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, after_tag) = self.rest.split_first()?;
        let name_length = name_end(after_tag)?;
        let value_bytes = &after_tag[name_length + 1..];
        let length = value_length(tag, value_bytes)?;
        if length > value_bytes.len() {
            self.rest = &[];
            return None;
        }
        let (bytes, rest) = value_bytes.split_at(length);
        self.rest = rest;
        Some(Element { name: &after_tag[..name_length], value: ValueRef { tag, bytes } })
    }
}

#[inline]
fn name_end(bytes: &[u8]) -> Option<usize> {
    // Names are short: a plain loop beats a vector search that has to set itself up.
    bytes.iter().position(|&byte| byte == 0)
}

#[inline]
fn int32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at + 4)?.first_chunk::<4>()?;
    usize::try_from(i32::from_le_bytes(*four)).ok()
}

/// How many bytes a value of type `tag` takes at the start of `bytes`, `None` when they are broken.
#[inline]
pub fn value_length(tag: u8, bytes: &[u8]) -> Option<usize> {
    Some(match tag {
        tag::DOUBLE | tag::DATE_TIME | tag::TIMESTAMP | tag::INT64 => 8,
        tag::STRING | tag::JAVASCRIPT | tag::SYMBOL => int32_at(bytes, 0)?.checked_add(4)?,
        tag::DOCUMENT | tag::ARRAY | tag::JAVASCRIPT_WITH_SCOPE => int32_at(bytes, 0)?.max(5),
        tag::BINARY => int32_at(bytes, 0)?.checked_add(5)?,
        tag::UNDEFINED | tag::NULL | tag::MAX_KEY | tag::MIN_KEY => 0,
        tag::OBJECT_ID => 12,
        tag::BOOLEAN => 1,
        tag::REGEX => {
            let pattern = name_end(bytes)?;
            pattern + 1 + name_end(&bytes[pattern + 1..])? + 1
        }
        tag::DB_POINTER => int32_at(bytes, 0)?.checked_add(16)?,
        tag::INT32 => 4,
        tag::DECIMAL128 => 16,
        _ => return None,
    })
}

impl<'a> ValueRef<'a> {
    /// BSON null.
    pub const NULL: ValueRef<'static> = ValueRef { tag: tag::NULL, bytes: &[] };

    /// Takes the value apart.
    #[inline]
    pub fn view(self) -> View<'a> {
        self.try_view().unwrap_or(View::Undefined)
    }

    #[inline]
    fn try_view(self) -> Option<View<'a>> {
        let bytes = self.bytes;
        Some(match self.tag {
            tag::DOUBLE => View::Double(f64::from_le_bytes(*bytes.first_chunk()?)),
            tag::STRING => View::String(self.string_bytes()?),
            tag::DOCUMENT => View::Document(DocumentRef::new(bytes)),
            tag::ARRAY => View::Array(DocumentRef::new(bytes)),
            tag::BINARY => View::Binary { subtype: *bytes.get(4)?, bytes: bytes.get(5..)? },
            tag::UNDEFINED => View::Undefined,
            tag::OBJECT_ID => View::ObjectId(bytes.first_chunk()?),
            tag::BOOLEAN => View::Boolean(*bytes.first()? != 0),
            tag::DATE_TIME => View::DateTime(i64::from_le_bytes(*bytes.first_chunk()?)),
            tag::NULL => View::Null,
            tag::REGEX => {
                let end = name_end(bytes)?;
                let options = bytes.get(end + 1..bytes.len().checked_sub(1)?)?;
                View::Regex { pattern: &bytes[..end], options }
            }
            tag::DB_POINTER => {
                let id = bytes.get(bytes.len().checked_sub(12)?..)?.first_chunk()?;
                View::DbPointer { namespace: bytes.get(4..bytes.len().checked_sub(13)?)?, id }
            }
            tag::JAVASCRIPT => View::JavaScript(self.string_bytes()?),
            tag::SYMBOL => View::Symbol(self.string_bytes()?),
            tag::JAVASCRIPT_WITH_SCOPE => {
                let code_length = int32_at(bytes, 4)?;
                let code = bytes.get(8..8 + code_length.checked_sub(1)?)?;
                View::JavaScriptWithScope { code, scope: DocumentRef::new(bytes.get(8 + code_length..)?) }
            }
            tag::INT32 => View::Int32(i32::from_le_bytes(*bytes.first_chunk()?)),
            tag::TIMESTAMP => {
                let both = u64::from_le_bytes(*bytes.first_chunk()?);
                View::Timestamp { time: (both >> 32) as u32, increment: both as u32 }
            }
            tag::INT64 => View::Int64(i64::from_le_bytes(*bytes.first_chunk()?)),
            tag::DECIMAL128 => View::Decimal128(bytes.first_chunk()?),
            tag::MAX_KEY => View::MaxKey,
            tag::MIN_KEY => View::MinKey,
            _ => return None,
        })
    }

    /// The text of a string, symbol or JavaScript value, without length and NUL.
    #[inline]
    pub fn string_bytes(self) -> Option<&'a [u8]> {
        match self.tag {
            tag::STRING | tag::SYMBOL | tag::JAVASCRIPT => {
                self.bytes.get(4..self.bytes.len().checked_sub(1)?)
            }
            _ => None,
        }
    }

    /// The text of a BSON string (not of a symbol), when it is UTF-8.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        if self.tag != tag::STRING {
            return None;
        }
        simdutf8::basic::from_utf8(self.string_bytes()?).ok()
    }

    /// The document, when this is one (an array is not).
    #[inline]
    pub fn as_document(self) -> Option<DocumentRef<'a>> {
        (self.tag == tag::DOCUMENT).then_some(DocumentRef { bytes: self.bytes })
    }

    /// The array as a document of numbered elements, when this is an array.
    #[inline]
    pub fn as_array(self) -> Option<DocumentRef<'a>> {
        (self.tag == tag::ARRAY).then_some(DocumentRef { bytes: self.bytes })
    }

    /// Whether this is an int, long, double or decimal.
    #[inline]
    pub fn is_number(self) -> bool {
        matches!(self.tag, tag::DOUBLE | tag::INT32 | tag::INT64 | tag::DECIMAL128)
    }

    /// A copy that owns its bytes.
    pub fn to_owned(self) -> ValueBuf {
        ValueBuf { tag: self.tag, bytes: self.bytes.into() }
    }

    /// A decoded copy; a broken value decodes as `Undefined`.
    pub fn to_bson(self) -> Bson {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 8);
        let start = super::write::begin(&mut bytes);
        super::write::element(&mut bytes, b"v", self);
        super::write::end(&mut bytes, start);
        let decoded = DocumentRef::new(&bytes).to_document().ok();
        decoded.and_then(|mut document| document.remove("v")).unwrap_or(Bson::Undefined)
    }
}

impl std::fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.to_bson())
    }
}

impl ValueBuf {
    /// Makes a value of a type byte and the bytes that follow the name.
    pub fn new(tag: u8, bytes: impl Into<Box<[u8]>>) -> Self {
        ValueBuf { tag, bytes: bytes.into() }
    }

    /// The value, read in place.
    #[inline]
    pub fn as_ref(&self) -> ValueRef<'_> {
        ValueRef { tag: self.tag, bytes: &self.bytes }
    }
}

impl std::fmt::Debug for ValueBuf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl From<ValueRef<'_>> for ValueBuf {
    fn from(value: ValueRef<'_>) -> Self {
        value.to_owned()
    }
}

impl TryFrom<&Bson> for ValueBuf {
    type Error = bson::error::Error;

    fn try_from(value: &Bson) -> Result<Self, Self::Error> {
        let mut document = bson::Document::new();
        document.insert("v", value.clone());
        let raw = RawDocumentBuf::try_from(&document)?;
        Ok(DocumentRef::from(&raw).get(b"v").unwrap_or(ValueRef::NULL).to_owned())
    }
}
