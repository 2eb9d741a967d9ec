//! Deleting documents.

use super::select::{self, Selection};
use crate::catalog::CollectionEntry;
use crate::engine::{DeleteOutcome, DeleteStatement, Embedded, Namespace, WriteOptions};
use crate::error::{Result, WriteError};
use crate::index::maintain;
use crate::plan::Order;
use crate::transaction::WriteView;
use anser_query::Filter;
use anser_query::value::DocumentRef;
use anser_storage::Range;
use std::sync::Arc;

/// Carries out delete statements in their order; see [`crate::engine::Engine::delete`].
pub(crate) fn delete(
    engine: &Embedded,
    namespace: &Namespace,
    statements: &[DeleteStatement],
    options: &WriteOptions,
) -> Result<DeleteOutcome> {
    let mut outcome = DeleteOutcome::default();
    let filters: Vec<Result<Filter>> =
        statements.iter().map(|statement| Ok(Filter::parse(DocumentRef::from(&statement.filter))?)).collect();
    let mut view = engine.write(options.durability)?;
    for (at, (statement, filter)) in statements.iter().zip(filters).enumerate() {
        match filter.and_then(|filter| run(&mut view, namespace, statement, &filter, !options.atomic)) {
            Ok(deleted) => outcome.deleted += deleted,
            Err(error) if error.ends_transaction() => return Err(error),
            Err(error) => {
                outcome.write_errors.push(WriteError::from_error(at, &error));
                if options.ordered || options.atomic {
                    break;
                }
            }
        }
    }
    if options.atomic && !outcome.write_errors.is_empty() {
        return Ok(DeleteOutcome { write_errors: outcome.write_errors, ..DeleteOutcome::default() });
    }
    if view.bytes_written > 0 {
        view.commit()?;
    }
    Ok(outcome)
}

fn run(
    view: &mut WriteView<'_>,
    namespace: &Namespace,
    statement: &DeleteStatement,
    filter: &Filter,
    cut: bool,
) -> Result<u64> {
    let Some(collection) = view.collection(namespace) else { return Ok(0) };
    let selection = Selection { filter, order: &Order::Any, hint: statement.hint.as_ref() };
    if statement.multi {
        return match filter {
            Filter::All if statement.hint.is_none() => delete_everything(view, &collection),
            _ => delete_all(view, collection, &selection, cut),
        };
    }
    let mut document = std::mem::take(&mut view.scratch.before);
    let first = selection.first(view, &collection, &mut document)?;
    if let Some(record) = first {
        maintain::remove(view, &collection, record, DocumentRef::new(&document))?;
    }
    view.scratch.before = document;
    Ok(u64::from(first.is_some()))
}

/// Empties the collection, tree by tree.
fn delete_everything(view: &mut WriteView<'_>, collection: &CollectionEntry) -> Result<u64> {
    let deleted = view.reader().count(collection.tree, Range::ALL)?;
    if deleted > 0 {
        for tree in collection.trees() {
            view.writer().clear(tree)?;
        }
        view.bytes_written += 1;
    }
    Ok(deleted)
}

/// Deletes every match; found first, so that the scan does not meet its own gaps.
fn delete_all(
    view: &mut WriteView<'_>,
    mut collection: Arc<CollectionEntry>,
    selection: &Selection<'_>,
    cut: bool,
) -> Result<u64> {
    let plan = selection.plan(&collection, None)?;
    let records = select::records(view, &collection, &plan)?;
    let (mut deleted, mut was_cut) = (0, false);
    let mut document = std::mem::take(&mut view.scratch.before);
    for record in records {
        if cut && view.is_full() {
            view.commit_piece()?;
            was_cut = true;
            let Some(again) = view.catalog.collection_by_uuid(&collection.uuid) else { break };
            collection = Arc::clone(again);
        }
        if select::read_again(view, &collection, &plan, record, was_cut, &mut document)? {
            maintain::remove(view, &collection, record, DocumentRef::new(&document))?;
            deleted += 1;
        }
    }
    view.scratch.before = document;
    Ok(deleted)
}
