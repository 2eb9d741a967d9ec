//! Stored names that cannot be, or meet.

use anser::prelude::*;

#[derive(Model)]
#[model(collection = "a$b")]
struct User {
    #[model(id)]
    id: i32,
    #[serde(rename = "a.b")]
    dotted: i32,
    #[serde(rename = "$x")]
    dollar: i32,
    #[serde(rename = "same")]
    one: i32,
    #[serde(rename = "same")]
    two: i32,
    foo: i32,
    FOO: i32,
}

fn main() {}
