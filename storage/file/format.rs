//! What all files of the folder share: their version, their names, and how a line is sealed.
//!
//! A sealed line ends with `,"crc":"01234567"}`: the CRC-32 (IEEE), in eight hexadecimal digits, of everything
//! before the comma, and of what the line seals beside itself.

use crate::error::{Error, ErrorKind, Result};
use crc32fast::Hasher;
use std::io::Write;
use std::path::Path;

/// The version of the format that this code reads and writes.
pub(super) const VERSION: u64 = 1;

/// Names the other files.
pub(super) const MANIFEST: &str = "anser.ndjson";
/// What was committed since the last checkpoint.
pub(super) const WAL: &str = "wal.ndjson";
/// How the name of an unfinished file ends.
pub(super) const TEMPORARY: &str = ".tmp";

/// The data file of a stem.
pub(super) fn data_file(stem: &str) -> String {
    format!("{stem}.data.ndjson")
}

/// The sums of a stem's data file.
pub(super) fn sums_file(stem: &str) -> String {
    format!("{stem}.data.sums")
}

/// The name under which a file waits for the manifest of its generation.
pub(super) fn waiting(name: &str, generation: u64) -> String {
    format!("{name}.{generation}{TEMPORARY}")
}

/// A file's stem for a tree's label: letters that every file system has; the others as `%` and two digits. Names
/// that Windows keeps for itself get an underscore.
pub(super) fn stem_of(label: &str) -> String {
    let mut stem = String::new();
    for byte in label.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => stem.push(char::from(byte)),
            b'.' if !stem.is_empty() => stem.push('.'),
            _ => stem.push_str(&format!("%{byte:02X}")),
        }
        if stem.len() > 180 {
            break;
        }
    }
    let first = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |name: &str| first.len() == 4 && first.starts_with(name);
    let reserved =
        matches!(first.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt");
    if stem.is_empty() || reserved {
        stem.insert(0, '_');
    }
    stem
}

/// Ends the line that begins at `start` with the sum of `before` and of the line.
pub(super) fn seal(before: Hasher, start: usize, out: &mut Vec<u8>) {
    let mut hasher = before;
    hasher.update(&out[start..]);
    let sum = hasher.finalize();
    writeln!(out, ",\"crc\":\"{sum:08x}\"}}").expect("writing to memory cannot fail");
}

/// The line without its seal (and without its end), if the seal fits `before` and the line.
pub(super) fn unseal(before: Hasher, line: &[u8]) -> Option<&[u8]> {
    let (body, seal) = line.split_at_checked(line.len().checked_sub(18)?)?;
    let digits = seal.strip_prefix(b",\"crc\":\"")?.strip_suffix(b"\"}")?;
    let mut hasher = before;
    hasher.update(body);
    (parse_sum(digits)? == hasher.finalize()).then_some(body)
}

/// A sum of eight hexadecimal digits, in lower case.
pub(super) fn parse_sum(digits: &[u8]) -> Option<u32> {
    let good = digits.len() == 8 && digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| good)
}

/// Refuses the first line of a file that a newer version wrote. `line` begins with `head`, a number behind it.
pub(super) fn check_version(place: &Path, line: &[u8], head: &str) -> Result<()> {
    let version = line.strip_prefix(head.as_bytes()).and_then(|rest| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&rest[..digits]).ok()?.parse::<u64>().ok()
    });
    match version {
        Some(VERSION) => Ok(()),
        Some(version) if version > VERSION => {
            let message = format!(
                "{}: written in version {version} of the format; this program knows version {VERSION}",
                place.display()
            );
            Err(Error::new(ErrorKind::NewerFormat, message))
        }
        _ => Err(corrupt(place, 1, "this is not the first line that belongs here")),
    }
}

/// The error of a broken line.
pub(super) fn corrupt(place: &Path, line: u64, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{}, line {line}: {what}", place.display()))
}
