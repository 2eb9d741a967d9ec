//! Anser: a document database inside your program.

#![forbid(unsafe_code)]

mod catalog;
mod collection;
pub mod engine;
pub mod error;
mod index;
mod transaction;

pub use error::{Error, ErrorKind, Result};
