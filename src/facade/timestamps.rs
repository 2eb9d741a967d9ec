//! Timestamps of models, put into what is written.
//!
//! The invariant: all documents of one action carry one time; what an update changes itself is left to it.

use crate::clock;
use crate::model::bytes;
use crate::schema::TimestampSchema;
use anser_query::value::{DocumentRef, Element, ValueRef, tag, write};

/// The time of one action.
pub(super) fn now() -> i64 {
    clock::now_ms()
}

/// An inserted document: both are now.
pub(super) fn on_insert(document: &mut Vec<u8>, names: TimestampSchema, now: i64) {
    set(document, names.created_at, now);
    set(document, names.updated_at, now);
}

/// A replacement: it was updated now, and created when its struct says, or now when that says nothing.
pub(super) fn on_replace(document: &mut Vec<u8>, names: TimestampSchema, now: i64) {
    if DocumentRef::new(document).get(names.created_at.as_bytes()).is_none() {
        set(document, names.created_at, now);
    }
    set(document, names.updated_at, now);
}

/// Update operators: they set the time of the update, and that of the creation when they insert.
pub(super) fn on_update(update: Vec<u8>, names: TimestampSchema, now: i64, upsert: bool) -> Vec<u8> {
    let mut update = update;
    if !touches(&update, names.updated_at) {
        update = bytes::merged_by_field(&update, &assignment("$set", names.updated_at, now));
    }
    if upsert && !touches(&update, names.created_at) {
        update = bytes::merged_by_field(&update, &assignment("$setOnInsert", names.created_at, now));
    }
    update
}

/// Gives the top-level field `name` the date `now`, in its place if it is there.
fn set(document: &mut Vec<u8>, name: &str, now: i64) {
    let found = DocumentRef::new(document).get(name.as_bytes());
    match found {
        Some(ValueRef { tag: tag::DATE_TIME, bytes }) => {
            let at = bytes.as_ptr().addr() - document.as_ptr().addr();
            document[at..at + 8].copy_from_slice(&now.to_le_bytes());
        }
        Some(_) => {
            let mut without = Vec::with_capacity(document.len());
            let start = write::begin(&mut without);
            for Element { name: other, value } in DocumentRef::new(document).elements() {
                if other != name.as_bytes() {
                    write::element(&mut without, other, value);
                }
            }
            write::end(&mut without, start);
            *document = without;
            append(document, name, now);
        }
        None => append(document, name, now),
    }
}

fn append(document: &mut Vec<u8>, name: &str, now: i64) {
    document.pop();
    date(document, name, now);
    write::end(document, 0);
}

fn date(out: &mut Vec<u8>, name: &str, now: i64) {
    write::element(out, name.as_bytes(), ValueRef { tag: tag::DATE_TIME, bytes: &now.to_le_bytes() });
}

/// `{operator: {name: now}}`.
fn assignment(operator: &str, name: &str, now: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(48);
    let start = write::begin(&mut out);
    let operand = write::begin_document(&mut out, operator.as_bytes());
    date(&mut out, name, now);
    write::end(&mut out, operand);
    write::end(&mut out, start);
    out
}

/// Whether one of the operators changes `name` or something in it.
fn touches(update: &[u8], name: &str) -> bool {
    let is_within = |path: &[u8]| {
        path.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
    };
    DocumentRef::new(update).elements().any(|operator| {
        operator.value.as_document().is_some_and(|operand| {
            operand.elements().any(|change| {
                let is_target = || change.value.string_bytes().is_some_and(is_within);
                is_within(change.name) || (operator.name == b"$rename" && is_target())
            })
        })
    })
}
