//! Finding what a write is about: the same plans and runs as a find.

use crate::catalog::CollectionEntry;
use crate::engine::Hint;
use crate::error::Result;
use crate::plan::{self, Order, Plan, Query};
use crate::run;
use crate::transaction::WriteView;
use anser_query::Filter;
use anser_query::value::DocumentRef;
use anser_storage::Key;
use std::ops::ControlFlow;

/// Which documents a write is about.
#[derive(Debug)]
pub(super) struct Selection<'s> {
    pub(super) filter: &'s Filter,
    pub(super) order: &'s Order,
    pub(super) hint: Option<&'s Hint>,
}

impl Selection<'_> {
    /// The plan for at most `limit` of them.
    pub(super) fn plan(&self, collection: &CollectionEntry, limit: Option<u64>) -> Result<Plan> {
        let query = Query { order: self.order, hint: self.hint, limit, ..Query::new(self.filter) };
        plan::choose(collection, &query)
    }

    /// The first of them: its record number, its bytes put into `document`.
    pub(super) fn first(
        &self,
        view: &WriteView<'_>,
        collection: &CollectionEntry,
        document: &mut Vec<u8>,
    ) -> Result<Option<u64>> {
        let plan = self.plan(collection, Some(1))?;
        let mut first = None;
        run::for_each(view.reader(), collection, &plan, &mut |record, found| {
            first = Some(record);
            document.clear();
            document.extend_from_slice(found.as_bytes());
            Ok(ControlFlow::Break(()))
        })?;
        Ok(first)
    }
}

/// The numbers of the records that `plan` finds, in its order.
pub(super) fn records(view: &WriteView<'_>, collection: &CollectionEntry, plan: &Plan) -> Result<Vec<u64>> {
    let mut records = Vec::new();
    run::for_each(view.reader(), collection, plan, &mut |record, _| {
        records.push(record);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(records)
}

/// Reads a record into `document`. `false`: it is gone, or, where another transaction may have changed it since
/// `plan` found it, matches no more.
pub(super) fn read_again(
    view: &WriteView<'_>,
    collection: &CollectionEntry,
    plan: &Plan,
    record: u64,
    may_have_changed: bool,
    document: &mut Vec<u8>,
) -> Result<bool> {
    document.clear();
    let there = view.reader().get(collection.tree, Key::Record(record), &mut |bytes| {
        document.extend_from_slice(bytes);
    })?;
    let matches = || plan.matcher.as_ref().is_none_or(|matcher| matcher.matches(DocumentRef::new(document)));
    Ok(there && (!may_have_changed || matches()))
}
