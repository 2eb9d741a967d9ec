//! Where a run is.

use std::collections::HashSet;

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
    pub(crate) seen: HashSet<u64>,
}
