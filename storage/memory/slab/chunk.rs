//! Thirty-two records in one buffer.
//!
//! A record that was removed or outgrew its place leaves dead bytes; when they are a quarter, the buffer is
//! written anew. A value of more than [`INLINE_BYTES_MAX`] has an allocation of its own, so that copying a chunk
//! stays cheap.

use crate::memory::state::Visit;
use crate::tree::{Direction, Key};
use std::ops::ControlFlow;
use std::sync::Arc;

/// How many records a chunk holds, as a power of two.
pub(super) const CHUNK_BITS: u32 = 5;
const RECORDS: usize = 1 << CHUNK_BITS;

const INLINE_BYTES_MAX: usize = 4096;
/// The length that stands for a value with its own allocation.
const APART: u32 = u32::MAX;
/// Fewer dead bytes than these are left alone.
const DEAD_BYTES_MIN: usize = 256;

#[derive(Default)]
pub(super) struct Chunk {
    /// A bit for each record that is there.
    present: u32,
    places: [Place; RECORDS],
    bytes: Vec<u8>,
    dead: usize,
    /// Values with their own allocation.
    apart: Option<Box<Apart>>,
}

type Apart = [Option<Arc<[u8]>>; RECORDS];

#[derive(Clone, Copy, Default)]
struct Place {
    start: u32,
    len: u32,
}

impl Clone for Chunk {
    /// Leaves room for the change that the copy is made for.
    fn clone(&self) -> Self {
        let live = self.bytes.len();
        let mut bytes = Vec::with_capacity(live + live / 16 + 64);
        bytes.extend_from_slice(&self.bytes);
        Chunk {
            present: self.present,
            places: self.places,
            bytes,
            dead: self.dead,
            apart: self.apart.clone(),
        }
    }
}

impl Chunk {
    #[inline]
    pub(super) fn get(&self, record: u64) -> Option<&[u8]> {
        let at = place_of(record);
        if self.present & (1 << at) == 0 {
            return None;
        }
        self.value(at)
    }

    /// Says whether the record is new.
    pub(super) fn put(&mut self, record: u64, value: &[u8]) -> bool {
        let at = place_of(record);
        let new = self.present & (1 << at) == 0;
        if !new {
            let place = self.places[at];
            if place.len != APART && value.len() <= place.len as usize {
                let start = place.start as usize;
                self.bytes[start..start + value.len()].copy_from_slice(value);
                self.places[at].len = value.len() as u32;
                self.bury(place.len as usize - value.len());
                return false;
            }
            self.release(at);
        }
        if value.len() > INLINE_BYTES_MAX {
            self.apart.get_or_insert_default()[at] = Some(value.into());
            self.places[at] = Place { start: 0, len: APART };
        } else {
            self.make_room(at, value.len());
            self.places[at] = Place { start: self.bytes.len() as u32, len: value.len() as u32 };
            self.bytes.extend_from_slice(value);
        }
        self.present |= 1 << at;
        if at == RECORDS - 1 && self.bytes.capacity() - self.bytes.len() > self.bytes.len() / 16 {
            self.bytes.shrink_to_fit();
        }
        new
    }

    pub(super) fn remove(&mut self, record: u64) {
        let at = place_of(record);
        if self.present & (1 << at) != 0 {
            self.release(at);
        }
    }

    pub(super) fn live(&self) -> u64 {
        u64::from(self.present.count_ones())
    }

    /// How many records here have a smaller number.
    pub(super) fn below(&self, record: u64) -> u64 {
        let smaller = (1 << place_of(record)) - 1;
        u64::from((self.present & smaller).count_ones())
    }

    pub(super) fn size_bytes(&self) -> u64 {
        let apart = self.apart.iter().flat_map(|values| values.iter().flatten()).map(|value| value.len());
        (size_of::<Self>() + self.bytes.capacity() + apart.sum::<usize>()) as u64
    }

    /// Shows the records from `first` to `last`, both included; the first place has the number `start`.
    pub(super) fn scan(
        &self,
        start: u64,
        first: u64,
        last: u64,
        direction: Direction,
        visit: Visit<'_>,
    ) -> ControlFlow<()> {
        let mut wanted = self.present;
        if first > start {
            let skipped = u32::try_from(first - start).unwrap_or(u32::MAX);
            wanted &= u32::MAX.checked_shl(skipped).unwrap_or(0);
        }
        if last < start {
            return ControlFlow::Continue(());
        }
        if last - start < RECORDS as u64 - 1 {
            wanted &= (1 << (last - start + 1)) - 1;
        }
        while wanted != 0 {
            let at = match direction {
                Direction::Forward => wanted.trailing_zeros(),
                Direction::Backward => wanted.ilog2(),
            };
            wanted &= !(1 << at);
            if let Some(value) = self.value(at as usize) {
                visit(Key::Record(start + u64::from(at)), value)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The value at a place that is taken.
    #[inline]
    fn value(&self, at: usize) -> Option<&[u8]> {
        let place = self.places[at];
        if place.len == APART {
            return self.apart.as_ref()?[at].as_deref();
        }
        let start = place.start as usize;
        self.bytes.get(start..start + place.len as usize)
    }

    /// Frees what the record at a taken place holds.
    fn release(&mut self, at: usize) {
        self.present &= !(1 << at);
        let place = std::mem::take(&mut self.places[at]);
        if place.len == APART {
            if let Some(values) = &mut self.apart {
                values[at] = None;
                if values.iter().all(Option::is_none) {
                    self.apart = None;
                }
            }
        } else {
            self.bury(place.len as usize);
        }
    }

    /// Counts dead bytes, and gives them back when they are many.
    fn bury(&mut self, bytes: usize) {
        self.dead += bytes;
        if self.dead <= DEAD_BYTES_MIN || self.dead * 4 <= self.bytes.len() {
            return;
        }
        let live = self.bytes.len() - self.dead;
        let mut fresh = Vec::with_capacity(live + live / 16 + 64);
        let mut taken = self.present;
        while taken != 0 {
            let at = taken.trailing_zeros() as usize;
            taken &= taken - 1;
            let place = &mut self.places[at];
            if place.len != APART {
                let start = place.start as usize;
                place.start = fresh.len() as u32;
                fresh.extend_from_slice(&self.bytes[start..start + place.len as usize]);
            }
        }
        self.bytes = fresh;
        self.dead = 0;
    }

    /// Room for a value at place `at`, and for values of the usual length at the places behind it.
    fn make_room(&mut self, at: usize, len: usize) {
        if self.bytes.capacity() - self.bytes.len() >= len {
            return;
        }
        let wanted = match self.bytes.len() / self.live().max(1) as usize {
            0 => len * 4,
            average => (average * (RECORDS - at) + len / 4).clamp(len, len + self.bytes.len()),
        };
        self.bytes.reserve_exact(wanted);
    }
}

#[inline]
fn place_of(record: u64) -> usize {
    (record as usize) & (RECORDS - 1)
}
