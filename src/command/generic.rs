//! The fields that every command takes: read and checked before the command runs.

use super::arguments::{Argument, each_of_statement};
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::{DocumentRef, Number, View, tag};
use anser_storage::Durability;
use std::time::Duration;

/// What the generic fields of a command say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Generic {
    /// `writeConcern: {j: true}` asks for Synced.
    pub(super) durability: Option<Durability>,
    /// `maxTimeMS`.
    pub(super) max_time: Option<Duration>,
}

/// Where a read or write concern came from, as clients and routers say.
const PROVENANCES: &[&str] =
    &["clientSupplied", "implicitDefault", "customDefault", "getLastErrorDefaults", "internalWriteDefault"];

impl Generic {
    /// Reads the generic fields of `command`. `writes`: whether it may carry a write concern.
    ///
    /// # Errors
    /// TypeMismatch (14), FailedToParse (9) and BadValue (2) as MongoDB gives them; InvalidOptions (72) for a
    /// write concern on a command that has none; IllegalOperation (20) for transactions; NoSuchWriteConcernMode (79).
    pub(super) fn read(name: &'static str, writes: bool, command: DocumentRef<'_>) -> Result<Generic> {
        let mut generic = Generic::default();
        for element in command.elements().skip(1) {
            let Ok(field) = std::str::from_utf8(element.name) else { continue };
            let argument = Argument::new(name, field, element.value);
            if argument.is_absent() {
                continue;
            }
            match field {
                "maxTimeMS" => generic.max_time = max_time(&argument)?,
                "startTransaction" | "autocommit" => {
                    let message = "Transaction numbers are only allowed on a replica set member or mongos";
                    return Err(Error::request(Code::ILLEGAL_OPERATION, message));
                }
                "readConcern" => read_concern(argument.object()?)?,
                "writeConcern" => {
                    let concern = argument.object()?;
                    if !writes {
                        let message = format!("Command {name} does not support writeConcern");
                        return Err(Error::request(Code::INVALID_OPTIONS, message));
                    }
                    generic.durability = write_concern(concern)?;
                }
                _ => {}
            }
        }
        Ok(generic)
    }
}

fn max_time(argument: &Argument<'_>) -> Result<Option<Duration>> {
    let Some(number) = Number::of(argument.value) else {
        return Err(argument.wrong_type("[long, int, decimal, double]"));
    };
    match number.as_i64_exact() {
        None => Err(Error::request(
            Code::FAILED_TO_PARSE,
            format!("maxTimeMS has to be a whole number of milliseconds, found {:?}", argument.value),
        )),
        Some(0) => Ok(None),
        Some(milliseconds) if (0..=i64::from(i32::MAX)).contains(&milliseconds) => {
            Ok(Some(Duration::from_millis(milliseconds.unsigned_abs())))
        }
        Some(milliseconds) => Err(Error::request(
            Code::BAD_VALUE,
            format!("{milliseconds} value for maxTimeMS is out of range [0, {}]", i32::MAX),
        )),
    }
}

/// Checks a read concern. There is one copy of everything here, so that every level reads the same.
fn read_concern(concern: DocumentRef<'_>) -> Result<()> {
    each_of_statement("readConcern", concern, |argument| {
        match argument.name {
            "level" if argument.is_absent() => {}
            "level" => {
                let level = argument.string()?;
                if !["local", "majority", "available", "linearizable", "snapshot"].contains(&level) {
                    return Err(not_a_value(&argument));
                }
            }
            "afterClusterTime" | "atClusterTime" => {
                if argument.value.tag != tag::TIMESTAMP {
                    return Err(argument.wrong_type("timestamp"));
                }
                if argument.value.view() == (View::Timestamp { time: 0, increment: 0 }) {
                    let message = format!("'{}' cannot be a null timestamp", argument.name);
                    return Err(Error::request(Code::INVALID_OPTIONS, message));
                }
            }
            "afterOpTime" => drop(argument.object()?),
            "provenance" => provenance(&argument)?,
            _ => return Ok(false),
        }
        Ok(true)
    })
}

/// Reads a write concern: `{j: true}` is [`Durability::Synced`].
fn write_concern(concern: DocumentRef<'_>) -> Result<Option<Durability>> {
    let mut durability = None;
    each_of_statement("writeConcern", concern, |argument| {
        match argument.name {
            "j" | "fsync" => {
                if argument.boolean()? {
                    durability = Some(Durability::Synced);
                }
            }
            "w" => copies(&argument)?,
            "wtimeout" => {
                argument.long()?;
            }
            "provenance" => provenance(&argument)?,
            "wElectionId" | "wOpTime" | "getLastError" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(durability)
}

/// Checks `w`: how many copies have to have a write. There is one here.
fn copies(argument: &Argument<'_>) -> Result<()> {
    let refuse = |code: Code, why: String| Err(Error::request(code, why));
    match argument.value.view() {
        View::String(b"majority") => Ok(()),
        View::String(mode) => {
            refuse(Code(79), format!("No write concern mode named '{}' found", String::from_utf8_lossy(mode)))
        }
        _ if argument.is_absent() => Ok(()),
        _ => match Number::of(argument.value).map(Number::as_f64) {
            Some(copies) if (0.0..2.0).contains(&copies) => Ok(()),
            Some(copies) if (2.0..=50.0).contains(&copies) => {
                refuse(Code::BAD_VALUE, "cannot use 'w' > 1 when a host is not replicated".to_owned())
            }
            _ => refuse(
                Code::FAILED_TO_PARSE,
                format!("w has to be a number between 0 and 50, or \"majority\", found {:?}", argument.value),
            ),
        },
    }
}

fn provenance(argument: &Argument<'_>) -> Result<()> {
    if argument.is_absent() || PROVENANCES.contains(&argument.string()?) {
        return Ok(());
    }
    Err(not_a_value(argument))
}

fn not_a_value(argument: &Argument<'_>) -> Error {
    let message =
        format!("Enumeration value {:?} for field '{}' is not a valid value.", argument.value, argument.name);
    Error::request(Code::BAD_VALUE, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{RawDocumentBuf, rawdoc};

    fn read(writes: bool, command: &RawDocumentBuf) -> std::result::Result<Generic, i32> {
        Generic::read("test", writes, command.into()).map_err(|error| error.code().0)
    }

    #[test]
    fn a_write_concern_is_for_commands_that_write() {
        let journaled = rawdoc! { "test": 1, "writeConcern": { "j": true } };
        assert_eq!(read(true, &journaled).map(|generic| generic.durability), Ok(Some(Durability::Synced)));
        assert_eq!(read(false, &journaled).err(), Some(72));
        assert_eq!(read(true, &rawdoc! { "test": 1, "writeConcern": 1 }).err(), Some(14));
        assert_eq!(read(true, &rawdoc! { "test": 1, "writeConcern": { "w": 2 } }).err(), Some(2));
        assert_eq!(read(true, &rawdoc! { "test": 1, "writeConcern": { "w": -1 } }).err(), Some(9));
        assert_eq!(read(true, &rawdoc! { "test": 1, "writeConcern": { "w": "some" } }).err(), Some(79));
        assert_eq!(read(true, &rawdoc! { "test": 1, "writeConcern": { "frob": 1 } }).err(), Some(40415));
    }

    #[test]
    fn a_read_concern_is_checked_and_changes_nothing() {
        assert!(read(false, &rawdoc! { "test": 1, "readConcern": { "level": "majority" } }).is_ok());
        assert_eq!(read(false, &rawdoc! { "test": 1, "readConcern": { "level": "LOCAL" } }).err(), Some(2));
        assert_eq!(read(false, &rawdoc! { "test": 1, "readConcern": { "level": 1 } }).err(), Some(14));
        assert_eq!(
            read(false, &rawdoc! { "test": 1, "readConcern": { "afterClusterTime": 1 } }).err(),
            Some(14)
        );
    }

    #[test]
    fn transactions_are_refused_as_a_server_alone_does() {
        let begun = rawdoc! { "test": 1, "txnNumber": 1_i64, "startTransaction": true, "autocommit": false };
        assert_eq!(read(true, &begun).err(), Some(20));
    }

    #[test]
    fn a_time_limit_is_whole_milliseconds_and_zero_is_none() {
        let limit = |command: RawDocumentBuf| read(false, &command).map(|generic| generic.max_time);
        assert_eq!(limit(rawdoc! { "test": 1, "maxTimeMS": 5.0 }), Ok(Some(Duration::from_millis(5))));
        assert_eq!(limit(rawdoc! { "test": 1, "maxTimeMS": 0 }), Ok(None));
        assert_eq!(limit(rawdoc! { "test": 1, "maxTimeMS": 1.5 }), Err(9));
        assert_eq!(limit(rawdoc! { "test": 1, "maxTimeMS": -1 }), Err(2));
        assert_eq!(limit(rawdoc! { "test": 1, "maxTimeMS": "1" }), Err(14));
    }
}
