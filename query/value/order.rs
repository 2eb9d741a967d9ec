//! BSON order: MongoDB's total order over values of every type.
use super::raw::{DocumentRef, ValueRef};
use std::cmp::Ordering;

/// Compares two values in BSON order.
pub fn compare(left: ValueRef<'_>, right: ValueRef<'_>) -> Ordering {
    let _ = (left, right);
    todo!()
}

/// Compares two documents field by field: type class, name, value; the shorter first.
pub fn compare_documents(left: DocumentRef<'_>, right: DocumentRef<'_>) -> Ordering {
    let _ = (left, right);
    todo!()
}
