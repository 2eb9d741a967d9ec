//! Connections of one storage: taken for a transaction, given back when it ends.
//!
//! The last one given back is the first one taken, for readers and writers alike, so that a program that does
//! one thing at a time stays on one connection: SQLite throws a connection's pages away when another one has
//! written.

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
    /// Never leased: while it is open, nobody deletes the write-ahead log.
    keeper: Mutex<Option<rusqlite::Connection>>,
    closed: AtomicBool,
}

impl Pool {
    pub(super) fn new(location: Location, keeper: rusqlite::Connection) -> Arc<Pool> {
        Arc::new(Pool {
            location,
            idle: Mutex::default(),
            leased: AtomicUsize::new(0),
            keeper: Mutex::new(Some(keeper)),
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
            let sql = self.location.connect()?;
            lease.connection = Some(Connection::new(sql, Arc::clone(&self.location.path)));
        }
        Ok(lease)
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
        self.idle.lock().clear();
        if let Some(keeper) = self.keeper.lock().take()
            && !self.location.is_read_only()
        {
            // Best effort: SQLite reads the log at the next open if this is not possible now.
            let _ = keeper.busy_timeout(std::time::Duration::ZERO);
            let _ = keeper.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
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
        if let Some(connection) = self.connection.take()
            && connection.rollback()
        {
            self.pool.give_back(connection);
        }
    }
}
