//! One error for the whole crate, with MongoDB's number.

use anser_query::Code;
use bson::Document;
use std::fmt;
use std::sync::Arc;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong: MongoDB's code, a message that says what and where, and the cause.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    code: Code,
    message: String,
    write_errors: Vec<WriteError>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of error, for a program that decides what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A question, update, command or option that MongoDB would refuse.
    Request,
    /// A unique index has the key already.
    DuplicateKey,
    /// A document that cannot be stored, or does not fit the struct it is read into.
    Document,
    /// A collection, index, cursor or storage that is not there, or there already.
    Namespace,
    /// Another transaction was first; trying again may help.
    Conflict,
    /// The storage failed.
    Storage,
    /// The database was closed.
    Closed,
    /// A broken invariant of Anser itself.
    Internal,
}

/// Why one document or statement of a batch was not carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteError {
    /// Its position in the batch.
    pub index: usize,
    /// MongoDB's code.
    pub code: Code,
    /// What and where.
    pub message: String,
    /// For a duplicate key: the index's key pattern.
    pub key_pattern: Option<Document>,
    /// For a duplicate key: the value that was there.
    pub key_value: Option<Document>,
}

impl WriteError {
    /// A write error at position `index`.
    pub fn new(index: usize, code: Code, message: impl Into<String>) -> Self {
        WriteError { index, code, message: message.into(), key_pattern: None, key_value: None }
    }

    /// The error of the statement at `index`, made of an error that has no position.
    pub fn from_error(index: usize, error: &Error) -> Self {
        match error.write_errors().first() {
            Some(inner) => WriteError { index, ..inner.clone() },
            None => WriteError::new(index, error.code(), error.message()),
        }
    }
}

impl Error {
    /// An error of `kind` with MongoDB's `code`.
    pub fn new(kind: ErrorKind, code: Code, message: impl Into<String>) -> Self {
        Error(Box::new(Inner { kind, code, message: message.into(), write_errors: Vec::new(), source: None }))
    }

    /// A request that is refused with MongoDB's `code`.
    pub fn request(code: Code, message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Request, code, message)
    }

    /// The error of a batch of which some members failed; the first gives code and message.
    pub fn from_write_errors(write_errors: Vec<WriteError>) -> Self {
        let first = write_errors.first();
        let code = first.map_or(Code::INTERNAL_ERROR, |error| error.code);
        let kind = if code == Code::DUPLICATE_KEY { ErrorKind::DuplicateKey } else { ErrorKind::Request };
        let message = first.map_or_else(String::new, |error| error.message.clone());
        Error(Box::new(Inner { kind, code, message, write_errors, source: None }))
    }

    /// Adds the error that caused this one.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The same error once more, for another who is to be told.
    pub(crate) fn again(&self) -> Error {
        let Inner { kind, code, message, write_errors, source } = &*self.0;
        let (message, write_errors) = (message.clone(), write_errors.clone());
        Error(Box::new(Inner { kind: *kind, code: *code, message, write_errors, source: source.clone() }))
    }

    /// Puts `place` in front of the message.
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// MongoDB's number for it.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What and where.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The members of a batch that failed.
    pub fn write_errors(&self) -> &[WriteError] {
        &self.0.write_errors
    }

    /// Whether the transaction it happened in can do nothing more: the storage failed, or the engine did. What
    /// concerns a document or a statement alone leaves the others as they are.
    pub(crate) fn ends_transaction(&self) -> bool {
        let of_storage = |source: &(dyn std::error::Error + 'static)| source.is::<anser_storage::Error>();
        match self.0.kind {
            ErrorKind::Storage | ErrorKind::Closed | ErrorKind::Conflict | ErrorKind::Internal => true,
            ErrorKind::Request | ErrorKind::DuplicateKey | ErrorKind::Document | ErrorKind::Namespace => {
                std::error::Error::source(self).is_some_and(of_storage)
            }
        }
    }

    /// Whether the same call may succeed when it is made again.
    pub fn is_retryable(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.message, self.0.code)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<anser_query::Error> for Error {
    fn from(error: anser_query::Error) -> Self {
        Error::request(error.code(), error.message())
    }
}

impl From<anser_storage::Error> for Error {
    fn from(error: anser_storage::Error) -> Self {
        use anser_storage::ErrorKind as Storage;
        let (kind, code) = match error.kind() {
            Storage::Conflict | Storage::Busy => (ErrorKind::Conflict, Code::WRITE_CONFLICT),
            Storage::Closed => (ErrorKind::Closed, Code::SHUTDOWN_IN_PROGRESS),
            Storage::InvalidUrl => (ErrorKind::Request, Code::BAD_VALUE),
            Storage::NotCompiledIn => (ErrorKind::Request, Code::NOT_IMPLEMENTED),
            Storage::TooLarge => (ErrorKind::Document, Code::OBJECT_TOO_LARGE),
            _ => (ErrorKind::Storage, Code::OPERATION_FAILED),
        };
        Error::new(kind, code, error.message()).with_source(error)
    }
}
