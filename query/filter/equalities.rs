//! The equalities a filter asserts: what an upsert's document starts from.
//!
//! As MongoDB extracts them: equalities on their own, in `$and`, in an `$or` of one member (parsed as that
//! member) and in `$all`, never from `$in`.

use super::{Comparison, Filter, Predicate};
use crate::path::Path;
use crate::value::ValueBuf;

pub(super) fn of(filter: &Filter) -> Vec<(&Path, &ValueBuf)> {
    let mut found = Vec::new();
    collect(filter, &mut found);
    found
}

fn collect<'a>(filter: &'a Filter, found: &mut Vec<(&'a Path, &'a ValueBuf)>) {
    match filter {
        Filter::And(members) => members.iter().for_each(|member| collect(member, found)),
        Filter::Field(path, predicate) => collect_predicate(path, predicate, found),
        Filter::All | Filter::Or(_) | Filter::Nor(_) => {}
    }
}

fn collect_predicate<'a>(
    path: &'a Path,
    predicate: &'a Predicate,
    found: &mut Vec<(&'a Path, &'a ValueBuf)>,
) {
    match predicate {
        Predicate::Compare(Comparison::Equal, value) => found.push((path, value)),
        Predicate::All(terms) | Predicate::Both(terms) => {
            terms.iter().for_each(|term| collect_predicate(path, term, found));
        }
        _ => {}
    }
}
