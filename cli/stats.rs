//! `anser stats`: what a storage holds.

use crate::failure::Result;
use crate::output;
use crate::table::{number, table};
use crate::target::open_existing;
use anser::engine::Namespace;
use clap::{Args, ValueEnum};
use comfy_table::Cell;
use indicatif::{HumanBytes, HumanCount};
use std::fmt::Write;

/// Shows the databases and collections of a storage, with their numbers of documents and indexes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  anser stats sqlite:./app.db
  anser stats sqlite:./app.db | jq .documents")]
pub(crate) struct Stats {
    /// Where the documents live, for example sqlite:./app.db
    url: String,
    /// Only this database
    #[arg(long, value_name = "NAME")]
    db: Option<String>,
    /// How it is shown; without it: a table on a terminal, a line of JSON for each collection in a pipe
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// How lists are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table
    Table,
    /// A line of JSON for each
    Json,
}

impl Format {
    /// What is asked for, or what fits standard output.
    pub(crate) fn or_fitting(given: Option<Format>) -> Format {
        given.unwrap_or(if output::is_terminal() { Format::Table } else { Format::Json })
    }
}

impl Stats {
    pub(crate) fn run(self) -> Result<()> {
        let database = open_existing(&self.url)?;
        let engine = database.engine();
        let header = ["database", "collection", "documents", "indexes"];
        let mut shown = table(header.map(str::to_owned));
        let mut json = String::new();
        let mut sizes = String::new();
        for info in engine.list_databases()? {
            if self.db.as_ref().is_some_and(|only| *only != info.name) {
                continue;
            }
            for collection in engine.list_collections(&info.name)? {
                let namespace = Namespace::new(&*info.name, &*collection.name)?;
                let documents = engine.estimated_count(&namespace)?;
                let indexes = engine.list_indexes(&namespace)?.len();
                shown.add_row(vec![
                    Cell::new(&info.name),
                    Cell::new(&collection.name),
                    number(HumanCount(documents)),
                    number(indexes),
                ]);
                let [name, collection] = [&info.name, &collection.name].map(|text| quoted(text));
                writeln!(
                    json,
                    "{{\"database\":{name},\"collection\":{collection},\"documents\":{documents},\"indexes\":{indexes}}}"
                )
                .expect("a String takes every character");
            }
            writeln!(sizes, "{}: {}", info.name, HumanBytes(info.size_bytes))
                .expect("a String takes every character");
        }
        database.close()?;
        match Format::or_fitting(self.format) {
            Format::Table if shown.is_empty() => output::print("no collections"),
            Format::Table => output::print(format!("{}\n{}", shown.trim_fmt(), sizes.trim_end())),
            Format::Json if json.is_empty() => Ok(()),
            Format::Json => output::print(json.trim_end()),
        }
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
