//! Models: Rust structs as documents, and typed questions about them.
//!
//! A struct with `#[derive(Model)]` says how it is stored; its constants ([`Field`]) make filters, updates and
//! sorts. Nothing here knows the engine: everything becomes raw BSON, which the façade hands down. The invariant: a
//! value in a filter or an update is written in the very form in which a document stores it.

pub(crate) mod bytes;
mod field;
mod field_type;
mod filter;
pub mod kind;
mod order;
mod types;
mod update;
mod value;

pub use field::{At, Field, Nav};
pub use field_type::{FieldType, Key, Stored};
pub use filter::{Filter, IntoFilter};
pub use kind::KindName;
pub use order::{IntoProjection, IntoSort, Projection, Sort};
pub use types::Opaque;
pub use update::{IntoUpdate, Update};
pub(crate) use value::Fault;
pub use value::ValueFor;

use crate::codec;
use crate::error::Error;
use crate::schema::ModelSchema;
use anser_query::Code;
use bson::{Document, RawDocumentBuf};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A struct that is a document of a collection: made by `#[derive(Model)]`.
///
/// ```
/// use anser::prelude::*;
///
/// #[derive(Model, Debug, PartialEq)]
/// #[model(collection = "people", index(city, -age), timestamps)]
/// struct Person {
///     #[model(id)]
///     id: ObjectId,
///     #[model(unique)]
///     email: String,
///     #[model(index)]
///     age: u8,
///     #[model(default = "Oslo")]
///     city: String,
///     nick: Option<String>,
/// }
///
/// let database = Database::open("memory:")?;
/// let people = database.collection::<Person>();
/// let ada = Person {
///     id: ObjectId::new(),
///     email: "ada@example.org".into(),
///     age: 36,
///     city: "London".into(),
///     nick: None,
/// };
/// people.insert_one(&ada).run()?;
/// assert_eq!(people.find_one(Person::AGE.gte(18) & Person::CITY.eq("London")).run()?, Some(ada));
/// # Ok::<(), anser::Error>(())
/// ```
///
/// # On the struct
/// - `#[model(collection = "people")]`: the collection. Without it: the name in snake_case and the plural
///   (`PurchaseOrder`: `purchase_orders`).
/// - `#[model(index(city, -age))]`: an index over several fields, `-` for downwards; `unique`, `sparse` and
///   `name = "…"` may stand among them. `address.city` leads into an Embed, a text is a stored path as it stands.
/// - `#[model(timestamps)]`: documents carry `created_at` and `updated_at`. An insert sets both to now, an update
///   sets `updated_at` (and `created_at` when it inserts), unless it changes them itself; a replacement sets
///   `updated_at` and keeps the `created_at` of its struct, or sets it when the struct has no field for it. Whatever
///   the struct held in these fields when it was inserted is not stored. The struct may have fields of these names
///   (`DateTime` or `Option<DateTime>`) to read them, and has the constants `CREATED_AT` and `UPDATED_AT` either
///   way. `timestamps(created_at = born, updated_at = "changed")` names them.
/// - `#[model(crate = "…")]`: the path of this crate, when it is not `::anser`.
///
/// # On fields
/// - `#[model(id)]`: this one is stored as `_id`, first in the document. Any [`Key`] will do. The ObjectId of twelve
///   zero bytes and `None` stand for "give me one": the insert stores a new ObjectId and tells it in its result.
/// - `#[model(index)]`, `#[model(unique)]`, each with `sparse` or without: an index on this field.
/// - `#[model(default)]`, `#[model(default = expression)]`: what a document that lacks the field is read with.
/// - `#[model(opaque)]`: a type of another crate's, stored through serde; it can be compared and set as a whole.
/// - `#[model(constant = OTHER)]`: the name of its constant.
///
/// serde's `rename`, `rename_all`, `skip`, `flatten`, `default`, `with`, `alias`, `skip_serializing_if` and
/// `deny_unknown_fields` mean what they mean in serde, and constants and indexes use the names that are stored.
///
/// # The stored form
/// The derive owns it: `None` is left out, the id is called `_id`. The struct needs no `Serialize` and
/// `Deserialize`; when it has them, they are another form, for JSON say, and are not what is stored
/// ([`to_document`](Model::to_document) is).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "no `Model` for `{Self}`",
    note = "add `#[derive(Model)]` and mark its key with `#[model(id)]`"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The type of its id.
    type Id: Key;

    /// The name of its collection.
    const COLLECTION: &'static str;

    /// What it says about itself.
    fn schema() -> &'static ModelSchema;

    /// Its id.
    fn id(&self) -> &Self::Id;

    /// Writes it in its stored form.
    ///
    /// # Errors
    /// A value that BSON cannot hold, such as a `u64` beyond int64.
    fn store<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads its stored form.
    ///
    /// # Errors
    /// A field that is missing, or of another type.
    fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// The document that would be stored, without timestamps that the struct has no field for.
    ///
    /// # Errors
    /// A value that BSON cannot hold.
    fn to_document(&self) -> crate::Result<Document> {
        let mut bytes = Vec::new();
        codec::encode(&StoredModel(self), &mut bytes).map_err(cannot_store::<Self>)?;
        let broken = |error: bson::error::Error| Error::request(Code::INVALID_BSON, error.to_string());
        Document::try_from(RawDocumentBuf::from_bytes(bytes).map_err(broken)?).map_err(broken)
    }

    /// The struct that a stored document holds.
    ///
    /// # Errors
    /// A field that is missing, or of another type, by its path.
    fn from_document(document: &Document) -> crate::Result<Self> {
        let bytes = bytes::of_document(document)?;
        codec::decode(&bytes).map(|LoadedModel(model)| model).map_err(cannot_load::<Self>)
    }
}

/// A type that models can hold: made by `#[derive(Embed)]` on a struct with named fields, on a newtype, or on an
/// enum of plain names.
///
/// - A struct is a document in the document. It has constants of its own, and leads to its fields:
///   `User::ADDRESS.city()`, through `Option`, `Box`, `.each()` of a `Vec` and `.key(…)` of a map.
/// - A newtype is stored as what it holds, and has its operators; its values are its own, so that the ids of two
///   models cannot be mixed up.
/// - An enum of plain names is stored as text.
///
/// Attributes are those of [`Model`], without id, indexes and timestamps. Indexes on fields of an Embed are said
/// on the model: `#[model(index(address.city))]`.
///
/// ```
/// use anser::prelude::*;
///
/// #[derive(Embed)]
/// #[serde(rename_all = "camelCase")]
/// struct Address {
///     zip_code: String,
/// }
///
/// #[derive(Embed)]
/// struct Email(String);
///
/// #[derive(Embed)]
/// #[serde(rename_all = "lowercase")]
/// enum Role {
///     Admin,
///     Guest,
/// }
///
/// #[derive(Model)]
/// #[model(index(addresses.zip_code))]
/// struct User {
///     #[model(id)]
///     id: Email,
///     role: Role,
///     addresses: Vec<Address>,
/// }
///
/// let admins = User::ROLE.eq(Role::Admin) & User::ADDRESSES.any(Address::ZIP_CODE.starts_with("0"));
/// let expected = doc! { "role": "admin", "addresses": { "$elemMatch": { "zipCode": { "$regex": "^0" } } } };
/// assert_eq!(admins.to_document()?, expected);
/// assert_eq!(User::schema().indexes()[0].keys(), doc! { "addresses.zipCode": 1 });
/// # Ok::<(), anser::Error>(())
/// ```
pub trait Embed: Stored {}

/// Lends a model to serde in its stored form.
pub(crate) struct StoredModel<'a, T>(pub(crate) &'a T);

impl<T: Model> Serialize for StoredModel<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.store(serializer)
    }
}

/// Takes a model from serde in its stored form.
pub(crate) struct LoadedModel<T>(pub(crate) T);

impl<'de, T: Model> Deserialize<'de> for LoadedModel<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::load(deserializer).map(LoadedModel)
    }
}

pub(crate) fn cannot_store<T: Model>(error: codec::CodecError) -> Error {
    let message = format!("{} cannot be stored: {error}", T::schema().name());
    Error::new(crate::ErrorKind::Document, Code::BAD_VALUE, message)
}

pub(crate) fn cannot_load<T: Model>(error: codec::CodecError) -> Error {
    let message = format!("a document of {} cannot be read: {error}", T::schema().name());
    Error::new(crate::ErrorKind::Document, Code::TYPE_MISMATCH, message)
}

/// What the derives' code calls. Not for programs: it changes without notice.
#[doc(hidden)]
pub mod private {
    pub use super::field_type::Timestamp;
    pub use super::field_type::stored;
    pub use super::value::{Fault, write_stored, write_value};
    pub use serde;
    pub use std::borrow::Cow;
    pub use std::string::String;
    pub use std::vec::Vec;

    /// Compiles when `T` can be a timestamp.
    pub fn is_timestamp<T: Timestamp>() {}
}
