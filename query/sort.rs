//! Sort: by memcmp-ordered keys.
//!
//! The invariant: documents sort as the smallest of the rows that an index over the same paths would hold
//! for them, directions applied. So an index over the sort's paths gives the same order.

use crate::error::{Code, Error, Result};
use crate::field_path;
use crate::path::{Path, index_keys};
use crate::value::{DocumentRef, Number, ValueRef, key, tag};

/// A parsed sort.
///
/// ```
/// use anser_query::{Sort, value::DocumentRef};
/// let sort = bson::rawdoc! { "city": 1, "age": -1 };
/// let sort = Sort::parse(DocumentRef::from(&sort)).unwrap();
/// let key_of = |document: &bson::RawDocumentBuf| {
///     let mut key = Vec::new();
///     sort.key(DocumentRef::from(document), &mut key).unwrap();
///     key
/// };
/// let (ada, bob) = (bson::rawdoc! { "city": "Paris", "age": 36 }, bson::rawdoc! { "city": "Paris", "age": 30 });
/// assert!(key_of(&ada) < key_of(&bob), "the same city, and the older comes first");
/// ```
#[derive(Clone, Debug)]
pub struct Sort {
    /// The parts: path and whether ascending.
    pub parts: Vec<(Path, bool)>,
    /// The paths alone.
    paths: Vec<Path>,
}

impl Sort {
    /// Parses a sort document: 1 or -1 per path. Other numbers are cut to an int, so that 1.5 is 1.
    ///
    /// # Errors
    /// 15975 for another number, 15974 for another type, NotImplemented (238) for `$meta`, 17312 for another
    /// object, 7472500 for a path named twice, 13103 for more than 32 paths, and what [`field_path::parse`] refuses.
    pub fn parse(document: DocumentRef<'_>) -> Result<Sort> {
        let mut parts: Vec<(Path, bool)> = Vec::new();
        for element in document.elements() {
            let ascending = direction(element.name, element.value)?;
            let path = field_path::parse(element.name)?;
            if parts.iter().any(|(other, _)| other.as_str() == path.as_str()) {
                let message =
                    format!("$sort key must not contain duplicate keys (duplicate: '{}')", path.as_str());
                return Err(Error::new(Code(7472500), message));
            }
            parts.push((path, ascending));
        }
        if parts.len() > index_keys::PARTS_MAX {
            let message = format!("too many compound keys: {} paths in a sort", parts.len());
            return Err(Error::new(Code(13103), message));
        }
        let paths = parts.iter().map(|(path, _)| path.clone()).collect();
        Ok(Sort { parts, paths })
    }

    /// Whether there is nothing to sort by.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Appends the bytes by whose memcmp order `document` is sorted. An array gives its lowest element when
    /// ascending and its highest when descending; an empty array sorts below null.
    ///
    /// # Errors
    /// BadValue (2) when two parts run through different arrays.
    pub fn key(&self, document: DocumentRef<'_>, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        for (path, ascending) in &self.parts {
            let Some(value) = without_arrays(path, document) else {
                out.truncate(start);
                return self.lowest_row(document, out);
            };
            encode(value, *ascending, out);
        }
        Ok(())
    }

    /// The key of a document in which a path meets an array: the lowest of its rows.
    #[cold]
    fn lowest_row(&self, document: DocumentRef<'_>, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let mut lowest_length = None;
        let extracted = index_keys::extract(&self.paths, document, &mut |row| {
            let next = out.len();
            for (value, (_, ascending)) in row.values.iter().zip(&self.parts) {
                encode(*value, *ascending, out);
            }
            match lowest_length {
                Some(length) if out[start..start + length] <= out[next..] => out.truncate(next),
                _ => {
                    out.drain(start..next);
                    lowest_length = Some(out.len() - start);
                }
            }
        });
        extracted.map_err(|error| {
            out.truncate(start);
            if error.code() == Code::CANNOT_INDEX_PARALLEL_ARRAYS {
                Error::new(Code::BAD_VALUE, "cannot sort with keys that are parallel arrays")
            } else {
                error
            }
        })?;
        Ok(())
    }
}

fn direction(name: &[u8], value: ValueRef<'_>) -> Result<bool> {
    let name = String::from_utf8_lossy(name);
    if let Some(object) = value.as_document() {
        let is_meta = object.elements().next().is_some_and(|element| element.name == b"$meta");
        return Err(if is_meta {
            Error::new(Code::NOT_IMPLEMENTED, format!("$meta in the sort of '{name}' is not implemented"))
        } else {
            Error::new(Code(17312), "$meta is the only expression supported by $sort right now")
        });
    }
    let Some(number) = Number::of(value) else {
        let message = format!("Illegal key in $sort specification: {name}: {value:?}");
        return Err(Error::new(Code(15974), message));
    };
    match number.truncated() {
        Some(1) => Ok(true),
        Some(-1) => Ok(false),
        _ => {
            let message = format!(
                "$sort key ordering must be 1 (for ascending) or -1 (for descending): {name}: {value:?}"
            );
            Err(Error::new(Code(15975), message))
        }
    }
}

fn encode(value: ValueRef<'_>, ascending: bool, out: &mut Vec<u8>) {
    if ascending {
        key::encode(value, out);
    } else {
        key::encode_descending(value, out);
    }
}

/// The value at `path`, null where it is missing; `None` when an array stands on the way or at the end.
#[inline]
fn without_arrays<'a>(path: &Path, document: DocumentRef<'a>) -> Option<ValueRef<'a>> {
    let mut value = document.as_value();
    for part in path.parts() {
        value = match value.tag {
            tag::DOCUMENT => match DocumentRef::new(value.bytes).get(part.as_bytes()) {
                Some(value) => value,
                None => return Some(ValueRef::NULL),
            },
            tag::ARRAY => return None,
            _ => return Some(ValueRef::NULL),
        };
    }
    (value.tag != tag::ARRAY).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{RawDocumentBuf, doc};

    fn raw(document: bson::Document) -> RawDocumentBuf {
        RawDocumentBuf::try_from(&document).expect("a document that BSON can hold")
    }

    fn parse(document: bson::Document) -> Result<Sort> {
        Sort::parse(DocumentRef::from(&raw(document)))
    }

    fn key_of(sort: &bson::Document, document: bson::Document) -> Vec<u8> {
        let mut out = vec![7];
        parse(sort.clone()).unwrap().key(DocumentRef::from(&raw(document)), &mut out).unwrap();
        assert_eq!(out.remove(0), 7, "keys are appended");
        out
    }

    fn refused(sort: bson::Document) -> i32 {
        parse(sort).expect_err("a sort that MongoDB refuses").code().0
    }

    #[track_caller]
    fn in_order(sort: bson::Document, documents: &[bson::Document]) {
        for pair in documents.windows(2) {
            let (left, right) = (key_of(&sort, pair[0].clone()), key_of(&sort, pair[1].clone()));
            assert!(left < right, "{} sorts before {} by {sort}", pair[0], pair[1]);
        }
    }

    #[test]
    fn only_one_and_minus_one_are_directions() {
        let sort = parse(doc! { "a": 1.0, "b": -1_i64, "c.d": 1.5 }).unwrap();
        let parts: Vec<_> = sort.parts.iter().map(|(path, ascending)| (path.as_str(), *ascending)).collect();
        assert_eq!(parts, [("a", true), ("b", false), ("c.d", true)]);
        assert_eq!(refused(doc! { "a": 2 }), 15975);
        assert_eq!(refused(doc! { "a": 0 }), 15975);
        assert_eq!(refused(doc! { "a": f64::NAN }), 15975);
        assert_eq!(refused(doc! { "a": "x" }), 15974);
        assert_eq!(refused(doc! { "a": true }), 15974);
        assert_eq!(refused(doc! { "a": {} }), 17312);
        assert_eq!(refused(doc! { "a": { "$meta": "textScore" } }), 238);
    }

    #[test]
    fn paths_that_name_no_field_are_refused() {
        assert_eq!(refused(doc! { "": 1 }), 40352);
        assert_eq!(refused(doc! { "a.": 1 }), 40353);
        assert_eq!(refused(doc! { "a..b": 1 }), 15998);
        assert_eq!(refused(doc! { "$a": 1 }), 16410);
        assert_eq!(refused(doc! { "a.$b": 1 }), 16410);
        assert_eq!(refused(doc! { "a.".repeat(200) + "a": 1 }), 15);
        assert!(parse(doc! { "a.$id": 1 }).is_ok());
    }

    #[test]
    fn a_missing_field_sorts_as_null_and_an_empty_array_below_it() {
        assert_eq!(key_of(&doc! { "a": 1 }, doc! {}), key_of(&doc! { "a": 1 }, doc! { "a": null }));
        in_order(doc! { "a": 1 }, &[doc! { "a": [] }, doc! {}, doc! { "a": 1 }]);
        in_order(doc! { "a": -1 }, &[doc! { "a": 1 }, doc! {}, doc! { "a": [] }]);
    }

    #[test]
    fn an_array_sorts_by_its_lowest_element_ascending_and_its_highest_descending() {
        in_order(doc! { "a": 1 }, &[doc! { "a": [9, 1] }, doc! { "a": 2 }, doc! { "a": [8, 3] }]);
        in_order(doc! { "a": -1 }, &[doc! { "a": [9, 1] }, doc! { "a": [8, 3] }, doc! { "a": 2 }]);
        in_order(doc! { "a.b": -1 }, &[doc! { "a": [{ "b": 1 }, { "b": 5 }] }, doc! { "a": { "b": 4 } }]);
    }

    #[test]
    fn two_paths_through_one_array_sort_by_the_lowest_row() {
        let rows = doc! { "a": [{ "b": 1, "c": 2 }, { "b": 2, "c": 9 }] };
        let sort = doc! { "a.b": 1, "a.c": -1 };
        assert_eq!(key_of(&sort, rows), key_of(&sort, doc! { "a": { "b": 1, "c": 2 } }));
    }

    #[test]
    fn parallel_arrays_are_refused() {
        let sort = parse(doc! { "a": 1, "b": 1 }).unwrap();
        let document = raw(doc! { "a": [1, 2], "b": [1, 2] });
        let error = sort.key(DocumentRef::from(&document), &mut Vec::new()).expect_err("parallel arrays");
        assert_eq!(error.code(), Code::BAD_VALUE);
    }
}
