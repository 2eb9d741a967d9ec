//! The field types of `std` and `bson`.
//!
//! The invariant: a type is stored as serde and the codec write it (`u8` to int32, `u32` to int64, `DateTime` to a
//! date), and what it holds goes through [`Stored`] again, so that a value has one form wherever it stands.

use super::field_type::stored::{AsStored, FromStored};
use super::{Field, FieldType, KindName, Stored, kind};
use crate::schema::FieldSchema;
use bson::oid::ObjectId;
use bson::{Binary, Bson, DateTime, Decimal128, Document, Uuid};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::marker::PhantomData;

macro_rules! leaves {
    ($($type:ty => $kind:ident),* $(,)?) => {$(
        impl FieldType for $type {
            type Kind = kind::$kind;
            type Scalar = Self;
            type Nav<M, W: FieldType> = Field<M, W>;
            const KIND: KindName = KindName::$kind;
        }

        impl Stored for $type {
            #[inline]
            fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }

            #[inline]
            fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        }
    )*};
}

leaves! {
    String => Text, char => Text, bool => Bool,
    i8 => Number, i16 => Number, i32 => Number, i64 => Number, isize => Number,
    u8 => Number, u16 => Number, u32 => Number, u64 => Number, usize => Number,
    f32 => Number, f64 => Number, Decimal128 => Number,
    DateTime => Date, Uuid => Bytes, Binary => Bytes,
    Document => Any, Bson => Any, bson::Regex => Any, bson::Timestamp => Any,
}

impl FieldType for ObjectId {
    type Kind = kind::Id;
    type Scalar = Self;
    type Nav<M, W: FieldType> = Field<M, W>;
    const KIND: KindName = KindName::Id;
}

impl Stored for ObjectId {
    #[inline]
    fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    #[inline]
    fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    #[inline]
    fn is_unset(&self) -> bool {
        self.bytes() == [0; 12]
    }
}

impl<T: FieldType> FieldType for Option<T> {
    type Kind = T::Kind;
    type Scalar = T::Scalar;
    type Nav<M, W: FieldType> = T::Nav<M, W>;
    const KIND: KindName = T::KIND;
    const OPTIONAL: bool = true;

    fn fields() -> &'static [FieldSchema] {
        T::fields()
    }
}

impl<T: Stored> Stored for Option<T> {
    #[inline]
    fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => serializer.serialize_some(&AsStored(value)),
            None => serializer.serialize_none(),
        }
    }

    #[inline]
    fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<FromStored<T>>::deserialize(deserializer)?.map(|value| value.0))
    }

    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

impl<T: FieldType> FieldType for Box<T> {
    type Kind = T::Kind;
    type Scalar = T::Scalar;
    type Nav<M, W: FieldType> = T::Nav<M, W>;
    const KIND: KindName = T::KIND;

    fn fields() -> &'static [FieldSchema] {
        T::fields()
    }
}

impl<T: Stored> Stored for Box<T> {
    fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::store(self, serializer)
    }

    fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::load(deserializer).map(Box::new)
    }
}

macro_rules! lists {
    ($($list:ident: $($bound:ident)*),* $(,)?) => {$(
        impl<T: FieldType> FieldType for $list<T> {
            type Kind = kind::Array<T>;
            type Scalar = Self;
            type Nav<M, W: FieldType> = Field<M, W>;
            const KIND: KindName = KindName::Array;

            fn fields() -> &'static [FieldSchema] {
                T::fields()
            }
        }

        impl<T: Stored $(+ $bound)*> Stored for $list<T> {
            fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut list = serializer.serialize_seq(Some(self.len()))?;
                for element in self {
                    list.serialize_element(&AsStored(element))?;
                }
                list.end()
            }

            fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let elements = Vec::<FromStored<T>>::deserialize(deserializer)?;
                Ok(elements.into_iter().map(|element| element.0).collect())
            }
        }
    )*};
}
lists!(Vec:, VecDeque:, BTreeSet: Ord, HashSet: Eq Hash);

macro_rules! maps {
    ($($map:ident),* $(,)?) => {$(
        impl<T: FieldType> FieldType for $map<String, T> {
            type Kind = kind::Map<T>;
            type Scalar = Self;
            type Nav<M, W: FieldType> = Field<M, W>;
            const KIND: KindName = KindName::Map;
        }

        impl<T: Stored> Stored for $map<String, T> {
            fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.iter().map(|(key, value)| (key, AsStored(value))))
            }

            fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let entries = $map::<String, FromStored<T>>::deserialize(deserializer)?;
                Ok(entries.into_iter().map(|(key, value)| (key, value.0)).collect())
            }
        }
    )*};
}
maps!(HashMap, BTreeMap);

/// The type of a field with `#[model(opaque)]`: stored through serde, and asked only as a whole.
pub struct Opaque<T>(PhantomData<T>);

impl<T> FieldType for Opaque<T> {
    type Kind = kind::Any;
    type Scalar = Self;
    type Nav<M, W: FieldType> = Field<M, W>;
    const KIND: KindName = KindName::Any;
}
