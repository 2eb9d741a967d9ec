//! What a sync of an SQLite storage is.
//!
//! SQLite commits without a sync of its own (`synchronous=NORMAL`), then the write-ahead log is synced here, after
//! the writer's place is free again. What a checkpoint moves out of the log SQLite syncs itself.

use crate::sync::Syncer;
use parking_lot::Mutex;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A syncer of the write-ahead log beside the database file at `path`.
pub(super) fn syncer_of(path: &Path) -> Arc<Syncer> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    let opened: Mutex<Option<Arc<File>>> = Mutex::default();
    Syncer::new(
        log.clone(),
        Box::new(move || {
            let known = opened.lock().clone();
            let file = match known {
                Some(file) => file,
                None => match OpenOptions::new().read(true).write(true).open(&log) {
                    Ok(file) => Arc::new(file),
                    // A log that does not exist holds nothing to sync.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                    Err(error) => return Err(error),
                },
            };
            file.sync_data()?;
            *opened.lock() = Some(file);
            Ok(())
        }),
    )
}
