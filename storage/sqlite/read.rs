//! A snapshot: one connection inside a read transaction.

use super::pool::Lease;
use super::statement;
use crate::error::Result;
use crate::strategy::ReadTxn;
use crate::tree::{Direction, Key, Range, TreeId};
use std::ops::ControlFlow;

/// A read transaction, which ends when it is dropped.
pub(super) struct SqliteRead {
    lease: Lease,
    version: u64,
}

impl SqliteRead {
    pub(super) fn begin(lease: Lease) -> Result<SqliteRead> {
        let version = lease.begin(statement::BEGIN)?;
        Ok(SqliteRead { lease, version })
    }
}

/// Reading is the same in both kinds of transaction: the connection does it.
macro_rules! read_through_lease {
    ($transaction:ty) => {
        impl ReadTxn for $transaction {
            fn get(&self, tree: TreeId, key: Key<'_>, visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
                self.lease.get(tree, key, visit)
            }

            fn scan(
                &self,
                tree: TreeId,
                range: Range<'_>,
                direction: Direction,
                visit: &mut dyn FnMut(Key<'_>, &[u8]) -> ControlFlow<()>,
            ) -> Result<()> {
                self.lease.scan(tree, range, direction, visit)
            }

            fn version(&self) -> Result<u64> {
                Ok(self.version)
            }

            fn get_many(
                &self,
                tree: TreeId,
                records: &[u64],
                visit: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
            ) -> Result<()> {
                self.lease.get_many(tree, records, visit)
            }

            fn count(&self, tree: TreeId, range: Range<'_>) -> Result<u64> {
                self.lease.count(tree, range)
            }
        }
    };
}
pub(super) use read_through_lease;

read_through_lease!(SqliteRead);
