//! Sorting by a field, and reading it or leaving it out.

use super::Field;
use crate::model::{Projection, Sort, ValueFor, bytes};

impl<M, T> Field<M, T> {
    /// Upwards by this field.
    pub fn asc(&self) -> Sort<M> {
        Sort::of(bytes::single(&self.path, |out| ValueFor::<i32>::write(1, out)))
    }

    /// Downwards by this field.
    pub fn desc(&self) -> Sort<M> {
        Sort::of(bytes::single(&self.path, |out| ValueFor::<i32>::write(-1, out)))
    }

    /// Reads this field, and only what else is included (and `_id`, unless it is excluded).
    pub fn include(&self) -> Projection<M> {
        Projection::of(bytes::single(&self.path, |out| ValueFor::<i32>::write(1, out)))
    }

    /// Reads everything but this field and what else is excluded.
    pub fn exclude(&self) -> Projection<M> {
        Projection::of(bytes::single(&self.path, |out| ValueFor::<i32>::write(0, out)))
    }
}
