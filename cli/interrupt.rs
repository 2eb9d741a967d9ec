//! Ctrl-C during long work: heard between two batches, so that what is stored can be told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether Ctrl-C was pressed since [`Interrupt::listen`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on; where that is impossible, Ctrl-C ends the program as ever.
    pub(crate) fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let heard = interrupt.clone();
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            std::thread::spawn(move || {
                if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                    heard.0.store(true, Ordering::Relaxed);
                }
            });
        }
        interrupt
    }

    /// Whether it was heard.
    pub(crate) fn heard(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
