//! `$replaceRoot` and `$replaceWith`: the document becomes what an expression gives.

use crate::error::{Code, Error, Result};
use crate::expr::{Environment, Expression, parse};
use crate::value::ValueRef;

/// `$replaceRoot: {newRoot: …}`.
pub(super) fn parse_root(operand: ValueRef<'_>) -> Result<Expression> {
    let fields = operand.as_document().ok_or_else(|| {
        Error::new(
            Code(40229),
            format!("expected an object as specification for $replaceRoot, found {operand:?}"),
        )
    })?;
    let mut root = None;
    for field in fields.elements() {
        if field.name != b"newRoot" {
            let name = String::from_utf8_lossy(field.name);
            let message =
                format!("unrecognized option to $replaceRoot stage: {name}, only valid option is 'newRoot'.");
            return Err(Error::new(Code(40230), message));
        }
        root = Some(field.value);
    }
    let root =
        root.ok_or_else(|| Error::new(Code(40231), "no newRoot specified for the $replaceRoot stage"))?;
    parse_with(root)
}

/// `$replaceWith: …`.
pub(super) fn parse_with(operand: ValueRef<'_>) -> Result<Expression> {
    Expression::parse(operand, &parse::Context::default())
}

/// Writes the document that `root` gives to `out` (appended).
///
/// # Errors
/// 40228 when it gives no document; those of the expression.
pub fn replace_root(root: &Expression, environment: &Environment<'_>, out: &mut Vec<u8>) -> Result<()> {
    let value = root.evaluate(environment)?;
    match value.as_ref().and_then(|value| value.as_ref().as_document()) {
        Some(document) => {
            out.extend_from_slice(document.as_bytes());
            Ok(())
        }
        None => {
            let found =
                value.as_ref().map_or_else(|| "nothing".to_owned(), |value| format!("{:?}", value.as_ref()));
            let message =
                format!("'newRoot' expression must evaluate to an object, but resulting value was: {found}");
            Err(Error::new(Code(40228), message))
        }
    }
}
