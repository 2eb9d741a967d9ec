//! What is imported, as bytes with a place: every byte that a parser takes moves the line and the offset on.
//!
//! The invariant: the block always ends with what was read last and begins at most [`KEPT`] bytes before it was
//! needed, so that an error can show the text around it while a file of any size takes the same memory.

use crate::failure::{Failure, Result};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How many bytes are read at once.
const BLOCK: usize = 64 * 1024;

/// How many bytes before the one that is read next are kept for messages.
const KEPT: usize = 1024;

/// How many characters a message shows before and behind the place of an error.
const SHOWN: (usize, usize) = (60, 40);

/// A file, standard input or a piece of text, read once from front to back.
pub(crate) struct Input {
    name: String,
    size: Option<u64>,
    state: RefCell<State>,
}

struct State {
    reader: Box<dyn Read>,
    block: Vec<u8>,
    /// The byte of `block` that is read next.
    at: usize,
    /// Where `block` begins in the whole text.
    block_offset: u64,
    line: u64,
    line_offset: u64,
    previous_line_offset: u64,
    ended: bool,
}

impl Input {
    /// Opens a file, or standard input where there is no path (or it is `-`). A byte-order mark is left out.
    pub(crate) fn open(path: Option<&Path>) -> Result<Input> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Input::new("standard input".to_owned(), None, Box::new(io::stdin()));
        };
        let name = path.display().to_string();
        let unreadable = |error: &io::Error| Failure::input(format!("cannot read {name}: {error}"));
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&error))?;
        if metadata.is_dir() {
            return Err(Failure::input(format!("cannot read {name}: it is a folder")));
        }
        Input::new(name, metadata.is_file().then_some(metadata.len()), Box::new(file))
    }

    /// Text that is there already, such as an argument.
    pub(crate) fn text(name: &str, text: &str) -> Result<Input> {
        let bytes = text.as_bytes().to_vec();
        Input::new(name.to_owned(), Some(bytes.len() as u64), Box::new(io::Cursor::new(bytes)))
    }

    fn new(name: String, size: Option<u64>, reader: Box<dyn Read>) -> Result<Input> {
        let mut state = State {
            reader,
            block: Vec::new(),
            at: 0,
            block_offset: 0,
            line: 1,
            line_offset: 0,
            previous_line_offset: 0,
            ended: false,
        };
        let unreadable = |error: &io::Error| Failure::input(format!("cannot read {name}: {error}"));
        while state.block.len() < 3 && !state.ended {
            state.fill().map_err(|error| unreadable(&error))?;
        }
        match state.block.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => {
                state.block.drain(..3);
            }
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                let message =
                    format!("{name} is UTF-16; make it UTF-8 first: iconv -f utf-16 -t utf-8 {name}");
                return Err(Failure::input(message));
            }
            _ => {}
        }
        Ok(Input { name, size, state: RefCell::new(state) })
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes there are, where that is known before the end.
    pub(crate) fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes were read.
    pub(crate) fn offset(&self) -> u64 {
        let state = self.state.borrow();
        state.block_offset + state.at as u64
    }

    /// The line of the byte that is read next, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.state.borrow().line
    }

    /// An error at the `column`th byte of `line`, one of the last two that were read, with the text around.
    pub(crate) fn broken_at(&self, line: u64, column: u64, why: &str) -> Failure {
        let mut state = self.state.borrow_mut();
        let mut line = line;
        let mut offset = if line == state.line {
            state.line_offset + column.saturating_sub(1)
        } else {
            state.previous_line_offset + column.saturating_sub(1)
        };
        if column == 0 && line > 1 && line == state.line {
            // The parser took the end of the line and found that something is missing before it.
            line -= 1;
            offset = state.line_offset.saturating_sub(1);
        }
        let line_offset = if line == state.line { state.line_offset } else { state.previous_line_offset };
        // More of the line helps, and an error of reading it does not matter any more.
        let _ = state.fill();
        let column = (offset.saturating_sub(line_offset)) + 1;
        let place = format!("{}, line {line}, column {column}: {why}", self.name);
        match state.around(line_offset, offset) {
            Some(text) => Failure::input(place).with_advice(text),
            None => Failure::input(place),
        }
    }
}

impl State {
    /// Reads more, and forgets what is long behind.
    fn fill(&mut self) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        let forgotten = self.at.saturating_sub(KEPT);
        self.block.drain(..forgotten);
        self.block_offset += forgotten as u64;
        self.at -= forgotten;
        let old = self.block.len();
        self.block.resize(old + BLOCK, 0);
        let read = loop {
            match self.reader.read(&mut self.block[old..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.block.truncate(old + read.as_ref().copied().unwrap_or(0));
        self.ended = matches!(read, Ok(0));
        read.map(|_| ())
    }

    /// The text around an offset and a mark below it.
    fn around(&self, line_offset: u64, offset: u64) -> Option<String> {
        let at = usize::try_from(offset.checked_sub(self.block_offset)?).ok()?.min(self.block.len());
        let start = usize::try_from(line_offset.saturating_sub(self.block_offset)).ok()?.min(at);
        let end =
            self.block[at..].iter().position(|byte| *byte == b'\n').map_or(self.block.len(), |n| at + n);
        let before = shown(&self.block[start..at]);
        let behind = shown(&self.block[at..end]);
        let cut = before.chars().count().saturating_sub(SHOWN.0);
        let before: String = before.chars().skip(cut).collect();
        let begins = if cut > 0 || start as u64 + self.block_offset > line_offset { "…" } else { "" };
        let ends = if behind.chars().count() > SHOWN.1 { "…" } else { "" };
        let behind: String = behind.chars().take(SHOWN.1).collect();
        let indent = " ".repeat(begins.chars().count() + before.chars().count());
        Some(format!("  {begins}{before}{behind}{ends}\n  {indent}^"))
    }
}

/// Bytes of the input as text for a terminal.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\r').chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl Read for &Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        if state.at == state.block.len() {
            state.fill()?;
        }
        let state = &mut *state;
        let count = buffer.len().min(state.block.len() - state.at);
        let from = &state.block[state.at..state.at + count];
        buffer[..count].copy_from_slice(from);
        let offset = state.block_offset + state.at as u64;
        for (position, byte) in from.iter().enumerate() {
            if *byte == b'\n' {
                state.line += 1;
                state.previous_line_offset = state.line_offset;
                state.line_offset = offset + position as u64 + 1;
            }
        }
        state.at += count;
        Ok(count)
    }
}
