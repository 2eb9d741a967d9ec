//! What a log of documents owes.

use super::batch::{Batch, Change};
use super::contents::Contents;
use crate::durability::Durability;
use crate::error::Result;
use std::fmt::Debug;

/// The place of a batch in its log. A later batch has a larger one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Somewhere to put documents. [`Resident`](super::Resident) makes it a storage.
///
/// The sentences on the methods are laws. [`crate::conformance`], run on a `Resident` over the log, holds them.
pub trait DocumentLog: Debug + Send + Sync + 'static {
    /// What storages over it are called, for people.
    fn name(&self) -> &str {
        "resident"
    }

    /// Shows `visit` changes that, done in their order to nothing, give everything that was appended, and ends at
    /// the first error of `visit` with that error. A batch is shown whole or not at all, and none without all
    /// before it. A batch that was waited for is always shown. Returns the ticket of the last batch, the default
    /// one where there is none. Called once, before anything else.
    fn load(&self, visit: &mut dyn FnMut(Change<'_>) -> Result<()>) -> Result<Ticket>;

    /// Adds a batch at the end. When it returns, the batch survives the process, but perhaps not the machine; with
    /// [`Durability::Within`] the log sees to it that the batch is safe in time. An error means that the batch
    /// will never be loaded. Never called by two threads at once.
    fn append(&self, batch: &Batch, durability: Durability) -> Result<Ticket>;

    /// Returns when the batch of `ticket`, and every batch before it, survives the machine. Many threads wait at
    /// once, and while they do, others append. After an error every later `append` is refused.
    fn wait(&self, ticket: Ticket) -> Result<()>;

    /// Gives room back: what is loaded from now on is `contents`, and the batches behind
    /// [`Contents::through`]. Appends go on meanwhile. An error, or the end of the process at any point, leaves
    /// the log as good as it was. Never called by two threads at once.
    fn compact(&self, contents: &Contents) -> Result<()>;

    /// How many bytes the log takes where it is; 0 where that is not known. Beyond twice what is in memory, and
    /// some, `compact` is called.
    fn size_bytes(&self) -> Result<u64>;

    /// Makes everything appended survive the machine, ends background work and gives everything back. Called once,
    /// and nothing is called after it.
    fn close(&self) -> Result<()>;
}
