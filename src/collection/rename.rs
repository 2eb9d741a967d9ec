//! Renaming a collection: one catalog write, whatever it holds.

use super::drop::drop_entry;
use crate::catalog::CollectionEntry;
use crate::engine::{Embedded, Namespace};
use crate::error::{Error, ErrorKind, Result};
use anser_query::Code;

/// Renames a collection, within or across the databases of this storage.
pub(crate) fn rename(engine: &Embedded, from: &Namespace, to: &Namespace, drop_target: bool) -> Result<()> {
    if from == to {
        let message = "Can't rename a collection to itself";
        return Err(Error::request(Code::ILLEGAL_OPERATION, message));
    }
    let mut view = engine.write_alone(None)?;
    let Some(source) = view.collection(from) else {
        let message = format!("Source collection {from} does not exist");
        return Err(Error::new(ErrorKind::Namespace, Code::NAMESPACE_NOT_FOUND, message));
    };
    if let Some(target) = view.collection(to) {
        if !drop_target {
            let message = format!("target namespace exists: {to}");
            return Err(Error::new(ErrorKind::Namespace, Code::NAMESPACE_EXISTS, message));
        }
        drop_entry(&mut view, &target)?;
    }
    view.unset_collection(from)?;
    view.set_collection(CollectionEntry { namespace: to.clone(), ..CollectionEntry::clone(&source) })?;
    view.commit()
}
