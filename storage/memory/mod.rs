//! Everything in memory, gone with the process.
//!
//! The invariant to keep in mind: what is published is never changed while somebody else holds it. Nodes are
//! shared by `Arc` between states; a node that nobody shares is changed in place, any other is copied first.

mod load;
mod overlay;
mod page_tree;
mod slab;
mod snapshot;
mod state;
mod strategy;
mod transaction;
mod writer;

pub(crate) use load::{KEY_BYTES_MAX, Loader, Moment, VALUE_BYTES_MAX};
pub use strategy::MemoryStrategy;

#[cfg(test)]
mod tests;
