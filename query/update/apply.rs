//! Applying changes through the tree: the plain way, which every update can go.
use super::field::{Outcome, Place};
use super::tree::{Node, refuse_nesting};
use super::{Change, Modifier, Operators};
use crate::context::Context;
use crate::error::{Code, Error, Result};
use crate::path::Path;
use crate::value::equal::equal;
use crate::value::{DocumentRef, ValueRef, write};

/// What the changed document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It takes the place of a stored one.
    Update,
    /// It is inserted: `$setOnInsert` acts.
    Insert,
}

/// Writes `document` with `operators` applied to `out`, in the order of their paths.
///
/// # Errors
/// The first change's that the document does not allow; ImmutableField (66) when `_id` would be another.
pub(super) fn changes(
    operators: &Operators,
    document: DocumentRef<'_>,
    context: &Context,
    event: Event,
    out: &mut Vec<u8>,
) -> Result<()> {
    let start = out.len();
    let mut root = Node::root(document);
    for change in &operators.changes {
        apply_one(change, &mut root, document, context, event)?;
    }
    root.write_root(out);
    if operators.names_id
        && let Some(id) = document.get(b"_id")
    {
        keep_id(id, out, start)?;
    }
    Ok(())
}

/// Makes sure that the document at `out[start..]` has the `_id` that it had, in its own bytes.
///
/// # Errors
/// ImmutableField (66) when it has another or none.
pub(super) fn keep_id(id: ValueRef<'_>, out: &mut Vec<u8>, start: usize) -> Result<()> {
    let changed = out[start..].to_vec();
    let changed = DocumentRef::new(&changed);
    match changed.get(b"_id") {
        Some(new) if new == id => Ok(()),
        Some(new) if equal(new, id) => {
            out.truncate(start);
            write_with_id(id, changed, out);
            Ok(())
        }
        Some(_) | None => Err(immutable()),
    }
}

/// Writes `id`, then the rest of `document`.
pub(super) fn write_with_id(id: ValueRef<'_>, document: DocumentRef<'_>, out: &mut Vec<u8>) {
    let start = write::begin(out);
    write::element(out, b"_id", id);
    for element in document.elements().filter(|element| element.name != b"_id") {
        write::element(out, element.name, element.value);
    }
    write::end(out, start);
}

/// The error for an update that would change `_id`.
pub(super) fn immutable() -> Error {
    Error::new(
        Code::IMMUTABLE_FIELD,
        "Performing an update on the path '_id' would modify the immutable field '_id'",
    )
}

fn apply_one<'a>(
    change: &'a Change,
    root: &mut Node<'a>,
    document: DocumentRef<'a>,
    context: &Context,
    event: Event,
) -> Result<()> {
    let place = Place { path: &change.path, document };
    match &change.modifier {
        Modifier::Field(operator) => {
            if !operator.acts(event == Event::Insert) {
                return Ok(());
            }
            let reach = root.reach(place.path);
            let outcome = if reach.depth == place.path.len() {
                // Only a conflicting change could have opened it, and the parser refuses those.
                let Some(old) = reach.node.value() else { return Ok(()) };
                operator.on_value(old, place, context)?
            } else {
                operator.on_nothing(context)
            };
            match outcome {
                Outcome::Keep => Ok(()),
                Outcome::Operand(value) => put(root, place, Node::Stored(value)),
                Outcome::Computed(scalar) => put(root, place, Node::Computed(scalar)),
                Outcome::Remove => {
                    root.remove(place.path);
                    Ok(())
                }
            }
        }
        Modifier::RenameFrom(from) => rename(from, root, place),
        Modifier::Push(push) => {
            let reach = root.reach(place.path);
            if reach.depth == place.path.len() {
                return push.on_value(reach.node, place);
            }
            reach.node.create(place, reach.depth, push.on_nothing())
        }
        Modifier::Array(operator) => {
            let reach = root.reach(place.path);
            if reach.depth == place.path.len() {
                return operator.on_value(reach.node, place);
            }
            match operator.on_nothing(place.path)? {
                Some(array) => reach.node.create(place, reach.depth, array),
                None if reach.node.admits(place.path.part(reach.depth)) => Ok(()),
                None => Err(reach.node.not_viable(place, reach.depth)),
            }
        }
    }
}

/// Puts `value` at a path, over what stands there or newly.
///
/// # Errors
/// Those of [`Node::create`].
pub(super) fn put<'a>(root: &mut Node<'a>, place: Place<'a>, value: Node<'a>) -> Result<()> {
    let reach = root.reach(place.path);
    if reach.depth < place.path.len() {
        return reach.node.create(place, reach.depth, value);
    }
    refuse_nesting(place.path, value.levels())?;
    *reach.node = value;
    Ok(())
}

/// `$rename`: the value goes to the new path (in place of what stands there), the old field goes.
fn rename<'a>(from: &Path, root: &mut Node<'a>, place: Place<'a>) -> Result<()> {
    let through_array = |which: &str, path: &Path| {
        let (path, document) = (path.as_str(), place.document_name());
        let message = format!(
            "The {which} field of $rename cannot be an array element: '{path}' in document {document}"
        );
        Err(Error::new(Code::BAD_VALUE, message))
    };
    let source = root.reach(from);
    if source.depth < from.len() {
        if source.node.admits(from.part(source.depth)) {
            return Ok(());
        }
        return Err(source.node.not_viable(Place { path: from, document: place.document }, source.depth));
    }
    if source.through_array {
        return through_array("source", from);
    }
    // As in MongoDB, also when the value happens to be the same.
    if place.path.part(0) == "_id" && place.document.get(b"_id").is_some() {
        return Err(immutable());
    }
    let value = source.node.clone();
    let target = root.reach(place.path);
    if target.through_array || (target.depth < place.path.len() && matches!(target.node, Node::Array(_))) {
        return through_array("destination", place.path);
    }
    put(root, place, value)?;
    root.remove(from);
    Ok(())
}
