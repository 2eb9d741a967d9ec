//! Tables for people.

use crate::json::{Style, decimal_text, double_text, format_date, string_text, write_value};
use crate::progress::documents;
use anser_query::value::{DocumentRef, ValueRef, View};
use bson::oid::ObjectId;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use std::fmt;

/// How many characters of a value a cell shows.
const CELL_CHARACTERS: usize = 48;

/// How many columns a table has.
const COLUMNS: usize = 10;

/// Documents as a table: a column for each of their top-level fields.
pub(crate) struct Documents {
    rows_max: usize,
    names: Vec<String>,
    rows: Vec<Vec<(usize, Cell)>>,
    more: bool,
}

impl Documents {
    /// A table of at most `rows_max` documents; it says when there are more.
    pub(crate) fn new(rows_max: usize) -> Documents {
        Documents { rows_max, names: Vec::new(), rows: Vec::new(), more: false }
    }

    /// Adds a document.
    pub(crate) fn add(&mut self, document: DocumentRef<'_>) {
        if self.rows.len() == self.rows_max {
            self.more = true;
            return;
        }
        let mut row = Vec::new();
        for element in document.elements() {
            let name = string_text(element.name);
            let column = self.names.iter().position(|known| *known == name).unwrap_or_else(|| {
                self.names.push(name.into_owned());
                self.names.len() - 1
            });
            row.push((column, cell(element.value)));
        }
        self.rows.push(row);
    }
}

impl fmt::Display for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.len() as u64;
        if rows == 0 {
            return f.write_str("no documents");
        }
        let (shown, left_out) = self.names.split_at(self.names.len().min(COLUMNS));
        let mut table = table(shown.iter().map(|name| plain(name)));
        for row in &self.rows {
            let mut cells = vec![Cell::new(""); shown.len()];
            for (column, cell) in row {
                if let Some(place) = cells.get_mut(*column) {
                    *place = cell.clone();
                }
            }
            table.add_row(cells);
        }
        writeln!(f, "{}", table.trim_fmt())?;
        f.write_str(&documents(rows))?;
        if self.more {
            f.write_str(", and more: --limit N shows them")?;
        }
        if !left_out.is_empty() {
            let names: Vec<String> = left_out.iter().map(|name| plain(name)).collect();
            write!(f, "; not shown: {}: --project chooses", shortened(&names.join(", "), 200))?;
        }
        Ok(())
    }
}

/// An empty table with a header.
pub(crate) fn table(header: impl IntoIterator<Item = String>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.into_iter().map(Cell::new));
    table
}

/// A number, on the right side of its column.
pub(crate) fn number(value: impl fmt::Display) -> Cell {
    Cell::new(value).set_alignment(CellAlignment::Right)
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value.view() {
        View::String(text) => Cell::new(shortened(&plain(&string_text(text)), CELL_CHARACTERS)),
        View::Int32(value) => number(value),
        View::Int64(value) => number(value),
        View::Double(value) => number(double_text(value)),
        View::Decimal128(bytes) => number(decimal_text(bytes)),
        View::ObjectId(bytes) => Cell::new(ObjectId::from_bytes(*bytes).to_hex()),
        View::DateTime(milliseconds) => Cell::new(format_date(milliseconds).unwrap_or_else(|| json(value))),
        View::Document(_)
        | View::Array(_)
        | View::Binary { .. }
        | View::Undefined
        | View::Boolean(_)
        | View::Null
        | View::Regex { .. }
        | View::DbPointer { .. }
        | View::JavaScript(_)
        | View::Symbol(_)
        | View::JavaScriptWithScope { .. }
        | View::Timestamp { .. }
        | View::MaxKey
        | View::MinKey => Cell::new(json(value)),
    }
}

fn json(value: ValueRef<'_>) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value, Style::Relaxed);
    shortened(&plain(&string_text(&out)), CELL_CHARACTERS)
}

/// Text without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}

fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
