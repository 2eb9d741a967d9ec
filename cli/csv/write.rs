//! Documents as rows: a column for every path to a value, arrays as JSON in a cell.

use crate::json::{Style, decimal_text, double_text, format_date, string_text, write_value};
use anser_query::value::{DocumentRef, ValueRef, View};
use bson::oid::ObjectId;
use std::io::{self, Write};

/// Calls `visit` with every path of a document that leads to a cell, in the document's order.
fn cells<'d>(document: DocumentRef<'d>, path: &mut String, visit: &mut dyn FnMut(&str, ValueRef<'d>)) {
    for element in document.elements() {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(&string_text(element.name));
        match element.value.view() {
            View::Document(inner) if !inner.is_empty() => cells(inner, path, visit),
            _ => visit(path, element.value),
        }
        path.truncate(length);
    }
}

/// Adds the columns that a document needs to `names`, which keep the order in which they are first met.
pub(crate) fn column_names(document: DocumentRef<'_>, names: &mut Vec<String>) {
    cells(document, &mut String::new(), &mut |path, _| {
        if !names.iter().any(|name| name == path) {
            names.push(path.to_owned());
        }
    });
}

/// Writes the row of names.
pub(crate) fn write_header(writer: &mut csv::Writer<impl Write>, names: &[String]) -> io::Result<()> {
    writer.write_record(names).map_err(io_error)
}

/// Writes a document as a row; what has no column is left out.
pub(crate) fn write_row(
    writer: &mut csv::Writer<impl Write>,
    names: &[String],
    document: DocumentRef<'_>,
) -> io::Result<()> {
    let mut row = vec![String::new(); names.len()];
    cells(document, &mut String::new(), &mut |path, value| {
        if let Some(column) = names.iter().position(|name| name == path) {
            row[column] = cell_text(value);
        }
    });
    writer.write_record(&row).map_err(io_error)
}

fn cell_text(value: ValueRef<'_>) -> String {
    match value.view() {
        View::Null | View::Undefined => String::new(),
        View::String(text) | View::Symbol(text) => string_text(text).into_owned(),
        View::Boolean(value) => value.to_string(),
        View::Int32(number) => number.to_string(),
        View::Int64(number) => number.to_string(),
        View::Double(number) => double_text(number),
        View::Decimal128(bytes) => decimal_text(bytes),
        View::ObjectId(bytes) => ObjectId::from_bytes(*bytes).to_hex(),
        View::DateTime(milliseconds) => format_date(milliseconds).unwrap_or_else(|| json_text(value)),
        View::Document(_)
        | View::Array(_)
        | View::Binary { .. }
        | View::Regex { .. }
        | View::DbPointer { .. }
        | View::JavaScript(_)
        | View::JavaScriptWithScope { .. }
        | View::Timestamp { .. }
        | View::MaxKey
        | View::MinKey => json_text(value),
    }
}

fn json_text(value: ValueRef<'_>) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value, Style::Relaxed);
    string_text(&out).into_owned()
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
