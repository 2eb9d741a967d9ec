//! Checkpoints: the data files are written anew from memory, and the log forgets what they hold.
//!
//! The steps, each safe on the disk before the next begins: the new files under temporary names; the manifest that
//! names them, which is the commit; the files' own names; a log that begins behind them. A process that stops
//! before the commit leaves files that nobody names, one that stops after it leaves renaming that whoever opens
//! the folder finishes. Only trees that changed since the last time are written.

use super::data;
use super::format::{TEMPORARY, WAL, data_file, stem_of, sums_file, waiting};
use super::log::{FileLog, Writer};
use super::manifest::{Entry, Manifest};
use super::wal::{self, find_end};
use crate::error::{Error, ErrorKind, Result};
use crate::resident::{Contents, TreeContents};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How many bytes of the log are copied at once.
const COPY_BYTES: u64 = 256 << 10;

impl FileLog {
    pub(super) fn checkpoint(&self, contents: &Contents) -> Result<()> {
        let mut manifest = self.manifest.lock();
        self.syncer.check()?;
        if let Some(reason) = &self.end.writer.lock().broken {
            let message = format!("{}: an earlier write failed ({reason})", self.folder.display());
            return Err(Error::new(ErrorKind::Poisoned, message));
        }
        // The manifest must not be ahead of what the log has for good.
        self.syncer.sync()?;
        let next = match self.write_data(contents, &manifest) {
            Ok(next) => next,
            Err(error) => {
                self.remove_waiting(manifest.generation + 1);
                return Err(error.at(format!("{}: writing data files", self.folder.display())));
            }
        };
        if let Err(error) = next.write(&*self.disk) {
            // Whether it counts is not known: only opening the folder again can tell.
            return Err(self.break_off("writing the manifest", error));
        }
        let through = next.through;
        let names = self.finish_names(&next);
        self.data_bytes.store(next.size_bytes(), Ordering::Relaxed);
        *manifest = next;
        names.map_err(|error| self.break_off("renaming data files", error))?;
        self.shorten_log(&manifest.store, through)
    }

    /// Writes the trees that changed into files that wait, and gives the manifest that will name them.
    fn write_data(&self, contents: &Contents, old: &Manifest) -> Result<Manifest> {
        let dirty = self.end.writer.lock().dirty.clone();
        let generation = old.generation + 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut changed: Vec<TreeContents<'_>> = Vec::new();
        for tree in contents.trees() {
            let known = old.entries.iter().find(|entry| entry.tree == tree.id);
            match known.filter(|_| !dirty.contains_key(&tree.id)) {
                Some(known) => entries.push(known.clone()),
                None => changed.push(tree),
            }
        }
        let found = self.disk.names()?;
        for tree in changed {
            // A tree keeps its files' name.
            let known = old.entries.iter().find(|entry| entry.tree == tree.id && entry.label == tree.label);
            let stem = known.map(|entry| entry.stem.clone()).unwrap_or_else(|| {
                let others = contents.trees().filter(|other| other.id != tree.id);
                let kept = others.filter_map(|other| old.entries.iter().find(|entry| entry.tree == other.id));
                let mut taken: Vec<&str> = kept.map(|entry| entry.stem.as_str()).collect();
                taken.extend(entries.iter().map(|entry| entry.stem.as_str()));
                free_stem(&tree, &taken, old, &found)
            });
            entries.push(data::write(&*self.disk, &old.store, generation, stem, &tree)?);
        }
        entries.sort_by_key(|entry| entry.tree);
        let kept = |stem: &String| entries.iter().any(|entry| entry.stem == *stem);
        let removed = old.entries.iter().map(|entry| entry.stem.clone()).filter(|stem| !kept(stem)).collect();
        Ok(Manifest { store: old.store.clone(), generation, through: contents.through().0, entries, removed })
    }

    /// Removes what a checkpoint that failed had written.
    fn remove_waiting(&self, generation: u64) {
        let end = waiting("", generation);
        for name in self.disk.names().unwrap_or_default().iter().filter(|name| name.ends_with(&end)) {
            // What stays is removed when the folder is opened again.
            let _ = self.disk.remove(name);
        }
    }

    /// Gives the files their own names, and removes those of trees that are gone.
    fn finish_names(&self, manifest: &Manifest) -> std::io::Result<()> {
        for entry in manifest.entries.iter().filter(|entry| entry.generation == manifest.generation) {
            for name in [data_file(&entry.stem), sums_file(&entry.stem)] {
                self.disk.rename(&waiting(&name, manifest.generation), &name)?;
            }
        }
        for stem in &manifest.removed {
            for name in [data_file(stem), sums_file(stem)] {
                match self.disk.remove(&name) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        self.disk.sync_folder()
    }

    /// Puts a log without the frames up to `through` in the place of the old one. Writers wait only while its last
    /// bytes are copied and it takes its name.
    fn shorten_log(&self, store: &str, through: u64) -> Result<()> {
        let failed = |error: Error| self.failed("shortening the log", error);
        let (old, copied_to, mark) = {
            let writer = self.end.writer.lock();
            (Arc::clone(&writer.file), writer.end, writer.marks.before(through))
        };
        let missing = || Error::new(ErrorKind::Corrupt, "the beginning of the log is not known");
        let mark = mark.ok_or_else(missing).map_err(failed)?;
        let from = find_end(mark, through, copied_to, &|offset, bytes| old.read_at(offset, bytes))
            .map_err(failed)?;
        let temporary = format!("{WAL}{TEMPORARY}");
        let header = wal::header(store, through);
        let new = self.disk.create(&temporary).map_err(|error| failed(error.into()))?;
        let base = header.len() as u64;
        let copy = |from_byte: u64, to_byte: u64| -> std::io::Result<()> {
            let mut bytes = vec![0; COPY_BYTES.min(to_byte - from_byte) as usize];
            let mut at = from_byte;
            while at < to_byte {
                let length = (to_byte - at).min(COPY_BYTES) as usize;
                old.read_at(at, &mut bytes[..length])?;
                new.write_at(at - from + base, &bytes[..length])?;
                at += length as u64;
            }
            new.sync()
        };
        new.write_at(0, &header)
            .and_then(|()| copy(from, copied_to))
            .map_err(|error| failed(error.into()))?;
        let mut writer = self.end.writer.lock();
        copy(copied_to, writer.end).map_err(|error| failed(error.into()))?;
        if let Err(error) = self.disk.rename(&temporary, WAL).and_then(|()| self.disk.sync_folder()) {
            // Which of the two logs has the name is not known.
            return Err(self.break_writer(&mut writer, self.failed("renaming the log", error)));
        }
        writer.file = new;
        writer.marks.rebase(from, base);
        if writer.marks.before(through).is_none() {
            writer.marks.begin(through, base);
        }
        writer.end = writer.end - from + base;
        writer.filled = writer.end;
        writer.dirty.retain(|_, last| *last > through);
        self.end.synced.fetch_max(writer.sequence, Ordering::AcqRel);
        self.end.log_bytes.store(writer.end, Ordering::Relaxed);
        Ok(())
    }

    /// Neither writes nor waits for the disk are believed from now on.
    fn break_writer(&self, writer: &mut Writer, error: Error) -> Error {
        let reason = writer.broken.get_or_insert(error.to_string());
        self.syncer.poison(reason.clone());
        error
    }

    /// Refuses writes from now on.
    fn break_off(&self, doing: &str, error: std::io::Error) -> Error {
        self.break_writer(&mut self.end.writer.lock(), self.failed(doing, error))
    }
}

/// A name that no other tree's files have, on file systems that do not tell `A` from `a` either, and that no file
/// of somebody else has.
fn free_stem(tree: &TreeContents<'_>, taken: &[&str], old: &Manifest, found: &[String]) -> String {
    let stem = stem_of(tree.label);
    let is_free = |stem: &str| {
        let ours = old.entries.iter().any(|entry| entry.stem.eq_ignore_ascii_case(stem));
        let names = [data_file(stem), sums_file(stem)];
        let found = found.iter().any(|name| names.iter().any(|ours| ours.eq_ignore_ascii_case(name)));
        !taken.iter().any(|taken| taken.eq_ignore_ascii_case(stem)) && (ours || !found)
    };
    if is_free(&stem) {
        return stem;
    }
    let mut numbered = format!("{stem}~{}", tree.id.0);
    while !is_free(&numbered) {
        numbered.push('_');
    }
    numbered
}
