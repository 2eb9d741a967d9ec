//! Everything a resident storage held at one moment, for a log that writes itself anew.

use super::batch::Change;
use super::log::Ticket;
use super::strategy::Specs;
use crate::error::Result;
use crate::memory::Moment;
use crate::tree::{Key, Shape, TreeId};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Everything that was committed up to one batch, derived trees left out. It does not change, however long one
/// looks at it.
pub struct Contents {
    pub(super) moment: Moment,
    pub(super) specs: Arc<Specs>,
    pub(super) through: Ticket,
}

impl Contents {
    /// The last batch that is in here.
    pub fn through(&self) -> Ticket {
        self.through
    }

    /// The trees, by number.
    pub fn trees(&self) -> impl Iterator<Item = TreeContents<'_>> {
        self.specs.iter().filter(|(_, spec)| !spec.derived).map(|(&id, spec)| TreeContents {
            id,
            shape: spec.shape,
            label: &spec.label,
            moment: &self.moment,
        })
    }

    /// Shows everything as changes that, done to nothing, give it again; ends at the first error of `visit`.
    ///
    /// # Errors
    /// Those of `visit`.
    pub fn changes(&self, visit: &mut dyn FnMut(Change<'_>) -> Result<()>) -> Result<()> {
        for contents in self.trees() {
            let tree = contents.id;
            visit(Change::CreateTree { tree, shape: contents.shape, label: contents.label })?;
            contents.scan(&mut |key, value| visit(Change::Put { tree, key, value }))?;
            if contents.shape == Shape::Records {
                visit(Change::Reach { tree, next: contents.next_record() })?;
            }
        }
        Ok(())
    }

    /// How many bytes the entries take in memory.
    pub fn size_bytes(&self) -> u64 {
        self.trees().map(|tree| self.moment.size_bytes(tree.id)).sum()
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents").field("through", &self.through).finish_non_exhaustive()
    }
}

/// One tree of [`Contents`].
#[derive(Clone, Copy)]
pub struct TreeContents<'a> {
    /// Its number.
    pub id: TreeId,
    /// What it is keyed by.
    pub shape: Shape,
    /// Its name for people.
    pub label: &'a str,
    moment: &'a Moment,
}

impl TreeContents<'_> {
    /// The number that the next record gets; 0 in a tree of keys.
    pub fn next_record(&self) -> u64 {
        self.moment.next_record(self.id)
    }

    /// Shows the entries in their order; ends at the first error of `visit`.
    ///
    /// # Errors
    /// Those of `visit`.
    pub fn scan(&self, visit: &mut dyn FnMut(Key<'_>, &[u8]) -> Result<()>) -> Result<()> {
        let mut result = Ok(());
        self.moment.scan(self.id, &mut |key, value| {
            result = visit(key, value);
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result
    }
}

impl fmt::Debug for TreeContents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeContents")
            .field("id", &self.id)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
