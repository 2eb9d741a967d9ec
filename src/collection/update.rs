//! Updating, replacing and upserting documents.

use super::select::{self, Selection};
use super::{admit, create};
use crate::catalog::{CollectionEntry, IndexEntry};
use crate::engine::{Embedded, Namespace, UpdateOutcome, UpdateStatement, WriteOptions};
use crate::error::{Error, Result, WriteError};
use crate::index::maintain::{self, Touched};
use crate::plan::Order;
use crate::transaction::WriteView;
use anser_query::value::DocumentRef;
use anser_query::{Code, Context, Filter, Update};
use bson::Bson;
use std::sync::Arc;

/// A statement, parsed.
pub(super) struct Parsed {
    pub(super) filter: Filter,
    pub(super) update: Update,
    pub(super) order: Order,
}

/// What one statement did.
#[derive(Default)]
struct Done {
    matched: u64,
    modified: u64,
    upserted: Option<Bson>,
}

/// Carries out update statements in their order; see [`crate::engine::Engine::update`].
pub(crate) fn update(
    engine: &Embedded,
    namespace: &Namespace,
    statements: &[UpdateStatement],
    options: &WriteOptions,
) -> Result<UpdateOutcome> {
    let mut outcome = UpdateOutcome::default();
    let context = engine.clock().context();
    let parsed: Vec<Result<Parsed>> = statements.iter().map(parse).collect();
    let mut view = engine.write(options.durability)?;
    for (at, (statement, parsed)) in statements.iter().zip(parsed).enumerate() {
        let cut = !options.atomic;
        let done = parsed.and_then(|parsed| run(&mut view, namespace, statement, &parsed, &context, cut));
        match done {
            Ok(done) => {
                outcome.matched += done.matched;
                outcome.modified += done.modified;
                outcome.upserted.extend(done.upserted.map(|id| (at, id)));
            }
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
        return Ok(UpdateOutcome { write_errors: outcome.write_errors, ..UpdateOutcome::default() });
    }
    if view.bytes_written > 0 {
        view.commit()?;
    }
    Ok(outcome)
}

fn parse(statement: &UpdateStatement) -> Result<Parsed> {
    let update = Update::parse(DocumentRef::from(&statement.update))?;
    if statement.multi && update.is_replacement() {
        let message = "multi update is not supported for replacement-style update";
        return Err(Error::request(Code::FAILED_TO_PARSE, message));
    }
    if statement.multi && statement.sort.is_some() {
        return Err(Error::request(Code::FAILED_TO_PARSE, "Cannot specify sort with multi=true"));
    }
    let filter = Filter::parse(DocumentRef::from(&statement.filter))?;
    let order = Order::parse(statement.sort.as_ref().map(DocumentRef::from))?;
    Ok(Parsed { filter, update, order })
}

fn run(
    view: &mut WriteView<'_>,
    namespace: &Namespace,
    statement: &UpdateStatement,
    parsed: &Parsed,
    context: &Context,
    cut: bool,
) -> Result<Done> {
    let mut done = Done::default();
    if let Some(collection) = view.collection(namespace) {
        let selection =
            Selection { filter: &parsed.filter, order: &parsed.order, hint: statement.hint.as_ref() };
        if statement.multi {
            done = update_all(view, collection, &selection, &parsed.update, context, cut)?;
        } else {
            let mut before = std::mem::take(&mut view.scratch.before);
            let result = selection.first(view, &collection, &mut before);
            if let Ok(Some(record)) = result {
                let touched = touched(&collection, &parsed.update);
                let before = DocumentRef::new(&before);
                done.matched = 1;
                let modified = change(view, &collection, touched, record, before, &parsed.update, context)?;
                done.modified = u64::from(modified);
            }
            view.scratch.before = before;
            result?;
        }
    }
    if done.matched == 0 && statement.upsert {
        done.upserted = Some(upsert(view, namespace, parsed, context)?);
    }
    Ok(done)
}

/// Updates every match. The matches are found first, so that no document is met again where its new value puts
/// it; what an earlier piece has committed stays when a document fails.
fn update_all(
    view: &mut WriteView<'_>,
    mut collection: Arc<CollectionEntry>,
    selection: &Selection<'_>,
    update: &Update,
    context: &Context,
    cut: bool,
) -> Result<Done> {
    let plan = selection.plan(&collection, None)?;
    let records = select::records(view, &collection, &plan)?;
    let mut touched = touched(&collection, update);
    let mut done = Done::default();
    let mut was_cut = false;
    let mut before = std::mem::take(&mut view.scratch.before);
    for record in records {
        if cut && view.is_full() {
            view.commit_piece()?;
            was_cut = true;
            let Some(again) = view.catalog.collection_by_uuid(&collection.uuid) else { break };
            collection = Arc::clone(again);
            touched = self::touched(&collection, update);
        }
        if !select::read_again(view, &collection, &plan, record, was_cut, &mut before)? {
            continue;
        }
        done.matched += 1;
        let document = DocumentRef::new(&before);
        if change(view, &collection, touched, record, document, update, context)? {
            done.modified += 1;
        }
        if view.told() {
            let Some(again) = view.catalog.collection_by_uuid(&collection.uuid) else { break };
            collection = Arc::clone(again);
        }
    }
    view.scratch.before = before;
    Ok(done)
}

/// Which indexes an update may change.
pub(super) fn touched(collection: &CollectionEntry, update: &Update) -> Touched {
    let touches = |index: &IndexEntry| index.paths.iter().any(|path| update.touches(path));
    Touched::of(collection, touches)
}

/// Applies an update to a document and stores it. Returns whether it changed.
pub(super) fn change(
    view: &mut WriteView<'_>,
    collection: &CollectionEntry,
    touched: Touched,
    record: u64,
    before: DocumentRef<'_>,
    update: &Update,
    context: &Context,
) -> Result<bool> {
    let mut after = std::mem::take(&mut view.scratch.after);
    after.clear();
    let modified = update.apply(before, context, &mut after)?.modified;
    if modified {
        if update.is_replacement() {
            admit::fill_timestamps(&mut after, 0, view.engine.clock());
        }
        admit::admit_changed(&after)?;
        maintain::replace(view, collection, touched, record, before, DocumentRef::new(&after))?;
    }
    view.scratch.after = after;
    Ok(modified)
}

/// Inserts the document that an upsert makes, left in the view's `after`; returns its `_id`.
pub(super) fn upsert(
    view: &mut WriteView<'_>,
    namespace: &Namespace,
    parsed: &Parsed,
    context: &Context,
) -> Result<Bson> {
    let clock = view.engine.clock();
    let mut bytes = Vec::new();
    parsed.update.upsert(&parsed.filter, clock.object_id(), context, &mut bytes)?;
    admit::admit_changed(&bytes)?;
    let mut document = admit::raw(bytes)?;
    admit::admit(&mut document, clock)?;
    let collection = create::collection_or_new(view, namespace)?;
    maintain::insert(view, &collection, DocumentRef::from(&document))?;
    let id = admit::id_of(DocumentRef::from(&document));
    view.scratch.after = document.into_bytes();
    Ok(id)
}
