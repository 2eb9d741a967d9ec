//! The one place for a writer among the threads of this process, so that they wait in line instead of
//! asking SQLite again and again.

use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Instant;

#[derive(Default)]
pub(super) struct Gate {
    taken: Mutex<bool>,
    freed: Condvar,
}

/// The writer's place; dropped, it is free again.
pub(super) struct Place(Arc<Gate>);

impl Gate {
    /// Waits for the place until `deadline`; `None` when it did not become free.
    pub(super) fn enter(gate: &Arc<Gate>, deadline: Instant) -> Option<Place> {
        let mut taken = gate.taken.lock();
        while *taken {
            if gate.freed.wait_until(&mut taken, deadline).timed_out() && *taken {
                return None;
            }
        }
        *taken = true;
        Some(Place(Arc::clone(gate)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken.lock() = false;
        self.0.freed.notify_one();
    }
}
