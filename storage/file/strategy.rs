//! The strategy: [`Resident`] over the folder.

use super::log::FileLog;
use super::options::FileOptions;
use crate::capability::Capabilities;
use crate::durability::Durability;
use crate::error::Result;
use crate::resident::Resident;
use crate::strategy::{Maintenance, ReadTxn, StorageStrategy, WriteTxn};
use crate::tree::TreeId;
use std::path::Path;

/// A storage in a folder of readable files: one line a document, as Extended JSON.
///
/// Everything is held in memory while it is open. A commit is a frame at the end of the log `wal.ndjson`; the data
/// files, `<database>.<collection>.data.ndjson`, are as of the last checkpoint. One process may have a folder open.
///
/// ```
/// use anser_storage::file::{FileOptions, FileStrategy};
/// use anser_storage::{Durability, Key, Shape, StorageStrategy, TreeId, TreeSpec};
///
/// let folder = tempfile::tempdir()?;
/// let storage = FileStrategy::open(folder.path().join("data"), FileOptions::default())?;
/// let mut write = storage.begin_write(Durability::Synced)?;
/// write.create_tree(TreeId(1), &TreeSpec { shape: Shape::Records, derived: false, label: "main.users" })?;
/// let record = write.append(TreeId(1), b"any bytes")?;
/// write.commit()?;
/// storage.close()?;
///
/// let storage = FileStrategy::open(folder.path().join("data"), FileOptions::default())?;
/// assert!(storage.begin_read()?.get(TreeId(1), Key::Record(record), &mut |_| {})?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileStrategy(Resident);

impl FileStrategy {
    /// Opens the folder at `path`, which is made where it is missing; the folder that it is in must be there.
    ///
    /// # Errors
    /// Busy when another process, or this one, has it open; NotADatabase for a file and for a folder that holds
    /// something else; NewerFormat; Corrupt, naming file and line, for what is not as it was written; ReadOnly and
    /// Io from the system.
    pub fn open(path: impl AsRef<Path>, _options: FileOptions) -> Result<FileStrategy> {
        Ok(FileStrategy(Resident::new(FileLog::open(path.as_ref())?)?))
    }
}

impl StorageStrategy for FileStrategy {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn trees(&self) -> Result<Vec<TreeId>> {
        self.0.trees()
    }

    fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.0.begin_read()
    }

    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>> {
        self.0.begin_write(durability)
    }

    fn maintenance(&self) -> Option<&dyn Maintenance> {
        self.0.maintenance()
    }

    fn close(&self) -> Result<()> {
        self.0.close()
    }
}
