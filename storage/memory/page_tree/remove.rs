//! Removing entries, and joining what grows too small.

use super::page::Page;
use super::{Branch, CHILDREN_MAX, Child, LEAF_BYTES_MAX, LEAF_ENTRIES_MAX, Node, PageTree};
use std::sync::Arc;

impl PageTree {
    /// Removes the entry at a key; says whether there was one. Pages on the way that others share are copied even
    /// where there is none: look first.
    pub(in crate::memory) fn remove(&mut self, key: &[u8]) -> bool {
        let removed = self.root.remove(key);
        if self.root.entries == 0 {
            *self = PageTree::default();
        }
        while let Node::Branch(branch) = &*self.root.node
            && let [only] = &branch.children[..]
        {
            self.root = only.clone();
        }
        removed
    }
}

impl Child {
    fn remove(&mut self, key: &[u8]) -> bool {
        let removed = match Arc::make_mut(&mut self.node) {
            Node::Leaf(page) => match page.find(key) {
                Ok(position) => {
                    page.remove(position);
                    true
                }
                Err(_) => false,
            },
            Node::Branch(branch) => branch.remove(key),
        };
        self.entries -= u64::from(removed);
        removed
    }

    /// Whether it is time to look whether a neighbour has room for what is here; not at every removal, for
    /// looking costs.
    fn is_sparse(&self) -> bool {
        match &*self.node {
            Node::Leaf(page) => page.len() <= LEAF_ENTRIES_MAX / 4 && page.len().is_multiple_of(8),
            Node::Branch(branch) => branch.children.len() <= CHILDREN_MAX / 4,
        }
    }
}

impl Branch {
    fn remove(&mut self, key: &[u8]) -> bool {
        let at = self.child_of(key);
        if !self.children[at].remove(key) {
            return false;
        }
        if self.children[at].entries == 0 {
            if self.children.len() > 1 {
                self.children.remove(at);
                self.separators.remove(at.saturating_sub(1));
            }
        } else if self.children[at].is_sparse() {
            let _ = (at > 0 && self.join(at - 1)) || self.join(at);
        }
        true
    }

    /// Makes one of a child and the next if both are small; says whether it did.
    fn join(&mut self, at: usize) -> bool {
        let Some([left, right]) = self.children.get(at..at + 2) else {
            return false;
        };
        let joined = match (&*left.node, &*right.node) {
            (Node::Leaf(a), Node::Leaf(b)) => join_leaves(a, b),
            (Node::Branch(a), Node::Branch(b)) => join_branches(a, &self.separators, at, b),
            (Node::Leaf(_) | Node::Branch(_), _) => None,
        };
        let Some(joined) = joined else {
            return false;
        };
        self.children[at] = Child::new(joined);
        self.children.remove(at + 1);
        self.separators.remove(at);
        true
    }
}

fn join_leaves(left: &Page, right: &Page) -> Option<Node> {
    let fits = left.len() + right.len() <= LEAF_ENTRIES_MAX / 2
        && left.live_bytes() + right.live_bytes() <= LEAF_BYTES_MAX / 2;
    fits.then(|| Node::Leaf(left.joined(right)))
}

/// Joins the branches on both sides of the separator at `at`, which comes down between them.
fn join_branches(left: &Branch, above: &Page, at: usize, right: &Branch) -> Option<Node> {
    if left.children.len() + right.children.len() > CHILDREN_MAX / 2 {
        return None;
    }
    let mut separators = left.separators.part(0, left.separators.len());
    separators.insert(separators.len(), &above.key(at), &[]);
    let separators = separators.joined(&right.separators);
    let children = left.children.iter().chain(&right.children).cloned().collect();
    Some(Node::Branch(Branch { separators, children }))
}
