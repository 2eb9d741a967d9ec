//! Data files: one line a document, and beside each file the sums of its lines.
//!
//! The n-th line of the sums is the CRC-32 of the n-th line of the data, its line feed left out.

use super::disk::Disk;
use super::format::{VERSION, corrupt, data_file, parse_sum, sums_file, waiting};
use super::json::write_text;
use super::line::{Room, shape_word, write_entry};
use super::manifest::{Entry, Manifest};
use crate::error::{Error, ErrorKind, Result};
use crate::resident::{Change, TreeContents};
use crate::tree::Shape;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

/// How many bytes are written at once.
const PIECE_BYTES: usize = 256 << 10;

/// Writes a file piece by piece.
struct Pieces {
    file: Arc<dyn super::disk::DiskFile>,
    written: u64,
    buffer: Vec<u8>,
}

impl Pieces {
    fn new(file: Arc<dyn super::disk::DiskFile>) -> Pieces {
        Pieces { file, written: 0, buffer: Vec::with_capacity(PIECE_BYTES * 2) }
    }

    fn flush(&mut self, beyond: usize) -> Result<()> {
        if self.buffer.len() > beyond {
            self.file.write_at(self.written, &self.buffer)?;
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    fn end(mut self) -> Result<u64> {
        self.flush(0)?;
        self.file.sync()?;
        Ok(self.written)
    }
}

/// Writes a tree into files that wait for the manifest of `generation`, and gives what the manifest says of them.
pub(super) fn write(
    disk: &dyn Disk,
    store: &str,
    generation: u64,
    stem: String,
    tree: &TreeContents<'_>,
) -> Result<Entry> {
    let mut data = Pieces::new(disk.create(&waiting(&data_file(&stem), generation))?);
    let mut sums = Pieces::new(disk.create(&waiting(&sums_file(&stem), generation))?);
    let mut sum_of_sums = crc32fast::Hasher::new();
    let mut lines = 0;
    let mut account = |lines_from: usize, data: &mut Pieces| -> Result<()> {
        for line in data.buffer[lines_from..].split_inclusive(|&byte| byte == b'\n') {
            let sum = crc32fast::hash(&line[..line.len() - 1]);
            let start = sums.buffer.len();
            writeln!(sums.buffer, "{sum:08x}").expect("writing to memory cannot fail");
            sum_of_sums.update(&sums.buffer[start..]);
            lines += 1;
        }
        data.flush(PIECE_BYTES)?;
        sums.flush(PIECE_BYTES)
    };
    write_header(store, generation, tree, &mut data.buffer);
    account(0, &mut data)?;
    let mut record = 1;
    tree.scan(&mut |key, value| {
        let start = data.buffer.len();
        write_entry(key, value, &mut record, &mut data.buffer);
        account(start, &mut data)
    })?;
    let bytes = data.end()?;
    sums.end()?;
    Ok(Entry {
        tree: tree.id,
        stem,
        shape: tree.shape,
        label: tree.label.to_owned(),
        generation,
        next: tree.next_record(),
        lines,
        bytes,
        sum_of_sums: sum_of_sums.finalize(),
    })
}

fn write_header(store: &str, generation: u64, tree: &TreeContents<'_>, out: &mut Vec<u8>) {
    write!(
        out,
        "{{\"$anser\":\"data\",\"version\":{VERSION},\"store\":\"{store}\",\"generation\":{generation},\"tree\":{},\"shape\":\"{}\",\"label\":",
        tree.id.0,
        shape_word(tree.shape)
    )
    .expect("writing to memory cannot fail");
    write_text(tree.label, out);
    out.extend_from_slice(b"}\n");
}

/// Shows what the files of `entry` hold; every line is compared with its sum first.
pub(super) fn load(
    disk: &dyn Disk,
    folder: &Path,
    manifest: &Manifest,
    entry: &Entry,
    visit: &mut dyn FnMut(Change<'_>) -> Result<()>,
) -> Result<()> {
    let tree = entry.tree;
    visit(Change::CreateTree { tree, shape: entry.shape, label: &entry.label })?;
    let sums = read_sums(disk, folder, entry)?;
    let name = data_file(&entry.stem);
    let place = folder.join(&name);
    let mut file = BufReader::with_capacity(PIECE_BYTES, open(disk, folder, &name)?);
    let (mut line, mut room) = (Vec::new(), Room::default());
    let (mut number, mut record) = (0, 1);
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line).map_err(|error| Error::from(error).at(place.display()))? == 0 {
            break;
        }
        number += 1;
        let sum = sums.get(usize::try_from(number - 1).unwrap_or(usize::MAX));
        let sum = *sum.ok_or_else(|| changed(&place, number, "the file has more lines than were written"))?;
        let text = line.strip_suffix(b"\n");
        let text = text.ok_or_else(|| changed(&place, number, "the last line is not whole"))?;
        if number == 1 {
            super::format::check_version(&place, text, "{\"$anser\":\"data\",\"version\":")?;
        }
        if crc32fast::hash(text) != sum {
            return Err(changed(&place, number, "this is not the line that was written"));
        }
        if number == 1 {
            let head =
                format!("{{\"$anser\":\"data\",\"version\":{VERSION},\"store\":\"{}\",", manifest.store);
            if !text.starts_with(head.as_bytes()) {
                return Err(corrupt(&place, 1, "the file belongs to another database"));
            }
            continue;
        }
        match room.read_entry(text, entry.shape, &mut record) {
            Ok(Some((key, value))) => visit(Change::Put { tree, key, value })?,
            Ok(None) => {}
            Err(problem) => {
                return Err(corrupt(
                    &place,
                    number,
                    format_args!("column {}: {}", problem.column, problem.reason),
                ));
            }
        }
    }
    if number != entry.lines {
        let message = format!("the file ends here; {} lines were written", entry.lines);
        return Err(changed(&place, number, &message));
    }
    match entry.shape {
        Shape::Records => visit(Change::Reach { tree, next: entry.next }),
        Shape::Keys => Ok(()),
    }
}

fn changed(place: &Path, line: u64, what: &str) -> Error {
    corrupt(place, line, format_args!("{what}: the file was edited or damaged"))
}

fn open(disk: &dyn Disk, folder: &Path, name: &str) -> Result<Box<dyn std::io::Read + Send>> {
    disk.read(name).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let message = format!("{}: the file is missing", folder.join(name).display());
            Error::new(ErrorKind::Corrupt, message)
        }
        _ => Error::from(error).at(folder.join(name).display()),
    })
}

/// The sums, which the manifest seals.
fn read_sums(disk: &dyn Disk, folder: &Path, entry: &Entry) -> Result<Vec<u32>> {
    let name = sums_file(&entry.stem);
    let mut text = Vec::new();
    open(disk, folder, &name)?.read_to_end(&mut text)?;
    let sums = text.chunks(9).map(|line| parse_sum(line.strip_suffix(b"\n")?)).collect::<Option<Vec<u32>>>();
    let sums = sums.filter(|_| crc32fast::hash(&text) == entry.sum_of_sums);
    sums.filter(|sums| sums.len() as u64 == entry.lines).ok_or_else(|| {
        let message = format!("{}: the sums were edited or damaged", folder.join(&name).display());
        Error::new(ErrorKind::Corrupt, message)
    })
}
