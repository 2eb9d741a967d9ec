//! Deleting.

use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::record::Record;
use super::result::DeleteResult;
use super::target::Target;
use crate::engine::{DeleteOutcome, DeleteStatement, ExplainRequest, Hint, Verbosity, WriteOptions};
use crate::error::{Error, Result};
use crate::model::{Filter, bytes};
use anser_storage::Durability;
use bson::Document;
use std::marker::PhantomData;
use std::sync::Arc;

/// A statement as it is put together: shared by the action and by bulk writes.
pub(super) struct Statement<T> {
    pub(super) filter: Filter<T>,
    pub(super) multi: bool,
    pub(super) hint: Option<Result<Hint>>,
}

impl<T> Statement<T> {
    /// What the engine is asked for.
    pub(super) fn build(self) -> Result<DeleteStatement> {
        Ok(DeleteStatement {
            filter: bytes::into_raw(self.filter.into_bytes())?,
            multi: self.multi,
            hint: self.hint.transpose()?,
        })
    }
}

/// The result of an outcome of one statement.
pub(super) fn result(outcome: DeleteOutcome) -> Result<DeleteResult> {
    if !outcome.write_errors.is_empty() {
        return Err(Error::from_write_errors(outcome.write_errors));
    }
    Ok(DeleteResult { deleted_count: outcome.deleted })
}

/// Deletes documents: made by [`Collection::delete_one`](crate::Collection::delete_one) and
/// [`delete_many`](crate::Collection::delete_many).
#[must_use = "an action does nothing until `.run()`"]
pub struct Delete<T, X: Exec = Blocking> {
    target: Arc<Target>,
    statement: Statement<T>,
    options: WriteOptions,
    exec: PhantomData<X>,
}

impl<T: Record, X: Exec> Delete<T, X> {
    pub(super) fn new(target: Arc<Target>, filter: Filter<T>, multi: bool) -> Self {
        let statement = Statement { filter, multi, hint: None };
        Delete { target, statement, options: WriteOptions::default(), exec: PhantomData }
    }

    /// Which index to use. One that is not there is BadValue (2).
    pub fn hint(mut self, hint: impl IntoHint<T>) -> Self {
        self.statement.hint = Some(hint.into_hint());
        self
    }

    /// All matches or none, however many there are.
    pub fn atomic(mut self) -> Self {
        self.options.atomic = true;
        self
    }

    /// What is promised when it returns. Default: as the database was opened.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.options.durability = Some(durability);
        self
    }

    /// Deletes.
    ///
    /// # Errors
    /// A filter or hint that MongoDB would refuse; those of the storage.
    pub fn run(self) -> X::Out<Result<DeleteResult>> {
        X::run(move || {
            let statement = self.statement.build()?;
            let (engine, namespace) = self.target.ready()?;
            result(engine.delete(namespace, &[statement], &self.options)?)
        })
    }

    /// Says how the documents are found, and what that costs (`executionStats`); nothing is removed.
    ///
    /// # Errors
    /// As [`run`](Delete::run).
    pub fn explain(self) -> X::Out<Result<Document>> {
        X::run(move || {
            let statement = self.statement.build()?;
            let (engine, namespace) = self.target.ready()?;
            engine.explain(namespace, &ExplainRequest::Delete(statement), Verbosity::ExecutionStats)
        })
    }
}
