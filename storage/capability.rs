//! What a strategy can do: asked by name of the ability, never by name of the strategy.

use std::fmt;

/// The differences between strategies that the engine may act on.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// What was committed is there after the process ended.
    pub durable: bool,
    /// Derived trees outlive the process too; otherwise they are rebuilt at open.
    pub persistent_indexes: bool,
    /// Two write transactions may be open at once.
    pub concurrent_writers: bool,
    /// Other processes may read and write the same storage.
    pub multi_process: bool,
    /// Everything is held in memory.
    pub resident: bool,
    /// How many bytes one transaction should write at most before the engine commits a piece.
    pub transaction_bytes: usize,
    /// The longest key, in bytes.
    pub key_bytes_max: usize,
    /// The longest value, in bytes.
    pub value_bytes_max: usize,
}

impl Capabilities {
    /// The abilities of a strategy that promises nothing: start here and set what holds.
    pub const NONE: Capabilities = Capabilities {
        durable: false,
        persistent_indexes: false,
        concurrent_writers: false,
        multi_process: false,
        resident: false,
        transaction_bytes: usize::MAX,
        key_bytes_max: usize::MAX,
        value_bytes_max: usize::MAX,
    };
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capabilities")
            .field("durable", &self.durable)
            .field("persistent_indexes", &self.persistent_indexes)
            .field("concurrent_writers", &self.concurrent_writers)
            .field("multi_process", &self.multi_process)
            .field("resident", &self.resident)
            .field("transaction_bytes", &self.transaction_bytes)
            .field("key_bytes_max", &self.key_bytes_max)
            .field("value_bytes_max", &self.value_bytes_max)
            .finish()
    }
}
