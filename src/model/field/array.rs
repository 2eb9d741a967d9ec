//! Asking arrays, and leading into their elements.

use super::compare::with_operator;
use super::{At, Field, Nav};
use crate::model::kind::{IsArray, IsEmbedded};
use crate::model::value::write_array;
use crate::model::{FieldType, Filter, IntoFilter, ValueFor, bytes};
use anser_query::value::tag;

/// The type of an array's elements.
pub(super) type Element<T> = <<T as FieldType>::Kind as IsArray>::Element;
/// What an array's elements are compared with.
pub(super) type ElementScalar<T> = <Element<T> as FieldType>::Scalar;

impl<M, T: FieldType> Field<M, T> {
    /// One of the elements equals `value`.
    pub fn contains<V: ValueFor<ElementScalar<T>>>(&self, value: V) -> Filter<M>
    where
        T::Kind: IsArray,
    {
        let element: Field<M, Element<T>> = Nav::at(self.path.clone());
        element.eq(value)
    }

    /// One of the elements equals one of `values` (`$in`).
    pub fn contains_any<V: ValueFor<ElementScalar<T>>>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Filter<M>
    where
        T::Kind: IsArray,
    {
        with_operator(&self.path, "$in", |out| write_array(values, out))
    }

    /// Every one of `values` equals an element (`$all`).
    pub fn contains_all<V: ValueFor<ElementScalar<T>>>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Filter<M>
    where
        T::Kind: IsArray,
    {
        with_operator(&self.path, "$all", |out| write_array(values, out))
    }

    /// It has `size` elements (`$size`).
    pub fn size(&self, size: u32) -> Filter<M>
    where
        T::Kind: IsArray,
    {
        with_operator(&self.path, "$size", |out| ValueFor::<u32>::write(size, out))
    }

    /// One element is meant by the whole of `filter` (`$elemMatch`), which is made of the element's own fields:
    /// `User::PLACES.any(Address::CITY.eq("Oslo") & Address::ZIP.gt(6))`.
    pub fn any<E>(&self, filter: impl IntoFilter<E>) -> Filter<M>
    where
        T::Kind: IsArray,
        <Element<T> as FieldType>::Kind: IsEmbedded<Struct = E>,
    {
        let filter = filter.into_filter().into_bytes();
        with_operator(&self.path, "$elemMatch", |out| {
            out.extend_from_slice(&filter?);
            Ok(tag::DOCUMENT)
        })
    }

    /// Into the elements, all of them: `User::PLACES.each().city().eq("Oslo")` is true when it is of one.
    pub fn each(&self) -> At<M, Element<T>>
    where
        T::Kind: IsArray,
    {
        Nav::<M, Element<T>>::at(self.path.clone())
    }

    /// The element that stands at `index`, from 0.
    pub fn index(&self, index: usize) -> At<M, Element<T>>
    where
        T::Kind: IsArray,
    {
        Nav::<M, Element<T>>::at(bytes::child(&self.path, &index.to_string()))
    }
}
