//! Writing: a serde Serializer that appends BSON bytes.
//!
//! BSON puts a value's type before its name, serde tells it after: the type byte's place is kept and filled
//! in. The `bson` crate's own types arrive as structs with names like `$oid`; the two usual ones are written
//! at once, the rest are gathered as pieces and put together by [`scalar`].

mod scalar;

use super::CodecError;
use anser_query::value::{tag, write};
use scalar::ScalarKind;
use serde::ser::{self, Serialize};

type Result<T> = std::result::Result<T, CodecError>;

const UUID: &str = "$__bson_private_uuid";
const RAW_DOCUMENT: &str = "$__private__bson_RawDocument";
const RAW_ARRAY: &str = "$__private__bson_RawArray";

/// What the bytes handed over next are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BytesAre {
    Generic,
    Uuid,
    Document,
    Array,
}

/// Writes one value.
pub(super) struct Serializer<'a> {
    out: &'a mut Vec<u8>,
    /// Where the value's type byte stands; `None` for the document at the top, which has none.
    tag_at: Option<usize>,
    bytes_are: BytesAre,
}

impl<'a> Serializer<'a> {
    /// Writes a document that stands for itself.
    pub(super) fn document(out: &'a mut Vec<u8>) -> Self {
        Serializer { out, tag_at: None, bytes_are: BytesAre::Generic }
    }

    /// Writes a value whose type byte goes to `tag_at`.
    pub(super) fn value(out: &'a mut Vec<u8>, tag_at: usize) -> Self {
        Serializer { out, tag_at: Some(tag_at), bytes_are: BytesAre::Generic }
    }

    #[inline]
    fn set_tag(&mut self, tag: u8) -> Result<()> {
        match self.tag_at {
            Some(at) => self.out[at] = tag,
            None if tag == tag::DOCUMENT => {}
            None => {
                let kind = anser_query::value::kind::type_name(tag);
                return Err(CodecError::new(format!("a document has to be a struct or a map, not a {kind}")));
            }
        }
        Ok(())
    }

    #[inline]
    fn fixed<const N: usize>(mut self, tag: u8, bytes: [u8; N]) -> Result<()> {
        self.set_tag(tag)?;
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    #[inline]
    fn begin(mut self, tag: u8) -> Result<Compound<'a>> {
        self.set_tag(tag)?;
        let start = write::begin(self.out);
        Ok(Compound { out: self.out, start, outer: None, index: 0, name_at: 0 })
    }

    /// Opens `{variant: …}`; the inner document or array is what the result writes to.
    fn begin_variant(mut self, variant: &'static str, tag: u8) -> Result<Compound<'a>> {
        self.set_tag(tag::DOCUMENT)?;
        let outer = write::begin(self.out);
        check_name(variant.as_bytes())?;
        write::header(self.out, tag, variant.as_bytes());
        let start = write::begin(self.out);
        Ok(Compound { out: self.out, start, outer: Some(outer), index: 0, name_at: 0 })
    }
}

#[inline]
fn check_name(name: &[u8]) -> Result<()> {
    if name.contains(&0) {
        Err(CodecError::new("a field's name cannot hold a NUL").within(name))
    } else {
        Ok(())
    }
}

impl<'a> ser::Serializer for Serializer<'a> {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Struct<'a>;
    type SerializeStructVariant = Compound<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<()> {
        self.fixed(tag::BOOLEAN, [u8::from(value)])
    }

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.serialize_i32(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.serialize_i32(value.into())
    }

    #[inline]
    fn serialize_i32(self, value: i32) -> Result<()> {
        self.fixed(tag::INT32, value.to_le_bytes())
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Result<()> {
        self.fixed(tag::INT64, value.to_le_bytes())
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.serialize_i32(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.serialize_i32(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => {
                Err(CodecError::new(format!("{value} is too large for BSON's widest integer, an int64")))
            }
        }
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.serialize_f64(value.into())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<()> {
        self.fixed(tag::DOUBLE, value.to_le_bytes())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(mut self, value: &str) -> Result<()> {
        self.set_tag(tag::STRING)?;
        write_text(self.out, value);
        Ok(())
    }

    fn serialize_bytes(mut self, value: &[u8]) -> Result<()> {
        let subtype = match self.bytes_are {
            BytesAre::Generic => 0,
            BytesAre::Uuid => 4,
            BytesAre::Document | BytesAre::Array => {
                let tag = if self.bytes_are == BytesAre::Document { tag::DOCUMENT } else { tag::ARRAY };
                self.set_tag(tag)?;
                anser_query::value::validate(value).map_err(|error| CodecError::new(error.message()))?;
                self.out.extend_from_slice(value);
                return Ok(());
            }
        };
        self.set_tag(tag::BINARY)?;
        scalar::write_binary(self.out, subtype, value);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.fixed(tag::NULL, [])
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.bytes_are = match name {
            UUID => BytesAre::Uuid,
            RAW_DOCUMENT => BytesAre::Document,
            RAW_ARRAY => BytesAre::Array,
            _ => BytesAre::Generic,
        };
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.set_tag(tag::DOCUMENT)?;
        let start = write::begin(self.out);
        write_field(self.out, variant.as_bytes(), value)?;
        write::end(self.out, start);
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, _length: Option<usize>) -> Result<Compound<'a>> {
        self.begin(tag::ARRAY)
    }

    fn serialize_tuple(self, _length: usize) -> Result<Compound<'a>> {
        self.begin(tag::ARRAY)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Compound<'a>> {
        self.begin(tag::ARRAY)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Compound<'a>> {
        self.begin_variant(variant, tag::ARRAY)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Compound<'a>> {
        self.begin(tag::DOCUMENT)
    }

    #[inline]
    fn serialize_struct(mut self, name: &'static str, _length: usize) -> Result<Struct<'a>> {
        if name.as_bytes().first() == Some(&b'$')
            && let Some(kind) = ScalarKind::of_struct(name)
        {
            self.set_tag(kind.tag())?;
            return Ok(Struct::Scalar(self.out, scalar::Gatherer::new(kind)));
        }
        self.begin(tag::DOCUMENT).map(Struct::Document)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Compound<'a>> {
        self.begin_variant(variant, tag::DOCUMENT)
    }
}

#[inline]
fn write_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u32 + 1).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
    out.push(0);
}

#[inline]
fn write_field<T: Serialize + ?Sized>(out: &mut Vec<u8>, name: &[u8], value: &T) -> Result<()> {
    check_name(name)?;
    let tag_at = out.len();
    write::header(out, 0, name);
    value.serialize(Serializer::value(out, tag_at)).map_err(|error| error.within(name))
}

/// A document or array under way.
pub(super) struct Compound<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    /// Where the document around this one starts, for a variant that wraps its content.
    outer: Option<usize>,
    /// The next element's index, in an array.
    index: usize,
    /// Where the type byte of the entry under way stands, in a map.
    name_at: usize,
}

impl Compound<'_> {
    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let mut buffer = [0; 20];
        let name = write::index_name(self.index, &mut buffer);
        self.index += 1;
        write_field(self.out, name, value)
    }

    #[inline]
    fn finish(self) -> Result<()> {
        write::end(self.out, self.start);
        if let Some(outer) = self.outer {
            write::end(self.out, outer);
        }
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident :: $method:ident),*) => {
        $(impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = CodecError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result<()> {
                self.finish()
            }
        })*
    };
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.name_at = self.out.len();
        self.out.push(0);
        let name = scalar::key_text(key)?;
        check_name(name.as_bytes())?;
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(0);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let name_at = self.name_at;
        let name_end = self.out.len();
        let written = value.serialize(Serializer::value(self.out, name_at));
        written.map_err(|error| {
            let name = self.out.get(name_at + 1..name_end - 1).unwrap_or_default();
            error.within(name)
        })
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Compound<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        write_field(self.out, name.as_bytes(), value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

/// A struct under way: a document, or one of the `bson` crate's own types.
pub(super) enum Struct<'a> {
    Document(Compound<'a>),
    Scalar(&'a mut Vec<u8>, scalar::Gatherer),
}

impl ser::SerializeStruct for Struct<'_> {
    type Ok = ();
    type Error = CodecError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        match self {
            Struct::Document(compound) => write_field(compound.out, name.as_bytes(), value),
            Struct::Scalar(_, gatherer) => value.serialize(gatherer),
        }
    }

    #[inline]
    fn end(self) -> Result<()> {
        match self {
            Struct::Document(compound) => compound.finish(),
            Struct::Scalar(out, gatherer) => gatherer.write(out),
        }
    }
}
