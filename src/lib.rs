//! Anser: a document database inside your program.
//!
//! A struct becomes a model by `#[derive(Model)]`; the program asks MongoDB's questions of it, and its documents live
//! wherever the program says: in memory or in an SQLite file. The answers are the same everywhere.
//!
//! ```
//! use anser::prelude::*;
//!
//! #[derive(Model, Debug)]
//! #[model(index(city, -age))]
//! struct User {
//!     #[model(id)]
//!     id: ObjectId,
//!     #[model(unique)]
//!     email: String,
//!     age: u8,
//!     city: String,
//!     tags: Vec<String>,
//!     address: Option<Address>,
//! }
//!
//! #[derive(Embed, Debug)]
//! struct Address {
//!     street: String,
//!     zip: String,
//! }
//!
//! fn main() -> anser::Result<()> {
//!     let database = Database::open("memory:")?; // or "sqlite:./app.db"
//!     let users = database.collection::<User>();
//!
//!     // Saved. The model's indexes are made on the way.
//!     let ada = User {
//!         id: ObjectId::new(),
//!         email: "ada@example.org".into(),
//!         age: 36,
//!         city: "Oslo".into(),
//!         tags: vec![],
//!         address: Some(Address { street: "Long Street 1".into(), zip: "0150".into() }),
//!     };
//!     users.insert_one(&ada).run()?;
//!
//!     // Asked, by the constants of the model or in MongoDB's own words.
//!     for user in users.find(User::CITY.eq("Oslo") & User::AGE.gte(18)).sort(User::AGE.desc()).limit(10) {
//!         assert_eq!(user?.email, "ada@example.org");
//!     }
//!     let same = users.count_documents(doc! { "city": "Oslo", "age": { "$gte": 18 } }).run()?;
//!     assert_eq!(same, 1);
//!
//!     // Changed. Changes are values that `&` puts together.
//!     let moved = User::ADDRESS.zip().set("0151") & User::TAGS.add_to_set("moved") & User::AGE.inc(1);
//!     let result = users.update_one(User::EMAIL.eq("ada@example.org"), moved).run()?;
//!     assert_eq!(result.modified_count, 1);
//!
//!     // Refused, with MongoDB's number.
//!     let error = users.insert_one(&ada).run().expect_err("there is one Ada");
//!     assert_eq!(error.code(), anser::Code::DUPLICATE_KEY);
//!
//!     // Explained: which index answered, and what it cost.
//!     let plan = users.find(User::CITY.eq("Oslo")).explain()?;
//!     assert!(plan.to_string().contains("city_1_age_-1"));
//!     database.close()
//! }
//! ```
//!
//! # Where to look
//! - **Opening**: [`Database::open`] takes a URL that names the storage; [`Database::builder`] says more: durability, the
//!   database's name, storages of your own.
//! - **Models**: [`Model`] and [`Embed`] list every attribute. [`Field`] is what the constants are; they make
//!   [`Filter`]s, [`Update`]s, [`Sort`]s and [`Projection`]s, and `doc! {}` may stand in place of each.
//! - **Collections**: [`Collection`] has a verb for everything; a verb gives one of the [`actions`], options are
//!   chained on it, `.run()?` carries it out. Names and options are those of the official `mongodb` driver.
//! - **Documents without a model**: `database.collection_named::<Document>("users")` has the same verbs.
//! - **Commands**: [`Database::run_command`] takes MongoDB's commands and gives its replies; [`command`] is that front
//!   door in raw bytes, which the wire protocol's server stands on.
//! - **Errors**: [`Error`] has MongoDB's number ([`Code`]), a message that names what and where, and for batches the
//!   failures by position.
//!
//! # The rooms inside
//! `model/` is the typed language, `schema/` what models say of themselves, `facade/` collections and their actions. All
//! of it becomes raw BSON and goes to the object-safe [`engine::Engine`]; `collection/` has the engine's verbs, `plan/`
//! chooses how to find, `run/` finds, `index/` and `catalog` keep entries and names, `command/` is MongoDB's front door,
//! [`codec`] turns structs into BSON bytes and back. What filters and updates mean is the crate `anser-query`; where
//! bytes are kept is `anser-storage`.

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
mod snapshot;
mod tasks;
mod transaction;

pub use anser_derive::{Embed, Model};
pub use anser_query::Code;
pub use anser_storage::Durability;
pub use bson;
pub use database::{Builder, DEFAULT_DATABASE, Database};
pub use error::{Error, ErrorKind, Result};
pub use facade::{
    Blocking, BulkWriteResult, Collection, CreateIndexesResult, Cursor, DeleteResult, Exec, IndexModel,
    InsertManyResult, InsertOneResult, IntoHint, IntoIndex, OperationResult, Record, UpdateResult, actions,
};
pub use model::{
    At, Embed, Field, FieldType, Filter, IntoFilter, IntoProjection, IntoSort, IntoUpdate, Key, KindName,
    Model, Nav, Opaque, Projection, Sort, Stored, Update, ValueFor, kind,
};

#[doc(hidden)]
pub use model::private as __private;

pub mod prelude {
    //! What most programs want: `use anser::prelude::*;`.
    //!
    //! The derives [`Model`] and [`Embed`], [`Database`] and [`Collection`], the values that questions are made of,
    //! and BSON's own: `doc!`, [`Document`], [`Bson`], [`ObjectId`], [`DateTime`].

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
