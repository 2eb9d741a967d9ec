//! What a type has to say to stand in a model: how it is asked about, and how it is stored.

use super::{KindName, Nav};
use crate::schema::FieldSchema;
use serde::{Deserializer, Serializer};

/// A type that a field of a model can have: of a kind, compared with a type of values.
///
/// Implemented for the types of `std` and `bson` that documents hold, for `Option`, `Box`, lists, sets and maps
/// of them, and by `#[derive(Embed)]`. There is little reason to implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a field type, so a model cannot hold it",
    label = "no `FieldType` for `{Self}`",
    note = "if it is yours: `#[derive(Embed)]` on it",
    note = "if it is another crate's: `#[model(opaque)]` on the field stores it through serde"
)]
pub trait FieldType: Sized {
    /// Which operators it has: a type of [`crate::kind`].
    type Kind;
    /// What its values are compared with: itself, or for `Option` and `Box` what they hold.
    type Scalar;
    /// What its constant is. `W` is the whole type: `Option<Address>` leads into an `Address`, but stays an
    /// `Option`.
    type Nav<M, W: FieldType>: Nav<M, W>;
    /// The kind's name.
    const KIND: KindName;
    /// Whether documents may lack it.
    const OPTIONAL: bool = false;

    /// The fields of the struct it is or holds.
    fn fields() -> &'static [FieldSchema] {
        &[]
    }
}

/// A field type that is written to documents and read from them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a document",
    label = "no `Stored` for `{Self}`",
    note = "if it is yours: `#[derive(Embed)]` on it",
    note = "if it is another crate's: `#[model(opaque)]` on the field stores it through serde"
)]
pub trait Stored: FieldType {
    /// Writes it in its stored form.
    ///
    /// # Errors
    /// A value that BSON cannot hold, such as a `u64` beyond int64.
    fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads its stored form.
    ///
    /// # Errors
    /// A value of another type, or out of range.
    fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Whether, as an id, it stands for "give me one": the ObjectId of twelve zero bytes, and `None`.
    fn is_unset(&self) -> bool {
        false
    }
}

/// A type that an id can have: everything stored but lists.
pub trait Key: Stored {}
impl<T: Stored> Key for T where T::Kind: super::kind::IsKey {}

/// What the derives call: storing through [`Stored`], in the form serde's `with` wants.
#[doc(hidden)]
pub mod stored {
    use super::Stored;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Stored, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.store(serializer)
    }

    pub fn deserialize<'de, T: Stored, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::load(deserializer)
    }

    pub fn is_unset<T: Stored>(id: &T) -> bool {
        id.is_unset()
    }

    /// Lends a value to serde in its stored form.
    pub struct AsStored<'a, T>(pub &'a T);

    impl<T: Stored> Serialize for AsStored<'_, T> {
        #[inline]
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.store(serializer)
        }
    }

    /// Takes a value from serde in its stored form.
    pub struct FromStored<T>(pub T);

    impl<'de, T: Stored> Deserialize<'de> for FromStored<T> {
        #[inline]
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            T::load(deserializer).map(FromStored)
        }
    }
}

/// The types a model's own timestamp fields may have.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a timestamp field is a `DateTime` or an `Option<DateTime>`, not a `{Self}`",
    label = "not a date"
)]
pub trait Timestamp {}
impl Timestamp for bson::DateTime {}
impl Timestamp for Option<bson::DateTime> {}
