//! What can be said about a file storage beside its path.

use crate::error::{Error, ErrorKind, Result};
use crate::url::StorageUrl;

/// How a folder is opened. There is nothing to choose yet; a URL is checked for options that do not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileOptions {}

impl FileOptions {
    /// The options of a URL such as `file:./data?durability=within:100ms`; `durability` belongs to the engine.
    ///
    /// # Errors
    /// InvalidUrl for an option that does not exist.
    pub fn from_url(url: &StorageUrl) -> Result<FileOptions> {
        match url.options.iter().find(|(name, _)| name != "durability") {
            None => Ok(FileOptions::default()),
            Some((name, _)) => {
                let message = format!("file has no option {name:?}; it has durability");
                Err(Error::new(ErrorKind::InvalidUrl, message))
            }
        }
    }
}
