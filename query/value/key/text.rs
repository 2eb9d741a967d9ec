//! Texts in keys: bytes with 00 and 01 escaped, so that 00 can close them.
//!
//! The invariant: after escaping no byte is 00, and the order of escaped texts that end in 00 is the order
//! of the texts, the shorter first.

use super::class;

/// Escapes 00 and 01 themselves.
const ESCAPE: u8 = 0x01;

/// Appends `class`, the escaped text and the closing byte.
#[inline]
pub(super) fn push_closed(class: u8, text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(class);
    push(text, out);
    out.push(class::END);
}

/// Appends the escaped text, not closed.
#[inline]
pub(super) fn push(text: &[u8], out: &mut Vec<u8>) {
    // No early exit: this compiles to a few vector instructions.
    if !text.iter().fold(false, |found, &byte| found | (byte <= ESCAPE)) {
        out.extend_from_slice(text);
    } else {
        push_escaped(text, out);
    }
}

#[cold]
fn push_escaped(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if byte <= ESCAPE {
            out.extend_from_slice(&[ESCAPE, byte + 1]);
        } else {
            out.push(byte);
        }
    }
}

/// Appends the text that `escaped` (without its closing byte) stands for; every byte is xored with `mask`
/// first. `None` when an escape is broken.
pub(super) fn pull(escaped: &[u8], mask: u8, out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = escaped.iter().map(|byte| byte ^ mask);
    while let Some(byte) = bytes.next() {
        match byte {
            class::END => return None,
            ESCAPE => match bytes.next()? {
                escaped @ 1..=2 => out.push(escaped - 1),
                _ => return None,
            },
            plain => out.push(plain),
        }
    }
    Some(())
}
