//! `OP_MSG`: flags, one body, and any number of document sequences.
//!
//! ```text
//! flags u32 │ section … │ checksum u32 when flag 0 is set
//! section:  0 │ document
//!           1 │ size i32, itself included │ name, NUL │ document …
//! ```
//! A sequence stands for an array field of the body; it is put back there.

use super::{Request, WireError, cstring, document, int32, refuse};
use anser_query::value::write;
use bson::RawDocumentBuf;

const CHECKSUM_PRESENT: u32 = 1;
const MORE_TO_COME: u32 = 1 << 1;
/// The flags whose meaning a receiver has to know.
const REQUIRED_FLAGS: u32 = 0xFFFF;

pub(super) fn read(body: &[u8]) -> Result<Request, WireError> {
    let mut rest = body;
    let flags = int32(&mut rest)? as u32;
    if flags & REQUIRED_FLAGS & !(CHECKSUM_PRESENT | MORE_TO_COME) != 0 {
        return refuse(format!("OP_MSG with flags {flags:#x}, of which some are unknown"));
    }
    if flags & CHECKSUM_PRESENT != 0 {
        // TCP has checked the bytes; the sum is taken off, not verified.
        let Some(end) = rest.len().checked_sub(4) else { return refuse("OP_MSG too short for its checksum") };
        rest = &rest[..end];
    }
    let (mut main, mut sequences) = (None, Vec::new());
    while let Some((kind, behind)) = rest.split_first() {
        rest = behind;
        match kind {
            0 if main.is_some() => return refuse("OP_MSG with two bodies"),
            0 => main = Some(document(&mut rest)?),
            1 => sequences.push(sequence(&mut rest)?),
            other => return refuse(format!("OP_MSG section of unknown kind {other}")),
        }
    }
    let Some(main) = main else { return refuse("OP_MSG without a body") };
    let command = merge(main, &sequences)?;
    Ok(Request { command, database: None, wants_reply: flags & MORE_TO_COME == 0 })
}

type Sequence<'a> = (&'a str, Vec<&'a [u8]>);

fn sequence<'a>(rest: &mut &'a [u8]) -> Result<Sequence<'a>, WireError> {
    let mut peek = *rest;
    let size = usize::try_from(int32(&mut peek)?).unwrap_or(0);
    if size < 5 || size > rest.len() {
        return refuse(format!("a document sequence claims {size} bytes and {} are left", rest.len()));
    }
    let (inside, behind) = rest.split_at(size);
    *rest = behind;
    let mut inside = &inside[4..];
    let name = cstring(&mut inside)?;
    let mut documents = Vec::new();
    while !inside.is_empty() {
        documents.push(document(&mut inside)?);
    }
    Ok((name, documents))
}

fn merge(main: &[u8], sequences: &[Sequence<'_>]) -> Result<RawDocumentBuf, WireError> {
    let mut bytes = Vec::with_capacity(main.len());
    // The closing NUL goes, the sequences come, `end` closes again.
    bytes.extend_from_slice(&main[..main.len() - 1]);
    if main[main.len() - 1] != 0 {
        return refuse("the body does not end with a NUL");
    }
    for (name, documents) in sequences {
        let start = write::begin_array(&mut bytes, name.as_bytes());
        for (index, document) in documents.iter().enumerate() {
            let mut buffer = [0; 20];
            let name = write::index_name(index, &mut buffer);
            write::header(&mut bytes, anser_query::value::tag::DOCUMENT, name);
            bytes.extend_from_slice(document);
        }
        write::end(&mut bytes, start);
    }
    write::end(&mut bytes, 0);
    RawDocumentBuf::from_bytes(bytes).or_else(|error| refuse(format!("the body is no document: {error}")))
}

/// What stands between a reply's header and its document.
pub(super) fn begin_reply(bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&[0; 5]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::rawdoc;

    fn body(flags: u32, sections: &[&[u8]]) -> Vec<u8> {
        let mut bytes = flags.to_le_bytes().to_vec();
        for section in sections {
            bytes.extend_from_slice(section);
        }
        bytes
    }

    fn main_section(document: &RawDocumentBuf) -> Vec<u8> {
        [&[0], document.as_bytes()].concat()
    }

    fn sequence_section(name: &str, documents: &[RawDocumentBuf]) -> Vec<u8> {
        let inside: Vec<u8> = [name.as_bytes(), &[0]]
            .concat()
            .into_iter()
            .chain(documents.iter().flat_map(|d| d.as_bytes().to_vec()))
            .collect();
        [&[1], &(inside.len() as i32 + 4).to_le_bytes()[..], &inside].concat()
    }

    #[test]
    fn a_document_sequence_becomes_an_array_of_the_body() {
        let main = main_section(&rawdoc! { "insert": "c", "$db": "d" });
        let documents = sequence_section("documents", &[rawdoc! { "_id": 1 }, rawdoc! { "_id": 2 }]);
        for sections in [[&main[..], &documents], [&documents[..], &main]] {
            let request = read(&body(0, &sections)).expect("a good message");
            let expected = rawdoc! { "insert": "c", "$db": "d", "documents": [{ "_id": 1 }, { "_id": 2 }] };
            assert_eq!(request.command(), &*expected);
            assert!(request.wants_reply());
            assert_eq!(request.database().expect("it has $db"), "d");
        }
    }

    #[test]
    fn more_to_come_wants_no_reply_and_a_checksum_is_taken_off() {
        let main = main_section(&rawdoc! { "ping": 1, "$db": "d" });
        assert!(!read(&body(MORE_TO_COME, &[&main])).expect("a good message").wants_reply());
        let summed = body(CHECKSUM_PRESENT, &[&main, &[1, 2, 3, 4]]);
        assert_eq!(read(&summed).expect("a good message").command(), &*rawdoc! { "ping": 1, "$db": "d" });
    }

    #[test]
    fn a_message_cut_anywhere_is_an_error_and_no_panic() {
        let main = main_section(&rawdoc! { "insert": "c", "$db": "d" });
        let documents = sequence_section("documents", &[rawdoc! { "_id": 1 }]);
        let whole = body(0, &[&main, &documents]);
        for end in 0..whole.len() {
            let cut = read(&whole[..end]);
            // Only a cut between the sections leaves a whole message.
            assert_eq!(cut.is_ok(), end == 4 + main.len(), "cut at {end}");
        }
        assert!(read(&body(1 << 5, &[&main])).is_err());
        assert!(read(&body(0, &[&[9]])).is_err());
        assert!(read(&body(0, &[&main, &main])).is_err());
    }
}
