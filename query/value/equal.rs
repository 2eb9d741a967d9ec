//! Equality as a filter means it: numbers by value across types, documents field by field in order.
use super::raw::ValueRef;

/// Whether two values are equal: `compare` would say Equal, told faster.
pub fn equal(left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
    let _ = (left, right);
    todo!()
}
