//! Records by number: a radix tree of chunks, copy-on-write.
//!
//! A record's place follows from its number alone. The tree grows at the root when numbers outgrow it; chunks and
//! branches without a record are freed. Numbers are given ascending and never again.

mod chunk;

use super::state::Visit;
use crate::tree::Direction;
use chunk::{CHUNK_BITS, Chunk};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The longest value: a document of 16 MiB, with room for what is put around it.
pub(super) const VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How many slots a branch has, as a power of two.
const FAN_BITS: u32 = 6;
const FAN: usize = 1 << FAN_BITS;

#[derive(Clone)]
pub(super) struct Slab {
    root: Slot,
    /// How many branches stand above a chunk.
    height: u32,
    next: u64,
}

#[derive(Clone)]
enum Slot {
    Empty,
    Chunk(Arc<Chunk>),
    Branch(Arc<Branch>),
}

#[derive(Clone)]
struct Branch {
    /// How many records are below.
    live: u64,
    slots: [Slot; FAN],
}

impl Default for Slab {
    fn default() -> Self {
        Slab { root: Slot::Empty, height: 0, next: 1 }
    }
}

impl Slab {
    /// The number that the next append gives.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Sees to it that the next append gives at least `next`.
    pub(super) fn reach(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    #[inline]
    pub(super) fn get(&self, record: u64) -> Option<&[u8]> {
        if !self.reaches(record) {
            return None;
        }
        let mut slot = &self.root;
        let mut height = self.height;
        loop {
            match slot {
                Slot::Empty => return None,
                Slot::Chunk(chunk) => return chunk.get(record),
                Slot::Branch(branch) => {
                    slot = &branch.slots[slot_of(record, height)];
                    height -= 1;
                }
            }
        }
    }

    /// Sets the value of a record; one that was never given counts as given from now on.
    pub(super) fn put(&mut self, record: u64, value: &[u8]) {
        while !self.reaches(record) {
            let live = self.root.live();
            let below = std::mem::replace(&mut self.root, Slot::Empty);
            if live > 0 {
                let mut branch = Branch { live, slots: [const { Slot::Empty }; FAN] };
                branch.slots[0] = below;
                self.root = Slot::Branch(Arc::new(branch));
            }
            self.height += 1;
        }
        put_into(&mut self.root, self.height, record, value);
        self.next = self.next.max(record.saturating_add(1));
    }

    /// Removes a record that is there.
    pub(super) fn remove(&mut self, record: u64) {
        if self.reaches(record) {
            remove_from(&mut self.root, self.height, record);
        }
    }

    /// Removes every record.
    pub(super) fn clear(&mut self) {
        *self = Slab { next: self.next, ..Slab::default() };
    }

    /// Shows the records from `first` to `last`, both included.
    pub(super) fn scan(
        &self,
        first: u64,
        last: u64,
        direction: Direction,
        visit: Visit<'_>,
    ) -> ControlFlow<()> {
        scan_slot(&self.root, self.height, 0, first, last, direction, visit)
    }

    /// How many records there are from `first` to `last`, both included.
    pub(super) fn count(&self, first: u64, last: u64) -> u64 {
        let above = last.checked_add(1).map_or(self.root.live(), |behind| self.below(behind));
        above.saturating_sub(self.below(first))
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.root.size_bytes()
    }

    /// How many records have a smaller number.
    fn below(&self, record: u64) -> u64 {
        if !self.reaches(record) {
            return self.root.live();
        }
        let mut count = 0;
        let mut slot = &self.root;
        let mut height = self.height;
        loop {
            match slot {
                Slot::Empty => return count,
                Slot::Chunk(chunk) => return count + chunk.below(record),
                Slot::Branch(branch) => {
                    let at = slot_of(record, height);
                    count += branch.slots[..at].iter().map(Slot::live).sum::<u64>();
                    slot = &branch.slots[at];
                    height -= 1;
                }
            }
        }
    }

    /// Whether the tree is high enough for the number.
    #[inline]
    fn reaches(&self, record: u64) -> bool {
        record.checked_shr(CHUNK_BITS + FAN_BITS * self.height).unwrap_or(0) == 0
    }
}

impl Slot {
    fn live(&self) -> u64 {
        match self {
            Slot::Empty => 0,
            Slot::Chunk(chunk) => chunk.live(),
            Slot::Branch(branch) => branch.live,
        }
    }

    fn size_bytes(&self) -> u64 {
        match self {
            Slot::Empty => 0,
            Slot::Chunk(chunk) => chunk.size_bytes(),
            Slot::Branch(branch) => {
                size_of::<Branch>() as u64 + branch.slots.iter().map(Slot::size_bytes).sum::<u64>()
            }
        }
    }
}

/// Which slot of a branch at `height` leads to the record.
#[inline]
fn slot_of(record: u64, height: u32) -> usize {
    let shift = CHUNK_BITS + FAN_BITS * (height.saturating_sub(1));
    (record.checked_shr(shift).unwrap_or(0) as usize) & (FAN - 1)
}

/// Says whether the record is new.
fn put_into(slot: &mut Slot, height: u32, record: u64, value: &[u8]) -> bool {
    if let Slot::Empty = slot {
        *slot = match height {
            0 => Slot::Chunk(Arc::default()),
            _ => Slot::Branch(Arc::new(Branch { live: 0, slots: [const { Slot::Empty }; FAN] })),
        };
    }
    match slot {
        Slot::Chunk(chunk) => Arc::make_mut(chunk).put(record, value),
        Slot::Branch(branch) => {
            let branch = Arc::make_mut(branch);
            let new = put_into(&mut branch.slots[slot_of(record, height)], height - 1, record, value);
            branch.live += u64::from(new);
            new
        }
        Slot::Empty => false,
    }
}

/// Removes a record that is there.
fn remove_from(slot: &mut Slot, height: u32, record: u64) {
    if slot.live() == 1 {
        *slot = Slot::Empty;
        return;
    }
    match slot {
        Slot::Chunk(chunk) => Arc::make_mut(chunk).remove(record),
        Slot::Branch(branch) => {
            let branch = Arc::make_mut(branch);
            branch.live -= 1;
            remove_from(&mut branch.slots[slot_of(record, height)], height - 1, record);
        }
        Slot::Empty => {}
    }
}

/// Scans what is below `slot`, whose records begin at number `start`.
fn scan_slot(
    slot: &Slot,
    height: u32,
    start: u64,
    first: u64,
    last: u64,
    direction: Direction,
    visit: Visit<'_>,
) -> ControlFlow<()> {
    match slot {
        Slot::Empty => ControlFlow::Continue(()),
        Slot::Chunk(chunk) => chunk.scan(start, first, last, direction, visit),
        Slot::Branch(branch) => {
            let shift = CHUNK_BITS + FAN_BITS * (height - 1);
            let position = |record: u64| {
                let slots = record.saturating_sub(start).checked_shr(shift).unwrap_or(0);
                usize::try_from(slots).unwrap_or(usize::MAX)
            };
            let from = position(first);
            let to = position(last).min(FAN - 1);
            if last < start || from > to {
                return ControlFlow::Continue(());
            }
            let mut below = |at: usize| match &branch.slots[at] {
                Slot::Empty => ControlFlow::Continue(()),
                slot => {
                    let start = start + ((at as u64) << shift);
                    scan_slot(slot, height - 1, start, first, last, direction, visit)
                }
            };
            match direction {
                Direction::Forward => (from..=to).try_for_each(&mut below),
                Direction::Backward => (from..=to).rev().try_for_each(&mut below),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(slab: &Slab, first: u64, last: u64, direction: Direction) -> Vec<u64> {
        let mut seen = Vec::new();
        let _ = slab.scan(first, last, direction, &mut |key, value| {
            let crate::tree::Key::Record(record) = key else { panic!("a record") };
            assert_eq!(value, record.to_be_bytes());
            seen.push(record);
            ControlFlow::Continue(())
        });
        seen
    }

    #[test]
    fn numbers_far_apart_are_found_counted_and_scanned() {
        let mut slab = Slab::default();
        let far = [1, 31, 32, 33, 2047, 2048, 131_071, 131_072, 1 << 33, (1 << 63) + 5, u64::MAX - 1];
        for record in far {
            slab.put(record, &record.to_be_bytes());
        }
        for (position, &record) in far.iter().enumerate() {
            assert_eq!(slab.get(record), Some(&record.to_be_bytes()[..]));
            assert_eq!(slab.get(record + 1).is_some(), far.contains(&(record + 1)));
            assert_eq!(slab.count(0, record), position as u64 + 1);
            assert_eq!(slab.count(record, u64::MAX), (far.len() - position) as u64);
            assert_eq!(numbers(&slab, record, u64::MAX, Direction::Forward), far[position..]);
            let mut backward = numbers(&slab, 0, record, Direction::Backward);
            backward.reverse();
            assert_eq!(backward, far[..=position]);
        }
        for record in far {
            slab.remove(record);
            assert_eq!(slab.get(record), None);
        }
        assert_eq!(slab.count(0, u64::MAX), 0);
        assert!(matches!(slab.root, Slot::Empty));
        assert_eq!(slab.next(), u64::MAX);
    }

    #[test]
    fn removing_gives_the_room_back() {
        let mut slab = Slab::default();
        for record in 1..=10_000 {
            slab.put(record, &[7; 200]);
        }
        let full = slab.size_bytes();
        for record in (1..=10_000).filter(|record| record % 10 != 0) {
            slab.remove(record);
        }
        assert!(slab.size_bytes() * 2 < full, "{} of {full}", slab.size_bytes());
        for record in 1..=10_000 {
            slab.remove(record);
        }
        assert_eq!(slab.size_bytes(), 0);
    }
}
