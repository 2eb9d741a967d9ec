//! Reading: a serde Deserializer over raw BSON bytes.
//!
//! Text is borrowed from the bytes. ObjectIds and dates are given straight to the `bson` crate's types; its
//! rarer types, and its private newtypes, are read by its own Deserializer of one value.

use super::CodecError;
use anser_query::value::{DocumentRef, Element, Elements, ValueRef, View, kind, tag};
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

type Result<T> = std::result::Result<T, CodecError>;

/// Reads one value.
#[derive(Clone, Copy)]
pub(super) struct Deserializer<'de> {
    value: ValueRef<'de>,
}

impl<'de> Deserializer<'de> {
    /// Reads a document that stands for itself.
    pub(super) fn document(bytes: &'de [u8]) -> Self {
        Deserializer { value: ValueRef { tag: tag::DOCUMENT, bytes } }
    }

    /// Lets the `bson` crate read the value.
    fn by_bson<V, F>(self, read: F) -> Result<V>
    where
        F: FnOnce(bson::Deserializer) -> std::result::Result<V, bson::error::Error>,
    {
        read(bson::Deserializer::new(self.value.to_bson()))
            .map_err(|error| CodecError::new(error.to_string()))
    }

    fn broken(&self) -> CodecError {
        CodecError::new(format!(
            "the bytes of a value of type {} are broken",
            kind::type_name(self.value.tag)
        ))
    }
}

#[inline]
fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| CodecError::new(format!("text that is not UTF-8: {error}")))
}

impl<'de> de::Deserializer<'de> for Deserializer<'de> {
    type Error = CodecError;

    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.view() {
            View::Double(number) => visitor.visit_f64(number),
            View::String(bytes) => match self.value.as_str() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => text(bytes).and_then(|text| visitor.visit_borrowed_str(text)),
            },
            View::Document(document) => visitor.visit_map(Entries::new(document)),
            View::Array(array) => visitor.visit_seq(Items { elements: array.elements() }),
            View::Boolean(truth) => visitor.visit_bool(truth),
            View::Null => visitor.visit_unit(),
            View::Int32(number) => visitor.visit_i32(number),
            View::Int64(number) => visitor.visit_i64(number),
            View::Binary { subtype: 0, bytes } => visitor.visit_borrowed_bytes(bytes),
            View::ObjectId(id) => visitor.visit_map(ObjectIdEntry { id: Some(id) }),
            View::DateTime(millis) => visitor.visit_map(DateEntry { millis: Some(millis) }),
            View::Undefined if self.value.tag != tag::UNDEFINED => Err(self.broken()),
            _ => self.by_bson(|deserializer| deserializer.deserialize_any(visitor)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.tag {
            tag::NULL => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.view() {
            View::ObjectId(id) => visitor.visit_borrowed_bytes(id),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_any(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name.starts_with("$__") {
            return self.by_bson(|deserializer| deserializer.deserialize_newtype_struct(name, visitor));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.value.view() {
            View::String(bytes) => visitor.visit_enum(BorrowedStrDeserializer::new(text(bytes)?)),
            View::Document(document) => {
                let mut elements = document.elements();
                match (elements.next(), elements.next()) {
                    (Some(variant), None) => visitor.visit_enum(Variant { variant }),
                    _ => Err(CodecError::new(format!(
                        "an enum {name} is a document with one field, named after its variant: one of {}",
                        variants.join(", ")
                    ))),
                }
            }
            _ => Err(CodecError::new(format!(
                "an enum {name} is text or a document with one field, not of type {}",
                kind::type_name(self.value.tag)
            ))),
        }
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// The entries of a document.
struct Entries<'de> {
    elements: Elements<'de>,
    value: Option<Element<'de>>,
}

impl<'de> Entries<'de> {
    #[inline]
    fn new(document: DocumentRef<'de>) -> Self {
        Entries { elements: document.elements(), value: None }
    }
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = CodecError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some(element) = self.elements.next() else { return Ok(None) };
        self.value = Some(element);
        let name = simdutf8::basic::from_utf8(element.name)
            .map_err(|_| CodecError::new("a field's name is not UTF-8"))?;
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let Some(element) = self.value.take() else {
            return Err(CodecError::new("a value was asked for before its name"));
        };
        seed.deserialize(Deserializer { value: element.value }).map_err(|error| error.within(element.name))
    }
}

/// The elements of an array.
struct Items<'de> {
    elements: Elements<'de>,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = CodecError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(element) = self.elements.next() else { return Ok(None) };
        let read = seed.deserialize(Deserializer { value: element.value });
        read.map(Some).map_err(|error| error.within(element.name))
    }
}

/// An enum's variant that holds something.
struct Variant<'de> {
    variant: Element<'de>,
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = CodecError;
    type Variant = VariantContent<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, VariantContent<'de>)> {
        let name = text(self.variant.name)?;
        let variant = seed.deserialize(BorrowedStrDeserializer::<CodecError>::new(name))?;
        Ok((variant, VariantContent { value: self.variant.value }))
    }
}

/// What a variant holds.
struct VariantContent<'de> {
    value: ValueRef<'de>,
}

impl<'de> de::VariantAccess<'de> for VariantContent<'de> {
    type Error = CodecError;

    fn unit_variant(self) -> Result<()> {
        Err(CodecError::new("a variant that holds nothing is written as text, and this is a document"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(Deserializer { value: self.value })
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_seq(Deserializer { value: self.value }, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        de::Deserializer::deserialize_map(Deserializer { value: self.value }, visitor)
    }
}

/// An ObjectId for who expects anything: `{"$oid": "…"}`.
struct ObjectIdEntry<'de> {
    id: Option<&'de [u8; 12]>,
}

impl<'de> de::MapAccess<'de> for ObjectIdEntry<'de> {
    type Error = CodecError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        match self.id {
            Some(_) => seed.deserialize(StrDeserializer::new("$oid")).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let Some(id) = self.id.take() else { return Err(CodecError::new("an ObjectId has one part")) };
        seed.deserialize(bson::oid::ObjectId::from_bytes(*id).to_hex().into_deserializer())
    }
}

/// A date for the `bson` crate's type, which takes its milliseconds as a plain number: `{"$date": 1}`.
struct DateEntry {
    millis: Option<i64>,
}

impl<'de> de::MapAccess<'de> for DateEntry {
    type Error = CodecError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        match self.millis {
            Some(_) => seed.deserialize(StrDeserializer::new("$date")).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let Some(millis) = self.millis.take() else { return Err(CodecError::new("a date has one part")) };
        seed.deserialize(millis.into_deserializer())
    }
}
