//! Finding one document and changing it in one transaction.

use super::admit;
use super::select::Selection;
use super::update::{self, Parsed};
use crate::engine::{Embedded, FindAndModify, FindAndModifyOutcome, Modification, Namespace};
use crate::error::{Error, Result};
use crate::index::maintain;
use crate::plan::Order;
use anser_query::value::DocumentRef;
use anser_query::{Code, Filter, Projection, Update};
use bson::RawDocumentBuf;

/// Finds one document and updates, replaces or removes it; see [`crate::engine::Engine::find_and_modify`].
pub(crate) fn find_and_modify(
    engine: &Embedded,
    namespace: &Namespace,
    request: &FindAndModify,
) -> Result<FindAndModifyOutcome> {
    let filter = Filter::parse(DocumentRef::from(&request.filter))?;
    let order = Order::parse(request.sort.as_ref().map(DocumentRef::from))?;
    let projection = match &request.projection {
        Some(projection) => Some(Projection::parse(DocumentRef::from(projection))?),
        None => None,
    };
    let shown = |document: &[u8]| -> Result<RawDocumentBuf> {
        let Some(projection) = &projection else { return admit::raw(document.to_vec()) };
        let mut out = Vec::new();
        projection.apply(DocumentRef::new(document), &mut out);
        admit::raw(out)
    };
    match &request.modification {
        Modification::Remove => {
            if request.upsert || request.return_new {
                let message = "Cannot specify both remove=true and upsert=true, or new=true: 'remove' always returns the deleted document";
                return Err(Error::request(Code::FAILED_TO_PARSE, message));
            }
            let selection = Selection { filter: &filter, order: &order, hint: request.hint.as_ref() };
            remove(engine, namespace, request, &selection, &shown)
        }
        Modification::Update(update) => {
            let update = Update::parse(DocumentRef::from(update))?;
            change(engine, namespace, request, Parsed { filter, update, order }, &shown)
        }
    }
}

fn remove(
    engine: &Embedded,
    namespace: &Namespace,
    request: &FindAndModify,
    selection: &Selection<'_>,
    shown: &dyn Fn(&[u8]) -> Result<RawDocumentBuf>,
) -> Result<FindAndModifyOutcome> {
    let mut view = engine.write(request.durability)?;
    let Some(collection) = view.collection(namespace) else { return Ok(FindAndModifyOutcome::default()) };
    let mut document = std::mem::take(&mut view.scratch.before);
    let Some(record) = selection.first(&view, &collection, &mut document)? else {
        return Ok(FindAndModifyOutcome::default());
    };
    maintain::remove(&mut view, &collection, record, DocumentRef::new(&document))?;
    let value = Some(shown(&document)?);
    view.scratch.before = document;
    view.commit()?;
    Ok(FindAndModifyOutcome { value, found: true, upserted: None })
}

fn change(
    engine: &Embedded,
    namespace: &Namespace,
    request: &FindAndModify,
    parsed: Parsed,
    shown: &dyn Fn(&[u8]) -> Result<RawDocumentBuf>,
) -> Result<FindAndModifyOutcome> {
    let context = engine.clock().context();
    let mut view = engine.write(request.durability)?;
    if let Some(collection) = view.collection(namespace) {
        let selection =
            Selection { filter: &parsed.filter, order: &parsed.order, hint: request.hint.as_ref() };
        let mut before = std::mem::take(&mut view.scratch.before);
        if let Some(record) = selection.first(&view, &collection, &mut before)? {
            let touched = update::touched(&collection, &parsed.update);
            let document = DocumentRef::new(&before);
            let modified =
                update::change(&mut view, &collection, touched, record, document, &parsed.update, &context)?;
            let is_new = modified && request.return_new;
            let value = Some(shown(if is_new { &view.scratch.after } else { &before })?);
            view.scratch.before = before;
            if modified {
                view.commit()?;
            }
            return Ok(FindAndModifyOutcome { value, found: true, upserted: None });
        }
    }
    if !request.upsert {
        return Ok(FindAndModifyOutcome::default());
    }
    let id = update::upsert(&mut view, namespace, &parsed, &context)?;
    let value = if request.return_new { Some(shown(&view.scratch.after)?) } else { None };
    view.commit()?;
    Ok(FindAndModifyOutcome { value, found: false, upserted: Some(id) })
}
