//! Numbers that the field cannot hold.

use anser::prelude::*;

#[derive(Model)]
struct User {
    #[model(id)]
    id: i32,
    #[model(default = 300)]
    age: u8,
}

fn wrong() {
    let _ = User::AGE.gte(300);
}

fn main() {
    wrong();
}
