//! What belongs on a model, said on an Embed.

use anser::prelude::*;

#[derive(Embed)]
#[model(collection = "x")]
struct Address {
    #[model(id)]
    id: i32,
    #[model(index)]
    city: String,
}

fn main() {}
