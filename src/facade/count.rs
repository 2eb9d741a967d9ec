//! Counting.

use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::record::Record;
use super::target::Target;
use crate::engine::{CountRequest, ExplainRequest, Hint, Verbosity};
use crate::error::Result;
use crate::model::{Filter, bytes};
use bson::Document;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// Counts documents: made by [`Collection::count_documents`](crate::Collection::count_documents).
#[must_use = "an action does nothing until `.run()`"]
pub struct CountDocuments<T, X: Exec = Blocking> {
    target: Arc<Target>,
    filter: Filter<T>,
    request: CountRequest,
    hint: Option<Result<Hint>>,
    exec: PhantomData<X>,
}

impl<T: Record, X: Exec> CountDocuments<T, X> {
    pub(super) fn new(target: Arc<Target>, filter: Filter<T>) -> Self {
        CountDocuments { target, filter, request: CountRequest::default(), hint: None, exec: PhantomData }
    }

    /// How many matches to leave out.
    pub fn skip(mut self, documents: u64) -> Self {
        self.request.skip = documents;
        self
    }

    /// How many to count at most; 0: all of them.
    pub fn limit(mut self, documents: u64) -> Self {
        self.request.limit = (documents > 0).then_some(documents);
        self
    }

    /// Which index to use. One that is not there is BadValue (2).
    pub fn hint(mut self, hint: impl IntoHint<T>) -> Self {
        self.hint = Some(hint.into_hint());
        self
    }

    /// How long it may take: then it is MaxTimeMSExpired (50).
    pub fn max_time(mut self, time: Duration) -> Self {
        self.request.max_time = Some(time);
        self
    }

    /// Counts.
    ///
    /// # Errors
    /// A filter or hint that MongoDB would refuse; those of the storage.
    pub fn run(self) -> X::Out<Result<u64>> {
        X::run(move || {
            let (target, request) = self.build()?;
            let (engine, namespace) = target.ready()?;
            engine.count(namespace, &request)
        })
    }

    /// Says how it is counted, and what that costs (`executionStats`).
    ///
    /// # Errors
    /// As [`run`](CountDocuments::run).
    pub fn explain(self) -> X::Out<Result<Document>> {
        X::run(move || {
            let (target, request) = self.build()?;
            let (engine, namespace) = target.ready()?;
            engine.explain(namespace, &ExplainRequest::Count(request), Verbosity::ExecutionStats)
        })
    }

    fn build(self) -> Result<(Arc<Target>, CountRequest)> {
        let filter = bytes::into_raw(self.filter.into_bytes())?;
        let hint = self.hint.transpose()?;
        Ok((self.target, CountRequest { filter, hint, ..self.request }))
    }
}
