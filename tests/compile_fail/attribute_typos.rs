//! Misspelt attributes, all told at once.

use anser::prelude::*;

#[derive(Model)]
#[model(colection = "people", index(citty, -age), timestamp)]
struct Person {
    #[model(id)]
    id: i32,
    #[model(uniqe)]
    city: String,
    #[model(idnex, collection = "x")]
    age: u8,
}

fn main() {}
