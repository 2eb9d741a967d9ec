//! Indexes: how an entry is laid out, how entries follow their documents, how an index is built.

pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod duplicate;
pub(crate) mod entry;
mod hash;
pub(crate) mod maintain;

/// The label of an index's tree, for people.
pub(crate) fn label(namespace: &crate::engine::Namespace, name: &str) -> String {
    format!("{namespace} {name}")
}
