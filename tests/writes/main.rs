//! What the engine writes, and that every index follows.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod builds;
mod collections;
mod deletes;
mod faults;
mod indexes;
mod inserts;
mod limits;
mod processes;
mod support;
mod updates;
