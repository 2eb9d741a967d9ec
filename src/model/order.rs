//! Sorts and projections: in which order documents come, and what of them.

use super::bytes::{self, Bytes};
use bson::Document;
use std::fmt;
use std::marker::PhantomData;

/// Types that are a document of one entry a field, and traits for what can be given as one.
macro_rules! listings {
    ($($(#[$of_type:meta])* $name:ident, $(#[$of_trait:meta])* $into_trait:ident, $into:ident;)*) => {$(
        $(#[$of_type])*
        pub struct $name<M> {
            bytes: Bytes,
            model: PhantomData<fn() -> M>,
        }

        impl<M> $name<M> {
            pub(crate) fn of(bytes: Bytes) -> Self {
                $name { bytes, model: PhantomData }
            }

            pub(crate) fn into_bytes(self) -> Bytes {
                self.bytes
            }

            /// The same as MongoDB writes it.
            ///
            /// # Errors
            /// A path that is none.
            pub fn to_document(&self) -> crate::Result<Document> {
                let raw = bytes::into_raw(self.bytes.clone())?;
                Document::try_from(raw).map_err(|error| {
                    crate::Error::request(anser_query::Code::INVALID_BSON, error.to_string())
                })
            }
        }

        impl<M> Clone for $name<M> {
            fn clone(&self) -> Self {
                $name::of(self.bytes.clone())
            }
        }

        impl<M> fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                bytes::show(&self.bytes, f)
            }
        }

        $(#[$of_trait])*
        pub trait $into_trait<M> {
            /// What is meant.
            fn $into(self) -> $name<M>;
        }

        impl<M> $into_trait<M> for $name<M> {
            fn $into(self) -> $name<M> {
                self
            }
        }

        impl<M, const N: usize> $into_trait<M> for [$name<M>; N] {
            fn $into(self) -> $name<M> {
                $name::of(bytes::joined_all(self.into_iter().map($name::into_bytes)))
            }
        }

        impl<M> $into_trait<M> for Vec<$name<M>> {
            fn $into(self) -> $name<M> {
                $name::of(bytes::joined_all(self.into_iter().map($name::into_bytes)))
            }
        }

        impl<M> $into_trait<M> for Document {
            fn $into(self) -> $name<M> {
                $name::of(bytes::of_document(&self))
            }
        }
    )*};
}

listings! {
    /// In which order documents of `M` come: `User::AGE.desc()`, or an array of such, the first deciding first.
    #[must_use = "a sort does nothing until it is given to an action"]
    Sort,
    /// What can be given as a sort of `M`: a [`Sort`], several of them, or a document of MongoDB's.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a sort of `{M}`",
        label = "expected `field.asc()` or `field.desc()` of `{M}`, an array of them, or `doc! {{ .. }}`"
    )]
    IntoSort, into_sort;

    /// What of documents of `M` is read: `User::AGE.include()`, or an array of such.
    #[must_use = "a projection does nothing until it is given to an action"]
    Projection,
    /// What can be given as a projection of `M`: a [`Projection`], several of them, or a document of MongoDB's.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a projection of `{M}`",
        label = "expected `field.include()` or `field.exclude()` of `{M}`, an array of them, or `doc! {{ .. }}`"
    )]
    IntoProjection, into_projection;
}
