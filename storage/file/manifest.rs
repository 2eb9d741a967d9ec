//! The manifest: which files count.
//!
//! It is replaced whole, by renaming; that moment is a checkpoint's commit. Files that the manifest of their own
//! generation names may still wait under their temporary names: whoever opens the folder finishes the renaming.

use super::disk::Disk;
use super::format::{MANIFEST, TEMPORARY, VERSION, check_version, corrupt, seal, unseal};
use super::json::{Problem, Reader, write_text};
use super::line::{read_shape, shape_word};
use crate::error::{Error, Result};
use crate::tree::{Shape, TreeId};
use crc32fast::Hasher;
use std::io::Write;
use std::path::Path;

/// What the manifest says.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    /// Twenty-four digits that tell this database from any other.
    pub(super) store: String,
    /// How many checkpoints there were.
    pub(super) generation: u64,
    /// The last sequence number of the log that the data files hold.
    pub(super) through: u64,
    pub(super) entries: Vec<Entry>,
    /// Stems of files that this generation removed.
    pub(super) removed: Vec<String>,
}

/// What the manifest says of one tree.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) tree: TreeId,
    /// The files' names, up to `.data`.
    pub(super) stem: String,
    pub(super) shape: Shape,
    pub(super) label: String,
    /// The checkpoint that wrote the files.
    pub(super) generation: u64,
    /// The number that the next record gets; 0 in a tree of keys.
    pub(super) next: u64,
    /// How many lines the data file has, its first one included.
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) sum_of_sums: u32,
}

impl Manifest {
    /// A new database's.
    pub(super) fn new() -> Manifest {
        Manifest { store: bson::oid::ObjectId::new().to_hex(), ..Manifest::default() }
    }

    /// How many bytes the files take, sums included.
    pub(super) fn size_bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.bytes + entry.lines * 9).sum()
    }

    /// Writes it down and makes it count.
    pub(super) fn write(&self, disk: &dyn Disk) -> std::io::Result<()> {
        let temporary = format!("{MANIFEST}{TEMPORARY}");
        let file = disk.create(&temporary)?;
        file.write_at(0, &self.to_bytes())?;
        file.sync()?;
        // The files that it names must be there for good before it is.
        disk.sync_folder()?;
        disk.rename(&temporary, MANIFEST)?;
        disk.sync_folder()
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        writeln!(
            out,
            "{{\"anser\":\"folder\",\"version\":{VERSION},\"store\":\"{}\",\"generation\":{},\"through\":{}}}",
            self.store, self.generation, self.through
        )
        .expect("writing to memory cannot fail");
        for entry in &self.entries {
            write!(out, "{{\"tree\":{},\"file\":", entry.tree.0).expect("writing to memory cannot fail");
            write_text(&entry.stem, &mut out);
            write!(out, ",\"shape\":\"{}\",\"label\":", shape_word(entry.shape))
                .expect("writing to memory cannot fail");
            write_text(&entry.label, &mut out);
            writeln!(
                out,
                ",\"generation\":{},\"next\":{},\"lines\":{},\"bytes\":{},\"sums\":{}}}",
                entry.generation, entry.next, entry.lines, entry.bytes, entry.sum_of_sums
            )
            .expect("writing to memory cannot fail");
        }
        for stem in &self.removed {
            out.extend_from_slice(b"{\"removed\":");
            write_text(stem, &mut out);
            out.extend_from_slice(b"}\n");
        }
        let end = out.len();
        let mut before = Hasher::new();
        before.update(&out);
        out.extend_from_slice(b"{\"end\":true");
        seal(before, end, &mut out);
        out
    }

    /// Reads it.
    pub(super) fn read(disk: &dyn Disk, folder: &Path) -> Result<Manifest> {
        let place = folder.join(MANIFEST);
        let mut bytes = Vec::new();
        disk.read(MANIFEST)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|error| Error::from(error).at(place.display()))?;
        Manifest::parse(&bytes, &place)
    }

    fn parse(bytes: &[u8], place: &Path) -> Result<Manifest> {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        let Some((last, lines)) = lines.split_last() else {
            return Err(corrupt(place, 1, "the file is empty"));
        };
        let first = lines.first().copied().unwrap_or(last);
        check_version(place, first, "{\"anser\":\"folder\",\"version\":")?;
        let mut before = Hasher::new();
        before.update(&bytes[..bytes.len() - last.len()]);
        let sealed = last.strip_suffix(b"\n").and_then(|last| unseal(before, last));
        if sealed != Some(b"{\"end\":true") {
            let what = "the sum of the file differs: it was edited or damaged";
            return Err(corrupt(place, lines.len() as u64 + 1, what));
        }
        let mut manifest = Manifest::default();
        for (position, line) in lines.iter().enumerate() {
            manifest.parse_line(position == 0, line.strip_suffix(b"\n").unwrap_or(line)).map_err(
                |problem| {
                    let what = format_args!("column {}: {}", problem.column, problem.reason);
                    corrupt(place, position as u64 + 1, what)
                },
            )?;
        }
        Ok(manifest)
    }

    fn parse_line(&mut self, first: bool, line: &[u8]) -> std::result::Result<(), Problem> {
        let mut reader = Reader::new(line)?;
        let mut text = Vec::new();
        let mut words = |reader: &mut Reader<'_>| -> std::result::Result<String, Problem> {
            text.clear();
            reader.text(&mut text)?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        };
        if first {
            reader.expect(&format!("{{\"anser\":\"folder\",\"version\":{VERSION},\"store\":"))?;
            self.store = words(&mut reader)?;
            reader.expect(",\"generation\":")?;
            self.generation = reader.number()?;
            reader.expect(",\"through\":")?;
            self.through = reader.number()?;
        } else if reader.skip("{\"removed\":") {
            self.removed.push(words(&mut reader)?);
        } else {
            reader.expect("{\"tree\":")?;
            let tree = TreeId(reader.number()?);
            reader.expect(",\"file\":")?;
            let stem = words(&mut reader)?;
            let shape = read_shape(&mut reader)?;
            let label = words(&mut reader)?;
            let mut number = |name: &str| {
                reader.expect(name)?;
                reader.number()
            };
            let generation = number(",\"generation\":")?;
            let next = number(",\"next\":")?;
            let lines = number(",\"lines\":")?;
            let bytes = number(",\"bytes\":")?;
            let sum_of_sums = number(",\"sums\":")? as u32;
            self.entries.push(Entry {
                tree,
                stem,
                shape,
                label,
                generation,
                next,
                lines,
                bytes,
                sum_of_sums,
            });
        }
        reader.expect("}")?;
        reader.end()
    }
}
