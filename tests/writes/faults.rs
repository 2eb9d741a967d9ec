//! A storage that fails.
