//! A write transaction: one connection inside BEGIN IMMEDIATE, and the writer's place of this process.
//!
//! The invariant: after an error by which SQLite has ended the transaction nothing more is written, because
//! every further statement would be a commit of its own.

use super::connection::{Connection, Trouble};
use super::failure::is_failed_sync;
use super::gate::Place;
use super::pool::Lease;
use super::read::read_through_lease;
use super::records::Next;
use super::statement::{self, SqlKey, TreeStatements};
use crate::durability::Durability;
use crate::error::{Error, ErrorKind, Result};
use crate::strategy::{ReadTxn, WriteTxn};
use crate::sync::Syncer;
use crate::tree::{Direction, Key, Range, Shape, TreeId, TreeSpec};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The longest key: what an entry of an index may take before SQLite spends several pages on each.
pub(super) const KEY_BYTES_MAX: usize = 1 << 20;
/// The longest value, well below the thousand million bytes of a row.
pub(super) const VALUE_BYTES_MAX: usize = 512 << 20;

/// A write transaction, which rolls back when it is dropped.
pub(super) struct SqliteWrite {
    // Ended before the place is free: fields are dropped in their order.
    lease: Lease,
    _place: Place,
    version: u64,
    durability: Durability,
    syncer: Arc<Syncer>,
    wrote: bool,
    committed: bool,
}

read_through_lease!(SqliteWrite);

impl SqliteWrite {
    pub(super) fn begin(
        lease: Lease,
        place: Place,
        durability: Durability,
        syncer: Arc<Syncer>,
    ) -> Result<SqliteWrite> {
        let version = lease.begin(statement::BEGIN_IMMEDIATE)?;
        Ok(SqliteWrite { lease, _place: place, version, durability, syncer, wrote: false, committed: false })
    }

    /// Runs `work` with the statements of a tree that must exist.
    fn write<T>(
        &mut self,
        tree: TreeId,
        doing: &str,
        mut work: impl FnMut(&Connection, &TreeStatements) -> std::result::Result<T, Trouble>,
    ) -> Result<T> {
        self.check_open()?;
        self.wrote = true;
        let connection: &Connection = &self.lease;
        match connection.with_tree(tree, doing, |tree| work(connection, tree))? {
            Some(value) => Ok(value),
            None => Err(Error::new(ErrorKind::NoSuchTree, format!("{doing} tree {}: no such tree", tree.0))),
        }
    }

    fn check_open(&self) -> Result<()> {
        if self.lease.transaction_is_over() {
            let message = "the transaction was ended by an earlier error: nothing of it is stored";
            return Err(Error::new(ErrorKind::Io, message));
        }
        Ok(())
    }

    fn failed(&self, doing: &str, error: rusqlite::Error) -> Error {
        self.lease.failed(doing, error)
    }
}

/// Refuses what SQLite should not hold.
fn check_size(what: &str, length: usize, limit: usize) -> Result<()> {
    if length > limit {
        let message = format!("a {what} of {length} bytes; sqlite takes at most {limit}");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok(())
}

fn check_entry(key: Key<'_>, value: &[u8]) -> Result<()> {
    if let Key::Bytes(bytes) = key {
        check_size("key", bytes.len(), KEY_BYTES_MAX)?;
    }
    check_size("value", value.len(), VALUE_BYTES_MAX)
}

fn never_appended(tree: TreeId, record: u64) -> Trouble {
    let message = format!("record {record} of tree {} was never given by append", tree.0);
    Trouble::Ours(Error::new(ErrorKind::Misuse, message))
}

impl WriteTxn for SqliteWrite {
    fn create_tree(&mut self, id: TreeId, spec: &TreeSpec<'_>) -> Result<()> {
        self.check_open()?;
        let Ok(number) = i64::try_from(id.0) else {
            let message = format!("tree {}: sqlite numbers trees up to {}", id.0, i64::MAX);
            return Err(Error::new(ErrorKind::Misuse, message));
        };
        self.wrote = true;
        let sql = self.lease.sql();
        let row = (number, statement::shape_number(spec.shape), spec.derived, spec.label);
        let added = self
            .lease
            .prepare(statement::ADD_TREE)
            .and_then(|mut statement| statement.execute(row))
            .map_err(|error| self.failed("create a tree", error))?;
        if added == 0 {
            return Err(Error::new(ErrorKind::TreeExists, format!("tree {} exists already", id.0)));
        }
        self.lease.forget_tree(id);
        sql.execute_batch(&TreeStatements::new(id, spec.shape).create())
            .map_err(|error| self.failed("create a tree", error))
    }

    fn drop_tree(&mut self, id: TreeId) -> Result<()> {
        self.check_open()?;
        let dropped = self.lease.with_tree(id, "drop", |tree| {
            self.lease.sql().execute_batch(&tree.drop())?;
            let mut statement = self.lease.prepare(statement::REMOVE_TREE)?;
            statement.raw_bind_parameter(1, id.0 as i64)?;
            statement.raw_execute()?;
            Ok(())
        })?;
        self.wrote |= dropped.is_some();
        self.lease.forget_tree(id);
        Ok(())
    }

    fn append(&mut self, tree: TreeId, value: &[u8]) -> Result<u64> {
        check_size("value", value.len(), VALUE_BYTES_MAX)?;
        self.write(tree, "append to", |connection, tree| {
            statement::check_key(tree, Key::Record(0))?;
            let mut records = connection.records(tree)?;
            if records.next_needs_top() {
                records = connection.records_with_top(tree)?;
            }
            let record = match records.next() {
                Some(Next::Behind) => {
                    let mut statement = connection.prepare(&tree.append)?;
                    statement.raw_bind_parameter(1, value)?;
                    statement.raw_execute()?;
                    connection.sql().last_insert_rowid() as u64
                }
                Some(Next::At(record)) => {
                    let mut statement = connection.prepare(&tree.append_at)?;
                    statement.raw_bind_parameter(1, record as i64)?;
                    statement.raw_bind_parameter(2, value)?;
                    statement.raw_execute()?;
                    record
                }
                None => {
                    let message = format!("tree {} has given its last record number", tree.id.0);
                    return Err(Error::new(ErrorKind::Full, message).into());
                }
            };
            records.appended(record);
            connection.remember_records(tree, records);
            Ok(record)
        })
    }

    fn put(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<()> {
        check_entry(key, value)?;
        self.write(tree, "write to", |connection, tree| {
            statement::check_key(tree, key)?;
            match key {
                Key::Bytes(bytes) => set(connection, &tree.put, SqlKey::Bytes(bytes), value)?,
                Key::Record(record) => {
                    let Some(key) = SqlKey::new(key) else {
                        return Err(never_appended(tree.id, record));
                    };
                    if set(connection, &tree.update, key, value)? == 0 {
                        let mut records = connection.records_with_top(tree)?;
                        if record == 0 || record > records.last() {
                            return Err(never_appended(tree.id, record));
                        }
                        set(connection, &tree.append_at, key, value)?;
                        records.added(record);
                        connection.remember_records(tree, records);
                    }
                    1
                }
            };
            Ok(())
        })
    }

    fn put_new(&mut self, tree: TreeId, key: Key<'_>, value: &[u8]) -> Result<bool> {
        let Key::Bytes(bytes) = key else {
            if self.get(tree, key, &mut |_| {})? {
                return Ok(false);
            }
            self.put(tree, key, value)?;
            return Ok(true);
        };
        check_entry(key, value)?;
        self.write(tree, "write to", |connection, tree| {
            statement::check_key(tree, key)?;
            Ok(set(connection, &tree.put_new, SqlKey::Bytes(bytes), value)? > 0)
        })
    }

    fn remove(&mut self, tree: TreeId, key: Key<'_>) -> Result<bool> {
        self.write(tree, "remove from", |connection, tree| {
            statement::check_key(tree, key)?;
            let Some(sql_key) = SqlKey::new(key) else {
                return Ok(false);
            };
            let mut statement = connection.prepare(&tree.remove)?;
            statement.raw_bind_parameter(1, sql_key)?;
            let Key::Record(record) = key else {
                return Ok(statement.raw_execute()? > 0);
            };
            let mut records = connection.records(tree)?;
            if records.remove_needs_top(record) {
                records = connection.records_with_top(tree)?;
            }
            let removed = statement.raw_execute()? > 0;
            if removed {
                records.removed(record);
            }
            connection.remember_records(tree, records);
            Ok(removed)
        })
    }

    fn clear(&mut self, tree: TreeId) -> Result<()> {
        self.write(tree, "clear", |connection, tree| {
            let records = match tree.shape {
                Shape::Records => Some(connection.records_with_top(tree)?),
                Shape::Keys => None,
            };
            connection.prepare(&tree.clear)?.raw_execute()?;
            if let Some(mut records) = records {
                records.cleared();
                connection.remember_records(tree, records);
            }
            Ok(())
        })
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        self.check_open()?;
        self.lease.pool().check()?;
        self.syncer.check()?;
        if !self.wrote {
            return Ok(());
        }
        if let Err(error) = self.lease.write_floors().and_then(|()| self.lease.commit()) {
            if is_failed_sync(&error) {
                self.syncer.poison(error.to_string());
            }
            return Err(self.failed("commit", error));
        }
        self.committed = true;
        let (durability, syncer) = (self.durability, Arc::clone(&self.syncer));
        // Gives connection and place back, so that the next writer works while this one waits for the disk.
        drop(self);
        match durability {
            Durability::Synced => syncer.sync(),
            Durability::Within(delay) => syncer.sync_within(delay),
            Durability::Os => Ok(()),
        }
    }
}

impl Drop for SqliteWrite {
    fn drop(&mut self) {
        if self.wrote && !self.committed {
            self.lease.forget_writes();
        }
    }
}

/// Runs a statement that takes a key and a value; how many entries it changed.
fn set(
    connection: &Connection,
    sql: &str,
    key: SqlKey<'_>,
    value: &[u8],
) -> std::result::Result<usize, Trouble> {
    let mut statement = connection.prepare(sql)?;
    statement.raw_bind_parameter(1, key)?;
    statement.raw_bind_parameter(2, value)?;
    Ok(statement.raw_execute()?)
}
