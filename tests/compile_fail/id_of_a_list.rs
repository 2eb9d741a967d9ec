//! A list cannot be a key.

use anser::prelude::*;

#[derive(Model)]
struct ListId {
    #[model(id)]
    id: Vec<i32>,
}

fn main() {}
