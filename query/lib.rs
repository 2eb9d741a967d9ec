//! What documents, filters and updates mean, as MongoDB means them.
//!
//! No I/O, no clock, no lock: everything here is a function of bytes and of the [`Context`] it is given.
//! The engine asks; the storage below never does.

#![forbid(unsafe_code)]

pub mod aggregate;
pub mod context;
pub mod error;
pub mod expr;
pub mod field_path;
pub mod filter;
pub mod path;
pub mod project;
pub mod sort;
pub mod update;
pub mod value;

pub use context::Context;
pub use error::{Code, Error, Result};
pub use expr::Expression;
pub use filter::{Filter, Matcher};
pub use path::Path;
pub use project::Projection;
pub use sort::Sort;
pub use update::Update;
