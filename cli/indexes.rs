//! `anser indexes`: the indexes of a collection, listed, made and dropped.

use crate::failure::{Failure, Result};
use crate::json::{self, Style, write_document};
use crate::output;
use crate::stats::Format;
use crate::table::table;
use crate::target::Target;
use anser::Database;
use anser::engine::{IndexChoice, IndexInfo, IndexSpec, Namespace};
use anser_query::value::DocumentRef;
use bson::{Document, RawDocumentBuf, doc};
use clap::Args;
use comfy_table::Cell;

/// Lists the indexes of a collection; makes one with --create, drops one with --drop.
#[derive(Args)]
#[command(after_help = "\
Examples:
  anser indexes sqlite:./app.db restaurants
  anser indexes sqlite:./app.db restaurants --create '{\"rating\": -1, \"name\": 1}'
  anser indexes sqlite:./app.db people --create '{\"email\": 1}' --unique --sparse
  anser indexes sqlite:./app.db restaurants --drop rating_-1_name_1")]
pub(crate) struct Indexes {
    #[command(flatten)]
    target: Target,
    /// Make an index with this key pattern, and wait until it is ready
    #[arg(long, value_name = "KEYS", conflicts_with = "drop")]
    create: Option<String>,
    /// With --create: two documents may not share a key
    #[arg(long, requires = "create")]
    unique: bool,
    /// With --create: leave out documents that have none of the fields
    #[arg(long, requires = "create")]
    sparse: bool,
    /// With --create: its name; without it: made of the pattern
    #[arg(long, requires = "create")]
    name: Option<String>,
    /// Drop the index of this name
    #[arg(long, value_name = "NAME")]
    drop: Option<String>,
    /// How the list is shown; without it: a table on a terminal, a line of JSON for each index in a pipe
    #[arg(long, value_enum)]
    format: Option<Format>,
}

impl Indexes {
    pub(crate) fn run(self) -> Result<()> {
        let spec = self.spec()?;
        let (database, namespace) = self.target.open_existing()?;
        if let Some(spec) = spec {
            let outcome = database.engine().create_indexes(&namespace, &[spec])?;
            eprintln!("{}", if outcome.after > outcome.before { "created" } else { "it is there already" });
        }
        if let Some(name) = &self.drop {
            database.engine().drop_indexes(&namespace, &IndexChoice::Name(name.clone()))?;
            eprintln!("dropped");
        }
        self.list(&database, &namespace)?;
        Ok(database.close()?)
    }

    fn spec(&self) -> Result<Option<IndexSpec>> {
        let Some(keys) = &self.create else { return Ok(None) };
        let keys = Document::try_from(json::argument("--create", keys)?)
            .map_err(|error| Failure::usage(format!("--create {keys}: {error}")))?;
        let mut spec = IndexSpec::new(keys);
        spec.name.clone_from(&self.name);
        spec.unique = self.unique;
        spec.sparse = self.sparse;
        Ok(Some(spec))
    }

    fn list(&self, database: &Database, namespace: &Namespace) -> Result<()> {
        let indexes = database.engine().list_indexes(namespace)?;
        match Format::or_fitting(self.format) {
            Format::Table => {
                let mut shown = table(["name", "keys", "properties"].map(str::to_owned));
                for index in &indexes {
                    shown.add_row(vec![
                        Cell::new(&index.name),
                        Cell::new(line(&index.keys)?),
                        Cell::new(properties(index)),
                    ]);
                }
                output::print(shown.trim_fmt())
            }
            Format::Json => {
                let lines: Result<Vec<String>> =
                    indexes.iter().map(|index| line(&described(index))).collect();
                output::print(lines?.join("\n"))
            }
        }
    }
}

fn properties(index: &IndexInfo) -> String {
    let all = [(index.unique, "unique"), (index.sparse, "sparse"), (!index.ready, "being built")];
    let held: Vec<&str> = all.iter().filter(|(held, _)| *held).map(|(_, name)| *name).collect();
    held.join(", ")
}

fn described(index: &IndexInfo) -> Document {
    doc! {
        "name": &index.name,
        "key": &index.keys,
        "unique": index.unique,
        "sparse": index.sparse,
        "ready": index.ready,
    }
}

fn line(document: &Document) -> Result<String> {
    let raw = RawDocumentBuf::try_from(document).map_err(|error| {
        Failure::new(crate::failure::Exit::Database, format!("cannot show an index: {error}"))
    })?;
    let mut out = Vec::new();
    write_document(&mut out, DocumentRef::from(&raw), Style::Relaxed);
    Ok(String::from_utf8_lossy(&out).into_owned())
}
