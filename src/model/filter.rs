//! Filters: which documents of a model are meant.

use super::bytes::{self, Bytes};
use bson::{Document, RawDocumentBuf};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

/// Which documents of `M` are meant: made by the field constants, joined by `&`, `|` and `!`.
///
/// `doc! {}` may stand wherever a filter may, on either side. `&` puts different paths into one document and the
/// same path twice under `$and`. A value that BSON cannot hold is an error when the filter is run.
///
/// ```
/// use anser::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[model(id)]
///     id: ObjectId,
///     age: u8,
///     city: String,
/// }
///
/// let adults = User::AGE.gte(18) & (User::CITY.eq("Oslo") | !doc! { "city": "Rome" }.into_filter());
/// let expected = doc! {
///     "age": { "$gte": 18 },
///     "$or": [{ "city": "Oslo" }, { "$nor": [{ "city": "Rome" }] }],
/// };
/// assert_eq!(adults.to_document()?, expected);
/// # Ok::<(), anser::Error>(())
/// ```
#[must_use = "a filter does nothing until it is given to a collection"]
pub struct Filter<M> {
    bytes: Bytes,
    model: PhantomData<fn() -> M>,
}

impl<M> Filter<M> {
    /// Every document.
    pub fn all() -> Self {
        Filter::of(Ok(bytes::empty()))
    }

    /// The documents that one of `filters` means; without filters, none (`$nor: [{}]`).
    pub fn any_of<F: IntoFilter<M>>(filters: impl IntoIterator<Item = F>) -> Self {
        let parts = filters.into_iter().map(|filter| filter.into_filter().bytes);
        Filter::of(parts.collect::<Result<Vec<_>, _>>().map(|parts| {
            let sides: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            if sides.is_empty() {
                bytes::list_of("$nor", &bytes::empty())
            } else {
                bytes::listed("$or", &sides)
            }
        }))
    }

    /// The filter as MongoDB writes it.
    ///
    /// # Errors
    /// A value in it that BSON cannot hold.
    pub fn to_document(&self) -> crate::Result<Document> {
        let raw = bytes::into_raw(self.bytes.clone())?;
        Document::try_from(raw)
            .map_err(|error| crate::Error::request(anser_query::Code::INVALID_BSON, error.to_string()))
    }

    pub(crate) fn of(bytes: Bytes) -> Self {
        Filter { bytes, model: PhantomData }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl<M> Clone for Filter<M> {
    fn clone(&self) -> Self {
        Filter::of(self.bytes.clone())
    }
}

impl<M> fmt::Debug for Filter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bytes::show(&self.bytes, f)
    }
}

/// What can be given as a filter for `M`: a [`Filter`], or a document of MongoDB's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter for `{M}`",
    label = "expected a filter made of `{M}`'s fields, or `doc! {{ .. }}`"
)]
pub trait IntoFilter<M> {
    /// The filter.
    fn into_filter(self) -> Filter<M>;
}

impl<M> IntoFilter<M> for Filter<M> {
    fn into_filter(self) -> Filter<M> {
        self
    }
}

impl<M> IntoFilter<M> for &Filter<M> {
    fn into_filter(self) -> Filter<M> {
        self.clone()
    }
}

impl<M> IntoFilter<M> for Document {
    fn into_filter(self) -> Filter<M> {
        Filter::of(bytes::of_document(&self))
    }
}

impl<M> IntoFilter<M> for &Document {
    fn into_filter(self) -> Filter<M> {
        Filter::of(bytes::of_document(self))
    }
}

impl<M> IntoFilter<M> for RawDocumentBuf {
    fn into_filter(self) -> Filter<M> {
        Filter::of(Ok(self.into_bytes()))
    }
}

fn and(first: Bytes, second: Bytes) -> Bytes {
    let (first, second) = (first?, second?);
    if first.len() <= 5 {
        return Ok(second);
    }
    Ok(if bytes::share_a_name(&first, &second) {
        bytes::listed("$and", &[&first, &second])
    } else {
        bytes::joined(first, &second)
    })
}

fn or(first: Bytes, second: Bytes) -> Bytes {
    Ok(bytes::listed("$or", &[&first?, &second?]))
}

impl<M, F: IntoFilter<M>> BitAnd<F> for Filter<M> {
    type Output = Filter<M>;

    fn bitand(self, other: F) -> Filter<M> {
        Filter::of(and(self.bytes, other.into_filter().bytes))
    }
}

impl<M, F: IntoFilter<M>> BitOr<F> for Filter<M> {
    type Output = Filter<M>;

    fn bitor(self, other: F) -> Filter<M> {
        Filter::of(or(self.bytes, other.into_filter().bytes))
    }
}

impl<M> BitAnd<Filter<M>> for Document {
    type Output = Filter<M>;

    fn bitand(self, other: Filter<M>) -> Filter<M> {
        Filter::of(and(bytes::of_document(&self), other.bytes))
    }
}

impl<M> BitOr<Filter<M>> for Document {
    type Output = Filter<M>;

    fn bitor(self, other: Filter<M>) -> Filter<M> {
        Filter::of(or(bytes::of_document(&self), other.bytes))
    }
}

impl<M> Not for Filter<M> {
    type Output = Filter<M>;

    fn not(self) -> Filter<M> {
        Filter::of(self.bytes.map(|bytes| bytes::list_of("$nor", &bytes)))
    }
}

/// All of them: joined by `&`.
impl<M> FromIterator<Filter<M>> for Filter<M> {
    fn from_iter<I: IntoIterator<Item = Filter<M>>>(filters: I) -> Self {
        filters.into_iter().fold(Filter::all(), |all, filter| all & filter)
    }
}
