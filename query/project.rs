//! Projection by inclusion and exclusion.
use crate::error::Result;
use crate::value::DocumentRef;

/// A parsed projection.
#[derive(Clone, Debug)]
pub struct Projection {}

impl Projection {
    /// Parses a projection document; `{}` keeps everything.
    ///
    /// # Errors
    /// 31253/31254 for a mix of inclusion and exclusion, BadValue (2), … naming the path.
    pub fn parse(document: DocumentRef<'_>) -> Result<Projection> {
        let _ = document;
        todo!()
    }
    /// Whether nothing is changed.
    pub fn is_identity(&self) -> bool {
        todo!()
    }
    /// Writes the projected document to `out` (appended).
    pub fn apply(&self, document: DocumentRef<'_>, out: &mut Vec<u8>) {
        let _ = (document, out);
        todo!()
    }
}
