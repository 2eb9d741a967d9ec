//! Filters: parsed into a closed enum that the planner can look into.
use crate::error::Result;
use crate::path::Path;
use crate::value::{DocumentRef, ValueBuf, ValueRef};

/// A parsed filter. `matches` is the one evaluator that has the last word on every document.
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
    /// `$eq $lt $lte $gt $gte` with an operand that is no regular expression. (`$ne` is `Not(Compare)`.)
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
    /// `$all` (each term a predicate that has to hold).
    All(Vec<Predicate>),
    /// `$elemMatch` with a filter on the elements that are documents (or arrays).
    ElementDocument(Box<Filter>),
    /// `$elemMatch` with predicates on the element itself.
    ElementValue(Vec<Predicate>),
    /// `$not`, `$ne`, `$nin`.
    Not(Box<Predicate>),
    /// Several conditions on one path, each of which has to hold on its own.
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

/// The operand of `$type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSet {
    /// The type bytes.
    pub tags: Vec<u8>,
}

/// A compiled regular expression with its source.
#[derive(Clone, Debug)]
pub struct Regex {
    /// The pattern as written.
    pub pattern: String,
    /// The options as written, sorted.
    pub options: String,
    /// When the pattern is anchored and begins with plain text (`^abc`): that text, for index bounds.
    pub prefix: Option<String>,
}

impl Filter {
    /// Parses a filter document.
    ///
    /// # Errors
    /// BadValue (2) and MongoDB's other codes, naming the operator and the path.
    pub fn parse(document: DocumentRef<'_>) -> Result<Filter> {
        let _ = document;
        todo!()
    }
    /// The reference evaluator: whether `document` matches.
    pub fn matches(&self, document: DocumentRef<'_>) -> bool {
        let _ = document;
        todo!()
    }
    /// The same answer, compiled to one walk over the document's bytes.
    pub fn compile(&self) -> Matcher {
        todo!()
    }
}

impl Predicate {
    /// Whether a lone value (an element of an array, say) satisfies the predicate: what `$pull` asks.
    pub fn matches_value(&self, value: ValueRef<'_>) -> bool {
        let _ = value;
        todo!()
    }
}

/// A filter compiled for many documents. Cheap to call, no allocation per document.
#[derive(Debug)]
pub struct Matcher {}

impl Matcher {
    /// Whether `document` matches.
    pub fn matches(&self, document: DocumentRef<'_>) -> bool {
        let _ = document;
        todo!()
    }
}
