//! SQLite's errors as this crate's: the kind, what was being done, the file.

use crate::error::{Error, ErrorKind};
use rusqlite::ErrorCode;
use rusqlite::ffi;
use std::path::Path;

/// `error` as it happened while `doing` something to the file at `path`.
pub(super) fn failure(path: &Path, doing: &str, error: rusqlite::Error) -> Error {
    let kind = kind_of(&error);
    let place = path.display();
    let message = match kind {
        ErrorKind::Busy => format!("{place}: {doing}: another connection or process holds the file"),
        ErrorKind::ReadOnly => format!("{place}: {doing}: the file or its folder may not be written"),
        ErrorKind::NotADatabase => format!("{place}: {doing}: the file is not an SQLite database"),
        ErrorKind::Full => format!("{place}: {doing}: the disk is full"),
        ErrorKind::Corrupt => format!("{place}: {doing}: the file is damaged"),
        _ => format!("{place}: {doing}"),
    };
    Error::new(kind, message).with_source(error)
}

fn kind_of(error: &rusqlite::Error) -> ErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::Busy,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => ErrorKind::ReadOnly,
        Some(ErrorCode::DiskFull) => ErrorKind::Full,
        Some(ErrorCode::DatabaseCorrupt) => ErrorKind::Corrupt,
        Some(ErrorCode::NotADatabase) => ErrorKind::NotADatabase,
        Some(ErrorCode::TooBig) => ErrorKind::TooLarge,
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::ApiMisuse) => {
            ErrorKind::Misuse
        }
        None if matches!(error, rusqlite::Error::InvalidColumnType(..)) => ErrorKind::Corrupt,
        _ => ErrorKind::Io,
    }
}

/// Whether the statement failed because its table is not there: never created, or dropped by someone else.
pub(super) fn is_missing_table(error: &rusqlite::Error) -> bool {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        _ => return false,
    };
    message.starts_with("no such table")
}

/// Whether the operating system refused to put bytes on the disk: what is there afterwards is unknown.
pub(super) fn is_failed_sync(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}
