//! What the engine writes, and that every index follows.

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
