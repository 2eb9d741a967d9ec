//! Defaults of the wrong type, out of range, or said twice.

use anser::prelude::*;

#[derive(Model)]
struct Wrong {
    #[model(id)]
    id: i32,
    #[model(default = 5)]
    city: String,
}

#[derive(Model)]
struct Twice {
    #[model(id, default)]
    id: i32,
    #[serde(default)]
    #[model(default = 5)]
    count: i32,
    #[model(default)]
    nick: Option<String>,
}

fn main() {}
