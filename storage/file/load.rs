//! Opening a folder: making it, finishing what a stopped process left, loading it.

use super::disk::{Disk, OsDisk};
use super::format::{MANIFEST, TEMPORARY, WAL, data_file, sums_file, waiting};
use super::lock::{LOCK_FILE, lock};
use super::log::{End, FileLog, Writer};
use super::manifest::Manifest;
use super::{data, wal};
use crate::error::{Error, ErrorKind, Result};
use crate::resident::{Change, Ticket};
use crate::sync::Syncer;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

impl FileLog {
    /// Opens the folder, which is made where it is missing.
    pub(super) fn open(folder: &Path) -> Result<FileLog> {
        if folder.as_os_str().is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidUrl,
                "file: needs the path of a folder, as in file:./data",
            ));
        }
        let failed = |error| Error::from(error).at(format!("{}: opening the folder", folder.display()));
        match std::fs::metadata(folder) {
            Ok(found) if !found.is_dir() => {
                let message = format!("{}: this is a file; file: opens a folder", folder.display());
                return Err(Error::new(ErrorKind::NotADatabase, message));
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::create_dir(folder).map_err(failed)?;
                let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
                let parent = parent.unwrap_or(Path::new(".")).to_owned();
                OsDisk { folder: parent }.sync_folder().map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
        }
        let folder = folder.canonicalize().map_err(failed)?;
        let held = lock(&folder)?;
        let disk = Arc::new(OsDisk { folder: folder.clone() });
        let log = FileLog::open_on(disk, folder)?;
        *log.lock.lock() = Some(held);
        Ok(log)
    }

    /// Opens a folder of `disk`, which nobody else uses.
    pub(super) fn open_on(disk: Arc<dyn Disk>, folder: PathBuf) -> Result<FileLog> {
        let failed = |error| Error::from(error).at(format!("{}: opening the folder", folder.display()));
        let names = disk.names().map_err(failed)?;
        let has = |name: &str| names.iter().any(|found| found == name);
        if !has(MANIFEST) {
            create(&*disk, &folder, &names)?;
        } else if !has(WAL) {
            let message = format!("{}: the log is missing", folder.join(WAL).display());
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        let manifest = Manifest::read(&*disk, &folder)?;
        tidy(&*disk, &manifest, &names).map_err(failed)?;
        let file = disk.open(WAL).map_err(failed)?;
        let end = Arc::new(End {
            writer: Mutex::new(Writer::new(file)),
            synced: AtomicU64::new(0),
            log_bytes: AtomicU64::new(0),
        });
        let syncing = Arc::clone(&end);
        let syncer = Syncer::new(folder.join(WAL), Box::new(move || syncing.sync()));
        Ok(FileLog {
            folder,
            disk,
            lock: Mutex::default(),
            end,
            syncer,
            data_bytes: AtomicU64::new(manifest.size_bytes()),
            manifest: Mutex::new(manifest),
        })
    }

    pub(super) fn load_folder(&self, visit: &mut dyn FnMut(Change<'_>) -> Result<()>) -> Result<Ticket> {
        let manifest = self.manifest.lock();
        for entry in &manifest.entries {
            data::load(&*self.disk, &self.folder, &manifest, entry, visit)?;
        }
        let place = self.folder.join(WAL);
        let failed = |error| Error::from(error).at(place.display());
        let file = self.disk.read(WAL).map_err(failed)?;
        let replay = wal::replay(file, &place, &manifest.store, manifest.through, visit)?;
        let mut writer = self.end.writer.lock();
        if replay.sequence < manifest.through {
            // The data files hold more than the log: it begins anew behind them.
            write_log(&*self.disk, &manifest.store, manifest.through).map_err(failed)?;
            *writer = Writer::new(self.disk.open(WAL).map_err(failed)?);
            writer.sequence = manifest.through;
            writer.end = wal::header(&manifest.store, manifest.through).len() as u64;
            let (sequence, end) = (writer.sequence, writer.end);
            writer.marks.note(sequence, end);
        } else {
            // A torn tail, and what was written ahead, is cut before anything is appended.
            writer.file.truncate(replay.end).map_err(failed)?;
            writer.file.sync().map_err(failed)?;
            writer.sequence = replay.sequence;
            writer.end = replay.end;
            writer.marks = replay.marks;
            writer.dirty = replay.dirty;
            writer.closed = replay.closed;
        }
        writer.filled = writer.end;
        self.end.synced.store(writer.sequence, Ordering::Release);
        self.end.log_bytes.store(writer.end, Ordering::Relaxed);
        Ok(Ticket(writer.sequence))
    }
}

/// Makes a new database in a folder that holds nothing else.
fn create(disk: &dyn Disk, folder: &Path, names: &[String]) -> Result<()> {
    let failed = |error| Error::from(error).at(format!("{}: making a database", folder.display()));
    for name in names {
        let ours = name == LOCK_FILE || name.ends_with(TEMPORARY) || name.starts_with('.');
        // The log is made before the manifest: alone, and empty, it is what a stopped process left.
        let begun = || -> std::io::Result<bool> {
            let mut bytes = Vec::new();
            disk.read(name)?.read_to_end(&mut bytes)?;
            Ok(bytes.starts_with(b"{\"anser\":\"log\",")
                && bytes.iter().filter(|&&byte| byte == b'\n').count() == 1)
        };
        if ours || name == WAL && begun().map_err(failed)? {
            continue;
        }
        if name == WAL || name.ends_with(".data.ndjson") {
            let message = format!("{}: the manifest is missing", folder.join(MANIFEST).display());
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        let message =
            format!("{}: the folder holds other files ({name:?}) and no database", folder.display());
        return Err(Error::new(ErrorKind::NotADatabase, message));
    }
    let manifest = Manifest::new();
    write_log(disk, &manifest.store, 0).map_err(failed)?;
    manifest.write(disk).map_err(failed)
}

/// Puts a log without frames in the place of any other.
fn write_log(disk: &dyn Disk, store: &str, after: u64) -> std::io::Result<()> {
    let temporary = format!("{WAL}{TEMPORARY}");
    let file = disk.create(&temporary)?;
    file.write_at(0, &wal::header(store, after))?;
    file.sync()?;
    disk.rename(&temporary, WAL)?;
    disk.sync_folder()
}

/// Finishes the renaming that the manifest decided, and removes what an unfinished checkpoint left.
fn tidy(disk: &dyn Disk, manifest: &Manifest, names: &[String]) -> std::io::Result<()> {
    let waited: Vec<(String, String)> = manifest
        .entries
        .iter()
        .filter(|entry| entry.generation == manifest.generation)
        .flat_map(|entry| [data_file(&entry.stem), sums_file(&entry.stem)])
        .map(|name| (waiting(&name, manifest.generation), name))
        .collect();
    let removed: Vec<String> =
        manifest.removed.iter().flat_map(|stem| [data_file(stem), sums_file(stem)]).collect();
    let mut changed = false;
    for found in names {
        if let Some((from, to)) = waited.iter().find(|(from, _)| from == found) {
            disk.rename(from, to)?;
        } else if is_temporary(found) || removed.contains(found) {
            match disk.remove(found) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        } else {
            continue;
        }
        changed = true;
    }
    if changed { disk.sync_folder() } else { Ok(()) }
}

/// Whether the name is one that only an unfinished file of ours has.
fn is_temporary(name: &str) -> bool {
    let Some(name) = name.strip_suffix(TEMPORARY) else { return false };
    if name == MANIFEST || name == WAL {
        return true;
    }
    name.rsplit_once('.').is_some_and(|(file, generation)| {
        (file.ends_with(".data.ndjson") || file.ends_with(".data.sums"))
            && !generation.is_empty()
            && generation.bytes().all(|byte| byte.is_ascii_digit())
    })
}
