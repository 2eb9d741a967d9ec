//! Connections of one storage: taken for a transaction, given back when it ends.
//!
//! The last one given back is the first one taken, for readers and writers alike, so that a program that does
//! one thing at a time stays on one connection: SQLite throws a connection's pages away when another one has
//! written.
//!
//! The invariant: **from the opening to the close at least one connection is open**, idle or leased, because
//! the last one to go deletes the write-ahead log, whose file the syncer holds. So the pool begins with the
//! connection that found the file, and one that is of no use any more is replaced before it is closed.

use super::connection::Connection;
use super::format::Location;
use crate::error::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many connections wait for work at most; more are closed when they come back.
const IDLE_MAX: usize = 16;
/// How many transactions may be open at once.
const OPEN_MAX: usize = 1_000;

pub(super) struct Pool {
    pub(super) location: Location,
    idle: Mutex<Vec<Connection>>,
    leased: AtomicUsize,
    closed: AtomicBool,
}

impl Pool {
    /// A pool that begins with the connection `first`.
    pub(super) fn new(location: Location, first: rusqlite::Connection) -> Arc<Pool> {
        let first = Connection::new(first, Arc::clone(&location.path));
        Arc::new(Pool {
            location,
            idle: Mutex::new(vec![first]),
            leased: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        })
    }

    /// Refuses when the storage was closed.
    pub(super) fn check(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            let message = format!("{}: the storage was closed", self.location.path.display());
            return Err(Error::new(ErrorKind::Closed, message));
        }
        Ok(())
    }

    /// Takes a connection, opening one when none is idle.
    pub(super) fn lease(self: &Arc<Self>) -> Result<Lease> {
        self.check()?;
        let idle = self.idle.lock().pop();
        // From here on the lease gives the place back, whatever happens.
        let mut lease = Lease { connection: idle, pool: Arc::clone(self) };
        if self.leased.fetch_add(1, Ordering::Relaxed) >= OPEN_MAX {
            let place = self.location.path.display();
            let message = format!("{place}: {OPEN_MAX} transactions are open already");
            return Err(Error::new(ErrorKind::Busy, message));
        }
        if lease.connection.is_none() {
            lease.connection = Some(self.connect()?);
        }
        Ok(lease)
    }

    fn connect(&self) -> Result<Connection> {
        Ok(Connection::new(self.location.connect()?, Arc::clone(&self.location.path)))
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_MAX && !self.closed.load(Ordering::Acquire) {
            idle.push(connection);
        }
    }

    /// Refuses further leases and closes what is idle; whether it was open.
    pub(super) fn close(&self) -> bool {
        if self.closed.swap(true, Ordering::AcqRel) {
            return false;
        }
        let mut idle = std::mem::take(&mut *self.idle.lock());
        let last = idle.pop();
        drop(idle);
        if let Some(last) = last
            && !self.location.is_read_only()
        {
            // Best effort: SQLite reads the log at the next open if this is not possible now.
            let _ = last.sql().busy_timeout(std::time::Duration::ZERO);
            let _ = last.sql().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        true
    }
}

/// A connection while a transaction uses it. Dropped, it ends the transaction and goes back.
pub(super) struct Lease {
    connection: Option<Connection>,
    pool: Arc<Pool>,
}

impl Lease {
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }
}

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a lease has its connection until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.leased.fetch_sub(1, Ordering::Relaxed);
        let Some(connection) = self.connection.take() else {
            return;
        };
        if connection.rollback() {
            self.pool.give_back(connection);
        } else {
            // Where no other can be had, this one stays, and whoever takes it next tries again.
            match self.pool.connect() {
                Ok(fresh) => self.pool.give_back(fresh),
                Err(_) => self.pool.give_back(connection),
            }
        }
    }
}
