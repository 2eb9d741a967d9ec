//! Indexes: how an entry is laid out, how entries follow their documents, how an index is built.

pub(crate) mod entry;
