//! Cursors: the documents of a query, one after the other, out of a bounded snapshot.
//!
//! A cursor owns its snapshot and fills a buffer from it in batches. A result that fits the first batch gives
//! the snapshot back before the first document is read; another cursor's snapshot is let go after a minute, read
//! or idle, and the cursor goes on in a fresh one behind its last entry. The invariant: the buffer never mixes
//! two snapshots' view of one document, and within one snapshot a record is shown once.
//!
//! Across two snapshots it is as in MongoDB, whose cursors yield: a document whose key was moved forward in the
//! index that is read comes again, and one whose key was moved behind the cursor is not met. Scans of a
//! collection show every record once, for record numbers do not change; and so do the indexes that hold several
//! entries of a document and the unions of indexes, which remember what they have shown.

use crate::catalog::CollectionEntry;
use crate::clock;
use crate::engine::DocumentCursor;
use crate::engine::embedded::Embedded;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Access, Plan};
use crate::run::{self, Deadline, Position};
use crate::snapshot::Snapshot;
use anser_query::{Code, Projection};
use anser_storage::ReadTxn;
use bson::RawDocument;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

/// How long a cursor reads from one snapshot before it goes on in a fresh one.
pub(crate) const SNAPSHOT_MAX: Duration = Duration::from_secs(60);

/// How many documents the first batch holds, as in MongoDB.
const FIRST_BATCH_DOCUMENTS: usize = 101;

/// A batch is full when it holds this many bytes.
const BATCH_BYTES: usize = 1024 * 1024;

/// What a cursor is opened with.
pub(crate) struct Opening {
    pub(crate) engine: Embedded,
    pub(crate) collection: Arc<CollectionEntry>,
    pub(crate) plan: Plan,
    pub(crate) projection: Option<Projection>,
    /// Whether the key of the index stands for the document.
    pub(crate) return_key: bool,
    pub(crate) max_time: Option<Duration>,
    /// Whether the first snapshot is kept for good.
    pub(crate) keep_snapshot: bool,
    pub(crate) snapshot_max: Duration,
}

/// A cursor of the embedded engine.
pub(crate) struct Cursor {
    batch: Batch,
    /// What is needed to go on; `None` when the last document is in the batch.
    source: Option<(Source, Arc<Snapshot>)>,
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

    /// Opens a cursor over the snapshot `txn` and fills its first batch.
    ///
    /// # Errors
    /// What running the plan raises.
    pub(crate) fn open(opening: Opening, txn: Box<dyn ReadTxn>) -> Result<Cursor> {
        let time_left = opening.max_time.filter(|time| !time.is_zero());
        let opened = clock::instant();
        let mut source = Source { opening, position: Position::default(), time_left, first: true };
        let mut batch = Batch::default();
        if !source.fill(&*txn, &mut batch)? {
            return Ok(Cursor { batch, source: None });
        }
        let Opening { engine, snapshot_max, .. } = &source.opening;
        let snapshot = Snapshot::new(txn, opened, *snapshot_max);
        engine.tasks().watch(engine, &snapshot, &mut snapshot.lock());
        Ok(Cursor { batch, source: Some((source, snapshot)) })
    }
}

impl DocumentCursor for Cursor {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        while self.batch.is_read() {
            // An error ends the cursor: it is put back only when the fill went well.
            let Some((mut source, snapshot)) = self.source.take() else { return Ok(None) };
            if source.go_on(&snapshot, &mut self.batch)? {
                self.source = Some((source, snapshot));
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
    /// Fills `batch` from `snapshot`, or from a fresh one when its time is over.
    fn go_on(&mut self, snapshot: &Arc<Snapshot>, batch: &mut Batch) -> Result<bool> {
        let mut slot = snapshot.lock();
        if let Some(txn) = slot.txn() {
            return self.fill(txn, batch);
        }
        slot.release();
        let txn = self.renew()?;
        let more = self.fill(slot.renew(txn, self.opening.snapshot_max), batch)?;
        if more {
            self.opening.engine.tasks().watch(&self.opening.engine, snapshot, &mut slot);
        }
        Ok(more)
    }

    /// Fills `batch` from `txn`; returns whether something may be left.
    fn fill(&mut self, txn: &dyn ReadTxn, batch: &mut Batch) -> Result<bool> {
        batch.clear();
        let start = self.time_left.map(|left| (left, clock::instant()));
        let deadline = Deadline::after(self.time_left);
        let Opening { collection, plan, projection, .. } = &self.opening;
        let return_key = self.opening.return_key;
        let documents_max = if self.first { FIRST_BATCH_DOCUMENTS } else { usize::MAX };
        // What was sorted is there as a whole, and would have to be sorted again.
        let whole = plan.sort.is_some();
        let more = run::resume(txn, collection, plan, &mut self.position, &deadline, &mut |_, document| {
            match projection {
                _ if return_key => run::key::write(&plan.access, document, &mut batch.bytes)?,
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

    /// A fresh snapshot to go on in.
    fn renew(&mut self) -> Result<Box<dyn ReadTxn>> {
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
            Access::Collection(_) => &[][..],
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
        Ok(view.txn)
    }
}

fn killed(why: String) -> Error {
    Error::new(ErrorKind::Namespace, Code::QUERY_PLAN_KILLED, format!("query plan killed :: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::find;
    use crate::database::Database;
    use crate::engine::{DeleteStatement, Engine, FindRequest, IndexSpec, Namespace, WriteOptions};
    use anser_storage::Durability;
    use anser_storage::memory::MemoryStrategy;
    use bson::{RawDocumentBuf, doc, rawdoc};

    const AT_ONCE: Duration = Duration::ZERO;

    fn numbers(count: i32, with_tags: bool) -> (Embedded, Namespace) {
        let engine = Embedded::open(Box::new(MemoryStrategy::new()), Durability::Os).unwrap();
        let namespace = Namespace::new("main", "numbers").unwrap();
        let text = "x".repeat(5000);
        let documents = (0..count).map(|number| match with_tags {
            true => rawdoc! { "_id": number, "tags": [number, number + 1], "text": text.as_str() },
            false => rawdoc! { "_id": number, "half": number / 2, "text": text.as_str() },
        });
        engine.insert(&namespace, documents.collect(), &WriteOptions::default()).unwrap();
        (engine, namespace)
    }

    fn ids(cursor: &mut dyn DocumentCursor) -> Result<Vec<i32>> {
        let mut ids = Vec::new();
        while let Some(document) = cursor.next()? {
            ids.push(document.get_i32("_id").unwrap());
        }
        assert!(cursor.is_exhausted());
        Ok(ids)
    }

    fn request(filter: RawDocumentBuf) -> FindRequest {
        FindRequest { filter, ..FindRequest::default() }
    }

    #[test]
    fn a_small_result_gives_its_snapshot_back_at_once() {
        let (engine, namespace) = numbers(50, false);
        let cursor = find::open(&engine, &namespace, &request(rawdoc! {}), SNAPSHOT_MAX).unwrap();
        assert!(cursor.source.is_none());
        assert!(!cursor.is_exhausted());
    }

    #[test]
    fn a_cursor_goes_on_in_a_fresh_snapshot_behind_its_last_document() {
        let (engine, namespace) = numbers(1000, false);
        engine.create_indexes(&namespace, &[IndexSpec::new(doc! { "half": -1 })]).unwrap();
        for (filter, sort) in [
            (rawdoc! {}, None),
            (rawdoc! { "half": { "$gte": 0 } }, None),
            (rawdoc! { "half": { "$gte": 0 } }, Some(rawdoc! { "half": 1 })),
        ] {
            let request = FindRequest { sort, ..request(filter) };
            let mut cursor = find::open(&engine, &namespace, &request, AT_ONCE).unwrap();
            assert!(cursor.source.is_some(), "more than one batch");
            let mut found = ids(&mut cursor).unwrap();
            found.sort_unstable();
            assert_eq!(found, (0..1000).collect::<Vec<_>>());
        }
    }

    const SHORT: Duration = Duration::from_millis(50);

    /// Waits until the cursor, which nobody reads, has let its snapshot go.
    fn wait_until_released(cursor: &Cursor) {
        let (_, snapshot) = cursor.source.as_ref().expect("more than one batch");
        let start = clock::instant();
        while snapshot.is_held() {
            assert!(start.elapsed() < Duration::from_secs(20), "an idle cursor keeps its snapshot");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn an_idle_cursor_lets_its_snapshot_go_and_goes_on_behind_its_last_document() {
        let (engine, namespace) = numbers(1000, false);
        let mut idle = find::open(&engine, &namespace, &request(rawdoc! {}), SHORT).unwrap();
        let kept = FindRequest { snapshot: true, ..request(rawdoc! {}) };
        let mut kept = find::open(&engine, &namespace, &kept, SHORT).unwrap();
        let young = find::open(&engine, &namespace, &request(rawdoc! {}), SNAPSHOT_MAX).unwrap();
        for expected in 0..300 {
            assert_eq!(idle.next().unwrap().unwrap().get_i32("_id").unwrap(), expected);
        }
        wait_until_released(&idle);
        wait_until_released(&kept);
        assert!(young.source.as_ref().unwrap().1.is_held(), "its time is not over");
        assert_eq!(ids(&mut idle).unwrap(), (300..1000).collect::<Vec<_>>());
        assert_eq!(ids(&mut kept).unwrap_err().code(), Code::SNAPSHOT_UNAVAILABLE);
    }

    #[test]
    fn an_idle_cursor_that_was_renewed_lets_go_again() {
        let (engine, namespace) = numbers(1000, false);
        let mut cursor = find::open(&engine, &namespace, &request(rawdoc! {}), SHORT).unwrap();
        wait_until_released(&cursor);
        for _ in 0..150 {
            cursor.next().unwrap().unwrap();
        }
        wait_until_released(&cursor);
        assert_eq!(ids(&mut cursor).unwrap(), (150..1000).collect::<Vec<_>>());
    }

    #[test]
    fn without_a_thread_a_tick_lets_idle_snapshots_go() {
        let storage = Box::new(MemoryStrategy::new());
        let engine = Embedded::open_with(storage, Durability::Os, crate::tasks::Background::Caller).unwrap();
        let namespace = Namespace::new("main", "numbers").unwrap();
        let documents = (0..300).map(|number| rawdoc! { "_id": number }).collect();
        engine.insert(&namespace, documents, &WriteOptions::default()).unwrap();
        let mut cursor = find::open(&engine, &namespace, &request(rawdoc! {}), SHORT).unwrap();
        std::thread::sleep(SHORT);
        assert!(cursor.source.as_ref().unwrap().1.is_held());
        assert!(engine.tick().unwrap());
        assert!(!cursor.source.as_ref().unwrap().1.is_held());
        assert_eq!(ids(&mut cursor).unwrap().len(), 300);
    }

    #[test]
    fn a_fresh_snapshot_shows_what_was_written_since() {
        let (engine, namespace) = numbers(1000, false);
        let kept = FindRequest { snapshot: true, ..request(rawdoc! {}) };
        let mut kept = find::open(&engine, &namespace, &kept, SNAPSHOT_MAX).unwrap();
        let mut fresh = find::open(&engine, &namespace, &request(rawdoc! {}), AT_ONCE).unwrap();
        let filter = rawdoc! { "_id": { "$gte": 900 } };
        let statement = DeleteStatement { filter, multi: true, hint: None };
        engine.delete(&namespace, &[statement], &WriteOptions::default()).unwrap();
        assert_eq!(ids(&mut kept).unwrap().len(), 1000);
        assert_eq!(ids(&mut fresh).unwrap().len(), 900);
    }

    #[test]
    fn a_kept_snapshot_that_is_too_old_ends_the_cursor() {
        let (engine, namespace) = numbers(1000, false);
        let request = FindRequest { snapshot: true, ..request(rawdoc! {}) };
        let mut cursor = find::open(&engine, &namespace, &request, AT_ONCE).unwrap();
        assert_eq!(ids(&mut cursor).unwrap_err().code(), Code::SNAPSHOT_UNAVAILABLE);
        assert!(cursor.next().unwrap().is_none());
    }

    #[test]
    fn a_document_with_several_entries_is_shown_once_across_snapshots() {
        let (engine, namespace) = numbers(1000, true);
        engine.create_indexes(&namespace, &[IndexSpec::new(doc! { "tags": 1 })]).unwrap();
        let request = request(rawdoc! { "tags": { "$gte": 0 } });
        let mut cursor = find::open(&engine, &namespace, &request, AT_ONCE).unwrap();
        assert_eq!(ids(&mut cursor).unwrap(), (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn a_dropped_collection_or_index_ends_a_cursor_that_needs_a_fresh_snapshot() {
        let (engine, namespace) = numbers(1000, false);
        engine.create_indexes(&namespace, &[IndexSpec::new(doc! { "half": 1 })]).unwrap();
        let by_index = request(rawdoc! { "half": { "$gte": 0 } });
        let mut cursor = find::open(&engine, &namespace, &by_index, AT_ONCE).unwrap();
        engine.drop_indexes(&namespace, &crate::engine::IndexChoice::Name("half_1".into())).unwrap();
        assert_eq!(ids(&mut cursor).unwrap_err().code(), Code::QUERY_PLAN_KILLED);
        let mut cursor = find::open(&engine, &namespace, &request(rawdoc! {}), AT_ONCE).unwrap();
        engine.drop_collection(&namespace).unwrap();
        assert_eq!(ids(&mut cursor).unwrap_err().code(), Code::QUERY_PLAN_KILLED);
    }

    #[test]
    fn skip_and_limit_hold_across_batches() {
        let (engine, namespace) = numbers(1000, false);
        let request = FindRequest { skip: 3, limit: Some(700), ..request(rawdoc! {}) };
        let mut cursor = find::open(&engine, &namespace, &request, AT_ONCE).unwrap();
        assert_eq!(ids(&mut cursor).unwrap(), (3..703).collect::<Vec<_>>());
    }

    #[test]
    fn time_that_is_over_ends_the_query() {
        let (engine, namespace) = numbers(1000, false);
        let request =
            FindRequest { max_time: Some(Duration::from_nanos(1)), ..request(rawdoc! { "half": 3 }) };
        let refused = find::open(&engine, &namespace, &request, AT_ONCE).map(|_| ());
        assert_eq!(refused.unwrap_err().code(), Code::MAX_TIME_MS_EXPIRED);
    }

    #[test]
    fn the_key_is_returned_in_the_documents_place() {
        let (engine, namespace) = numbers(10, true);
        engine.create_indexes(&namespace, &[IndexSpec::new(doc! { "tags": 1, "_id": -1 })]).unwrap();
        let request = FindRequest { return_key: true, ..request(rawdoc! { "tags": { "$gt": 8 } }) };
        let mut cursor = find::open(&engine, &namespace, &request, SNAPSHOT_MAX).unwrap();
        assert_eq!(cursor.next().unwrap().unwrap(), &*rawdoc! { "tags": 9, "_id": 9 });
        assert_eq!(cursor.next().unwrap().unwrap(), &*rawdoc! { "tags": 9, "_id": 8 });
        assert!(cursor.next().unwrap().is_none());
    }

    #[test]
    fn a_collection_that_is_not_there_reads_as_empty_but_its_filter_is_checked() {
        let database = Database::open("memory:").unwrap();
        let namespace = database.namespace("nothing").unwrap();
        let mut cursor = database.engine().find(&namespace, &request(rawdoc! {})).unwrap();
        assert!(cursor.is_exhausted() && cursor.next().unwrap().is_none());
        let refused = database.engine().find(&namespace, &request(rawdoc! { "$no": 1 })).map(|_| ());
        assert_eq!(refused.unwrap_err().code(), Code::BAD_VALUE);
    }
}
