//! The write-ahead log: a sealed first line, then frames.
//!
//! A frame is a commit: a line for each change and a last line with the frame's sequence number, its length and a
//! seal over all of it. It counts only whole. The last line also says up to which frame the log was known to be on
//! the disk when it was written: so a frame that is broken although a later one says that it was safe is damage,
//! and one that nobody vouches for is what a stopped machine leaves, and is cut.

use super::format::{VERSION, check_version, corrupt, seal, unseal};
use super::json::Reader;
use super::line::{Room, write_change};
use crate::error::{Error, ErrorKind, Result};
use crate::resident::{Batch, Change};
use crate::tree::TreeId;
use crc32fast::Hasher;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

/// How far apart marks are.
const MARK_BYTES: u64 = 64 << 10;

const COMMIT: &[u8] = b"{\"commit\":";

/// The first line. Frames behind it begin with the number after `after`.
pub(super) fn header(store: &str, after: u64) -> Vec<u8> {
    let mut out = Vec::new();
    write!(out, "{{\"anser\":\"log\",\"version\":{VERSION},\"store\":\"{store}\",\"after\":{after}")
        .expect("writing to memory cannot fail");
    seal(Hasher::new(), 0, &mut out);
    out
}

/// Writes a frame.
pub(super) fn write_frame(batch: &Batch, sequence: u64, synced: u64, out: &mut Vec<u8>) {
    let start = out.len();
    batch.iter().for_each(|change| write_change(change, out));
    let end = out.len();
    let mut before = Hasher::new();
    before.update(&out[start..]);
    write!(
        out,
        "{{\"commit\":{sequence},\"synced\":{synced},\"changes\":{},\"bytes\":{}",
        batch.len(),
        end - start
    )
    .expect("writing to memory cannot fail");
    seal(before, end, out);
}

/// What a frame's last line says.
struct Commit {
    sequence: u64,
    synced: u64,
    changes: u64,
    bytes: u64,
}

impl Commit {
    /// Reads the line, but not its seal.
    fn read(line: &[u8]) -> Option<Commit> {
        let mut reader = Reader::new(line).ok()?;
        let mut number = |name: &str| {
            reader.expect(name).ok()?;
            reader.number().ok()
        };
        Some(Commit {
            sequence: number("{\"commit\":")?,
            synced: number(",\"synced\":")?,
            changes: number(",\"changes\":")?,
            bytes: number(",\"bytes\":")?,
        })
    }

    /// Reads the line, if it seals `changes`.
    fn of(changes: &[u8], line: &[u8]) -> Option<Commit> {
        let mut before = Hasher::new();
        before.update(changes);
        unseal(before, line)?;
        Commit::read(line).filter(|commit| commit.bytes == changes.len() as u64)
    }
}

/// Where frames end: here and there one, so that a later place is found by reading a little.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<(u64, u64)>);

impl Marks {
    /// Notes that the frame of this number ends at this byte.
    pub(super) fn note(&mut self, sequence: u64, end: u64) {
        if self.0.last().is_none_or(|(_, last)| end >= last + MARK_BYTES) {
            self.0.push((sequence, end));
        }
    }

    /// Notes where the log begins.
    pub(super) fn begin(&mut self, sequence: u64, end: u64) {
        self.0.insert(0, (sequence, end));
    }

    /// The last place known to be at or before the end of this frame.
    pub(super) fn before(&self, sequence: u64) -> Option<(u64, u64)> {
        self.0.partition_point(|(marked, _)| *marked <= sequence).checked_sub(1).map(|at| self.0[at])
    }

    /// Forgets what is before `from`, where the log now begins behind `header` bytes.
    pub(super) fn rebase(&mut self, from: u64, header: u64) {
        self.0.retain(|(_, end)| *end >= from);
        self.0.iter_mut().for_each(|(_, end)| *end = *end - from + header);
    }
}

/// What reading a log gave.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// The last frame.
    pub(super) sequence: u64,
    /// Where it ends. What is behind does not count.
    pub(super) end: u64,
    pub(super) marks: Marks,
    /// The last frame that touched each tree.
    pub(super) dirty: HashMap<TreeId, u64>,
    /// Whether the last frame is what closing leaves.
    pub(super) closed: bool,
}

/// Shows the changes of every whole frame behind `through`.
pub(super) fn replay(
    file: impl Read,
    place: &Path,
    store: &str,
    through: u64,
    visit: &mut dyn FnMut(Change<'_>) -> Result<()>,
) -> Result<Replay> {
    let failed = |error| Error::from(error).at(place.display());
    let mut file = BufReader::with_capacity(256 << 10, file);
    let mut frame = Vec::new();
    let mut line_number = 1;
    file.read_until(b'\n', &mut frame).map_err(failed)?;
    let mut replay = begin(&frame, place, store, through)?;
    let mut room = Room::default();
    let mut changes = 0;
    frame.clear();
    loop {
        let start = frame.len();
        let length = file.read_until(b'\n', &mut frame).map_err(failed)?;
        if length == 0 && frame.is_empty() {
            return Ok(replay);
        }
        let line = &frame[start..];
        let whole = line.len() > 1 && line.ends_with(b"\n");
        if whole && !line.starts_with(COMMIT) {
            changes += 1;
            continue;
        }
        let commit = if whole { Commit::of(&frame[..start], &line[..line.len() - 1]) } else { None };
        let expected = replay.sequence + 1;
        let Some(commit) = commit.filter(|commit| commit.sequence == expected && commit.changes == changes)
        else {
            file.read_to_end(&mut frame).map_err(failed)?;
            refuse_damage(&frame, expected, place, line_number + 1)?;
            return Ok(replay);
        };
        if commit.sequence > through {
            show(&frame[..start], &mut room, place, line_number, &mut |change| {
                replay.dirty.insert(change.tree(), commit.sequence);
                visit(change)
            })?;
        }
        replay.sequence = commit.sequence;
        replay.end += frame.len() as u64;
        replay.marks.note(replay.sequence, replay.end);
        replay.closed = changes == 0;
        line_number += changes + 1;
        changes = 0;
        frame.clear();
    }
}

/// Judges the first line.
fn begin(line: &[u8], place: &Path, store: &str, through: u64) -> Result<Replay> {
    check_version(place, line, "{\"anser\":\"log\",\"version\":")?;
    let sealed = line.strip_suffix(b"\n").and_then(|line| unseal(Hasher::new(), line));
    let body =
        sealed.ok_or_else(|| corrupt(place, 1, "the sum of the line differs: it was edited or damaged"))?;
    let head = format!("{{\"anser\":\"log\",\"version\":{VERSION},\"store\":\"{store}\",\"after\":");
    let after = body.strip_prefix(head.as_bytes());
    let after = after.ok_or_else(|| corrupt(place, 1, "the log belongs to another database"))?;
    let after = std::str::from_utf8(after).ok().and_then(|digits| digits.parse::<u64>().ok());
    let after = after.ok_or_else(|| corrupt(place, 1, "this is not the first line that belongs here"))?;
    if after > through {
        let what = format_args!("the log begins after commit {after}, but the data files end with {through}");
        return Err(corrupt(place, 1, what));
    }
    let mut replay = Replay { sequence: after, end: line.len() as u64, closed: true, ..Replay::default() };
    replay.marks.note(replay.sequence, replay.end);
    Ok(replay)
}

/// Shows the changes of one frame, whose first line comes after `line_number`.
fn show(
    frame: &[u8],
    room: &mut Room,
    place: &Path,
    line_number: u64,
    visit: &mut dyn FnMut(Change<'_>) -> Result<()>,
) -> Result<()> {
    for (line, number) in frame.split_inclusive(|&byte| byte == b'\n').zip(line_number + 1..) {
        let change = room.read_change(&line[..line.len() - 1]).map_err(|problem| {
            corrupt(place, number, format_args!("column {}: {}", problem.column, problem.reason))
        })?;
        visit(change)?;
    }
    Ok(())
}

/// Refuses a log whose frame `expected`, which should begin `rest`, was safe on the disk once.
fn refuse_damage(rest: &[u8], expected: u64, place: &Path, line_number: u64) -> Result<()> {
    // Anywhere, not only where a line begins: what is damaged may be a line feed.
    for at in memchr::memmem::find_iter(rest, COMMIT) {
        let line = rest[at..].split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default();
        let Some(commit) = Commit::read(line) else { continue };
        let begin = usize::try_from(commit.bytes).ok().and_then(|bytes| at.checked_sub(bytes));
        let whole = line.strip_suffix(b"\n").zip(begin);
        if commit.synced >= expected
            && whole.is_some_and(|(line, begin)| Commit::of(&rest[begin..at], line).is_some())
        {
            let what = format_args!(
                "the commit {expected} that begins here was safe on the disk when commit {} was written, and is broken now: \
                 the file was edited or damaged",
                commit.sequence
            );
            return Err(corrupt(place, line_number, what));
        }
    }
    Ok(())
}

/// The end of frame `sequence` in the log that `read_at` reads, from a known frame's end on.
pub(super) fn find_end(
    from: (u64, u64),
    sequence: u64,
    end: u64,
    read_at: &dyn Fn(u64, &mut [u8]) -> std::io::Result<()>,
) -> Result<u64> {
    let (mut at_sequence, mut at) = from;
    let (mut line, mut line_start) = (Vec::new(), at);
    let mut piece = vec![0; MARK_BYTES as usize];
    while at_sequence < sequence && at < end {
        let length = (end - at).min(MARK_BYTES) as usize;
        read_at(at, &mut piece[..length])?;
        for part in piece[..length].split_inclusive(|&byte| byte == b'\n') {
            line.extend_from_slice(part);
            at += part.len() as u64;
            if !part.ends_with(b"\n") {
                break;
            }
            if line.starts_with(COMMIT)
                && let Some(commit) = Commit::read(&line)
            {
                at_sequence = commit.sequence;
                line_start = at;
                if at_sequence == sequence {
                    return Ok(line_start);
                }
            }
            line.clear();
        }
    }
    if at_sequence == sequence {
        return Ok(line_start);
    }
    Err(Error::new(
        ErrorKind::Corrupt,
        format!("the log no longer holds commit {sequence}, which was written to it"),
    ))
}
