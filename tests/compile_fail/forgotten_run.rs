//! An action that is never run.

#![deny(unused_must_use)]

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
    users.delete_many(User::AGE.eq(1));
    User::AGE.eq(1);
}

fn main() {}
