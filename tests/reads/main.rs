//! What the engine reads: explained, counted, made distinct.
#![allow(clippy::unwrap_used)]

mod counts;
mod distinct;
mod explain;
mod support;
