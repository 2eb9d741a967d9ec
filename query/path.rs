//! Dotted paths and MongoDB's array rule, said once.
//!
//! The invariant: [`Path::walk`] is what a filter sees and [`index_keys::extract`] what an index sees, and
//! every value that the first can find is a value of one of the second's rows (or lies in an array that is).
use crate::error::{Code, Error, Result};
use crate::value::{DocumentRef, ValueRef, tag};
use std::ops::ControlFlow;

/// A dotted path, cut into its parts.
///
/// ```
/// use anser_query::path::{Found, Path};
/// use anser_query::value::{DocumentRef, View};
/// use std::ops::ControlFlow;
///
/// let document = bson::rawdoc! { "a": [{ "b": 1 }, { "c": 2 }, 3] };
/// let mut found = Vec::new();
/// let _ = Path::new("a.b").walk(DocumentRef::from(&document), &mut |end| {
///     found.push(end.value().map(|value| value.view()));
///     ControlFlow::Continue(())
/// });
/// assert_eq!(found, [Some(View::Int32(1)), None]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    text: Box<str>,
    /// Where each part ends in `text`.
    ends: Box<[u32]>,
}

/// What a walk along a path found at one of its ends.
///
/// One document gives several ends when an array stands on the way, exactly one when none does, and none at
/// all when the array on the way holds no document and no element that the path names by its index.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// The value of a field, as it stands. When it is an array, most predicates ask each of its elements and
    /// then the array itself: that is the predicate's business.
    Value(ValueRef<'a>),
    /// An element of an array that the path's last part named by its index (`a.0` over `{a: [[1, 2]]}` gives
    /// `[1, 2]`). MongoDB's element iterator hands over the element alone, even when it is an array, and its
    /// index keys agree: `{"a.0": [1, 2]}` finds that document.
    Element(ValueRef<'a>),
    /// Nothing stands there: a field that is not in its document, or a path that goes on below a value that is
    /// neither document nor array. Predicates on null and on absence match it.
    Missing,
}

impl<'a> Found<'a> {
    /// The value found, `None` when nothing stands there.
    #[inline]
    pub fn value(self) -> Option<ValueRef<'a>> {
        match self {
            Found::Value(value) | Found::Element(value) => Some(value),
            Found::Missing => None,
        }
    }
}

/// Arrays within arrays that a walk enters; only bytes that nobody validated nest deeper.
const DEPTH_MAX: usize = 256;

impl Path {
    /// Cuts `text` at its dots. Parts may be empty: what MongoDB refuses is refused by the parsers.
    pub fn new(text: &str) -> Path {
        let dots = text.bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
        let ends = dots.chain([text.len()]).map(|end| u32::try_from(end).unwrap_or(u32::MAX)).collect();
        Path { text: text.into(), ends }
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
    #[inline]
    pub fn part(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize + 1 };
        &self.text[start..self.ends[index] as usize]
    }
    /// How many parts there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    /// Never true: a path has at least one part.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
    /// Whether `self` is `other` or stands above it ("a" and "a.b").
    pub fn is_prefix_of(&self, other: &Path) -> bool {
        let rest = other.text.strip_prefix(&*self.text);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Visits every end of this path in `document` as a FILTER sees it: arrays on the way are branched into
    /// (each element that is a document goes on; a numeric part also names an element), and the value at the
    /// end is given as it stands, NOT expanded when it is an array.
    ///
    /// The rule, part by part, as MongoDB's element iterator has it:
    /// - in a document, the field of that name; where there is none, [`Found::Missing`];
    /// - in an array, every element that is a document goes on with the same part; then, when the part is a
    ///   number without leading zeros, the element at that index goes on with the next part. Elements that
    ///   are no documents and are not named so give nothing, arrays directly within arrays included;
    /// - below any other value, [`Found::Missing`].
    ///
    /// So `a.b` finds in `{a: [{b: 1}, {}, 2]}` 1 and one missing, in `{a: 5}` one missing, and in `{a: []}`
    /// and `{a: [1]}` nothing. Ends come in document order. Nothing is allocated.
    pub fn walk<'a>(
        &self,
        document: DocumentRef<'a>,
        visit: &mut dyn FnMut(Found<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.walk_document(document, 0, 0, visit)
    }

    /// Follows the part at `part` and those behind it from `document` on, up to the first array.
    fn walk_document<'a>(
        &self,
        mut document: DocumentRef<'a>,
        part: usize,
        depth: usize,
        visit: &mut dyn FnMut(Found<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for part in part..self.len() {
            let Some(value) = document.get(self.part(part).as_bytes()) else { break };
            if part + 1 == self.len() {
                return visit(Found::Value(value));
            }
            match value.tag {
                tag::DOCUMENT => document = DocumentRef::new(value.bytes),
                tag::ARRAY => return self.walk_array(DocumentRef::new(value.bytes), part + 1, depth, visit),
                _ => break,
            }
        }
        visit(Found::Missing)
    }

    fn walk_array<'a>(
        &self,
        array: DocumentRef<'a>,
        part: usize,
        depth: usize,
        visit: &mut dyn FnMut(Found<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if depth > DEPTH_MAX {
            return ControlFlow::Continue(());
        }
        let named = array_index(self.part(part));
        for (index, element) in array.values().enumerate() {
            if element.tag == tag::DOCUMENT {
                self.walk_document(DocumentRef::new(element.bytes), part, depth + 1, visit)?;
            }
            if named != Some(index) {
                continue;
            }
            if part + 1 == self.len() {
                visit(Found::Element(element))?;
            } else if element.tag == tag::DOCUMENT {
                self.walk_document(DocumentRef::new(element.bytes), part + 1, depth + 1, visit)?;
            } else if element.tag == tag::ARRAY {
                self.walk_array(DocumentRef::new(element.bytes), part + 1, depth + 1, visit)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// The index that a part of a path names in an array: decimal digits without leading zeros.
///
/// ```
/// use anser_query::path::array_index;
/// assert_eq!(array_index("10"), Some(10));
/// assert_eq!((array_index("01"), array_index("-1"), array_index("")), (None, None, None));
/// ```
#[inline]
pub fn array_index(part: &str) -> Option<usize> {
    let digits = part.as_bytes();
    let plain = match digits {
        [] => false,
        [b'0'] => true,
        [first, ..] => *first != b'0' && digits.iter().all(u8::is_ascii_digit),
    };
    if plain { part.parse().ok() } else { None }
}

/// The values an index entry is made of, for one document: the array rule as MongoDB's B-tree key generator has it.
pub mod index_keys {
    use super::*;

    /// The most parts an index may have, as in MongoDB.
    pub const PARTS_MAX: usize = 32;

    /// One entry of an index.
    #[derive(Clone, Copy, Debug)]
    pub struct Row<'r, 'a> {
        /// One value per part; [`ValueRef::NULL`] where nothing stands, `undefined` for an empty array.
        pub values: &'r [ValueRef<'a>],
        /// Whether every part was missing: a sparse index leaves this row out.
        pub all_missing: bool,
    }

    /// What a document gave, all rows together.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Extracted {
        /// Bit `n`: the part at `n` met an array on its path or at its end.
        pub multikey: u32,
        /// Whether every part was missing in every row (a sparse index has no entry for the document then).
        pub all_missing: bool,
    }

    impl Extracted {
        /// Whether the part at `part` met an array on its path or at its end.
        pub fn is_multikey(&self, part: usize) -> bool {
            part < PARTS_MAX && self.multikey >> part & 1 == 1
        }
    }

    /// Visits the rows that `document` gives an index on `paths`, in document order.
    ///
    /// - No array on any path: one row. Nothing is allocated, here or anywhere in this function.
    /// - An array on a path, at its end or before, gives a row per element; an empty one a row with
    ///   `undefined`. Paths that share the array expand together (`a.b` and `a.c` over `{a: [{b, c}, …]}`).
    /// - An element that is no document gives null to the parts that go on below it. Arrays within arrays are
    ///   not expanded: `{a: [[1, 2]]}` gives `a` the one value `[1, 2]`.
    /// - A part that is a number names an array's element (`a.0.b`) where the array has that element.
    ///
    /// The same row may come several times; whoever stores rows drops the doubles.
    ///
    /// # Errors
    /// CannotIndexParallelArrays (171) when two parts run through different arrays; 16746 when a number names
    /// both an element and a field of an element. Rows visited before the error count for nothing.
    /// CannotCreateIndex (67) for more than [`PARTS_MAX`] paths.
    ///
    /// ```
    /// use anser_query::path::{Path, index_keys};
    /// use anser_query::value::DocumentRef;
    ///
    /// let document = bson::rawdoc! { "a": [{ "b": 1 }, { "b": 2 }], "c": 3 };
    /// let paths = [Path::new("a.b"), Path::new("c")];
    /// let mut rows = Vec::new();
    /// let extracted = index_keys::extract(&paths, DocumentRef::from(&document), &mut |row| {
    ///     rows.push(format!("{:?}", row.values));
    /// })?;
    /// assert_eq!(rows, ["[1, 3]", "[2, 3]"]);
    /// assert_eq!((extracted.is_multikey(0), extracted.is_multikey(1)), (true, false));
    /// # Ok::<(), anser_query::Error>(())
    /// ```
    pub fn extract<'a>(
        paths: &[Path],
        document: DocumentRef<'a>,
        visit: &mut dyn FnMut(Row<'_, 'a>),
    ) -> Result<Extracted> {
        if paths.len() > PARTS_MAX {
            let message = format!("an index may have {PARTS_MAX} parts, found {}", paths.len());
            return Err(Error::new(Code::CANNOT_CREATE_INDEX, message));
        }
        match paths.len() {
            ..=1 => extract_sized::<1>(paths, document, visit),
            2..=4 => extract_sized::<4>(paths, document, visit),
            _ => extract_sized::<PARTS_MAX>(paths, document, visit),
        }
    }

    /// [`extract`] with room for `N` parts: an index of one part should not carry the room of 32 about.
    fn extract_sized<'a, const N: usize>(
        paths: &[Path],
        document: DocumentRef<'a>,
        visit: &mut dyn FnMut(Row<'_, 'a>),
    ) -> Result<Extracted> {
        if let Some((values, missing)) = one_row::<N>(paths, document) {
            let all_missing = missing == paths.len();
            visit(Row { values: &values[..paths.len()], all_missing });
            return Ok(Extracted { multikey: 0, all_missing });
        }
        let mut extraction =
            Extraction { paths, visit, extracted: Extracted { multikey: 0, all_missing: true } };
        extraction.document(document, Progress::<N>::START, 0)?;
        Ok(extraction.extracted)
    }

    /// The usual case, told without the machinery below: no array on any path.
    #[inline]
    fn one_row<'a, const N: usize>(
        paths: &[Path],
        document: DocumentRef<'a>,
    ) -> Option<([ValueRef<'a>; N], usize)> {
        let mut values = [ValueRef::NULL; N];
        let mut missing = 0;
        for (path, value) in paths.iter().zip(&mut values) {
            match follow(document, path, 0).0 {
                None => missing += 1,
                Some(array) if array.tag == tag::ARRAY => return None,
                Some(found) => *value = found,
            }
        }
        Some((values, missing))
    }

    /// Arrays expanded within arrays: more than validated documents can nest.
    const EXPANDED_MAX: usize = 128;

    const UNDEFINED: ValueRef<'static> = ValueRef { tag: tag::UNDEFINED, bytes: &[] };

    struct Extraction<'e, 'a> {
        paths: &'e [Path],
        visit: &'e mut dyn FnMut(Row<'_, 'a>),
        extracted: Extracted,
    }

    /// How far each path has come in the branch at hand.
    #[derive(Clone, Copy)]
    struct Progress<'a, const N: usize> {
        /// The part that comes next; the path's length when it is done.
        next: [u32; N],
        /// The values of the paths that are done.
        values: [ValueRef<'a>; N],
        /// What the path's next part names in the array being expanded.
        named: [Named<'a>; N],
        missing: u32,
    }

    /// What a numeric part names in the array being expanded.
    #[derive(Clone, Copy)]
    struct Named<'a> {
        /// The element, `None` when the part names none.
        element: Option<ValueRef<'a>>,
        /// What the rest of the path finds from the array on, and the part that comes after.
        found: Option<ValueRef<'a>>,
        next: u32,
    }

    impl<const N: usize> Progress<'_, N> {
        const START: Self = Progress {
            next: [0; N],
            values: [ValueRef::NULL; N],
            named: [Named { element: None, found: None, next: 0 }; N],
            missing: 0,
        };
    }

    impl<'a> Extraction<'_, 'a> {
        fn document<const N: usize>(
            &mut self,
            document: DocumentRef<'a>,
            mut progress: Progress<'a, N>,
            depth: usize,
        ) -> Result<()> {
            if depth > EXPANDED_MAX {
                return Err(Error::new(Code::OVERFLOW, "arrays nest too deeply for an index"));
            }
            // The one array that this branch expands, the paths that run through it, and whether it is itself
            // an element that a number named: such a one is not expanded at a path's end.
            let mut array: Option<(ValueRef<'a>, usize)> = None;
            let (mut through, mut expand_at_end) = (0u32, true);
            for (index, path) in self.paths.iter().enumerate() {
                if progress.next[index] as usize >= path.len() {
                    continue;
                }
                let (value, next, from_index) = self.step(document, path, index, &progress)?;
                progress.next[index] = next;
                match value {
                    None => {
                        progress.values[index] = ValueRef::NULL;
                        progress.next[index] = path.len() as u32;
                        progress.missing += 1;
                    }
                    Some(value) if value.tag == tag::ARRAY => {
                        match array {
                            Some((other, first)) if !std::ptr::eq(other.bytes, value.bytes) => {
                                let field = |index: usize| {
                                    let part = progress.next[index].saturating_sub(1) as usize;
                                    self.paths[index].part(part)
                                };
                                return Err(parallel(field(index), field(first)));
                            }
                            Some(_) => {}
                            None => array = Some((value, index)),
                        }
                        through |= 1 << index;
                        expand_at_end &= !from_index;
                    }
                    Some(value) => progress.values[index] = value,
                }
            }
            match array {
                None => {
                    let all_missing = progress.missing as usize == self.paths.len();
                    self.extracted.all_missing &= all_missing;
                    (self.visit)(Row { values: &progress.values[..self.paths.len()], all_missing });
                    Ok(())
                }
                Some((array, _)) => {
                    self.extracted.multikey |= through;
                    self.array(array, through, expand_at_end, progress, depth)
                }
            }
        }

        /// Goes on along one path from `document`: the value found or the array met, and the part that then
        /// comes next.
        #[inline]
        fn step<const N: usize>(
            &self,
            document: DocumentRef<'a>,
            path: &Path,
            index: usize,
            progress: &Progress<'a, N>,
        ) -> Result<(Option<ValueRef<'a>>, u32, bool)> {
            let part = progress.next[index] as usize;
            let named = &progress.named[index];
            if let Some(element) = named.element {
                if document.get(path.part(part).as_bytes()).is_some() {
                    let message = format!(
                        "Ambiguous field name found in array (do not use numeric field names in embedded \
                         elements in an array), field: '{}' of path '{}'",
                        path.part(part),
                        path.as_str()
                    );
                    return Err(Error::new(Code(16746), message));
                }
                return Ok((named.found, named.next, element.tag == tag::ARRAY));
            }
            let (value, next) = follow(document, path, part);
            Ok((value, next, false))
        }

        fn array<const N: usize>(
            &mut self,
            array: ValueRef<'a>,
            through: u32,
            expand_at_end: bool,
            mut progress: Progress<'a, N>,
            depth: usize,
        ) -> Result<()> {
            let elements = DocumentRef::new(array.bytes);
            for (index, path) in self.paths.iter().enumerate() {
                let part = progress.next[index] as usize;
                progress.named[index] = Named { element: None, found: None, next: 0 };
                if part >= path.len() || through >> index & 1 == 0 || array_index(path.part(part)).is_none() {
                    continue;
                }
                if let Some(element) = elements.get(path.part(part).as_bytes()) {
                    let (found, next) = follow(elements, path, part);
                    progress.named[index] = Named { element: Some(element), found, next };
                }
            }
            let is_empty = elements.is_empty();
            let mut each = |element: ValueRef<'a>, at_end: ValueRef<'a>| {
                let mut progress = progress;
                for (index, path) in self.paths.iter().enumerate() {
                    if through >> index & 1 == 1 && progress.next[index] as usize >= path.len() {
                        progress.values[index] = at_end;
                    }
                }
                let inner = if element.tag == tag::DOCUMENT {
                    DocumentRef::new(element.bytes)
                } else {
                    DocumentRef::EMPTY
                };
                self.document(inner, progress, depth + 1)
            };
            if is_empty {
                return each(UNDEFINED, UNDEFINED);
            }
            for element in elements.values() {
                each(element, if expand_at_end { element } else { array })?;
            }
            Ok(())
        }
    }

    #[cold]
    fn parallel(here: &str, first: &str) -> Error {
        Error::new(
            Code::CANNOT_INDEX_PARALLEL_ARRAYS,
            format!("cannot index parallel arrays [{here}] [{first}]"),
        )
    }

    /// Follows `path` from the part at `part` on, up to its end or to the first array: what stands there and
    /// the part that comes next.
    #[inline]
    fn follow<'a>(mut document: DocumentRef<'a>, path: &Path, part: usize) -> (Option<ValueRef<'a>>, u32) {
        for part in part..path.len() {
            let Some(value) = document.get(path.part(part).as_bytes()) else { break };
            if value.tag == tag::ARRAY || part + 1 == path.len() {
                return (Some(value), part as u32 + 1);
            }
            if value.tag != tag::DOCUMENT {
                break;
            }
            document = DocumentRef::new(value.bytes);
        }
        (None, path.len() as u32)
    }
}
