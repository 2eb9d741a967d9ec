//! Time, identifiers and randomness: the only place that reads the clock.
//!
//! Whoever wants a run repeated needs to replace nothing but this. The invariant: timestamps and the counters of
//! ObjectIds only ever grow.

use anser_query::Context;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The source of time and randomness of one engine.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The five random bytes of this process's ObjectIds.
    process: [u8; 5],
    /// The last three bytes of the next ObjectId.
    counter: AtomicU32,
    /// The last timestamp given: seconds in the upper half, a counter within the second in the lower.
    timestamp: AtomicU64,
}

impl Clock {
    /// The machine's clock.
    pub(crate) fn system() -> Clock {
        let random = random_u64().to_be_bytes();
        let mut process = [0; 5];
        process.copy_from_slice(&random[..5]);
        let counter = u32::from_be_bytes([0, random[5], random[6], random[7]]);
        Clock { process, counter: AtomicU32::new(counter), timestamp: AtomicU64::new(0) }
    }

    /// Milliseconds since 1970; negative before it.
    pub(crate) fn now_ms(&self) -> i64 {
        now_ms()
    }

    /// A timestamp larger than every one before: seconds since 1970, and a counter from 1 within the second.
    pub(crate) fn timestamp(&self) -> (u32, u32) {
        let seconds = u64::try_from(self.now_ms() / 1000).unwrap_or(0);
        self.timestamp_at(seconds)
    }

    fn timestamp_at(&self, seconds: u64) -> (u32, u32) {
        let first = (seconds << 32) | 1;
        let mut last = self.timestamp.load(Ordering::Relaxed);
        loop {
            let next = first.max(last.wrapping_add(1));
            match self.timestamp.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return ((next >> 32) as u32, next as u32),
                Err(other) => last = other,
            }
        }
    }

    /// The world as a statement that begins now sees it.
    pub(crate) fn context(&self) -> Context {
        let now_ms = self.now_ms();
        Context::new(now_ms, self.timestamp_at(u64::try_from(now_ms / 1000).unwrap_or(0)))
    }

    /// A new ObjectId: seconds, five bytes of this process, a counter of three.
    ///
    /// Source: <https://github.com/mongodb/specifications/blob/master/source/bson-objectid/objectid.md>
    pub(crate) fn object_id(&self) -> [u8; 12] {
        let seconds = (self.now_ms() / 1000) as u32;
        let counter = self.counter.fetch_add(1, Ordering::Relaxed);
        let mut id = [0; 12];
        id[..4].copy_from_slice(&seconds.to_be_bytes());
        id[4..9].copy_from_slice(&self.process);
        id[9..].copy_from_slice(&counter.to_be_bytes()[1..]);
        id
    }

    /// A new random UUID (version 4).
    pub(crate) fn uuid(&self) -> [u8; 16] {
        let mut uuid = [0; 16];
        uuid[..8].copy_from_slice(&random_u64().to_be_bytes());
        uuid[8..].copy_from_slice(&random_u64().to_be_bytes());
        uuid[6] = uuid[6] & 0x0f | 0x40;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        uuid
    }
}

/// Milliseconds since 1970; negative before it.
pub(crate) fn now_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

/// Random bits: the keys that the standard library draws for its hash maps.
fn random_u64() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(0);
    hasher.finish()
}

/// A reading of the clock that only ever grows, for durations.
#[inline]
pub(crate) fn instant() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_ids_differ_and_share_their_process() {
        let clock = Clock::system();
        let (first, second) = (clock.object_id(), clock.object_id());
        assert_ne!(first, second);
        assert_eq!(first[4..9], second[4..9]);
    }

    #[test]
    fn timestamps_grow_also_when_the_clock_stands_still_or_goes_back() {
        let clock = Clock::system();
        assert_eq!(clock.timestamp_at(7), (7, 1));
        assert_eq!(clock.timestamp_at(7), (7, 2));
        assert_eq!(clock.timestamp_at(3), (7, 3));
        assert_eq!(clock.timestamp_at(8), (8, 1));
    }

    #[test]
    fn uuids_are_of_version_four() {
        let clock = Clock::system();
        let uuid = clock.uuid();
        assert_eq!((uuid[6] >> 4, uuid[8] >> 6), (4, 2));
        assert_ne!(uuid, clock.uuid());
    }
}
