//! Choosing among the ways to answer a question.

use super::{Access, Order, Plan, Query};
use crate::catalog::CollectionEntry;
use crate::error::Result;
use anser_query::Filter;
use anser_storage::Direction;

/// The plan for `query`.
///
/// # Errors
/// BadValue (2) for a hint or bounds that fit no index.
pub(crate) fn choose(collection: &CollectionEntry, query: &Query<'_>) -> Result<Plan> {
    let _ = collection;
    let (access, sort) = match query.order {
        Order::Any => (Access::Collection(Direction::Forward), None),
        Order::Natural(direction) => (Access::Collection(*direction), None),
        Order::By(sort) => (Access::Collection(Direction::Forward), Some(sort.clone())),
    };
    let matcher = match query.filter {
        Filter::All => None,
        filter => Some(filter.compile()),
    };
    Ok(Plan { access, matcher, sort, skip: query.skip, limit: query.limit })
}
