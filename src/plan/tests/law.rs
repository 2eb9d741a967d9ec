//! Candidates ⊇ matches, and answers that no index changes.

use super::fixture::{Ask, Fixture, Spec};
use super::random::Random;
use crate::engine::Hint;
use crate::plan::bounds::Conjunction;
use crate::plan::candidate::{Candidate, holds_every_match};
use crate::plan::{Access, Order, Plan};
use crate::run::Deadline;
use crate::run::count;
use anser_query::value::DocumentRef;
use anser_query::{Filter, Sort};
use bson::{Document, RawDocumentBuf, doc};

/// How many random collections to try: more with `ANSER_RANDOM_ROUNDS`.
fn rounds() -> u64 {
    std::env::var("ANSER_RANDOM_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(150)
}

fn random_collection(random: &mut Random, arrays: bool) -> Fixture {
    let document = |id| if arrays { random.document(id) } else { random.flat_document(id) };
    let documents: Vec<Document> = (0..25).map(document).collect();
    // A key of 20 bytes leaves four in front of its hash.
    let specs = (0..3).map(|_| Spec {
        sparse: random.below(4) == 0,
        key_bytes_max: if random.below(4) == 0 { 20 } else { usize::MAX },
        ..Spec::new(random.keys())
    });
    let specs: Vec<Spec> = specs.collect();
    Fixture::new(&documents, specs)
}

fn parse(filter: &Document) -> Option<Filter> {
    let raw = RawDocumentBuf::try_from(filter).unwrap();
    Filter::parse(DocumentRef::from(&raw)).ok()
}

/// The records that match, by the reference evaluator, in natural order.
fn matching(fixture: &Fixture, filter: &Filter) -> Vec<u64> {
    let documents = fixture.documents.iter().zip(1..);
    documents.filter(|(raw, _)| filter.matches(DocumentRef::from(*raw))).map(|(_, record)| record).collect()
}

#[test]
fn every_match_has_an_entry_in_the_bounds_of_every_usable_index() {
    let mut narrowed = 0;
    for seed in 0..rounds() {
        let mut random = Random::new(seed + 1);
        let fixture = random_collection(&mut random, seed % 4 > 0);
        for _ in 0..60 {
            let document = random.filter(2);
            let Some(filter) = parse(&document) else { continue };
            let expected = matching(&fixture, &filter);
            let conjunction = Conjunction::of(&filter);
            for index in &fixture.collection.indexes {
                if !holds_every_match(index, &conjunction) {
                    continue;
                }
                let candidate = Candidate::of(index, &conjunction, &Order::Any, false);
                narrowed += usize::from(candidate.score.narrows());
                let exact = candidate.scan.exact;
                let access = Access::Index(candidate.scan);
                let all = Plan { access, matcher: None, sort: None, skip: 0, limit: None };
                let mut candidates = fixture.records(&all);
                candidates.sort_unstable();
                let lost: Vec<_> = expected.iter().filter(|one| !candidates.contains(one)).collect();
                assert!(
                    lost.is_empty(),
                    "seed {seed}: {document} by {:?} (multikey {:?}, sparse {}) lost {:?}",
                    index.keys,
                    index.multikey,
                    index.sparse,
                    lost.iter().map(|&&one| &fixture.documents[one as usize - 1]).collect::<Vec<_>>()
                );
                let repeated = candidates.windows(2).any(|two| two[0] == two[1]);
                assert!(!repeated, "seed {seed}: {document} by {:?} met a record twice", index.keys);
                if exact {
                    let counted = count::by_ranges(&*fixture.txn(), &fixture.collection, &all).unwrap();
                    assert_eq!(
                        counted,
                        Some(expected.len() as u64),
                        "seed {seed}: {document} by {:?}",
                        index.keys
                    );
                }
            }
        }
    }
    assert!(narrowed > 1000, "only {narrowed} searches were narrowed");
}

#[test]
fn no_index_changes_an_answer_or_a_count() {
    for seed in 0..rounds() {
        let mut random = Random::new(seed + 7_000_001);
        let fixture = random_collection(&mut random, seed % 4 > 0);
        for _ in 0..40 {
            let document = random.filter(2);
            let Some(filter) = parse(&document) else { continue };
            let expected = matching(&fixture, &filter);
            let ask = Ask::filter(document.clone());
            let plan = fixture.plan(&ask);
            let mut answer = fixture.records(&plan);
            answer.sort_unstable();
            assert_eq!(answer, expected, "seed {seed}: {document} by {:?}", fixture.used(&ask));
            let counted =
                count::count(&*fixture.txn(), &fixture.collection, &plan, &Deadline::never()).unwrap();
            assert_eq!(counted, expected.len() as u64, "seed {seed}: {document} by {:?}", fixture.used(&ask));
        }
    }
}

#[test]
fn an_order_given_by_an_index_is_the_order_of_a_full_sort() {
    let mut given = 0;
    for seed in 0..rounds() {
        let mut random = Random::new(seed + 90_001);
        let fixture = random_collection(&mut random, seed % 2 > 0);
        for _ in 0..20 {
            let document = random.filter(1);
            if parse(&document).is_none() {
                continue;
            }
            let sort = match random.below(3) {
                0 => random.keys(),
                one => fixture.collection.indexes[one].keys.clone(),
            };
            let ask = Ask { filter: document, sort, ..Ask::default() };
            let raw = RawDocumentBuf::try_from(&ask.sort).unwrap();
            let sort = Sort::parse(DocumentRef::from(&raw)).unwrap();
            // What is equal in the sort may come in any order.
            let keys = |records: &[u64]| -> Vec<Vec<u8>> {
                let key = |&record: &u64| {
                    let mut key = Vec::new();
                    sort.key(DocumentRef::from(&fixture.documents[record as usize - 1]), &mut key).unwrap();
                    key
                };
                records.iter().map(key).collect()
            };
            let natural = Ask { hint: Some(Hint::Keys(doc! { "$natural": 1 })), ..ask.clone() };
            let sorted = fixture.with(&natural, |query| {
                let plan = crate::plan::choose(&fixture.collection, query).unwrap();
                run(&fixture, &plan)
            });
            // Two parts through two arrays are refused wherever they are sorted.
            let Ok(sorted) = sorted else { continue };
            let mut limited = ask.clone();
            limited.limit = Some(1 + random.below(6) as u64);
            limited.skip = random.below(3) as u64;
            let top: Vec<u64> = sorted
                .iter()
                .copied()
                .skip(limited.skip as usize)
                .take(limited.limit.unwrap_or(0) as usize)
                .collect();
            for (ask, expected) in [(&ask, &sorted), (&limited, &top)] {
                let plan = fixture.plan(ask);
                given += usize::from(plan.sort.is_none());
                let Ok(answer) = run(&fixture, &plan) else { continue };
                let same = keys(&answer) == keys(expected);
                assert!(
                    same,
                    "seed {seed}: {ask:?} by {:?}: {answer:?}, not {expected:?}",
                    fixture.used(ask)
                );
                let (mut answer, mut expected) = (answer, expected.clone());
                if ask.limit.is_none() {
                    answer.sort_unstable();
                    expected.sort_unstable();
                    assert_eq!(answer, expected, "seed {seed}: {ask:?}");
                }
            }
        }
    }
    assert!(given > 100, "only {given} orders were given by an index");
}

fn run(fixture: &Fixture, plan: &Plan) -> Result<Vec<u64>, crate::Error> {
    let mut records = Vec::new();
    crate::run::for_each(&*fixture.txn(), &fixture.collection, plan, &mut |record, _| {
        records.push(record);
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(records)
}
