//! Record numbers that only go up.
//!
//! SQLite by itself gives the highest number present plus one, so a number would come back when the last
//! record is removed. The invariant: **every number ever given is at most the highest one present or the
//! floor**, which `anser_trees.last` keeps. The floor is written only when the highest record goes, so an
//! insert costs no write beside its own.

/// What one connection knows of the numbers of one tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Records {
    floor: u64,
    top: Top,
    floor_is_new: bool,
}

/// The highest number present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Top {
    Unknown,
    Known(Option<u64>),
}

/// Where the next record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Where SQLite puts it.
    Behind,
    /// At this number.
    At(u64),
}

impl Records {
    pub(super) fn new(floor: u64) -> Self {
        Records { floor, top: Top::Unknown, floor_is_new: false }
    }

    /// Whether [`Records::next`] must be told the highest number first.
    pub(super) fn next_needs_top(&self) -> bool {
        self.floor > 0 && self.top == Top::Unknown
    }

    /// Whether the removal of `record` can only be judged with the highest number known.
    pub(super) fn remove_needs_top(&self, record: u64) -> bool {
        record > self.floor && self.top == Top::Unknown
    }

    pub(super) fn knows_top(&self) -> bool {
        self.top != Top::Unknown
    }

    pub(super) fn set_top(&mut self, top: Option<u64>) {
        self.top = Top::Known(top);
    }

    /// Where the next record goes; `None` when the numbers are used up.
    pub(super) fn next(&self) -> Option<Next> {
        match self.top {
            Top::Known(Some(top)) if top >= self.floor => (top < i64::MAX as u64).then_some(Next::Behind),
            _ if self.floor == 0 => Some(Next::Behind),
            _ => (self.floor < i64::MAX as u64).then(|| Next::At(self.floor + 1)),
        }
    }

    /// The highest number given so far; the highest one present must be known.
    pub(super) fn last(&self) -> u64 {
        match self.top {
            Top::Known(Some(top)) => self.floor.max(top),
            _ => self.floor,
        }
    }

    /// `record` is there now.
    pub(super) fn added(&mut self, record: u64) {
        if let Top::Known(top) = self.top {
            self.top = Top::Known(top.max(Some(record)));
        }
    }

    /// `record` was given by append, and so it is the highest.
    pub(super) fn appended(&mut self, record: u64) {
        self.top = Top::Known(Some(record));
    }

    /// `record` was there and is gone.
    pub(super) fn removed(&mut self, record: u64) {
        if self.top == Top::Known(Some(record)) {
            self.top = Top::Unknown;
            self.raise_floor(record);
        }
    }

    /// Everything is gone; the highest number was known.
    pub(super) fn cleared(&mut self) {
        self.raise_floor(self.last());
        self.top = Top::Known(None);
    }

    /// The floor, when it has to be written; afterwards it counts as written.
    pub(super) fn take_new_floor(&mut self) -> Option<u64> {
        std::mem::take(&mut self.floor_is_new).then_some(self.floor)
    }

    fn raise_floor(&mut self, floor: u64) {
        if floor > self.floor {
            self.floor = floor;
            self.floor_is_new = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, Records};

    #[test]
    fn numbers_follow_the_highest_present_until_it_is_removed() {
        let mut records = Records::new(0);
        assert_eq!(records.next(), Some(Next::Behind));
        records.appended(1);
        records.appended(2);
        records.removed(1);
        assert_eq!(records.take_new_floor(), None);
        records.removed(2);
        assert_eq!(records.take_new_floor(), Some(2));
        assert_eq!(records.take_new_floor(), None);
        assert!(records.next_needs_top());
        records.set_top(None);
        assert_eq!(records.next(), Some(Next::At(3)));
        records.appended(3);
        assert_eq!(records.next(), Some(Next::Behind));
    }

    #[test]
    fn removing_below_the_floor_asks_nothing() {
        let mut records = Records::new(9);
        assert!(!records.remove_needs_top(9));
        assert!(records.remove_needs_top(10));
        records.removed(9);
        assert_eq!(records.take_new_floor(), None);
    }

    #[test]
    fn clearing_keeps_the_last_number() {
        let mut records = Records::new(3);
        records.set_top(Some(7));
        records.cleared();
        assert_eq!(records.take_new_floor(), Some(7));
        assert_eq!(records.next(), Some(Next::At(8)));
    }

    #[test]
    fn the_last_number_of_all_is_not_passed() {
        let mut records = Records::new(0);
        records.set_top(Some(i64::MAX as u64));
        assert_eq!(records.next(), None);
    }
}
