//! Equality as a filter means it: numbers by value across types, documents field by field in order.
//!
//! The invariant: `equal(a, b)` is `compare(a, b) == Equal`, only told faster.
use super::kind::Kind;
use super::order;
use super::raw::{ValueRef, tag};
use std::cmp::Ordering;

/// Whether two values are equal: `compare` would say Equal, told faster.
///
/// ```
/// use anser_query::value::{ValueBuf, equal};
/// use bson::Bson;
///
/// let int = ValueBuf::try_from(&Bson::Int32(1))?;
/// let double = ValueBuf::try_from(&Bson::Double(1.0))?;
/// assert!(equal::equal(int.as_ref(), double.as_ref()));
/// # Ok::<(), bson::error::Error>(())
/// ```
#[inline]
pub fn equal(left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
    if left.tag == right.tag {
        if left.bytes == right.bytes {
            return true;
        }
        if told_by_bytes(left.tag) {
            return false;
        }
    } else if Kind::of(left) != Kind::of(right) {
        return false;
    }
    order::compare(left, right) == Ordering::Equal
}

/// Whether two values of type `tag` are equal only when their bytes are.
#[inline]
fn told_by_bytes(tag: u8) -> bool {
    matches!(
        tag,
        tag::STRING
            | tag::SYMBOL
            | tag::INT32
            | tag::INT64
            | tag::OBJECT_ID
            | tag::DATE_TIME
            | tag::TIMESTAMP
            | tag::BINARY
            | tag::JAVASCRIPT
            | tag::DB_POINTER
            | tag::REGEX
    )
}
