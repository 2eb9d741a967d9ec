//! Choosing among the ways to answer a question.
//!
//! There are no statistics. One unique key beats everything, then more parts that are one value, then an order
//! that comes for free where it ends the scan early, then narrower ranges. What narrows nothing and gives no
//! order loses to reading the collection.

use super::bounds::Conjunction;
use super::candidate::{self, Candidate};
use super::{Access, IndexScan, KeyRange, Order, Plan, Query, hint};
use crate::catalog::{CollectionEntry, IndexEntry};
use crate::error::Result;
use anser_query::filter::{Comparison, Predicate};
use anser_query::value::{key, tag};
use anser_query::{Filter, Sort};
use anser_storage::Direction;
use std::sync::Arc;

/// A choice, with what it was made among.
pub(crate) struct Choice {
    pub(crate) plan: Plan,
    /// What was chosen, for each scan of the plan.
    pub(crate) chosen: Vec<Candidate>,
    /// What else would have answered the question, best first.
    pub(crate) rejected: Vec<Candidate>,
    /// Why an index was used or not: by name, in the collection's order.
    pub(crate) considered: Vec<Considered>,
}

/// What became of one index.
pub(crate) struct Considered {
    pub(crate) name: String,
    pub(crate) used: bool,
    pub(crate) reason: String,
}

/// The plan for `query`.
///
/// # Errors
/// BadValue (2) for a hint or bounds that fit no index.
pub(crate) fn choose(collection: &CollectionEntry, query: &Query<'_>) -> Result<Plan> {
    if let Some(access) = one_key(collection, query) {
        return Ok(plan_of(query, access, true));
    }
    Ok(choice(collection, query, false)?.plan)
}

/// The plan for `query`, and with `explained` what it was chosen among.
///
/// # Errors
/// As [`choose`].
pub(crate) fn choice(collection: &CollectionEntry, query: &Query<'_>, explained: bool) -> Result<Choice> {
    if let Some(access) = hint::access(collection, query)? {
        return Ok(hinted(collection, query, access, explained));
    }
    if let Order::Natural(direction) = query.order {
        let plan = plan_of(query, Access::Collection(*direction), true);
        let considered = reasons(collection, explained, |_| "the order asked for is $natural".into());
        return Ok(Choice { plan, chosen: Vec::new(), rejected: Vec::new(), considered });
    }
    let conjunction = Conjunction::of(query.filter);
    let mut candidates = candidates(collection, query, &conjunction);
    // The first of equals wins: `_id_` stands first.
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.score));
    if candidates.is_empty()
        && let Some(branches) = union_of(collection, &conjunction)
    {
        let scans = branches.iter().map(|branch| branch.scan.clone()).collect();
        let plan = plan_of(query, Access::Union(scans), matches!(query.order, Order::Any));
        let considered = reasons(collection, explained, |index| {
            why_not(index, &conjunction, query, &candidates, Some(&branches))
        });
        return Ok(Choice { plan, chosen: branches, rejected: candidates, considered });
    }
    if candidates.is_empty() {
        let plan = plan_of(query, Access::Collection(Direction::Forward), matches!(query.order, Order::Any));
        let considered =
            reasons(collection, explained, |index| why_not(index, &conjunction, query, &[], None));
        return Ok(Choice { plan, chosen: Vec::new(), rejected: Vec::new(), considered });
    }
    let best = candidates.remove(0);
    let plan = plan_of(query, Access::Index(best.scan.clone()), best.gives_order);
    let chosen = vec![best];
    let considered = reasons(collection, explained, |index| {
        why_not(index, &conjunction, query, &candidates, Some(&chosen))
    });
    Ok(Choice { plan, chosen, rejected: candidates, considered })
}

/// Every index that narrows the search or gives the order asked for.
fn candidates(
    collection: &CollectionEntry,
    query: &Query<'_>,
    conjunction: &Conjunction<'_>,
) -> Vec<Candidate> {
    let asked = matches!(query.order, Order::By(_));
    let usable = collection.indexes.iter().filter(|index| index.ready);
    let usable = usable.filter(|index| candidate::holds_every_match(index, conjunction));
    usable
        .map(|index| Candidate::of(index, conjunction, query.order, query.limit.is_some()))
        .filter(|candidate| candidate.score.narrows() || (asked && candidate.gives_order))
        .collect()
}

/// The best index for each branch of an `$or`, when there is one for each.
fn union_of(collection: &CollectionEntry, conjunction: &Conjunction<'_>) -> Option<Vec<Candidate>> {
    let plain = |filter: &Filter| {
        let conjunction = Conjunction::of(filter);
        let usable = collection.indexes.iter().filter(|index| index.ready);
        let usable = usable.filter(|index| candidate::holds_every_match(index, &conjunction));
        usable
            .map(|index| Candidate::of(index, &conjunction, &Order::Any, false))
            .filter(|candidate| candidate.score.narrows())
            .max_by_key(|candidate| candidate.score)
    };
    conjunction
        .disjunctions
        .iter()
        .find_map(|branches| branches.iter().map(plain).collect::<Option<Vec<_>>>())
}

fn plan_of(query: &Query<'_>, access: Access, gives_order: bool) -> Plan {
    let matcher = match query.filter {
        Filter::All => None,
        filter => Some(filter.compile()),
    };
    let sort: Option<Sort> = match query.order {
        Order::By(sort) if !gives_order => Some(sort.clone()),
        _ => None,
    };
    Plan { access, matcher, sort, skip: query.skip, limit: query.limit }
}

/// The shortest way: one value of a unique index, looked up by its key.
fn one_key(collection: &CollectionEntry, query: &Query<'_>) -> Option<Access> {
    let Filter::Field(path, Predicate::Compare(Comparison::Equal, operand)) = query.filter else {
        return None;
    };
    if query.hint.is_some() || query.min.is_some() || query.max.is_some() {
        return None;
    }
    if matches!(query.order, Order::Natural(_)) {
        return None;
    }
    let operand = operand.as_ref();
    // Null is also what is missing, an array is also its elements, NaN is rare.
    if !matches!(
        operand.tag,
        tag::STRING | tag::OBJECT_ID | tag::INT32 | tag::INT64 | tag::DATE_TIME | tag::BINARY | tag::BOOLEAN
    ) {
        return None;
    }
    let index = collection.indexes.iter().find(|index| {
        index.unique
            && index.ready
            && !index.truncated
            && matches!(index.paths.as_slice(), [only] if only == path)
    })?;
    if path.parts().any(|part| part.as_bytes().first().is_some_and(u8::is_ascii_digit)) {
        return None;
    }
    let mut lower = Vec::with_capacity(operand.bytes.len() + 8);
    match index.ascending[0] {
        true => key::encode(operand, &mut lower),
        false => key::encode_descending(operand, &mut lower),
    }
    let range = KeyRange { lower, upper: None, point: true };
    Some(Access::Index(IndexScan {
        index: Arc::clone(index),
        ranges: vec![range],
        direction: Direction::Forward,
        repeats: false,
        exact: !index.is_multikey(),
    }))
}

fn hinted(collection: &CollectionEntry, query: &Query<'_>, access: hint::Hinted, explained: bool) -> Choice {
    let (plan, chosen) = match access {
        hint::Hinted::Collection(direction) => {
            let natural = !matches!(query.order, Order::By(_));
            (plan_of(query, Access::Collection(direction), natural), Vec::new())
        }
        hint::Hinted::Index(candidate) => {
            let plan = plan_of(query, Access::Index(candidate.scan.clone()), candidate.gives_order);
            (plan, vec![*candidate])
        }
    };
    let considered = reasons(collection, explained, |index| {
        match chosen.iter().any(|one| one.scan.index.name == index.name) {
            true => "the hint names it".into(),
            false => "the hint names another access".into(),
        }
    });
    let used = chosen.first().map(|one| one.scan.index.name.clone());
    let considered = considered
        .into_iter()
        .map(|one| Considered { used: used.as_ref() == Some(&one.name), ..one })
        .collect();
    Choice { plan, chosen, rejected: Vec::new(), considered }
}

/// One line for each index; a line that begins with [`USED`] says that it is used.
fn reasons(
    collection: &CollectionEntry,
    explained: bool,
    reason: impl Fn(&IndexEntry) -> String,
) -> Vec<Considered> {
    if !explained {
        return Vec::new();
    }
    let line = |index: &Arc<IndexEntry>| {
        let reason = reason(index);
        Considered { name: index.name.clone(), used: reason.starts_with(USED), reason }
    };
    collection.indexes.iter().map(line).collect()
}

const USED: &str = "used:";

fn why_not(
    index: &IndexEntry,
    conjunction: &Conjunction<'_>,
    query: &Query<'_>,
    rejected: &[Candidate],
    chosen: Option<&[Candidate]>,
) -> String {
    let named = |candidate: &&Candidate| candidate.scan.index.name == index.name;
    if let Some(candidate) = chosen.and_then(|chosen| chosen.iter().find(named)) {
        let order = matches!(query.order, Order::By(_)) && candidate.gives_order;
        return match (candidate.score.narrows(), order) {
            (true, true) => format!("{USED} it narrows the search and gives the order"),
            (true, false) => format!("{USED} it narrows the search most"),
            (false, _) => format!("{USED} it gives the order"),
        };
    }
    if !index.ready {
        return "it is still being built".into();
    }
    if !candidate::holds_every_match(index, conjunction) {
        return "it is sparse, and a document without its paths may match".into();
    }
    if rejected.iter().any(|candidate| named(&candidate)) {
        let best = chosen.and_then(|chosen| chosen.first()).map_or("", |best| &best.scan.index.name);
        return format!("it could be used; '{best}' is expected to look at less");
    }
    let first = index.paths.first().map_or("", |path| path.as_str());
    let named_in_filter = conjunction.conjuncts.iter().any(|conjunct| conjunct.path == first);
    let order = match (query.order, index.is_multikey()) {
        (Order::By(_), true) => ", and an index over arrays gives no order",
        (Order::By(_), false) => ", and it does not give the order asked for",
        _ => "",
    };
    if named_in_filter {
        format!("what the filter says of its first path '{first}' gives no bounds{order}")
    } else {
        format!("the filter says nothing of its first path '{first}'{order}")
    }
}
