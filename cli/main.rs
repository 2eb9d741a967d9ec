//! The `anser` program.
fn main() {}
