//! One process a folder, by a lock of the operating system: it ends with the process, however that ends.

use crate::error::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

/// The file that is locked. It holds the number of the process, for people and for the error.
pub(super) const LOCK_FILE: &str = "anser.lock";

/// Locks `folder` until the file is dropped.
pub(super) fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK_FILE);
    let failed = |error| Error::from(error).at(format!("{}: locking", path.display()));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Where a locked file cannot be read, nobody can be named.
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "another process".to_owned(),
                pid => format!("process {pid}"),
            };
            let message = format!("{}: {holder} has this folder open", folder.display());
            return Err(Error::new(ErrorKind::Busy, message));
        }
        Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
            let message = format!("{}: this file system has no locks", folder.display());
            return Err(Error::new(ErrorKind::Io, message).with_source(error));
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).map_err(failed)?;
    file.write_all(format!("{}\n", std::process::id()).as_bytes()).map_err(failed)?;
    Ok(file)
}
