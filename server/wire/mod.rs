//! Messages of MongoDB's wire protocol, between bytes and commands.
//!
//! Source: <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>. All numbers are
//! little-endian. Clients send `OP_MSG`; some open with `OP_QUERY` for their first `isMaster`.

mod message;
mod query;

use anser::{Code, Error};
use bson::{RawDocument, RawDocumentBuf};
use std::fmt;

/// The bytes of a message's header: length, request id, the id it answers, operation; int32 each.
pub const HEADER_BYTES: usize = 16;
/// The longest message, header included: what `hello` tells clients.
pub const MESSAGE_BYTES_MAX: usize = anser::command::MESSAGE_BYTES_MAX;

const OP_REPLY: i32 = 1;
const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;

/// Why a message could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError(String);

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WireError {}

fn refuse<T>(why: impl Into<String>) -> Result<T, WireError> {
    Err(WireError(why.into()))
}

/// A message's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    length: usize,
    request_id: i32,
    operation: i32,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// A length below that of a header, or above [`MESSAGE_BYTES_MAX`].
    ///
    /// ```
    /// use anser_server::wire::Header;
    /// let mut bytes = [0; 16];
    /// bytes[0] = 16;
    /// assert_eq!(Header::read(&bytes)?.body_bytes(), 0);
    /// bytes[0] = 15;
    /// assert!(Header::read(&bytes).is_err());
    /// # Ok::<(), anser_server::wire::WireError>(())
    /// ```
    pub fn read(bytes: &[u8; HEADER_BYTES]) -> Result<Header, WireError> {
        let mut rest: &[u8] = bytes;
        let (length, request_id) = (int32(&mut rest)?, int32(&mut rest)?);
        let (_answers, operation) = (int32(&mut rest)?, int32(&mut rest)?);
        let length = usize::try_from(length).unwrap_or(0);
        if !(HEADER_BYTES..=MESSAGE_BYTES_MAX).contains(&length) {
            return refuse(format!(
                "a message of {length} bytes; {HEADER_BYTES} to {MESSAGE_BYTES_MAX} are allowed"
            ));
        }
        Ok(Header { length, request_id, operation })
    }

    /// How many bytes follow the header.
    pub fn body_bytes(&self) -> usize {
        self.length - HEADER_BYTES
    }

    /// `document` framed as the answer to the message with this header: in the form the client asked in.
    pub fn reply(&self, document: &RawDocument, reply_id: i32) -> Vec<u8> {
        let document = document.as_bytes();
        let mut bytes = Vec::with_capacity(HEADER_BYTES + 20 + document.len());
        let operation = if self.operation == OP_QUERY { OP_REPLY } else { OP_MSG };
        for number in [0, reply_id, self.request_id, operation] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        if operation == OP_REPLY {
            query::begin_reply(&mut bytes);
        } else {
            message::begin_reply(&mut bytes);
        }
        bytes.extend_from_slice(document);
        let length = (bytes.len() as u32).to_le_bytes();
        bytes[..4].copy_from_slice(&length);
        bytes
    }
}

/// A command as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    command: RawDocumentBuf,
    /// The database of an `OP_QUERY`; an `OP_MSG` says it in `$db`.
    database: Option<String>,
    wants_reply: bool,
}

impl Request {
    /// Reads the `body` of a message with this `header`.
    ///
    /// # Errors
    /// An operation that is neither `OP_MSG` nor `OP_QUERY`, and a body that is not of its form.
    pub fn read(header: Header, body: &[u8]) -> Result<Request, WireError> {
        match header.operation {
            OP_MSG => message::read(body),
            OP_QUERY => query::read(body),
            other => {
                refuse(format!("operation {other} is not one this server takes: OP_MSG and OP_QUERY are"))
            }
        }
    }

    /// The command document, document sequences put in as arrays.
    pub fn command(&self) -> &RawDocument {
        &self.command
    }

    /// The database the command is for.
    ///
    /// # Errors
    /// 40571 when an `OP_MSG` has no `$db`.
    pub fn database(&self) -> anser::Result<&str> {
        if let Some(database) = &self.database {
            return Ok(database);
        }
        let found = anser_query::value::DocumentRef::from(&self.command).get(b"$db");
        match found.and_then(|value| value.as_str()) {
            Some(database) => Ok(database),
            None => Err(Error::request(Code(40571), "OP_MSG requests require a $db argument")),
        }
    }

    /// Whether the client waits for an answer.
    pub fn wants_reply(&self) -> bool {
        self.wants_reply
    }
}

fn int32(rest: &mut &[u8]) -> Result<i32, WireError> {
    match rest.split_first_chunk::<4>() {
        Some((bytes, behind)) => {
            *rest = behind;
            Ok(i32::from_le_bytes(*bytes))
        }
        None => refuse("the message ends within a number"),
    }
}

fn cstring<'a>(rest: &mut &'a [u8]) -> Result<&'a str, WireError> {
    let Some(end) = rest.iter().position(|byte| *byte == 0) else {
        return refuse("a name has no end");
    };
    let (text, behind) = rest.split_at(end);
    *rest = &behind[1..];
    std::str::from_utf8(text).or_else(|_| refuse("a name is not UTF-8"))
}

/// Takes one document off the front of `rest`.
fn document<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], WireError> {
    let mut peek = *rest;
    let length = usize::try_from(int32(&mut peek)?).unwrap_or(0);
    if length < 5 || length > rest.len() {
        return refuse(format!("a document claims {length} bytes and {} are left", rest.len()));
    }
    let (document, behind) = rest.split_at(length);
    *rest = behind;
    Ok(document)
}
