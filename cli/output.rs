//! Standard output, whose reader may go away at any time.

use crate::failure::{Result, cannot_write, is_closed_pipe};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

/// Writes to standard output in large pieces; a reader that has gone ends the writing without an error.
pub(crate) fn to_stdout(
    write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> Result<Written>,
) -> Result<()> {
    let mut writer = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    match write(&mut writer)? {
        Written::All => written(writer.flush(), "to standard output").map(|_| ()),
        Written::Refused => {
            // What is buffered still cannot be written, and need not be.
            let _ = writer.into_parts();
            Ok(())
        }
    }
}

/// How a piece of writing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    All,
    /// Nobody reads any more.
    Refused,
}

/// Judges the result of a write: a closed pipe is no failure.
pub(crate) fn written(result: io::Result<()>, what: &str) -> Result<Written> {
    match result {
        Ok(()) => Ok(Written::All),
        Err(error) if is_closed_pipe(&error) => Ok(Written::Refused),
        Err(error) => Err(cannot_write(what, &error)),
    }
}

/// Writes a text and a line's end to standard output.
pub(crate) fn print(text: impl std::fmt::Display) -> Result<()> {
    to_stdout(|writer| written(writeln!(writer, "{text}"), "to standard output"))
}

/// Whether a person looks at standard output.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}
