//! A model without a key.

use anser::prelude::*;

#[derive(Model)]
struct NoId {
    name: String,
}

fn main() {}
