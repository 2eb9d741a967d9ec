//! The tree beside a BTreeMap, with small keys that collide and share prefixes.

use super::page::Page;
use super::{CHILDREN_MAX, LEAF_BYTES_MAX, LEAF_ENTRIES_MAX, Node, PageTree};
use crate::memory::state::Cut;
use crate::memory::tests::Random;
use crate::tree::{Direction, Key};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn entries(
    tree: &PageTree,
    lower: Option<Cut<'_>>,
    upper: Option<Cut<'_>>,
    direction: Direction,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut seen = Vec::new();
    let _ = tree.scan(lower, upper, direction, &mut |key, value| {
        let Key::Bytes(key) = key else { panic!("bytes") };
        seen.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    });
    seen
}

/// The tree's own laws: sizes, counts, separators between their neighbours. Gives the height.
fn check(node: &Node, entries: u64, lower: Option<&[u8]>, upper: Option<&[u8]>) -> usize {
    let inside = |page: &Page| {
        for position in 0..page.len() {
            let key = page.key(position);
            assert_eq!(page.find(&key), Ok(position));
            assert!(lower.is_none_or(|lower| *key >= *lower));
            assert!(upper.is_none_or(|upper| *key < *upper));
        }
    };
    match node {
        Node::Leaf(page) => {
            assert_eq!(page.len() as u64, entries);
            assert!(page.len() <= LEAF_ENTRIES_MAX);
            // One cut a put: beside an entry larger than a page, a few small ones may stay for a while.
            assert!(page.len() < 2 || page.live_bytes() <= LEAF_BYTES_MAX + 4 * 110_000);
            inside(page);
            0
        }
        Node::Branch(branch) => {
            assert_eq!(branch.entries(), entries);
            assert!(branch.children.len() <= CHILDREN_MAX);
            assert_eq!(branch.separators.len() + 1, branch.children.len());
            inside(&branch.separators);
            let separators: Vec<Vec<u8>> =
                (0..branch.separators.len()).map(|at| branch.separators.key(at)).collect();
            let mut heights = branch.children.iter().enumerate().map(|(at, child)| {
                assert!(child.entries > 0);
                let lower = at.checked_sub(1).map_or(lower, |at| Some(&separators[at][..]));
                let upper = separators.get(at).map_or(upper, |key| Some(&key[..]));
                check(&child.node, child.entries, lower, upper)
            });
            let height = heights.next().unwrap();
            assert!(heights.all(|other| other == height));
            height + 1
        }
    }
}

fn compare(tree: &PageTree, model: &Model, random: &mut Random, key: &mut dyn FnMut(&mut Random) -> Vec<u8>) {
    check(&tree.root.node, tree.root.entries, None, None);
    let all: Vec<_> = model.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    assert_eq!(entries(tree, None, None, Direction::Forward), all);
    for _ in 0..60 {
        let (low, high) = (key(random), key(random));
        assert_eq!(tree.get(&low), model.get(&low).map(|value| &value[..]));
        let lower = (random.below(8) > 0).then_some(Cut { key: &low, after: random.below(2) == 0 });
        let upper = (random.below(8) > 0).then_some(Cut { key: &high, after: random.below(2) == 0 });
        let from = lower.map_or(0, |cut| {
            all.partition_point(|(key, _)| **key < *cut.key || (cut.after && **key == *cut.key))
        });
        let to = upper.map_or(all.len(), |cut| {
            all.partition_point(|(key, _)| **key < *cut.key || (cut.after && **key == *cut.key))
        });
        let expected = all.get(from..to).unwrap_or(&[]);
        assert_eq!(tree.count(lower, upper), expected.len() as u64);
        assert_eq!(entries(tree, lower, upper, Direction::Forward), expected);
        let mut backward = entries(tree, lower, upper, Direction::Backward);
        backward.reverse();
        assert_eq!(backward, expected);
    }
}

/// Grows, then shrinks, with clones held and compared again at the end.
fn beside_a_map(
    seed: u64,
    steps: u64,
    key: &mut dyn FnMut(&mut Random) -> Vec<u8>,
    value_bytes: &dyn Fn(&mut Random) -> usize,
) {
    let mut random = Random::new(seed);
    let mut tree = PageTree::default();
    let mut model = Model::new();
    let mut held = Vec::new();
    for step in 0..steps {
        let removes = if step < steps / 2 { 2 } else { 7 };
        let chosen = key(&mut random);
        if random.below(10) < removes {
            assert_eq!(tree.remove(&chosen), model.remove(&chosen).is_some(), "seed {seed}");
        } else {
            let value = vec![random.below(256) as u8; value_bytes(&mut random)];
            tree.put(&chosen, &value);
            model.insert(chosen, value);
        }
        if step % (steps / 8) == 0 {
            held.push((tree.clone(), model.clone()));
        }
    }
    held.push((tree.clone(), model.clone()));
    for (tree, model) in &held {
        compare(tree, model, &mut random, key);
    }
    drop(held);
    for (position, gone) in model.keys().enumerate() {
        assert!(tree.remove(gone));
        if position % 997 == 0 {
            check(&tree.root.node, tree.root.entries, None, None);
        }
    }
    assert_eq!((tree.count(None, None), tree.size_bytes()), (0, PageTree::default().size_bytes()));
}

#[test]
fn short_keys_of_three_letters_behave_as_in_a_map() {
    for seed in 0..3 {
        beside_a_map(
            seed,
            30_000,
            &mut |random| (0..random.below(12)).map(|_| [0, 7, 255][random.below(3) as usize]).collect(),
            &|random| random.below(40) as usize,
        );
    }
}

#[test]
fn ascending_keys_with_a_long_prefix_behave_as_in_a_map() {
    let mut next = 0_u64;
    beside_a_map(
        11,
        60_000,
        &mut |random| {
            next += 1;
            let number = if random.below(4) == 0 { random.below(next) } else { next };
            [b"a prefix that all of them have".as_slice(), &number.to_be_bytes()].concat()
        },
        &|_| 8,
    );
}

#[test]
fn random_keys_behave_as_in_a_map() {
    beside_a_map(
        21,
        60_000,
        &mut |random| random.below(40_000).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes().to_vec(),
        &|_| 0,
    );
}

#[test]
fn long_keys_and_long_values_behave_as_in_a_map() {
    beside_a_map(
        31,
        1_500,
        &mut |random| {
            let len = [0, 3, 9, 700, 20_000][random.below(5) as usize];
            let mut key = vec![random.below(3) as u8; len];
            key.push(random.below(40) as u8);
            key
        },
        &|random| [0, 10, 5_000, 65_534, 65_535, 65_536, 90_000][random.below(7) as usize],
    );
}

#[test]
fn ascending_keys_fill_their_leaves() {
    let mut tree = PageTree::default();
    for number in 0..20_000_u64 {
        tree.put(&number.to_be_bytes(), b"");
    }
    fn leaves(node: &Node) -> usize {
        match node {
            Node::Leaf(_) => 1,
            Node::Branch(branch) => branch.children.iter().map(|child| leaves(&child.node)).sum(),
        }
    }
    assert_eq!(leaves(&tree.root.node), 20_000_usize.div_ceil(LEAF_ENTRIES_MAX));
}
