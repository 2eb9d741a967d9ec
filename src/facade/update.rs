//! Updating and replacing.

use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::record::Record;
use super::result::UpdateResult;
use super::target::Target;
use super::timestamps;
use crate::engine::{ExplainRequest, Hint, UpdateOutcome, UpdateStatement, Verbosity, WriteOptions};
use crate::error::{Error, Result};
use crate::model::{self, Filter, IntoSort, Sort, bytes};
use anser_query::Code;
use anser_query::value::DocumentRef;
use anser_storage::Durability;
use bson::{Document, RawDocumentBuf};
use std::marker::PhantomData;
use std::sync::Arc;

/// A statement as it is put together: shared by the actions and by bulk writes.
pub(super) struct Statement<T> {
    filter: Filter<T>,
    change: Change<T>,
    multi: bool,
    pub(super) upsert: bool,
    pub(super) sort: Option<Sort<T>>,
    pub(super) hint: Option<Result<Hint>>,
}

/// What a statement does with what it finds.
enum Change<T> {
    Operators(model::Update<T>),
    Replacement(Result<Vec<u8>>),
}

impl<T: Record> Statement<T> {
    pub(super) fn update(filter: Filter<T>, update: model::Update<T>, multi: bool) -> Self {
        Statement { filter, change: Change::Operators(update), multi, upsert: false, sort: None, hint: None }
    }

    pub(super) fn replacement(filter: Filter<T>, document: Result<Vec<u8>>) -> Self {
        let change = Change::Replacement(document);
        Statement { filter, change, multi: false, upsert: false, sort: None, hint: None }
    }

    /// What the engine is asked for.
    pub(super) fn build(self, target: &Target) -> Result<UpdateStatement> {
        let update = self.change.build(target, self.upsert)?;
        Ok(UpdateStatement {
            filter: bytes::into_raw(self.filter.into_bytes())?,
            update,
            multi: self.multi,
            upsert: self.upsert,
            hint: self.hint.transpose()?,
            sort: self.sort.map(|sort| bytes::into_raw(sort.into_bytes())).transpose()?,
        })
    }
}

impl<T> Change<T> {
    fn build(self, target: &Target, upsert: bool) -> Result<RawDocumentBuf> {
        match self {
            Change::Operators(update) => operators(update, target, upsert),
            Change::Replacement(document) => replacement(document, target),
        }
    }
}

/// Update operators with the model's timestamps.
pub(super) fn operators<T>(
    update: model::Update<T>,
    target: &Target,
    upsert: bool,
) -> Result<RawDocumentBuf> {
    let mut update = update.into_operators()?;
    if let Some(names) = target.timestamps() {
        update = timestamps::on_update(update, names, timestamps::now(), upsert);
    }
    bytes::into_raw(Ok(update))
}

/// A replacement with the model's timestamps.
pub(super) fn replacement(document: Result<Vec<u8>>, target: &Target) -> Result<RawDocumentBuf> {
    let mut document = document?;
    let first = DocumentRef::new(&document).elements().next();
    if let Some(first) = first
        && first.name.starts_with(b"$")
    {
        let name = String::from_utf8_lossy(first.name);
        let message = format!("a replacement is a whole document, found the operator {name}");
        return Err(Error::request(Code::FAILED_TO_PARSE, message));
    }
    if let Some(names) = target.timestamps() {
        timestamps::on_replace(&mut document, names, timestamps::now());
    }
    bytes::into_raw(Ok(document))
}

/// The result of an outcome of one statement.
pub(super) fn result(outcome: UpdateOutcome) -> Result<UpdateResult> {
    if !outcome.write_errors.is_empty() {
        return Err(Error::from_write_errors(outcome.write_errors));
    }
    Ok(UpdateResult {
        matched_count: outcome.matched,
        modified_count: outcome.modified,
        upserted_id: outcome.upserted.into_iter().next().map(|(_, id)| id),
    })
}

/// The actions that carry out one update statement.
macro_rules! update_actions {
    ($($(#[$about:meta])* $name:ident;)*) => {$(
        $(#[$about])*
        #[must_use = "an action does nothing until `.run()`"]
        pub struct $name<T, X: Exec = Blocking> {
            target: Arc<Target>,
            statement: Statement<T>,
            options: WriteOptions,
            exec: PhantomData<X>,
        }

        impl<T: Record, X: Exec> $name<T, X> {
            pub(super) fn new(target: Arc<Target>, statement: Statement<T>) -> Self {
                $name { target, statement, options: WriteOptions::default(), exec: PhantomData }
            }

            /// Whether a document is inserted when none matches. Default: no.
            pub fn upsert(mut self, upsert: bool) -> Self {
                self.statement.upsert = upsert;
                self
            }

            /// Which match is the first.
            pub fn sort(mut self, sort: impl IntoSort<T>) -> Self {
                self.statement.sort = Some(sort.into_sort());
                self
            }

            /// Which index to use. One that is not there is BadValue (2).
            pub fn hint(mut self, hint: impl IntoHint<T>) -> Self {
                self.statement.hint = Some(hint.into_hint());
                self
            }

            /// What is promised when it returns. Default: as the database was opened.
            pub fn durability(mut self, durability: Durability) -> Self {
                self.options.durability = Some(durability);
                self
            }

            /// Carries it out.
            ///
            /// # Errors
            /// A filter or update that MongoDB would refuse, DuplicateKey (11000), those of the storage. A document
            /// that fails is as it was.
            pub fn run(self) -> X::Out<Result<UpdateResult>> {
                X::run(move || {
                    let statement = self.statement.build(&self.target)?;
                    let (engine, namespace) = self.target.ready()?;
                    result(engine.update(namespace, &[statement], &self.options)?)
                })
            }

            /// Says how the documents are found, and what that costs (`executionStats`); nothing is written.
            ///
            /// # Errors
            /// As [`run`](Self::run).
            pub fn explain(self) -> X::Out<Result<Document>> {
                X::run(move || {
                    let statement = self.statement.build(&self.target)?;
                    let (engine, namespace) = self.target.ready()?;
                    engine.explain(namespace, &ExplainRequest::Update(statement), Verbosity::ExecutionStats)
                })
            }
        }
    )*};
}

update_actions! {
    /// Updates documents: made by [`Collection::update_one`](crate::Collection::update_one) and
    /// [`update_many`](crate::Collection::update_many).
    Update;
    /// Replaces a document: made by [`Collection::replace_one`](crate::Collection::replace_one).
    ReplaceOne;
}

impl<T: Record, X: Exec> Update<T, X> {
    /// All matches or none: one failure undoes the whole, however many documents there are.
    pub fn atomic(mut self) -> Self {
        self.options.atomic = true;
        self
    }
}
