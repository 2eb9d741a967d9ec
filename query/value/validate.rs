//! The one check a document passes when it enters.
//!
//! The invariant: a document that passed can be walked by [`DocumentRef`] to its last byte, and every name and
//! string in it is UTF-8. The check itself reads each byte once and allocates nothing; only a refusal walks
//! again, to name the path.
use super::raw::{DocumentRef, Elements, ValueRef, tag};
use crate::error::{Code, Error, Result};

/// The largest document: 16 MiB, as in MongoDB.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The deepest nesting of a stored document: documents and arrays inside the outermost document.
pub const NESTING_MAX: usize = 100;

/// Checks lengths, type bytes, UTF-8 of names and strings, and nesting.
///
/// # Errors
/// InvalidBSON (22) saying at which byte and path, BSONObjectTooLarge (10334), Overflow (15) for nesting.
///
/// ```
/// use anser_query::value::{tag, validate};
///
/// let document = bson::rawdoc! { "a": 1 };
/// assert!(validate(document.as_bytes()).is_ok());
///
/// let mut broken = document.as_bytes().to_vec();
/// broken[4] = 0x20; // no such type
/// let refusal = validate(&broken).unwrap_err();
/// assert_eq!(refusal.code().0, 22);
/// ```
#[inline]
pub fn validate(bytes: &[u8]) -> Result<DocumentRef<'_>> {
    validate_with(bytes, DOCUMENT_BYTES_MAX, NESTING_MAX)
}

/// [`validate`] with other limits: what a server lets a message carry is a little more than what a
/// collection stores.
///
/// # Errors
/// As [`validate`].
pub fn validate_with(bytes: &[u8], bytes_max: usize, nesting_max: usize) -> Result<DocumentRef<'_>> {
    if bytes.len() > bytes_max {
        return Err(Error::new(
            Code::OBJECT_TOO_LARGE,
            format!("BSONObj size: {} is invalid. Size must be between 0 and {bytes_max}", bytes.len()),
        ));
    }
    match document(bytes, 0, bytes.len(), nesting_max) {
        Ok(()) => Ok(DocumentRef::new(bytes)),
        Err(flaw) => Err(flaw.into_error(bytes, nesting_max)),
    }
}

/// What is wrong, and at which byte.
struct Flaw {
    at: usize,
    what: What,
}

/// What can be wrong with a document.
#[derive(Clone, Copy)]
enum What {
    Length,
    NoEnd,
    Type,
    Cut,
    NameNotUtf8,
    StringLength,
    StringNoEnd,
    StringNotUtf8,
    Boolean,
    Binary,
    CodeWithScope,
    Nesting,
}

impl Flaw {
    #[cold]
    fn new(at: usize, what: What) -> Flaw {
        Flaw { at, what }
    }

    #[cold]
    fn into_error(self, bytes: &[u8], nesting_max: usize) -> Error {
        let what = match self.what {
            What::Length => "a document's length does not match its bytes",
            What::NoEnd => "a document does not end in NUL",
            What::Type => {
                let found = bytes.get(self.at).copied().unwrap_or_default();
                return invalid(format!("unrecognized BSON type {found:#04x}"), bytes, self.at);
            }
            What::Cut => "a value or a name reaches beyond its document",
            What::NameNotUtf8 => "a field name is not UTF-8",
            What::StringLength => "a string's length is out of bounds",
            What::StringNoEnd => "a string does not end in NUL",
            What::StringNotUtf8 => "a string is not UTF-8",
            What::Boolean => "a boolean is neither 0 nor 1",
            What::Binary => "binary data of the old subtype 2 has a wrong inner length",
            What::CodeWithScope => "the lengths of JavaScript with scope do not match",
            What::Nesting => {
                let path = place(bytes, self.at);
                let message = format!(
                    "BSONObj exceeds maximum nested object depth: {nesting_max}{path} at byte {}",
                    self.at
                );
                return Error::new(Code::OVERFLOW, message);
            }
        };
        invalid(what.to_owned(), bytes, self.at)
    }
}

fn invalid(what: String, bytes: &[u8], at: usize) -> Error {
    Error::new(Code::INVALID_BSON, format!("invalid BSON: {what}{} at byte {at}", place(bytes, at)))
}

/// " in `a.b`": the path of the element that holds the byte at `at`, empty for the outermost document's frame.
fn place(bytes: &[u8], at: usize) -> String {
    const PATH_BYTES_MAX: usize = 200;
    let mut path = String::new();
    let (mut start, mut end) = (0, bytes.len());
    while start + 4 <= at && path.len() < PATH_BYTES_MAX {
        // Elements end where the bytes break; what is left of them then holds the flaw.
        let mut elements: Elements<'_> = DocumentRef::new(&bytes[start..end]).elements();
        let last = end.saturating_sub(1);
        let (element_start, inner) = loop {
            let element_start = last - elements.rest().len();
            match elements.next() {
                Some(_) if last - elements.rest().len() <= at => {}
                found => break (element_start, found),
            }
        };
        let Some(name) = bytes.get(element_start + 1..end) else { break };
        let Some(name_end) = name.iter().position(|byte| *byte == 0) else { break };
        if at <= element_start {
            break;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&String::from_utf8_lossy(&name[..name_end.min(PATH_BYTES_MAX)]));
        match inner.map(|element| element.value) {
            Some(ValueRef { tag: tag::DOCUMENT | tag::ARRAY, bytes: inner }) => {
                start = element_start + 1 + name_end + 1;
                end = start + inner.len();
            }
            _ => break,
        }
    }
    if path.is_empty() { path } else { format!(" in `{path}`") }
}

type Checked<T> = std::result::Result<T, Flaw>;

/// Checks the document that fills `bytes[start..end]`; `levels` more may nest inside.
fn document(bytes: &[u8], start: usize, end: usize, levels: usize) -> Checked<()> {
    let length = int32(bytes, start, end)?;
    if length < 5 || length != end - start {
        return Err(Flaw::new(start, What::Length));
    }
    let last = end - 1;
    if bytes[last] != 0 {
        return Err(Flaw::new(last, What::NoEnd));
    }
    let mut at = start + 4;
    while at < last {
        let tag = bytes[at];
        let value = cstring(bytes, at + 1, last)?;
        at = match tag {
            tag::INT32 => value + 4,
            tag::DOUBLE | tag::DATE_TIME | tag::TIMESTAMP | tag::INT64 => value + 8,
            tag::STRING | tag::JAVASCRIPT | tag::SYMBOL => string(bytes, value, last)?,
            tag::OBJECT_ID => value + 12,
            tag::UNDEFINED | tag::NULL | tag::MAX_KEY | tag::MIN_KEY => value,
            tag::BOOLEAN => match bytes[value] {
                // `value` is at most `last`: a cut boolean reads the closing NUL and is found cut below.
                0 | 1 => value + 1,
                _ => return Err(Flaw::new(value, What::Boolean)),
            },
            tag::DOCUMENT | tag::ARRAY => {
                let next = value_end(value, int32(bytes, value, last)?, last)?;
                let levels = levels.checked_sub(1).ok_or_else(|| Flaw::new(value, What::Nesting))?;
                document(bytes, value, next, levels)?;
                next
            }
            tag::BINARY => binary(bytes, value, last)?,
            tag::REGEX => {
                let options = cstring(bytes, value, last)?;
                cstring(bytes, options, last)?
            }
            tag::DB_POINTER => string(bytes, value, last)? + 12,
            tag::JAVASCRIPT_WITH_SCOPE => code_with_scope(bytes, value, last, levels)?,
            tag::DECIMAL128 => value + 16,
            _ => return Err(Flaw::new(at, What::Type)),
        };
        if at > last {
            return Err(Flaw::new(value, What::Cut));
        }
    }
    Ok(())
}

#[inline]
fn value_end(start: usize, length: usize, last: usize) -> Checked<usize> {
    if length > last - start {
        return Err(Flaw::new(start, What::Cut));
    }
    Ok(start + length)
}

/// The non-negative int32 at `at`, which has to end before `last`.
#[inline]
fn int32(bytes: &[u8], at: usize, last: usize) -> Checked<usize> {
    match bytes[..last].get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        Some(four) => usize::try_from(i32::from_le_bytes(*four)).map_err(|_| Flaw::new(at, What::Length)),
        None => Err(Flaw::new(at, What::Cut)),
    }
}

/// Checks a NUL-terminated string from `at` on; gives where it ends, at most `last`.
#[inline]
fn cstring(bytes: &[u8], at: usize, last: usize) -> Checked<usize> {
    let rest = bytes.get(at..last).unwrap_or_default();
    let mut seen = 0;
    for (index, &byte) in rest.iter().enumerate() {
        if byte == 0 {
            let end = at + index;
            if seen >= 0x80 && simdutf8::basic::from_utf8(&bytes[at..end]).is_err() {
                return Err(Flaw::new(at, What::NameNotUtf8));
            }
            return Ok(end + 1);
        }
        seen |= byte;
    }
    Err(Flaw::new(at, What::Cut))
}

/// Checks a string with length and NUL; gives where it ends.
#[inline]
fn string(bytes: &[u8], at: usize, last: usize) -> Checked<usize> {
    let length = int32(bytes, at, last)?;
    let start = at + 4;
    if length == 0 || length > last - start {
        return Err(Flaw::new(at, What::StringLength));
    }
    let end = start + length;
    if bytes[end - 1] != 0 {
        return Err(Flaw::new(end - 1, What::StringNoEnd));
    }
    if simdutf8::basic::from_utf8(&bytes[start..end - 1]).is_err() {
        return Err(Flaw::new(start, What::StringNotUtf8));
    }
    Ok(end)
}

fn binary(bytes: &[u8], at: usize, last: usize) -> Checked<usize> {
    let length = int32(bytes, at, last)?;
    let end = value_end(at, length.saturating_add(5), last)?;
    if bytes[at + 4] == 2 && (length < 4 || int32(bytes, at + 5, last)? != length - 4) {
        return Err(Flaw::new(at + 5, What::Binary));
    }
    Ok(end)
}

fn code_with_scope(bytes: &[u8], at: usize, last: usize, levels: usize) -> Checked<usize> {
    let end = value_end(at, int32(bytes, at, last)?, last)?;
    if end < at + 14 {
        return Err(Flaw::new(at, What::CodeWithScope));
    }
    let scope = string(bytes, at + 4, end)?;
    let levels = levels.checked_sub(1).ok_or_else(|| Flaw::new(at, What::Nesting))?;
    document(bytes, scope, end, levels)?;
    Ok(end)
}
