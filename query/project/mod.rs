//! Projection: which fields of a document are shown.
//!
//! A projection is a tree of names whose leaves say what happens to a field; it either includes (what it
//! does not name is left out) or excludes (what it does not name stays). The invariant: documents are read
//! and written as bytes, in the document's own order, and no tree is built of them.
//!
//! `$slice` and `$elemMatch` are leaves like the others. The positional `$`, `$meta`, expressions and
//! literals are refused by name.

mod apply;
mod parse;
#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::filter::{Filter, Predicate};
use crate::path::Path;
use crate::value::{DocumentRef, write};

/// A parsed projection.
///
/// ```
/// use anser_query::{Projection, value::DocumentRef};
/// let projection = bson::rawdoc! { "name": 1, "address.city": 1, "_id": 0 };
/// let projection = Projection::parse(DocumentRef::from(&projection)).unwrap();
/// let document = bson::rawdoc! { "_id": 1, "address": { "city": "Paris", "zip": "75001" }, "name": "Ada" };
/// let mut out = Vec::new();
/// projection.apply(DocumentRef::from(&document), &mut out);
/// let expected = bson::rawdoc! { "address": { "city": "Paris" }, "name": "Ada" };
/// assert_eq!(out, expected.as_bytes());
/// ```
#[derive(Clone, Debug)]
pub struct Projection {
    /// Whether what is not named is left out.
    inclusion: bool,
    /// What happens to the fields that are named.
    fields: Fields,
    /// The paths that an inclusion shows, `_id` among them unless it is left out.
    included: Vec<Path>,
    /// Where `$elemMatch` stands among `fields`, in the projection's order.
    element_matches: Vec<usize>,
}

/// The named fields of one document, each name once.
type Fields = Vec<(Box<[u8]>, Node)>;

/// What happens to a field.
#[derive(Clone, Debug)]
enum Node {
    Include,
    Exclude,
    /// Only some elements of an array; what is no array stays.
    Slice(Slice),
    /// Only the first element that matches; the field is left out when none does.
    ElementMatch(ElementMatch),
    /// The fields of a document, or of the documents in an array.
    Fields(Fields),
}

/// `$slice`: at most `limit` elements from `skip` on, counted from the end when negative. Without `skip` a
/// negative limit takes the last ones.
#[derive(Clone, Copy, Debug)]
struct Slice {
    skip: Option<i64>,
    limit: i64,
}

/// What `$elemMatch` asks of an element.
#[derive(Clone, Debug)]
enum ElementMatch {
    /// That it is a document (or array) which matches.
    Document(Filter),
    /// That it satisfies all predicates itself.
    Value(Vec<Predicate>),
}

impl Projection {
    /// Parses a projection document; `{}` keeps everything. `{a: {b: 1}}` is `{"a.b": 1}`.
    ///
    /// # Errors
    /// 31253 and 31254 for a mix of inclusion and exclusion, 31249 and 31250 for paths that collide, 51270 for
    /// an empty object, 31274 and 31275 for a wrong `$elemMatch`, 28667 and 28724 for a wrong `$slice`, what
    /// [`field_path::parse`](crate::field_path::parse) refuses, and NotImplemented (238) naming the rest.
    pub fn parse(document: DocumentRef<'_>) -> Result<Projection> {
        parse::projection(document)
    }

    /// Whether nothing is changed.
    pub fn is_identity(&self) -> bool {
        !self.inclusion && self.fields.iter().all(|(_, node)| matches!(node, Node::Include))
    }

    /// The paths that an inclusion shows, `_id` among them unless it is left out: what a covering index has
    /// to hold. `None` for exclusions, which show whatever a document has.
    pub fn included_paths(&self) -> Option<&[Path]> {
        self.inclusion.then_some(&self.included)
    }

    /// Writes the projected document to `out` (appended).
    pub fn apply(&self, document: DocumentRef<'_>, out: &mut Vec<u8>) {
        if self.is_identity() {
            out.extend_from_slice(document.as_bytes());
            return;
        }
        let start = write::begin(out);
        apply::fields(&self.fields, self.inclusion, document, 0, out);
        if self.inclusion {
            // MongoDB adds these after what it includes.
            for &at in &self.element_matches {
                let (name, node) = &self.fields[at];
                if let (Node::ElementMatch(wanted), Some(value)) = (node, document.get(name)) {
                    apply::element_match(name, wanted, value, out);
                }
            }
        }
        write::end(out, start);
    }
}
