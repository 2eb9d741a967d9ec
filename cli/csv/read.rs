//! Documents out of CSV.
//!
//! The invariant: every column has its type before the first document is made. A file is read through once for
//! that; standard input is judged by its first rows, and a later cell that does not fit is an error that names
//! the column.

use super::cell::{Guess, Type};
use super::columns::{Field, fields, write_fields};
use crate::failure::{Failure, Result};
use crate::input::Input;
use anser_query::value::write;
use bson::RawDocumentBuf;
use csv::ByteRecord;
use std::collections::VecDeque;
use std::path::Path;

/// By how many rows the columns of a stream are judged.
const GUESSED_ROWS: usize = 1000;

/// How many characters of a row a message shows.
const SHOWN: usize = 100;

/// What the command line says about CSV.
#[derive(Debug)]
pub(crate) struct Options {
    types: Vec<(String, Type)>,
    delimiter: u8,
}

impl Options {
    /// `types` as `column=type`, a delimiter of one byte (`\t` for a tab).
    pub(crate) fn new(types: &[String], delimiter: &str) -> Result<Options> {
        let delimiter = match delimiter.as_bytes() {
            b"\\t" => b'\t',
            [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => *byte,
            _ => {
                let message =
                    format!("--delimiter is one ASCII character (\\t for a tab), found `{delimiter}`");
                return Err(Failure::usage(message));
            }
        };
        let types = types.iter().map(|given| {
            let wrong = || {
                Failure::usage(format!(
                    "--types {given}: write COLUMN=TYPE, a type is string, int32, int64, double, decimal, bool, \
                     date, objectid, json or auto"
                ))
            };
            let (column, name) = given.rsplit_once('=').ok_or_else(wrong)?;
            Ok((column.to_owned(), Type::named(name).ok_or_else(wrong)?))
        });
        Ok(Options { types: types.collect::<Result<_>>()?, delimiter })
    }

    fn reader<'i>(&self, input: &'i Input) -> csv::Reader<&'i Input> {
        // The number of cells is checked here, where the message can show the row.
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(input)
    }
}

/// A CSV input whose header is read and whose columns have their types.
pub(crate) struct Columns<'i> {
    input: &'i Input,
    reader: csv::Reader<&'i Input>,
    names: Vec<String>,
    fields: Vec<Field>,
    types: Vec<Type>,
    /// Rows that were read to guess by, not handed out yet.
    rows: VecDeque<ByteRecord>,
    guessed_by: Option<usize>,
}

impl<'i> Columns<'i> {
    /// Reads the header and finds every column's type; `path` is where a file can be read a second time.
    pub(crate) fn read(input: &'i Input, path: Option<&Path>, options: Options) -> Result<Columns<'i>> {
        let mut reader = options.reader(input);
        let names = header(input, &mut reader)?;
        let fields = fields(&names).map_err(|(column, why)| {
            Failure::input(format!("{}, line 1, column {column} of the header: {why}", input.name()))
        })?;
        if let Some((unknown, _)) = options.types.iter().find(|(name, _)| !names.contains(name)) {
            let message =
                format!("--types names the column `{unknown}`; {} has: {}", input.name(), names.join(", "));
            return Err(Failure::usage(message));
        }
        let mut columns = Columns {
            input,
            reader,
            names,
            fields,
            types: Vec::new(),
            rows: VecDeque::new(),
            guessed_by: None,
        };
        let guesses = match (input.size(), path) {
            (Some(_), Some(path)) => columns.guess_by_file(path, &options)?,
            _ => columns.guess_by_first_rows()?,
        };
        let given = |name: &String| options.types.iter().rev().find(|(given, _)| given == name);
        let types = columns.names.iter().zip(&guesses);
        columns.types =
            types.map(|(name, guess)| given(name).map_or(guess.type_of_column(), |(_, t)| *t)).collect();
        Ok(columns)
    }

    /// Hands every row to `sink` as a document.
    pub(crate) fn documents(mut self, sink: crate::json::Sink<'_>) -> Result<()> {
        loop {
            let row = match self.rows.pop_front() {
                Some(row) => row,
                None => {
                    let mut row = ByteRecord::new();
                    if !read_row(self.input, &mut self.reader, &mut row)? {
                        return Ok(());
                    }
                    row
                }
            };
            let line = line_of(&row);
            let document = self.document(&row)?;
            sink(document, line)?;
        }
    }

    fn document(&self, row: &ByteRecord) -> Result<RawDocumentBuf> {
        check_count(self.input, &self.names, row)?;
        let mut out = Vec::new();
        let start = write::begin(&mut out);
        write_fields(&self.fields, &mut out, &mut |column, out| {
            let cell = row.get(column).unwrap_or_default();
            if cell.is_empty() {
                return Ok(None);
            }
            let wanted = self.types.get(column).copied().unwrap_or(Type::String);
            let text = text_of(self.input, &self.names, row, column)?;
            match wanted.write(text, out) {
                Some(tag) => Ok(Some(tag)),
                None => Err(self.misfit(row, column, wanted)),
            }
        })?;
        write::end(&mut out, start);
        RawDocumentBuf::from_bytes(out).map_err(|error| broken(self.input, row, &error.to_string()))
    }

    fn misfit(&self, row: &ByteRecord, column: usize, wanted: Type) -> Failure {
        let (name, wanted) = (self.names.get(column).map_or("", String::as_str), wanted.name());
        let text = String::from_utf8_lossy(row.get(column).unwrap_or_default()).into_owned();
        let failure = broken(self.input, row, &format!("column `{name}`: `{text}` is no {wanted}"));
        match self.guessed_by {
            Some(rows) => failure.with_advice(format!(
                "The type was guessed by the first {rows} rows of a stream; say --types {name}=string"
            )),
            None => failure,
        }
    }

    fn guess_by_file(&self, path: &Path, options: &Options) -> Result<Vec<Guess>> {
        let again = Input::open(Some(path))?;
        let mut reader = options.reader(&again);
        let mut guesses = vec![Guess::new(); self.names.len()];
        let mut row = ByteRecord::new();
        read_row(&again, &mut reader, &mut row)?;
        // A broken row ends the guessing, not the import: what precedes it can be stored.
        while read_row(&again, &mut reader, &mut row).unwrap_or(false) {
            see(&mut guesses, &row);
        }
        Ok(guesses)
    }

    fn guess_by_first_rows(&mut self) -> Result<Vec<Guess>> {
        let mut guesses = vec![Guess::new(); self.names.len()];
        while self.rows.len() < GUESSED_ROWS {
            let mut row = ByteRecord::new();
            if !read_row(self.input, &mut self.reader, &mut row)? {
                return Ok(guesses);
            }
            see(&mut guesses, &row);
            self.rows.push_back(row);
        }
        self.guessed_by = Some(GUESSED_ROWS);
        Ok(guesses)
    }
}

fn see(guesses: &mut [Guess], row: &ByteRecord) {
    for (guess, cell) in guesses.iter_mut().zip(row) {
        guess.see(&String::from_utf8_lossy(cell));
    }
}

fn header(input: &Input, reader: &mut csv::Reader<&Input>) -> Result<Vec<String>> {
    let mut row = ByteRecord::new();
    if !read_row(input, reader, &mut row)? {
        return Err(Failure::input(format!("{} is empty; CSV begins with a row of names", input.name())));
    }
    let names = row.iter().map(|name| String::from_utf8(name.to_vec()));
    names.collect::<std::result::Result<_, _>>().map_err(|_| broken(input, &row, "the header is not UTF-8"))
}

fn read_row(input: &Input, reader: &mut csv::Reader<&Input>, row: &mut ByteRecord) -> Result<bool> {
    reader
        .read_byte_record(row)
        .map_err(|error| Failure::input(format!("cannot read {}: {error}", input.name())))
}

fn check_count(input: &Input, names: &[String], row: &ByteRecord) -> Result<()> {
    if row.len() == names.len() {
        return Ok(());
    }
    let why = format!("the row has {} cells, the header has {}", row.len(), names.len());
    Err(broken(input, row, &why))
}

fn text_of<'r>(input: &Input, names: &[String], row: &'r ByteRecord, column: usize) -> Result<&'r str> {
    std::str::from_utf8(row.get(column).unwrap_or_default()).map_err(|_| {
        let name = names.get(column).map_or("", String::as_str);
        broken(input, row, &format!("column `{name}` is not UTF-8"))
    })
}

fn line_of(row: &ByteRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

/// An error of a row, with the row.
fn broken(input: &Input, row: &ByteRecord, why: &str) -> Failure {
    let cells: Vec<_> = row.iter().map(String::from_utf8_lossy).collect();
    let text: String = cells.join(",").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let ends = if text.chars().count() > SHOWN { "…" } else { "" };
    let text: String = text.chars().take(SHOWN).collect();
    Failure::input(format!("{}, line {}: {why}", input.name(), line_of(row)))
        .with_advice(format!("  {text}{ends}"))
}
