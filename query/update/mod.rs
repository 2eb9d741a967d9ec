//! Updates: operators or a replacement, applied to bytes.
//!
//! An update is parsed once into changes sorted by path, then applied to many documents. The invariant: no
//! change stands at, above or below another's path (the parser refuses that), so the order of changes decides
//! only where new fields go, and a change always finds its target as it was stored.
//!
//! Two ways lead to the same bytes: `splice` copies the document once and swaps top-level values on the
//! way; `apply` opens the containers along each path into a small tree, whose untouched parts stay bytes.

mod apply;
mod array;
mod field;
mod parse;
mod push;
mod replacement;
mod scalar;
mod splice;
mod tree;
mod upsert;

#[cfg(test)]
mod tests;

use crate::context::Context;
use crate::error::{Code, Error, Result};
use crate::filter::Filter;
use crate::path::Path;
use crate::value::{DOCUMENT_BYTES_MAX, DocumentRef};

/// A parsed update.
///
/// # Example
/// ```
/// use anser_query::{Context, Update, value::DocumentRef};
///
/// let update = bson::rawdoc! { "$inc": { "visits": 1 }, "$set": { "city": "Paris" } };
/// let update = Update::parse(DocumentRef::from(&update))?;
/// let document = bson::rawdoc! { "_id": 1, "visits": 41 };
/// let mut out = Vec::new();
/// let applied = update.apply(DocumentRef::from(&document), &Context::new(0, (0, 0)), &mut out)?;
/// assert!(applied.modified);
/// assert_eq!(out, bson::rawdoc! { "_id": 1, "visits": 42, "city": "Paris" }.as_bytes());
/// # Ok::<(), anser_query::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Update {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Replacement(replacement::Replacement),
    Operators(Operators),
}

/// Update operators, taken apart.
#[derive(Clone, Debug)]
struct Operators {
    /// Sorted by path; no path stands at, above or below another.
    changes: Vec<Change>,
    /// Whether [`splice`] can apply them.
    splice: bool,
    /// Whether a path begins with `_id`.
    names_id: bool,
}

/// One operator on one path.
#[derive(Clone, Debug)]
struct Change {
    path: Path,
    modifier: Modifier,
}

/// What a change does with what stands at its path.
#[derive(Clone, Debug)]
enum Modifier {
    /// A new value made from the old one alone.
    Field(field::Operator),
    /// `$rename`: takes the value that stands at this other path.
    RenameFrom(Path),
    /// `$push`.
    Push(push::Push),
    /// `$addToSet $pop $pull $pullAll`.
    Array(array::Operator),
}

/// What applying an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Whether the document counts as changed (MongoDB's `nModified`): its bytes differ, or a replacement
    /// was not, byte for byte and `_id` included, the document that it replaces.
    pub modified: bool,
}

impl Update {
    /// Parses the `u` of an update statement: a document whose first name starts with `$` holds operators,
    /// any other is a replacement. (A pipeline is refused by the command layer.)
    ///
    /// # Errors
    /// FailedToParse (9), ConflictingUpdateOperators (40), DollarPrefixedFieldName (52), EmptyFieldName (56),
    /// BadValue (2) and the others, naming operator and path. `$bit` and the positional operators are
    /// refused by name (NotImplemented, 238).
    pub fn parse(update: DocumentRef<'_>) -> Result<Update> {
        let operators = update.elements().next().is_some_and(|element| element.name.starts_with(b"$"));
        let kind = match operators {
            true => Kind::Operators(parse::operators(update)?),
            false => Kind::Replacement(replacement::Replacement::parse(update)?),
        };
        Ok(Update { kind })
    }

    /// Whether this is a replacement.
    pub fn is_replacement(&self) -> bool {
        matches!(self.kind, Kind::Replacement(_))
    }

    /// Whether applying this update copies the document once and swaps values on the way, without a tree:
    /// so it is when every operator works on a whole top-level field.
    pub fn is_splice(&self) -> bool {
        matches!(&self.kind, Kind::Operators(operators) if operators.splice)
    }

    /// Writes the changed `document` to `out` (appended). `_id` is kept and may not change (66).
    ///
    /// # Errors
    /// MongoDB's for the first change, in the order of their paths, that the document does not allow:
    /// TypeMismatch (14), PathNotViable (28), BadValue (2), ImmutableField (66), 17419 for a document that
    /// grew over 16 MiB and the others, naming operator and path. `out` is left as it was.
    pub fn apply(&self, document: DocumentRef<'_>, context: &Context, out: &mut Vec<u8>) -> Result<Applied> {
        let start = out.len();
        let applied = match &self.kind {
            Kind::Replacement(replacement) => replacement.apply(document, context, out),
            Kind::Operators(operators) => operators.apply(document, context, out),
        };
        let applied =
            applied.and_then(|applied| within_limit(out, start, UPDATED_TOO_LARGE).map(|()| applied));
        if applied.is_err() {
            out.truncate(start);
        }
        applied
    }

    /// Writes the document that an upsert inserts: the equalities of `filter`, then the update with
    /// `$setOnInsert`; an `_id` of `new_id` (ObjectId) is put first when neither gives one.
    ///
    /// # Errors
    /// As [`Update::apply`], and NotSingleValueField (54) when the filter gives one path two values,
    /// InvalidIdField (53) for an `_id` that is an array, a regular expression or undefined.
    pub fn upsert(
        &self,
        filter: &Filter,
        new_id: [u8; 12],
        context: &Context,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let start = out.len();
        let written = match &self.kind {
            Kind::Replacement(replacement) => upsert::replacement(replacement, filter, new_id, context, out),
            Kind::Operators(operators) => upsert::operators(operators, filter, new_id, context, out),
        };
        let written = written.and_then(|()| within_limit(out, start, UPSERTED_TOO_LARGE));
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    /// Whether the update may change what stands at, above or below `path`: `false` lets an index be left
    /// alone. Parts that are numbers may name elements of arrays, and are passed over on both sides.
    pub fn touches(&self, path: &Path) -> bool {
        match &self.kind {
            Kind::Replacement(_) => path.as_str() != "_id",
            Kind::Operators(operators) => operators.changes.iter().any(|change| match &change.modifier {
                Modifier::Field(field::Operator::SetOnInsert(_)) => false,
                Modifier::RenameFrom(from) => overlap(from, path) || overlap(&change.path, path),
                Modifier::Field(_) | Modifier::Push(_) | Modifier::Array(_) => overlap(&change.path, path),
            }),
        }
    }
}

impl Operators {
    fn apply(&self, document: DocumentRef<'_>, context: &Context, out: &mut Vec<u8>) -> Result<Applied> {
        let start = out.len();
        if self.splice {
            if let Some(modified) = splice::apply(&self.changes, document, context, out) {
                return Ok(Applied { modified });
            }
            // Which of several refused changes is named follows the paths' order: the tree's, not the document's.
            out.truncate(start);
        }
        apply::changes(self, document, context, apply::Event::Update, out)?;
        Ok(Applied { modified: out[start..] != *document.as_bytes() })
    }
}

/// Source: the numbers MongoDB gives its two checks of a result's size.
const UPDATED_TOO_LARGE: Code = Code(17419);
const UPSERTED_TOO_LARGE: Code = Code(17420);

fn within_limit(out: &[u8], start: usize, code: Code) -> Result<()> {
    let length = out.len() - start;
    if length <= DOCUMENT_BYTES_MAX {
        return Ok(());
    }
    let limit = DOCUMENT_BYTES_MAX;
    Err(Error::new(code, format!("Resulting document after update is larger than {limit}: {length} bytes")))
}

/// Whether one path stands at, above or below the other, their numeric parts passed over.
fn overlap(left: &Path, right: &Path) -> bool {
    let named = |part: &&str| part.bytes().any(|byte| !byte.is_ascii_digit());
    left.parts().filter(named).zip(right.parts().filter(named)).all(|(left, right)| left == right)
}
