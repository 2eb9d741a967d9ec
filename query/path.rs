//! Dotted paths and MongoDB's array rule, said once.
use crate::error::Result;
use crate::value::{DocumentRef, ValueRef};
use std::ops::ControlFlow;

/// A dotted path, cut into its parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    text: Box<str>,
    /// Where each part ends in `text`.
    ends: Box<[u32]>,
}

/// What a walk along a path found at one of its ends.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// A value. `in_array`: reached by going through the elements of an array that the path named by no
    /// number (only then do two ends of one document exist).
    Value(ValueRef<'a>),
    /// Nothing stands there.
    Missing,
}

impl Path {
    /// Cuts `text` at its dots. Parts may be empty: what MongoDB refuses is refused by the parsers.
    pub fn new(text: &str) -> Path {
        let _ = text;
        todo!()
    }
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// The parts.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        (0..self.ends.len()).map(|index| self.part(index))
    }
    /// The part at `index`.
    pub fn part(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize + 1 };
        &self.text[start..self.ends[index] as usize]
    }
    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    /// Never true: a path has at least one part.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
    /// Whether `self` is `other` or stands above it ("a" and "a.b").
    pub fn is_prefix_of(&self, other: &Path) -> bool {
        let _ = other;
        todo!()
    }

    /// Visits every end of this path in `document` as a FILTER sees it: arrays on the way are branched into
    /// (each element that is a document goes on; a numeric part also names an element), and the value at the
    /// end is given as it stands, NOT expanded when it is an array.
    pub fn walk<'a>(
        &self,
        document: DocumentRef<'a>,
        visit: &mut dyn FnMut(Found<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let _ = (document, visit);
        todo!()
    }
}

/// The values an index entry is made of, for one document: the array rule as MongoDB's B-tree key generator has it.
pub mod index_keys {
    use super::*;

    /// What one indexed document yields: every combination of the parts' values, one array expanded.
    pub struct Extracted<'a> {
        /// One row per entry; each row has one value per part (`ValueRef::NULL` where missing).
        pub rows: Vec<Vec<ValueRef<'a>>>,
        /// Per part: whether an array was met on the path or at its end.
        pub multikey: Vec<bool>,
        /// Whether every part was missing from the document (a sparse index leaves it out then).
        pub all_missing: bool,
    }

    /// Extracts the rows of `paths` from `document`.
    ///
    /// # Errors
    /// CannotIndexParallelArrays (171) when two parts run through different arrays.
    pub fn extract<'a>(paths: &[Path], document: DocumentRef<'a>) -> Result<Extracted<'a>> {
        let _ = (paths, document);
        todo!()
    }
}
