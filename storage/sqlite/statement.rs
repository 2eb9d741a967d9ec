//! The SQL of a tree, written once per connection and tree.
//!
//! Table and column names are made of the tree's number alone: no text of a caller ever becomes SQL.

use crate::error::{Error, ErrorKind, Result};
use crate::tree::{Direction, Key, Range, Shape, TreeId};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::ops::Bound;
use std::sync::OnceLock;

/// What every connection asks, whatever the trees.
pub(super) const BEGIN: &str = "BEGIN";
pub(super) const BEGIN_IMMEDIATE: &str = "BEGIN IMMEDIATE";
pub(super) const COMMIT: &str = "COMMIT";
pub(super) const ROLLBACK: &str = "ROLLBACK";
pub(super) const DATA_VERSION: &str = "PRAGMA data_version";
pub(super) const TREES: &str = "SELECT id FROM anser_trees ORDER BY id";
pub(super) const TREE: &str = "SELECT shape, last FROM anser_trees WHERE id = ?1";
pub(super) const ADD_TREE: &str =
    "INSERT OR IGNORE INTO anser_trees (id, shape, derived, label, last) VALUES (?1, ?2, ?3, ?4, 0)";
pub(super) const REMOVE_TREE: &str = "DELETE FROM anser_trees WHERE id = ?1";
pub(super) const SET_LAST: &str = "UPDATE anser_trees SET last = ?2 WHERE id = ?1";

/// How `anser_trees.shape` says it.
pub(super) fn shape_number(shape: Shape) -> i64 {
    match shape {
        Shape::Records => 0,
        Shape::Keys => 1,
    }
}

/// The shape behind a number of `anser_trees.shape`.
pub(super) fn shape_of(number: i64) -> Option<Shape> {
    match number {
        0 => Some(Shape::Records),
        1 => Some(Shape::Keys),
        _ => None,
    }
}

/// The statements of one tree.
pub(super) struct TreeStatements {
    pub(super) id: TreeId,
    pub(super) shape: Shape,
    table: String,
    pub(super) get: String,
    pub(super) put: String,
    pub(super) put_new: String,
    pub(super) update: String,
    pub(super) append: String,
    pub(super) append_at: String,
    pub(super) remove: String,
    pub(super) clear: String,
    pub(super) last: String,
    scans: [OnceLock<String>; 18],
    counts: [OnceLock<String>; 9],
}

impl TreeStatements {
    pub(super) fn new(id: TreeId, shape: Shape) -> Self {
        let (table, key, value) = match shape {
            Shape::Records => (format!("d{}", id.0), "record", "document"),
            Shape::Keys => (format!("i{}", id.0), "key", "entry"),
        };
        TreeStatements {
            id,
            shape,
            get: format!("SELECT {value} FROM {table} WHERE {key} = ?1"),
            put: format!("INSERT OR REPLACE INTO {table} ({key}, {value}) VALUES (?1, ?2)"),
            put_new: format!("INSERT OR IGNORE INTO {table} ({key}, {value}) VALUES (?1, ?2)"),
            update: format!("UPDATE {table} SET {value} = ?2 WHERE {key} = ?1"),
            append: format!("INSERT INTO {table} ({value}) VALUES (?1)"),
            append_at: format!("INSERT INTO {table} ({key}, {value}) VALUES (?1, ?2)"),
            remove: format!("DELETE FROM {table} WHERE {key} = ?1"),
            clear: format!("DELETE FROM {table}"),
            last: format!("SELECT max({key}) FROM {table}"),
            scans: Default::default(),
            counts: Default::default(),
            table,
        }
    }

    /// The statement that creates the table.
    pub(super) fn create(&self) -> String {
        let table = &self.table;
        match self.shape {
            Shape::Records => {
                format!("CREATE TABLE {table} (record INTEGER PRIMARY KEY, document BLOB NOT NULL)")
            }
            Shape::Keys => {
                format!("CREATE TABLE {table} (key BLOB PRIMARY KEY, entry BLOB NOT NULL) WITHOUT ROWID")
            }
        }
    }

    /// The statement that drops the table.
    pub(super) fn drop(&self) -> String {
        format!("DROP TABLE IF EXISTS {}", self.table)
    }

    /// The statement that reads a range in a direction.
    pub(super) fn scan(&self, bounds: &Bounds<'_>, direction: Direction) -> &str {
        let combination = bounds.combination();
        let (slot, order) = match direction {
            Direction::Forward => (combination * 2, ""),
            Direction::Backward => (combination * 2 + 1, " DESC"),
        };
        self.scans[slot].get_or_init(|| {
            let (key, value) = self.columns();
            let (table, condition) = (&self.table, condition(key, combination));
            format!("SELECT {key}, {value} FROM {table}{condition} ORDER BY {key}{order}")
        })
    }

    /// The statement that counts a range.
    pub(super) fn count(&self, bounds: &Bounds<'_>) -> &str {
        let combination = bounds.combination();
        self.counts[combination].get_or_init(|| {
            let (table, condition) = (&self.table, condition(self.columns().0, combination));
            format!("SELECT count(*) FROM {table}{condition}")
        })
    }

    fn columns(&self) -> (&'static str, &'static str) {
        match self.shape {
            Shape::Records => ("record", "document"),
            Shape::Keys => ("key", "entry"),
        }
    }
}

/// The WHERE of a combination of bounds: lower in thirds, upper in ones; 0 absent, 1 included, 2 excluded.
fn condition(key: &str, combination: usize) -> String {
    let lower = ["", ">=", ">"][combination / 3];
    let upper = ["", "<=", "<"][combination % 3];
    match (lower, upper) {
        ("", "") => String::new(),
        (lower, "") => format!(" WHERE {key} {lower} ?1"),
        ("", upper) => format!(" WHERE {key} {upper} ?1"),
        (lower, upper) => format!(" WHERE {key} {lower} ?1 AND {key} {upper} ?2"),
    }
}

/// The two ends of a range as SQLite compares them.
pub(super) struct Bounds<'a> {
    lower: Bound<SqlKey<'a>>,
    upper: Bound<SqlKey<'a>>,
}

impl<'a> Bounds<'a> {
    /// The bounds of `range` in `tree`, or `None` when nothing can lie between them. Record numbers are u64
    /// and SQLite's are i64: what lies beyond is cut off here.
    ///
    /// # Errors
    /// Misuse for a key of the other shape.
    pub(super) fn new(tree: &TreeStatements, range: Range<'a>) -> Result<Option<Bounds<'a>>> {
        for bound in [range.lower, range.upper] {
            if let Bound::Included(key) | Bound::Excluded(key) = bound {
                check_key(tree, key)?;
            }
        }
        let lower = match range.lower.map(SqlKey::new) {
            Bound::Unbounded => Bound::Unbounded,
            Bound::Included(Some(key)) => Bound::Included(key),
            Bound::Excluded(Some(key)) => Bound::Excluded(key),
            Bound::Included(None) | Bound::Excluded(None) => return Ok(None),
        };
        let upper = match range.upper.map(SqlKey::new) {
            Bound::Included(Some(key)) => Bound::Included(key),
            Bound::Excluded(Some(key)) => Bound::Excluded(key),
            Bound::Unbounded | Bound::Included(None) | Bound::Excluded(None) => Bound::Unbounded,
        };
        Ok(Some(Bounds { lower, upper }))
    }

    /// Which of the nine kinds of range it is.
    fn combination(&self) -> usize {
        kind(&self.lower) * 3 + kind(&self.upper)
    }

    /// Binds what there is to `statement`, in order.
    pub(super) fn bind(&self, statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<()> {
        let mut position = 1;
        for bound in [&self.lower, &self.upper] {
            if let Bound::Included(key) | Bound::Excluded(key) = bound {
                statement.raw_bind_parameter(position, key)?;
                position += 1;
            }
        }
        Ok(())
    }
}

fn kind(bound: &Bound<SqlKey<'_>>) -> usize {
    match bound {
        Bound::Unbounded => 0,
        Bound::Included(_) => 1,
        Bound::Excluded(_) => 2,
    }
}

/// Refuses a key of the other shape.
pub(super) fn check_key(tree: &TreeStatements, key: Key<'_>) -> Result<()> {
    match (tree.shape, key) {
        (Shape::Records, Key::Record(_)) | (Shape::Keys, Key::Bytes(_)) => Ok(()),
        (shape, key) => {
            let given = if matches!(key, Key::Record(_)) { "a record number" } else { "bytes" };
            let message = format!("tree {} is keyed by {shape:?}, and the key is {given}", tree.id.0);
            Err(Error::new(ErrorKind::Misuse, message))
        }
    }
}

/// A key as SQLite stores it.
#[derive(Clone, Copy)]
pub(super) enum SqlKey<'a> {
    Record(i64),
    Bytes(&'a [u8]),
}

impl<'a> SqlKey<'a> {
    /// `None` for a record number that SQLite cannot hold, and so never gave.
    pub(super) fn new(key: Key<'a>) -> Option<SqlKey<'a>> {
        match key {
            Key::Record(record) => i64::try_from(record).ok().map(SqlKey::Record),
            Key::Bytes(bytes) => Some(SqlKey::Bytes(bytes)),
        }
    }
}

impl ToSql for SqlKey<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            SqlKey::Record(record) => ValueRef::Integer(*record),
            SqlKey::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
