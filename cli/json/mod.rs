//! Extended JSON, read and written as bytes of BSON.

mod date;
mod read;
mod value;
mod wrapper;
mod write;

pub(crate) use date::{format as format_date, parse as parse_date};
pub(crate) use read::{Sink, argument, documents};
pub(crate) use value::Purpose;
pub(crate) use write::{Style, decimal_text, double_text, string_text, write_document, write_value};
