//! The snapshots of open cursors, which are let go after a while whether or not somebody reads on.
//!
//! A storage cannot throw away what an open snapshot still sees: SQLite's log grows for as long. The invariant:
//! a snapshot that is held and may be idle is watched, and a snapshot that a cursor is reading from is not taken
//! away.

use crate::clock;
use anser_storage::ReadTxn;
use parking_lot::{Mutex, MutexGuard};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// When a snapshot that is being read from is looked at again.
const BUSY: Duration = Duration::from_secs(1);

/// With how many watched snapshots those of ended cursors are looked for at the latest.
const PRUNE_FROM: usize = 64;

/// The snapshot of one cursor.
pub(crate) struct Snapshot {
    slot: Mutex<Slot>,
}

/// What a cursor finds when it reads on.
pub(crate) struct Slot {
    held: Option<Held>,
    /// Whether [`Watched`] knows of it.
    watched: bool,
}

struct Held {
    txn: Box<dyn ReadTxn>,
    due: Instant,
}

impl Snapshot {
    /// Holds `txn`, opened at `opened`, for at most `most`.
    pub(crate) fn new(txn: Box<dyn ReadTxn>, opened: Instant, most: Duration) -> Arc<Snapshot> {
        let held = Some(Held { txn, due: opened + most });
        Arc::new(Snapshot { slot: Mutex::new(Slot { held, watched: false }) })
    }

    /// The snapshot, which stays as long as the guard is there.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock()
    }

    #[cfg(test)]
    pub(crate) fn is_held(&self) -> bool {
        self.slot.lock().held.is_some()
    }
}

impl Slot {
    /// The transaction, unless its time is over.
    pub(crate) fn txn(&self) -> Option<&dyn ReadTxn> {
        self.held.as_ref().filter(|held| clock::instant() < held.due).map(|held| &*held.txn)
    }

    /// Lets the old transaction go.
    pub(crate) fn release(&mut self) {
        self.held = None;
    }

    /// Holds `txn` for at most `most` from now.
    pub(crate) fn renew(&mut self, txn: Box<dyn ReadTxn>, most: Duration) -> &dyn ReadTxn {
        &*self.held.insert(Held { txn, due: clock::instant() + most }).txn
    }
}

/// The snapshots that are let go when their time is over.
#[derive(Default)]
pub(crate) struct Watched {
    snapshots: Vec<Weak<Snapshot>>,
    /// When the first of them is due.
    look_at: Option<Instant>,
    prune_from: usize,
}

impl Watched {
    /// When to look the next time.
    pub(crate) fn look_at(&self) -> Option<Instant> {
        self.look_at
    }

    /// Watches a snapshot, whose slot the caller has locked. Returns whether it is due before all others.
    pub(crate) fn watch(&mut self, snapshot: &Arc<Snapshot>, slot: &mut Slot) -> bool {
        let Some(due) = slot.held.as_ref().map(|held| held.due) else { return false };
        if !std::mem::replace(&mut slot.watched, true) {
            if self.snapshots.len() >= self.prune_from {
                self.snapshots.retain(|other| other.strong_count() > 0);
                self.prune_from = PRUNE_FROM.max(self.snapshots.len() * 2);
            }
            self.snapshots.push(Arc::downgrade(snapshot));
        }
        let first = self.look_at.is_none_or(|at| due < at);
        if first {
            self.look_at = Some(due);
        }
        first
    }

    /// Takes the transactions that are due, for the caller to drop where nothing is locked.
    pub(crate) fn take_due(&mut self) -> Vec<Box<dyn ReadTxn>> {
        let now = clock::instant();
        if self.look_at.is_none_or(|at| now < at) {
            return Vec::new();
        }
        let (mut taken, mut next) = (Vec::new(), None::<Instant>);
        self.snapshots.retain(|snapshot| {
            let Some(snapshot) = snapshot.upgrade() else { return false };
            let at = match snapshot.slot.try_lock() {
                None => now + BUSY,
                Some(mut slot) => match &slot.held {
                    Some(held) if now < held.due => held.due,
                    _ => {
                        slot.watched = false;
                        taken.extend(slot.held.take().map(|held| held.txn));
                        return false;
                    }
                },
            };
            next = Some(next.map_or(at, |next| next.min(at)));
            true
        });
        self.look_at = next;
        taken
    }
}
