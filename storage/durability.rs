//! When a commit is on the disk.

use std::time::Duration;

/// What a commit promises when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// On the disk when commit returns. Concurrent commits may share a sync.
    #[default]
    Synced,
    /// On the disk at most this much later, even if the program then idles.
    Within(Duration),
    /// Handed to the operating system: survives the process, perhaps not the machine.
    Os,
}
