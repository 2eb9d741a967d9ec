//! What an action acts on: a collection of an engine, with the indexes of its model.

use crate::Database;
use crate::engine::{Engine, Namespace};
use crate::error::Result;
use crate::model::Fault;
use crate::schema::{Ensured, ModelSchema, TimestampSchema};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A collection, shared by its handles and its actions.
pub(crate) struct Target {
    database: Database,
    namespace: std::result::Result<Namespace, Fault>,
    schema: Option<&'static ModelSchema>,
    /// The state of [`Ensured`] and of the engine's catalog in which the model's indexes were seen to be there; 0: in none.
    ready_in: AtomicU64,
}

impl Target {
    pub(super) fn new(database: Database, name: &str, schema: Option<&'static ModelSchema>) -> Arc<Target> {
        let namespace =
            database.namespace(name).map_err(|error| Fault::new(error.code(), error.message().to_owned()));
        Arc::new(Target { database, namespace, schema, ready_in: AtomicU64::new(0) })
    }

    /// The same collection, holding something else.
    pub(super) fn with_schema(&self, schema: Option<&'static ModelSchema>) -> Arc<Target> {
        Arc::new(Target {
            database: self.database.clone(),
            namespace: self.namespace.clone(),
            schema,
            ready_in: AtomicU64::new(0),
        })
    }

    /// The engine and the namespace, with the model's indexes there.
    #[inline]
    pub(super) fn ready(&self) -> Result<(&dyn Engine, &Namespace)> {
        let (engine, namespace) = self.unchecked()?;
        if let Some(schema) = self.schema
            && !schema.indexes().is_empty()
        {
            let ensured = self.ensured();
            // Both only grow: the sum changes when one of them does.
            let state = ensured.state().wrapping_add(engine.catalog_version());
            if self.ready_in.load(Ordering::Relaxed) != state {
                ensured.ensure(engine, namespace, schema)?;
                self.ready_in.store(state, Ordering::Relaxed);
            }
        }
        Ok((engine, namespace))
    }

    /// The engine and the namespace, whatever indexes there are.
    pub(super) fn unchecked(&self) -> Result<(&dyn Engine, &Namespace)> {
        match &self.namespace {
            Ok(namespace) => Ok((&**self.database.engine(), namespace)),
            Err(fault) => Err(fault.clone().into()),
        }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn namespace(&self) -> Result<&Namespace> {
        Ok(self.namespace.as_ref().map_err(Fault::clone)?)
    }

    pub(super) fn timestamps(&self) -> Option<TimestampSchema> {
        self.schema.and_then(ModelSchema::timestamp_names)
    }

    pub(super) fn ensured(&self) -> &Ensured {
        self.database.ensured()
    }
}
