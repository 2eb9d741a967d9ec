//! Element: `$exists $type`.
//!
//! Source: <https://www.mongodb.com/docs/manual/reference/operator/query-element/>.

use super::Predicate;
use super::parse::{Operand, bad_value, shown, text};
use crate::error::{Code, Error, Result};
use crate::value::kind::{type_name, type_of_name};
use crate::value::{Number, ValueRef, tag};

/// The operand of `$type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSet {
    /// The type bytes, sorted, without repeats.
    pub tags: Vec<u8>,
}

const NUMBERS: [u8; 4] = [tag::DOUBLE, tag::INT32, tag::INT64, tag::DECIMAL128];

pub(super) fn parse(operand: &Operand<'_>) -> Result<Predicate> {
    match operand.operator {
        "$exists" => Ok(Predicate::Exists(is_true(operand.value))),
        _ => parse_type(operand).map(Predicate::Type),
    }
}

/// What MongoDB takes for true: everything but false, null, undefined and the numbers equal to 0.
fn is_true(value: ValueRef<'_>) -> bool {
    match value.tag {
        tag::NULL | tag::UNDEFINED => false,
        tag::BOOLEAN => value.bytes.first() != Some(&0),
        _ => Number::of(value).is_none_or(|number| number.compare(Number::Int32(0)).is_ne()),
    }
}

fn parse_type(operand: &Operand<'_>) -> Result<TypeSet> {
    let mut tags = Vec::new();
    match operand.value.as_array() {
        Some(array) => array.values().try_for_each(|member| add_type(operand.path, member, &mut tags))?,
        None => add_type(operand.path, operand.value, &mut tags)?,
    }
    if tags.is_empty() {
        let message = format!("{} must match at least one type", operand.path);
        return Err(Error::new(Code::FAILED_TO_PARSE, message));
    }
    tags.sort_unstable();
    tags.dedup();
    Ok(TypeSet { tags })
}

fn add_type(path: &str, value: ValueRef<'_>, tags: &mut Vec<u8>) -> Result<()> {
    if let Some(bytes) = value.string_bytes().filter(|_| value.tag == tag::STRING) {
        let alias = text(bytes, "a type's alias")?;
        if alias == "number" {
            tags.extend(NUMBERS);
            return Ok(());
        }
        let named = type_of_name(alias);
        tags.push(named.ok_or_else(|| bad_value(format!("Unknown type name alias: {alias} for '{path}'")))?);
        return Ok(());
    }
    let Some(number) = Number::of(value) else {
        let message =
            format!("type of '{path}' must be represented as a number or a string, found {}", shown(value));
        return Err(Error::new(Code::TYPE_MISMATCH, message));
    };
    let tag = match number.as_i64_exact() {
        Some(-1) => Some(tag::MIN_KEY),
        Some(127) => Some(tag::MAX_KEY),
        Some(code @ 1..=19) => u8::try_from(code).ok(),
        _ => None,
    };
    tags.push(
        tag.ok_or_else(|| bad_value(format!("Invalid numerical type code: {} for '{path}'", shown(value))))?,
    );
    Ok(())
}

impl TypeSet {
    /// Whether a value of type byte `tag` is of one of the types.
    #[inline]
    pub fn contains(&self, tag: u8) -> bool {
        self.tags.contains(&tag)
    }

    /// The aliases of the types.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.tags.iter().map(|tag| type_name(*tag))
    }
}
