//! The file itself: finding it, making it, and refusing what is not ours or newer than we are.
//!
//! The database file is only ever opened by SQLite: closing a file that this process has opened in another
//! way would drop the locks that SQLite's connections hold on it (POSIX). A foreign file is left as it was.

use super::failure::failure;
use super::options::SqliteOptions;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// SQLite's `application_id` of every file that Anser makes: "Ansr".
pub const APPLICATION_ID: i32 = 0x416E_7372;

/// The newest format this version reads and writes, kept as SQLite's `user_version`.
pub const FORMAT: i32 = 1;

const CREATE: &str = "CREATE TABLE anser_trees (
    id INTEGER PRIMARY KEY,
    shape INTEGER NOT NULL,
    derived INTEGER NOT NULL,
    label TEXT NOT NULL,
    last INTEGER NOT NULL
);";

/// After how many pages of log SQLite moves them into the file by itself.
const LOG_PAGES_MAX: u32 = 4_000;
/// How many statements a connection keeps prepared.
const STATEMENTS_MAX: usize = 512;

/// A file that was found good, and how to open further connections to it.
#[derive(Clone, Debug)]
pub(super) struct Location {
    pub(super) path: Arc<Path>,
    access: Access,
    cache_bytes: u64,
    busy_timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    ReadWrite,
    ReadOnly,
    /// The folder takes no `-wal` and `-shm` beside the file, and there is no log: the file is all there is.
    Immutable,
}

impl Location {
    /// Finds or makes the file, and gives the connection that has read it.
    pub(super) fn open(path: &Path, options: &SqliteOptions) -> Result<(Location, Connection)> {
        let path = absolute(path)?;
        let mut location = Location {
            path: path.into(),
            access: if options.read_only { Access::ReadOnly } else { Access::ReadWrite },
            cache_bytes: options.cache_bytes,
            busy_timeout: options.busy_timeout,
        };
        let connection = location.first_connection()?;
        Ok((location, connection))
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.access != Access::ReadWrite
    }

    /// Opens one more connection.
    pub(super) fn connect(&self) -> Result<Connection> {
        self.try_connect().map_err(|error| self.failed("open", error))
    }

    fn try_connect(&self) -> rusqlite::Result<Connection> {
        let access = match self.access {
            Access::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Immutable => OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self.access {
            Access::Immutable => Connection::open_with_flags(immutable_uri(&self.path), flags)?,
            _ => Connection::open_with_flags(&self.path, flags)?,
        };
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        let cache_kib = i64::try_from(self.cache_bytes >> 10).unwrap_or(i64::MAX).max(1);
        connection.execute_batch(&format!(
            "PRAGMA cache_size = -{cache_kib};
             PRAGMA synchronous = NORMAL;
             PRAGMA temp_store = MEMORY;
             PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX};"
        ))?;
        Ok(connection)
    }

    fn first_connection(&mut self) -> Result<Connection> {
        let existed = self.path.exists();
        let (connection, state) = match self.look() {
            Ok(found) => found,
            Err(error) if existed && is_closed_door(&error) => self.look_without_writing(error)?,
            Err(error) if is_closed_door(&error) => {
                let message = format!("{}: the file is not there and cannot be created", self.path.display());
                let kind = if self.is_read_only() { ErrorKind::ReadOnly } else { ErrorKind::Io };
                return Err(Error::new(kind, message).with_source(error));
            }
            Err(error) => return Err(self.failed("open", error)),
        };
        match state {
            FileState::Ours { format } if format > FORMAT => {
                let message = format!(
                    "{}: written in format {format}, and this version of Anser knows formats up to {FORMAT}",
                    self.path.display()
                );
                return Err(Error::new(ErrorKind::NewerFormat, message));
            }
            FileState::Ours { format } if format < 1 => {
                let message = format!("{}: format {format} does not exist", self.path.display());
                return Err(Error::new(ErrorKind::Corrupt, message));
            }
            FileState::Foreign { application_id } => {
                let message = format!(
                    "{}: an SQLite database of another program (application_id {application_id:#x})",
                    self.path.display()
                );
                return Err(Error::new(ErrorKind::NotADatabase, message));
            }
            FileState::Ours { .. } | FileState::Empty => {}
        }
        if self.is_read_only() {
            if matches!(state, FileState::Empty) {
                let message = format!("{}: empty, and may not be written", self.path.display());
                return Err(Error::new(ErrorKind::ReadOnly, message));
            }
            return Ok(connection);
        }
        self.use_log(&connection)?;
        if matches!(state, FileState::Empty) {
            self.create(connection)?;
            if !existed {
                self.sync_folder()?;
            }
            return self.connect();
        }
        Ok(connection)
    }

    /// Opens the file and looks whose it is, without changing it.
    fn look(&mut self) -> rusqlite::Result<(Connection, FileState)> {
        let connection = self.try_connect()?;
        // In one snapshot: another process may be making the file ours.
        let snapshot = connection.unchecked_transaction()?;
        let state = FileState::read(&snapshot)?;
        drop(snapshot);
        if self.access == Access::ReadWrite && connection.is_readonly(rusqlite::MAIN_DB)? {
            self.access = Access::ReadOnly;
        }
        Ok((connection, state))
    }

    /// Opens a file that exists where `refused` was the answer to opening it for writing.
    fn look_without_writing(&mut self, refused: rusqlite::Error) -> Result<(Connection, FileState)> {
        self.access = Access::ReadOnly;
        if let Ok(found) = self.look() {
            return Ok(found);
        }
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        let log_is_empty = std::fs::metadata(&log).map_or(true, |log| log.len() == 0);
        if log_is_empty {
            self.access = Access::Immutable;
            if let Ok(found) = self.look() {
                return Ok(found);
            }
        }
        Err(self.failed("open", refused))
    }

    /// Switches to the write-ahead log, which stays with the file.
    fn use_log(&self, connection: &Connection) -> Result<()> {
        let deadline = Instant::now() + self.busy_timeout;
        let mode = loop {
            let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
            match mode {
                // SQLite does not wait by itself where waiting could end in a deadlock.
                Err(error) if is_busy(&error) && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) => return Err(self.failed("switch to the write-ahead log", error)),
                Ok(mode) => break mode,
            }
        };
        if mode.eq_ignore_ascii_case("wal") {
            return Ok(());
        }
        let message = format!(
            "{}: SQLite cannot keep a write-ahead log here (journal mode {mode})",
            self.path.display()
        );
        Err(Error::new(ErrorKind::Io, message))
    }

    /// Makes an empty file ours, unless another process was faster.
    fn create(&self, mut connection: Connection) -> Result<()> {
        let made = (|| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if matches!(FileState::read(&transaction)?, FileState::Empty) {
                transaction.execute_batch(CREATE)?;
                transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
                transaction.pragma_update(None, "user_version", FORMAT)?;
            }
            transaction.commit()
        })();
        made.map_err(|error| self.failed("create", error))
    }

    /// Puts the file's name on the disk.
    fn sync_folder(&self) -> Result<()> {
        if cfg!(unix)
            && let Some(folder) = self.path.parent()
        {
            std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| {
                Error::from(error).at(format_args!("{}: sync the folder", folder.display()))
            })?;
        }
        Ok(())
    }

    fn failed(&self, doing: &str, error: rusqlite::Error) -> Error {
        failure(&self.path, doing, error)
    }
}

/// Whose a file is.
enum FileState {
    Empty,
    Ours { format: i32 },
    Foreign { application_id: i32 },
}

impl FileState {
    /// Must be called inside a transaction.
    fn read(connection: &Connection) -> rusqlite::Result<FileState> {
        let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
        let application_id = number("PRAGMA application_id")?;
        let format = number("PRAGMA user_version")?;
        if application_id == APPLICATION_ID {
            return Ok(FileState::Ours { format });
        }
        let is_empty =
            application_id == 0 && format == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0;
        Ok(if is_empty { FileState::Empty } else { FileState::Foreign { application_id } })
    }
}

/// The path from the root on, so that it means the same after a change of folder.
fn absolute(path: &Path) -> Result<PathBuf> {
    let place = path.display();
    let Some(name) = path.file_name() else {
        let message = format!("an sqlite storage needs the path of a file, not {place:?}");
        return Err(Error::new(ErrorKind::InvalidUrl, message));
    };
    if name.as_encoded_bytes().contains(&0) {
        return Err(Error::new(ErrorKind::InvalidUrl, format!("{place:?} holds a NUL")));
    }
    if path.is_dir() {
        return Err(Error::new(ErrorKind::NotADatabase, format!("{place}: is a folder")));
    }
    if path.exists() {
        return path.canonicalize().map_err(|error| Error::from(error).at(place));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().map_err(|error| {
        Error::new(ErrorKind::Io, format!("{place}: the folder {} cannot be used", folder.display()))
            .with_source(error)
    })?;
    Ok(folder.join(name))
}

/// The file as a URI that promises SQLite that nobody changes it.
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => uri.push(byte as char),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Whether the operating system did not let SQLite in.
fn is_closed_door(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    )
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
