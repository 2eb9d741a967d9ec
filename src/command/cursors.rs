//! Open cursors between `find` and `getMore`, by their ids.
//!
//! A cursor is taken out while a batch is read, so that two `getMore`s of one cursor cannot meet in it.

use crate::engine::{DocumentCursor, Namespace};
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::write;
use bson::RawDocumentBuf;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// How many documents the first batch holds when nobody says.
pub(crate) const FIRST_BATCH_DOCUMENTS: u64 = 101;
/// How many bytes of documents a batch holds at most: one document always fits.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long a cursor waits for its next `getMore`.
const IDLE_MAX: Duration = Duration::from_secs(600);

/// How often idle cursors are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A cursor with what it needs between two batches.
pub(crate) struct OpenCursor {
    cursor: Box<dyn DocumentCursor>,
    namespace: Namespace,
    /// A document that was read and did not fit.
    pending: Option<Vec<u8>>,
    last_used: Instant,
}

/// The open cursors of one front door.
#[derive(Default)]
pub(crate) struct Cursors {
    open: Mutex<HashMap<i64, OpenCursor>>,
    hasher: RandomState,
    given: std::sync::atomic::AtomicU64,
    last_look: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursors").field("open", &self.open.lock().len()).finish()
    }
}

impl OpenCursor {
    /// A cursor over `namespace` that nothing was read of.
    pub(crate) fn new(cursor: Box<dyn DocumentCursor>, namespace: Namespace) -> Self {
        OpenCursor { cursor, namespace, pending: None, last_used: Instant::now() }
    }

    /// Appends up to `documents_max` documents as elements of an array to `out`; returns whether the end was
    /// reached.
    fn fill(&mut self, out: &mut Vec<u8>, documents_max: u64) -> Result<bool> {
        if documents_max == 0 {
            // Nothing was asked for, so nothing is known of the end: the cursor stays, as MongoDB's does.
            return Ok(false);
        }
        let start = out.len();
        let mut count = 0;
        let mut buffer = [0; 20];
        if let Some(document) = self.pending.take() {
            write::header(out, anser_query::value::tag::DOCUMENT, write::index_name(count, &mut buffer));
            out.extend_from_slice(&document);
            count += 1;
        }
        while (count as u64) < documents_max {
            let Some(document) = self.cursor.next()? else {
                return Ok(true);
            };
            let bytes = document.as_bytes();
            if count > 0 && out.len() - start + bytes.len() > BATCH_BYTES_MAX {
                self.pending = Some(bytes.to_vec());
                return Ok(false);
            }
            write::header(out, anser_query::value::tag::DOCUMENT, write::index_name(count, &mut buffer));
            out.extend_from_slice(bytes);
            count += 1;
        }
        Ok(self.pending.is_none() && self.cursor.is_exhausted())
    }
}

impl Cursors {
    /// Replies with the first batch of `cursor`, and keeps it when there is more.
    pub(crate) fn first_batch(
        &self,
        cursor: OpenCursor,
        batch_size: Option<u64>,
        single_batch: bool,
    ) -> Result<RawDocumentBuf> {
        self.batch(0, cursor, "firstBatch", batch_size.unwrap_or(FIRST_BATCH_DOCUMENTS), single_batch)
    }

    /// Replies with the next batch of the cursor `id`.
    ///
    /// # Errors
    /// CursorNotFound (43); Unauthorized (13) when it belongs to another namespace.
    pub(crate) fn next_batch(
        &self,
        id: i64,
        namespace: &Namespace,
        batch_size: Option<u64>,
    ) -> Result<RawDocumentBuf> {
        let cursor = {
            let mut open = self.open.lock();
            let Some(found) = open.get(&id) else {
                return Err(Error::new(
                    crate::ErrorKind::Namespace,
                    Code::CURSOR_NOT_FOUND,
                    format!("cursor id {id} not found"),
                ));
            };
            if found.namespace != *namespace {
                return Err(Error::request(
                    Code::UNAUTHORIZED,
                    format!(
                        "Requested getMore on namespace '{namespace}', but cursor belongs to a different namespace {}",
                        found.namespace
                    ),
                ));
            }
            open.remove(&id)
        };
        let Some(cursor) = cursor else {
            return Err(Error::request(Code::CURSOR_NOT_FOUND, format!("cursor id {id} not found")));
        };
        self.batch(id, cursor, "nextBatch", batch_size.filter(|size| *size > 0).unwrap_or(u64::MAX), false)
    }

    fn batch(
        &self,
        id: i64,
        mut cursor: OpenCursor,
        name: &str,
        documents_max: u64,
        single_batch: bool,
    ) -> Result<RawDocumentBuf> {
        let mut reply = super::reply::Reply::new();
        let out = reply.bytes();
        let cursor_start = write::begin_document(out, b"cursor");
        let batch_start = write::begin_array(out, name.as_bytes());
        let ended = cursor.fill(out, documents_max)?;
        write::end(out, batch_start);
        let ns = cursor.namespace.to_string();
        let id = if ended || single_batch { 0 } else { self.keep(id, cursor) };
        write::int64(out, b"id", id);
        write::string(out, b"ns", &ns);
        write::end(out, cursor_start);
        reply.ok()
    }

    /// Keeps a cursor under `id`, or under a new number when that is 0.
    fn keep(&self, id: i64, mut cursor: OpenCursor) -> i64 {
        let now = Instant::now();
        cursor.last_used = now;
        let mut open = self.open.lock();
        let mut id = id;
        while id == 0 || open.contains_key(&id) {
            let number = self.given.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            id = (self.hasher.hash_one(number) >> 1) as i64;
        }
        open.insert(id, cursor);
        id
    }

    /// Ends the cursors that nobody has asked for longer than they wait; looks once in a while only. What an idle
    /// cursor holds until then is its batch: the engine lets its snapshot go by itself.
    pub(crate) fn end_idle(&self, now: Instant) {
        // Somebody else is at it.
        let Some(mut last) = self.last_look.try_lock() else { return };
        if last.is_some_and(|last| now.saturating_duration_since(last) < LOOK_EVERY) {
            return;
        }
        *last = Some(now);
        let mut open = self.open.lock();
        open.retain(|_, cursor| now.saturating_duration_since(cursor.last_used) < IDLE_MAX);
    }

    /// Ends cursors; returns those that were open, and those that were not.
    pub(crate) fn kill(&self, ids: &[i64], namespace: &Namespace) -> (Vec<i64>, Vec<i64>) {
        let mut open = self.open.lock();
        ids.iter().partition(|id| {
            let ours = open.get(id).is_some_and(|cursor| cursor.namespace == *namespace);
            ours && open.remove(id).is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Database;
    use bson::rawdoc;

    #[test]
    fn any_command_ends_the_cursors_that_waited_too_long() {
        let database = Database::open("memory:").unwrap();
        let commands = database.commands();
        let documents: bson::RawArrayBuf = (0..300).map(|id| rawdoc! { "_id": id }).collect();
        commands.run("main", &rawdoc! { "insert": "c", "documents": documents }).unwrap();
        commands.run("main", &rawdoc! { "find": "c" }).unwrap();
        let cursors = &commands.cursors;
        assert_eq!(cursors.open.lock().len(), 1);
        let now = Instant::now();
        cursors.end_idle(now + IDLE_MAX / 2);
        assert_eq!(cursors.open.lock().len(), 1, "it may wait that long");
        cursors.end_idle(now + IDLE_MAX / 2 + LOOK_EVERY / 2);
        cursors.end_idle(now + IDLE_MAX * 2);
        assert_eq!(cursors.open.lock().len(), 0);
    }

    #[test]
    fn a_command_looks_for_idle_cursors() {
        let database = Database::open("memory:").unwrap();
        let commands = database.commands();
        commands.run("main", &rawdoc! { "ping": 1 }).unwrap();
        assert!(commands.cursors.last_look.lock().is_some());
    }
}
