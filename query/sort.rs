//! Sort: by memcmp-ordered keys.
use crate::error::Result;
use crate::path::Path;
use crate::value::DocumentRef;

/// A parsed sort.
#[derive(Clone, Debug)]
pub struct Sort {
    /// The parts: path and whether ascending.
    pub parts: Vec<(Path, bool)>,
}

impl Sort {
    /// Parses a sort document: 1 or -1 per path.
    ///
    /// # Errors
    /// BadValue (2) and the others MongoDB raises.
    pub fn parse(document: DocumentRef<'_>) -> Result<Sort> {
        let _ = document;
        todo!()
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
        let _ = (document, out);
        todo!()
    }
}
