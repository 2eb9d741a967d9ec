//! The verbs of collections, one file each.
//!
//! Each takes the engine, a namespace and what is asked, and is what the engine's method of that name does.

pub(crate) mod count;
pub(crate) mod distinct;
pub(crate) mod explain;
pub(crate) mod find;
