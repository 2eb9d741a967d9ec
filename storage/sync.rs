//! Syncs that commits share, now or by a deadline.
//!
//! A strategy commits without a sync of its own, frees the writer's place and then asks here: commits that wait
//! at the same time share one sync. The invariant: **a sync counts for a commit only if it began after the
//! commit**, and after one failed sync no commit is believed any more.

use crate::error::{Error, ErrorKind, Result};
use parking_lot::{Condvar, Mutex};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a sync is: when it returns, everything written before the call is on the disk.
pub(crate) type SyncLog = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

pub(crate) struct Syncer {
    /// What is synced, for messages.
    log: PathBuf,
    sync_log: SyncLog,
    state: Mutex<State>,
    changed: Condvar,
    timer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    asked: u64,
    done: u64,
    running: bool,
    due: Option<Instant>,
    closing: bool,
    failed: Option<String>,
}

impl fmt::Debug for Syncer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Syncer").field("log", &self.log).finish_non_exhaustive()
    }
}

impl Syncer {
    /// A syncer of the log at `log`, which is on the disk when `sync_log` returns.
    pub(crate) fn new(log: PathBuf, sync_log: SyncLog) -> Arc<Syncer> {
        Arc::new(Syncer {
            log,
            sync_log,
            state: Mutex::default(),
            changed: Condvar::new(),
            timer: Mutex::default(),
        })
    }

    /// Refuses when an earlier sync has failed.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.state.lock().failed {
            Some(reason) => Err(self.poisoned(reason)),
            None => Ok(()),
        }
    }

    /// From now on every write is refused.
    pub(crate) fn poison(&self, reason: String) {
        let mut state = self.state.lock();
        state.failed.get_or_insert(reason);
        self.changed.notify_all();
    }

    /// Returns when everything committed before the call is on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        let mut state = self.state.lock();
        state.asked += 1;
        let ticket = state.asked;
        loop {
            if let Some(reason) = &state.failed {
                return Err(self.poisoned(reason));
            }
            if state.done >= ticket {
                return Ok(());
            }
            if state.running {
                self.changed.wait(&mut state);
                continue;
            }
            state.running = true;
            state.due = None;
            let through = state.asked;
            drop(state);
            let result = (self.sync_log)();
            state = self.state.lock();
            state.running = false;
            match result {
                Ok(()) => state.done = through,
                Err(error) => state.failed = Some(error.to_string()),
            }
            self.changed.notify_all();
        }
    }

    /// Sees to it that everything committed before the call is on the disk at most `delay` later.
    pub(crate) fn sync_within(self: &Arc<Self>, delay: Duration) -> Result<()> {
        // The sync itself takes time, so it begins a little before the deadline.
        let margin = (delay / 4).min(Duration::from_millis(20));
        let due = Instant::now() + (delay - margin).min(Duration::from_secs(86_400));
        {
            let mut state = self.state.lock();
            match state.due {
                Some(earlier) if earlier <= due => return Ok(()),
                _ => state.due = Some(due),
            }
            self.changed.notify_all();
        }
        let mut timer = self.timer.lock();
        if timer.is_none() {
            let syncer = Arc::clone(self);
            let thread = std::thread::Builder::new()
                .name("anser-sync".into())
                .spawn(move || syncer.keep_deadlines())?;
            *timer = Some(thread);
        }
        Ok(())
    }

    /// The timer's thread: waits for deadlines and meets them, until the storage is closed.
    fn keep_deadlines(&self) {
        let mut state = self.state.lock();
        while !state.closing {
            match state.due {
                None => self.changed.wait(&mut state),
                Some(due) if Instant::now() < due => {
                    self.changed.wait_until(&mut state, due);
                }
                Some(_) => {
                    state.due = None;
                    drop(state);
                    // A failure is remembered in the state and reported to the next writer.
                    let _ = self.sync();
                    state = self.state.lock();
                }
            }
        }
    }

    /// Ends the timer and syncs what still waits for it.
    pub(crate) fn close(&self) -> Result<()> {
        let waits = {
            let mut state = self.state.lock();
            state.closing = true;
            self.changed.notify_all();
            state.due.take().is_some()
        };
        if let Some(timer) = self.timer.lock().take() {
            // The thread ends by itself; a panic in it would have been reported already.
            let _ = timer.join();
        }
        if waits { self.sync() } else { Ok(()) }
    }

    /// How many syncs were asked for and done.
    #[cfg(all(test, feature = "sqlite"))]
    pub(crate) fn done(&self) -> u64 {
        self.state.lock().done
    }

    fn poisoned(&self, reason: &str) -> Error {
        let message = format!(
            "{}: an earlier sync failed ({reason}); writes are refused until the storage is opened again",
            self.log.display()
        );
        Error::new(ErrorKind::Poisoned, message)
    }
}
