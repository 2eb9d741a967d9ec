//! What goes in comes out: import into memory and export from it, in one process.

#[path = "tests/source/mod.rs"]
mod source;

use crate::export::{Format, Source};
use crate::import::Store;
use crate::input::Input;
use crate::interrupt::Interrupt;
use anser::Database;
use std::path::{Path, PathBuf};

/// The export of what an import of `text` stores.
fn through_memory(text: &str, format: Format) -> String {
    let database = Database::open("memory:").unwrap();
    let namespace = database.namespace("c").unwrap();
    let input = Input::text("x", text).unwrap();
    let mut store = Store::new(&database, namespace.clone(), 0, None, Interrupt::default());
    store.store_all(&input, None).unwrap_or_else(|failure| panic!("{failure}"));
    let source = Source { database: &database, namespace, format, fields: Vec::new() };
    let mut out = Vec::new();
    source.write(&mut out, "x").unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_export_reads_back_to_itself() {
    let text = concat!(
        r#"{"_id":{"$numberInt":"1"},"z":{"$numberLong":"1"},"a":{"$numberDouble":"1.0"}}"#,
        "\n",
        r#"{"_id":{"$oid":"5ca4bbc7a2dd94ee5816238c"},"d":{"$date":{"$numberLong":"-5"}}}"#,
        "\n"
    );
    assert_eq!(through_memory(text, Format::Canonical), text);
}

#[test]
fn our_own_file_comes_out_of_memory_as_it_went_in() {
    let text = include_str!("tests/data/birds.json");
    source::assert_same(text, &through_memory(text, Format::Canonical), "birds.json");
}

#[test]
fn the_real_files_come_out_of_memory_as_they_went_in() {
    // They are not part of the project: beside it, or where ANSER_DATA says.
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("ANSER_DATA").map_or(beside, PathBuf::from);
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no folder {}", folder.display());
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let canonical = through_memory(&text, Format::Canonical);
        source::assert_same(&text, &canonical, &path.display().to_string());
    }
}
