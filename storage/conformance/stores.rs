//! What the suite is told: how to make a store, and how to open it.

use crate::error::Result;
use crate::strategy::StorageStrategy;
use std::sync::Arc;

/// Makes fresh, empty stores, each apart from the others. A closure that does so is a factory.
pub trait Factory: Sync {
    /// A store that nobody else uses.
    fn store(&self) -> Result<Box<dyn Store>>;

    /// Whether a caller that breaks a law of the seam gets a panic instead of an error, as the
    /// layer [`Contract`](crate::layer::Contract) does.
    fn panics_on_misuse(&self) -> bool {
        false
    }
}

/// One store, opened again and again: after the last handle was closed where it is durable, beside an open
/// one where several processes may use it. What it needs (a folder) lives as long as it does.
pub trait Store: Send {
    /// Opens a handle.
    fn open(&self) -> Result<Arc<dyn StorageStrategy>>;
}

impl<F: Fn() -> Result<Box<dyn Store>> + Sync> Factory for F {
    fn store(&self) -> Result<Box<dyn Store>> {
        self()
    }
}

impl<F: Fn() -> Result<Arc<dyn StorageStrategy>> + Send> Store for F {
    fn open(&self) -> Result<Arc<dyn StorageStrategy>> {
        self()
    }
}

/// A factory of strategies that keep nothing when they end: each store is a strategy of its own.
///
/// The closure makes one, fresh and empty.
#[derive(Clone, Copy, Debug)]
pub struct Volatile<F>(pub F);

impl<F> Factory for Volatile<F>
where
    F: Fn() -> Result<Arc<dyn StorageStrategy>> + Clone + Send + Sync + 'static,
{
    fn store(&self) -> Result<Box<dyn Store>> {
        Ok(Box::new(self.0.clone()))
    }
}
