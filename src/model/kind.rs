//! The kinds of field: which operators a field has follows from the kind of its type.
//!
//! A kind is a type nobody makes a value of; the traits here say what it can be asked. They stand as bounds on
//! methods, so that a misuse is told in the words written here.

use super::FieldType;
use bson::{Bson, Decimal128};
use std::marker::PhantomData;

/// A kind's name, in a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KindName {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A date.
    Date,
    /// An ObjectId.
    Id,
    /// Bytes, UUIDs among them.
    Bytes,
    /// One of several names.
    Enumeration,
    /// A struct with `#[derive(Embed)]`.
    Embedded,
    /// A list.
    Array,
    /// A map with text for keys.
    Map,
    /// Anything: it is not looked into.
    Any,
}

/// Text.
pub struct Text;
/// A number.
pub struct Number;
/// True or false.
pub struct Bool;
/// A date.
pub struct Date;
/// An ObjectId.
pub struct Id;
/// Bytes.
pub struct Bytes;
/// One of several names.
pub struct Enumeration;
/// The struct `E`, with fields of its own.
pub struct Embedded<E>(PhantomData<E>);
/// A list of `E`.
pub struct Array<E>(PhantomData<E>);
/// A map to `V`.
pub struct Map<V>(PhantomData<V>);
/// Anything: it is not looked into.
pub struct Any;

/// Kinds whose values stand in an order: `gt`, `lt`, `min`, `max`.
#[diagnostic::on_unimplemented(
    message = "this operator needs a field with an order: a number, text, a date, an id, a bool or bytes; this \
               field is a `{Self}`",
    label = "`{Self}` has no order to compare by"
)]
pub trait Ordered {}
impl Ordered for Text {}
impl Ordered for Number {}
impl Ordered for Bool {}
impl Ordered for Date {}
impl Ordered for Id {}
impl Ordered for Bytes {}
impl Ordered for Any {}

/// Kinds that are text: `regex`, `starts_with`.
#[diagnostic::on_unimplemented(
    message = "this operator needs a text field (`String`, or a newtype of it); this field is a `{Self}`",
    label = "not a text field"
)]
pub trait IsText {}
impl IsText for Text {}

/// Kinds that are dates: `current_date`.
#[diagnostic::on_unimplemented(
    message = "this operator needs a date field (`DateTime`); this field is a `{Self}`",
    label = "not a date field"
)]
pub trait IsDate {}
impl IsDate for Date {}

/// Kinds that are lists: `contains`, `push`.
#[diagnostic::on_unimplemented(
    message = "this operator needs an array field (`Vec<_>`); this field is a `{Self}`",
    label = "not an array field"
)]
pub trait IsArray {
    /// The type of the elements.
    type Element: FieldType;
}
impl<E: FieldType> IsArray for Array<E> {
    type Element = E;
}

/// Kinds that are maps: `key`.
#[diagnostic::on_unimplemented(
    message = "this operator needs a map field (`HashMap<String, _>`); this field is a `{Self}`",
    label = "not a map field"
)]
pub trait IsMap {
    /// The type of the values.
    type Value: FieldType;
}
impl<V: FieldType> IsMap for Map<V> {
    type Value = V;
}

/// Kinds that are structs with fields of their own: `then`.
#[diagnostic::on_unimplemented(
    message = "this needs a field that is a struct with `#[derive(Embed)]`; this field is a `{Self}`",
    label = "not an embedded struct"
)]
pub trait IsEmbedded {
    /// The struct.
    type Struct;
}
impl<E> IsEmbedded for Embedded<E> {
    type Struct = E;
}

/// Kinds that can be an id: everything but lists, as MongoDB has it.
#[diagnostic::on_unimplemented(
    message = "an id cannot be a `{Self}`",
    label = "this cannot be a model's id",
    note = "ids are an ObjectId, text, a number, a date, a UUID, a struct or a newtype of one of these"
)]
pub trait IsKey {}
impl IsKey for Text {}
impl IsKey for Number {}
impl IsKey for Bool {}
impl IsKey for Date {}
impl IsKey for Id {}
impl IsKey for Bytes {}
impl IsKey for Enumeration {}
impl<E> IsKey for Embedded<E> {}
impl IsKey for Any {}

/// Fields that may be absent: `is_none`, `unset`.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` field is never absent: this needs an `Option` field",
    label = "this field is not an `Option`"
)]
pub trait Nullable {}
impl<T> Nullable for Option<T> {}

/// Numbers that can be counted up and multiplied: `inc`, `mul`.
#[diagnostic::on_unimplemented(
    message = "`.inc()` and `.mul()` need a number field; this field holds `{Self}`",
    label = "not a number"
)]
pub trait Arithmetic {
    /// What is added or multiplied by: wide and signed, so that a `u8` can be counted down.
    type Delta;

    /// The delta in the width the field is stored in, so that `$inc` does not widen it.
    #[doc(hidden)]
    fn delta(delta: Self::Delta) -> Bson;
}

macro_rules! integers {
    ($($type:ty => $narrow:literal),* $(,)?) => {$(
        impl Arithmetic for $type {
            type Delta = i64;

            fn delta(delta: i64) -> Bson {
                match i32::try_from(delta) {
                    Ok(delta) if $narrow => Bson::Int32(delta),
                    _ => Bson::Int64(delta),
                }
            }
        }
    )*};
}
integers! {
    i8 => true, i16 => true, i32 => true, u8 => true, u16 => true,
    i64 => false, isize => false, u32 => false, u64 => false, usize => false,
}

macro_rules! floats {
    ($($type:ty),*) => {$(
        impl Arithmetic for $type {
            type Delta = f64;

            fn delta(delta: f64) -> Bson {
                Bson::Double(delta)
            }
        }
    )*};
}
floats!(f32, f64);

impl Arithmetic for Decimal128 {
    type Delta = Decimal128;

    fn delta(delta: Decimal128) -> Bson {
        Bson::Decimal128(delta)
    }
}
