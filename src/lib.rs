//! Anser: a document database inside your program.

#![forbid(unsafe_code)]

pub mod engine;
pub mod error;

pub use error::{Error, ErrorKind, Result};
