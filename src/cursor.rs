//! Cursors: the documents of a query, one after the other, out of a bounded snapshot.
//!
//! A cursor owns its snapshot and fills a buffer from it in batches. A result that fits the first batch gives
//! the snapshot back before the first document is read. The invariant: the buffer never mixes two snapshots'
//! view of one document, and a record is not shown twice.

use crate::catalog::CollectionEntry;
use crate::clock;
use crate::engine::DocumentCursor;
use crate::engine::embedded::Embedded;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Access, Plan};
use crate::run::{self, Deadline, Position};
use anser_query::{Code, Projection};
use anser_storage::ReadTxn;
use bson::RawDocument;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a cursor reads from one snapshot before it goes on in a fresh one.
pub(crate) const SNAPSHOT_MAX: Duration = Duration::from_secs(60);

/// How many documents the first batch holds, as in MongoDB.
const FIRST_BATCH_DOCUMENTS: usize = 101;

/// A batch is full when it holds this many bytes.
const BATCH_BYTES: usize = 1024 * 1024;

/// What a cursor is opened with.
pub(crate) struct Opening {
    pub(crate) engine: Embedded,
    pub(crate) txn: Box<dyn ReadTxn>,
    pub(crate) collection: Arc<CollectionEntry>,
    pub(crate) plan: Plan,
    pub(crate) projection: Option<Projection>,
    pub(crate) max_time: Option<Duration>,
    /// Whether the first snapshot is kept for good.
    pub(crate) keep_snapshot: bool,
    pub(crate) snapshot_max: Duration,
}

/// A cursor of the embedded engine.
pub(crate) struct Cursor {
    batch: Batch,
    /// What is needed to go on; `None` when the last document is in the batch.
    source: Option<Source>,
}

/// Documents, one behind the other.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    next: usize,
}

struct Source {
    opening: Opening,
    opened: Instant,
    position: Position,
    /// How much of `max_time` is left; only time spent in the cursor counts.
    time_left: Option<Duration>,
    first: bool,
}

impl Cursor {
    /// A cursor without documents.
    pub(crate) fn empty() -> Cursor {
        Cursor { batch: Batch::default(), source: None }
    }

    /// Opens a cursor and fills its first batch.
    ///
    /// # Errors
    /// What running the plan raises.
    pub(crate) fn open(opening: Opening) -> Result<Cursor> {
        let time_left = opening.max_time.filter(|time| !time.is_zero());
        let opened = clock::instant();
        let mut source = Source { opening, opened, position: Position::default(), time_left, first: true };
        let mut batch = Batch::default();
        let more = source.fill(&mut batch)?;
        Ok(Cursor { batch, source: more.then_some(source) })
    }
}

impl DocumentCursor for Cursor {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        while self.batch.is_read() {
            // An error ends the cursor: it is put back only when the fill went well.
            let Some(mut source) = self.source.take() else { return Ok(None) };
            if source.fill(&mut self.batch)? {
                self.source = Some(source);
            }
        }
        self.batch.take_next()
    }

    fn is_exhausted(&self) -> bool {
        self.source.is_none() && self.batch.is_read()
    }
}

impl Batch {
    fn is_read(&self) -> bool {
        self.next >= self.ends.len()
    }

    fn take_next(&mut self) -> Result<Option<&RawDocument>> {
        let Some(&end) = self.ends.get(self.next) else { return Ok(None) };
        let start = if self.next == 0 { 0 } else { self.ends[self.next - 1] };
        self.next += 1;
        let document = RawDocument::from_bytes(&self.bytes[start..end]);
        document.map(Some).map_err(|error| {
            Error::new(ErrorKind::Storage, Code::INVALID_BSON, "a stored document is broken")
                .with_source(error)
        })
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.next = 0;
    }
}

impl Source {
    /// Fills `batch`; returns whether something may be left.
    fn fill(&mut self, batch: &mut Batch) -> Result<bool> {
        batch.clear();
        if !self.first && self.opened.elapsed() >= self.opening.snapshot_max {
            self.renew()?;
        }
        let start = self.time_left.map(|left| (left, clock::instant()));
        let deadline = Deadline::after(self.time_left);
        let Opening { txn, collection, plan, projection, .. } = &self.opening;
        let documents_max = if self.first { FIRST_BATCH_DOCUMENTS } else { usize::MAX };
        // What was sorted is there as a whole, and would have to be sorted again.
        let whole = plan.sort.is_some();
        let more =
            run::resume(&**txn, collection, plan, &mut self.position, &deadline, &mut |_, document| {
                match projection {
                    Some(projection) => projection.apply(document, &mut batch.bytes),
                    None => batch.bytes.extend_from_slice(document.as_bytes()),
                }
                batch.ends.push(batch.bytes.len());
                let full = batch.ends.len() >= documents_max || batch.bytes.len() >= BATCH_BYTES;
                Ok(if full && !whole { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
        if let Some((left, started)) = start {
            // Zero would mean without end.
            self.time_left = Some(left.saturating_sub(started.elapsed()).max(Duration::from_nanos(1)));
        }
        self.first = false;
        Ok(more)
    }

    /// Goes over to a fresh snapshot.
    fn renew(&mut self) -> Result<()> {
        if self.opening.keep_snapshot {
            return Err(Error::request(
                Code::SNAPSHOT_UNAVAILABLE,
                format!("the cursor's snapshot is older than {:?}", self.opening.snapshot_max),
            ));
        }
        let view = self.opening.engine.read()?;
        let old = &self.opening.collection;
        let Some(collection) = view.catalog.collection_by_uuid(&old.uuid) else {
            return Err(killed(format!("collection dropped: {}", old.namespace)));
        };
        let scans = match &self.opening.plan.access {
            Access::Nothing | Access::Collection(_) => &[][..],
            Access::Index(scan) => std::slice::from_ref(scan),
            Access::Union(scans) => scans,
        };
        for scan in scans {
            // The bounds were made for the arrays that the index had then.
            let same = collection.indexes.iter().any(|index| {
                index.tree == scan.index.tree
                    && index.multikey == scan.index.multikey
                    && index.truncated == scan.index.truncated
            });
            if !same {
                return Err(killed(format!("index '{}' dropped or changed", scan.index.name)));
            }
        }
        self.opening.collection = Arc::clone(collection);
        self.opening.txn = view.txn;
        self.opened = clock::instant();
        Ok(())
    }
}

fn killed(why: String) -> Error {
    Error::new(ErrorKind::Namespace, Code::QUERY_PLAN_KILLED, format!("query plan killed :: {why}"))
}
