//! Hints: the access that the caller has chosen.
//!
//! A hint is obeyed. On a sparse index that means that documents without its paths are not found, as in MongoDB.

use super::bounds::Conjunction;
use super::candidate::Candidate;
use super::{KeyRange, Query, natural};
use crate::catalog::{CollectionEntry, IndexEntry};
use crate::engine::Hint;
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::{DocumentRef, key};
use anser_storage::Direction;
use bson::{Bson, Document, RawDocumentBuf};
use std::sync::Arc;

/// MongoDB's code for `min` or `max` without a hint.
const BOUNDS_WITHOUT_HINT: Code = Code(51173);
/// MongoDB's code for `min` or `max` that name other paths than the hinted index.
const BOUNDS_OF_ANOTHER_INDEX: Code = Code(51174);
/// MongoDB's code for a `min` that does not come before `max`.
const BOUNDS_CROSSED: Code = Code(51175);

/// What a hint demands.
pub(crate) enum Hinted {
    /// `{$natural: ±1}`.
    Collection(Direction),
    /// An index.
    Index(Box<Candidate>),
}

/// The access that `query` demands, `None` when it leaves the choice.
///
/// # Errors
/// BadValue (2) for an index that does not exist and for a `$natural` that is not alone or not ±1; 51173 to
/// 51175 for `min` and `max`.
pub(crate) fn access(collection: &CollectionEntry, query: &Query<'_>) -> Result<Option<Hinted>> {
    let bounded = query.min.is_some() || query.max.is_some();
    let index = match query.hint {
        None => None,
        Some(Hint::Keys(keys)) if keys.is_empty() => None,
        Some(Hint::Keys(keys)) => {
            if let Some(direction) = natural_of(keys)? {
                if bounded {
                    let message = "min and max are incompatible with $natural";
                    return Err(Error::request(Code::BAD_VALUE, message));
                }
                return Ok(Some(Hinted::Collection(direction)));
            }
            Some(by_keys(collection, keys).ok_or_else(|| unknown(collection))?)
        }
        Some(Hint::Name(name)) => {
            let found = collection.index(name).filter(|index| index.ready);
            Some(found.ok_or_else(|| unknown(collection))?)
        }
    };
    let Some(index) = index else {
        if bounded {
            let message = "When using min()/max() a hint of which index to use must be provided";
            return Err(Error::request(BOUNDS_WITHOUT_HINT, message));
        }
        return Ok(None);
    };
    let conjunction = Conjunction::of(query.filter);
    let mut candidate = Candidate::of(index, &conjunction, query.order, query.limit.is_some());
    if bounded {
        let range = between(index, query.min, query.max)?;
        // The filter's own bounds are left to the matcher.
        candidate.scan.exact = false;
        candidate.scan.repeats = index.is_multikey();
        candidate.scan.ranges = vec![range];
        candidate.gives_order &= conjunction.conjuncts.is_empty();
    }
    Ok(Some(Hinted::Index(Box::new(candidate))))
}

fn natural_of(keys: &Document) -> Result<Option<Direction>> {
    if !keys.contains_key("$natural") {
        return Ok(None);
    }
    let broken = |error| Error::request(Code::BAD_VALUE, "the hint is no document").with_source(error);
    let raw = RawDocumentBuf::try_from(keys).map_err(broken)?;
    natural(DocumentRef::from(&raw))
}

fn by_keys<'c>(collection: &'c CollectionEntry, keys: &Document) -> Option<&'c Arc<IndexEntry>> {
    collection.indexes.iter().find(|index| {
        index.ready
            && index.keys.len() == keys.len()
            && index.keys.iter().zip(keys).all(|(one, other)| one.0 == other.0 && same(one.1, other.1))
    })
}

/// Whether two directions are the same: numbers by value.
fn same(one: &Bson, other: &Bson) -> bool {
    let number = |value: &Bson| match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        _ => None,
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn unknown(collection: &CollectionEntry) -> Error {
    Error::request(
        Code::BAD_VALUE,
        format!(
            "error processing query: ns={}: planner returned error :: caused by :: \
             hint provided does not correspond to an existing index",
            collection.namespace
        ),
    )
}

/// The entries from `min` up to, not including, `max`.
fn between(
    index: &IndexEntry,
    min: Option<DocumentRef<'_>>,
    max: Option<DocumentRef<'_>>,
) -> Result<KeyRange> {
    let lower = min.map(|min| key_of(index, min)).transpose()?;
    let upper = max.map(|max| key_of(index, max)).transpose()?;
    if let (Some(lower), Some(upper)) = (&lower, &upper)
        && lower >= upper
    {
        let message = "The value provided for min() does not come before the value provided for max()";
        return Err(Error::request(BOUNDS_CROSSED, message));
    }
    let mut range = KeyRange { lower: lower.unwrap_or_default(), upper, point: false };
    if index.truncated {
        range.cut(index.prefix_bytes());
    }
    Ok(range)
}

fn key_of(index: &IndexEntry, bound: DocumentRef<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut named = bound.elements();
    for (path, &ascending) in index.paths.iter().zip(&index.ascending) {
        match named.next() {
            Some(element) if element.name == path.as_str().as_bytes() => match ascending {
                true => key::encode(element.value, &mut bytes),
                false => key::encode_descending(element.value, &mut bytes),
            },
            _ => return Err(of_another_index()),
        }
    }
    match named.next() {
        None => Ok(bytes),
        Some(_) => Err(of_another_index()),
    }
}

fn of_another_index() -> Error {
    Error::request(BOUNDS_OF_ANOTHER_INDEX, "The index chosen is not compatible with min/max")
}
