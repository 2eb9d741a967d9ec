//! A disk in memory that can stop at any operation, and then loses what was not synced.
//!
//! It is stricter than most real disks: of the writes to a file since its last sync each is kept, lost or torn by
//! itself, and so is each change of a name since the last sync of the folder.

#![allow(clippy::unwrap_used)]

use super::disk::{Disk, DiskFile};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

/// What an operation was, for tests that fail one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Write,
    Truncate,
    Sync,
    Create,
    Rename,
    Remove,
    SyncFolder,
}

#[derive(Clone, Debug, Default)]
pub(super) struct SimulatedDisk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    files: Vec<Content>,
    /// As programs see them.
    names: BTreeMap<String, usize>,
    /// As they are for good.
    safe_names: BTreeMap<String, usize>,
    unsafe_names: Vec<NameChange>,
    operations: u64,
    /// After so many operations everything fails.
    stop_at: Option<u64>,
    /// The operation of this number and kind fails, once.
    fail: Option<(Done, u64)>,
    log: Vec<Done>,
}

#[derive(Debug, Default)]
struct Content {
    now: Vec<u8>,
    safe: Vec<u8>,
    unsafe_changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Debug)]
enum NameChange {
    Set(String, usize),
    Rename(String, String),
    Remove(String),
}

fn write_into(bytes: &mut Vec<u8>, offset: u64, piece: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + piece.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(piece);
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Set(name, file) => {
            names.insert(name.clone(), *file);
        }
        NameChange::Rename(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        NameChange::Remove(name) => {
            names.remove(name);
        }
    }
}

impl Platter {
    fn step(&mut self, done: Done) -> io::Result<()> {
        if self.stop_at.is_some_and(|stop| self.operations >= stop) {
            return Err(io::Error::other("the machine stopped"));
        }
        self.operations += 1;
        self.log.push(done);
        if let Some((kind, left)) = &mut self.fail
            && *kind == done
        {
            if *left == 0 {
                self.fail = None;
                return Err(io::Error::other("told to fail"));
            }
            *left -= 1;
        }
        Ok(())
    }

    fn change_name(&mut self, change: NameChange) {
        apply_name(&mut self.names, &change);
        self.unsafe_names.push(change);
    }
}

impl SimulatedDisk {
    /// How many operations were done.
    pub(super) fn operations(&self) -> u64 {
        self.0.lock().operations
    }

    /// What was done, in its order.
    pub(super) fn log(&self) -> Vec<Done> {
        self.0.lock().log.clone()
    }

    /// From the operation of this number on, everything fails.
    pub(super) fn stop_at(&self, operation: u64) {
        self.0.lock().stop_at = Some(operation);
    }

    /// Fails one operation of a kind, after `after` of them.
    pub(super) fn fail(&self, kind: Done, after: u64) {
        self.0.lock().fail = Some((kind, after));
    }

    /// The disk after the machine was started again. `dice` says what became of each change that was not safe.
    pub(super) fn after_a_stop(&self, mut dice: impl FnMut(u64) -> u64) -> SimulatedDisk {
        let platter = self.0.lock();
        let mut names = platter.safe_names.clone();
        for change in &platter.unsafe_names {
            if dice(2) == 0 {
                apply_name(&mut names, change);
            }
        }
        let files = platter.files.iter().map(|file| {
            let mut bytes = file.safe.clone();
            for change in &file.unsafe_changes {
                match (change, dice(4)) {
                    (_, 0) => {}
                    (Change::Truncate(length), _) => bytes.resize(*length as usize, 0),
                    (Change::Write(offset, piece), 1) => {
                        let kept = dice(piece.len() as u64 + 1) as usize;
                        write_into(&mut bytes, *offset, &piece[..kept]);
                    }
                    (Change::Write(offset, piece), 2) => {
                        let lost = dice(piece.len() as u64 + 1) as usize;
                        write_into(&mut bytes, *offset + lost as u64, &piece[lost..]);
                    }
                    (Change::Write(offset, piece), _) => write_into(&mut bytes, *offset, piece),
                }
            }
            Content { now: bytes.clone(), safe: bytes, unsafe_changes: Vec::new() }
        });
        let platter =
            Platter { files: files.collect(), names: names.clone(), safe_names: names, ..Platter::default() };
        SimulatedDisk(Arc::new(Mutex::new(platter)))
    }

    /// The disk after the process stopped: nothing that was done is lost.
    pub(super) fn after_a_kill(&self) -> SimulatedDisk {
        let platter = self.0.lock();
        let files = platter.files.iter().map(|file| Content {
            now: file.now.clone(),
            safe: file.now.clone(),
            unsafe_changes: Vec::new(),
        });
        let names = platter.names.clone();
        let platter =
            Platter { files: files.collect(), names: names.clone(), safe_names: names, ..Platter::default() };
        SimulatedDisk(Arc::new(Mutex::new(platter)))
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        let platter = self.0.lock();
        platter.files[platter.names[name]].now.clone()
    }

    /// Changes a file behind everybody's back.
    pub(super) fn set_bytes(&self, name: &str, bytes: &[u8]) {
        let mut platter = self.0.lock();
        let file = platter.names[name];
        platter.files[file] =
            Content { now: bytes.to_vec(), safe: bytes.to_vec(), unsafe_changes: Vec::new() };
    }
}

impl Disk for SimulatedDisk {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().names.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        let platter = self.0.lock();
        let file = platter.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(io::Cursor::new(platter.files[*file].now.clone())))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut platter = self.0.lock();
        platter.step(Done::Create)?;
        if let Some(&file) = platter.names.get(name) {
            let content = &mut platter.files[file];
            content.now.clear();
            content.unsafe_changes.push(Change::Truncate(0));
            return Ok(Arc::new(SimulatedFile(self.clone(), file)));
        }
        platter.files.push(Content::default());
        let file = platter.files.len() - 1;
        platter.change_name(NameChange::Set(name.to_owned(), file));
        Ok(Arc::new(SimulatedFile(self.clone(), file)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let platter = self.0.lock();
        let file = platter.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(SimulatedFile(self.clone(), *file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut platter = self.0.lock();
        platter.step(Done::Rename)?;
        if !platter.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        platter.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut platter = self.0.lock();
        platter.step(Done::Remove)?;
        if !platter.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        platter.change_name(NameChange::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut platter = self.0.lock();
        platter.step(Done::SyncFolder)?;
        platter.safe_names = platter.names.clone();
        platter.unsafe_names.clear();
        Ok(())
    }
}

#[derive(Debug)]
struct SimulatedFile(SimulatedDisk, usize);

impl DiskFile for SimulatedFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.0.0.lock();
        let stopped = platter.step(Done::Write);
        // The write in which the machine stops may have begun, and one that fails may have been done in part.
        let kept = if stopped.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        let content = &mut platter.files[self.1];
        write_into(&mut content.now, offset, kept);
        content.unsafe_changes.push(Change::Write(offset, kept.to_vec()));
        stopped
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let platter = self.0.0.lock();
        let content = &platter.files[self.1].now;
        let piece = content.get(offset as usize..offset as usize + bytes.len());
        bytes.copy_from_slice(piece.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let mut platter = self.0.0.lock();
        platter.step(Done::Truncate)?;
        let content = &mut platter.files[self.1];
        content.now.resize(length as usize, 0);
        content.unsafe_changes.push(Change::Truncate(length));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut platter = self.0.0.lock();
        platter.step(Done::Sync)?;
        let content = &mut platter.files[self.1];
        content.safe = content.now.clone();
        content.unsafe_changes.clear();
        Ok(())
    }
}
