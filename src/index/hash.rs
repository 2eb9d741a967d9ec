//! The hash that ends an index key that was too long: SipHash-2-4, twice, under two fixed keys.
//!
//! It stands in files, so it never changes. Two keys of one hash would only cost a unique index a false
//! duplicate and a search a document more.
//!
//! Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.

/// The hash of `bytes`.
pub(crate) fn of(bytes: &[u8]) -> [u8; super::entry::HASH_BYTES] {
    let mut hash = [0; super::entry::HASH_BYTES];
    hash[..8].copy_from_slice(&sip(0x6172_6573_6e61_6b65, 0x7973_7072_6566_6978, bytes).to_be_bytes());
    hash[8..].copy_from_slice(&sip(0x616e_7365_7266_6f72, 0x6c6f_6e67_6b65_7973, bytes).to_be_bytes());
    hash
}

fn sip(key_low: u64, key_high: u64, bytes: &[u8]) -> u64 {
    let mut state = [
        key_low ^ 0x736f_6d65_7073_6575,
        key_high ^ 0x646f_7261_6e64_6f6d,
        key_low ^ 0x6c79_6765_6e65_7261,
        key_high ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        compress(&mut state, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    last[7] = bytes.len() as u8;
    compress(&mut state, u64::from_le_bytes(last));
    state[2] ^= 0xff;
    for _ in 0..4 {
        round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn compress(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    round(state);
    state[0] ^= word;
}

fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_s_vector_holds() {
        let bytes: Vec<u8> = (0..15).collect();
        assert_eq!(sip(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, &bytes), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn keys_that_share_a_prefix_differ_in_their_hash() {
        assert_ne!(of(b"a long key 1"), of(b"a long key 2"));
        assert_ne!(of(b""), of(b"\0"));
    }
}
