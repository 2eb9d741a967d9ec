//! The verbs of collections, one file each.
//!
//! Each takes the engine, a namespace and what is asked, and is what the engine's method of that name does.

mod admit;
pub(crate) mod count;
pub(crate) mod create;
pub(crate) mod create_indexes;
pub(crate) mod delete;
pub(crate) mod distinct;
pub(crate) mod drop;
pub(crate) mod drop_indexes;
pub(crate) mod explain;
pub(crate) mod find;
pub(crate) mod find_and_modify;
pub(crate) mod insert;
pub(crate) mod list;
pub(crate) mod rename;
mod select;
pub(crate) mod update;
