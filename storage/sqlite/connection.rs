//! One connection and what it knows: prepared statements, trees it has seen, record numbers.
//!
//! What it knows of the state of the file is worth something only while `PRAGMA data_version` stays the same:
//! that number changes when any other connection, of this process or another, has committed. It is read at
//! the begin of every transaction, which also fixes the transaction's snapshot. Text of statements is kept
//! longer, because SQLite itself finds out when a table is gone.

use super::failure::{failure, is_missing_table};
use super::records::Records;
use super::statement::{self, Bounds, SqlKey, TreeStatements};
use crate::error::{Error, ErrorKind, Result};
use crate::tree::{Direction, Key, Range, Shape, TreeId};
use rusqlite::CachedStatement;
use rusqlite::types::ValueRef;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

pub(super) struct Connection {
    sql: rusqlite::Connection,
    path: Arc<Path>,
    trees: RefCell<HashMap<u64, Arc<TreeStatements>>>,
    records: RefCell<HashMap<u64, Records>>,
    data_version: Cell<i64>,
    version: Cell<u64>,
}

/// What goes wrong while a statement runs: SQLite's refusal or ours.
pub(super) enum Trouble {
    Sql(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Trouble::Sql(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Ours(error)
    }
}

impl Connection {
    pub(super) fn new(sql: rusqlite::Connection, path: Arc<Path>) -> Self {
        Connection {
            sql,
            path,
            trees: RefCell::default(),
            records: RefCell::default(),
            data_version: Cell::new(-1),
            // States are numbered from a random place, each connection for itself, so that equal numbers
            // mean one connection that saw no change.
            version: Cell::new(RandomState::new().hash_one(0)),
        }
    }

    /// Begins a transaction: its snapshot is what is committed now.
    pub(super) fn begin(&self, begin: &str) -> Result<u64> {
        self.run(begin).map_err(|error| self.failed("begin a transaction", error))?;
        let data_version = match self.ask(statement::DATA_VERSION) {
            Ok(number) => number,
            Err(error) => {
                self.rollback();
                return Err(self.failed("begin a transaction", error));
            }
        };
        if data_version != self.data_version.replace(data_version) {
            self.records.borrow_mut().clear();
            self.count_commit();
        }
        Ok(self.version.get())
    }

    /// Commits; an error means that nothing was done.
    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.run(statement::COMMIT)?;
        self.count_commit();
        Ok(())
    }

    /// Ends the transaction, if one is open; whether the connection is good for another one.
    pub(super) fn rollback(&self) -> bool {
        self.sql.is_autocommit() || self.run(statement::ROLLBACK).is_ok()
    }

    /// Forgets what a transaction that is rolled back has done.
    pub(super) fn forget_writes(&self) {
        self.records.borrow_mut().clear();
        self.trees.borrow_mut().clear();
    }

    /// Whether SQLite has ended the transaction, as it does by itself after some errors.
    pub(super) fn transaction_is_over(&self) -> bool {
        self.sql.is_autocommit()
    }

    pub(super) fn failed(&self, doing: &str, error: rusqlite::Error) -> Error {
        failure(&self.path, doing, error)
    }

    pub(super) fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.sql.prepare_cached(sql)
    }

    pub(super) fn sql(&self) -> &rusqlite::Connection {
        &self.sql
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.prepare(sql)?.raw_execute().map(drop)
    }

    fn ask(&self, sql: &str) -> rusqlite::Result<i64> {
        self.prepare(sql)?.query_row([], |row| row.get(0))
    }

    fn count_commit(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// The statements of a tree, if it exists as far as is known here.
    fn known_tree(&self, id: TreeId) -> Result<Option<Arc<TreeStatements>>> {
        if let Some(tree) = self.trees.borrow().get(&id.0) {
            return Ok(Some(Arc::clone(tree)));
        }
        self.look_up_tree(id)
    }

    /// The statements of a tree, if it exists.
    fn look_up_tree(&self, id: TreeId) -> Result<Option<Arc<TreeStatements>>> {
        let Some((shape, _)) = self.tree_row(id)? else {
            self.forget_tree(id);
            return Ok(None);
        };
        let tree = Arc::new(TreeStatements::new(id, shape));
        self.trees.borrow_mut().insert(id.0, Arc::clone(&tree));
        Ok(Some(tree))
    }

    /// Shape and floor of the record numbers, as `anser_trees` has them.
    fn tree_row(&self, id: TreeId) -> Result<Option<(Shape, u64)>> {
        let Ok(number) = i64::try_from(id.0) else {
            return Ok(None);
        };
        let row = self.prepare(statement::TREE).and_then(|mut statement| {
            statement.raw_bind_parameter(1, number)?;
            match statement.raw_query().next()? {
                Some(row) => Ok(Some((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))),
                None => Ok(None),
            }
        });
        let Some((shape, last)) = row.map_err(|error| self.failed("look for a tree", error))? else {
            return Ok(None);
        };
        match (statement::shape_of(shape), u64::try_from(last)) {
            (Some(shape), Ok(last)) => Ok(Some((shape, last))),
            _ => {
                let message =
                    format!("{}: tree {} has shape {shape} and last {last}", self.path.display(), id.0);
                Err(Error::new(ErrorKind::Corrupt, message))
            }
        }
    }

    pub(super) fn forget_tree(&self, id: TreeId) {
        self.trees.borrow_mut().remove(&id.0);
        self.records.borrow_mut().remove(&id.0);
    }

    /// Runs `work` with the statements of a tree; `None` when there is no such tree.
    pub(super) fn with_tree<T>(
        &self,
        id: TreeId,
        doing: &str,
        mut work: impl FnMut(&TreeStatements) -> std::result::Result<T, Trouble>,
    ) -> Result<Option<T>> {
        let mut known = self.known_tree(id)?;
        let mut retried = false;
        while let Some(tree) = known {
            match work(&tree) {
                Ok(value) => return Ok(Some(value)),
                Err(Trouble::Ours(error)) => return Err(error),
                Err(Trouble::Sql(error)) if is_missing_table(&error) && !retried => {
                    retried = true;
                    known = self.look_up_tree(id)?;
                }
                Err(Trouble::Sql(error)) => {
                    return Err(self.failed(&format!("{doing} tree {}", id.0), error));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn get(&self, id: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let found = self.with_tree(id, "read", |tree| {
            statement::check_key(tree, key)?;
            let Some(key) = SqlKey::new(key) else {
                return Ok(false);
            };
            let mut statement = self.prepare(&tree.get)?;
            statement.raw_bind_parameter(1, key)?;
            let mut rows = statement.raw_query();
            match rows.next()? {
                Some(row) => visit(self.blob(row.get_ref(0)?)?),
                None => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(found.unwrap_or(false))
    }

    pub(super) fn get_many(
        &self,
        id: TreeId,
        records: &[u64],
        visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.with_tree(id, "read", |tree| {
            if tree.shape != Shape::Records {
                statement::check_key(tree, Key::Record(0))?;
            }
            let mut statement = self.prepare(&tree.get)?;
            for (position, &record) in records.iter().enumerate() {
                let Some(key) = SqlKey::new(Key::Record(record)) else {
                    continue;
                };
                statement.raw_bind_parameter(1, key)?;
                let mut rows = statement.raw_query();
                if let Some(row) = rows.next()?
                    && visit(position, self.blob(row.get_ref(0)?)?).is_break()
                {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    pub(super) fn scan(
        &self,
        id: TreeId,
        range: Range<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.with_tree(id, "scan", |tree| {
            let Some(bounds) = Bounds::new(tree, range)? else {
                return Ok(());
            };
            let mut statement = self.prepare(tree.scan(&bounds, direction))?;
            bounds.bind(&mut statement)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                let key = match row.get_ref(0)? {
                    ValueRef::Integer(record) => Key::Record(record as u64),
                    value => Key::Bytes(self.blob(value)?),
                };
                if visit(key, self.blob(row.get_ref(1)?)?).is_break() {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    pub(super) fn count(&self, id: TreeId, range: Range<'_>) -> Result<u64> {
        let count = self.with_tree(id, "count", |tree| {
            let Some(bounds) = Bounds::new(tree, range)? else {
                return Ok(0);
            };
            let mut statement = self.prepare(tree.count(&bounds))?;
            bounds.bind(&mut statement)?;
            let mut rows = statement.raw_query();
            match rows.next()? {
                Some(row) => Ok(row.get::<_, i64>(0)? as u64),
                None => Ok(0),
            }
        })?;
        Ok(count.unwrap_or(0))
    }

    pub(super) fn trees(&self) -> Result<Vec<TreeId>> {
        let trees = self.prepare(statement::TREES).and_then(|mut statement| {
            statement.query_map([], |row| Ok(TreeId(row.get::<_, i64>(0)? as u64)))?.collect()
        });
        trees.map_err(|error| self.failed("list the trees", error))
    }

    /// The bytes of a column, which only this strategy writes.
    fn blob<'row>(&self, value: ValueRef<'row>) -> Result<&'row [u8]> {
        match value {
            ValueRef::Blob(bytes) => Ok(bytes),
            other => {
                let message =
                    format!("{}: found {} instead of bytes", self.path.display(), other.data_type());
                Err(Error::new(ErrorKind::Corrupt, message))
            }
        }
    }

    /// What is known of the record numbers of `tree`.
    pub(super) fn records(&self, tree: &TreeStatements) -> std::result::Result<Records, Trouble> {
        if let Some(records) = self.records.borrow().get(&tree.id.0) {
            return Ok(*records);
        }
        let floor = self.tree_row(tree.id)?.map_or(0, |(_, last)| last);
        Ok(Records::new(floor))
    }

    /// What is known of the record numbers of `tree`, the highest one present included.
    pub(super) fn records_with_top(&self, tree: &TreeStatements) -> std::result::Result<Records, Trouble> {
        let mut records = self.records(tree)?;
        if !records.knows_top() {
            let top: Option<i64> = self.prepare(&tree.last)?.query_row([], |row| row.get(0))?;
            records.set_top(top.and_then(|top| u64::try_from(top).ok()));
        }
        Ok(records)
    }

    pub(super) fn remember_records(&self, tree: &TreeStatements, records: Records) {
        self.records.borrow_mut().insert(tree.id.0, records);
    }

    /// Writes the floors that this transaction has raised.
    pub(super) fn write_floors(&self) -> rusqlite::Result<()> {
        for (&id, records) in self.records.borrow_mut().iter_mut() {
            if let Some(floor) = records.take_new_floor() {
                let mut statement = self.prepare(statement::SET_LAST)?;
                statement.raw_bind_parameter(1, id as i64)?;
                statement.raw_bind_parameter(2, floor as i64)?;
                statement.raw_execute()?;
            }
        }
        Ok(())
    }
}
