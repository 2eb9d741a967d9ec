//! `anser find`: the documents that match, as a table for a person and as lines of JSON for a program.

use crate::failure::Result;
use crate::json::{Style, write_document};
use crate::output::{self, Written, to_stdout, written};
use crate::question::Question;
use crate::table::Documents;
use crate::target::Target;
use crate::unknown;
use anser_query::value::DocumentRef;
use clap::{Args, ValueEnum};
use std::io::Write;

/// How many documents a table shows unless --limit says otherwise.
const TABLE_ROWS: usize = 20;

/// Shows the documents that match a filter.
///
/// On a terminal: a table, of the first 20 documents unless --limit asks for more. In a pipe: every document as a
/// line of relaxed Extended JSON.
#[derive(Args)]
#[command(after_help = "\
Examples:
  anser find sqlite:./app.db restaurants '{\"rating\": {\"$gte\": 5}}' --sort -rating,name --limit 10
  anser find sqlite:./app.db people '{\"address.city\": \"Paris\"}' --project name,age
  anser find sqlite:./app.db people '{\"born\": {\"$lt\": {\"$date\": \"2000-01-01T00:00:00Z\"}}}'
  anser find sqlite:./app.db people | jq .name")]
pub(crate) struct Find {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    question: Question,
    /// How documents are shown; without it: a table on a terminal, relaxed in a pipe
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table of the top-level fields
    Table,
    /// Extended JSON with plain numbers and dates, a document a line
    Relaxed,
    /// Extended JSON with every type, a document a line
    Canonical,
}

impl Find {
    pub(crate) fn run(self) -> Result<()> {
        let mut request = self.question.request()?;
        let (database, namespace) = self.target.open_existing()?;
        let format =
            self.format.unwrap_or(if output::is_terminal() { Format::Table } else { Format::Relaxed });
        let rows = request.limit.map_or(TABLE_ROWS, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        if format == Format::Table && request.limit.is_none() {
            // One more tells whether there are more.
            request.limit = Some(TABLE_ROWS as u64 + 1);
        }
        let mut cursor = database.engine().find(&namespace, &request)?;
        let mut found = false;
        match format {
            Format::Table => {
                let mut table = Documents::new(rows);
                while let Some(document) = cursor.next()? {
                    found = true;
                    table.add(DocumentRef::from(document));
                }
                output::print(table)?;
            }
            Format::Relaxed | Format::Canonical => {
                let style = if format == Format::Relaxed { Style::Relaxed } else { Style::Canonical };
                to_stdout(|writer| {
                    let mut line = Vec::new();
                    while let Some(document) = cursor.next()? {
                        found = true;
                        line.clear();
                        write_document(&mut line, DocumentRef::from(document), style);
                        line.push(b'\n');
                        if written(writer.write_all(&line), "to standard output")? == Written::Refused {
                            return Ok(Written::Refused);
                        }
                    }
                    Ok(Written::All)
                })?;
            }
        }
        drop(cursor);
        if !found {
            for note in unknown::notes(&database, &namespace, &request.filter)? {
                eprintln!("anser: {note}");
            }
        }
        Ok(database.close()?)
    }
}
