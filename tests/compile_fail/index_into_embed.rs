//! A path that leads nowhere in the nested struct.

use anser::prelude::*;

#[derive(Embed)]
struct Address {
    city: String,
}

#[derive(Model)]
#[model(index(address.town))]
struct User {
    #[model(id)]
    id: i32,
    address: Address,
}

fn main() {}
