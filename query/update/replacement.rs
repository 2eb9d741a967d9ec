//! Replacement: a whole new document under the old `_id`.
use super::Applied;
use super::apply::{immutable, write_with_id};
use crate::context::Context;
use crate::error::{Code, Error, Result};
use crate::value::equal::equal;
use crate::value::{DocumentRef, NESTING_MAX, ValueBuf, ValueRef, tag, write};

/// The document that takes the place of another.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    document: ValueBuf,
    /// Whether `document` is stored as it stands when the old `_id` is its own: `_id` comes first, and no
    /// field asks for the current timestamp.
    verbatim: bool,
}

impl Replacement {
    /// Reads a replacement.
    ///
    /// # Errors
    /// DollarPrefixedFieldName (52) for a top-level name that starts with `$`, Overflow (15) when it is
    /// nested too deeply.
    pub(super) fn parse(document: DocumentRef<'_>) -> Result<Replacement> {
        for element in document.elements() {
            if element.name.starts_with(b"$") {
                let name = String::from_utf8_lossy(element.name);
                let message = format!(
                    "The dollar ($) prefixed field '{name}' in '{name}' is not allowed in the context of an \
                     update's replacement document. Consider using an aggregation pipeline with $replaceWith."
                );
                return Err(Error::new(Code::DOLLAR_PREFIXED_FIELD_NAME, message));
            }
        }
        if super::tree::levels(document.as_value()) > NESTING_MAX + 1 {
            let message = format!("The replacement document is nested deeper than {NESTING_MAX} levels");
            return Err(Error::new(Code::OVERFLOW, message));
        }
        let id_first = document.elements().next().is_some_and(|first| first.name == b"_id");
        let verbatim = id_first && !document.values().any(asks_for_timestamp);
        Ok(Replacement { document: document.as_value().to_owned(), verbatim })
    }

    /// The document as it was given.
    pub(super) fn document(&self) -> DocumentRef<'_> {
        DocumentRef::new(self.document.as_ref().bytes)
    }

    /// Writes the replacement of `old` to `out`.
    ///
    /// # Errors
    /// ImmutableField (66) when the replacement has another `_id`.
    pub(super) fn apply(
        &self,
        old: DocumentRef<'_>,
        context: &Context,
        out: &mut Vec<u8>,
    ) -> Result<Applied> {
        // As in MongoDB, a replacement without `_id` is never the document that it replaces.
        let modified = old.as_bytes() != self.document().as_bytes();
        match (old.get(b"_id"), self.document().get(b"_id")) {
            (Some(old), Some(new)) if !equal(old, new) => return Err(immutable()),
            (Some(old), Some(new)) if self.verbatim && old == new => {
                out.extend_from_slice(self.document().as_bytes());
            }
            (Some(id), _) | (None, Some(id)) => self.write(id, context, out),
            (None, None) => out.extend_from_slice(self.document().as_bytes()),
        }
        Ok(Applied { modified })
    }

    /// Writes the document with `id` first; a top-level empty timestamp becomes the statement's.
    pub(super) fn write(&self, id: ValueRef<'_>, context: &Context, out: &mut Vec<u8>) {
        if !self.document().values().any(asks_for_timestamp) {
            return write_with_id(id, self.document(), out);
        }
        let now = super::scalar::Scalar::timestamp(context.timestamp);
        let start = write::begin(out);
        write::element(out, b"_id", id);
        for element in self.document().elements().filter(|element| element.name != b"_id") {
            let value = if asks_for_timestamp(element.value) { now.as_ref() } else { element.value };
            write::element(out, element.name, value);
        }
        write::end(out, start);
    }
}

/// Whether `value` is the empty timestamp, which MongoDB fills in at the top level of what is written whole.
fn asks_for_timestamp(value: ValueRef<'_>) -> bool {
    value.tag == tag::TIMESTAMP && value.bytes == [0; 8]
}
