//! Anser: a document database inside your program.

#![forbid(unsafe_code)]

mod catalog;
mod clock;
pub mod codec;
mod collection;
pub mod command;
mod cursor;
mod database;
pub mod engine;
pub mod error;
mod index;
mod plan;
mod run;
mod tasks;
mod transaction;

pub use anser_query::Code;
pub use anser_storage::Durability;
pub use bson;
pub use database::{Builder, DEFAULT_DATABASE, Database};
pub use error::{Error, ErrorKind, Result};
