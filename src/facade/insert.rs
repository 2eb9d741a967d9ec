//! Inserting.

use super::exec::{Blocking, Exec};
use super::result::{InsertManyResult, InsertOneResult};
use super::target::Target;
use super::timestamps;
use crate::engine::WriteOptions;
use crate::error::{Error, Result};
use crate::model::bytes;
use anser_storage::Durability;
use bson::Bson;
use std::marker::PhantomData;
use std::sync::Arc;

/// Inserts a document: made by [`Collection::insert_one`](crate::Collection::insert_one).
#[must_use = "an action does nothing until `.run()`"]
pub struct InsertOne<X: Exec = Blocking> {
    target: Arc<Target>,
    document: Result<Vec<u8>>,
    options: WriteOptions,
    exec: PhantomData<X>,
}

impl<X: Exec> InsertOne<X> {
    pub(super) fn new(target: Arc<Target>, document: Result<Vec<u8>>) -> Self {
        InsertOne { target, document, options: WriteOptions::default(), exec: PhantomData }
    }

    /// What is promised when it returns. Default: as the database was opened.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.options.durability = Some(durability);
        self
    }

    /// Inserts it.
    ///
    /// # Errors
    /// DuplicateKey (11000), a value that cannot be stored, those of the storage. Nothing is stored then.
    pub fn run(self) -> X::Out<Result<InsertOneResult>> {
        X::run(move || {
            let mut document = self.document?;
            let (engine, namespace) = self.target.ready()?;
            if let Some(names) = self.target.timestamps() {
                timestamps::on_insert(&mut document, names, timestamps::now());
            }
            let document = bytes::into_raw(Ok(document))?;
            let mut outcome = engine.insert(namespace, vec![document], &self.options)?;
            if !outcome.write_errors.is_empty() {
                return Err(Error::from_write_errors(outcome.write_errors));
            }
            Ok(InsertOneResult { inserted_id: outcome.ids.pop().unwrap_or(Bson::Null) })
        })
    }
}

/// Inserts documents: made by [`Collection::insert_many`](crate::Collection::insert_many).
#[must_use = "an action does nothing until `.run()`"]
pub struct InsertMany<X: Exec = Blocking> {
    target: Arc<Target>,
    documents: Result<Vec<Vec<u8>>>,
    options: WriteOptions,
    exec: PhantomData<X>,
}

impl<X: Exec> InsertMany<X> {
    pub(super) fn new(target: Arc<Target>, documents: Result<Vec<Vec<u8>>>) -> Self {
        InsertMany { target, documents, options: WriteOptions::default(), exec: PhantomData }
    }

    /// Whether the first failure ends the batch. Default: yes.
    pub fn ordered(mut self, ordered: bool) -> Self {
        self.options.ordered = ordered;
        self
    }

    /// All of them or none: one failure undoes the whole.
    pub fn atomic(mut self) -> Self {
        self.options.atomic = true;
        self
    }

    /// What is promised when it returns. Default: as the database was opened.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.options.durability = Some(durability);
        self
    }

    /// Inserts them.
    ///
    /// # Errors
    /// The first failure, and all of them in [`Error::write_errors`] by position. In an ordered batch what
    /// precedes the failure is stored; in an unordered one everything that can be.
    pub fn run(self) -> X::Out<Result<InsertManyResult>> {
        X::run(move || {
            let documents = self.documents?;
            let (engine, namespace) = self.target.ready()?;
            let stamps = self.target.timestamps().map(|names| (names, timestamps::now()));
            let stamped = documents.into_iter().map(|mut document| {
                if let Some((names, now)) = stamps {
                    timestamps::on_insert(&mut document, names, now);
                }
                bytes::into_raw(Ok(document))
            });
            let outcome = engine.insert(namespace, stamped.collect::<Result<_>>()?, &self.options)?;
            if !outcome.write_errors.is_empty() {
                return Err(Error::from_write_errors(outcome.write_errors));
            }
            Ok(InsertManyResult { inserted_ids: outcome.ids.into_iter().enumerate().collect() })
        })
    }
}
