//! Models and Embeds of the wrong shape.

use anser::prelude::*;

#[derive(Model)]
enum Choice {
    One,
}

#[derive(Model)]
struct Tuple(i32);

#[derive(Model)]
struct Generic<T> {
    #[model(id)]
    id: T,
}

#[derive(Embed)]
enum Shape {
    Circle { radius: f64 },
}

#[derive(Embed)]
struct Pair(i32, i32);

fn main() {}
