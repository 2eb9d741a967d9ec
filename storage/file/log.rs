//! The folder as a log of documents: appending, and waiting for the disk.

use super::disk::{Disk, DiskFile};
use super::format::WAL;
use super::manifest::Manifest;
use super::wal::{self, Marks};
use crate::durability::Durability;
use crate::error::{Error, ErrorKind, Result};
use crate::resident::{Batch, Change, Contents, DocumentLog, Ticket};
use crate::sync::Syncer;
use crate::tree::TreeId;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much of the log is written ahead, as empty lines: a sync of bytes that the file already has need not write
/// the file's length, too.
const FILL_BYTES: usize = 1 << 20;
/// A frame longer than this is appended without.
const FILLED_FRAME_BYTES_MAX: usize = 64 << 10;

/// The folder of a file storage.
#[derive(Debug)]
pub(super) struct FileLog {
    pub(super) folder: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
    /// Held as long as the storage is open.
    pub(super) lock: Mutex<Option<File>>,
    pub(super) end: Arc<End>,
    pub(super) syncer: Arc<Syncer>,
    /// Held by a checkpoint.
    pub(super) manifest: Mutex<Manifest>,
    /// What the data files take.
    pub(super) data_bytes: AtomicU64,
}

/// The end of the log, where writers and syncs meet.
#[derive(Debug)]
pub(super) struct End {
    pub(super) writer: Mutex<Writer>,
    /// The last frame known to be on the disk.
    pub(super) synced: AtomicU64,
    /// What the log takes, fill left out.
    pub(super) log_bytes: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) file: Arc<dyn DiskFile>,
    /// The last frame.
    pub(super) sequence: u64,
    /// Where it ends.
    pub(super) end: u64,
    /// Where the file ends.
    pub(super) filled: u64,
    pub(super) marks: Marks,
    /// The last frame that touched each tree, since the data files were written.
    pub(super) dirty: HashMap<TreeId, u64>,
    /// Whether the last frame is what closing leaves.
    pub(super) closed: bool,
    /// Why nothing may be written any more.
    pub(super) broken: Option<String>,
    buffer: Vec<u8>,
}

impl Writer {
    pub(super) fn new(file: Arc<dyn DiskFile>) -> Writer {
        Writer {
            file,
            sequence: 0,
            end: 0,
            filled: 0,
            marks: Marks::default(),
            dirty: HashMap::new(),
            closed: true,
            broken: None,
            buffer: Vec::new(),
        }
    }

    /// Appends the frame that stands in the buffer.
    fn write(&mut self, fill: bool) -> std::io::Result<()> {
        let length = self.buffer.len();
        let end = self.end + length as u64;
        if fill && length <= FILLED_FRAME_BYTES_MAX && end > self.filled {
            self.buffer.resize(length + FILL_BYTES, b'\n');
            let written = self.file.write_at(self.end, &self.buffer);
            self.buffer.truncate(length);
            if written.is_ok() {
                self.filled = end + FILL_BYTES as u64;
                self.end = end;
                return Ok(());
            }
            // Perhaps there is room for the frame alone.
        }
        if let Err(error) = self.file.write_at(self.end, &self.buffer) {
            // What was written of it must not stay: the next frame would stand behind it.
            match self.file.truncate(self.end) {
                Ok(()) => self.filled = self.end,
                Err(error) => self.broken = Some(error.to_string()),
            }
            return Err(error);
        }
        self.filled = self.filled.max(end);
        self.end = end;
        Ok(())
    }
}

impl End {
    /// Syncs what is written.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        let (file, sequence) = {
            let writer = self.writer.lock();
            (Arc::clone(&writer.file), writer.sequence)
        };
        file.sync()?;
        self.synced.fetch_max(sequence, Ordering::AcqRel);
        Ok(())
    }
}

impl FileLog {
    pub(super) fn failed(&self, doing: &str, error: impl Into<Error>) -> Error {
        error.into().at(format!("{}: {doing}", self.folder.display()))
    }

    fn frame(&self, writer: &mut Writer, batch: &Batch, fill: bool) -> Result<()> {
        if let Some(reason) = &writer.broken {
            let message = format!(
                "{}: an earlier write failed ({reason}); writes are refused until the storage is opened again",
                self.folder.join(WAL).display()
            );
            return Err(Error::new(ErrorKind::Poisoned, message));
        }
        self.syncer.check()?;
        let sequence = writer.sequence + 1;
        writer.buffer.clear();
        let synced = self.end.synced.load(Ordering::Acquire);
        wal::write_frame(batch, sequence, synced, &mut writer.buffer);
        writer.write(fill).map_err(|error| self.failed("writing the log", error))?;
        writer.sequence = sequence;
        writer.marks.note(sequence, writer.end);
        writer.closed = batch.is_empty();
        for change in batch.iter() {
            writer.dirty.insert(change.tree(), sequence);
        }
        self.end.log_bytes.store(writer.end, Ordering::Relaxed);
        if writer.buffer.capacity() > 4 << 20 {
            writer.buffer = Vec::new();
        }
        Ok(())
    }
}

impl DocumentLog for FileLog {
    fn name(&self) -> &str {
        "file"
    }

    fn load(&self, visit: &mut dyn FnMut(Change<'_>) -> Result<()>) -> Result<Ticket> {
        self.load_folder(visit)
    }

    fn append(&self, batch: &Batch, durability: Durability) -> Result<Ticket> {
        let mut writer = self.end.writer.lock();
        self.frame(&mut writer, batch, durability == Durability::Synced)?;
        let ticket = Ticket(writer.sequence);
        drop(writer);
        if let Durability::Within(delay) = durability
            && let Err(error) = self.syncer.sync_within(delay)
        {
            // Without a thread the deadline cannot be kept; a sync now keeps it.
            self.syncer.sync().map_err(|_| error)?;
        }
        Ok(ticket)
    }

    fn wait(&self, ticket: Ticket) -> Result<()> {
        if self.end.synced.load(Ordering::Acquire) >= ticket.0 {
            return Ok(());
        }
        self.syncer.sync()
    }

    fn compact(&self, contents: &Contents) -> Result<()> {
        self.checkpoint(contents)
    }

    fn size_bytes(&self) -> Result<u64> {
        Ok(self.data_bytes.load(Ordering::Relaxed) + self.end.log_bytes.load(Ordering::Relaxed))
    }

    /// Leaves a last frame that vouches for all others, and no fill.
    fn close(&self) -> Result<()> {
        let closed = self.end_log();
        self.lock.lock().take();
        closed
    }
}

impl FileLog {
    fn end_log(&self) -> Result<()> {
        self.syncer.close()?;
        self.syncer.check()?;
        self.end.sync().map_err(|error| self.failed("syncing the log", error))?;
        let mut writer = self.end.writer.lock();
        if !writer.closed && writer.broken.is_none() {
            self.frame(&mut writer, &Batch::default(), false)?;
        }
        if writer.filled > writer.end {
            writer.file.truncate(writer.end).map_err(|error| self.failed("cutting the log", error))?;
            writer.filled = writer.end;
        }
        let file = Arc::clone(&writer.file);
        drop(writer);
        file.sync().map_err(|error| self.failed("syncing the log", error))
    }
}
