//! What a question may know of the world: handed in as values, so that an answer can be repeated.

/// The world as one statement sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// The statement's time, milliseconds since 1970 (`$currentDate`).
    pub now_ms: i64,
    /// The statement's timestamp: seconds since 1970 and a counter within the second.
    pub timestamp: (u32, u32),
}

impl Context {
    /// A statement that runs at `now_ms` and carries `timestamp`.
    pub fn new(now_ms: i64, timestamp: (u32, u32)) -> Self {
        Context { now_ms, timestamp }
    }
}
