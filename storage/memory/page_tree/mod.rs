//! Bytes to bytes in order: a tree of pages, copy-on-write.
//!
//! Leaves hold entries, branches hold separators and children. The child at position i holds the keys from
//! separator i - 1 (included) to separator i (excluded); with each child stands how many entries are below it.

mod insert;
mod page;
mod read;
mod remove;

#[cfg(test)]
mod tests;

use page::Page;
use std::sync::Arc;

pub(super) use page::{KEY_BYTES_MAX, word};

/// How many entries a leaf holds at most.
const LEAF_ENTRIES_MAX: usize = 128;
/// How many bytes of entries a leaf holds at most, unless it has only one.
const LEAF_BYTES_MAX: usize = 16 * 1024;
/// How many children a branch has at most.
const CHILDREN_MAX: usize = 64;

#[derive(Clone)]
pub(super) struct PageTree {
    root: Child,
}

#[derive(Clone)]
enum Node {
    Leaf(Page),
    Branch(Branch),
}

#[derive(Clone)]
struct Branch {
    /// Keys without values, one less than children.
    separators: Page,
    children: Vec<Child>,
}

#[derive(Clone)]
struct Child {
    node: Arc<Node>,
    /// How many entries are below.
    entries: u64,
}

impl Default for PageTree {
    fn default() -> Self {
        PageTree { root: Child { node: Arc::new(Node::Leaf(Page::default())), entries: 0 } }
    }
}

impl Branch {
    /// Which child has the key, if any has.
    #[inline]
    fn child_of(&self, key: &[u8]) -> usize {
        match self.separators.find(key) {
            Ok(position) => position + 1,
            Err(position) => position,
        }
    }

    fn entries(&self) -> u64 {
        self.children.iter().map(|child| child.entries).sum()
    }
}

impl Child {
    fn new(node: Node) -> Self {
        let entries = match &node {
            Node::Leaf(page) => page.len() as u64,
            Node::Branch(branch) => branch.entries(),
        };
        Child { node: Arc::new(node), entries }
    }
}
