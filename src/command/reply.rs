//! The shapes of replies: written as bytes, since batches of documents are bytes already.

use crate::error::{Error, Result, WriteError};
use anser_query::value::{ValueBuf, ValueRef, tag, write};
use bson::{Bson, Document, RawDocumentBuf};

/// A reply under way. Fields come out in the order they are put.
#[derive(Debug)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
}

impl Reply {
    /// A reply without fields yet.
    pub(crate) fn new() -> Self {
        let mut bytes = Vec::with_capacity(64);
        write::begin(&mut bytes);
        Reply { bytes }
    }

    /// The bytes so far, for writers of nested documents.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Adds an int32.
    pub(crate) fn int32(mut self, name: &str, value: i32) -> Self {
        write::int32(&mut self.bytes, name.as_bytes(), value);
        self
    }

    /// Adds a count: int32 when it fits, as MongoDB does.
    pub(crate) fn count(mut self, name: &str, value: u64) -> Self {
        match i32::try_from(value) {
            Ok(small) => write::int32(&mut self.bytes, name.as_bytes(), small),
            Err(_) => {
                write::int64(&mut self.bytes, name.as_bytes(), i64::try_from(value).unwrap_or(i64::MAX))
            }
        }
        self
    }

    /// Adds an int64.
    pub(crate) fn int64(mut self, name: &str, value: i64) -> Self {
        write::int64(&mut self.bytes, name.as_bytes(), value);
        self
    }

    /// Adds a boolean.
    pub(crate) fn boolean(mut self, name: &str, value: bool) -> Self {
        let bytes = [u8::from(value)];
        write::element(&mut self.bytes, name.as_bytes(), ValueRef { tag: tag::BOOLEAN, bytes: &bytes });
        self
    }

    /// Adds a string.
    pub(crate) fn string(mut self, name: &str, value: &str) -> Self {
        write::string(&mut self.bytes, name.as_bytes(), value);
        self
    }

    /// Adds any value.
    pub(crate) fn bson(mut self, name: &str, value: &Bson) -> Self {
        append_bson(&mut self.bytes, name, value);
        self
    }

    /// Adds an array of documents.
    pub(crate) fn documents(mut self, name: &str, documents: impl IntoIterator<Item = Document>) -> Self {
        let start = write::begin_array(&mut self.bytes, name.as_bytes());
        for (index, document) in documents.into_iter().enumerate() {
            append_bson(&mut self.bytes, &index.to_string(), &Bson::Document(document));
        }
        write::end(&mut self.bytes, start);
        self
    }

    /// Adds `writeErrors` when there are any.
    pub(crate) fn write_errors(self, errors: &[WriteError]) -> Self {
        if errors.is_empty() { self } else { self.documents("writeErrors", errors.iter().map(write_error)) }
    }

    /// Adds `ok: 1.0` and closes the reply.
    pub(crate) fn ok(mut self) -> Result<RawDocumentBuf> {
        write::double(&mut self.bytes, b"ok", 1.0);
        write::end(&mut self.bytes, 0);
        RawDocumentBuf::from_bytes(self.bytes).map_err(|error| {
            Error::new(crate::ErrorKind::Internal, anser_query::Code::INTERNAL_ERROR, error.to_string())
        })
    }
}

/// Appends any value under `name`; one that BSON cannot hold becomes null.
pub(crate) fn append_bson(out: &mut Vec<u8>, name: &str, value: &Bson) {
    match ValueBuf::try_from(value) {
        Ok(value) => write::element(out, name.as_bytes(), value.as_ref()),
        Err(_) => write::element(out, name.as_bytes(), ValueRef::NULL),
    }
}

/// A member of `writeErrors`.
pub(crate) fn write_error(error: &WriteError) -> Document {
    let mut document = bson::doc! {
        "index": i32::try_from(error.index).unwrap_or(i32::MAX),
        "code": error.code.0,
    };
    if let Some(pattern) = &error.key_pattern {
        document.insert("keyPattern", pattern.clone());
    }
    if let Some(value) = &error.key_value {
        document.insert("keyValue", value.clone());
    }
    document.insert("errmsg", error.message.clone());
    document
}

/// The reply to a command that failed: `{ok: 0, errmsg, code, codeName}`.
///
/// ```
/// use anser::{Error, command::error_reply};
/// let reply = error_reply(&Error::request(anser::Code::BAD_VALUE, "no"));
/// assert_eq!(reply.get_i32("code").unwrap(), 2);
/// ```
pub fn error_reply(error: &Error) -> RawDocumentBuf {
    let mut reply = Reply::new();
    write::double(reply.bytes(), b"ok", 0.0);
    let mut reply = reply
        .string("errmsg", error.message())
        .int32("code", error.code().0)
        .string("codeName", &error.code().name());
    if let Some(first) = error.write_errors().first() {
        if let Some(pattern) = &first.key_pattern {
            reply = reply.bson("keyPattern", &Bson::Document(pattern.clone()));
        }
        if let Some(value) = &first.key_value {
            reply = reply.bson("keyValue", &Bson::Document(value.clone()));
        }
    }
    let mut bytes = reply.bytes;
    write::end(&mut bytes, 0);
    RawDocumentBuf::from_bytes(bytes).unwrap_or_default()
}
