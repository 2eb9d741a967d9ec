//! Making the indexes that models ask for, once per process, model and collection.
//!
//! The invariant: a collection is noted only after its indexes were found or made; until then every action
//! tries again and gives the error. A database whose indexes are there is only read.
//!
//! What is noted is the collection as it was created, by its UUID: one that was dropped and came again, by whatever
//! way, gets its indexes again, and one whose index was dropped on purpose does not. What another process did is
//! seen as soon as this one has read or written anything since.

use super::ModelSchema;
use crate::engine::{Engine, IndexSpec, Namespace};
use crate::error::Result;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which collections have the indexes of which models.
#[derive(Debug)]
pub(crate) struct Ensured {
    /// Raised by every [`forget`](Ensured::forget), so that handles need no look into the set; from 1.
    state: AtomicU64,
    /// By the namespace and the address of a model's schema, which is a constant of the program: the UUID of the
    /// collection that has the indexes.
    done: RwLock<HashMap<(Namespace, usize), [u8; 16]>>,
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
        loop {
            let uuid = uuid_of(engine, namespace)?;
            if uuid.is_some() && self.done.read().get(&key) == uuid.as_ref() {
                return Ok(());
            }
            let missing = missing_indexes(engine, namespace, schema, uuid.is_some())?;
            if !missing.is_empty() {
                let place = |error: crate::Error| error.at(format!("the indexes of {}", schema.name()));
                engine.create_indexes(namespace, &missing).map_err(place)?;
            }
            if let Some(uuid) = uuid {
                self.done.write().insert(key, uuid);
                return Ok(());
            }
            // The collection was made just now: its UUID is found out in another round.
        }
    }

    /// Forgets a collection that was dropped or renamed: its next use makes the indexes anew.
    pub(crate) fn forget(&self, forgotten: impl Fn(&Namespace) -> bool) {
        let mut done = self.done.write();
        done.retain(|(namespace, _), _| !forgotten(namespace));
        self.state.fetch_add(1, Ordering::Release);
    }
}

/// Which collection stands at `namespace`, if one does.
fn uuid_of(engine: &dyn Engine, namespace: &Namespace) -> Result<Option<[u8; 16]>> {
    let mut collections = engine.list_collections(namespace.database())?.into_iter();
    let found = collections.find(|collection| collection.name == namespace.collection());
    Ok(found.map(|collection| collection.uuid))
}

/// The indexes of `schema` that are not there just as it asks for them.
fn missing_indexes(
    engine: &dyn Engine,
    namespace: &Namespace,
    schema: &ModelSchema,
    is_there: bool,
) -> Result<Vec<IndexSpec>> {
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
