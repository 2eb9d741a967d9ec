//! From BSON to expressions: literals, paths, objects, arrays, and operators found in the families' tables.
//!
//! The invariant: what is parsed is nested at most [`DEPTH_MAX`] deep, every variable in it is bound, and what
//! does not depend on the document is calculated once, here, unless that fails.

use super::{Answer, Call, Environment, Node, Prepared, Scope, Variable, error};
use crate::error::{Code, Error, Result};
use crate::value::{DocumentRef, ValueRef, View, tag};

/// How deep an expression may nest.
pub const DEPTH_MAX: usize = 150;

/// The most bytes a part that is calculated once may take.
const FOLDED_BYTES_MAX: usize = 1 << 16;

/// What the parser knows of the world.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Context {
    /// The names of the variables given from outside (`let`), in the order of
    /// [`Environment::variables`](super::Environment::variables).
    pub variables: Vec<String>,
}

impl Context {
    /// A context with these variables.
    pub fn with_variables(variables: Vec<String>) -> Self {
        Context { variables }
    }
}

/// An operator: its name, what it takes, and what it does.
pub(super) struct Operator {
    pub(super) name: &'static str,
    pub(super) arguments: Arguments,
    pub(super) run: for<'a> fn(&'a Call, &Scope<'_, 'a>) -> Answer<'a>,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// How an operator's operand is read.
pub(super) enum Arguments {
    /// So many expressions, at least and at most, in an array; one alone needs no array.
    Between(usize, usize),
    /// A document of these.
    Named(&'static Named),
    /// As the operator's own parser says.
    Own(fn(&mut Parser<'_>, &'static Operator, ValueRef<'_>) -> Result<Call>),
}

/// The names an operator's document may hold.
pub(super) struct Named {
    /// Each with the code for when it is missing, `None` when it may be.
    pub(super) fields: &'static [(&'static str, Option<i32>)],
    /// The code for an operand that is no document.
    pub(super) not_a_document: i32,
    /// The code for another name.
    pub(super) unknown: i32,
}

/// The tables of the families.
const FAMILIES: [&[Operator]; 17] = [
    super::accumulator::OPERATORS,
    super::arithmetic::OPERATORS,
    super::array::OPERATORS,
    super::bitwise::OPERATORS,
    super::boolean::OPERATORS,
    super::comparison::OPERATORS,
    super::conditional::OPERATORS,
    super::data_size::OPERATORS,
    super::date::OPERATORS,
    super::miscellaneous::OPERATORS,
    super::object::OPERATORS,
    super::regex::OPERATORS,
    super::set::OPERATORS,
    super::string::OPERATORS,
    super::timestamp::OPERATORS,
    super::trigonometry::OPERATORS,
    super::variable::OPERATORS,
];

/// Operators MongoDB has and Anser has not, so that they are refused by name.
const LATER: &[&str] = &[
    "$accumulator",
    "$createObjectId",
    "$encStrContains",
    "$encStrEndsWith",
    "$encStrNormalizedEq",
    "$encStrStartsWith",
    "$function",
    "$hash",
    "$hexHash",
    "$meta",
    "$serializeEJSON",
    "$deserializeEJSON",
    "$similarityCosine",
    "$similarityDotProduct",
    "$similarityEuclidean",
    "$subtype",
    "$toHashedIndexKey",
];

/// The names of all operators there are, family by family.
pub fn operator_names() -> impl Iterator<Item = &'static str> {
    FAMILIES
        .iter()
        .copied()
        .chain([super::type_conversion::OPERATORS])
        .flatten()
        .map(|operator| operator.name)
}

fn operator(name: &str) -> Option<&'static Operator> {
    let families = FAMILIES.iter().copied().chain([super::type_conversion::OPERATORS]);
    families.flatten().find(|operator| operator.name == name)
}

pub(super) fn expression(value: ValueRef<'_>, context: &Context) -> Result<Node> {
    Parser { context, locals: Vec::new(), depth: 0 }.expression(value)
}

/// The state of parsing: the variables bound around the place it is at.
pub(super) struct Parser<'p> {
    context: &'p Context,
    locals: Vec<Vec<String>>,
    depth: usize,
}

fn text(bytes: &[u8]) -> Result<&str> {
    simdutf8::basic::from_utf8(bytes)
        .map_err(|_| Error::new(Code::INVALID_BSON, "an expression's text is not valid UTF-8"))
}

impl Parser<'_> {
    /// Parses any expression.
    pub(super) fn expression(&mut self, value: ValueRef<'_>) -> Result<Node> {
        if self.depth >= DEPTH_MAX {
            let message = format!("an expression exceeds the depth of {DEPTH_MAX} levels");
            return Err(Error::new(Code::OVERFLOW, message));
        }
        self.depth += 1;
        let parsed = match value.view() {
            View::String(bytes) if bytes.first() == Some(&b'$') => self.path(text(bytes)?),
            View::Document(document) => self.document(document),
            View::Array(array) => {
                let members = array.values().map(|member| self.expression(member));
                members.collect::<Result<Vec<_>>>().and_then(|members| folded(Node::Array(members)))
            }
            _ => Ok(Node::Literal(value.to_owned())),
        };
        self.depth -= 1;
        parsed
    }

    /// Parses what stands in a document: one operator, or an object of expressions.
    fn document(&mut self, document: DocumentRef<'_>) -> Result<Node> {
        let mut elements = document.elements();
        let Some(first) = elements.next() else { return Ok(Node::Literal(document.as_value().to_owned())) };
        if first.name.first() == Some(&b'$') {
            let name = text(first.name)?;
            if elements.next().is_some() {
                let message = format!(
                    "an object representing an expression must have exactly one field, the first is {name}"
                );
                return Err(error(15983, message));
            }
            return self.operation(name, first.value);
        }
        let mut fields: Vec<(Box<[u8]>, Node)> = Vec::new();
        for element in document.elements() {
            check_field_name(text(element.name)?)?;
            if fields.iter().any(|(name, _)| **name == *element.name) {
                let name = String::from_utf8_lossy(element.name);
                return Err(error(
                    16406,
                    format!("duplicate field name specified in object literal: {name}"),
                ));
            }
            fields.push((element.name.into(), self.expression(element.value)?));
        }
        folded(Node::Object(fields))
    }

    /// Parses `{name: operand}`.
    pub(super) fn operation(&mut self, name: &str, operand: ValueRef<'_>) -> Result<Node> {
        let Some(operator) = operator(name) else {
            if LATER.contains(&name) {
                let message = format!("{name} is not supported yet in an expression");
                return Err(Error::new(Code::NOT_IMPLEMENTED, message));
            }
            return Err(error(168, format!("Unrecognized expression '{name}'")));
        };
        let call = match &operator.arguments {
            Arguments::Between(least, most) => {
                let arguments = self.positional(operand)?;
                check_count(operator.name, arguments.len(), *least, *most)?;
                Call { operator, arguments, prepared: Prepared::Nothing }
            }
            Arguments::Named(named) => self.named(operator, named, operand)?,
            Arguments::Own(parse) => parse(self, operator, operand)?,
        };
        folded(Node::Call(Box::new(call)))
    }

    /// Parses the elements of an array, or a lone expression.
    pub(super) fn positional(&mut self, operand: ValueRef<'_>) -> Result<Vec<Option<Node>>> {
        match operand.as_array() {
            Some(array) => array.values().map(|member| self.expression(member).map(Some)).collect(),
            None => Ok(vec![Some(self.expression(operand)?)]),
        }
    }

    /// Parses a document of named arguments, in the order of the table.
    pub(super) fn named(
        &mut self,
        operator: &'static Operator,
        named: &Named,
        operand: ValueRef<'_>,
    ) -> Result<Call> {
        let values = named_values(operator.name, named, operand)?;
        let arguments = values.into_iter().map(|value| value.map(|value| self.expression(value)).transpose());
        Ok(Call { operator, arguments: arguments.collect::<Result<_>>()?, prepared: Prepared::Nothing })
    }

    /// Parses with `names` bound around it.
    pub(super) fn bound<T>(
        &mut self,
        names: Vec<String>,
        parse: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.locals.push(names);
        let parsed = parse(self);
        self.locals.pop();
        parsed
    }

    /// Parses `$a.b` and `$$x.a.b`.
    fn path(&self, path: &str) -> Result<Node> {
        if path == "$" {
            return Err(error(16872, "'$' by itself is not a valid FieldPath"));
        }
        let (variable, fields) = match path.strip_prefix("$$") {
            None => (self.current(), Some(&path[1..])),
            Some(path) => {
                if path.is_empty() {
                    return Err(Error::new(Code::FAILED_TO_PARSE, "empty variable names are not allowed"));
                }
                let (name, fields) = match path.split_once('.') {
                    Some((name, fields)) => (name, Some(fields)),
                    None => (path, None),
                };
                (self.variable(name)?, fields)
            }
        };
        let fields = fields.map_or(Ok(Vec::new()), field_names)?;
        Ok(Node::Path(variable, fields.into()))
    }

    fn current(&self) -> Variable {
        self.local("CURRENT").unwrap_or(Variable::Root)
    }

    fn local(&self, name: &str) -> Option<Variable> {
        for (levels, names) in self.locals.iter().rev().enumerate() {
            if let Some(index) = names.iter().rposition(|bound| bound == name) {
                return Some(Variable::Local { levels, index });
            }
        }
        None
    }

    fn variable(&self, name: &str) -> Result<Variable> {
        check_variable_name(name, false)?;
        if let Some(local) = self.local(name) {
            return Ok(local);
        }
        if let Some(index) = self.context.variables.iter().position(|given| given == name) {
            return Ok(Variable::Given(index));
        }
        Ok(match name {
            "ROOT" => Variable::Root,
            "CURRENT" => self.current(),
            "NOW" => Variable::Now,
            "CLUSTER_TIME" => Variable::ClusterTime,
            "REMOVE" => Variable::Remove,
            _ => return Err(error(17276, format!("Use of undefined variable: {name}"))),
        })
    }
}

/// The values that stand under an operator's names, in the order of its table.
pub(super) fn named_values<'v>(
    operator: &str,
    named: &Named,
    operand: ValueRef<'v>,
) -> Result<Vec<Option<ValueRef<'v>>>> {
    let Some(document) = operand.as_document() else {
        let found = crate::value::kind::type_name(operand.tag);
        let message = format!("{operator} only supports an object as its argument, found {found}");
        return Err(error(named.not_a_document, message));
    };
    let mut values = vec![None; named.fields.len()];
    for element in document.elements() {
        let position = named.fields.iter().position(|(name, _)| name.as_bytes() == element.name);
        let Some(position) = position else {
            let name = String::from_utf8_lossy(element.name);
            let message = format!("{operator} found an unknown argument: {name}");
            return Err(error(named.unknown, message));
        };
        values[position] = Some(element.value);
    }
    for ((name, needed), value) in named.fields.iter().zip(&values) {
        if let (Some(code), None) = (needed, value) {
            return Err(error(*code, format!("{operator} requires '{name}' to be specified")));
        }
    }
    Ok(values)
}

/// Refuses a wrong number of arguments.
pub(super) fn check_count(operator: &str, found: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(if least == most {
        let message =
            format!("Expression {operator} takes exactly {least} arguments. {found} were passed in.");
        error(16020, message)
    } else {
        let message = format!(
            "Expression {operator} takes at least {least} arguments, and at most {most}, but {found} were passed in."
        );
        error(28667, message)
    })
}

/// The part itself, or its value when that is the same everywhere and short. What fails everywhere fails here,
/// as in MongoDB, even when no document would get there.
fn folded(node: Node) -> Result<Node> {
    let constant = match &node {
        Node::Literal(_) | Node::Path(..) => false,
        Node::Object(fields) => fields.iter().all(|(_, node)| node.literal().is_some()),
        Node::Array(members) => members.iter().all(|node| node.literal().is_some()),
        Node::Call(call) => {
            call.operator.name != "$rand"
                && call.arguments.iter().flatten().all(|node| node.literal().is_some())
        }
    };
    if !constant {
        return Ok(node);
    }
    let context = crate::Context::new(0, (0, 0));
    let environment = Environment::new(DocumentRef::EMPTY, &context);
    let value = match node.evaluate(&Scope { environment: &environment, locals: None })? {
        Some(value) if value.as_ref().bytes.len() <= FOLDED_BYTES_MAX => value.to_buf(),
        _ => return Ok(node),
    };
    Ok(Node::Literal(value))
}

/// The names of a dotted path in an expression.
pub(super) fn field_names(path: &str) -> Result<Vec<Box<[u8]>>> {
    if path.contains('\0') {
        return Err(error(16411, "FieldPath field names may not contain '\\0'."));
    }
    let parsed = crate::field_path::parse(path.as_bytes())?;
    Ok(parsed.parts().map(|part| part.as_bytes().into()).collect())
}

/// Refuses names that a field of an object expression may not have.
pub(super) fn check_field_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(error(15998, "FieldPath field names may not be empty strings."));
    }
    if name.starts_with('$') {
        return Err(error(16410, format!("FieldPath field names may not start with '$': '{name}'")));
    }
    if name.contains('.') {
        return Err(error(16412, format!("FieldPath field names may not contain '.': '{name}'")));
    }
    Ok(())
}

/// Refuses names that a variable may not have. What a user defines begins in lower case.
pub(super) fn check_variable_name(name: &str, defined: bool) -> Result<()> {
    let refuse = |message: String| Err(Error::new(Code::FAILED_TO_PARSE, message));
    let Some(first) = name.chars().next() else {
        return refuse("empty variable names are not allowed".into());
    };
    if defined && name == "CURRENT" {
        return Ok(());
    }
    let may_begin =
        first.is_ascii_lowercase() || !first.is_ascii() || (!defined && first.is_ascii_uppercase());
    if !may_begin {
        return refuse(format!("'{name}' starts with an invalid character for a user variable name"));
    }
    let may_follow = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || !sign.is_ascii();
    match name.chars().find(|sign| !may_follow(*sign)) {
        Some(sign) => {
            let sign = sign.escape_default();
            refuse(format!("'{name}' contains an invalid character for a variable name: '{sign}'"))
        }
        None => Ok(()),
    }
}

/// The text of `value`, whose type was checked to be a string.
pub(super) fn string_of(value: ValueRef<'_>) -> Option<&str> {
    (value.tag == tag::STRING).then(|| value.as_str()).flatten()
}
