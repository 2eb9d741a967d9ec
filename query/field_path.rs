//! What MongoDB asks of a path that a sort or a projection names.
//!
//! Filters and updates have rules of their own; a path itself ([`Path`]) takes any text.

use crate::error::{Code, Error, Result};
use crate::path::Path;

/// How many parts such a path may have.
pub const PARTS_MAX: usize = 200;

/// Names with a `$` that paths may hold: those of a DBRef.
const DOLLAR_NAMES: [&str; 3] = ["$id", "$ref", "$db"];

/// Reads `text` as a path to fields.
///
/// # Errors
/// 40352 when it is empty, 40353 when it ends with a dot, 15998 for an empty part, 16410 for a part that
/// begins with `$`, Overflow (15) beyond [`PARTS_MAX`] parts.
pub fn parse(text: &[u8]) -> Result<Path> {
    let text = simdutf8::basic::from_utf8(text)
        .map_err(|_| Error::new(Code::INVALID_BSON, "a path is not valid UTF-8"))?;
    if text.is_empty() {
        return Err(Error::new(Code(40352), "FieldPath cannot be constructed with empty string"));
    }
    if text.ends_with('.') {
        return Err(Error::new(Code(40353), format!("FieldPath must not end with a '.': '{text}'")));
    }
    if text.split('.').count() > PARTS_MAX {
        return Err(Error::new(Code::OVERFLOW, format!("FieldPath has more than {PARTS_MAX} parts")));
    }
    for part in text.split('.') {
        if part.is_empty() {
            let message = format!("FieldPath field names may not be empty strings: '{text}'");
            return Err(Error::new(Code(15998), message));
        }
        if part.starts_with('$') && !DOLLAR_NAMES.contains(&part) {
            let message = format!("FieldPath field names may not start with '$': '{part}' in '{text}'");
            return Err(Error::new(Code(16410), message));
        }
    }
    Ok(Path::new(text))
}
