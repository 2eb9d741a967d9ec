//! Anser: a document database inside your program.

#![forbid(unsafe_code)]

extern crate self as anser;

mod catalog;
mod clock;
pub mod codec;
mod collection;
pub mod command;
mod cursor;
mod database;
pub mod engine;
pub mod error;
mod facade;
mod index;
mod model;
mod plan;
mod run;
pub mod schema;
mod tasks;
mod transaction;

pub use anser_query::Code;
pub use anser_storage::Durability;
pub use bson;
pub use database::{Builder, DEFAULT_DATABASE, Database};
pub use error::{Error, ErrorKind, Result};
pub use facade::{
    Blocking, BulkWriteResult, Collection, CreateIndexesResult, Cursor, DeleteResult, Exec, IndexModel,
    InsertManyResult, InsertOneResult, IntoHint, IntoIndex, OperationResult, Record, UpdateResult, actions,
};
pub use anser_derive::{Embed, Model};
pub use model::{
    At, Embed, Field, FieldType, Filter, IntoFilter, IntoProjection, IntoSort, IntoUpdate, Key, KindName, Model,
    Nav, Opaque, Projection, Sort, Stored, Update, ValueFor, kind,
};

#[doc(hidden)]
pub use model::private as __private;

pub mod prelude {
    //! What most programs want: `use anser::prelude::*;`.

    pub use crate::actions::{ReturnDocument, WriteModel};
    pub use crate::{
        Collection, Database, Durability, Embed, Filter, IndexModel, IntoFilter, Model, Sort, Update,
    };
    pub use bson::oid::ObjectId;
    pub use bson::{Bson, DateTime, Document, doc};
}

/// The README's program, held to compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
