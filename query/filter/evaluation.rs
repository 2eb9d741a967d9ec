//! Evaluation: `$mod $regex $options`.
//!
//! Source: <https://www.mongodb.com/docs/manual/reference/operator/query-evaluation/>.

use super::parse::{Operand, bad_value, shown, text};
use super::{Predicate, Regex};
use crate::error::{Code, Error, Result};
use crate::value::{Number, ValueRef, View, tag};

pub(super) fn parse_modulo(operand: &Operand<'_>) -> Result<Predicate> {
    let malformed = |what: &str| bad_value(format!("malformed mod on '{}', {what}", operand.path));
    let Some(array) = operand.value.as_array() else {
        return Err(malformed("needs to be an array"));
    };
    let mut members = array.values();
    let (Some(divisor), Some(remainder)) = (members.next(), members.next()) else {
        return Err(malformed("not enough elements"));
    };
    if members.next().is_some() {
        return Err(malformed("too many elements"));
    }
    let integer = |value: ValueRef<'_>, what: &str| {
        let number = Number::of(value).ok_or_else(|| malformed(&format!("{what} not a number")))?;
        number.truncated().ok_or_else(|| malformed(&format!("{what} value is invalid: {}", shown(value))))
    };
    let divisor = integer(divisor, "divisor")?;
    if divisor == 0 {
        return Err(bad_value(format!("divisor cannot be 0 in $mod on '{}'", operand.path)));
    }
    Ok(Predicate::Modulo { divisor, remainder: integer(remainder, "remainder")? })
}

/// `$regex` with its `$options`, whichever comes first; the other of the two gives nothing.
pub(super) fn parse_regex(operand: &Operand<'_>) -> Result<Option<Predicate>> {
    if operand.operator == "$options" {
        return match operand.siblings.get(b"$regex") {
            Some(_) => Ok(None),
            None => Err(bad_value(format!("$options needs a $regex on '{}'", operand.path))),
        };
    }
    let (mut pattern, mut options) = ("", "");
    let (mut own_options, mut options_seen) = (false, false);
    for entry in operand.siblings.elements() {
        match entry.name {
            b"$regex" => match entry.value.view() {
                View::String(bytes) => pattern = text(bytes, "a regular expression")?,
                View::Regex { pattern: bytes, options: flags } => {
                    pattern = text(bytes, "a regular expression")?;
                    own_options = !flags.is_empty();
                    if own_options && options_seen {
                        return Err(Error::new(Code(51074), "options set in both $regex and $options"));
                    }
                    if own_options {
                        options = text(flags, "a regular expression's options")?;
                    }
                }
                _ => return Err(bad_value(format!("$regex on '{}' has to be a string", operand.path))),
            },
            b"$options" => {
                let Some(bytes) = entry.value.string_bytes().filter(|_| entry.value.tag == tag::STRING)
                else {
                    return Err(bad_value(format!("$options on '{}' has to be a string", operand.path)));
                };
                if own_options {
                    return Err(Error::new(Code(51075), "options set in both $regex and $options"));
                }
                options = text(bytes, "a regular expression's options")?;
                options_seen = true;
            }
            _ => {}
        }
    }
    Regex::new(pattern, options).map(|regex| Some(Predicate::Regex(regex)))
}

/// Whether `value` cut towards zero leaves `remainder`. What is no number, NaN, infinite or beyond int64 leaves nothing.
pub(super) fn leaves(value: ValueRef<'_>, divisor: i64, remainder: i64) -> bool {
    let truncated = Number::of(value).and_then(Number::truncated);
    truncated.is_some_and(|number| number.wrapping_rem(divisor) == remainder)
}
