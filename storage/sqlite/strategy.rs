//! The strategy: a pool of connections, one writer's place, a syncer.

use super::format::Location;
use super::gate::Gate;
use super::options::SqliteOptions;
use super::pool::Pool;
use super::read::SqliteRead;
use super::sync::syncer_of;
use super::write::{KEY_BYTES_MAX, SqliteWrite, VALUE_BYTES_MAX};
use crate::capability::Capabilities;
use crate::durability::Durability;
use crate::error::{Error, ErrorKind, Result};
use crate::strategy::{Maintenance, ReadTxn, StorageStrategy, WriteTxn};
use crate::sync::Syncer;
use crate::tree::TreeId;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An SQLite file as a storage.
///
/// Other processes, and other strategies in this one, may use the same file at the same time: one writes,
/// any number reads. Readers see the state of the moment they began and wait for nobody.
///
/// ```
/// use anser_storage::sqlite::{SqliteOptions, SqliteStrategy};
/// use anser_storage::{Durability, Key, Shape, StorageStrategy, TreeId, TreeSpec};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("app.db");
/// let storage = SqliteStrategy::open(&path, SqliteOptions::default())?;
/// let mut write = storage.begin_write(Durability::Synced)?;
/// write.create_tree(TreeId(1), &TreeSpec { shape: Shape::Records, derived: false, label: "users" })?;
/// let record = write.append(TreeId(1), b"Ada")?;
/// write.commit()?;
///
/// let read = storage.begin_read()?;
/// assert!(read.get(TreeId(1), Key::Record(record), &mut |value| assert_eq!(value, b"Ada"))?);
/// # drop(read);
/// storage.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStrategy {
    pool: Arc<Pool>,
    gate: Arc<Gate>,
    syncer: Arc<Syncer>,
    busy_timeout: Duration,
}

impl SqliteStrategy {
    /// Opens the file at `path`, or makes it. A file or folder that may not be written is opened for reading.
    ///
    /// # Errors
    /// NotADatabase for a file that is not SQLite's or belongs to another program, NewerFormat for one that a
    /// newer version has written, ReadOnly where nothing can be created, Busy when another process holds the
    /// file alone, InvalidUrl for a path that names no file, Io.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<SqliteStrategy> {
        let (location, first) = Location::open(path.as_ref(), &options)?;
        let syncer = syncer_of(&location.path);
        let busy_timeout = options.busy_timeout;
        Ok(SqliteStrategy { pool: Pool::new(location, first), gate: Arc::default(), syncer, busy_timeout })
    }

    /// The file, from the root of the file system on.
    pub fn path(&self) -> &Path {
        &self.pool.location.path
    }

    fn check_writable(&self) -> Result<()> {
        if self.pool.location.is_read_only() {
            let message = format!(
                "{}: opened for reading only: the file or its folder may not be written",
                self.path().display()
            );
            return Err(Error::new(ErrorKind::ReadOnly, message));
        }
        Ok(())
    }

    /// How many syncs have been done.
    #[cfg(test)]
    pub(super) fn syncs_done(&self) -> u64 {
        self.syncer.done()
    }

    /// Lets the storage believe that a sync has failed.
    #[cfg(test)]
    pub(super) fn fail_syncs(&self) {
        self.syncer.poison("told to fail".into());
    }

    fn failed(&self, doing: &str, error: rusqlite::Error) -> Error {
        super::failure::failure(self.path(), doing, error)
    }
}

impl StorageStrategy for SqliteStrategy {
    fn name(&self) -> &str {
        "sqlite"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            durable: true,
            persistent_indexes: true,
            multi_process: true,
            transaction_bytes: 64 << 20,
            key_bytes_max: KEY_BYTES_MAX,
            value_bytes_max: VALUE_BYTES_MAX,
            ..Capabilities::NONE
        }
    }

    fn trees(&self) -> Result<Vec<TreeId>> {
        self.pool.lease()?.trees()
    }

    fn sync(&self) -> Result<()> {
        self.pool.check()?;
        if self.pool.location.is_read_only() {
            return Ok(());
        }
        self.syncer.sync()
    }

    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        Ok(Box::new(SqliteRead::begin(self.pool.lease()?)?))
    }

    fn begin_write(&self, durability: Durability) -> Result<Box<dyn WriteTxn>> {
        self.pool.check()?;
        self.check_writable()?;
        self.syncer.check()?;
        let deadline = Instant::now() + self.busy_timeout;
        let Some(place) = Gate::enter(&self.gate, deadline) else {
            let message = format!(
                "{}: another transaction of this process writes since {:?}",
                self.path().display(),
                self.busy_timeout
            );
            return Err(Error::new(ErrorKind::Busy, message));
        };
        let lease = self.pool.lease()?;
        Ok(Box::new(SqliteWrite::begin(lease, place, durability, Arc::clone(&self.syncer))?))
    }

    fn maintenance(&self) -> Option<&dyn Maintenance> {
        Some(self)
    }

    fn close(&self) -> Result<()> {
        let synced = self.syncer.close();
        if self.pool.close() { synced } else { Ok(()) }
    }
}

impl Maintenance for SqliteStrategy {
    /// The database and its write-ahead log.
    fn size_bytes(&self) -> Result<u64> {
        self.pool.check()?;
        let mut size = 0;
        for suffix in ["", "-wal"] {
            let mut path = self.path().as_os_str().to_owned();
            path.push(suffix);
            size += std::fs::metadata(path).map_or(0, |file| file.len());
        }
        Ok(size)
    }

    /// Writes the file anew without holes (VACUUM) and empties the log; needs as much free room once more.
    fn compact(&self) -> Result<()> {
        self.pool.check()?;
        self.check_writable()?;
        self.syncer.check()?;
        let Some(_place) = Gate::enter(&self.gate, Instant::now() + self.busy_timeout) else {
            return Err(Error::new(
                ErrorKind::Busy,
                format!("{}: compact: a writer is active", self.path().display()),
            ));
        };
        let lease = self.pool.lease()?;
        lease.sql().execute_batch("VACUUM").map_err(|error| self.failed("compact", error))?;
        // A reader that still looks at the log only puts this off.
        let _ = lease.sql().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        Ok(())
    }
}

impl Drop for SqliteStrategy {
    fn drop(&mut self) {
        // Whoever wants to know what went wrong calls close.
        let _ = self.close();
    }
}

impl fmt::Debug for SqliteStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStrategy").field("path", &self.path()).finish_non_exhaustive()
    }
}
