//! Transactions as the engine uses them: a storage transaction and the catalog as of it.

use crate::catalog::Catalog;
use anser_storage::ReadTxn;
use std::sync::Arc;

/// A snapshot, and the catalog as of that snapshot.
pub(crate) struct ReadView {
    pub(crate) txn: Box<dyn ReadTxn>,
    pub(crate) catalog: Arc<Catalog>,
}
