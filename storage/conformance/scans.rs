//! Ranges: scan, page and count over every kind of bound, in both directions, on both shapes.

use super::laws::laws;
use super::model::{
    K, Model, OwnKey, R, all, awkward_keys, bounds, create_trees, expected, got, scanned, write,
};
use crate::error::Result;
use crate::strategy::{ReadTxn, StorageStrategy};
use crate::tree::{Direction, Key, Page, Range, TreeId};
use std::ops::ControlFlow;

const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];

/// Both trees with entries that leave gaps, what they hold, and keys to bound ranges with.
fn filled(storage: &dyn StorageStrategy) -> Result<[(TreeId, Model, Vec<OwnKey>); 2]> {
    create_trees(storage)?;
    let (mut records, mut keys) = (Model::new(), Model::new());
    let mut probes = vec![OwnKey::Record(0), OwnKey::Record(i64::MAX as u64), OwnKey::Record(u64::MAX)];
    write(storage, |transaction| {
        for value in 0..9u8 {
            let record = transaction.append(R, &[value; 3])?;
            probes.push(OwnKey::Record(record));
            if value == 2 || value == 5 || value == 8 {
                transaction.remove(R, Key::Record(record))?;
            } else {
                records.insert(OwnKey::Record(record), vec![value; 3]);
            }
        }
        for (position, key) in
            awkward_keys().into_iter().enumerate().filter(|(position, _)| position % 4 != 3)
        {
            transaction.put(K, key.key(), &[position as u8])?;
            keys.insert(key, vec![position as u8]);
        }
        Ok(())
    })?;
    Ok([(R, records, probes), (K, keys, awkward_keys())])
}

/// Runs `check` on every range and direction of both trees.
fn every_range(
    transaction: &dyn ReadTxn,
    trees: &[(TreeId, Model, Vec<OwnKey>)],
    mut check: impl FnMut(&dyn ReadTxn, TreeId, &Model, Range<'_>, Direction) -> Result<()>,
) -> Result<()> {
    for (tree, model, probes) in trees {
        let bounds = bounds(probes);
        for &lower in &bounds {
            for &upper in &bounds {
                for direction in DIRECTIONS {
                    check(transaction, *tree, model, Range::new(lower, upper), direction)?;
                }
            }
        }
    }
    Ok(())
}

laws! {
    /// Shows the entries of `range` in order until `visit` breaks. Empty when the bounds cross.
    fn a_scan_shows_every_range_in_both_directions(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        let trees = filled(&*storage)?;
        every_range(&*storage.begin_read()?, &trees, |read, tree, model, range, direction| {
            let shown = scanned(read, tree, range, direction)?;
            assert_eq!(shown, expected(model, range, direction), "{tree:?} {range:?} {direction:?}");
            Ok(())
        })
    }

    /// Shows the entries of `range` in order until `visit` breaks.
    fn a_scan_ends_when_its_visitor_breaks(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        let trees = filled(&*storage)?;
        let read = storage.begin_read()?;
        for (tree, model, _) in &trees {
            for direction in DIRECTIONS {
                for wanted in 1..=model.len() {
                    let mut shown = 0;
                    read.scan(*tree, Range::ALL, direction, &mut |_, _| {
                        shown += 1;
                        if shown == wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    })?;
                    assert_eq!(shown, wanted);
                }
            }
        }
        Ok(())
    }

    /// Inside the visitor `get` and further scans on the same transaction are allowed.
    fn reading_is_allowed_inside_a_visitor(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        let trees = filled(&*storage)?;
        let (records, keys) = (trees[0].1.len(), trees[1].1.len());
        let check = |transaction: &dyn ReadTxn| {
            let (mut outer, mut inner, mut innermost) = (0, 0, 0);
            transaction.scan(R, Range::ALL, Direction::Forward, &mut |key, value| {
                outer += 1;
                assert_eq!(got(transaction, R, key).expect("a get inside a scan").as_deref(), Some(value));
                assert_eq!(transaction.count(K, Range::ALL).expect("a count inside a scan"), keys as u64);
                let scanned = transaction.scan(R, Range::ALL, Direction::Backward, &mut |_, _| {
                    inner += 1;
                    innermost += all(transaction, R).expect("a scan inside a scan inside a scan").len();
                    ControlFlow::Continue(())
                });
                scanned.expect("a scan inside a scan");
                let shown = transaction.get(K, Key::Bytes(b""), &mut |_| {
                    assert!(got(transaction, K, Key::Bytes(b"")).expect("a get inside a get").is_some());
                });
                assert!(shown.expect("a get inside a scan"));
                ControlFlow::Continue(())
            })?;
            assert_eq!((outer, inner, innermost), (records, records * records, records * records * records));
            Ok::<_, crate::error::Error>(())
        };
        check(&*storage.begin_read()?)?;
        check(&*storage.begin_write(crate::durability::Durability::Os)?)
    }

    /// Pulls the first entries of `range` into `page` (emptied first): at most `entries_max` of them, and no
    /// further one once `bytes_max` bytes are there. Sets `more`: whether the range holds more entries behind
    /// the last one.
    fn a_page_holds_what_it_may_and_says_whether_more_follows(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        let trees = filled(&*storage)?;
        let mut page = Page::default();
        page.push(Key::Record(1), b"left over");
        page.more = true;
        every_range(&*storage.begin_read()?, &trees, |read, tree, model, range, direction| {
            let expected = expected(model, range, direction);
            for (entries_max, bytes_max) in [(1, 1 << 20), (4, 1 << 20), (100, 1 << 20), (100, 5), (100, 0)] {
                read.page(tree, range, direction, entries_max, bytes_max, &mut page)?;
                let held: Vec<_> =
                    page.iter().map(|(key, value)| (OwnKey::of(key), value.to_vec())).collect();
                assert_eq!(held, expected[..held.len()], "{range:?} {direction:?}");
                assert_eq!(page.more, held.len() < expected.len(), "{range:?} {direction:?}");
                assert!(held.len() <= entries_max);
                if page.more {
                    let is_full = held.len() == entries_max || page.bytes_len() >= bytes_max;
                    assert!(is_full, "a page is cut too early");
                    assert!(!held.is_empty());
                }
                let last = page.get(page.len().wrapping_sub(1)).map_or(0, |(key, value)| {
                    value.len() + if let Key::Bytes(bytes) = key { bytes.len() } else { 0 }
                });
                assert!(page.len() <= 1 || page.bytes_len() - last < bytes_max, "a page goes on too long");
            }
            Ok(())
        })
    }

    /// `page` is the only pulling form: going on behind the last key gives the rest of the range.
    fn pages_put_together_are_the_range(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        create_trees(&*storage)?;
        let model: Model = write(&*storage, |transaction| {
            (0..300u32)
                .map(|number| {
                    let value = vec![number as u8; number as usize % 40];
                    let record = transaction.append(R, &value)?;
                    transaction.put(K, Key::Bytes(&(number % 7 * 1_000 + number).to_be_bytes()), &value)?;
                    Ok((OwnKey::Record(record), value))
                })
                .collect()
        })?;
        let read = storage.begin_read()?;
        for tree in [R, K] {
            for direction in DIRECTIONS {
                let whole = scanned(&*read, tree, Range::ALL, direction)?;
                assert_eq!(whole.len(), model.len());
                let mut pulled = Vec::new();
                let mut page = Page::default();
                let mut last: Option<OwnKey> = None;
                loop {
                    let range = match (&last, direction) {
                        (None, _) => Range::ALL,
                        (Some(last), Direction::Forward) => {
                            Range::new(std::ops::Bound::Excluded(last.key()), std::ops::Bound::Unbounded)
                        }
                        (Some(last), Direction::Backward) => {
                            Range::new(std::ops::Bound::Unbounded, std::ops::Bound::Excluded(last.key()))
                        }
                    };
                    read.page(tree, range, direction, 37, 400, &mut page)?;
                    pulled.extend(page.iter().map(|(key, value)| (OwnKey::of(key), value.to_vec())));
                    last = pulled.last().map(|(key, _)| key.clone());
                    if !page.more {
                        break;
                    }
                }
                assert_eq!(pulled, whole);
            }
        }
        Ok(())
    }

    /// How many entries `range` holds.
    fn a_count_is_the_length_of_the_range(factory) {
        let store = factory.store()?;
        let storage = store.open()?;
        let trees = filled(&*storage)?;
        every_range(&*storage.begin_read()?, &trees, |read, tree, model, range, direction| {
            assert_eq!(read.count(tree, range)?, expected(model, range, direction).len() as u64, "{range:?}");
            Ok(())
        })
    }
}
