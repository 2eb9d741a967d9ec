//! Indexes on what is not there, not stored, or there twice.

use anser::prelude::*;

#[derive(Embed)]
struct Address {
    city: String,
}

#[derive(Model)]
#[model(index(cache), index(age, age), index(), index("a..b"))]
struct User {
    #[model(id, unique)]
    id: i32,
    #[serde(skip)]
    cache: i32,
    #[model(sparse)]
    age: u8,
    #[serde(flatten)]
    #[model(index)]
    address: Address,
}

fn main() {}
