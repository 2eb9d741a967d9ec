//! Values of the wrong type.

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

fn wrong(users: Collection<User>) {
    let _ = User::AGE.eq("x");
    let _ = User::AGE.eq(18_i64);
    let _ = User::CITY.set(5);
    let _ = User::TAGS.eq("x");
    let _ = User::TAGS.contains(5);
    let _ = User::NICK.eq(None);
    let _ = users;
}

fn main() {}
