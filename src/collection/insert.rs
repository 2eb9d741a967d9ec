//! Inserting documents.

use super::{admit, create};
use crate::catalog::CollectionEntry;
use crate::engine::{Embedded, InsertOutcome, Namespace, WriteOptions};
use crate::error::{Error, Result, WriteError};
use crate::index::maintain;
use crate::transaction::WriteView;
use anser_query::value::DocumentRef;
use bson::RawDocumentBuf;
use std::sync::Arc;

/// Stores documents in their order; see [`crate::engine::Engine::insert`].
pub(crate) fn insert(
    engine: &Embedded,
    namespace: &Namespace,
    mut documents: Vec<RawDocumentBuf>,
    options: &WriteOptions,
) -> Result<InsertOutcome> {
    let mut outcome = InsertOutcome { ids: Vec::with_capacity(documents.len()), ..InsertOutcome::default() };
    // What can be refused is refused before anybody has to wait for this writer.
    let mut refused: Vec<(usize, Error)> = Vec::new();
    for (at, document) in documents.iter_mut().enumerate() {
        if let Err(error) = admit::admit(document, engine.clock()) {
            refused.push((at, error));
        }
        outcome.ids.push(admit::id_of(DocumentRef::from(&*document)));
    }
    if documents.is_empty() {
        return Ok(outcome);
    }
    let mut refused = refused.into_iter().peekable();
    let mut view = engine.write(options.durability)?;
    let mut collection = None;
    for (at, document) in documents.iter().enumerate() {
        let result = match refused.next_if(|(position, _)| *position == at) {
            Some((_, error)) => Err(error),
            None => store(&mut view, namespace, &mut collection, DocumentRef::from(document)),
        };
        match result {
            Ok(()) => outcome.inserted += 1,
            Err(error) if error.ends_transaction() => return Err(error),
            Err(error) => {
                outcome.write_errors.push(WriteError::from_error(at, &error));
                if options.ordered || options.atomic {
                    break;
                }
            }
        }
        if view.is_full() && !options.atomic {
            view.commit_piece()?;
            collection = None;
        }
    }
    if options.atomic && !outcome.write_errors.is_empty() {
        outcome.inserted = 0;
        return Ok(outcome);
    }
    if outcome.inserted > 0 {
        view.commit()?;
    }
    Ok(outcome)
}

/// Stores a document in the collection, which is made when it is missing.
fn store(
    view: &mut WriteView<'_>,
    namespace: &Namespace,
    collection: &mut Option<Arc<CollectionEntry>>,
    document: DocumentRef<'_>,
) -> Result<()> {
    let known = match collection {
        Some(collection) => collection,
        None => collection.insert(create::collection_or_new(view, namespace)?),
    };
    maintain::insert(view, known, document)?;
    if view.told() {
        // The catalog says more of the indexes now.
        *collection = None;
    }
    Ok(())
}
