//! A type that is not a field type.

use anser::prelude::*;

struct Foreign;

#[derive(Model)]
struct User {
    #[model(id)]
    id: i32,
    foreign: Foreign,
}

fn main() {}
