//! serde attributes that give the stored form away.

use anser::prelude::*;

#[derive(Model)]
#[serde(transparent)]
struct User {
    #[model(id)]
    id: i32,
}

fn main() {}
