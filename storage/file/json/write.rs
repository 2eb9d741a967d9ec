//! Writing.

use super::{DEPTH_MAX, WRAPPERS, date};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::io::Write;

/// Writes a BSON document as Extended JSON. Where that would not read back to the same bytes (`bytes` is no valid
/// document, or one that Extended JSON has no words for) it writes nothing and says `false`.
pub(in crate::file) fn write_document(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let done = Writer { out }.document(bytes, false, 0);
    if done.is_none() {
        out.truncate(start);
    }
    done.is_some()
}

/// Writes text in quotes.
pub(in crate::file) fn write_text(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if !NEEDS_ESCAPE[usize::from(byte)] {
            continue;
        }
        out.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// Control characters, the quote, the backslash.
const NEEDS_ESCAPE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 32 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[127] = true;
    table
};

/// Writes bytes in quotes, in base64.
pub(in crate::file) fn write_base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written = BASE64.encode_slice(bytes, &mut out[start..]).unwrap_or(0);
    out.truncate(start + written);
    out.push(b'"');
}

/// Writes a whole number.
pub(in crate::file) fn write_number(number: impl std::fmt::Display, out: &mut Vec<u8>) {
    write!(out, "{number}").expect("writing to memory cannot fail");
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn document(&mut self, bytes: &[u8], is_array: bool, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX || bytes.len() < 5 {
            return None;
        }
        let (head, rest) = bytes.split_at(4);
        let (elements, end) = rest.split_at(rest.len() - 1);
        if usize::try_from(i32::from_le_bytes(head.try_into().ok()?)).ok()? != bytes.len() || end != [0] {
            return None;
        }
        let mut elements = Elements(elements);
        self.out.push(if is_array { b'[' } else { b'{' });
        let mut count = 0_u32;
        while let Some(kind) = elements.kind() {
            let name = elements.text_until_nul()?;
            if count > 0 {
                self.out.push(b',');
            }
            if is_array {
                let mut digits = [0; 10];
                if name.as_bytes() != index_text(count, &mut digits) {
                    return None;
                }
            } else {
                if count == 0 && name.starts_with('$') && WRAPPERS.contains(&name.as_bytes()) {
                    return None;
                }
                write_text(name, self.out);
                self.out.push(b':');
            }
            self.value(kind, &mut elements, depth)?;
            count += 1;
        }
        self.out.push(if is_array { b']' } else { b'}' });
        Some(())
    }

    fn value(&mut self, kind: u8, from: &mut Elements<'_>, depth: u32) -> Option<()> {
        match kind {
            0x01 => {
                let value = f64::from_bits(from.u64()?);
                if value.is_finite() && value.fract() != 0.0 {
                    write!(self.out, "{value:?}").ok()?;
                } else if value.is_nan() {
                    if value.to_bits() != 0x7ff8_0000_0000_0000 {
                        return None;
                    }
                    self.put(br#"{"$numberDouble":"NaN"}"#);
                } else if value.is_infinite() {
                    self.put(br#"{"$numberDouble":""#);
                    self.put(if value > 0.0 { b"Infinity\"}" } else { b"-Infinity\"}" });
                } else {
                    write!(self.out, "{{\"$numberDouble\":\"{value:?}\"}}").ok()?;
                }
            }
            0x02 => write_text(from.text()?, self.out),
            0x03 | 0x04 => {
                let bytes = from.document()?;
                self.document(bytes, kind == 0x04, depth + 1)?;
            }
            0x05 => self.binary(from)?,
            0x06 => self.put(br#"{"$undefined":true}"#),
            0x07 => self.object_id(from.take(12)?),
            0x08 => match from.take(1)? {
                [0] => self.put(b"false"),
                [1] => self.put(b"true"),
                _ => return None,
            },
            0x09 => {
                let milliseconds = from.u64()? as i64;
                self.put(br#"{"$date":"#);
                self.out.push(b'"');
                if date::write(milliseconds, self.out) {
                    self.out.push(b'"');
                } else {
                    self.out.pop();
                    write!(self.out, "{{\"$numberLong\":\"{milliseconds}\"}}").ok()?;
                }
                self.out.push(b'}');
            }
            0x0a => self.put(b"null"),
            0x0b => {
                self.put(br#"{"$regularExpression":{"pattern":"#);
                write_text(from.text_until_nul()?, self.out);
                self.put(br#","options":"#);
                write_text(from.text_until_nul()?, self.out);
                self.put(b"}}");
            }
            0x0c => {
                self.put(br#"{"$dbPointer":{"$ref":"#);
                write_text(from.text()?, self.out);
                self.put(br#","$id":"#);
                self.object_id(from.take(12)?);
                self.put(b"}}");
            }
            0x0d | 0x0e => {
                self.put(if kind == 0x0d { br#"{"$code":"# } else { br#"{"$symbol":"# });
                write_text(from.text()?, self.out);
                self.out.push(b'}');
            }
            0x0f => {
                let length = from.length()?;
                let mut inner = Elements(from.take(length.checked_sub(4)?)?);
                self.put(br#"{"$code":"#);
                write_text(inner.text()?, self.out);
                self.put(br#","$scope":"#);
                let scope = inner.document()?;
                self.document(scope, false, depth + 1)?;
                if !inner.0.is_empty() {
                    return None;
                }
                self.out.push(b'}');
            }
            0x10 => {
                let value = i32::from_le_bytes(from.take(4)?.try_into().ok()?);
                write!(self.out, "{value}").ok()?;
            }
            0x11 => {
                let value = from.u64()?;
                write!(self.out, "{{\"$timestamp\":{{\"t\":{},\"i\":{}}}}}", value >> 32, value as u32)
                    .ok()?;
            }
            0x12 => {
                let value = from.u64()? as i64;
                write!(self.out, "{{\"$numberLong\":\"{value}\"}}").ok()?;
            }
            0x13 => {
                let bytes: [u8; 16] = from.take(16)?.try_into().ok()?;
                let text = bson::Decimal128::from_bytes(bytes).to_string();
                // Some bytes have no text of their own: other ways to write zero, or no number.
                if text.parse::<bson::Decimal128>().ok()?.bytes() != bytes {
                    return None;
                }
                write!(self.out, "{{\"$numberDecimal\":\"{text}\"}}").ok()?;
            }
            0xff => self.put(br#"{"$minKey":1}"#),
            0x7f => self.put(br#"{"$maxKey":1}"#),
            _ => return None,
        }
        Some(())
    }

    fn binary(&mut self, from: &mut Elements<'_>) -> Option<()> {
        let length = from.length()?;
        let subtype = from.take(1)?[0];
        let mut bytes = from.take(length)?;
        if subtype == 4 && length == 16 {
            self.put(br#"{"$uuid":""#);
            for (at, byte) in bytes.iter().enumerate() {
                if matches!(at, 4 | 6 | 8 | 10) {
                    self.out.push(b'-');
                }
                write!(self.out, "{byte:02x}").ok()?;
            }
            self.put(b"\"}");
            return Some(());
        }
        if subtype == 2 {
            // The old kind carries its length twice.
            let mut inner = Elements(bytes);
            let length = inner.length()?;
            bytes = inner.take(length)?;
            if !inner.0.is_empty() {
                return None;
            }
        }
        self.put(br#"{"$binary":{"base64":"#);
        write_base64(bytes, self.out);
        write!(self.out, ",\"subType\":\"{subtype:02x}\"}}}}").ok()
    }

    fn object_id(&mut self, bytes: &[u8]) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.put(br#"{"$oid":""#);
        for byte in bytes {
            self.out.push(HEX[usize::from(byte >> 4)]);
            self.out.push(HEX[usize::from(byte & 15)]);
        }
        self.put(b"\"}");
    }

    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}

/// The decimal digits of a position.
pub(super) fn index_text(index: u32, digits: &mut [u8; 10]) -> &[u8] {
    let mut at = digits.len();
    let mut rest = index;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return &digits[at..];
        }
    }
}

/// What is left of a document's elements.
struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    fn kind(&mut self) -> Option<u8> {
        let (&kind, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(kind)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(i32::from_le_bytes(self.take(4)?.try_into().ok()?)).ok()
    }

    fn text_until_nul(&mut self) -> Option<&'a str> {
        let end = memchr::memchr(0, self.0)?;
        let text = self.take(end)?;
        self.take(1)?;
        std::str::from_utf8(text).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        let (end, text) = self.take(length)?.split_last()?;
        if *end != 0 {
            return None;
        }
        std::str::from_utf8(text).ok()
    }

    /// A whole document, its length included.
    fn document(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(i32::from_le_bytes(self.0.get(..4)?.try_into().ok()?)).ok()?;
        self.take(length)
    }
}
