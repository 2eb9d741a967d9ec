//! Values: their bytes, their order, their arithmetic.

pub mod decimal;
pub mod equal;
pub mod key;
pub mod kind;
pub mod number;
pub mod order;
pub mod raw;
pub mod validate;
pub mod write;

pub use decimal::Decimal;
pub use kind::Kind;
pub use number::Number;
pub use raw::{DocumentRef, Element, Elements, ValueBuf, ValueRef, View, tag};
pub use validate::{DOCUMENT_BYTES_MAX, NESTING_MAX, validate, validate_with};
