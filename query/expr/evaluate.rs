//! What an expression is once parsed, and how its parts are evaluated.
//!
//! The invariant: evaluating never recurses deeper than the expression was nested when it was parsed, and
//! variables are found by where they were bound, never by name.

use super::parse::Operator;
use super::value::{Builder, Value};
use super::{Answer, Environment};
use crate::value::{DocumentRef, ValueBuf, ValueRef, tag};

/// One part of an expression.
#[derive(Debug)]
pub(super) enum Node {
    Literal(ValueBuf),
    /// `$a.b` and `$$CURRENT.a.b`, `$$x.a.b`: a variable and a path within it.
    Path(Variable, Box<[Box<[u8]>]>),
    Object(Vec<(Box<[u8]>, Node)>),
    Array(Vec<Node>),
    Call(Box<Call>),
}

/// Where a variable's value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    Root,
    Now,
    ClusterTime,
    Remove,
    /// Bound within the expression, so many frames outwards.
    Local {
        levels: usize,
        index: usize,
    },
    /// Given from outside (`let`).
    Given(usize),
}

/// An operator with its arguments.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) operator: &'static Operator,
    /// Positional in their order, named ones in the order of the operator's table.
    pub(super) arguments: Vec<Option<Node>>,
    pub(super) prepared: Prepared,
}

/// What an operator worked out when it was parsed.
#[derive(Debug)]
pub(super) enum Prepared {
    Nothing,
    Regex(Box<regex::bytes::Regex>),
    Sort(Box<crate::Sort>),
    /// A choice that the operator's own file knows the meaning of.
    Choice(usize),
}

/// The values that variables have around a part of an expression.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub(super) environment: &'s Environment<'a>,
    pub(super) locals: Option<&'s Frame<'s, 'a>>,
}

/// The variables that one operator binds.
pub(super) struct Frame<'s, 'a> {
    pub(super) values: &'s [Option<Value<'a>>],
    pub(super) outer: Option<&'s Frame<'s, 'a>>,
}

impl<'a> Scope<'_, 'a> {
    fn variable(&self, variable: Variable) -> Option<Value<'a>> {
        match variable {
            Variable::Root => Some(self.environment.root.into()),
            Variable::Now => Some(Value::date(self.environment.context.now_ms)),
            Variable::ClusterTime => {
                let (time, increment) = self.environment.context.timestamp;
                Some(Value::timestamp(time, increment))
            }
            Variable::Remove => None,
            Variable::Local { levels, index } => {
                let mut frame = self.locals?;
                for _ in 0..levels {
                    frame = frame.outer?;
                }
                frame.values.get(index)?.clone()
            }
            Variable::Given(index) => self.environment.variables.get(index).copied()?.map(Value::from),
        }
    }
}

impl Node {
    pub(super) fn evaluate<'a>(&'a self, scope: &Scope<'_, 'a>) -> Answer<'a> {
        match self {
            Node::Literal(value) => Ok(Some(value.as_ref().into())),
            Node::Path(variable, path) => match scope.variable(*variable) {
                Some(value) => at_path(&value, path),
                None => Ok(None),
            },
            Node::Object(fields) => {
                let mut out = Builder::document();
                for (name, node) in fields {
                    if let Some(value) = node.evaluate(scope)? {
                        out.field(name, value.as_ref())?;
                    }
                }
                out.finish().map(Some)
            }
            Node::Array(members) => {
                let mut out = Builder::array();
                for member in members {
                    out.push_or_null(&member.evaluate(scope)?)?;
                }
                out.finish().map(Some)
            }
            Node::Call(call) => (call.operator.run)(call, scope),
        }
    }

    /// The value of a part that is the same everywhere.
    pub(super) fn literal(&self) -> Option<ValueRef<'_>> {
        match self {
            Node::Literal(value) => Some(value.as_ref()),
            _ => None,
        }
    }
}

impl Call {
    /// The operator's name, `$` included.
    pub(super) fn name(&self) -> &'static str {
        self.operator.name
    }

    /// Evaluates the argument at `index`; one that was not given is missing.
    #[inline]
    pub(super) fn argument<'a>(&'a self, index: usize, scope: &Scope<'_, 'a>) -> Answer<'a> {
        match self.arguments.get(index) {
            Some(Some(node)) => node.evaluate(scope),
            _ => Ok(None),
        }
    }

    /// Whether an argument was given.
    pub(super) fn has(&self, index: usize) -> bool {
        matches!(self.arguments.get(index), Some(Some(_)))
    }
}

/// What stands at `path` in `value`: through an array, an array of what its documents have there.
fn at_path<'a>(value: &Value<'a>, path: &[Box<[u8]>]) -> Answer<'a> {
    if path.is_empty() {
        return Ok(Some(value.clone()));
    }
    match found(value.as_ref(), path)? {
        None => Ok(None),
        Some(Found::Part(part)) => Ok(Some(value.part(part))),
        Some(Found::Made(made)) => Ok(Some(made)),
    }
}

enum Found<'v> {
    Part(ValueRef<'v>),
    Made(Value<'static>),
}

fn found<'v>(value: ValueRef<'v>, path: &[Box<[u8]>]) -> crate::Result<Option<Found<'v>>> {
    let Some((name, rest)) = path.split_first() else { return Ok(Some(Found::Part(value))) };
    match value.tag {
        tag::DOCUMENT => match DocumentRef::new(value.bytes).get(name) {
            Some(value) => found(value, rest),
            None => Ok(None),
        },
        tag::ARRAY => {
            let mut out = Builder::array();
            let members = DocumentRef::new(value.bytes).values();
            for member in members.filter(|member| member.tag == tag::DOCUMENT) {
                match found(member, path)? {
                    None => {}
                    Some(Found::Part(part)) => out.push(part)?,
                    Some(Found::Made(made)) => out.push(made.as_ref())?,
                }
            }
            out.finish().map(|made| Some(Found::Made(made)))
        }
        _ => Ok(None),
    }
}
