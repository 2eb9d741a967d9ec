//! The key has its stored name.

use anser::prelude::*;

#[derive(Model)]
struct Renamed {
    #[model(id)]
    #[serde(rename = "key")]
    id: i32,
}

fn main() {}
