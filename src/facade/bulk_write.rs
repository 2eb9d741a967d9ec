//! Many writes of several kinds in one action.
//!
//! The invariant: positions in results and errors are those of the list that was given.

use super::delete;
use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::record::Record;
use super::result::{BulkWriteResult, InsertOneResult, OperationResult};
use super::target::Target;
use super::{timestamps, update};
use crate::engine::{DeleteStatement, Engine, Namespace, UpdateStatement, WriteOptions};
use crate::error::{Error, Result, WriteError};
use crate::model::{IntoFilter, IntoSort, IntoUpdate, bytes};
use anser_storage::Durability;
use bson::{Bson, RawDocumentBuf};
use std::borrow::Borrow;
use std::marker::PhantomData;
use std::sync::Arc;

/// One operation of a bulk write on documents of `T`.
///
/// ```
/// use anser::prelude::*;
/// use anser::actions::WriteModel;
///
/// # #[derive(Model)]
/// # struct User {
/// #     #[model(id)]
/// #     id: i32,
/// #     age: u8,
/// # }
/// # let database = Database::open("memory:")?;
/// let users = database.collection::<User>();
/// let result = users
///     .bulk_write([
///         WriteModel::insert_one(User { id: 1, age: 30 }),
///         WriteModel::insert_one(User { id: 2, age: 17 }),
///         WriteModel::update_many(User::AGE.lt(18), User::AGE.set(18)),
///         WriteModel::delete_one(User::ID.eq(1)),
///     ])
///     .run()?;
/// assert_eq!((result.inserted_count, result.modified_count, result.deleted_count), (2, 1, 1));
/// # Ok::<(), anser::Error>(())
/// ```
#[must_use = "an operation does nothing until it is given to `bulk_write`"]
pub struct WriteModel<T> {
    kind: Kind<T>,
}

enum Kind<T> {
    Insert(Result<Vec<u8>>),
    Update(update::Statement<T>),
    Delete(delete::Statement<T>),
}

impl<T: Record> WriteModel<T> {
    /// Inserts a document.
    pub fn insert_one(document: impl Borrow<T>) -> Self {
        WriteModel { kind: Kind::Insert(document.borrow().encode()) }
    }

    /// Updates the first match.
    pub fn update_one(filter: impl IntoFilter<T>, update: impl IntoUpdate<T>) -> Self {
        let statement = update::Statement::update(filter.into_filter(), update.into_update(), false);
        WriteModel { kind: Kind::Update(statement) }
    }

    /// Updates every match.
    pub fn update_many(filter: impl IntoFilter<T>, update: impl IntoUpdate<T>) -> Self {
        let statement = update::Statement::update(filter.into_filter(), update.into_update(), true);
        WriteModel { kind: Kind::Update(statement) }
    }

    /// Replaces the first match.
    pub fn replace_one(filter: impl IntoFilter<T>, replacement: impl Borrow<T>) -> Self {
        let statement = update::Statement::replacement(filter.into_filter(), replacement.borrow().encode());
        WriteModel { kind: Kind::Update(statement) }
    }

    /// Deletes the first match.
    pub fn delete_one(filter: impl IntoFilter<T>) -> Self {
        let filter = filter.into_filter();
        WriteModel { kind: Kind::Delete(delete::Statement { filter, multi: false, hint: None }) }
    }

    /// Deletes every match.
    pub fn delete_many(filter: impl IntoFilter<T>) -> Self {
        let filter = filter.into_filter();
        WriteModel { kind: Kind::Delete(delete::Statement { filter, multi: true, hint: None }) }
    }

    /// Whether an update or replacement inserts when none matches; others do not change by it.
    pub fn upsert(mut self, upsert: bool) -> Self {
        if let Kind::Update(statement) = &mut self.kind {
            statement.upsert = upsert;
        }
        self
    }

    /// Which match of an update or replacement is the first; others do not change by it.
    pub fn sort(mut self, sort: impl IntoSort<T>) -> Self {
        if let Kind::Update(statement) = &mut self.kind {
            statement.sort = Some(sort.into_sort());
        }
        self
    }

    /// Which index an update, a replacement or a delete uses; inserts do not change by it.
    pub fn hint(mut self, hint: impl IntoHint<T>) -> Self {
        match &mut self.kind {
            Kind::Insert(_) => {}
            Kind::Update(statement) => statement.hint = Some(hint.into_hint()),
            Kind::Delete(statement) => statement.hint = Some(hint.into_hint()),
        }
        self
    }
}

/// Carries out operations: made by [`Collection::bulk_write`](crate::Collection::bulk_write).
#[must_use = "an action does nothing until `.run()`"]
pub struct BulkWrite<T, X: Exec = Blocking> {
    target: Arc<Target>,
    operations: Vec<WriteModel<T>>,
    options: WriteOptions,
    verbose: bool,
    exec: PhantomData<X>,
}

impl<T: Record, X: Exec> BulkWrite<T, X> {
    pub(super) fn new(target: Arc<Target>, operations: Vec<WriteModel<T>>) -> Self {
        BulkWrite { target, operations, options: WriteOptions::default(), verbose: false, exec: PhantomData }
    }

    /// Whether the first failure ends the list. Default: yes.
    pub fn ordered(mut self, ordered: bool) -> Self {
        self.options.ordered = ordered;
        self
    }

    /// Tells what each operation did. Each is a transaction of its own then; otherwise those of one kind that follow
    /// each other share one.
    pub fn verbose_results(mut self, verbose: bool) -> Self {
        self.verbose = verbose;
        self
    }

    /// What is promised when it returns. Default: as the database was opened.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.options.durability = Some(durability);
        self
    }

    /// Carries them out in their order.
    ///
    /// # Errors
    /// An operation that cannot be encoded: nothing is carried out. One that fails: all failures stand in
    /// [`Error::write_errors`] by position; what was carried out stays, in an ordered list everything before the
    /// failure, otherwise everything else.
    pub fn run(self) -> X::Out<Result<BulkWriteResult>> {
        X::run(move || {
            let batches = batches(self.operations, &self.target, self.verbose)?;
            let (engine, namespace) = self.target.ready()?;
            let mut run = Run {
                engine,
                namespace,
                options: &self.options,
                verbose: self.verbose,
                result: BulkWriteResult::default(),
                write_errors: Vec::new(),
            };
            for (position, batch) in batches {
                run.carry_out(position, batch)?;
                if self.options.ordered && !run.write_errors.is_empty() {
                    break;
                }
            }
            if run.write_errors.is_empty() {
                Ok(run.result)
            } else {
                Err(Error::from_write_errors(run.write_errors))
            }
        })
    }
}

/// Operations of one kind that follow each other.
enum Batch {
    Insert(Vec<RawDocumentBuf>),
    Update(Vec<UpdateStatement>),
    Delete(Vec<DeleteStatement>),
}

/// The batches, each with the position of its first operation.
fn batches<T: Record>(
    operations: Vec<WriteModel<T>>,
    target: &Target,
    single: bool,
) -> Result<Vec<(usize, Batch)>> {
    let stamps = target.timestamps().map(|names| (names, timestamps::now()));
    let mut batches: Vec<(usize, Batch)> = Vec::new();
    for (position, operation) in operations.into_iter().enumerate() {
        let at = |error: Error| error.at(format!("operation {position}"));
        let last = if single { None } else { batches.last_mut().map(|(_, batch)| batch) };
        match operation.kind {
            Kind::Insert(document) => {
                let mut document = document.map_err(at)?;
                if let Some((names, now)) = stamps {
                    timestamps::on_insert(&mut document, names, now);
                }
                let document = bytes::into_raw(Ok(document)).map_err(at)?;
                match last {
                    Some(Batch::Insert(documents)) => documents.push(document),
                    _ => batches.push((position, Batch::Insert(vec![document]))),
                }
            }
            Kind::Update(statement) => {
                let statement = statement.build(target).map_err(at)?;
                match last {
                    Some(Batch::Update(statements)) => statements.push(statement),
                    _ => batches.push((position, Batch::Update(vec![statement]))),
                }
            }
            Kind::Delete(statement) => {
                let statement = statement.build().map_err(at)?;
                match last {
                    Some(Batch::Delete(statements)) => statements.push(statement),
                    _ => batches.push((position, Batch::Delete(vec![statement]))),
                }
            }
        }
    }
    Ok(batches)
}

/// A list while it is carried out.
struct Run<'a> {
    engine: &'a dyn Engine,
    namespace: &'a Namespace,
    options: &'a WriteOptions,
    verbose: bool,
    result: BulkWriteResult,
    write_errors: Vec<WriteError>,
}

impl Run<'_> {
    fn carry_out(&mut self, position: usize, batch: Batch) -> Result<()> {
        match batch {
            Batch::Insert(documents) => {
                let mut outcome = self.engine.insert(self.namespace, documents, self.options)?;
                self.result.inserted_count += outcome.inserted;
                if self.succeeded(position, outcome.write_errors) {
                    let inserted_id = outcome.ids.pop().unwrap_or(Bson::Null);
                    self.note(position, || OperationResult::Insert(InsertOneResult { inserted_id }));
                }
            }
            Batch::Update(statements) => {
                let mut outcome = self.engine.update(self.namespace, &statements, self.options)?;
                self.result.matched_count += outcome.matched;
                self.result.modified_count += outcome.modified;
                self.result.upserted_count += outcome.upserted.len() as u64;
                if self.succeeded(position, std::mem::take(&mut outcome.write_errors)) {
                    let result = update::result(outcome)?;
                    self.note(position, || OperationResult::Update(result));
                }
            }
            Batch::Delete(statements) => {
                let mut outcome = self.engine.delete(self.namespace, &statements, self.options)?;
                self.result.deleted_count += outcome.deleted;
                if self.succeeded(position, std::mem::take(&mut outcome.write_errors)) {
                    let result = delete::result(outcome)?;
                    self.note(position, || OperationResult::Delete(result));
                }
            }
        }
        Ok(())
    }

    /// Takes a batch's failures, at their places in the list; whether there were none.
    fn succeeded(&mut self, position: usize, errors: Vec<WriteError>) -> bool {
        let succeeded = errors.is_empty();
        self.write_errors.extend(errors.into_iter().map(|mut error| {
            error.index += position;
            error
        }));
        succeeded
    }

    fn note(&mut self, position: usize, result: impl FnOnce() -> OperationResult) {
        if self.verbose {
            self.result.operations.insert(position, result());
        }
    }
}
