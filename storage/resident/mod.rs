//! A full strategy over anything that can keep a log of documents.
//!
//! Whoever only has somewhere to put documents implements [`DocumentLog`], and [`Resident`] makes it a
//! [`StorageStrategy`](crate::StorageStrategy): everything is held in memory, as [`crate::memory`] does, and every
//! commit is appended to the log before anybody sees it.
//!
//! The invariant to keep in mind: what is published is a prefix of what was appended.
//!
//! Which changes the log carries: those of every tree that is not derived (documents, the catalog). Derived trees
//! can be made anew from these, and do not outlive the process: logging them would double what a commit writes for
//! something that a load builds anyway.

mod batch;
mod compaction;
mod contents;
mod log;
mod strategy;
mod transaction;

pub use batch::{Batch, Change};
pub use contents::{Contents, TreeContents};
pub use log::{DocumentLog, Ticket};
pub use strategy::Resident;

#[cfg(test)]
mod tests;
