//! The writer's place: one transaction holds it, the others wait.
//!
//! It is a lock whose guard may move between threads. A newcomer may pass those who wait (that saves a switch of
//! threads for every commit), but only a limited number of times in a row, so that nobody waits for ever.

use super::overlay::Overlay;
use parking_lot::{Condvar, Mutex};

/// How many newcomers may pass a waiting writer.
const PASSES_MAX: u32 = 32;

#[derive(Default)]
pub(super) struct Writer {
    place: Mutex<Place>,
    freed: Condvar,
}

#[derive(Default)]
struct Place {
    taken: bool,
    waiting: u32,
    passes: u32,
    /// The last transaction's buffers, for the next one.
    spare: Overlay,
}

impl Writer {
    /// Waits for the place and takes it; gives the buffers that go with it.
    pub(super) fn take(&self) -> Overlay {
        let mut place = self.place.lock();
        if place.taken || (place.waiting > 0 && place.passes >= PASSES_MAX) {
            place.waiting += 1;
            self.freed.wait(&mut place);
            while place.taken {
                self.freed.wait(&mut place);
            }
            place.waiting -= 1;
            place.passes = 0;
        } else if place.waiting > 0 {
            place.passes += 1;
        }
        place.taken = true;
        std::mem::take(&mut place.spare)
    }

    /// Gives the place back.
    pub(super) fn give_back(&self, mut spare: Overlay) {
        spare.clear();
        let mut place = self.place.lock();
        place.spare = spare;
        place.taken = false;
        let wake = place.waiting > 0;
        drop(place);
        if wake {
            self.freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn one_holds_the_place_at_a_time_and_everyone_gets_it() {
        let writer = Arc::new(Writer::default());
        let inside = Arc::new(AtomicU32::new(0));
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let (writer, inside) = (Arc::clone(&writer), Arc::clone(&inside));
                std::thread::spawn(move || {
                    for _ in 0..2_000 {
                        let overlay = writer.take();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        writer.give_back(overlay);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
