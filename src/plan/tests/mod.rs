//! Tests of plans over real trees: a collection made by hand, without the engine's writing verbs.

mod choice;
pub(crate) mod fixture;
mod law;
mod random;
