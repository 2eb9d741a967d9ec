//! Finding documents.

use super::cursor::Cursor;
use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::record::Record;
use super::target::Target;
use crate::engine::{ExplainRequest, FindRequest, Verbosity};
use crate::error::{Error, Result};
use crate::model::{Filter, IntoProjection, IntoSort, bytes};
use bson::Document;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// Finds documents of `T`, read as `R`: made by [`Collection::find`](crate::Collection::find).
///
/// It is an iterator's beginning too: `for user in users.find(filter).limit(10) { let user = user?; … }`.
#[must_use = "an action does nothing until `.run()`, `.all()`, `.first()` or a loop"]
pub struct Find<T, R = T, X: Exec = Blocking> {
    target: Arc<Target>,
    request: FindRequest,
    /// The first thing that was wrong in what was given.
    fault: Option<Error>,
    filtered: PhantomData<fn() -> T>,
    read: PhantomData<fn() -> (R, X)>,
}

impl<T: Record, R: Record, X: Exec> Find<T, R, X> {
    pub(super) fn new(target: Arc<Target>, filter: Filter<T>) -> Self {
        let (mut request, mut fault) = (FindRequest::default(), None);
        match bytes::into_raw(filter.into_bytes()) {
            Ok(filter) => request.filter = filter,
            Err(error) => fault = Some(error),
        }
        Find { target, request, fault, filtered: PhantomData, read: PhantomData }
    }

    fn take<V>(&mut self, value: Result<V>) -> Option<V> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault.get_or_insert(error);
                None
            }
        }
    }

    /// In which order. Without it: the order in which documents were inserted, or that of the index used.
    pub fn sort(mut self, sort: impl IntoSort<T>) -> Self {
        self.request.sort = self.take(bytes::into_raw(sort.into_sort().into_bytes()));
        self
    }

    /// What of the documents is read; see [`with_type`](Find::with_type) for what they are then.
    pub fn projection(mut self, projection: impl IntoProjection<T>) -> Self {
        self.request.projection = self.take(bytes::into_raw(projection.into_projection().into_bytes()));
        self
    }

    /// Reads the documents as another type: `.projection(…).with_type::<Document>()`.
    pub fn with_type<S: Record>(self) -> Find<T, S, X> {
        Find {
            target: self.target,
            request: self.request,
            fault: self.fault,
            filtered: PhantomData,
            read: PhantomData,
        }
    }

    /// How many documents to leave out first.
    pub fn skip(mut self, documents: u64) -> Self {
        self.request.skip = documents;
        self
    }

    /// How many documents at most; 0: all of them.
    pub fn limit(mut self, documents: u64) -> Self {
        self.request.limit = (documents > 0).then_some(documents);
        self
    }

    /// Which index to use. One that is not there is BadValue (2).
    pub fn hint(mut self, hint: impl IntoHint<T>) -> Self {
        self.request.hint = self.take(hint.into_hint());
        self
    }

    /// The lower bound on the hinted index, inclusive.
    pub fn min(mut self, bound: Document) -> Self {
        self.request.min = self.take(bytes::into_raw(bytes::of_document(&bound)));
        self
    }

    /// The upper bound on the hinted index, exclusive.
    pub fn max(mut self, bound: Document) -> Self {
        self.request.max = self.take(bytes::into_raw(bytes::of_document(&bound)));
        self
    }

    /// Accepted for programs that come from a server: here documents are read one by one as they are asked for, so
    /// that there are no batches to size.
    pub fn batch_size(self, _documents: u32) -> Self {
        self
    }

    /// How long the query may run, all reading included: then it is MaxTimeMSExpired (50).
    pub fn max_time(mut self, time: Duration) -> Self {
        self.request.max_time = Some(time);
        self
    }

    /// Reads the collection as it is when the query begins, however long it takes; SnapshotUnavailable (246) when
    /// the storage cannot keep that. Otherwise a query older than a minute goes on in the state of then.
    pub fn snapshot(mut self) -> Self {
        self.request.snapshot = true;
        self
    }

    /// Opens a cursor.
    ///
    /// # Errors
    /// A filter, sort, projection or hint that MongoDB would refuse; those of the storage.
    pub fn run(self) -> X::Out<Result<Cursor<R>>> {
        X::run(move || self.open())
    }

    /// Reads all documents.
    ///
    /// # Errors
    /// As [`run`](Find::run), and a document that does not fit.
    pub fn all(self) -> X::Out<Result<Vec<R>>> {
        X::run(move || self.open()?.collect())
    }

    /// Reads the first document, if there is one.
    ///
    /// # Errors
    /// As [`all`](Find::all).
    pub fn first(mut self) -> X::Out<Result<Option<R>>> {
        self.request.limit = Some(1);
        X::run(move || self.open()?.next().transpose())
    }

    /// Says how the query is run, and what running it costs (`executionStats`).
    ///
    /// # Errors
    /// As [`run`](Find::run).
    pub fn explain(self) -> X::Out<Result<Document>> {
        self.explain_with(Verbosity::ExecutionStats)
    }

    /// Says how the query would be run, in as much detail as asked for.
    ///
    /// # Errors
    /// As [`run`](Find::run).
    pub fn explain_with(self, verbosity: Verbosity) -> X::Out<Result<Document>> {
        X::run(move || {
            let (target, request) = self.checked()?;
            let (engine, namespace) = target.ready()?;
            engine.explain(namespace, &ExplainRequest::Find(request), verbosity)
        })
    }

    fn checked(self) -> Result<(Arc<Target>, FindRequest)> {
        match self.fault {
            Some(error) => Err(error),
            None => Ok((self.target, self.request)),
        }
    }

    #[inline]
    fn open(self) -> Result<Cursor<R>> {
        let (target, request) = self.checked()?;
        let (engine, namespace) = target.ready()?;
        Ok(Cursor::new(engine.find(namespace, &request)?))
    }
}

impl<T: Record, R: Record> IntoIterator for Find<T, R, Blocking> {
    type Item = Result<R>;
    type IntoIter = FindIterator<R>;

    fn into_iter(self) -> FindIterator<R> {
        match self.open() {
            Ok(cursor) => FindIterator { error: None, cursor: Some(cursor) },
            Err(error) => FindIterator { error: Some(error), cursor: None },
        }
    }
}

/// The documents of a query that a loop runs over; an error of opening it comes first.
pub struct FindIterator<R> {
    error: Option<Error>,
    cursor: Option<Cursor<R>>,
}

impl<R: Record> Iterator for FindIterator<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        match self.error.take() {
            Some(error) => Some(Err(error)),
            None => self.cursor.as_mut()?.next(),
        }
    }
}

/// Finds one document of `T`, read as `R`: made by [`Collection::find_one`](crate::Collection::find_one).
#[must_use = "an action does nothing until `.run()`"]
pub struct FindOne<T, R = T, X: Exec = Blocking> {
    find: Find<T, R, X>,
}

impl<T: Record, R: Record, X: Exec> FindOne<T, R, X> {
    pub(super) fn new(target: Arc<Target>, filter: Filter<T>) -> Self {
        FindOne { find: Find::new(target, filter) }
    }

    /// Which match is the first.
    pub fn sort(self, sort: impl IntoSort<T>) -> Self {
        FindOne { find: self.find.sort(sort) }
    }

    /// What of the document is read; see [`with_type`](FindOne::with_type) for what it is then.
    pub fn projection(self, projection: impl IntoProjection<T>) -> Self {
        FindOne { find: self.find.projection(projection) }
    }

    /// Reads the document as another type.
    pub fn with_type<S: Record>(self) -> FindOne<T, S, X> {
        FindOne { find: self.find.with_type() }
    }

    /// How many matches to leave out first.
    pub fn skip(self, documents: u64) -> Self {
        FindOne { find: self.find.skip(documents) }
    }

    /// Which index to use. One that is not there is BadValue (2).
    pub fn hint(self, hint: impl IntoHint<T>) -> Self {
        FindOne { find: self.find.hint(hint) }
    }

    /// How long the query may run: then it is MaxTimeMSExpired (50).
    pub fn max_time(self, time: Duration) -> Self {
        FindOne { find: self.find.max_time(time) }
    }

    /// Finds it, or `None`.
    ///
    /// # Errors
    /// A filter, sort, projection or hint that MongoDB would refuse; a document that does not fit; those of the
    /// storage.
    #[inline]
    pub fn run(self) -> X::Out<Result<Option<R>>> {
        self.find.first()
    }

    /// Says how it is found, and what that costs (`executionStats`).
    ///
    /// # Errors
    /// As [`run`](FindOne::run).
    pub fn explain(mut self) -> X::Out<Result<Document>> {
        self.find.request.limit = Some(1);
        self.find.explain()
    }
}
