//! Updates: operators or a replacement, applied to bytes.
use crate::context::Context;
use crate::error::Result;
use crate::filter::Filter;
use crate::value::DocumentRef;

/// A parsed update.
#[derive(Clone, Debug)]
pub struct Update {}

/// What applying an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Whether the document's bytes changed (MongoDB's `nModified`).
    pub modified: bool,
}

impl Update {
    /// Parses the `u` of an update statement: a document whose first name starts with `$` holds operators,
    /// any other is a replacement. (A pipeline is refused by the command layer.)
    ///
    /// # Errors
    /// FailedToParse (9), ConflictingUpdateOperators (40), DollarPrefixedFieldName (52), EmptyFieldName (56),
    /// BadValue (2) and the others, naming operator and path.
    pub fn parse(update: DocumentRef<'_>) -> Result<Update> {
        let _ = update;
        todo!()
    }
    /// Whether this is a replacement.
    pub fn is_replacement(&self) -> bool {
        todo!()
    }
    /// Writes the changed `document` to `out` (appended). `_id` is kept and may not change (66).
    pub fn apply(&self, document: DocumentRef<'_>, context: &Context, out: &mut Vec<u8>) -> Result<Applied> {
        let _ = (document, context, out);
        todo!()
    }
    /// Writes the document that an upsert inserts: the equalities of `filter`, then the update with
    /// `$setOnInsert`; an `_id` of `new_id` (ObjectId) is put first when neither gives one.
    pub fn upsert(
        &self,
        filter: &Filter,
        new_id: [u8; 12],
        context: &Context,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let _ = (filter, new_id, context, out);
        todo!()
    }
    /// Whether the update may change what stands at, above or below `path`: `false` lets an index be left alone.
    pub fn touches(&self, path: &crate::Path) -> bool {
        let _ = path;
        true
    }
}
