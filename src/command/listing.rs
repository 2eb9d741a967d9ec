//! Cursors over documents that are made on the spot: lists of collections and of indexes.

use super::Call;
use super::arguments::{Argument, each_of_statement, invalid_bson};
use super::cursors::OpenCursor;
use crate::engine::{DocumentCursor, Namespace};
use crate::error::Result;
use bson::{Document, RawDocument, RawDocumentBuf};

/// A list to answer with.
pub(super) struct Listing {
    /// What the cursor says it is over.
    pub(super) namespace: Namespace,
    /// What is in it.
    pub(super) documents: Vec<Document>,
    /// How many a batch holds.
    pub(super) batch_size: Option<u64>,
}

impl Listing {
    /// Answers with the first batch.
    pub(super) fn reply(self, call: &Call<'_>) -> Result<RawDocumentBuf> {
        let rows = self
            .documents
            .iter()
            .map(|document| RawDocumentBuf::try_from(document).map_err(|error| invalid_bson(&error)));
        let cursor = Made { rows: rows.collect::<Result<_>>()?, at: 0 };
        let open = OpenCursor::new(Box::new(cursor), self.namespace);
        call.cursors.first_batch(open, Some(self.batch_size.unwrap_or(u64::MAX)), false)
    }
}

/// Reads `cursor: {batchSize}`.
pub(super) fn batch_size(scope: &str, argument: &Argument<'_>) -> Result<Option<u64>> {
    let mut size = None;
    each_of_statement(scope, argument.object()?, |field| {
        if field.name == "batchSize" {
            size = field.not_negative()?;
        }
        Ok(field.name == "batchSize")
    })?;
    Ok(size)
}

/// A cursor over rows that are there already.
pub(super) struct Made {
    rows: Vec<RawDocumentBuf>,
    at: usize,
}

impl Made {
    /// A cursor over `rows`.
    pub(super) fn new(rows: Vec<RawDocumentBuf>) -> Self {
        Made { rows, at: 0 }
    }
}

impl DocumentCursor for Made {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        self.at += 1;
        Ok(self.rows.get(self.at - 1).map(|row| &**row))
    }

    fn is_exhausted(&self) -> bool {
        self.at >= self.rows.len()
    }
}
