//! Comparing a field with values.

use super::Field;
use crate::model::bytes;
use crate::model::kind::{Nullable, Ordered};
use crate::model::value::{Fault, write_array};
use crate::model::{FieldType, Filter, ValueFor};
use anser_query::value::tag;

impl<M, T: FieldType> Field<M, T> {
    /// The field, or for an array one of its elements, equals `value`.
    ///
    /// A value that is a document or a regular expression is compared as it stands (`$eq`).
    pub fn eq<V: ValueFor<T::Scalar>>(&self, value: V) -> Filter<M> {
        Filter::of(bytes::single(&self.path, |out| {
            let start = out.len();
            let tag = value.write(out)?;
            if !matches!(tag, tag::DOCUMENT | tag::REGEX) {
                return Ok(tag);
            }
            let operand = out.split_off(start);
            bytes::operand(out, "$eq", |out| {
                out.extend_from_slice(&operand);
                Ok(tag)
            })
        }))
    }

    /// It does not equal `value`, or is not there (`$ne`).
    pub fn ne<V: ValueFor<T::Scalar>>(&self, value: V) -> Filter<M> {
        with_operator(&self.path, "$ne", |out| value.write(out))
    }

    /// It equals one of `values` (`$in`).
    pub fn is_in<V: ValueFor<T::Scalar>>(&self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        with_operator(&self.path, "$in", |out| write_array(values, out))
    }

    /// It equals none of `values`, or is not there (`$nin`).
    pub fn not_in<V: ValueFor<T::Scalar>>(&self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        with_operator(&self.path, "$nin", |out| write_array(values, out))
    }

    /// It is greater than `value` (`$gt`).
    pub fn gt<V: ValueFor<T::Scalar>>(&self, value: V) -> Filter<M>
    where
        T::Kind: Ordered,
    {
        with_operator(&self.path, "$gt", |out| value.write(out))
    }

    /// It is greater than or equals `value` (`$gte`).
    pub fn gte<V: ValueFor<T::Scalar>>(&self, value: V) -> Filter<M>
    where
        T::Kind: Ordered,
    {
        with_operator(&self.path, "$gte", |out| value.write(out))
    }

    /// It is less than `value` (`$lt`).
    pub fn lt<V: ValueFor<T::Scalar>>(&self, value: V) -> Filter<M>
    where
        T::Kind: Ordered,
    {
        with_operator(&self.path, "$lt", |out| value.write(out))
    }

    /// It is less than or equals `value` (`$lte`).
    pub fn lte<V: ValueFor<T::Scalar>>(&self, value: V) -> Filter<M>
    where
        T::Kind: Ordered,
    {
        with_operator(&self.path, "$lte", |out| value.write(out))
    }

    /// It is absent or `null`, as `None` is.
    pub fn is_none(&self) -> Filter<M>
    where
        T: Nullable,
    {
        Filter::of(bytes::single(&self.path, |_| Ok(tag::NULL)))
    }

    /// It is there and not `null`.
    pub fn is_some(&self) -> Filter<M>
    where
        T: Nullable,
    {
        with_operator(&self.path, "$ne", |_| Ok(tag::NULL))
    }
}

/// `{path: {operator: value}}`.
pub(super) fn with_operator<M>(
    path: &str,
    operator: &str,
    value: impl FnOnce(&mut Vec<u8>) -> Result<u8, Fault>,
) -> Filter<M> {
    Filter::of(bytes::single(path, |out| bytes::operand(out, operator, value)))
}
