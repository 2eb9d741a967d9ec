//! The document that an upsert inserts when nothing matched.
//!
//! It starts from what the filter says must be equal, so that the same upsert finds it the next time.
use super::Operators;
use super::apply::{Event, changes, immutable, put, write_with_id};
use super::field::{Place, shown};
use super::replacement::Replacement;
use super::tree::Node;
use crate::context::Context;
use crate::error::{Code, Error, Result};
use crate::filter::Filter;
use crate::path::Path;
use crate::value::equal::equal;
use crate::value::kind::type_name;
use crate::value::{DocumentRef, ValueRef, tag};

/// NotSingleValueField.
const NOT_SINGLE_VALUE: Code = Code(54);
/// NotExactValueField.
const NOT_EXACT_VALUE: Code = Code(111);

/// An equality of the filter.
type Equality<'f> = (&'f Path, ValueRef<'f>);

/// Writes what an upsert by `operators` inserts.
pub(super) fn operators(
    operators: &Operators,
    filter: &Filter,
    new_id: [u8; 12],
    context: &Context,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut equalities = equalities(filter);
    refuse_conflicts(&mut equalities)?;
    // As in MongoDB, the filter's fields come in the order of their paths' bytes.
    equalities.sort_by(|left, right| left.0.as_str().cmp(right.0.as_str()));
    let mut root = Node::Document(Vec::new());
    for (path, value) in equalities {
        put(&mut root, Place { path, document: DocumentRef::EMPTY }, Node::Stored(value))?;
    }
    let mut base = Vec::new();
    root.write_root(&mut base);
    let base = DocumentRef::new(&base);

    let mut changed = Vec::new();
    changes(operators, base, context, Event::Insert, &mut changed)?;
    let changed = DocumentRef::new(&changed);
    let new_id = ValueRef { tag: tag::OBJECT_ID, bytes: &new_id };
    let id = changed.get(b"_id").unwrap_or(new_id);
    refuse_id(id)?;
    write_with_id(id, changed, out);
    Ok(())
}

/// Writes what an upsert by `replacement` inserts: of the filter only `_id` counts.
pub(super) fn replacement(
    replacement: &Replacement,
    filter: &Filter,
    new_id: [u8; 12],
    context: &Context,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut equalities = equalities(filter);
    equalities.retain(|(path, _)| path.part(0) == "_id");
    refuse_conflicts(&mut equalities)?;
    if let Some((path, _)) = equalities.iter().find(|(path, _)| path.len() > 1) {
        let message = format!(
            "cannot infer query fields to set, path '_id' is only given in part: '{}'",
            path.as_str()
        );
        return Err(Error::new(NOT_EXACT_VALUE, message));
    }
    let new_id = ValueRef { tag: tag::OBJECT_ID, bytes: &new_id };
    let id = match (equalities.first(), replacement.document().get(b"_id")) {
        (Some((_, wanted)), Some(given)) if !equal(*wanted, given) => return Err(immutable()),
        (Some((_, id)), _) => *id,
        (None, Some(id)) => id,
        (None, None) => new_id,
    };
    refuse_id(id)?;
    replacement.write(id, context, out);
    Ok(())
}

/// The equalities that every matching document satisfies.
fn equalities(filter: &Filter) -> Vec<Equality<'_>> {
    filter.equalities().map(|(path, value)| (path, value.as_ref())).collect()
}

/// Refuses two equalities at, above or below one another; sorts them by parts.
fn refuse_conflicts(equalities: &mut [Equality<'_>]) -> Result<()> {
    equalities.sort_by(|left, right| left.0.parts().cmp(right.0.parts()));
    for pair in equalities.windows(2) {
        let [(above, _), (below, _)] = pair else { continue };
        if above.is_prefix_of(below) {
            let (above, below) = (above.as_str(), below.as_str());
            let message = match above == below {
                true => format!("cannot infer query fields to set, path '{above}' is matched twice"),
                false => {
                    format!(
                        "cannot infer query fields to set, both paths '{above}' and '{below}' are matched"
                    )
                }
            };
            return Err(Error::new(NOT_SINGLE_VALUE, message));
        }
    }
    Ok(())
}

/// Refuses an `_id` of a type that none may have.
///
/// # Errors
/// InvalidIdField (53); DollarPrefixedFieldName (52) for a document with a name that starts with `$`.
fn refuse_id(id: ValueRef<'_>) -> Result<()> {
    if matches!(id.tag, tag::ARRAY | tag::REGEX | tag::UNDEFINED) {
        let message = format!("The '_id' value cannot be of type {}: {}", type_name(id.tag), shown(id));
        return Err(Error::new(Code::INVALID_ID_FIELD, message));
    }
    let dollar = id
        .as_document()
        .and_then(|document| document.elements().find(|element| element.name.starts_with(b"$")));
    match dollar {
        None => Ok(()),
        Some(element) => {
            let name = String::from_utf8_lossy(element.name);
            let message =
                format!("_id fields may not contain '$'-prefixed fields: {name} is not valid for storage");
            Err(Error::new(Code::DOLLAR_PREFIXED_FIELD_NAME, message))
        }
    }
}
