//! Changing a field: one method an update operator.

use super::Field;
use super::array::{Element, ElementScalar};
use crate::model::kind::{Arithmetic, IsArray, IsDate, IsEmbedded, Nullable, Ordered};
use crate::model::value::{write_array, write_value};
use crate::model::{FieldType, IntoFilter, Update, ValueFor, bytes};
use anser_query::value::tag;

impl<M, T: FieldType> Field<M, T> {
    /// Gives it `value` (`$set`). An Embed is replaced whole; set its fields one by one to keep the others.
    pub fn set<V: ValueFor<T::Scalar>>(&self, value: V) -> Update<M> {
        Update::operator("$set", &self.path, |out| value.write(out))
    }

    /// Gives it `value` when the update inserts (`$setOnInsert`).
    pub fn set_on_insert<V: ValueFor<T::Scalar>>(&self, value: V) -> Update<M> {
        Update::operator("$setOnInsert", &self.path, |out| value.write(out))
    }

    /// Takes it away (`$unset`), as `None` is stored.
    pub fn unset(&self) -> Update<M>
    where
        T: Nullable,
    {
        Update::operator("$unset", &self.path, |out| ValueFor::<String>::write("", out))
    }

    /// Adds `by`, which may be negative (`$inc`).
    pub fn inc(&self, by: <T::Scalar as Arithmetic>::Delta) -> Update<M>
    where
        T::Scalar: Arithmetic,
    {
        Update::operator("$inc", &self.path, |out| write_value(&T::Scalar::delta(by), out))
    }

    /// Multiplies by `by` (`$mul`).
    pub fn mul(&self, by: <T::Scalar as Arithmetic>::Delta) -> Update<M>
    where
        T::Scalar: Arithmetic,
    {
        Update::operator("$mul", &self.path, |out| write_value(&T::Scalar::delta(by), out))
    }

    /// Gives it `value` when that is less, or when it is not there (`$min`).
    pub fn min<V: ValueFor<T::Scalar>>(&self, value: V) -> Update<M>
    where
        T::Kind: Ordered,
    {
        Update::operator("$min", &self.path, |out| value.write(out))
    }

    /// Gives it `value` when that is greater, or when it is not there (`$max`).
    pub fn max<V: ValueFor<T::Scalar>>(&self, value: V) -> Update<M>
    where
        T::Kind: Ordered,
    {
        Update::operator("$max", &self.path, |out| value.write(out))
    }

    /// Gives it the time of the update (`$currentDate`).
    pub fn current_date(&self) -> Update<M>
    where
        T::Kind: IsDate,
    {
        Update::operator("$currentDate", &self.path, |out| ValueFor::<bool>::write(true, out))
    }

    /// Moves its value to another field of the same type (`$rename`).
    pub fn rename(&self, to: &Field<M, T>) -> Update<M> {
        Update::operator("$rename", &self.path, |out| ValueFor::<String>::write(to.path(), out))
    }

    /// Appends `value` (`$push`).
    pub fn push<V: ValueFor<ElementScalar<T>>>(&self, value: V) -> Update<M>
    where
        T::Kind: IsArray,
    {
        Update::operator("$push", &self.path, |out| value.write(out))
    }

    /// Appends all of `values` (`$push` with `$each`).
    pub fn push_all<V: ValueFor<ElementScalar<T>>>(&self, values: impl IntoIterator<Item = V>) -> Update<M>
    where
        T::Kind: IsArray,
    {
        let each = |out: &mut Vec<u8>| bytes::operand(out, "$each", |out| write_array(values, out));
        Update::operator("$push", &self.path, each)
    }

    /// Appends `value` unless an element equals it (`$addToSet`).
    pub fn add_to_set<V: ValueFor<ElementScalar<T>>>(&self, value: V) -> Update<M>
    where
        T::Kind: IsArray,
    {
        Update::operator("$addToSet", &self.path, |out| value.write(out))
    }

    /// Appends those of `values` that no element equals (`$addToSet` with `$each`).
    pub fn add_all_to_set<V: ValueFor<ElementScalar<T>>>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Update<M>
    where
        T::Kind: IsArray,
    {
        let each = |out: &mut Vec<u8>| bytes::operand(out, "$each", |out| write_array(values, out));
        Update::operator("$addToSet", &self.path, each)
    }

    /// Takes away the elements that equal `value` (`$pull`). For an Embed: those that have all its fields.
    pub fn pull<V: ValueFor<ElementScalar<T>>>(&self, value: V) -> Update<M>
    where
        T::Kind: IsArray,
    {
        Update::operator("$pull", &self.path, |out| value.write(out))
    }

    /// Takes away the elements that `filter`, made of the element's own fields, means (`$pull`).
    pub fn pull_where<E>(&self, filter: impl IntoFilter<E>) -> Update<M>
    where
        T::Kind: IsArray,
        <Element<T> as FieldType>::Kind: IsEmbedded<Struct = E>,
    {
        let filter = filter.into_filter().into_bytes();
        Update::operator("$pull", &self.path, |out| {
            out.extend_from_slice(&filter?);
            Ok(tag::DOCUMENT)
        })
    }

    /// Takes away the elements that equal one of `values` (`$pullAll`).
    pub fn pull_all<V: ValueFor<ElementScalar<T>>>(&self, values: impl IntoIterator<Item = V>) -> Update<M>
    where
        T::Kind: IsArray,
    {
        Update::operator("$pullAll", &self.path, |out| write_array(values, out))
    }

    /// Takes away the first element (`$pop`).
    pub fn pop_first(&self) -> Update<M>
    where
        T::Kind: IsArray,
    {
        Update::operator("$pop", &self.path, |out| ValueFor::<i32>::write(-1, out))
    }

    /// Takes away the last element (`$pop`).
    pub fn pop(&self) -> Update<M>
    where
        T::Kind: IsArray,
    {
        Update::operator("$pop", &self.path, |out| ValueFor::<i32>::write(1, out))
    }
}
