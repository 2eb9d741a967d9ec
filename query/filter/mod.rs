//! Filters: parsed into a closed enum that the planner can look into.
//!
//! One file per operator family of MongoDB's manual, each with its parser and its meaning; `evaluate.rs` says
//! how a predicate meets a path, `matcher.rs` is the same answer, compiled. The invariant to keep in mind:
//! [`Filter::matches`] is the truth, and [`Matcher::matches`] never disagrees with it.

mod array;
mod comparison;
mod element;
mod equalities;
mod evaluate;
mod evaluation;
mod logical;
mod matcher;
mod parse;
mod pcre;
mod regex;
mod shape;

pub use self::element::TypeSet;
pub use self::matcher::Matcher;
pub(crate) use self::parse::shown;
pub(crate) use self::pcre::END_GROUP;
pub use self::regex::Regex;

use crate::error::Result;
use crate::path::Path;
use crate::value::{DocumentRef, ValueBuf, ValueRef};

/// A parsed filter. `matches` is the one evaluator that has the last word on every document.
///
/// Parsing leaves a plain shape: `$and` within `$and` and several operators on one path are laid out flat in
/// one `And`, an `And` has at least two members, and what always holds is gone from it.
///
/// ```
/// use anser_query::Filter;
/// use anser_query::value::DocumentRef;
/// use bson::rawdoc;
///
/// let filter = Filter::parse(DocumentRef::from(&rawdoc! { "age": { "$gte": 18 }, "tags": "new" }))?;
/// assert!(filter.matches(DocumentRef::from(&rawdoc! { "age": 20.5, "tags": ["old", "new"] })));
/// assert!(!filter.matches(DocumentRef::from(&rawdoc! { "age": "20", "tags": "new" })));
/// # Ok::<(), anser_query::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Filter {
    /// Every document matches: `{}`.
    All,
    /// All of them match.
    And(Vec<Filter>),
    /// At least one matches.
    Or(Vec<Filter>),
    /// None matches.
    Nor(Vec<Filter>),
    /// A predicate on what stands at a path.
    Field(Path, Predicate),
}

/// A condition on the values at a path.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Predicate {
    /// `$eq $lt $lte $gt $gte`. Only `$eq` may have a regular expression as its operand, and then means that
    /// value itself. (`$ne` is `Not(Compare)`.)
    Compare(Comparison, ValueBuf),
    /// `$in`: equal to one of the values (sorted in BSON order, without repeats) or matching one of the patterns.
    In(Vec<ValueBuf>, Vec<Regex>),
    /// A match of a regular expression, or equality to the same expression as a value.
    Regex(Regex),
    /// `$exists`.
    Exists(bool),
    /// `$type`: one of these type bytes, or any number.
    Type(TypeSet),
    /// `$mod`.
    Modulo {
        /// What is divided by; never 0.
        divisor: i64,
        /// What has to remain.
        remainder: i64,
    },
    /// `$size`.
    Size(i64),
    /// `$all` (each term a predicate that has to hold). Without a term it never holds.
    All(Vec<Predicate>),
    /// `$elemMatch` with a filter on the elements that are documents (or arrays).
    ElementDocument(Box<Filter>),
    /// `$elemMatch` with predicates on the element itself.
    ElementValue(Vec<Predicate>),
    /// `$not`, `$ne`, `$nin`.
    Not(Box<Predicate>),
    /// Several conditions on one path, each of which has to hold on its own (inside `$not`).
    Both(Vec<Predicate>),
}

/// How a value compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Filter {
    /// Parses a filter document. Its bytes have to be validated; broken ones read as if they ended early.
    ///
    /// # Errors
    /// BadValue (2) and MongoDB's other codes, naming the operator and the path; NotImplemented (238) for
    /// operators MongoDB has and Anser has not yet; Overflow (15) for more than 100 levels of
    /// filters and for operands nested beyond what a document may be.
    pub fn parse(document: DocumentRef<'_>) -> Result<Filter> {
        parse::check_nesting(document.as_value())?;
        parse::filter(document, 0)
    }

    /// The reference evaluator: whether `document` matches.
    pub fn matches(&self, document: DocumentRef<'_>) -> bool {
        evaluate::filter(self, document)
    }

    /// The same answer, compiled to one walk over the document's bytes.
    pub fn compile(&self) -> Matcher {
        Matcher::new(self)
    }

    /// Whether every document matches, as `{}` has it.
    pub fn is_all(&self) -> bool {
        matches!(self, Filter::All)
    }

    /// The equalities that every matching document satisfies and that an upsert starts its document with:
    /// `{a: 1}`, `{a: {$eq: 1}}`, those within `$and`, within an `$or` of one member and in `$all`, in their order.
    /// A path may come twice; whoever builds a document refuses that (54).
    pub fn equalities(&self) -> impl Iterator<Item = (&Path, &ValueBuf)> {
        equalities::of(self).into_iter()
    }

    /// The filter as MongoDB's `explain` shows it (`parsedQuery`): every predicate with its operator, several
    /// members under `$and`, `$ne` and `$nin` as `$not`.
    pub fn to_document(&self) -> bson::RawDocumentBuf {
        shape::document(self)
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", DocumentRef::from(&self.to_document()))
    }
}

impl Predicate {
    /// Parses what stands behind a path in a filter: a document of operators (`{$gte: 5}`), a regular
    /// expression, or a value to be equal to. `path` is named in errors.
    ///
    /// # Errors
    /// Those of [`Filter::parse`].
    pub fn parse(path: &str, operand: ValueRef<'_>) -> Result<Predicate> {
        parse::check_nesting(operand)?;
        let mut predicates = parse::operand(path, operand, 0)?;
        Ok(match predicates.len() {
            1 => predicates.swap_remove(0),
            _ => Predicate::Both(predicates),
        })
    }

    /// Whether a lone value satisfies the predicate as if it were a field's: when it is an array, its elements
    /// are asked too. What `$pull` asks of each element.
    pub fn matches_value(&self, value: ValueRef<'_>) -> bool {
        evaluate::at_end(self, Some(crate::path::Found::Value(value)))
    }
}
