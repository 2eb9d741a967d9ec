//! Background work: one thread a database, started when there is work for the first time.
//!
//! The invariants: the thread holds the engine only while it works, and it has ended when `stop` returns.

use crate::engine::Embedded;
use crate::engine::embedded::WeakEmbedded;
use crate::error::{Error, ErrorKind, Result};
use crate::index::build::{self, Build, Piece};
use crate::snapshot::{Slot, Snapshot, Watched};
use anser_query::Code;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often a waiter looks by itself: what it waits for may be done by another process.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Who does the background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Background {
    /// A thread of the database.
    Thread,
    /// Whoever calls `tick`, and whoever waits for the work.
    Caller,
}

/// The work that is waiting, and the thread that does it.
pub(crate) struct Tasks {
    background: Background,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Signalled when work came or was done, and at the end.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Build>,
    /// The last failure of each build that the storage failed: whoever waited for it then is told.
    failed: Vec<Failure>,
    /// The snapshots of open cursors.
    watched: Watched,
    stopping: bool,
    /// Raised whenever work came or was done.
    generation: u64,
}

/// A build that the storage failed.
struct Failure {
    build: Build,
    /// The generation it came with: no concern of who submitted the build in that generation or later.
    generation: u64,
    error: Error,
}

impl State {
    /// How the storage failed `build` since it was submitted in generation `since`.
    fn failure(&self, build: Build, since: u64) -> Option<Error> {
        let found = self.failed.iter().find(|failure| failure.build == build && failure.generation > since);
        found.map(|failure| failure.error.again())
    }
}

impl Shared {
    /// Notes what a piece of a build came to.
    fn done(&self, build: Build, piece: &Result<Piece>) {
        let mut state = self.state.lock();
        state.generation += 1;
        match piece {
            Ok(Piece::More) => state.waiting.push_back(build),
            Ok(Piece::Done) => {}
            // Another process holds the storage: later, then.
            Err(error) if error.is_retryable() => state.waiting.push_back(build),
            Err(error) => {
                let (generation, error) = (state.generation, error.again());
                state.failed.retain(|failure| failure.build != build);
                state.failed.push(Failure { build, generation, error });
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl Tasks {
    /// No work yet.
    pub(crate) fn new(background: Background) -> Tasks {
        Tasks { background, shared: Arc::default(), thread: Mutex::default() }
    }

    /// Takes on a build. Returns the generation it was submitted in: failures from before are not its own.
    pub(crate) fn submit(&self, engine: &Embedded, build: Build) -> Result<u64> {
        let since = {
            let mut state = self.shared.state.lock();
            if state.stopping {
                return Err(stopped());
            }
            if !state.waiting.contains(&build) {
                state.waiting.push_back(build);
            }
            let since = state.generation;
            state.generation += 1;
            since
        };
        self.shared.changed.notify_all();
        if self.background == Background::Thread {
            self.start(engine)?;
        }
        Ok(since)
    }

    /// Sees to it that the snapshot of an open cursor is let go when its time is over, whether or not somebody
    /// reads on. `slot` is the snapshot's own. Where no thread does that, the next cursor does, or `tick`.
    pub(crate) fn watch(&self, engine: &Embedded, snapshot: &Arc<Snapshot>, slot: &mut Slot) {
        let (is_first, due) = {
            let mut state = self.shared.state.lock();
            if state.stopping {
                return;
            }
            let is_first = state.watched.watch(snapshot, slot);
            let by_caller = self.background == Background::Caller;
            (is_first, if by_caller { state.watched.take_due() } else { Vec::new() })
        };
        drop(due);
        if is_first && self.background == Background::Thread {
            self.shared.changed.notify_all();
            // Without the thread the cursor lets go when it reads on, which is no reason to refuse the query.
            let _ = self.start(engine);
        }
    }

    /// Lets the snapshots go whose time is over and does one piece of the first work that waits, on this thread.
    /// Returns whether there was any.
    pub(crate) fn tick(&self, engine: &Embedded) -> Result<bool> {
        let (due, build) = {
            let mut state = self.shared.state.lock();
            (state.watched.take_due(), state.waiting.pop_front())
        };
        let Some(build) = build else { return Ok(!due.is_empty()) };
        drop(due);
        let piece = build::piece(engine, build);
        self.shared.done(build, &piece);
        piece.map(|_| true)
    }

    /// What [`Tasks::wait`] wants to know: read it before looking whether the work is done.
    pub(crate) fn generation(&self) -> u64 {
        self.shared.state.lock().generation
    }

    /// How the storage failed `build` since [`Tasks::submit`] returned `since`, if it did.
    pub(crate) fn failure(&self, build: Build, since: u64) -> Option<Error> {
        self.shared.state.lock().failure(build, since)
    }

    /// Waits until something has changed since `generation`, doing the work where no thread does.
    ///
    /// # Errors
    /// What the storage did to `build` since it was submitted, in generation `since`; kind Closed when the
    /// database is closed meanwhile.
    pub(crate) fn wait(&self, engine: &Embedded, build: Build, since: u64, generation: u64) -> Result<()> {
        // A failure was noted, and may be that of a build others wait for.
        if self.background == Background::Caller && self.tick(engine).is_ok_and(|worked| worked) {
            return Ok(());
        }
        let mut state = self.shared.state.lock();
        if state.stopping {
            return Err(stopped());
        }
        if let Some(error) = state.failure(build, since) {
            return Err(error);
        }
        if state.generation == generation {
            self.shared.changed.wait_for(&mut state, LOOK_AGAIN);
        }
        Ok(())
    }

    /// Ends the thread and waits for its end.
    pub(crate) fn stop(&self) {
        self.shared.state.lock().stopping = true;
        self.shared.changed.notify_all();
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            // The thread itself may be the last to let the engine go: it then ends by itself.
            if thread.thread().id() != thread::current().id() {
                // A panic of the thread was reported when it happened.
                let _ = thread.join();
            }
        }
    }

    fn start(&self, engine: &Embedded) -> Result<()> {
        let mut thread = self.thread.lock();
        if thread.is_some() {
            return Ok(());
        }
        let (shared, engine) = (Arc::clone(&self.shared), engine.downgrade());
        let spawned = thread::Builder::new().name("anser-tasks".into()).spawn(move || run(&shared, &engine));
        *thread = Some(spawned.map_err(|error| {
            Error::new(ErrorKind::Internal, Code::INTERNAL_ERROR, "the tasks thread cannot be started")
                .with_source(error)
        })?);
        Ok(())
    }
}

fn run(shared: &Shared, engine: &WeakEmbedded) {
    loop {
        let build = {
            let mut state = shared.state.lock();
            loop {
                if state.stopping {
                    return;
                }
                let due = state.watched.take_due();
                if !due.is_empty() {
                    MutexGuard::unlocked(&mut state, || drop(due));
                    continue;
                }
                match (state.waiting.pop_front(), state.watched.look_at()) {
                    (Some(build), _) => break build,
                    (None, None) => shared.changed.wait(&mut state),
                    (None, Some(at)) => drop(shared.changed.wait_until(&mut state, at)),
                }
            }
        };
        let Some(engine) = engine.upgrade() else { return };
        shared.done(build, &build::piece(&engine, build));
        drop(engine);
        thread::yield_now();
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Closed, Code::INTERRUPTED_AT_SHUTDOWN, "the database was closed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anser_storage::TreeId;

    #[test]
    fn a_failure_is_told_to_everyone_who_waited_and_to_nobody_who_came_later() {
        let shared = Shared::default();
        let build = Build { collection: [1; 16], tree: TreeId(7) };
        let failed = || Err(Error::new(ErrorKind::Storage, Code::OPERATION_FAILED, "the disk is full"));
        let told = |since| shared.state.lock().failure(build, since).map(|error| error.kind());
        let before = shared.state.lock().generation;
        shared.done(build, &failed());
        assert_eq!([told(before), told(before)], [Some(ErrorKind::Storage); 2]);
        let after = shared.state.lock().generation;
        assert_eq!(told(after), None);
        shared.done(build, &failed());
        assert_eq!(told(after), Some(ErrorKind::Storage));
        assert_eq!(shared.state.lock().failed.len(), 1, "the last of a build is kept");
    }
}
