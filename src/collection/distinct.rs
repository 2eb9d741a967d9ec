//! The distinct values at a path.

use crate::engine::embedded::Embedded;
use crate::engine::{DistinctRequest, Namespace};
use crate::error::{Error, Result};
use crate::plan::{self, Query};
use crate::run::{self, Deadline, Position};
use anser_query::value::{DocumentRef, ValueRef, key};
use anser_query::{Code, Filter, Path};
use bson::Bson;
use std::collections::HashSet;
use std::ops::ControlFlow;

/// MongoDB's code for a path that holds a NUL.
const NUL_IN_PATH: Code = Code(31032);

/// The largest reply, in bytes of values.
const VALUES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// MongoDB's code for a reply that would be larger.
const TOO_LARGE: Code = Code(17217);

/// The distinct values at a path among the documents that match, as they are met first. Arrays give their
/// elements, one level deep; numbers are the same by value whatever their type.
pub(crate) fn distinct(
    engine: &Embedded,
    namespace: &Namespace,
    request: &DistinctRequest,
) -> Result<Vec<Bson>> {
    if request.key.contains('\0') {
        return Err(Error::request(NUL_IN_PATH, "Key field cannot contain an embedded null byte"));
    }
    let path = Path::new(&request.key);
    let filter = Filter::parse(DocumentRef::from(&request.filter))?;
    let view = engine.read()?;
    let Some(collection) = view.catalog.collection(namespace) else { return Ok(Vec::new()) };
    let plan = plan::choose(collection, &query(request, &filter))?;
    let deadline = Deadline::after(request.max_time);
    let mut values = Distinct::default();
    run::resume(&*view.txn, collection, &plan, &mut Position::default(), &deadline, &mut |_, document| {
        let flow = path.walk(document, &mut |found| match found.value() {
            Some(value) => values.add_expanded(value),
            None => ControlFlow::Continue(()),
        });
        match flow {
            ControlFlow::Continue(()) => Ok(ControlFlow::Continue(())),
            ControlFlow::Break(()) => Err(Error::request(TOO_LARGE, "distinct too big, 16mb cap")),
        }
    })?;
    Ok(values.values)
}

/// What `request` asks, its filter parsed.
pub(super) fn query<'q>(request: &'q DistinctRequest, filter: &'q Filter) -> Query<'q> {
    Query { hint: request.hint.as_ref(), ..Query::new(filter) }
}

#[derive(Default)]
struct Distinct {
    /// The keys of the values: equal values have equal keys.
    keys: HashSet<Box<[u8]>>,
    key: Vec<u8>,
    bytes: usize,
    values: Vec<Bson>,
}

impl Distinct {
    /// Adds a value, or the elements of an array; breaks when there are too many.
    fn add_expanded(&mut self, value: ValueRef<'_>) -> ControlFlow<()> {
        match value.as_array() {
            Some(array) => array.values().try_for_each(|element| self.add(element)),
            None => self.add(value),
        }
    }

    fn add(&mut self, value: ValueRef<'_>) -> ControlFlow<()> {
        self.key.clear();
        key::encode(value, &mut self.key);
        if self.keys.contains(self.key.as_slice()) {
            return ControlFlow::Continue(());
        }
        self.keys.insert(self.key.as_slice().into());
        self.values.push(value.to_bson());
        self.bytes += value.bytes.len();
        if self.bytes > VALUES_BYTES_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
