//! How the program fails: an exit code and words for a person.
//!
//! The codes are part of the program's interface: they stand in `anser --help` and never change their meaning.

use std::fmt;
use std::io;

/// What the program's end tells a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The database, collection or output cannot be used, or the database refused the request.
    Database = 1,
    /// The command line makes no sense (the same number as clap's).
    Usage = 2,
    /// The input cannot be read, or is broken.
    Input = 3,
    /// A document was read, and the database refused to store it.
    Refused = 4,
    /// Ctrl-C.
    Interrupted = 130,
}

/// An error on its way to the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
}

/// The result of everything here that can fail.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    pub(crate) fn input(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Input, message)
    }

    /// Adds what a person can do, below the message.
    pub(crate) fn with_advice(mut self, advice: impl fmt::Display) -> Failure {
        self.message = format!("{}\n{advice}", self.message);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<anser::Error> for Failure {
    fn from(error: anser::Error) -> Failure {
        // Storage errors name their cause in the message already.
        let message = match error.kind() {
            anser::ErrorKind::Storage => error.message().to_owned(),
            _ => format!("{} ({})", error.message(), error.code()),
        };
        Failure::new(Exit::Database, message)
    }
}

impl From<anser_storage::Error> for Failure {
    fn from(error: anser_storage::Error) -> Failure {
        anser::Error::from(error).into()
    }
}

/// An error of standard output; see [`is_closed_pipe`].
pub(crate) fn cannot_write(what: impl fmt::Display, error: &io::Error) -> Failure {
    Failure::new(Exit::Database, format!("cannot write {what}: {error}"))
}

/// Whether the reader of our output has gone (`anser find … | head -1`), which is no failure.
pub(crate) fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
