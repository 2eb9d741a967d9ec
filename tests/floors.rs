//! The floors of the house, and the place of `unsafe`.
//!
//! `bson` ← {`query`, `storage`} ← `src` ← {`server`, `cli`}: what stands above may name what stands below, never
//! the other way round, and the two siblings do not know each other.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every crate, and which of the others it may depend on.
const FLOORS: [(&str, &str, &[&str]); 6] = [
    ("query", "anser-query", &[]),
    ("storage", "anser-storage", &[]),
    ("derive", "anser-derive", &[]),
    (".", "anser", &["anser-query", "anser-storage", "anser-derive"]),
    ("server", "anser-server", &["anser", "anser-query", "anser-storage"]),
    ("cli", "anser-cli", &["anser", "anser-query", "anser-server", "anser-storage"]),
];

/// What `storage` must never depend on, so that it cannot read a field of a document, and `query`, so that it does no I/O.
const STRANGERS: [(&str, &[&str]); 2] = [
    ("query", &["rusqlite", "tokio", "parking_lot", "tempfile"]),
    ("storage", &["regex", "serde", "serde_json", "tokio"]),
];

/// The names in the tables of dependencies of a Cargo.toml, those of the tests left out.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut table = "";
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end_matches(']');
            if let Some((_, name)) = table.rsplit_once("dependencies.") {
                names.push(name.to_owned());
            }
            continue;
        }
        let counts = table.ends_with("dependencies") && !table.ends_with("dev-dependencies");
        if counts
            && table != "workspace.dependencies"
            && let Some((name, _)) = line.split_once(['=', '.'])
            && !line.starts_with('#')
        {
            names.push(name.trim().to_owned());
        }
    }
    names
}

fn manifest(folder: &str) -> String {
    std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap()
}

#[test]
fn a_crate_depends_on_the_floors_below_and_on_nothing_above() {
    for (folder, name, below) in FLOORS {
        let manifest = manifest(folder);
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{folder} is {name}");
        let found = dependencies(&manifest);
        assert!(!found.is_empty(), "{folder} depends on something");
        for dependency in found.iter().filter(|dependency| dependency.starts_with("anser")) {
            assert!(below.contains(&&**dependency), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn every_member_of_the_workspace_has_a_floor() {
    let manifest = manifest(".");
    let members = manifest.lines().find(|line| line.starts_with("members")).unwrap();
    for member in members.split('"').skip(1).step_by(2) {
        // Bindings and engines for comparison have a floor of their own.
        let known = FLOORS.iter().any(|(folder, _, _)| *folder == member) || is_binding(Path::new(member));
        assert!(known, "{member} has no floor here");
    }
}

#[test]
fn meaning_does_no_input_or_output_and_storage_reads_no_field() {
    for (folder, strangers) in STRANGERS {
        for dependency in dependencies(&manifest(folder)) {
            assert!(!strangers.contains(&&*dependency), "{folder} must not depend on {dependency}");
        }
    }
    for (folder, forbidden) in [
        ("query", &["anser_storage", "std::fs", "std::net", "SystemTime", "std::thread"][..]),
        ("storage", &["anser_query"][..]),
    ] {
        for file in library_files(folder) {
            let code = code_of(&std::fs::read_to_string(&file).unwrap());
            for name in forbidden {
                assert!(!code.contains(name), "{}: {folder} must not use {name}", file.display());
            }
        }
    }
}

#[test]
fn the_words_of_dependencies_are_found() {
    let manifest = "[dependencies]\na.workspace = true\n# x = 1\nb = { path = \"b\" }\n[dev-dependencies]\nc = \"1\"\n\
                    [target.'cfg(unix)'.dependencies]\nd = \"1\"\n[dependencies.e]\nversion = \"1\"\n\
                    [workspace.dependencies]\nf = \"1\"\n[build-dependencies]\ng = \"1\"\n";
    assert_eq!(dependencies(manifest), ["a", "b", "d", "e", "g"]);
}

fn is_binding(path: &Path) -> bool {
    ["storage/wiredtiger", "storage/wiredtiger-sys"].iter().any(|place| path.starts_with(place))
}

/// Every `.rs` file below `folder`, `target` and hidden folders left out.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                files(&path, found);
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

fn all_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(root(), &mut found);
    assert!(found.len() > 100, "only {} files were found", found.len());
    found.into_iter().map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect()
}

/// The files that a library consists of: what its own tests, benches and examples are is left out.
fn library_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let start = if folder == "." { root().join("src") } else { root().join(folder) };
    files(&start, &mut found);
    let start = start.as_path();
    let belongs = |path: &PathBuf| {
        let first = path.strip_prefix(start).unwrap().components().next().unwrap();
        !["tests", "benches", "examples"].iter().any(|other| first.as_os_str() == *other)
    };
    found.into_iter().filter(belongs).collect()
}

/// `text` without comments and the contents of strings, as far as a line tells.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with("//") {
            continue;
        }
        let mut in_string = false;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' if in_string => drop(characters.next()),
                '\'' if !in_string && characters.peek() == Some(&'"') => drop(characters.next()),
                '"' => in_string = !in_string,
                '/' if !in_string && characters.peek() == Some(&'/') => break,
                other if !in_string => code.push(other),
                _ => {}
            }
        }
        code.push('\n');
    }
    code
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn code_is_told_from_comments_and_strings() {
    let text = "// one\nlet two = \"three // \\\" four\"; // five\nsix('\"', \"seven\");";
    assert_eq!(words(&code_of(text)).collect::<Vec<_>>(), ["let", "two", "six"]);
}

#[test]
fn unsafe_stands_only_where_the_c_library_is_bound() {
    for file in all_files().iter().filter(|file| !is_binding(file)) {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let found = words(&code_of(&text)).any(|word| word == "unsafe");
        assert!(!found, "{} holds `unsafe`", file.display());
    }
}

#[test]
fn every_crate_forbids_unsafe_at_its_root() {
    for (folder, name, _) in FLOORS {
        let roots = ["lib.rs", "main.rs", "src/lib.rs"].map(|file| root().join(folder).join(file));
        let mut seen = 0;
        for file in roots.iter().filter(|file| file.exists()) {
            let text = std::fs::read_to_string(file).unwrap();
            assert!(
                text.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]"),
                "{} forbids unsafe code",
                file.display()
            );
            seen += 1;
        }
        assert!(seen > 0, "{name} has a root");
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for (folder, _, _) in FLOORS {
        for file in library_files(folder) {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//! "), "{} opens with what it is for", file.display());
        }
    }
}

#[test]
fn nothing_is_left_to_do() {
    for file in all_files() {
        let text = std::fs::read_to_string(root().join(&file)).unwrap();
        let code: String = code_of(&text).split_whitespace().collect();
        for stub in ["todo!(", "unimplemented!("] {
            assert!(!code.contains(stub), "{} holds {stub}…)", file.display());
        }
    }
}
