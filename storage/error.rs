//! One error for the whole crate: what kind, doing what, where, and why.

use std::fmt;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong in a storage.
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of error a storage has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused something.
    Io,
    /// The disk is full.
    Full,
    /// The storage may not be written.
    ReadOnly,
    /// Another process or connection holds it; trying again may help.
    Busy,
    /// Two transactions wrote the same thing; trying again may help.
    Conflict,
    /// What is stored is broken.
    Corrupt,
    /// The file is not one of ours.
    NotADatabase,
    /// The file was written by a newer version.
    NewerFormat,
    /// A tree with this id is there already.
    TreeExists,
    /// A write to a tree that does not exist.
    NoSuchTree,
    /// A key or value longer than the strategy can hold.
    TooLarge,
    /// The caller broke a law of the seam.
    Misuse,
    /// An earlier sync failed: writes are refused until the storage is opened again.
    Poisoned,
    /// The storage was closed.
    Closed,
    /// A storage URL that makes no sense.
    InvalidUrl,
    /// A scheme or feature that this build does not have.
    NotCompiledIn,
}

impl Error {
    /// An error of `kind`; `message` says what was being done, and where.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), source: None }
    }

    /// Adds the error that caused this one.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Puts `place` in front of the message: where it happened.
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was being done, and where.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same call may succeed when it is made again.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::Busy | ErrorKind::Conflict)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::StorageFull => ErrorKind::Full,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                ErrorKind::ReadOnly
            }
            _ => ErrorKind::Io,
        };
        Error::new(kind, "the operating system refused").with_source(error)
    }
}
