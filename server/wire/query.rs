//! `OP_QUERY` and `OP_REPLY`: the old form that clients use for their first `isMaster`.
//!
//! ```text
//! flags i32 │ "database.$cmd", NUL │ skip i32 │ return i32 │ document [│ document]
//! ```

use super::{Request, WireError, cstring, document, int32, refuse};
use bson::RawDocumentBuf;

pub(super) fn read(body: &[u8]) -> Result<Request, WireError> {
    let mut rest = body;
    let _flags = int32(&mut rest)?;
    let namespace = cstring(&mut rest)?;
    let (_skip, _return) = (int32(&mut rest)?, int32(&mut rest)?);
    let command = document(&mut rest)?;
    let Some(database) = namespace.strip_suffix(".$cmd") else {
        return refuse(format!(
            "OP_QUERY is taken for commands only, and '{namespace}' is a collection: use OP_MSG"
        ));
    };
    let command = RawDocumentBuf::from_bytes(command.to_vec())
        .or_else(|error| refuse(format!("the query is no document: {error}")))?;
    let name =
        anser_query::value::DocumentRef::from(&command).elements().next().map(|first| first.name.to_vec());
    match name.as_deref() {
        Some(b"hello" | b"isMaster" | b"ismaster") => {
            Ok(Request { command, database: Some(database.to_owned()), wants_reply: true })
        }
        other => refuse(format!(
            "Unsupported OP_QUERY command: {}. The client driver may require an upgrade.",
            String::from_utf8_lossy(other.unwrap_or_default())
        )),
    }
}

/// What stands between a reply's header and its document: flags (await-capable), cursor 0, start 0, one document.
pub(super) fn begin_reply(bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&8_i32.to_le_bytes());
    bytes.extend_from_slice(&0_i64.to_le_bytes());
    bytes.extend_from_slice(&0_i32.to_le_bytes());
    bytes.extend_from_slice(&1_i32.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::rawdoc;

    fn query(namespace: &str, command: &RawDocumentBuf) -> Vec<u8> {
        [&[0; 4], namespace.as_bytes(), &[0], &[0; 8], command.as_bytes()].concat()
    }

    #[test]
    fn the_handshake_is_read_with_its_database() {
        let request = read(&query("admin.$cmd", &rawdoc! { "ismaster": 1 })).expect("a handshake");
        assert_eq!(request.database().expect("named"), "admin");
        assert_eq!(request.command(), &*rawdoc! { "ismaster": 1 });
    }

    #[test]
    fn anything_but_the_handshake_is_refused() {
        assert!(read(&query("main.users", &rawdoc! { "a": 1 })).is_err());
        assert!(read(&query("admin.$cmd", &rawdoc! { "dropDatabase": 1 })).is_err());
        let whole = query("admin.$cmd", &rawdoc! { "ismaster": 1 });
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "cut at {end}");
        }
    }
}
