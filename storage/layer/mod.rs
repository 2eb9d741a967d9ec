//! Strategies around strategies: each keeps the laws of the one inside and adds one thing.

pub mod contract;
pub mod fault;
pub mod trace;

pub use contract::Contract;
pub use fault::{Fault, Faults};
pub use trace::{CountingRead, Trace, TraceLog};

/// The methods of [`StorageStrategy`](crate::StorageStrategy) that a layer passes on as they are.
macro_rules! pass_on {
    ($($method:ident)+) => {
        $(crate::layer::pass_on!(@ $method);)+
    };
    (@ name) => {
        fn name(&self) -> &str {
            self.inner.name()
        }
    };
    (@ capabilities) => {
        fn capabilities(&self) -> crate::Capabilities {
            self.inner.capabilities()
        }
    };
    (@ trees) => {
        fn trees(&self) -> crate::Result<Vec<crate::TreeId>> {
            self.inner.trees()
        }
    };
    (@ sync) => {
        fn sync(&self) -> crate::Result<()> {
            self.inner.sync()
        }
    };
    (@ maintenance) => {
        fn maintenance(&self) -> Option<&dyn crate::Maintenance> {
            self.inner.maintenance()
        }
    };
    (@ close) => {
        fn close(&self) -> crate::Result<()> {
            self.inner.close()
        }
    };
}
use pass_on;
