//! The same answers on every storage, under every subset of indexes, by every access: random documents,
//! filters, sorts and writes out of awkward values, asked of all of them.
//!
//! `ANSER_DIFFERENTIAL_CASES` says how many cases (20,000), `ANSER_SEED` which; the seed is printed. A case is
//! one random filter, sort or write, asked of all combinations over one state of the collections. A difference
//! is made small and printed as a test for `known`.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod case;
mod known;
mod random;
mod shrink;
mod world;

use case::{Case, Step};
use random::Random;
use world::{Passed, Stores, Tally, World};

/// How many cases one set of documents and indexes sees at most.
const STEPS_MAX: usize = 120;

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a whole number"))
}

/// The difference that `case` shows, if there is one.
fn difference(stores: &Stores, case: &Case) -> Option<String> {
    let mut tally = Tally::default();
    let mut world = match World::new(stores, &case.indexes, &case.documents) {
        Ok(world) => world,
        Err(difference) => return Some(difference),
    };
    for step in &case.steps {
        match world.step(step, &mut tally) {
            Ok(Passed::Done | Passed::Refused) => {}
            Ok(Passed::Over) => break,
            Err(difference) => return Some(difference),
        }
    }
    None
}

/// Panics with the smallest case that still shows a difference.
fn report(seed: u64, stores: &Stores, case: Case, first: &str) -> ! {
    let smallest = shrink::shrink(case, |case| difference(stores, case).is_some());
    let now = difference(stores, &smallest);
    panic!(
        "seed {seed}: {first}\n\nthe smallest case found: {}\n\n{smallest}",
        now.as_deref().unwrap_or("(does not fail alone)")
    );
}

#[test]
fn no_storage_index_or_access_changes_an_answer() {
    let cases = number_from("ANSER_DIFFERENTIAL_CASES").unwrap_or(20_000);
    let seed = number_from("ANSER_SEED").unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        now.as_nanos() as u64 % 1_000_000_000
    });
    println!("ANSER_SEED={seed} ANSER_DIFFERENTIAL_CASES={cases}");
    let stores = Stores::open();
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    let mut asked = 0;
    while asked < cases {
        let flat = random.chance(3);
        let count = 10 + random.below(20);
        let documents = random.documents(0, count, flat);
        let wanted = 1 + random.below(3);
        let indexes: Vec<_> = (0..wanted).map(|_| random.index()).collect();
        random.look_at_indexes(&indexes);
        let mut case = Case { indexes, documents, steps: Vec::new() };
        let mut next_id = 1000;
        let mut world = match World::new(&stores, &case.indexes, &case.documents) {
            Ok(world) => world,
            Err(difference) => {
                case.steps.push(Step::Insert { documents: Vec::new() });
                report(seed, &stores, case, &difference)
            }
        };
        let mut held = world.documents();
        random.look_at(&held);
        while asked < cases && case.steps.len() < STEPS_MAX {
            let write = random.chance(6);
            let step = if write { random.write(&held, next_id, flat) } else { random.question() };
            next_id += 10;
            case.steps.push(step);
            asked += 1;
            match world.step(case.steps.last().unwrap(), &mut tally) {
                Ok(Passed::Done) if write => {
                    held = world.documents();
                    random.look_at(&held);
                }
                Ok(Passed::Done | Passed::Refused) => {}
                Ok(Passed::Over) => break,
                Err(difference) => report(seed, &stores, case, &difference),
            }
        }
    }
    let Tally { finds, refused, explained, by_index, matched, writes, changed } = tally;
    println!(
        "{asked} cases: {finds} finds matched {matched} documents, {refused} filters refused; \
         {by_index} of {explained} plans by index; {changed} of {writes} writes changed something"
    );
    if cases >= 1000 {
        assert!(by_index * 3 > explained, "only {by_index} of {explained} plans used an index");
        assert!(matched > finds, "only {matched} documents matched {finds} filters");
        assert!(refused * 3 < finds, "{refused} filters were refused, {finds} were not");
        assert!(changed * 3 > writes, "only {changed} of {writes} writes changed something");
    }
}
