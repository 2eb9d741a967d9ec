//! A folder of readable files that loses nothing.
//!
//! Everything is held in memory by [`Resident`](crate::resident::Resident); the folder holds a file of lines for
//! each collection, as of the last checkpoint, and one log of what came after. Every byte is drawn in
//! `docs/file-format.md`.
//!
//! The invariant to keep in mind: **the manifest decides**. What it does not name does not count, what it names is
//! whole, and of the log counts what is behind the manifest's last sequence number, up to the last whole frame.

mod checkpoint;
mod data;
mod disk;
mod format;
mod json;
mod line;
mod load;
mod lock;
mod log;
mod manifest;
mod options;
mod strategy;
mod wal;

pub use options::FileOptions;
pub use strategy::FileStrategy;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
