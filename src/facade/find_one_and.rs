//! Finding one document and updating, replacing or deleting it in one transaction.

use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::record::Record;
use super::target::Target;
use super::update;
use crate::engine::{FindAndModify, Hint, Modification};
use crate::error::Result;
use crate::model::{self, Filter, IntoProjection, IntoSort, Projection, Sort, bytes};
use anser_storage::Durability;
use std::marker::PhantomData;
use std::sync::Arc;

/// Which state of a document is given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnDocument {
    /// As it was.
    #[default]
    Before,
    /// As it is afterwards.
    After,
}

/// What is common to the three actions.
struct Request<T> {
    target: Arc<Target>,
    filter: Filter<T>,
    sort: Option<Sort<T>>,
    projection: Option<Projection<T>>,
    hint: Option<Result<Hint>>,
    durability: Option<Durability>,
    upsert: bool,
    return_document: ReturnDocument,
}

impl<T: Record> Request<T> {
    fn new(target: Arc<Target>, filter: Filter<T>) -> Self {
        Request {
            target,
            filter,
            sort: None,
            projection: None,
            hint: None,
            durability: None,
            upsert: false,
            return_document: ReturnDocument::Before,
        }
    }

    fn run<R: Record>(self, modification: Result<Modification>) -> Result<Option<R>> {
        let request = FindAndModify {
            filter: bytes::into_raw(self.filter.into_bytes())?,
            modification: modification?,
            sort: self.sort.map(|sort| bytes::into_raw(sort.into_bytes())).transpose()?,
            projection: self.projection.map(|of| bytes::into_raw(of.into_bytes())).transpose()?,
            upsert: self.upsert,
            return_new: self.return_document == ReturnDocument::After,
            hint: self.hint.transpose()?,
            durability: self.durability,
        };
        let (engine, namespace) = self.target.ready()?;
        let outcome = engine.find_and_modify(namespace, &request)?;
        outcome.value.map(|document| R::decode(document.as_bytes())).transpose()
    }
}

/// The options that all three have.
macro_rules! common_options {
    ($name:ident, $change:ident) => {
        impl<T: Record, R: Record, X: Exec> $name<T, R, X> {
            /// Which match is the first.
            pub fn sort(mut self, sort: impl IntoSort<T>) -> Self {
                self.request.sort = Some(sort.into_sort());
                self
            }

            /// What of the document is given back; see [`with_type`](Self::with_type) for what it is then.
            pub fn projection(mut self, projection: impl IntoProjection<T>) -> Self {
                self.request.projection = Some(projection.into_projection());
                self
            }

            /// Gives the document back as another type.
            pub fn with_type<S: Record>(self) -> $name<T, S, X> {
                $name { request: self.request, $change: self.$change, types: PhantomData }
            }

            /// Which index to use. One that is not there is BadValue (2).
            pub fn hint(mut self, hint: impl IntoHint<T>) -> Self {
                self.request.hint = Some(hint.into_hint());
                self
            }

            /// What is promised when it returns. Default: as the database was opened.
            pub fn durability(mut self, durability: Durability) -> Self {
                self.request.durability = Some(durability);
                self
            }
        }
    };
}

/// The options of those that leave a document.
macro_rules! leaving_options {
    ($name:ident) => {
        impl<T: Record, R: Record, X: Exec> $name<T, R, X> {
            /// Whether a document is inserted when none matches. Default: no.
            pub fn upsert(mut self, upsert: bool) -> Self {
                self.request.upsert = upsert;
                self
            }

            /// Which state of the document is given back. Default: as it was.
            pub fn return_document(mut self, which: ReturnDocument) -> Self {
                self.request.return_document = which;
                self
            }
        }
    };
}

/// Updates one document and gives it back: made by
/// [`Collection::find_one_and_update`](crate::Collection::find_one_and_update).
#[must_use = "an action does nothing until `.run()`"]
pub struct FindOneAndUpdate<T, R = T, X: Exec = Blocking> {
    request: Request<T>,
    update: model::Update<T>,
    types: PhantomData<fn() -> (R, X)>,
}

common_options!(FindOneAndUpdate, update);
leaving_options!(FindOneAndUpdate);

impl<T: Record, R: Record, X: Exec> FindOneAndUpdate<T, R, X> {
    pub(super) fn new(target: Arc<Target>, filter: Filter<T>, update: model::Update<T>) -> Self {
        FindOneAndUpdate { request: Request::new(target, filter), update, types: PhantomData }
    }

    /// Updates it. `None`: no document matched (nor was one inserted, with [`ReturnDocument::After`]).
    ///
    /// # Errors
    /// A filter or update that MongoDB would refuse, DuplicateKey (11000), those of the storage.
    pub fn run(self) -> X::Out<Result<Option<R>>> {
        X::run(move || {
            let update = update::operators(self.update, &self.request.target, self.request.upsert);
            self.request.run(update.map(Modification::Update))
        })
    }
}

/// Replaces one document and gives it back: made by
/// [`Collection::find_one_and_replace`](crate::Collection::find_one_and_replace).
#[must_use = "an action does nothing until `.run()`"]
pub struct FindOneAndReplace<T, R = T, X: Exec = Blocking> {
    request: Request<T>,
    replacement: Result<Vec<u8>>,
    types: PhantomData<fn() -> (R, X)>,
}

common_options!(FindOneAndReplace, replacement);
leaving_options!(FindOneAndReplace);

impl<T: Record, R: Record, X: Exec> FindOneAndReplace<T, R, X> {
    pub(super) fn new(target: Arc<Target>, filter: Filter<T>, replacement: Result<Vec<u8>>) -> Self {
        FindOneAndReplace { request: Request::new(target, filter), replacement, types: PhantomData }
    }

    /// Replaces it. `None`: no document matched (nor was one inserted, with [`ReturnDocument::After`]).
    ///
    /// # Errors
    /// A filter that MongoDB would refuse, DuplicateKey (11000), those of the storage.
    pub fn run(self) -> X::Out<Result<Option<R>>> {
        X::run(move || {
            let replacement = update::replacement(self.replacement, &self.request.target);
            self.request.run(replacement.map(Modification::Update))
        })
    }
}

/// Deletes one document and gives it back: made by
/// [`Collection::find_one_and_delete`](crate::Collection::find_one_and_delete).
#[must_use = "an action does nothing until `.run()`"]
pub struct FindOneAndDelete<T, R = T, X: Exec = Blocking> {
    request: Request<T>,
    removal: (),
    types: PhantomData<fn() -> (R, X)>,
}

common_options!(FindOneAndDelete, removal);

impl<T: Record, R: Record, X: Exec> FindOneAndDelete<T, R, X> {
    pub(super) fn new(target: Arc<Target>, filter: Filter<T>) -> Self {
        FindOneAndDelete { request: Request::new(target, filter), removal: (), types: PhantomData }
    }

    /// Deletes it. `None`: no document matched.
    ///
    /// # Errors
    /// A filter that MongoDB would refuse; those of the storage.
    pub fn run(self) -> X::Out<Result<Option<R>>> {
        X::run(move || self.request.run(Ok(Modification::Remove)))
    }
}
