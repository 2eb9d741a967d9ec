//! Parsing update operators into changes sorted by path.
//!
//! Whatever can be refused without a document is refused here: unknown operators, operands, paths, conflicts.
use super::field::{DateKind, Operator as Field};
use super::push::Push;
use super::tree::{array_index, levels, refuse_nesting};
use super::{Change, Modifier, Operators, array, splice};
use crate::error::{Code, Error, Result};
use crate::path::Path;
use crate::value::kind::type_name;
use crate::value::{DocumentRef, ValueRef};
use std::cmp::Ordering;

type Parser = fn(&Path, ValueRef<'_>) -> Result<Modifier>;

/// The operators by name, each with what reads its operand.
const OPERATORS: &[(&str, Parser)] = &[
    ("$addToSet", |path, operand| Ok(Modifier::Array(array::Operator::add_to_set(path, operand)?))),
    ("$currentDate", |path, operand| {
        Ok(Modifier::Field(Field::CurrentDate(DateKind::parse(path, operand)?)))
    }),
    ("$inc", |path, operand| {
        Ok(Modifier::Field(Field::Increment(Field::arithmetic("$inc", path, operand)?)))
    }),
    ("$max", |_, operand| Ok(Modifier::Field(Field::Max(operand.to_owned())))),
    ("$min", |_, operand| Ok(Modifier::Field(Field::Min(operand.to_owned())))),
    ("$mul", |path, operand| Ok(Modifier::Field(Field::Multiply(Field::arithmetic("$mul", path, operand)?)))),
    ("$pop", |path, operand| Ok(Modifier::Array(array::Operator::pop(path, operand)?))),
    ("$pull", |_, operand| Ok(Modifier::Array(array::Operator::pull(operand)?))),
    ("$pullAll", |path, operand| Ok(Modifier::Array(array::Operator::pull_all(path, operand)?))),
    ("$push", |path, operand| Ok(Modifier::Push(Push::parse(path, operand)?))),
    ("$set", |_, operand| Ok(Modifier::Field(Field::Set(operand.to_owned())))),
    ("$setOnInsert", |_, operand| Ok(Modifier::Field(Field::SetOnInsert(operand.to_owned())))),
    ("$unset", |_, _| Ok(Modifier::Field(Field::Unset))),
];

/// Reads a document of update operators.
pub(super) fn operators(update: DocumentRef<'_>) -> Result<Operators> {
    let mut changes = Vec::new();
    for operator in update.elements() {
        let name = text(operator.name)?;
        let parser = OPERATORS.iter().find(|(known, _)| *known == name).map(|(_, parser)| parser);
        if parser.is_none() && name != "$rename" {
            return Err(unknown(name));
        }
        let Some(operands) = operator.value.as_document() else {
            let found = type_name(operator.value.tag);
            let message = format!(
                "Modifiers operate on fields but we found type {found} instead. \
                 For example: {{{name}: {{<field>: ...}}}}"
            );
            return Err(Error::new(Code::FAILED_TO_PARSE, message));
        };
        for operand in operands.elements() {
            let path = path(name, text(operand.name)?)?;
            changes.push(match parser {
                Some(parser) => {
                    let modifier = parser(&path, operand.value)?;
                    refuse_deep_operand(&path, &modifier)?;
                    Change { path, modifier }
                }
                None => rename(path, operand.value)?,
            });
        }
    }
    refuse_conflicts(&changes)?;
    changes.sort_by(|left, right| compare_paths(&left.path, &right.path));
    let names_id = changes.iter().any(Change::names_id);
    Ok(Operators { splice: splice::possible(&changes), names_id, changes })
}

impl Change {
    fn names_id(&self) -> bool {
        let from = match &self.modifier {
            Modifier::RenameFrom(from) => Some(from),
            Modifier::Field(_) | Modifier::Push(_) | Modifier::Array(_) => None,
        };
        from.into_iter().chain([&self.path]).any(|path| path.part(0) == "_id")
    }
}

fn text(name: &[u8]) -> Result<&str> {
    std::str::from_utf8(name)
        .map_err(|_| Error::new(Code::INVALID_BSON, "a name in the update document is not UTF-8"))
}

fn unknown(name: &str) -> Error {
    if name == "$bit" {
        return Error::new(Code::NOT_IMPLEMENTED, "the update operator $bit is not implemented yet");
    }
    Error::new(
        Code::FAILED_TO_PARSE,
        format!(
            "Unknown modifier: {name}. Expected a valid update modifier or pipeline-style update specified as \
             an array"
        ),
    )
}

/// Reads the path that `operator` works on.
///
/// # Errors
/// EmptyFieldName (56), DollarPrefixedFieldName (52) for the first part, BadValue (2) or NotImplemented (238)
/// for a positional part.
fn path(operator: &str, text: &str) -> Result<Path> {
    let path = Path::new(text);
    let refuse = |code, what: String| Err(Error::new(code, format!("{what} (in {operator})")));
    if text.is_empty() {
        return refuse(Code::EMPTY_FIELD_NAME, "An empty update path is not valid.".into());
    }
    for (index, part) in path.parts().enumerate() {
        let positional = part == "$" || (part.starts_with("$[") && part.ends_with(']'));
        if part.is_empty() {
            let what =
                format!("The update path '{text}' contains an empty field name, which is not allowed.");
            return refuse(Code::EMPTY_FIELD_NAME, what);
        }
        if positional && index == 0 {
            let what =
                format!("Cannot have positional ('{part}') element in the first position in path '{text}'");
            return refuse(Code::BAD_VALUE, what);
        }
        if part == "$" || part == "$[]" {
            let what =
                format!("the positional operator '{part}' in the path '{text}' is not implemented yet");
            return refuse(Code::NOT_IMPLEMENTED, what);
        }
        if positional {
            let identifier = &part[2..part.len() - 1];
            let what = format!("No array filter found for identifier '{identifier}' in path '{text}'");
            return refuse(Code::BAD_VALUE, what);
        }
        // Deeper parts may start with a dollar: MongoDB stores such names since 5.0.
        if index == 0 && part.starts_with('$') {
            let what = format!(
                "The dollar ($) prefixed field '{part}' in '{text}' is not allowed in the context of an \
                 update's replacement document. Consider using an aggregation pipeline with $replaceWith."
            );
            return refuse(Code::DOLLAR_PREFIXED_FIELD_NAME, what);
        }
    }
    Ok(path)
}

/// Refuses an operand that would nest too deeply wherever its path leads.
fn refuse_deep_operand(path: &Path, modifier: &Modifier) -> Result<()> {
    match modifier {
        Modifier::Field(
            Field::Set(value) | Field::SetOnInsert(value) | Field::Min(value) | Field::Max(value),
        ) => refuse_nesting(path, levels(value.as_ref())),
        Modifier::Field(_) | Modifier::RenameFrom(_) | Modifier::Push(_) | Modifier::Array(_) => Ok(()),
    }
}

fn rename(from: Path, operand: ValueRef<'_>) -> Result<Change> {
    let refuse = |code, what: String| Err(Error::new(code, what));
    let Some(to) = operand.as_str() else {
        let (from, found) = (from.as_str(), type_name(operand.tag));
        let what = format!("The 'to' field for $rename must be a string: {from} is renamed to a {found}");
        return refuse(Code::BAD_VALUE, what);
    };
    if to.contains('\0') {
        // Source: the number MongoDB gives this check.
        let what = format!("The 'to' field for $rename cannot contain a null byte: '{}'", from.as_str());
        return refuse(Code(9867600), what);
    }
    let to = path("$rename", to)?;
    let (source, target) = (from.as_str(), to.as_str());
    if source == target {
        let what = format!("The source and target field for $rename must differ: '{source}'");
        return refuse(Code::BAD_VALUE, what);
    }
    if from.is_prefix_of(&to) || to.is_prefix_of(&from) {
        let what = format!(
            "The source and target field for $rename must not be on the same path: '{source}', '{target}'"
        );
        return refuse(Code::BAD_VALUE, what);
    }
    Ok(Change { path: to, modifier: Modifier::RenameFrom(from) })
}

/// Refuses paths that stand at, above or below one another.
///
/// # Errors
/// ConflictingUpdateOperators (40).
fn refuse_conflicts(changes: &[Change]) -> Result<()> {
    let mut paths: Vec<(&Path, usize)> = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        if let Modifier::RenameFrom(from) = &change.modifier {
            paths.push((from, index));
        }
        paths.push((&change.path, index));
    }
    // Whatever stands between a path and one below it is below it too: neighbours tell of every conflict.
    paths.sort_by(|left, right| compare_paths(left.0, right.0).then(left.1.cmp(&right.1)));
    for pair in paths.windows(2) {
        let [(above, first), (below, second)] = pair else { continue };
        if above.is_prefix_of(below) {
            let later = if first > second { above } else { below };
            let (later, at) = (later.as_str(), above.as_str());
            let message = format!("Updating the path '{later}' would create a conflict at '{at}'");
            return Err(Error::new(Code::CONFLICTING_UPDATE_OPERATORS, message));
        }
    }
    Ok(())
}

/// The order in which changes are applied, and new fields appended: part by part, numbers by value before
/// names, names by their bytes.
///
/// DIFFERENCE: MongoDB compares a number with a name by bytes ("10" < "1a" < "2" < "10"), which is no order.
fn compare_paths(left: &Path, right: &Path) -> Ordering {
    for (left, right) in left.parts().zip(right.parts()) {
        let ordering = match (is_number(left), is_number(right)) {
            (true, true) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => left.cmp(right),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    left.len().cmp(&right.len())
}

/// Whether `part` is digits without a leading zero; unlike [`array_index`] of any length.
fn is_number(part: &str) -> bool {
    array_index(part).is_some()
        || (!part.is_empty() && !part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()))
}
