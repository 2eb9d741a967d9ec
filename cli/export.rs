//! `anser export`: a collection into a file.
//!
//! The invariant: a file that is written is whole or not there: it takes its name when everything is in it.

use crate::csv;
use crate::failure::{Exit, Failure, Result, cannot_write};
use crate::json::{Style, write_document};
use crate::output::{Written, to_stdout, written};
use crate::progress::{self, Progress};
use crate::target::Target;
use anser::Database;
use anser::engine::{FindRequest, Namespace};
use anser_query::value::DocumentRef;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// How many documents are written between two looks at the progress.
const STEP: u64 = 1000;

/// Writes the documents of a collection, in the order in which they were inserted.
///
/// canonical keeps every type and is what `anser import` reads back to the same documents; relaxed is easier to
/// read and does not tell int32 from int64; csv has a column for every path, arrays as JSON, and no types.
#[derive(Args)]
#[command(after_help = "\
Examples:
  anser export sqlite:./app.db restaurants -o restaurants.json
  anser export sqlite:./app.db restaurants --format relaxed | jq .name
  anser export sqlite:./app.db people --format csv --fields name,address.city -o people.csv")]
pub(crate) struct Export {
    #[command(flatten)]
    target: Target,
    /// The file to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How documents are written
    #[arg(long, value_enum, default_value_t = Format::Canonical)]
    format: Format,
    /// CSV: the columns, in this order; all paths without it, in the order in which they are first met
    #[arg(long, value_name = "PATH,…", value_delimiter = ',')]
    fields: Vec<String>,
}

/// The formats of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Extended JSON with every type, a document a line
    Canonical,
    /// Extended JSON with plain numbers and dates, a document a line
    Relaxed,
    /// A row a document
    Csv,
}

impl Export {
    pub(crate) fn run(self) -> Result<()> {
        if self.format != Format::Csv && !self.fields.is_empty() {
            return Err(Failure::usage("--fields chooses the columns of --format csv"));
        }
        let (database, namespace) = self.target.open_existing()?;
        let source = Source { database: &database, namespace, format: self.format, fields: self.fields };
        match &self.output {
            None => to_stdout(|writer| source.write(writer, "to standard output").map(|(ended, _)| ended))?,
            Some(path) => {
                let what = path.display().to_string();
                let count = into_file(path, |writer| source.write(writer, &what))?;
                eprintln!("{} of {} written to {what}", progress::documents(count), source.namespace);
            }
        }
        Ok(database.close()?)
    }
}

/// What is exported, and how.
pub(crate) struct Source<'d> {
    pub(crate) database: &'d Database,
    pub(crate) namespace: Namespace,
    pub(crate) format: Format,
    pub(crate) fields: Vec<String>,
}

impl Source<'_> {
    /// Writes every document; returns how that ended, and how many there were.
    pub(crate) fn write(&self, writer: &mut dyn Write, what: &str) -> Result<(Written, u64)> {
        match self.format {
            Format::Canonical => self.write_json(writer, what, Style::Canonical),
            Format::Relaxed => self.write_json(writer, what, Style::Relaxed),
            Format::Csv => self.write_csv(writer, what),
        }
    }

    fn write_json(&self, writer: &mut dyn Write, what: &str, style: Style) -> Result<(Written, u64)> {
        let mut line = Vec::new();
        self.each(&mut |document| {
            line.clear();
            write_document(&mut line, document, style);
            line.push(b'\n');
            written(writer.write_all(&line), what)
        })
    }

    fn write_csv(&self, writer: &mut dyn Write, what: &str) -> Result<(Written, u64)> {
        let mut names = self.fields.clone();
        if names.is_empty() {
            self.each(&mut |document| {
                csv::column_names(document, &mut names);
                Ok(Written::All)
            })?;
        }
        let mut writer = ::csv::Writer::from_writer(writer);
        if written(csv::write_header(&mut writer, &names), what)? == Written::Refused {
            return Ok((Written::Refused, 0));
        }
        let ended =
            self.each(&mut |document| written(csv::write_row(&mut writer, &names, document), what))?;
        Ok((written(writer.flush(), what)?, ended.1))
    }

    /// Shows every document to `visit`, in natural order, until it refuses one.
    fn each(&self, visit: &mut dyn FnMut(DocumentRef<'_>) -> Result<Written>) -> Result<(Written, u64)> {
        let engine = self.database.engine();
        let progress = Progress::of_documents(engine.estimated_count(&self.namespace)?);
        // Not in one snapshot: that would end after a minute.
        let mut cursor = engine.find(&self.namespace, &FindRequest::default())?;
        let mut count = 0;
        let mut ended = Written::All;
        while let Some(document) = cursor.next()? {
            if visit(DocumentRef::from(document))? == Written::Refused {
                ended = Written::Refused;
                break;
            }
            count += 1;
            if count % STEP == 0 {
                progress.at(count);
            }
        }
        progress.end();
        Ok((ended, count))
    }
}

/// Writes a file beside its place and moves it there; what is no plain file is written as it is.
fn into_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<(Written, u64)>) -> Result<u64> {
    let what = path.display().to_string();
    let special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    if special && path.is_dir() {
        return Err(Failure::new(Exit::Database, format!("cannot write {what}: it is a folder")));
    }
    let mut name = OsString::from(path);
    if !special {
        name.push(".part");
    }
    let place = PathBuf::from(name);
    let failed = |error: &std::io::Error| cannot_write(&what, error);
    let file = File::create(&place).map_err(|error| failed(&error))?;
    let mut writer = BufWriter::with_capacity(64 * 1024, file);
    let outcome = write(&mut writer).and_then(|(_, count)| {
        let file = writer.into_inner().map_err(|error| failed(error.error()))?;
        if !special {
            file.sync_all().map_err(|error| failed(&error))?;
            fs::rename(&place, path).map_err(|error| failed(&error))?;
        }
        Ok(count)
    });
    if outcome.is_err() && !special {
        // The error that is told is the first one.
        let _ = fs::remove_file(&place);
    }
    outcome
}
