//! Models from derive to disk: the stored form, the constants, the questions, and whole programs on every storage.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod attributes;
mod collection;
mod indexes;
mod questions;
mod timestamps;

use anser::prelude::*;

/// Runs `check` on a database of every storage.
fn on_every_storage(check: impl Fn(&Database)) {
    let memory = Database::open("memory:").unwrap();
    check(&memory);
    memory.close().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("models.db").display());
    let sqlite = Database::open(&url).unwrap();
    check(&sqlite);
    sqlite.close().unwrap();
}
