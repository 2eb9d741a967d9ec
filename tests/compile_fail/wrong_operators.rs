//! Operators that the field has not.

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
    let _ = User::AGE.regex("x");
    let _ = User::CITY.inc(1);
    let _ = User::CITY.push("x");
    let _ = User::AGE.unset();
    let _ = User::AGE.is_none();
    let _ = User::ADDRESS.gt(Address { city: String::new() });
    let _ = User::CITY.current_date();
    let _ = User::TAGS.key("x");
    let _ = User::TAGS.any(Address::CITY.eq("x"));
}

fn main() {}
