//! `anser import`: documents out of a file into a collection.
//!
//! The invariant: what is stored is always a prefix of the input, so that a number of documents says where an
//! import stopped, and `--skip` with that number goes on from there.

use crate::csv::{self, Columns};
use crate::failure::{Exit, Failure, Result};
use crate::input::Input;
use crate::interrupt::Interrupt;
use crate::json::{self, Purpose};
use crate::progress::{self, Progress};
use crate::target::Target;
use anser::Database;
use anser::engine::{Namespace, WriteOptions};
use bson::RawDocumentBuf;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// A batch is stored when it has this many documents …
const BATCH_DOCUMENTS: usize = 1000;

/// … or this many bytes, so that it stays one transaction.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Stores the documents of a JSON or CSV file in a collection.
///
/// Reads standard input without FILE. JSON: one document a line, or arrays of documents, in MongoDB's Extended
/// JSON: canonical, relaxed, and as the old shell wrote it. Plain numbers are int32, int64 or double by their
/// text: 1, 3000000000, 1.0. CSV: the first row names the fields, `address.city` is a field in a document, an
/// empty cell is a field that is not there.
///
/// Documents are stored in their order, in batches; a document without _id gets one. The first document that
/// cannot be read or stored ends the import: what precedes it is stored, and the message says how to go on.
#[derive(Args)]
#[command(after_help = "\
Examples:
  anser import sqlite:./app.db restaurants restaurants.json
  anser import sqlite:./app.db people people.csv --types zip=string,born=date
  gunzip -c big.json.gz | anser import 'sqlite:./app.db?durability=os' events
  anser import sqlite:./app.db restaurants restaurants.json --skip 12000

Exit codes:
  0  everything is stored
  1  the database cannot be opened or failed
  2  the command line makes no sense
  3  the input cannot be read or is broken
  4  the database refused a document (a duplicate key)")]
pub(crate) struct Import {
    #[command(flatten)]
    target: Target,
    /// The file; standard input without one
    file: Option<PathBuf>,
    /// What the file is; without it: CSV when the name ends with .csv, JSON otherwise
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Leave out the first N documents of the input: they are stored already
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u64,
    /// CSV: the types of columns; the others are guessed
    ///
    /// string, int32, int64, double, decimal, bool, date, objectid, json, or auto (each cell by itself)
    #[arg(long, value_name = "COLUMN=TYPE,…", value_delimiter = ',')]
    types: Vec<String>,
    /// CSV: what stands between two cells
    #[arg(long, value_name = "CHARACTER", default_value = ",")]
    delimiter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
    Csv,
}

impl Import {
    pub(crate) fn run(self) -> Result<()> {
        let format = self.format.unwrap_or_else(|| format_of(self.file.as_deref()));
        let options = csv::Options::new(&self.types, &self.delimiter)?;
        if format == Format::Json && !self.types.is_empty() {
            return Err(Failure::usage("--types is for CSV; JSON says the types itself"));
        }
        let input = Input::open(self.file.as_deref())?;
        let columns = match format {
            Format::Json => None,
            Format::Csv => Some(Columns::read(&input, self.file.as_deref(), options)?),
        };
        let (database, namespace) = self.target.open_or_make()?;
        let place = namespace.clone();
        let skip = self.skip;
        let interrupt = Interrupt::listen(move |done| {
            let failure = Failure::new(Exit::Interrupted, "interrupted while waiting for the input");
            let stored = done.saturating_sub(skip);
            crate::end(&advised(failure, stored, done, &place));
        });
        let mut store = Store::new(&database, namespace, self.skip, input.size(), interrupt.clone());
        let outcome = store.store_all(&input, columns);
        interrupt.import_ended();
        let Store { stored, read, progress, namespace, .. } = store;
        let took = progress.end();
        let closed = database.close().map_err(Failure::from);
        match outcome.and(closed) {
            Ok(()) => {
                let documents = progress::documents(stored);
                println!("{documents} stored in {namespace} in {:.2} s", took.as_secs_f64());
                if read < self.skip {
                    println!(
                        "The input holds {}: --skip {} left out all of them.",
                        progress::documents(read),
                        self.skip
                    );
                }
                Ok(())
            }
            Err(failure) => Err(advised(failure, stored, done(skip, read, stored), &namespace)),
        }
    }
}

fn format_of(file: Option<&Path>) -> Format {
    let extension = file.and_then(Path::extension).unwrap_or_default();
    if extension.eq_ignore_ascii_case("csv") { Format::Csv } else { Format::Json }
}

/// How many documents of the input need not be looked at again, after `read` were read.
fn done(skip: u64, read: u64, stored: u64) -> u64 {
    skip.min(read) + stored
}

/// Says what is stored, and how to go on behind the first `done` documents of the input.
fn advised(failure: Failure, stored: u64, done: u64, namespace: &Namespace) -> Failure {
    let documents = progress::documents(stored);
    let are = if stored == 1 { "is" } else { "are" };
    let next = done + 1;
    let stopped = format!("{documents} {are} stored in {namespace}; the import stopped at document {next}.");
    let again = match done {
        0 => "the same command".to_owned(),
        done => format!("the same command and --skip {done}"),
    };
    let advice = match failure.exit {
        Exit::Refused => format!("Mend it and go on with {again}, or leave it out with --skip {next}."),
        Exit::Interrupted => format!("Go on with {again}."),
        Exit::Database | Exit::Usage | Exit::Input => format!("When that is mended, go on with {again}."),
    };
    failure.with_advice(stopped).with_advice(advice)
}

/// Documents on their way into a collection.
pub(crate) struct Store<'d> {
    database: &'d Database,
    namespace: Namespace,
    skip: u64,
    batch: Vec<RawDocumentBuf>,
    /// The line that each document of the batch begins in.
    lines: Vec<u64>,
    batch_bytes: usize,
    read: u64,
    stored: u64,
    progress: Progress,
    interrupt: Interrupt,
}

impl<'d> Store<'d> {
    pub(crate) fn new(
        database: &'d Database,
        namespace: Namespace,
        skip: u64,
        size: Option<u64>,
        interrupt: Interrupt,
    ) -> Store<'d> {
        Store {
            database,
            namespace,
            skip,
            batch: Vec::new(),
            lines: Vec::new(),
            batch_bytes: 0,
            read: 0,
            stored: 0,
            progress: Progress::of_bytes(size),
            interrupt,
        }
    }

    /// Stores every document of `input`; what precedes a broken one is stored then, too.
    pub(crate) fn store_all(&mut self, input: &Input, columns: Option<Columns<'_>>) -> Result<()> {
        let sink = &mut |document, line| self.take(document, line, input);
        let read = match columns {
            None => json::documents(input, Purpose::Data, sink),
            Some(columns) => columns.documents(sink),
        };
        match read {
            // The database said no already: what is left of the batch stands behind that.
            Err(failure) if failure.exit != Exit::Input => Err(failure),
            read => self.flush(input).and(read),
        }
    }

    fn take(&mut self, document: RawDocumentBuf, line: u64, input: &Input) -> Result<()> {
        self.read += 1;
        if self.read <= self.skip {
            if self.read.is_multiple_of(BATCH_DOCUMENTS as u64) {
                self.progress.at(input.offset());
            }
            return Ok(());
        }
        self.batch_bytes += document.as_bytes().len();
        self.batch.push(document);
        self.lines.push(line);
        if self.batch.len() >= BATCH_DOCUMENTS || self.batch_bytes >= BATCH_BYTES {
            self.flush(input)?;
        }
        Ok(())
    }

    fn flush(&mut self, input: &Input) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let lines = std::mem::take(&mut self.lines);
        self.batch_bytes = 0;
        if batch.is_empty() {
            return Ok(());
        }
        let Store { database, namespace, interrupt, stored, read, skip, .. } = self;
        let inserted = interrupt.store(|| {
            let outcome = database.engine().insert(namespace, batch, &WriteOptions::default());
            *stored += outcome.as_ref().map_or(0, |outcome| outcome.inserted);
            (outcome, done(*skip, *read, *stored))
        });
        let Some(outcome) = inserted else {
            return Err(Failure::new(Exit::Interrupted, "interrupted"));
        };
        let outcome = outcome?;
        self.progress.at_with_documents(input.offset(), self.stored);
        let Some(error) = outcome.write_errors.first() else { return Ok(()) };
        let line = lines.get(error.index).copied().unwrap_or_default();
        let message = format!("{}, line {line}: {} ({})", input.name(), error.message, error.code);
        Err(Failure::new(Exit::Refused, message))
    }
}
