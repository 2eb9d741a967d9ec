//! The typed face of the engine: collections of models, and what can be done with them.
//!
//! A verb of [`Collection`] makes an action; options are chained on it; `.run()?` carries it out. Names and options
//! follow the official `mongodb` driver for Rust. Everything is encoded when an action is made, so that an action
//! borrows nothing; mistakes in values wait for `.run()`. One file a family of verbs. The invariant: nothing here
//! decides what a filter or an update means; bytes go down to the [`Engine`](crate::engine::Engine), and come back.

mod bulk_write;
mod collection;
mod count;
mod cursor;
mod database;
mod delete;
mod distinct;
mod exec;
mod find;
mod find_one_and;
mod hint;
mod index;
mod insert;
mod plain;
mod record;
mod result;
mod target;
mod timestamps;
mod update;

pub use collection::Collection;
pub use cursor::Cursor;
pub use exec::{Blocking, Exec};
pub use hint::IntoHint;
pub use index::{IndexModel, IntoIndex};
pub use record::Record;
pub use result::{
    BulkWriteResult, CreateIndexesResult, DeleteResult, InsertManyResult, InsertOneResult, OperationResult,
    UpdateResult,
};

/// The actions: what the verbs of [`Collection`] and [`Database`](crate::Database) give, to be run.
pub mod actions {
    pub use super::bulk_write::{BulkWrite, WriteModel};
    pub use super::count::CountDocuments;
    pub use super::delete::Delete;
    pub use super::distinct::{Distinct, IntoPath};
    pub use super::find::{Find, FindIterator, FindOne};
    pub use super::find_one_and::{FindOneAndDelete, FindOneAndReplace, FindOneAndUpdate, ReturnDocument};
    pub use super::insert::{InsertMany, InsertOne};
    pub use super::plain::Action;
    pub use super::update::{ReplaceOne, Update};
}
