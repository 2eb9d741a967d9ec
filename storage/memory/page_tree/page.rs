//! A sorted page of entries in one buffer.
//!
//! Every key begins with `prefix`, which is stored once. A head has the first eight bytes behind it, so that most
//! comparisons touch nothing else. Removed and outgrown entries leave dead bytes, which a rewrite gives back.

use crate::memory::state::Visit;
use crate::tree::{Direction, Key};
use std::ops::ControlFlow;

/// The longest key.
pub(in crate::memory) const KEY_BYTES_MAX: usize = u16::MAX as usize;

/// The value length that stands for "four bytes in front of the value say it".
const LONG: u16 = u16::MAX;

#[derive(Default)]
pub(super) struct Page {
    prefix: Prefix,
    heads: Vec<Head>,
    bytes: Vec<u8>,
    dead: usize,
}

/// What every key of a page begins with.
#[derive(Clone, Default)]
struct Prefix {
    /// The first bytes, so that a short prefix is compared at once.
    word: u64,
    /// All of it where it fits, so that looking up a key need not wait for memory elsewhere.
    near: [u8; PREFIX_NEAR_MAX],
    len: u16,
    /// All of it where it does not.
    far: Box<[u8]>,
}

const PREFIX_NEAR_MAX: usize = 30;

impl Prefix {
    fn new(bytes: &[u8]) -> Self {
        let mut prefix = Prefix { word: word(bytes), len: bytes.len() as u16, ..Prefix::default() };
        match prefix.near.get_mut(..bytes.len()) {
            Some(near) => near.copy_from_slice(bytes),
            None => prefix.far = bytes.into(),
        }
        prefix
    }

    #[inline]
    fn len(&self) -> usize {
        usize::from(self.len)
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        self.near.get(..self.len()).unwrap_or(&self.far)
    }

    /// The key behind the prefix, if it begins with it.
    #[inline]
    fn behind<'a>(&self, key: &'a [u8]) -> Option<&'a [u8]> {
        let (start, rest) = key.split_at_checked(self.len())?;
        let same = word(start) == self.word && (start.len() <= 8 || *start == *self.bytes());
        same.then_some(rest)
    }
}

#[derive(Clone, Copy)]
struct Head {
    /// The first bytes behind the prefix, filled up with zeros.
    word: u64,
    /// Where the key behind the prefix begins; the value follows it.
    start: u32,
    key_len: u16,
    value_len: u16,
}

impl Clone for Page {
    /// Leaves room for the change that the copy is made for.
    fn clone(&self) -> Self {
        let mut heads = Vec::with_capacity(self.heads.len() + 8);
        heads.extend_from_slice(&self.heads);
        let mut bytes = Vec::with_capacity(self.bytes.len() + 64);
        bytes.extend_from_slice(&self.bytes);
        Page { prefix: self.prefix.clone(), heads, bytes, dead: self.dead }
    }
}

/// The first eight bytes as a number that orders as they do, filled up with zeros.
#[inline]
pub(in crate::memory) fn word(key: &[u8]) -> u64 {
    if let Some(first) = key.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let missing = 8 * (8 - key.len() as u32);
    if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        // The two overlap, and agree where they do.
        let (first, last) = (u32::from_be_bytes(*first), u32::from_be_bytes(*last));
        return u64::from(first) << 32 | u64::from(last) << missing;
    }
    let bytes = key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    bytes.checked_shl(missing).unwrap_or(0)
}

/// Whether two keys with the same first word are the same.
#[inline]
fn same_behind_word(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(last_a), Some(last_b)) => last_a == last_b && (a.len() <= 16 || a == b),
        _ => true,
    }
}

/// The first head whose word is not below `wanted`.
///
/// Not by halves: each of those steps would wait for memory before it knows where the next one looks. Here one
/// look at every sixteenth head and one at the sixteen before it fetch all they need at once.
#[inline]
fn first_not_below(heads: &[Head], wanted: u64) -> usize {
    const STRETCH: usize = 16;
    let skipped: usize =
        heads.chunks_exact(STRETCH).map(|heads| usize::from(heads[STRETCH - 1].word < wanted)).sum();
    let start = skipped * STRETCH;
    let stretch = &heads[start..heads.len().min(start + STRETCH)];
    start + stretch.iter().map(|head| usize::from(head.word < wanted)).sum::<usize>()
}

/// How many bytes two keys begin with in common.
pub(super) fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

impl Page {
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    pub(super) fn dead_bytes(&self) -> usize {
        self.dead
    }

    pub(super) fn live_bytes(&self) -> usize {
        self.bytes.len() - self.dead
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.prefix.far.len() + self.heads.capacity() * size_of::<Head>() + self.bytes.capacity()
    }

    /// Where the key is, or where it would go.
    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> Result<usize, usize> {
        let Some(rest) = self.prefix.behind(key) else {
            return Err(if *key < *self.prefix.bytes() { 0 } else { self.heads.len() });
        };
        let wanted = word(rest);
        let low = first_not_below(&self.heads, wanted);
        match self.heads.get(low) {
            Some(head) if head.word == wanted => {
                if same_behind_word(self.rest(*head), rest) {
                    return Ok(low);
                }
                self.find_among_ties(low, wanted, rest)
            }
            _ => Err(low),
        }
    }

    /// Where the key is, or where it would go, among those with the same word, which begin at `low`.
    fn find_among_ties(&self, low: usize, wanted: u64, rest: &[u8]) -> Result<usize, usize> {
        let ties = &self.heads[low..];
        let ties = &ties[..ties.partition_point(|head| head.word == wanted)];
        match ties.binary_search_by(|head| self.rest(*head).cmp(rest)) {
            Ok(position) => Ok(low + position),
            Err(position) => Err(low + position),
        }
    }

    /// The value at a position.
    #[inline]
    pub(super) fn value(&self, position: usize) -> &[u8] {
        self.value_of(self.heads[position])
    }

    /// The whole key at a position.
    pub(super) fn key(&self, position: usize) -> Vec<u8> {
        let rest = self.rest(self.heads[position]);
        let mut key = Vec::with_capacity(self.prefix.len() + rest.len());
        key.extend_from_slice(self.prefix.bytes());
        key.extend_from_slice(rest);
        key
    }

    /// Adds an entry at the position where `find` said it would go.
    pub(super) fn insert(&mut self, position: usize, key: &[u8], value: &[u8]) {
        self.fit_prefix(key);
        let rest = &key[self.prefix.len()..];
        self.make_room(rest.len() + 4 + value.len());
        if self.heads.capacity() == self.heads.len() {
            self.heads.reserve_exact(4 + self.heads.len() / 8);
        }
        let head = push_entry(&mut self.bytes, rest, value);
        self.heads.insert(position, head);
    }

    /// Sets the value at a position.
    pub(super) fn set_value(&mut self, position: usize, value: &[u8]) {
        let head = self.heads[position];
        let old_len = self.value_of(head).len();
        if old_len == value.len() {
            let end = head.start as usize + self.entry_len(head);
            self.bytes[end - value.len()..end].copy_from_slice(value);
            return;
        }
        let buried = self.entry_len(head);
        let key = head.start as usize..head.start as usize + usize::from(head.key_len);
        self.make_room(key.len() + 4 + value.len());
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_within(key);
        self.heads[position] = Head { start, value_len: push_value(&mut self.bytes, value), ..head };
        self.bury(buried);
    }

    /// Removes the entry at a position.
    pub(super) fn remove(&mut self, position: usize) {
        let head = self.heads.remove(position);
        self.bury(self.entry_len(head));
    }

    /// A page of the entries from one position to another (excluded), with their longest prefix.
    pub(super) fn part(&self, from: usize, to: usize) -> Page {
        let mut part = Page::default();
        let (Some(first), Some(last)) = (self.heads.get(from), self.heads[..to].last()) else {
            return part;
        };
        let shared = common(self.rest(*first), self.rest(*last));
        part.prefix = Prefix::new(&[self.prefix.bytes(), &self.rest(*first)[..shared]].concat());
        let heads = &self.heads[from..to];
        let live: usize = heads.iter().map(|head| self.entry_len(*head) - shared).sum();
        part.bytes.reserve_exact(live + live / 16);
        part.heads.reserve_exact(heads.len() + heads.len() / 4 + 4);
        for &head in heads {
            let head = push_entry(&mut part.bytes, &self.rest(head)[shared..], self.value_of(head));
            part.heads.push(head);
        }
        part
    }

    /// A page of the entries here and, behind them, those of `other`.
    pub(super) fn joined(&self, other: &Page) -> Page {
        if self.len() == 0 || other.len() == 0 {
            let full = if self.len() == 0 { other } else { self };
            return full.part(0, full.len());
        }
        let first = self.key(0);
        let shared = common(&first, &other.key(other.len() - 1));
        let mut joined = Page { prefix: Prefix::new(&first[..shared]), ..Page::default() };
        let live = self.live_bytes() + other.live_bytes();
        joined.bytes.reserve_exact(live + live / 16);
        joined.heads.reserve_exact(self.len() + other.len() + 8);
        let mut key = Vec::with_capacity(first.len());
        for page in [self, other] {
            for &head in &page.heads {
                key.clear();
                key.extend_from_slice(page.prefix.bytes());
                key.extend_from_slice(page.rest(head));
                let head = push_entry(&mut joined.bytes, &key[shared..], page.value_of(head));
                joined.heads.push(head);
            }
        }
        joined
    }

    /// Where to cut the page in two halves of about as many bytes: neither is empty if there are two entries.
    pub(super) fn middle(&self) -> usize {
        let half = self.live_bytes() / 2;
        let mut before = 0;
        let last = self.len().saturating_sub(1);
        let middle = self.heads.iter().take_while(|head| {
            let fits = before < half;
            before += self.entry_len(**head);
            fits
        });
        middle.count().clamp(1, last.max(1))
    }

    /// Gives the room of dead entries back.
    pub(super) fn rewrite(&mut self) {
        *self = self.part(0, self.len());
    }

    /// Gives the room back that was kept for more entries.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.heads.shrink_to_fit();
    }

    /// Shows the entries from one position to another (excluded); `buffer` is for the keys.
    pub(super) fn visit(
        &self,
        from: usize,
        to: usize,
        direction: Direction,
        buffer: &mut Vec<u8>,
        visit: Visit<'_>,
    ) -> ControlFlow<()> {
        let Some(heads) = self.heads.get(from..to) else {
            return ControlFlow::Continue(());
        };
        let prefix = self.prefix.len();
        buffer.clear();
        buffer.extend_from_slice(self.prefix.bytes());
        let mut show = |head: &Head| {
            if prefix == 0 {
                return visit(Key::Bytes(self.rest(*head)), self.value_of(*head));
            }
            buffer.truncate(prefix);
            buffer.extend_from_slice(self.rest(*head));
            visit(Key::Bytes(buffer), self.value_of(*head))
        };
        match direction {
            Direction::Forward => heads.iter().try_for_each(&mut show),
            Direction::Backward => heads.iter().rev().try_for_each(&mut show),
        }
    }

    /// The key behind the prefix.
    #[inline]
    fn rest(&self, head: Head) -> &[u8] {
        let start = head.start as usize;
        &self.bytes[start..start + usize::from(head.key_len)]
    }

    #[inline]
    fn value_of(&self, head: Head) -> &[u8] {
        let start = head.start as usize + usize::from(head.key_len);
        if head.value_len != LONG {
            return &self.bytes[start..start + usize::from(head.value_len)];
        }
        let start = start + 4;
        &self.bytes[start..start + self.long_len(start)]
    }

    /// The length in the four bytes in front of a long value.
    fn long_len(&self, start: usize) -> usize {
        self.bytes[..start].last_chunk::<4>().map_or(0, |len| u32::from_le_bytes(*len) as usize)
    }

    /// How many bytes the entry takes.
    #[inline]
    fn entry_len(&self, head: Head) -> usize {
        let key_len = usize::from(head.key_len);
        if head.value_len != LONG {
            return key_len + usize::from(head.value_len);
        }
        key_len + 4 + self.long_len(head.start as usize + key_len + 4)
    }

    /// Room for an entry of so many bytes, and a few more.
    fn make_room(&mut self, bytes: usize) {
        if self.bytes.capacity() - self.bytes.len() < bytes {
            self.bytes.reserve_exact(bytes + self.bytes.len() / 8);
        }
    }

    /// Counts dead bytes, and gives them back when they are half of all.
    fn bury(&mut self, bytes: usize) {
        self.dead += bytes;
        if self.dead > 256 && self.dead * 2 > self.bytes.len() {
            self.rewrite();
        }
    }

    /// Shortens the prefix until `key` begins with it.
    fn fit_prefix(&mut self, key: &[u8]) {
        if self.heads.is_empty() {
            *self = Page { prefix: Prefix::new(key), ..Page::default() };
            return;
        }
        let kept = common(self.prefix.bytes(), key);
        let Some((prefix, cut)) =
            self.prefix.bytes().split_at_checked(kept).filter(|(_, cut)| !cut.is_empty())
        else {
            return;
        };
        let mut fitted = Page { prefix: Prefix::new(prefix), ..Page::default() };
        let longer = self.live_bytes() + self.heads.len() * cut.len();
        fitted.bytes.reserve_exact(longer + longer / 16 + 64);
        fitted.heads.reserve_exact(self.heads.len() + 8);
        let mut rest = Vec::new();
        for &head in &self.heads {
            rest.clear();
            rest.extend_from_slice(cut);
            rest.extend_from_slice(self.rest(head));
            let head = push_entry(&mut fitted.bytes, &rest, self.value_of(head));
            fitted.heads.push(head);
        }
        *self = fitted;
    }
}

/// Writes an entry behind the others.
fn push_entry(bytes: &mut Vec<u8>, rest: &[u8], value: &[u8]) -> Head {
    let start = bytes.len() as u32;
    bytes.extend_from_slice(rest);
    let value_len = push_value(bytes, value);
    Head { word: word(rest), start, key_len: rest.len() as u16, value_len }
}

/// Writes a value behind its key; gives what the head says of its length.
fn push_value(bytes: &mut Vec<u8>, value: &[u8]) -> u16 {
    let value_len = match u16::try_from(value.len()) {
        Ok(len) if len != LONG => len,
        _ => {
            bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
            LONG
        }
    };
    bytes.extend_from_slice(value);
    value_len
}
