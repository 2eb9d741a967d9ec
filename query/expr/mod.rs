//! Expressions: what `$expr`, computed fields and pipeline updates calculate with.
//!
//! One file per operator family of MongoDB's manual, each with its operators in a const table. The invariant:
//! an expression is a function of the document, the variables and the [`Context`]; a missing value is `None`,
//! and no operand makes it panic, only fail with MongoDB's code.

mod accumulator;
mod arithmetic;
mod array;
mod bitwise;
mod boolean;
mod comparison;
mod conditional;
mod data_size;
mod date;
mod decimal;
mod evaluate;
mod miscellaneous;
mod object;
pub mod parse;
mod regex;
mod set;
mod string;
#[cfg(test)]
mod tests;
mod timestamp;
mod trigonometry;
mod type_conversion;
mod value;
mod variable;

pub use self::value::{VALUE_BYTES_MAX, VALUE_NESTING_MAX, Value};

use self::evaluate::{Call, Node, Prepared, Scope, Variable};
use crate::context::Context;
use crate::error::{Code, Error, Result};
use crate::value::{DocumentRef, ValueRef};
use std::sync::Arc;

/// What evaluating gives: a value, or `None` for missing.
type Answer<'a> = Result<Option<Value<'a>>>;

/// A parsed expression.
///
/// ```
/// use anser_query::expr::{Environment, Expression, parse};
/// use anser_query::{Context, value::DocumentRef};
/// let spec = bson::rawdoc! { "total": { "$multiply": ["$price", "$count"] } };
/// let expression = Expression::parse(DocumentRef::from(&spec).as_value(), &parse::Context::default())?;
/// let (document, context) = (bson::rawdoc! { "price": 2.5, "count": 4 }, Context::new(0, (0, 0)));
/// let environment = Environment::new(DocumentRef::from(&document), &context);
/// let value = expression.evaluate(&environment)?.expect("an object is never missing");
/// assert_eq!(value.as_ref().to_bson(), bson::bson!({ "total": 10.0 }));
/// # Ok::<(), anser_query::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    root: Arc<Node>,
}

/// What an expression is evaluated in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Environment<'a> {
    /// The document: `$$ROOT`.
    pub root: DocumentRef<'a>,
    /// The variables given from outside, in the order of [`parse::Context::variables`]; `None` is missing.
    pub variables: &'a [Option<ValueRef<'a>>],
    /// The statement's time.
    pub context: &'a Context,
}

impl<'a> Environment<'a> {
    /// An environment without variables from outside.
    pub fn new(root: DocumentRef<'a>, context: &'a Context) -> Self {
        Environment { root, variables: &[], context }
    }

    /// The same with these variables.
    pub fn with_variables(self, variables: &'a [Option<ValueRef<'a>>]) -> Self {
        Environment { variables, ..self }
    }
}

impl Expression {
    /// Parses an expression: a path, a literal, an object, an array or an operator.
    ///
    /// # Errors
    /// InvalidPipelineOperator (168) for an unknown operator, NotImplemented (238) for one MongoDB has and
    /// Anser has not, 16020 and 28667 for a wrong number of arguments, 17276 for an undefined variable,
    /// Overflow (15) for too deep a nesting, and each operator's own.
    pub fn parse(value: ValueRef<'_>, context: &parse::Context) -> Result<Expression> {
        parse::expression(value, context).map(|root| Expression { root: Arc::new(root) })
    }

    /// Evaluates the expression on one document; `None` means missing.
    ///
    /// # Errors
    /// Each operator's own; ExceededMemoryLimit (146) for a value beyond [`VALUE_BYTES_MAX`].
    pub fn evaluate<'a>(&'a self, environment: &Environment<'a>) -> Result<Option<Value<'a>>> {
        self.root.evaluate(&Scope { environment, locals: None })
    }

    /// Whether the value counts as true, as `$expr` asks.
    ///
    /// # Errors
    /// Those of [`Expression::evaluate`].
    pub fn is_true(&self, environment: &Environment<'_>) -> Result<bool> {
        self.evaluate(environment).map(|value| value::is_true(&value))
    }

    /// The value when it is the same for every document.
    pub fn literal(&self) -> Option<ValueRef<'_>> {
        self.root.literal()
    }
}

fn error(code: i32, message: impl Into<String>) -> Error {
    Error::new(Code(code), message)
}
