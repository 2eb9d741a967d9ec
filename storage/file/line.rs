//! Changes as lines of the log, and entries as lines of data files.
//!
//! Keys and values that are text and documents are written so that a person can read them; anything else is base64
//! under another name.

use super::json::{Problem, Reader, write_base64, write_document, write_number, write_text};
use crate::resident::Change;
use crate::tree::{Key, Shape, TreeId};

/// The word for a shape.
pub(super) fn shape_word(shape: Shape) -> &'static str {
    match shape {
        Shape::Records => "records",
        Shape::Keys => "keys",
    }
}

/// Adds `,"key":"text"` or `,"key64":"base64"` or `,"record":number`.
fn write_key(key: Key<'_>, out: &mut Vec<u8>) {
    match key {
        Key::Record(record) => {
            out.extend_from_slice(b"\"record\":");
            write_number(record, out);
        }
        Key::Bytes(key) => match std::str::from_utf8(key) {
            Ok(text) => {
                out.extend_from_slice(b"\"key\":");
                write_text(text, out);
            }
            Err(_) => {
                out.extend_from_slice(b"\"key64\":");
                write_base64(key, out);
            }
        },
    }
}

/// Adds `,"document":{…}` or `,"bytes":"base64"`.
fn write_value(value: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(b",\"document\":");
    if !write_document(value, out) {
        out.truncate(start);
        out.extend_from_slice(b",\"bytes\":");
        write_base64(value, out);
    }
}

/// Writes a change as a line of the log.
pub(super) fn write_change(change: Change<'_>, out: &mut Vec<u8>) {
    let verb = match change {
        Change::CreateTree { .. } => "create",
        Change::DropTree { .. } => "drop",
        Change::Clear { .. } => "clear",
        Change::Put { .. } => "put",
        Change::Remove { .. } => "remove",
        Change::Reach { .. } => "reach",
    };
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(verb.as_bytes());
    out.extend_from_slice(b"\":");
    write_number(change.tree().0, out);
    match change {
        Change::CreateTree { shape, label, .. } => {
            out.extend_from_slice(b",\"shape\":\"");
            out.extend_from_slice(shape_word(shape).as_bytes());
            out.extend_from_slice(b"\",\"label\":");
            write_text(label, out);
        }
        Change::DropTree { .. } | Change::Clear { .. } => {}
        Change::Put { key, value, .. } => {
            out.push(b',');
            write_key(key, out);
            write_value(value, out);
        }
        Change::Remove { key, .. } => {
            out.push(b',');
            write_key(key, out);
        }
        Change::Reach { next, .. } => {
            out.extend_from_slice(b",\"next\":");
            write_number(next, out);
        }
    }
    out.extend_from_slice(b"}\n");
}

/// Room for what a line holds, used again from line to line.
#[derive(Default)]
pub(super) struct Room {
    key: Vec<u8>,
    value: Vec<u8>,
}

enum Found {
    Record(u64),
    Bytes,
}

impl Room {
    fn read_key(&mut self, reader: &mut Reader<'_>) -> Result<Found, Problem> {
        self.key.clear();
        if reader.skip("\"record\":") {
            return Ok(Found::Record(reader.number()?));
        }
        if reader.skip("\"key\":") {
            reader.text(&mut self.key)?;
        } else {
            reader.expect("\"key64\":")?;
            reader.base64(&mut self.key)?;
        }
        Ok(Found::Bytes)
    }

    fn read_value(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        self.value.clear();
        if reader.skip(",\"document\":") {
            return reader.document(&mut self.value);
        }
        reader.expect(",\"bytes\":")?;
        reader.base64(&mut self.value)
    }

    fn key(&self, found: Found) -> Key<'_> {
        match found {
            Found::Record(record) => Key::Record(record),
            Found::Bytes => Key::Bytes(&self.key),
        }
    }

    /// The change that stands in a line of the log.
    pub(super) fn read_change(&mut self, line: &[u8]) -> Result<Change<'_>, Problem> {
        let mut reader = Reader::new(line)?;
        reader.expect("{\"")?;
        let verbs = ["create", "drop", "clear", "put", "remove", "reach"];
        let verb = verbs.iter().find(|verb| reader.skip(verb)).copied();
        reader.expect("\":")?;
        let tree = TreeId(reader.number()?);
        let change = match verb {
            Some("create") => {
                let shape = read_shape(&mut reader)?;
                self.key.clear();
                reader.text(&mut self.key)?;
                reader.expect("}")?;
                let label = std::str::from_utf8(&self.key).unwrap_or_default();
                Change::CreateTree { tree, shape, label }
            }
            Some("drop") => {
                reader.expect("}")?;
                Change::DropTree { tree }
            }
            Some("clear") => {
                reader.expect("}")?;
                Change::Clear { tree }
            }
            Some("put") => {
                reader.expect(",")?;
                let found = self.read_key(&mut reader)?;
                self.read_value(&mut reader)?;
                reader.expect("}")?;
                Change::Put { tree, key: self.key(found), value: &self.value }
            }
            Some("remove") => {
                reader.expect(",")?;
                let found = self.read_key(&mut reader)?;
                reader.expect("}")?;
                Change::Remove { tree, key: self.key(found) }
            }
            _ => {
                reader.expect(",\"next\":")?;
                let next = reader.number()?;
                reader.expect("}")?;
                Change::Reach { tree, next }
            }
        };
        reader.end()?;
        Ok(change)
    }

    /// The entry that stands in a line of a data file: `record` is the number that a document here would have.
    /// `None` where the line only says which number comes next.
    pub(super) fn read_entry(
        &mut self,
        line: &[u8],
        shape: Shape,
        record: &mut u64,
    ) -> Result<Option<(Key<'_>, &[u8])>, Problem> {
        let mut reader = Reader::new(line)?;
        match shape {
            Shape::Keys => {
                reader.expect("{")?;
                let found = self.read_key(&mut reader)?;
                self.read_value(&mut reader)?;
                reader.expect("}")?;
                reader.end()?;
                Ok(Some((self.key(found), &self.value)))
            }
            Shape::Records => {
                if reader.skip("{\"$record\":") {
                    let next = reader.number()?;
                    if next < *record {
                        return Err(Problem { column: 12, reason: "record numbers only go up" });
                    }
                    *record = next;
                    reader.expect("}")?;
                    reader.end()?;
                    return Ok(None);
                }
                self.value.clear();
                if reader.skip("{\"$bytes\":") {
                    reader.base64(&mut self.value)?;
                    reader.expect("}")?;
                } else {
                    reader.document(&mut self.value)?;
                }
                reader.end()?;
                let key = Key::Record(*record);
                *record = record.saturating_add(1);
                Ok(Some((key, &self.value)))
            }
        }
    }
}

/// `,"shape":"…","label":`, up to where the label begins.
pub(super) fn read_shape(reader: &mut Reader<'_>) -> Result<Shape, Problem> {
    reader.expect(",\"shape\":\"")?;
    let shape = if reader.skip("records") {
        Shape::Records
    } else {
        reader.expect("keys")?;
        Shape::Keys
    };
    reader.expect("\",\"label\":")?;
    Ok(shape)
}

/// Writes an entry as lines of a data file: `record` is the number that a document here would have.
pub(super) fn write_entry(key: Key<'_>, value: &[u8], record: &mut u64, out: &mut Vec<u8>) {
    match key {
        Key::Bytes(_) => {
            out.push(b'{');
            write_key(key, out);
            write_value(value, out);
            out.extend_from_slice(b"}\n");
        }
        Key::Record(number) => {
            if number != *record {
                out.extend_from_slice(b"{\"$record\":");
                write_number(number, out);
                out.extend_from_slice(b"}\n");
            }
            *record = number.saturating_add(1);
            if !write_document(value, out) {
                out.extend_from_slice(b"{\"$bytes\":");
                write_base64(value, out);
                out.push(b'}');
            }
            out.push(b'\n');
        }
    }
}
