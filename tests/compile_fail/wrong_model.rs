//! Questions about another model, or of another kind.

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
    let _ = users.find(Team::NAME.eq("x"));
    let _ = users.find(User::AGE.inc(1));
    let _ = users.update_one(User::AGE.eq(1), User::AGE.eq(2));
    let _ = users.update_one(User::AGE.eq(1), Team::NAME.set("x"));
    let _ = users.find(Filter::all()).sort(Team::NAME.asc());
    let _ = users.find(Filter::all()).hint(5);
    let _ = User::AGE.eq(1) & Team::NAME.eq("x");
    let _ = users.insert_one(Team { id: ObjectId::new(), name: String::new() });
}

fn main() {}
