//! Setting entries, and splitting what grows too large.
//!
//! Keys that come in ascending order fill their pages: at the right edge a full page is not cut in the middle,
//! the new entry begins the next one.

use super::page::{Page, common};
use super::{Branch, CHILDREN_MAX, Child, LEAF_BYTES_MAX, LEAF_ENTRIES_MAX, Node, PageTree};
use std::sync::Arc;

/// What came of setting an entry below a node.
struct Put {
    is_new: bool,
    split: Option<Split>,
}

/// A new right neighbour, and the first key that belongs to it.
struct Split {
    separator: Vec<u8>,
    right: Child,
}

impl PageTree {
    /// Sets the value at a key.
    pub(in crate::memory) fn put(&mut self, key: &[u8], value: &[u8]) {
        let put = self.root.put(key, value, true);
        let Some(split) = put.split else {
            return;
        };
        let left = self.root.clone();
        let mut separators = Page::default();
        separators.insert(0, &split.separator, &[]);
        let mut children = Vec::with_capacity(4);
        children.extend([left, split.right]);
        self.root = Child::new(Node::Branch(Branch { separators, children }));
    }
}

impl Child {
    fn put(&mut self, key: &[u8], value: &[u8], right_edge: bool) -> Put {
        let put = match Arc::make_mut(&mut self.node) {
            Node::Leaf(page) => put_in_leaf(page, key, value, right_edge),
            Node::Branch(branch) => branch.put(key, value, right_edge),
        };
        self.entries += u64::from(put.is_new);
        if let Some(split) = &put.split {
            self.entries -= split.right.entries;
        }
        put
    }
}

impl Branch {
    fn put(&mut self, key: &[u8], value: &[u8], right_edge: bool) -> Put {
        let at = self.child_of(key);
        let right_edge = right_edge && at + 1 == self.children.len();
        let mut put = self.children[at].put(key, value, right_edge);
        if let Some(split) = put.split.take() {
            self.separators.insert(at, &split.separator, &[]);
            self.children.insert(at + 1, split.right);
            if self.children.len() > CHILDREN_MAX {
                put.split = Some(self.split(right_edge));
            }
        }
        put
    }

    fn split(&mut self, right_edge: bool) -> Split {
        let len = self.separators.len();
        let middle = if right_edge { len - 2 } else { len / 2 };
        let separator = self.separators.key(middle);
        let separators = self.separators.part(middle + 1, len);
        let children = self.children.split_off(middle + 1);
        self.separators = self.separators.part(0, middle);
        Split { separator, right: Child::new(Node::Branch(Branch { separators, children })) }
    }
}

fn put_in_leaf(page: &mut Page, key: &[u8], value: &[u8], right_edge: bool) -> Put {
    let is_new = match page.find(key) {
        Ok(position) => {
            page.set_value(position, value);
            false
        }
        Err(position) => {
            let full = page.len() >= LEAF_ENTRIES_MAX
                || page.live_bytes() + key.len() + value.len() > LEAF_BYTES_MAX;
            if right_edge && full && position == page.len() && position > 0 {
                return Put { is_new: true, split: Some(begin_next(page, key, value)) };
            }
            page.insert(position, key, value);
            true
        }
    };
    let too_many = page.len() > LEAF_ENTRIES_MAX;
    let too_large = page.len() > 1 && page.live_bytes() + page.dead_bytes() > LEAF_BYTES_MAX;
    if !too_many && too_large && page.dead_bytes() > 0 && page.live_bytes() < LEAF_BYTES_MAX / 4 * 3 {
        page.rewrite();
        return Put { is_new, split: None };
    }
    let split = (too_many || too_large).then(|| split_leaf(page));
    Put { is_new, split }
}

/// Begins the page behind a full one with a key larger than all in it.
fn begin_next(page: &mut Page, key: &[u8], value: &[u8]) -> Split {
    let last = page.key(page.len() - 1);
    page.shrink();
    let mut next = Page::default();
    next.insert(0, key, value);
    Split { separator: shortest_separator(&last, key), right: Child::new(Node::Leaf(next)) }
}

fn split_leaf(page: &mut Page) -> Split {
    let middle = page.middle();
    let right = page.part(middle, page.len());
    *page = page.part(0, middle);
    let separator = shortest_separator(&page.key(middle - 1), &right.key(0));
    Split { separator, right: Child::new(Node::Leaf(right)) }
}

/// The shortest key that is larger than `left` and not larger than `right`.
fn shortest_separator(left: &[u8], right: &[u8]) -> Vec<u8> {
    right[..right.len().min(common(left, right) + 1)].to_vec()
}
