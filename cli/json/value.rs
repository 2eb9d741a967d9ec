//! One JSON value, written as BSON while it is read: no tree stands between the two.
//!
//! The invariant: a seed appends a value's bytes to the buffer and gives its type byte; whoever wrote the name
//! before it puts that byte in front of the name.

use super::wrapper::{self, Member};
use anser_query::value::{DOCUMENT_BYTES_MAX, tag, write};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What the JSON is for: in a question `{"$regex": …}` is an operator, in data it is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Documents to be stored.
    Data,
    /// A filter, sort or projection.
    Question,
}

/// Reads a value of any type behind what is in `out`; gives its type byte.
pub(super) struct Value<'o> {
    pub(super) out: &'o mut Vec<u8>,
    pub(super) purpose: Purpose,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = u8;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u8, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<u8, E> {
        Ok(tag::NULL)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<u8, E> {
        self.out.push(u8::from(value));
        Ok(tag::BOOLEAN)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<u8, E> {
        Ok(whole(self.out, value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<u8, E> {
        match i64::try_from(value) {
            Ok(value) => Ok(whole(self.out, value)),
            // Too large for every integer: a double, as JSON's own numbers are.
            Err(_) => self.visit_f64(value as f64),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<u8, E> {
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(tag::DOUBLE)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<u8, E> {
        string(self.out, value);
        Ok(tag::STRING)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<u8, A::Error> {
        let start = write::begin(self.out);
        for index in 0.. {
            let at = self.out.len();
            write::header(self.out, 0, write::index_name(index, &mut [0; 20]));
            match elements.next_element_seed(Value { out: self.out, purpose: self.purpose })? {
                Some(tag) => {
                    self.out[at] = tag;
                    check_size(self.out)?;
                }
                None => {
                    self.out.truncate(at);
                    break;
                }
            }
        }
        write::end(self.out, start);
        Ok(tag::ARRAY)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u8, A::Error> {
        let Value { out, purpose } = self;
        let start = write::begin(out);
        let mut first = true;
        loop {
            let at = out.len();
            out.push(0);
            if map.next_key_seed(Name { out })?.is_none() {
                out.truncate(at);
                break;
            }
            if first && wrapper::begins_one(&out[at + 1..]) {
                let name = String::from_utf8_lossy(&out[at + 1..]).into_owned();
                out.truncate(start);
                return wrapped(name, map, out, purpose);
            }
            first = false;
            out.push(0);
            out[at] = map.next_value_seed(Value { out, purpose })?;
            check_size(out)?;
        }
        write::end(out, start);
        Ok(tag::DOCUMENT)
    }
}

/// Ends the reading of what can never be stored, before it fills the memory.
fn check_size<E: Error>(out: &[u8]) -> Result<(), E> {
    if out.len() > DOCUMENT_BYTES_MAX {
        return Err(E::custom(format!("the document has more than {DOCUMENT_BYTES_MAX} bytes")));
    }
    Ok(())
}

/// The rest of an object that may stand for one value: its members are kept until it is known what they mean.
fn wrapped<'de, A: MapAccess<'de>>(
    name: String,
    mut map: A,
    out: &mut Vec<u8>,
    purpose: Purpose,
) -> Result<u8, A::Error> {
    let mut members = Vec::new();
    let mut next = Some(name);
    while let Some(name) = next {
        let mut bytes = Vec::new();
        let tag = map.next_value_seed(Value { out: &mut bytes, purpose })?;
        members.push(Member { name, tag, bytes });
        let mut name = Vec::new();
        let more = map.next_key_seed(Name { out: &mut name })?;
        next = more.map(|()| String::from_utf8_lossy(&name).into_owned());
    }
    if let Some(tag) = wrapper::write(&members, purpose, out).map_err(A::Error::custom)? {
        return Ok(tag);
    }
    let start = write::begin(out);
    for member in &members {
        write::header(out, member.tag, member.name.as_bytes());
        out.extend_from_slice(&member.bytes);
    }
    write::end(out, start);
    Ok(tag::DOCUMENT)
}

/// Reads a field's name behind what is in `out`, without the closing NUL.
struct Name<'o> {
    out: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        if name.contains('\0') {
            return Err(E::custom("a field's name may not hold a NUL character"));
        }
        self.out.extend_from_slice(name.as_bytes());
        Ok(())
    }
}

/// A whole number as the smaller integer that holds it.
pub(crate) fn whole(out: &mut Vec<u8>, value: i64) -> u8 {
    match i32::try_from(value) {
        Ok(value) => {
            out.extend_from_slice(&value.to_le_bytes());
            tag::INT32
        }
        Err(_) => {
            out.extend_from_slice(&value.to_le_bytes());
            tag::INT64
        }
    }
}

/// A string with its length and closing NUL.
pub(super) fn string(out: &mut Vec<u8>, value: &str) {
    // Longer ones do not pass the limit of a document, whatever their length field says.
    let length = i32::try_from(value.len() + 1).unwrap_or(i32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(value.as_bytes());
    out.push(0);
}
