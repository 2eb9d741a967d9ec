//! SQLite as a storage: one file that other processes may read and write at the same time.
//!
//! A tree is a table: `d<n>(record INTEGER PRIMARY KEY, document BLOB)` for records,
//! `i<n>(key BLOB PRIMARY KEY, entry BLOB) WITHOUT ROWID` for keys; `anser_trees` says which exist. The
//! invariant of this folder: **nothing learned in one transaction is believed in the next unless SQLite says
//! that nobody else wrote in between** (`PRAGMA data_version`, read in `connection.rs`).

mod connection;
mod failure;
mod format;
mod gate;
mod options;
mod pool;
mod read;
mod records;
mod statement;
mod strategy;
mod sync;
mod write;

pub use format::{APPLICATION_ID, FORMAT};
pub use options::SqliteOptions;
pub use strategy::SqliteStrategy;

#[cfg(test)]
mod tests;
