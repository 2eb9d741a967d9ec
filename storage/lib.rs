//! Ordered byte trees in transactions: what a storage owes the engine, and the storages Anser brings.
//!
//! Storage knows bytes and order. It never reads a field of a document.

#![forbid(unsafe_code)]

pub mod capability;
pub mod conformance;
pub mod durability;
pub mod error;
pub mod file;
pub mod layer;
pub mod memory;
pub mod resident;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod strategy;
mod sync;
pub mod tree;
pub mod url;

pub use capability::Capabilities;
pub use durability::Durability;
pub use error::{Error, ErrorKind, Result};
pub use strategy::{Maintenance, ReadTxn, StorageStrategy, WriteTxn};
pub use tree::{Direction, Key, Page, Range, Shape, TreeId, TreeSpec};
pub use url::StorageUrl;
