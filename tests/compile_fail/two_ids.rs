//! A model with two keys.

use anser::prelude::*;

#[derive(Model)]
struct TwoIds {
    #[model(id)]
    id: i32,
    #[model(id)]
    other: i32,
}

fn main() {}
