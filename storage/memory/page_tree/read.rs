//! Looking up, scanning and counting.

use super::{Node, PageTree};
use crate::memory::state::{Cut, Visit};
use crate::tree::Direction;
use std::ops::ControlFlow;

impl PageTree {
    #[inline]
    pub(in crate::memory) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let mut node = &*self.root.node;
        loop {
            match node {
                Node::Leaf(page) => return page.find(key).ok().map(|position| page.value(position)),
                Node::Branch(branch) => node = &branch.children[branch.child_of(key)].node,
            }
        }
    }

    /// Shows the entries between two cuts.
    pub(in crate::memory) fn scan(
        &self,
        lower: Option<Cut<'_>>,
        upper: Option<Cut<'_>>,
        direction: Direction,
        visit: Visit<'_>,
    ) -> ControlFlow<()> {
        let mut buffer = Vec::new();
        self.root.node.scan(lower, upper, direction, &mut buffer, visit)
    }

    /// How many entries are between two cuts: leaves are not visited, but for the two at the ends.
    pub(in crate::memory) fn count(&self, lower: Option<Cut<'_>>, upper: Option<Cut<'_>>) -> u64 {
        let below_upper = upper.map_or(self.root.entries, |cut| self.below(cut));
        below_upper.saturating_sub(lower.map_or(0, |cut| self.below(cut)))
    }

    pub(in crate::memory) fn size_bytes(&self) -> u64 {
        self.root.node.size_bytes()
    }

    /// How many entries are before the cut.
    fn below(&self, cut: Cut<'_>) -> u64 {
        let mut count = 0;
        let mut node = &*self.root.node;
        loop {
            match node {
                Node::Leaf(page) => return count + place(page.find(cut.key), cut) as u64,
                Node::Branch(branch) => {
                    let at = branch.child_of(cut.key);
                    count += branch.children[..at].iter().map(|child| child.entries).sum::<u64>();
                    node = &branch.children[at].node;
                }
            }
        }
    }
}

impl Node {
    fn scan(
        &self,
        lower: Option<Cut<'_>>,
        upper: Option<Cut<'_>>,
        direction: Direction,
        buffer: &mut Vec<u8>,
        visit: Visit<'_>,
    ) -> ControlFlow<()> {
        match self {
            Node::Leaf(page) => {
                let from = lower.map_or(0, |cut| place(page.find(cut.key), cut));
                let to = upper.map_or(page.len(), |cut| place(page.find(cut.key), cut));
                page.visit(from, to, direction, buffer, visit)
            }
            Node::Branch(branch) => {
                let from = lower.map_or(0, |cut| branch.child_of(cut.key));
                let to = upper.map_or(branch.children.len() - 1, |cut| branch.child_of(cut.key));
                let mut below = |at: usize| {
                    let lower = lower.filter(|_| at == from);
                    let upper = upper.filter(|_| at == to);
                    branch.children[at].node.scan(lower, upper, direction, buffer, visit)
                };
                match direction {
                    Direction::Forward => (from..=to).try_for_each(&mut below),
                    Direction::Backward => (from..=to).rev().try_for_each(&mut below),
                }
            }
        }
    }

    fn size_bytes(&self) -> u64 {
        match self {
            Node::Leaf(page) => (size_of::<Node>() + page.size_bytes()) as u64,
            Node::Branch(branch) => {
                let own = size_of::<Node>() + branch.separators.size_bytes();
                own as u64 + branch.children.iter().map(|child| child.node.size_bytes()).sum::<u64>()
            }
        }
    }
}

/// Where the cut is, by what `find` said of its key.
fn place(found: Result<usize, usize>, cut: Cut<'_>) -> usize {
    match found {
        Ok(position) => position + usize::from(cut.after),
        Err(position) => position,
    }
}
