//! Making a case that shows a difference smaller: without this step, this document, this field, this part of
//! the filter it still shows one, so it goes.

use crate::case::{Case, Step};
use bson::{Bson, Document};

/// How many smaller cases are tried at most.
const TRIES_MAX: usize = 3000;

/// The smallest case found that `fails` too.
pub(crate) fn shrink(case: Case, fails: impl Fn(&Case) -> bool) -> Case {
    let mut smallest = case;
    let mut tries = 0;
    loop {
        let mut smaller = None;
        for candidate in candidates(&smallest) {
            tries += 1;
            if tries > TRIES_MAX {
                return smallest;
            }
            if fails(&candidate) {
                smaller = Some(candidate);
                break;
            }
        }
        match smaller {
            Some(candidate) => smallest = candidate,
            None => return smallest,
        }
    }
}

/// Cases that are really smaller (or the search would not end), the most daring first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut candidates = Vec::new();
    let last = case.steps.len() - 1;
    // Questions change nothing: only writes are needed before the last step.
    if case.steps[..last].iter().any(|step| !step.is_write()) {
        let mut without = case.clone();
        let mut at = 0;
        without.steps.retain(|step| {
            at += 1;
            step.is_write() || at == last + 1
        });
        candidates.push(without);
    }
    let mut push = |change: &dyn Fn(&mut Case)| {
        let mut smaller = case.clone();
        change(&mut smaller);
        candidates.push(smaller);
    };
    push_halves(last, &mut |range| push(&|case| drop(case.steps.drain(range.clone()))));
    push_halves(case.documents.len(), &mut |range| push(&|case| drop(case.documents.drain(range.clone()))));
    push_halves(case.indexes.len(), &mut |range| push(&|case| drop(case.indexes.drain(range.clone()))));
    for (at, index) in case.indexes.iter().enumerate() {
        if index.unique {
            push(&|case| case.indexes[at].unique = false);
        }
        if index.sparse {
            push(&|case| case.indexes[at].sparse = false);
        }
        for keys in if index.keys.len() > 1 { parts(&index.keys) } else { Vec::new() } {
            push(&|case| case.indexes[at].keys = keys.clone());
        }
    }
    for (at, step) in case.steps.iter().enumerate() {
        if let Some(filter) = step.clone().filter_mut() {
            for filter in parts(filter) {
                push(&|case| *case.steps[at].filter_mut().unwrap() = filter.clone());
            }
        }
        match step {
            Step::Find { sort, skip, limit, .. } => {
                let change = |with: Step| move |case: &mut Case| case.steps[at] = with.clone();
                let Step::Find { filter, .. } = step.clone() else { unreachable!() };
                let find = |sort: Option<Document>, skip, limit| Step::Find {
                    filter: filter.clone(),
                    sort,
                    skip,
                    limit,
                };
                if *skip > 0 {
                    push(&change(find(sort.clone(), 0, *limit)));
                }
                if limit.is_some() {
                    push(&change(find(sort.clone(), *skip, None)));
                }
                if let Some(order) = sort {
                    push(&change(find(None, *skip, *limit)));
                    for part in parts(order).into_iter().filter(|part| !part.is_empty()) {
                        push(&change(find(Some(part), *skip, *limit)));
                    }
                }
            }
            Step::Update { update, .. } => {
                for smaller in parts(update).into_iter().filter(|update| !update.is_empty()) {
                    push(&|case| {
                        if let Step::Update { update, .. } = &mut case.steps[at] {
                            *update = smaller.clone();
                        }
                    });
                }
            }
            Step::Insert { documents } => {
                for batch in list(documents, &|document: &Document| fields_but_id(document)) {
                    push(&|case| case.steps[at] = Step::Insert { documents: batch.clone() });
                }
            }
            Step::Distinct { .. } | Step::Delete { .. } => {}
        }
    }
    for (at, document) in case.documents.iter().enumerate() {
        for smaller in fields_but_id(document) {
            push(&|case| case.documents[at] = smaller.clone());
        }
    }
    candidates
}

/// Ranges to take out of `length` things: all, halves, quarters … single ones.
fn push_halves(length: usize, push: &mut dyn FnMut(std::ops::Range<usize>)) {
    let mut size = length;
    while size > 0 {
        for start in (0..length).step_by(size) {
            push(start..(start + size).min(length));
        }
        size /= 2;
    }
}

fn fields_but_id(document: &Document) -> Vec<Document> {
    parts(document).into_iter().filter(|smaller| smaller.get("_id") == document.get("_id")).collect()
}

/// Documents that are a part of `document`: without a field, or with a smaller value in one.
fn parts(document: &Document) -> Vec<Document> {
    let mut smaller = Vec::new();
    for name in document.keys() {
        let mut without = document.clone();
        without.remove(name);
        smaller.push(without);
    }
    for (name, value) in document {
        for value in parts_of_value(value) {
            let mut with = document.clone();
            with.insert(name, value);
            smaller.push(with);
        }
    }
    smaller
}

fn parts_of_value(value: &Bson) -> Vec<Bson> {
    match value {
        Bson::Document(inner) => parts(inner).into_iter().map(Bson::Document).collect(),
        Bson::Array(inner) => list(inner, &parts_of_value).into_iter().map(Bson::Array).collect(),
        Bson::String(text) if text.len() > 1 => vec!["a".into()],
        _ => Vec::new(),
    }
}

/// Lists without one of their members, or with a smaller one.
fn list<T: Clone>(members: &[T], parts: &dyn Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut smaller = Vec::new();
    for at in 0..members.len() {
        let mut without = members.to_vec();
        without.remove(at);
        smaller.push(without);
        for part in parts(&members[at]) {
            let mut with = members.to_vec();
            with[at] = part;
            smaller.push(with);
        }
    }
    smaller
}
