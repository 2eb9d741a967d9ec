//! Where a run is.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// How far a run has come: enough to go on behind its last entry in another snapshot.
#[derive(Debug, Default)]
pub(crate) struct Position {
    /// How many matches were left out at the front.
    pub(crate) skipped: u64,
    /// How many matches were shown.
    pub(crate) returned: u64,
    /// The branch of a union.
    pub(crate) branch: usize,
    /// The range of the branch, counted in the direction of the scan.
    pub(crate) range: usize,
    /// The last record of a collection scan.
    pub(crate) record: Option<u64>,
    /// The last key of an index scan in its range; `None` before the first.
    pub(crate) key: Option<Vec<u8>>,
    /// The records met so far, where one may be met twice.
    pub(crate) seen: HashSet<u64, BuildHasherDefault<RecordHasher>>,
}

/// Spreads record numbers, which nobody outside chooses.
#[derive(Default)]
pub(crate) struct RecordHasher(u64);

impl Hasher for RecordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, record: u64) {
        // Fibonacci hashing; the high bits choose within a group of the table, the low ones the group.
        let spread = record.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ (spread >> 32);
    }
}
