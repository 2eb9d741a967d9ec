//! Storage URLs: `memory:`, `sqlite:./app.db?durability=within:100ms`.
use crate::durability::Durability;
use crate::error::Result;

/// A storage URL, taken apart: `scheme:path?name=value&…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageUrl {
    /// The part before the first colon.
    pub scheme: String,
    /// The part between colon and `?`, as written.
    pub path: String,
    /// The options, in their order.
    pub options: Vec<(String, String)>,
}

impl StorageUrl {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// InvalidUrl, saying what a URL looks like.
    pub fn parse(text: &str) -> Result<StorageUrl> {
        let _ = text;
        todo!()
    }
    /// The `durability` option: `synced`, `os` or `within:100ms`. `None` when it is absent.
    pub fn durability(&self) -> Result<Option<Durability>> {
        todo!()
    }
}
