//! Giving room back in the background.
//!
//! A log that has outgrown what it holds is written anew by a thread that is started when it is needed for the
//! first time and has ended when [`Compaction::end`] returns. Writers only ever raise a flag.

use super::strategy::Shared;
use crate::error::{Error, Result};
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

/// How much a log may be beyond twice what is live.
const SLACK_BYTES: u64 = 64 << 20;
/// After how much more log one looks again.
const LOOK_BYTES: u64 = 8 << 20;

/// The compactions of one storage. A clone is another handle on the same ones.
#[derive(Clone, Debug)]
pub(super) struct Compaction(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Weak<Shared>,
    /// The size of the log at which to look at what is live.
    look_at_bytes: AtomicU64,
    /// Held while one runs: how many bytes of log a thousand bytes in memory came to, the last time.
    running: Mutex<Option<u64>>,
    state: Mutex<State>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    wanted: bool,
    ending: bool,
}

impl Compaction {
    pub(super) fn new(storage: &Arc<Shared>) -> Compaction {
        let compaction = Compaction(Arc::new(Inner {
            storage: Arc::downgrade(storage),
            look_at_bytes: AtomicU64::new(SLACK_BYTES),
            running: Mutex::new(None),
            state: Mutex::default(),
            changed: Condvar::new(),
            thread: Mutex::default(),
        }));
        compaction.look();
        compaction
    }

    /// Sees whether the log has outgrown what it holds, and wakes the thread if so. Costs nearly nothing.
    pub(super) fn look(&self) {
        let Some(storage) = self.0.storage.upgrade() else { return };
        let size = storage.log.size_bytes().unwrap_or(0);
        if size < self.0.look_at_bytes.load(Ordering::Relaxed) {
            return;
        }
        self.0.look_at_bytes.store(size + LOOK_BYTES, Ordering::Relaxed);
        let mut state = self.0.state.lock();
        if state.ending || state.wanted {
            return;
        }
        state.wanted = true;
        self.0.changed.notify_all();
        drop(state);
        let mut thread = self.0.thread.lock();
        if thread.is_none() {
            let compaction = self.clone();
            // Without a thread the log grows; the next look tries again.
            *thread = std::thread::Builder::new()
                .name("anser-compact".into())
                .spawn(move || compaction.work())
                .ok();
        }
    }

    fn work(&self) {
        let mut state = self.0.state.lock();
        while !state.ending {
            if !std::mem::take(&mut state.wanted) {
                self.0.changed.wait(&mut state);
                continue;
            }
            drop(state);
            // What fails here left the log as good as it was; it is tried again when the log has grown on.
            let _ = self.run_if_due();
            state = self.0.state.lock();
        }
    }

    fn run_if_due(&self) -> Result<()> {
        let Some(storage) = self.0.storage.upgrade() else { return Ok(()) };
        let mut running = self.0.running.lock();
        let contents = storage.contents()?;
        let live = contents.size_bytes();
        let live = live.saturating_mul(running.unwrap_or(1_000)) / 1_000;
        if storage.log.size_bytes()? <= live.saturating_mul(2).saturating_add(SLACK_BYTES) {
            return Ok(());
        }
        self.compact(&storage, &mut running)
    }

    /// Writes the log anew now.
    pub(super) fn run(&self) -> Result<()> {
        let Some(storage) = self.0.storage.upgrade() else { return Ok(()) };
        storage.check_open()?;
        let mut running = self.0.running.lock();
        self.compact(&storage, &mut running)
    }

    fn compact(&self, storage: &Shared, ratio: &mut Option<u64>) -> Result<()> {
        if self.0.state.lock().ending {
            return Err(Error::new(crate::ErrorKind::Closed, "the storage is being closed"));
        }
        let contents = storage.contents()?;
        let live = contents.size_bytes();
        storage.log.compact(&contents)?;
        let size = storage.log.size_bytes()?;
        *ratio = size.saturating_mul(1_000).checked_div(live).map(|ratio| ratio.clamp(1_000, 10_000));
        self.0.look_at_bytes.store(size.saturating_add(LOOK_BYTES).max(SLACK_BYTES), Ordering::Relaxed);
        Ok(())
    }

    /// Ends the thread, after the compaction it may be in.
    pub(super) fn end(&self) {
        {
            let mut state = self.0.state.lock();
            state.ending = true;
            self.0.changed.notify_all();
        }
        if let Some(thread) = self.0.thread.lock().take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic in it was reported already.
            let _ = thread.join();
        }
        // One that somebody asked for by hand.
        drop(self.0.running.lock());
    }
}
