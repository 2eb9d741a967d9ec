//! Reading keys: values back from key and remainder, and the length of a part.
//!
//! The invariant: bytes that are no key of this format give `None`, never a panic and never a document
//! deeper than [`DEPTH_MAX`].

use super::number::{DECIMAL_BYTES, INFINITE, LARGE, NAN, ZERO};
use super::{DEPTH_MAX, class, first_byte_is_class, shape, text};
use crate::value::raw::tag;
use crate::value::write;

/// Reads one value back from the front of `key` and of `remainder` (ascending form), advancing both, and
/// writes it as BSON element bytes: returns the tag and appends the value's bytes to `out`.
/// `None` when the bytes are not a key of this format.
pub fn decode(key: &mut &[u8], remainder: &mut &[u8], out: &mut Vec<u8>) -> Option<u8> {
    decode_masked(key, 0x00, remainder, out)
}

/// [`decode`] for a key that [`encode_descending`](super::encode_descending) wrote.
pub fn decode_descending(key: &mut &[u8], remainder: &mut &[u8], out: &mut Vec<u8>) -> Option<u8> {
    decode_masked(key, 0xFF, remainder, out)
}

/// How many bytes the ascending key at the front of `key` takes; `None` when there is none.
pub fn part_length(key: &[u8]) -> Option<usize> {
    length_masked(key, 0x00)
}

/// [`part_length`] for a descending key.
pub fn part_length_descending(key: &[u8]) -> Option<usize> {
    length_masked(key, 0xFF)
}

fn decode_masked(key: &mut &[u8], mask: u8, remainder: &mut &[u8], out: &mut Vec<u8>) -> Option<u8> {
    let mut reader = Reader { key, mask, remainder };
    let class = reader.byte()?;
    let tag = reader.value(class, out, 0)?;
    (*key, *remainder) = (reader.key, reader.remainder);
    Some(tag)
}

fn length_masked(key: &[u8], mask: u8) -> Option<usize> {
    let mut reader = Reader { key, mask, remainder: &[] };
    let class = reader.byte()?;
    reader.skip(class, 0)?;
    Some(key.len() - reader.key.len())
}

/// What a number's key says.
enum Read {
    NotANumber,
    Infinite,
    Zero,
    /// The integer part, and the largest double not above the fraction.
    Small(u64, f64),
    /// The largest double not above the magnitude.
    Large(f64),
}

struct Reader<'k, 'r> {
    key: &'k [u8],
    /// 0xFF where the key is complemented.
    mask: u8,
    remainder: &'r [u8],
}

impl<'k> Reader<'k, '_> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.key.split_first()?;
        self.key = rest;
        Some(byte ^ self.mask)
    }

    fn take(&mut self, length: usize) -> Option<&'k [u8]> {
        let (bytes, rest) = self.key.split_at_checked(length)?;
        self.key = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = *self.take(N)?.first_chunk::<N>()?;
        bytes.iter_mut().for_each(|byte| *byte ^= self.mask);
        Some(bytes)
    }

    fn length(&mut self) -> Option<usize> {
        Some(u32::from_be_bytes(self.array()?) as usize)
    }

    /// An escaped text, still masked; its closing byte is taken too.
    fn escaped(&mut self) -> Option<&'k [u8]> {
        let end = memchr::memchr(class::END ^ self.mask, self.key)?;
        let bytes = self.take(end)?;
        self.take(1)?;
        Some(bytes)
    }

    fn bytes_into(&mut self, length: usize, out: &mut Vec<u8>) -> Option<()> {
        let bytes = self.take(length)?;
        out.extend(bytes.iter().map(|byte| byte ^ self.mask));
        Some(())
    }

    /// Bytes of the remainder; zeros past its end.
    fn remaining<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let length = N.min(self.remainder.len());
        let (here, rest) = self.remainder.split_at(length);
        bytes[..length].copy_from_slice(here);
        self.remainder = rest;
        bytes
    }

    /// Reads the value whose key begins with `first`, already taken; appends its bytes and gives its tag.
    fn value(&mut self, first: u8, out: &mut Vec<u8>, depth: usize) -> Option<u8> {
        Some(match first {
            class::MIN_KEY => tag::MIN_KEY,
            class::UNDEFINED => tag::UNDEFINED,
            class::NULL => tag::NULL,
            class::STRING => {
                let [shape] = self.remaining();
                self.string(out)?;
                match shape {
                    shape::STRING => tag::STRING,
                    shape::SYMBOL => tag::SYMBOL,
                    _ => return None,
                }
            }
            class::DOCUMENT => {
                self.document(out, depth + 1)?;
                tag::DOCUMENT
            }
            class::ARRAY => {
                self.array_elements(out, depth + 1)?;
                tag::ARRAY
            }
            class::BINARY => {
                let length = self.length()?;
                out.extend_from_slice(&i32::try_from(length).ok()?.to_le_bytes());
                self.bytes_into(1 + length, out)?;
                tag::BINARY
            }
            class::OBJECT_ID => {
                self.bytes_into(12, out)?;
                tag::OBJECT_ID
            }
            0x70..=0x71 => {
                out.push(first - class::BOOLEAN);
                tag::BOOLEAN
            }
            class::DATE_TIME => {
                let flipped = u64::from_be_bytes(self.array()?);
                out.extend_from_slice(&(flipped ^ 1 << 63).to_le_bytes());
                tag::DATE_TIME
            }
            class::TIMESTAMP => {
                out.extend_from_slice(&u64::from_be_bytes(self.array()?).to_le_bytes());
                tag::TIMESTAMP
            }
            class::REGEX => {
                self.zero_ended(out)?;
                self.zero_ended(out)?;
                tag::REGEX
            }
            class::DB_POINTER => {
                let length = self.length()?;
                out.extend_from_slice(&i32::try_from(length.checked_add(1)?).ok()?.to_le_bytes());
                self.bytes_into(length, out)?;
                out.push(0);
                self.bytes_into(12, out)?;
                tag::DB_POINTER
            }
            class::JAVASCRIPT => {
                self.string(out)?;
                tag::JAVASCRIPT
            }
            class::JAVASCRIPT_WITH_SCOPE => {
                let start = out.len();
                out.extend_from_slice(&[0; 4]);
                self.string(out)?;
                self.document(out, depth + 1)?;
                let length = i32::try_from(out.len() - start).ok()?;
                out[start..start + 4].copy_from_slice(&length.to_le_bytes());
                tag::JAVASCRIPT_WITH_SCOPE
            }
            class::MAX_KEY => tag::MAX_KEY,
            _ => return self.number(first, out),
        })
    }

    /// A text as a BSON string: length, bytes, NUL.
    fn string(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        text::pull(self.escaped()?, self.mask, out)?;
        out.push(0);
        let length = i32::try_from(out.len() - start - 4).ok()?;
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
        Some(())
    }

    /// A text as bytes that end at a NUL and hold none.
    fn zero_ended(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let start = out.len();
        text::pull(self.escaped()?, self.mask, out)?;
        if memchr::memchr(0, &out[start..]).is_some() {
            return None;
        }
        out.push(0);
        Some(())
    }

    fn document(&mut self, out: &mut Vec<u8>, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return (self.byte()? == class::END).then(|| out.extend_from_slice(&[5, 0, 0, 0, 0]));
        }
        let start = write::begin(out);
        loop {
            let class = self.byte()?;
            if class == class::END {
                break;
            }
            let at = out.len();
            out.push(0);
            self.zero_ended(out)?;
            let first = if first_byte_is_class(class) { class } else { self.byte()? };
            out[at] = self.value(first, out, depth)?;
        }
        write::end(out, start);
        Some(())
    }

    fn array_elements(&mut self, out: &mut Vec<u8>, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return (self.byte()? == class::END).then(|| out.extend_from_slice(&[5, 0, 0, 0, 0]));
        }
        let start = write::begin(out);
        let mut name = [0; 20];
        for index in 0.. {
            let first = self.byte()?;
            if first == class::END {
                break;
            }
            let at = out.len();
            write::header(out, 0, write::index_name(index, &mut name));
            out[at] = self.value(first, out, depth)?;
        }
        write::end(out, start);
        Some(())
    }

    fn number(&mut self, first: u8, out: &mut Vec<u8>) -> Option<u8> {
        let negative = first < ZERO;
        let read = self.number_parts(first)?;
        let [shape] = self.remaining();
        let signed = |magnitude: f64| if negative { -magnitude } else { magnitude };
        Some(match (shape, read) {
            (shape::DOUBLE_AS_STORED, Read::Zero | Read::NotANumber) => {
                out.extend_from_slice(&self.remaining::<8>());
                tag::DOUBLE
            }
            (shape::DECIMAL_AS_STORED, _) => {
                out.extend_from_slice(&self.remaining::<16>());
                tag::DECIMAL128
            }
            (shape::DOUBLE, read) => {
                let magnitude = match read {
                    Read::NotANumber => return None,
                    Read::Infinite => f64::INFINITY,
                    Read::Zero => 0.0,
                    Read::Small(integer, fraction) => integer as f64 + fraction,
                    Read::Large(magnitude) => magnitude,
                };
                out.extend_from_slice(&signed(magnitude).to_le_bytes());
                tag::DOUBLE
            }
            (shape::INT32 | shape::INT64, read) => {
                let integer = match read {
                    Read::Zero => 0,
                    Read::Small(magnitude, 0.0) => {
                        let magnitude = i64::try_from(magnitude).ok()?;
                        if negative { -magnitude } else { magnitude }
                    }
                    Read::Large(magnitude) if signed(magnitude) == i64::MIN as f64 => i64::MIN,
                    _ => return None,
                };
                if shape == shape::INT32 {
                    out.extend_from_slice(&i32::try_from(integer).ok()?.to_le_bytes());
                    tag::INT32
                } else {
                    out.extend_from_slice(&integer.to_le_bytes());
                    tag::INT64
                }
            }
            _ => return None,
        })
    }

    fn number_parts(&mut self, first: u8) -> Option<Read> {
        if first == NAN {
            return Some(Read::NotANumber);
        }
        let outer = self.mask;
        if first < ZERO {
            self.mask = !self.mask;
        }
        let read = match first.abs_diff(ZERO) {
            0 => Read::Zero,
            length @ 1..=8 => {
                let mut doubled = 0;
                for _ in 0..length {
                    doubled = doubled << 8 | u64::from(self.byte()?);
                }
                let fraction = if doubled & 1 == 1 { self.floor()? } else { 0.0 };
                Read::Small(doubled >> 1, fraction)
            }
            LARGE => Read::Large(self.floor()?),
            INFINITE => Read::Infinite,
            _ => return None,
        };
        self.mask = outer;
        Some(read)
    }

    fn floor(&mut self) -> Option<f64> {
        let bits = u64::from_be_bytes(self.array()?);
        if bits & 1 == 1 {
            self.take(DECIMAL_BYTES)?;
        }
        Some(f64::from_bits(bits >> 1))
    }

    /// Passes over the value whose key begins with `first`, already taken.
    fn skip(&mut self, first: u8, depth: usize) -> Option<()> {
        match first {
            class::MIN_KEY | class::UNDEFINED | class::NULL | class::MAX_KEY | 0x70..=0x71 => {}
            class::STRING | class::JAVASCRIPT => {
                self.escaped()?;
            }
            class::DOCUMENT => self.skip_document(depth + 1)?,
            class::ARRAY => loop {
                let first = self.byte()?;
                if first == class::END {
                    break;
                }
                if depth >= DEPTH_MAX {
                    return None;
                }
                self.skip(first, depth + 1)?;
            },
            class::BINARY => {
                let length = self.length()?;
                self.take(1 + length)?;
            }
            class::OBJECT_ID => {
                self.take(12)?;
            }
            class::DATE_TIME | class::TIMESTAMP => {
                self.take(8)?;
            }
            class::REGEX => {
                self.escaped()?;
                self.escaped()?;
            }
            class::DB_POINTER => {
                let length = self.length()?;
                self.take(length.checked_add(12)?)?;
            }
            class::JAVASCRIPT_WITH_SCOPE => {
                self.escaped()?;
                self.skip_document(depth + 1)?;
            }
            number => {
                self.number_parts(number)?;
            }
        }
        Some(())
    }

    fn skip_document(&mut self, depth: usize) -> Option<()> {
        loop {
            let class = self.byte()?;
            if class == class::END {
                return Some(());
            }
            if depth > DEPTH_MAX {
                return None;
            }
            self.escaped()?;
            let first = if first_byte_is_class(class) { class } else { self.byte()? };
            self.skip(first, depth)?;
        }
    }
}
