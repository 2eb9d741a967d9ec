//! A collection of something that is no model.

use anser::prelude::*;

struct Plain;

fn wrong(database: Database) {
    let _ = database.collection::<Plain>();
    let _ = database.collection_named::<Plain>("plain");
}

fn main() {}
