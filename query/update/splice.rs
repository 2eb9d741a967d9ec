//! The fast way: one copy of the document, values of top-level fields swapped on the way.
//!
//! It answers only when nothing is refused; an error is left to the plain way, so that both name the same.
use super::field::{Outcome, Place};
use super::{Change, Modifier};
use crate::context::Context;
use crate::error::Result;
use crate::value::{DocumentRef, ValueBuf, ValueRef, tag, write};

/// How many changes a splice takes: more would make each name's look-up long.
const CHANGES_MAX: usize = 16;

/// Whether `changes` can be spliced: each one works on a whole top-level field that is not `_id`, and none
/// needs more of the document than the value.
pub(super) fn possible(changes: &[Change]) -> bool {
    changes.len() <= CHANGES_MAX
        && changes.iter().all(|change| {
            let plain = match &change.modifier {
                Modifier::Field(_) => true,
                Modifier::Push(push) => push.appends().is_some(),
                Modifier::RenameFrom(_) | Modifier::Array(_) => false,
            };
            plain && change.path.len() == 1 && change.path.as_str() != "_id"
        })
}

/// Writes the changed `document` to `out` and says whether it differs; `None` when a change is refused (`out`
/// is left half-written then).
pub(super) fn apply(
    changes: &[Change],
    document: DocumentRef<'_>,
    context: &Context,
    out: &mut Vec<u8>,
) -> Option<bool> {
    let bytes = document.as_bytes();
    let last = bytes.len().checked_sub(1).filter(|last| *last >= 4)?;
    out.reserve(bytes.len() + 64);
    let start = out.len();
    let all = (1_u32 << changes.len()) - 1;
    let (mut done, mut copied, mut modified) = (0_u32, 0, false);
    let mut elements = document.elements();
    while done != all {
        let element_start = last - elements.rest().len();
        let Some(element) = elements.next() else { break };
        let named = changes.iter().position(|change| change.path.as_str().as_bytes() == element.name);
        let Some(index) = named.filter(|index| done & (1 << index) == 0) else { continue };
        done |= 1 << index;
        let mark = out.len();
        out.extend_from_slice(&bytes[copied..element_start]);
        let place = Place { path: &changes[index].path, document };
        if write_changed(&changes[index], element.value, place, context, out).ok()? {
            copied = last - elements.rest().len();
            modified = true;
        } else {
            out.truncate(mark);
        }
    }
    out.extend_from_slice(&bytes[copied..last]);
    for (index, change) in changes.iter().enumerate() {
        if done & (1 << index) == 0 {
            modified |= write_new(change, context, out);
        }
    }
    write::end(out, start);
    Some(modified)
}

/// Writes what becomes of a field after everything before it was written; `false` when it stays as it is.
fn write_changed(
    change: &Change,
    old: ValueRef<'_>,
    place: Place<'_>,
    context: &Context,
    out: &mut Vec<u8>,
) -> Result<bool> {
    let name = change.path.as_str().as_bytes();
    match &change.modifier {
        Modifier::Field(operator) if operator.acts(false) => {
            match operator.on_value(old, place, context)? {
                Outcome::Keep => return Ok(false),
                Outcome::Operand(value) if value == old => return Ok(false),
                Outcome::Operand(value) => write::element(out, name, value),
                Outcome::Computed(scalar) if scalar.as_ref() == old => return Ok(false),
                Outcome::Computed(scalar) => write::element(out, name, scalar.as_ref()),
                Outcome::Remove => {}
            }
            Ok(true)
        }
        Modifier::Push(push) => match (push.appends(), old.as_array()) {
            (Some([]), Some(_)) | (None, _) => Ok(false),
            (Some(values), Some(array)) => {
                append(name, array, values, out);
                Ok(true)
            }
            (Some(_), None) => Err(super::push::no_array(old.tag, place)),
        },
        Modifier::Field(_) | Modifier::RenameFrom(_) | Modifier::Array(_) => Ok(false),
    }
}

/// Writes the field that stands where none was; `false` when none does.
fn write_new(change: &Change, context: &Context, out: &mut Vec<u8>) -> bool {
    let name = change.path.as_str().as_bytes();
    match &change.modifier {
        Modifier::Field(operator) if operator.acts(false) => {
            match operator.on_nothing(context) {
                Outcome::Keep | Outcome::Remove => return false,
                Outcome::Operand(value) => write::element(out, name, value),
                Outcome::Computed(scalar) => write::element(out, name, scalar.as_ref()),
            }
            true
        }
        Modifier::Push(push) => {
            append(name, DocumentRef::EMPTY, push.appends().unwrap_or(&[]), out);
            true
        }
        Modifier::Field(_) | Modifier::RenameFrom(_) | Modifier::Array(_) => false,
    }
}

/// Writes an array: its stored elements, then `values`.
fn append(name: &[u8], array: DocumentRef<'_>, values: &[ValueBuf], out: &mut Vec<u8>) {
    write::header(out, tag::ARRAY, name);
    let start = write::begin(out);
    write::elements(out, array);
    for (index, value) in (array.len()..).zip(values) {
        write::array_element(out, index, value.as_ref());
    }
    write::end(out, start);
}
