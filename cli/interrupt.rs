//! Ctrl-C during an import: heard between two batches, so that what is stored can be told.
//!
//! The invariant: the program never ends inside [`Interrupt::store`], so the number of documents it tells is what
//! is stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// How long an import that was interrupted may take to end by itself. One that waits for its input never does.
const GRACE: Duration = Duration::from_millis(500);

/// Whether Ctrl-C was pressed since [`Interrupt::listen`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    heard: AtomicBool,
    storing: AtomicBool,
    ended: AtomicBool,
    /// How many documents of the input are done with.
    done: AtomicU64,
}

impl Interrupt {
    /// Listens from now on; where that is impossible, Ctrl-C ends the program as ever. When the import waits for
    /// its input at Ctrl-C, `end` is told how many documents are done with, and has to end the program.
    pub(crate) fn listen(end: impl FnOnce(u64) + Send + 'static) -> Interrupt {
        let interrupt = Interrupt::default();
        let state = Arc::clone(&interrupt.0);
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            std::thread::spawn(move || {
                if runtime.block_on(tokio::signal::ctrl_c()).is_err() {
                    return;
                }
                state.heard.store(true, SeqCst);
                loop {
                    std::thread::sleep(GRACE);
                    if state.ended.load(SeqCst) {
                        return;
                    }
                    if !state.storing.load(SeqCst) {
                        return end(state.done.load(SeqCst));
                    }
                }
            });
        }
        interrupt
    }

    /// Stores a batch, of which `store` tells how many documents are done with; `None` after Ctrl-C.
    pub(crate) fn store<T>(&self, store: impl FnOnce() -> (T, u64)) -> Option<T> {
        self.0.storing.store(true, SeqCst);
        let stored = (!self.0.heard.load(SeqCst)).then(|| {
            let (stored, done) = store();
            self.0.done.store(done, SeqCst);
            stored
        });
        self.0.storing.store(false, SeqCst);
        stored
    }

    /// The import ends by itself.
    pub(crate) fn import_ended(&self) {
        self.0.ended.store(true, SeqCst);
    }
}
