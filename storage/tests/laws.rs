//! The laws of the seam, on every strategy and on every layer over each.

use anser_storage::conformance::{Factory, Store};
use anser_storage::layer::{Contract, Fault, Trace};
use anser_storage::memory::MemoryStrategy;
use anser_storage::{Result, StorageStrategy};
use std::sync::Arc;

type Strategy = Arc<dyn StorageStrategy>;

fn memory() -> Result<Box<dyn Store>> {
    Ok(Box::new(|| Ok(Arc::new(MemoryStrategy::new()) as Strategy)))
}

fn file() -> Result<Box<dyn Store>> {
    use anser_storage::file::{FileOptions, FileStrategy};
    let folder = tempfile::tempdir()?;
    Ok(Box::new(move || {
        let storage = FileStrategy::open(folder.path().join("data"), FileOptions::default())?;
        Ok(Arc::new(storage) as Strategy)
    }))
}

#[cfg(feature = "sqlite")]
fn sqlite() -> Result<Box<dyn Store>> {
    use anser_storage::sqlite::{SqliteOptions, SqliteStrategy};
    let folder = tempfile::tempdir()?;
    Ok(Box::new(move || {
        let storage = SqliteStrategy::open(folder.path().join("a.db"), SqliteOptions::default())?;
        Ok(Arc::new(storage) as Strategy)
    }))
}

/// Stores with a layer around each handle.
struct Layered {
    base: fn() -> Result<Box<dyn Store>>,
    layer: fn(Strategy) -> Strategy,
    panics: bool,
}

impl Factory for Layered {
    fn store(&self) -> Result<Box<dyn Store>> {
        let (store, layer) = ((self.base)()?, self.layer);
        Ok(Box::new(move || Ok(layer(store.open()?))))
    }

    fn panics_on_misuse(&self) -> bool {
        self.panics
    }
}

fn contract(base: fn() -> Result<Box<dyn Store>>) -> Layered {
    Layered { base, layer: |inner| Arc::new(Contract::new(inner)), panics: true }
}

fn fault(base: fn() -> Result<Box<dyn Store>>) -> Layered {
    Layered { base, layer: |inner| Arc::new(Fault::new(inner)), panics: false }
}

fn trace(base: fn() -> Result<Box<dyn Store>>) -> Layered {
    Layered { base, layer: |inner| Arc::new(Trace::new(inner)), panics: false }
}

mod on_memory {
    anser_storage::conformance_tests!(super::memory);
}

mod on_contract_over_memory {
    anser_storage::conformance_tests!(super::contract(super::memory));
}

mod on_fault_over_memory {
    anser_storage::conformance_tests!(super::fault(super::memory));
}

mod on_trace_over_memory {
    anser_storage::conformance_tests!(super::trace(super::memory));
}

mod on_file {
    anser_storage::conformance_tests!(super::file);
}

mod on_contract_over_file {
    anser_storage::conformance_tests!(super::contract(super::file));
}

mod on_fault_over_file {
    anser_storage::conformance_tests!(super::fault(super::file));
}

mod on_trace_over_file {
    anser_storage::conformance_tests!(super::trace(super::file));
}

#[cfg(feature = "sqlite")]
mod on_sqlite {
    anser_storage::conformance_tests!(super::sqlite);
}

#[cfg(feature = "sqlite")]
mod on_contract_over_sqlite {
    anser_storage::conformance_tests!(super::contract(super::sqlite));
}

#[cfg(feature = "sqlite")]
mod on_fault_over_sqlite {
    anser_storage::conformance_tests!(super::fault(super::sqlite));
}

#[cfg(feature = "sqlite")]
mod on_trace_over_sqlite {
    anser_storage::conformance_tests!(super::trace(super::sqlite));
}
