//! The `bson` crate's own types, which serde sees as structs: their pieces gathered and put together.
//!
//! An ObjectId and a date never leave the stack; the other types are rare enough to own their pieces.

use super::{CodecError, Result};
use anser_query::value::{ValueRef, kind, tag, write};
use serde::ser::{self, Impossible, Serialize};

/// A type of the `bson` crate that arrives as a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::codec) enum ScalarKind {
    ObjectId,
    DateTime,
    Binary,
    Timestamp,
    MinKey,
    MaxKey,
    JavaScript,
    JavaScriptWithScope,
    Symbol,
    Undefined,
    Regex,
    DbPointer,
    Decimal128,
}

impl ScalarKind {
    #[inline]
    pub(super) fn of_struct(name: &str) -> Option<ScalarKind> {
        Some(match name {
            "$oid" => ScalarKind::ObjectId,
            "$date" => ScalarKind::DateTime,
            "$binary" => ScalarKind::Binary,
            "$timestamp" => ScalarKind::Timestamp,
            "$minKey" => ScalarKind::MinKey,
            "$maxKey" => ScalarKind::MaxKey,
            "$code" => ScalarKind::JavaScript,
            "$codeWithScope" => ScalarKind::JavaScriptWithScope,
            "$symbol" => ScalarKind::Symbol,
            "$undefined" => ScalarKind::Undefined,
            "$regularExpression" => ScalarKind::Regex,
            "$dbPointer" => ScalarKind::DbPointer,
            "$numberDecimal" => ScalarKind::Decimal128,
            _ => return None,
        })
    }

    #[inline]
    pub(super) fn tag(self) -> u8 {
        match self {
            ScalarKind::ObjectId => tag::OBJECT_ID,
            ScalarKind::DateTime => tag::DATE_TIME,
            ScalarKind::Binary => tag::BINARY,
            ScalarKind::Timestamp => tag::TIMESTAMP,
            ScalarKind::MinKey => tag::MIN_KEY,
            ScalarKind::MaxKey => tag::MAX_KEY,
            ScalarKind::JavaScript => tag::JAVASCRIPT,
            ScalarKind::JavaScriptWithScope => tag::JAVASCRIPT_WITH_SCOPE,
            ScalarKind::Symbol => tag::SYMBOL,
            ScalarKind::Undefined => tag::UNDEFINED,
            ScalarKind::Regex => tag::REGEX,
            ScalarKind::DbPointer => tag::DB_POINTER,
            ScalarKind::Decimal128 => tag::DECIMAL128,
        }
    }
}

/// Part of a scalar.
enum Piece {
    ObjectId([u8; 12]),
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    Document(Vec<u8>),
}

/// Takes a scalar's fields, nested ones too, in their order.
pub(in crate::codec) struct Gatherer {
    kind: ScalarKind,
    pieces: [Option<Piece>; 2],
}

impl Gatherer {
    #[inline]
    pub(super) fn new(kind: ScalarKind) -> Self {
        Gatherer { kind, pieces: [None, None] }
    }

    #[inline]
    fn add(&mut self, piece: Piece) -> Result<()> {
        match &mut self.pieces {
            [first @ None, _] => *first = Some(piece),
            [_, second @ None] => *second = Some(piece),
            _ => return Err(self.malformed()),
        }
        Ok(())
    }

    fn malformed(&self) -> CodecError {
        CodecError::new(format!("not a {:?} as the bson crate writes one", self.kind))
    }

    /// Writes the value that the pieces make; its type byte is written already.
    #[inline]
    pub(super) fn write(self, out: &mut Vec<u8>) -> Result<()> {
        let kind = self.kind;
        match (kind, self.pieces) {
            (ScalarKind::ObjectId, [Some(Piece::ObjectId(id)), None]) => out.extend_from_slice(&id),
            (ScalarKind::DateTime, [Some(Piece::Number(millis)), None]) => {
                out.extend_from_slice(&millis.to_le_bytes());
            }
            (ScalarKind::Binary, [Some(Piece::Text(base64)), Some(Piece::Text(subtype))]) => {
                let subtype = u8::from_str_radix(&subtype, 16);
                let bytes = decode_base64(&base64);
                let (Ok(subtype), Some(bytes)) = (subtype, bytes) else { return Err(malformed(kind)) };
                write_binary(out, subtype, &bytes);
            }
            (ScalarKind::Binary, [Some(Piece::Bytes(bytes)), Some(Piece::Number(subtype))]) => {
                write_binary(out, u8::try_from(subtype).map_err(|_| malformed(kind))?, &bytes);
            }
            (ScalarKind::Timestamp, [Some(Piece::Number(time)), Some(Piece::Number(increment))]) => {
                let part = |number: i64| u32::try_from(number).map_err(|_| malformed(kind));
                out.extend_from_slice(&part(increment)?.to_le_bytes());
                out.extend_from_slice(&part(time)?.to_le_bytes());
            }
            (ScalarKind::MinKey | ScalarKind::MaxKey | ScalarKind::Undefined, _) => {}
            (ScalarKind::JavaScript | ScalarKind::Symbol, [Some(Piece::Text(text)), None]) => {
                super::write_text(out, &text);
            }
            (ScalarKind::JavaScriptWithScope, [Some(Piece::Text(code)), Some(Piece::Document(scope))]) => {
                let length = 4 + 4 + code.len() + 1 + scope.len();
                out.extend_from_slice(&(length as u32).to_le_bytes());
                super::write_text(out, &code);
                out.extend_from_slice(&scope);
            }
            (ScalarKind::Regex, [Some(Piece::Text(pattern)), Some(Piece::Text(options))]) => {
                super::check_name(pattern.as_bytes())?;
                super::check_name(options.as_bytes())?;
                out.extend_from_slice(pattern.as_bytes());
                out.push(0);
                let mut options: Vec<u8> = options.into_bytes();
                options.sort_unstable();
                out.extend_from_slice(&options);
                out.push(0);
            }
            (ScalarKind::DbPointer, [Some(Piece::Text(namespace)), Some(Piece::ObjectId(id))]) => {
                super::write_text(out, &namespace);
                out.extend_from_slice(&id);
            }
            (ScalarKind::Decimal128, [Some(Piece::Bytes(bytes)), None]) if bytes.len() == 16 => {
                out.extend_from_slice(&bytes);
            }
            _ => return Err(malformed(kind)),
        }
        Ok(())
    }
}

fn malformed(kind: ScalarKind) -> CodecError {
    Gatherer::new(kind).malformed()
}

/// Writes length, subtype and bytes.
pub(super) fn write_binary(out: &mut Vec<u8>, subtype: u8, bytes: &[u8]) {
    // Subtype 2, the old form, repeats the length inside.
    let inner = if subtype == 2 { 4 } else { 0 };
    out.extend_from_slice(&(bytes.len() as u32 + inner).to_le_bytes());
    out.push(subtype);
    if inner > 0 {
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    }
    out.extend_from_slice(bytes);
}

#[inline]
fn parse_hex_id(text: &str) -> Option<[u8; 12]> {
    let digits: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let mut id = [0; 12];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = [hex_digit(pair[0])?, hex_digit(pair[1])?];
        *byte = high << 4 | low;
    }
    Some(id)
}

#[inline]
fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Reads base64 through the `bson` crate, which knows it from Extended JSON.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let document = bson::bson!({ "$binary": { "base64": text, "subType": "00" } });
    match bson::deserialize_from_bson(document) {
        Ok(bson::Bson::Binary(binary)) => Some(binary.bytes),
        _ => None,
    }
}

impl<'a> ser::Serializer for &'a mut Gatherer {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Impossible<(), CodecError>;
    type SerializeTuple = Impossible<(), CodecError>;
    type SerializeTupleStruct = Impossible<(), CodecError>;
    type SerializeTupleVariant = Impossible<(), CodecError>;
    type SerializeMap = ScopeDocument<'a>;
    type SerializeStruct = &'a mut Gatherer;
    type SerializeStructVariant = Impossible<(), CodecError>;

    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<()> {
        let piece = match (self.kind, self.pieces[0].is_some()) {
            (ScalarKind::ObjectId, false) | (ScalarKind::DbPointer, true) => {
                Piece::ObjectId(parse_hex_id(text).ok_or_else(|| self.malformed())?)
            }
            (ScalarKind::DateTime, false) => Piece::Number(text.parse().map_err(|_| self.malformed())?),
            _ => Piece::Text(text.to_owned()),
        };
        self.add(piece)
    }

    fn serialize_bool(self, _value: bool) -> Result<()> {
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.add(Piece::Number(value.into()))
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.add(Piece::Number(value.into()))
    }

    fn serialize_i32(self, value: i32) -> Result<()> {
        self.add(Piece::Number(value.into()))
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        self.add(Piece::Number(value))
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.add(Piece::Number(value.into()))
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.add(Piece::Number(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        self.add(Piece::Number(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        self.add(Piece::Number(i64::try_from(value).map_err(|_| self.malformed())?))
    }

    fn serialize_f32(self, _value: f32) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_f64(self, _value: f64) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_char(self, _value: char) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<()> {
        let piece = match self.kind {
            ScalarKind::JavaScriptWithScope => Piece::Document(bytes.to_vec()),
            _ => Piece::Bytes(bytes.to_vec()),
        };
        self.add(piece)
    }

    fn serialize_none(self) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, _variant: &'static str) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<()> {
        Err(self.malformed())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Self::SerializeSeq> {
        Err(self.malformed())
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple> {
        Err(self.malformed())
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        Err(self.malformed())
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        Err(self.malformed())
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<ScopeDocument<'a>> {
        let mut bytes = Vec::new();
        write::begin(&mut bytes);
        Ok(ScopeDocument { gatherer: self, bytes, name: String::new() })
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant> {
        Err(self.malformed())
    }
}

impl ser::SerializeStruct for &mut Gatherer {
    type Ok = ();
    type Error = CodecError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, _name: &'static str, value: &T) -> Result<()> {
        value.serialize(&mut **self)
    }

    #[inline]
    fn end(self) -> Result<()> {
        Ok(())
    }
}

/// The scope of a JavaScript value.
pub(in crate::codec) struct ScopeDocument<'a> {
    gatherer: &'a mut Gatherer,
    bytes: Vec<u8>,
    name: String,
}

impl ser::SerializeMap for ScopeDocument<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.name = key_text(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        super::write_field(&mut self.bytes, self.name.as_bytes(), value)
    }

    fn end(mut self) -> Result<()> {
        write::end(&mut self.bytes, 0);
        self.gatherer.add(Piece::Document(self.bytes))
    }
}

/// A map's key as text: strings, characters and unit variants, as the `bson` crate takes them.
pub(super) fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<String> {
    let mut bytes = Vec::new();
    let tag = super::super::encode_value(key, &mut bytes)?;
    let value = ValueRef { tag, bytes: &bytes };
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => {
            let kind = kind::type_name(tag);
            Err(CodecError::new(format!("a map's key has to be text, and this is of type {kind}")))
        }
    }
}
