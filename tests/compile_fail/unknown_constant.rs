//! A field that is not there.

use anser::prelude::*;

#[derive(Embed)]
struct Address {
    city: String,
}

#[derive(Model)]
struct User {
    #[model(id)]
    id: ObjectId,
    age: u8,
    city: String,
    nick: Option<String>,
    tags: Vec<String>,
    address: Address,
    active: bool,
}

#[derive(Model)]
struct Team {
    #[model(id)]
    id: ObjectId,
    name: String,
}

fn wrong() {
    let _ = User::ADRESS.city();
    let _ = User::ADDRESS.town();
}

fn main() {}
