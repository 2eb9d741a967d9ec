//! When a request has to have ended.

use crate::clock;
use crate::error::{Error, Result};
use anser_query::Code;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How many candidates pass between two looks at the clock.
const LOOK_EVERY: u32 = 256;

/// The end of a request's time, looked at once in a while.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    end: Option<Instant>,
    until_look: Cell<u32>,
}

impl Deadline {
    /// No end.
    pub(crate) fn never() -> Deadline {
        Deadline { end: None, until_look: Cell::new(0) }
    }

    /// The end of what may run for `max_time` from now; `None` and zero mean without end, as in MongoDB.
    pub(crate) fn after(max_time: Option<Duration>) -> Deadline {
        let end = max_time.filter(|time| !time.is_zero()).and_then(|time| clock::instant().checked_add(time));
        Deadline { end, until_look: Cell::new(0) }
    }

    /// Looks at the clock, at times.
    ///
    /// # Errors
    /// MaxTimeMSExpired (50) when the time is over.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        match self.end {
            None => Ok(()),
            Some(end) => self.look(end),
        }
    }

    fn look(&self, end: Instant) -> Result<()> {
        let left = self.until_look.get();
        if left > 0 {
            self.until_look.set(left - 1);
            return Ok(());
        }
        self.until_look.set(LOOK_EVERY);
        if clock::instant() < end {
            return Ok(());
        }
        self.until_look.set(0);
        Err(Error::request(Code::MAX_TIME_MS_EXPIRED, "operation exceeded time limit"))
    }
}
