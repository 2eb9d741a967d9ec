//! Reading.
//!
//! Objects may be spaced as a person likes; those that stand for something else than a document have their fields
//! in the order in which they are written here.

use super::write::index_text;
use super::{DEPTH_MAX, WRAPPERS, date};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Why a line is not what it should be, and where: `column` counts bytes from 1.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::file) struct Problem {
    pub(in crate::file) column: usize,
    pub(in crate::file) reason: &'static str,
}

pub(super) type Read<T> = Result<T, Problem>;

/// What is left of a line.
pub(in crate::file) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    scratch: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// A reader of `text`, which must be UTF-8.
    pub(in crate::file) fn new(text: &'a [u8]) -> Read<Reader<'a>> {
        match std::str::from_utf8(text) {
            Ok(_) => Ok(Reader { text, at: 0, scratch: Vec::new() }),
            Err(error) => Err(Problem { column: error.valid_up_to() + 1, reason: "this is not UTF-8" }),
        }
    }

    fn problem(&self, reason: &'static str) -> Problem {
        Problem { column: self.at + 1, reason }
    }

    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next byte that is not space, left where it is.
    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.get(self.at).copied()
    }

    fn mark(&mut self, mark: u8, reason: &'static str) -> Read<()> {
        if self.peek() != Some(mark) {
            return Err(self.problem(reason));
        }
        self.at += 1;
        Ok(())
    }

    /// Goes past `literal` where it stands next, byte for byte.
    pub(in crate::file) fn skip(&mut self, literal: &str) -> bool {
        let found = self.text[self.at..].starts_with(literal.as_bytes());
        if found {
            self.at += literal.len();
        }
        found
    }

    /// Goes past `literal`, which must stand next.
    pub(in crate::file) fn expect(&mut self, literal: &str) -> Read<()> {
        if self.skip(literal) { Ok(()) } else { Err(self.problem("something else belongs here")) }
    }

    /// Whether only space is left.
    pub(in crate::file) fn end(&mut self) -> Read<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.problem("the line goes on behind its end")),
        }
    }

    /// A whole number from 0 on.
    pub(in crate::file) fn number(&mut self) -> Read<u64> {
        self.space();
        let start = self.at;
        let mut number = 0_u64;
        while let Some(digit) = self.text.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            let more = number.checked_mul(10).and_then(|number| number.checked_add(u64::from(digit - b'0')));
            number = more.ok_or_else(|| self.problem("the number is too large"))?;
            self.at += 1;
        }
        if start == self.at {
            return Err(self.problem("a whole number belongs here"));
        }
        Ok(number)
    }

    /// Text in quotes, added to `out`.
    pub(in crate::file) fn text(&mut self, out: &mut Vec<u8>) -> Read<()> {
        self.mark(b'"', "text in quotes belongs here")?;
        loop {
            let plain = self.text[self.at..]
                .iter()
                .position(|&byte| byte == b'"' || byte == b'\\' || byte < 32)
                .ok_or_else(|| self.problem("the text has no end"))?;
            out.extend_from_slice(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.text[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape(out)?,
                _ => return Err(self.problem("a control character inside text is written \\u00..")),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Read<()> {
        let letter = self.text.get(self.at + 1).copied();
        let byte = match letter {
            Some(b'"' | b'\\' | b'/') => letter.unwrap_or_default(),
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let mut code = self.code_unit(self.at + 2)?;
                let mut length = 6;
                if (0xd800..0xdc00).contains(&code) && self.text[self.at + 6..].starts_with(b"\\u") {
                    let low = self.code_unit(self.at + 8)?;
                    if (0xdc00..0xe000).contains(&low) {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        length = 12;
                    }
                }
                let letter = char::from_u32(code).ok_or_else(|| self.problem("half of a character"))?;
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                self.at += length;
                return Ok(());
            }
            _ => return Err(self.problem("there is no such escape")),
        };
        out.push(byte);
        self.at += 2;
        Ok(())
    }

    fn code_unit(&self, at: usize) -> Read<u32> {
        let digits = self.text.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        digits
            .and_then(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
            .ok_or_else(|| self.problem("four hexadecimal digits belong behind \\u"))
    }

    /// Bytes in quotes, in base64, added to `out`.
    pub(in crate::file) fn base64(&mut self, out: &mut Vec<u8>) -> Read<()> {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        self.text(&mut text)?;
        let decoded = BASE64.decode_vec(&text, out);
        self.scratch = text;
        decoded.map_err(|_| self.problem("this is not base64"))
    }

    /// A document, added to `out` as BSON.
    pub(in crate::file) fn document(&mut self, out: &mut Vec<u8>) -> Read<()> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => {}
            _ => return Err(self.problem("a document begins with {")),
        }
        if self.object(out, 0)? != 0x03 {
            self.at = start;
            return Err(self.problem("a line is a document, not a single value"));
        }
        Ok(())
    }

    /// An object, added to `out`: a document, or what stands for another value. Gives the kind.
    fn object(&mut self, out: &mut Vec<u8>, depth: u32) -> Read<u8> {
        if depth > DEPTH_MAX {
            return Err(self.problem("nested too deeply"));
        }
        self.mark(b'{', "{ belongs here")?;
        if self.peek() == Some(b'"') && self.text.get(self.at + 1) == Some(&b'$') {
            let before = self.at;
            let mut name = std::mem::take(&mut self.scratch);
            name.clear();
            self.text(&mut name)?;
            let wrapper = WRAPPERS.iter().find(|wrapper| **wrapper == name);
            self.scratch = name;
            if let Some(wrapper) = wrapper {
                self.mark(b':', ": belongs here")?;
                let kind = self.wrapped(wrapper, out, depth)?;
                self.mark(b'}', "} belongs here")?;
                return Ok(kind);
            }
            self.at = before;
        }
        let start = open(out);
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                let kind = out.len();
                out.push(0);
                let name = out.len();
                self.text(out)?;
                if out[name..].contains(&0) {
                    return Err(self.problem("a field's name holds no NUL"));
                }
                out.push(0);
                self.mark(b':', ": belongs here")?;
                out[kind] = self.value(out, depth)?;
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(self.problem(", or } belongs here")),
                }
            }
        }
        self.close(start, out)?;
        Ok(0x03)
    }

    fn array(&mut self, out: &mut Vec<u8>, depth: u32) -> Read<u8> {
        if depth > DEPTH_MAX {
            return Err(self.problem("nested too deeply"));
        }
        self.mark(b'[', "[ belongs here")?;
        let start = open(out);
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            for index in 0_u32.. {
                let kind = out.len();
                out.push(0);
                out.extend_from_slice(index_text(index, &mut [0; 10]));
                out.push(0);
                out[kind] = self.value(out, depth)?;
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b']') => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(self.problem(", or ] belongs here")),
                }
            }
        }
        self.close(start, out)?;
        Ok(0x04)
    }

    fn close(&self, start: usize, out: &mut Vec<u8>) -> Read<()> {
        out.push(0);
        let length = i32::try_from(out.len() - start).map_err(|_| self.problem("too large"))?;
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }

    /// A value, added to `out`. Gives the kind.
    fn value(&mut self, out: &mut Vec<u8>, depth: u32) -> Read<u8> {
        match self.peek() {
            Some(b'{') => self.object(out, depth + 1),
            Some(b'[') => self.array(out, depth + 1),
            Some(b'"') => {
                self.bson_text(out)?;
                Ok(0x02)
            }
            Some(b'-' | b'0'..=b'9') => self.bare_number(out),
            _ if self.skip("true") => {
                out.push(1);
                Ok(0x08)
            }
            _ if self.skip("false") => {
                out.push(0);
                Ok(0x08)
            }
            _ if self.skip("null") => Ok(0x0a),
            _ => Err(self.problem("a value belongs here")),
        }
    }

    /// Whole numbers are int32 where they fit, then int64; those with a point or an exponent are doubles.
    fn bare_number(&mut self, out: &mut Vec<u8>) -> Read<u8> {
        let start = self.at;
        let end = self.text[start..]
            .iter()
            .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            .map_or(self.text.len(), |length| start + length);
        let token = std::str::from_utf8(&self.text[start..end]).unwrap_or_default();
        let digits = token.strip_prefix('-').unwrap_or(token);
        if !is_json_number(digits) {
            return Err(self.problem("this is not a number"));
        }
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        let kind = if let Some(number) = token.parse::<i32>().ok().filter(|_| whole) {
            out.extend_from_slice(&number.to_le_bytes());
            0x10
        } else if let Some(number) = token.parse::<i64>().ok().filter(|_| whole) {
            out.extend_from_slice(&number.to_le_bytes());
            0x12
        } else {
            let number = token.parse::<f64>().ok().filter(|number| number.is_finite());
            let number = number.ok_or_else(|| self.problem("the number is too large"))?;
            out.extend_from_slice(&number.to_le_bytes());
            0x01
        };
        self.at = end;
        Ok(kind)
    }

    /// Text as BSON holds it: its length, itself, a NUL.
    fn bson_text(&mut self, out: &mut Vec<u8>) -> Read<()> {
        let start = open(out);
        self.text(out)?;
        out.push(0);
        let length = i32::try_from(out.len() - start - 4).map_err(|_| self.problem("too large"))?;
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }

    /// Text that BSON ends with a NUL.
    fn bson_pattern(&mut self, out: &mut Vec<u8>) -> Read<()> {
        let start = out.len();
        self.text(out)?;
        if out[start..].contains(&0) {
            return Err(self.problem("no NUL belongs here"));
        }
        out.push(0);
        Ok(())
    }

    /// A field inside a wrapper: its name and the colon.
    fn field(&mut self, name: &str) -> Read<()> {
        self.space();
        let at = self.at;
        if self.skip("\"") && self.skip(name) && self.skip("\"") {
            return self.mark(b':', ": belongs here");
        }
        self.at = at;
        Err(self.problem("another field belongs here"))
    }

    /// Text of at most a few letters, parsed by `parse`.
    fn short<T>(&mut self, reason: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Read<T> {
        let start = self.at;
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        self.text(&mut text)?;
        let parsed = std::str::from_utf8(&text).ok().and_then(parse);
        self.scratch = text;
        parsed.ok_or(Problem { column: start + 1, reason })
    }

    /// What stands behind a wrapper's name, added to `out`. Gives the kind.
    fn wrapped(&mut self, wrapper: &[u8], out: &mut Vec<u8>, depth: u32) -> Read<u8> {
        Ok(match wrapper {
            b"$oid" => {
                self.space();
                let bytes =
                    self.short("24 hexadecimal digits belong here", |text| hex::<12>(text.as_bytes()))?;
                out.extend_from_slice(&bytes);
                0x07
            }
            b"$numberInt" => {
                let number: i32 =
                    self.short("a whole number of 32 bits belongs here", |text| text.parse().ok())?;
                out.extend_from_slice(&number.to_le_bytes());
                0x10
            }
            b"$numberLong" => {
                let number: i64 =
                    self.short("a whole number of 64 bits belongs here", |text| text.parse().ok())?;
                out.extend_from_slice(&number.to_le_bytes());
                0x12
            }
            b"$numberDouble" => {
                let number =
                    self.short("a number, Infinity, -Infinity or NaN belongs here", |text| match text {
                        "NaN" => Some(f64::from_bits(0x7ff8_0000_0000_0000)),
                        "Infinity" => Some(f64::INFINITY),
                        "-Infinity" => Some(f64::NEG_INFINITY),
                        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
                    })?;
                out.extend_from_slice(&number.to_le_bytes());
                0x01
            }
            b"$numberDecimal" => {
                let parse = |text: &str| text.parse::<bson::Decimal128>().ok();
                out.extend_from_slice(&self.short("a decimal number belongs here", parse)?.bytes());
                0x13
            }
            b"$binary" => {
                self.binary(out)?;
                0x05
            }
            b"$uuid" => {
                let bytes = self.short("a UUID belongs here", |text| {
                    let dashes =
                        text.len() == 36 && [8, 13, 18, 23].iter().all(|&at| text.as_bytes()[at] == b'-');
                    let digits: Vec<u8> = text.bytes().filter(|&byte| byte != b'-').collect();
                    hex::<16>(&digits).filter(|_| dashes)
                })?;
                out.extend_from_slice(&16_i32.to_le_bytes());
                out.push(4);
                out.extend_from_slice(&bytes);
                0x05
            }
            b"$date" => {
                let milliseconds = if self.peek() == Some(b'{') {
                    self.at += 1;
                    self.field("$numberLong")?;
                    let parse = |text: &str| text.parse::<i64>().ok();
                    let number = self.short("a whole number of 64 bits belongs here", parse)?;
                    self.mark(b'}', "} belongs here")?;
                    number
                } else {
                    self.short("a date like 2026-01-31T12:00:00Z belongs here", |text| {
                        date::read(text.as_bytes())
                    })?
                };
                out.extend_from_slice(&milliseconds.to_le_bytes());
                0x09
            }
            b"$timestamp" => {
                self.mark(b'{', "{ belongs here")?;
                self.field("t")?;
                let seconds = self.number()?;
                self.mark(b',', ", belongs here")?;
                self.field("i")?;
                let increment = self.number()?;
                self.mark(b'}', "} belongs here")?;
                let (Ok(seconds), Ok(increment)) = (u32::try_from(seconds), u32::try_from(increment)) else {
                    return Err(self.problem("the number is too large"));
                };
                out.extend_from_slice(&increment.to_le_bytes());
                out.extend_from_slice(&seconds.to_le_bytes());
                0x11
            }
            b"$regularExpression" => {
                self.mark(b'{', "{ belongs here")?;
                self.field("pattern")?;
                self.bson_pattern(out)?;
                self.mark(b',', ", belongs here")?;
                self.field("options")?;
                self.bson_pattern(out)?;
                self.mark(b'}', "} belongs here")?;
                0x0b
            }
            b"$symbol" => {
                self.bson_text(out)?;
                0x0e
            }
            b"$code" => {
                let start = out.len();
                self.bson_text(out)?;
                if self.peek() != Some(b',') {
                    return Ok(0x0d);
                }
                self.at += 1;
                self.field("$scope")?;
                out.splice(start..start, [0; 4]);
                if self.peek() != Some(b'{') || self.object(out, depth + 1)? != 0x03 {
                    return Err(self.problem("a document belongs here"));
                }
                let length = i32::try_from(out.len() - start).map_err(|_| self.problem("too large"))?;
                out[start..start + 4].copy_from_slice(&length.to_le_bytes());
                0x0f
            }
            b"$dbPointer" => {
                self.mark(b'{', "{ belongs here")?;
                self.field("$ref")?;
                self.bson_text(out)?;
                self.mark(b',', ", belongs here")?;
                self.field("$id")?;
                if self.peek() != Some(b'{') || self.object(out, depth + 1)? != 0x07 {
                    return Err(self.problem("an object id belongs here"));
                }
                self.mark(b'}', "} belongs here")?;
                0x0c
            }
            b"$minKey" | b"$maxKey" => {
                self.mark(b'1', "1 belongs here")?;
                if wrapper == b"$minKey" { 0xff } else { 0x7f }
            }
            b"$undefined" => {
                self.space();
                self.expect("true")?;
                0x06
            }
            _ => return Err(self.problem("this belongs at the beginning of a line of a data file")),
        })
    }

    fn binary(&mut self, out: &mut Vec<u8>) -> Read<()> {
        self.mark(b'{', "{ belongs here")?;
        self.field("base64")?;
        let mut bytes = Vec::new();
        self.base64(&mut bytes)?;
        self.mark(b',', ", belongs here")?;
        self.field("subType")?;
        let parse = |text: &str| (text.len() <= 2).then(|| u8::from_str_radix(text, 16).ok()).flatten();
        let subtype = self.short("a hexadecimal number of two digits belongs here", parse)?;
        self.mark(b'}', "} belongs here")?;
        let length = i32::try_from(bytes.len()).ok().and_then(|length| length.checked_add(4));
        let length = length.ok_or_else(|| self.problem("too large"))?;
        let outer = if subtype == 2 { length } else { length - 4 };
        out.extend_from_slice(&outer.to_le_bytes());
        out.push(subtype);
        if subtype == 2 {
            out.extend_from_slice(&(length - 4).to_le_bytes());
        }
        out.extend_from_slice(&bytes);
        Ok(())
    }
}

/// Room for a length, filled in later.
fn open(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    start
}

/// Whether digits, a point and an exponent stand as JSON wants them; the sign is gone already.
fn is_json_number(text: &str) -> bool {
    let (main, exponent) = match text.split_once(['e', 'E']) {
        Some((main, exponent)) => (main, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match main.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (main, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut bytes = [0; N];
    if digits.len() != N * 2 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
