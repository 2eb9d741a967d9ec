//! CSV: rows that are documents, columns that are paths, cells that are values.
//!
//! CSV knows no types. Reading guesses one type a column; writing loses the types, and the difference between a
//! field that is empty, null or not there.

mod cell;
mod columns;
mod read;
mod write;

pub(crate) use read::{Columns, Options};
pub(crate) use write::{column_names, write_header, write_row};
