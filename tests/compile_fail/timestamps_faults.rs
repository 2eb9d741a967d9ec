//! Timestamps of the wrong type, and unknown words.

use anser::prelude::*;

#[derive(Model)]
#[model(timestamps)]
struct Wrong {
    #[model(id)]
    id: i32,
    created_at: i64,
}

#[derive(Model)]
#[model(timestamps(created = born))]
struct Unknown {
    #[model(id)]
    id: i32,
}

#[derive(Model)]
#[model(timestamps)]
#[serde(deny_unknown_fields)]
struct Denied {
    #[model(id)]
    id: i32,
}

fn main() {}
