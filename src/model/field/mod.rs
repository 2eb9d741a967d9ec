//! Fields: one type for all of them, whose operators follow from the kind of what they hold.
//!
//! The operators stand in files by what they are for. The invariant: bounds stand on methods, so that a misuse is
//! an error in our words, at the user's token.

mod array;
mod compare;
mod modify;
mod order;
mod text;

use super::bytes;
use super::kind::{IsEmbedded, IsMap};
use super::{FieldType, Filter};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A field of `M` that holds a `T`: `User::AGE`.
///
/// It is a path with a type, made by `#[derive(Model)]` and `#[derive(Embed)]`, and it makes filters
/// ([`eq`](Field::eq), [`gte`](Field::gte), [`contains`](Field::contains) …), updates ([`set`](Field::set),
/// [`inc`](Field::inc), [`push`](Field::push) …) and sorts ([`asc`](Field::asc), [`desc`](Field::desc)).
///
/// ```
/// use anser::prelude::*;
///
/// #[derive(Embed)]
/// struct Address {
///     city: String,
/// }
///
/// #[derive(Model)]
/// struct User {
///     #[model(id)]
///     id: ObjectId,
///     age: u8,
///     address: Option<Address>,
/// }
///
/// assert_eq!(User::ADDRESS.city().path(), "address.city");
/// assert_eq!(User::AGE.gte(18).to_document()?, doc! { "age": { "$gte": 18 } });
/// # Ok::<(), anser::Error>(())
/// ```
pub struct Field<M, T> {
    path: Cow<'static, str>,
    types: PhantomData<fn() -> (M, T)>,
}

/// What the constant of a field of type `T` in `M` is: a [`Field`], or for an Embed its navigator, which is used as
/// a field and has a method for every field of the struct.
pub type At<M, T> = <T as FieldType>::Nav<M, T>;

/// What leads to a field: a [`Field`], or the navigator of an Embed.
pub trait Nav<M, T>: Sized {
    /// The field at `path`.
    #[doc(hidden)]
    fn at(path: Cow<'static, str>) -> Self;

    /// The path it leads to.
    #[doc(hidden)]
    fn leads_to(&self) -> &str;
}

impl<M, T> Nav<M, T> for Field<M, T> {
    fn at(path: Cow<'static, str>) -> Self {
        Field { path, types: PhantomData }
    }

    fn leads_to(&self) -> &str {
        &self.path
    }
}

impl<M, T> Field<M, T> {
    #[doc(hidden)]
    pub const fn __at_path(path: &'static str) -> Self {
        Field { path: Cow::Borrowed(path), types: PhantomData }
    }

    /// The dotted path, in stored names.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of a field of the struct this field holds.
    #[doc(hidden)]
    pub fn child(&self, name: &str) -> Cow<'static, str> {
        bytes::child(&self.path, name)
    }

    /// Whether the document has the field, `null` included (`$exists`).
    pub fn exists(&self) -> Filter<M> {
        compare::with_operator(&self.path, "$exists", |out| super::ValueFor::<bool>::write(true, out))
    }

    /// Whether the document lacks the field.
    pub fn missing(&self) -> Filter<M> {
        compare::with_operator(&self.path, "$exists", |out| super::ValueFor::<bool>::write(false, out))
    }
}

impl<M, T: FieldType> Field<M, T> {
    /// A field of the struct it holds, by that struct's own constant: `User::ADDRESS.then(Address::CITY)` is
    /// `User::ADDRESS.city()`.
    pub fn then<E, U: FieldType, N: Nav<E, U>>(&self, field: N) -> At<M, U>
    where
        T::Kind: IsEmbedded<Struct = E>,
    {
        Nav::<M, U>::at(self.child(field.leads_to()))
    }

    /// The value of a map under `key`. A key that cannot be a part of a path (it is empty, holds a dot or begins
    /// with `$`) is BadValue (2) when the filter or update is run.
    pub fn key(&self, key: &str) -> At<M, <T::Kind as IsMap>::Value>
    where
        T::Kind: IsMap,
    {
        Nav::<M, <T::Kind as IsMap>::Value>::at(bytes::child_by_key(&self.path, key))
    }
}

impl<M, T> Clone for Field<M, T> {
    fn clone(&self) -> Self {
        Field { path: self.path.clone(), types: PhantomData }
    }
}

impl<M, T> fmt::Debug for Field<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl<M, T> fmt::Display for Field<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}
