//! The laws of the seam, each held once, on every strategy and every layer.
//!
//! A custom strategy runs them too: say how to make a fresh store and how to open it, then write
//! `conformance_tests!(factory)` in a test module, or call [`run`]. A case asks a strategy's
//! [`Capabilities`](crate::Capabilities) what it has to hold: reopening for durable ones, a second handle for
//! those that several processes may use.
//!
//! ```
//! use anser_storage::conformance::{self, Store};
//! use anser_storage::{Result, StorageStrategy};
//! use std::sync::Arc;
//!
//! # #[cfg(feature = "sqlite")] {
//! use anser_storage::sqlite::{SqliteOptions, SqliteStrategy};
//!
//! fn fresh() -> Result<Box<dyn Store>> {
//!     let folder = tempfile::tempdir()?;
//!     Ok(Box::new(move || {
//!         let storage = SqliteStrategy::open(folder.path().join("a.db"), SqliteOptions::default())?;
//!         Ok(Arc::new(storage) as Arc<dyn StorageStrategy>)
//!     }))
//! }
//! conformance::run_case("a_commit_makes_everything_visible_at_once", &fresh);
//! # }
//! ```

mod laws;
mod model;
mod random;
mod reading;
mod records;
mod scans;
mod sharing;
mod snapshots;
mod stores;
mod trees;
mod writing;

use crate::error::{ErrorKind, Result};
use std::panic::AssertUnwindSafe;
pub use stores::{Factory, Store, Volatile};

/// A law and what shows whether a strategy keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The case as a test is named.
    pub name: &'static str,
    /// The law, as [`crate::strategy`] says it.
    pub law: &'static str,
    check: fn(&dyn Factory) -> Result<()>,
}

impl Case {
    /// Runs the case on fresh stores.
    ///
    /// # Panics
    /// When the law is broken; the message says which.
    pub fn check(&self, factory: &dyn Factory) {
        if let Err(error) = (self.check)(factory) {
            panic!("{}: an unexpected error: {error:?}\nlaw: {}", self.name, self.law.trim());
        }
    }
}

/// Every case there is.
pub fn cases() -> Vec<Case> {
    [
        reading::CASES,
        scans::CASES,
        writing::CASES,
        records::CASES,
        trees::CASES,
        snapshots::CASES,
        sharing::CASES,
        random::CASES,
    ]
    .concat()
}

/// Runs every case.
///
/// # Panics
/// When a law is broken; the message names every broken one.
pub fn run(factory: &dyn Factory) {
    let broken: Vec<String> = cases()
        .iter()
        .filter(|case| std::panic::catch_unwind(AssertUnwindSafe(|| case.check(factory))).is_err())
        .map(|case| format!("{}: {}", case.name, case.law.trim()))
        .collect();
    assert!(broken.is_empty(), "{} laws are broken:\n{}", broken.len(), broken.join("\n"));
}

/// Runs the case of this name.
///
/// # Panics
/// When the law is broken, or there is no such case.
pub fn run_case(name: &str, factory: &dyn Factory) {
    match cases().iter().find(|case| case.name == name) {
        Some(case) => case.check(factory),
        None => panic!("there is no case named {name}"),
    }
}

/// Asserts that `done` was refused as `kind`, or that the strategy panics where it says that it does.
fn assert_misuse<T>(factory: &dyn Factory, kind: ErrorKind, done: impl FnOnce() -> Result<T>) {
    let result = std::panic::catch_unwind(AssertUnwindSafe(done));
    if factory.panics_on_misuse() {
        assert!(result.is_err(), "a broken law went unnoticed");
        return;
    }
    match result {
        Ok(Ok(_)) => panic!("expected an error of kind {kind:?}"),
        Ok(Err(error)) => assert_eq!(error.kind(), kind, "{error:?}"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Asserts that `result` is an error of `kind`.
fn assert_kind<T>(result: Result<T>, kind: ErrorKind) {
    match result {
        Ok(_) => panic!("expected an error of kind {kind:?}"),
        Err(error) => assert_eq!(error.kind(), kind, "{error:?}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn the_macro_names_every_case() {
        let mut named = crate::conformance_tests!(@names);
        let mut cases: Vec<_> = super::cases().iter().map(|case| case.name).collect();
        named.sort_unstable();
        cases.sort_unstable();
        assert_eq!(named, cases);
    }

    #[test]
    fn every_case_says_its_law() {
        for case in super::cases() {
            assert!(case.law.trim().len() > 20, "{}", case.name);
        }
    }
}
