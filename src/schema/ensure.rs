//! Making the indexes that models ask for, once per process, model and collection.
//!
//! The invariant: a collection is noted only after its indexes were found or made; until then every action
//! tries again and gives the error. A database whose indexes are there is only read.

use super::ModelSchema;
use crate::engine::{Engine, IndexSpec, Namespace};
use crate::error::Result;
use parking_lot::RwLock;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which collections have the indexes of which models.
#[derive(Debug)]
pub(crate) struct Ensured {
    /// Raised by every [`forget`](Ensured::forget), so that handles need no look into the set; from 1.
    state: AtomicU64,
    /// A namespace and the address of a model's schema, which is a constant of the program.
    done: RwLock<HashSet<(Namespace, usize)>>,
}

impl Default for Ensured {
    fn default() -> Self {
        Ensured { state: AtomicU64::new(1), done: RwLock::default() }
    }
}

impl Ensured {
    /// A number that changes when collections are forgotten; never 0.
    #[inline]
    pub(crate) fn state(&self) -> u64 {
        self.state.load(Ordering::Acquire)
    }

    /// Sees to it that the indexes of `schema` are there.
    pub(crate) fn ensure(
        &self,
        engine: &dyn Engine,
        namespace: &Namespace,
        schema: &'static ModelSchema,
    ) -> Result<()> {
        if schema.indexes().is_empty() {
            return Ok(());
        }
        let key = (namespace.clone(), std::ptr::from_ref(schema).addr());
        if self.done.read().contains(&key) {
            return Ok(());
        }
        let missing = missing_indexes(engine, namespace, schema)?;
        if !missing.is_empty() {
            let place = |error: crate::Error| error.at(format!("the indexes of {}", schema.name()));
            engine.create_indexes(namespace, &missing).map_err(place)?;
        }
        self.done.write().insert(key);
        Ok(())
    }

    /// Forgets a collection that was dropped or renamed: its next use makes the indexes anew.
    pub(crate) fn forget(&self, forgotten: impl Fn(&Namespace) -> bool) {
        let mut done = self.done.write();
        done.retain(|(namespace, _)| !forgotten(namespace));
        self.state.fetch_add(1, Ordering::Release);
    }
}

/// The indexes of `schema` that are not there just as it asks for them.
fn missing_indexes(
    engine: &dyn Engine,
    namespace: &Namespace,
    schema: &ModelSchema,
) -> Result<Vec<IndexSpec>> {
    let is_there = engine.list_collections(namespace.database())?;
    let is_there = is_there.iter().any(|collection| collection.name == namespace.collection());
    let present = if is_there { engine.list_indexes(namespace)? } else { Vec::new() };
    let wanted = schema.indexes().iter().map(super::IndexSchema::spec);
    let is_missing = |wanted: &IndexSpec| {
        !present.iter().any(|index| {
            index.ready
                && index.keys == wanted.keys
                && (index.unique, index.sparse) == (wanted.unique, wanted.sparse)
                && wanted.name.as_ref().is_none_or(|name| *name == index.name)
        })
    };
    Ok(wanted.filter(is_missing).collect())
}
