//! The same documents on every storage under every subset of some indexes, and what is asked of all of them.
//!
//! The invariant: `documents` is what every collection holds, in natural order. It is computed here, by the
//! evaluators of filters and updates alone, without a storage, a plan or an index.

use crate::case::Step;
use anser::Database;
use anser::engine::*;
use anser_query::value::{DocumentRef, ValueBuf, key};
use anser_query::{Context, Filter, Sort, Update};
use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc, rawdoc};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One database of every storage, used again by one world after the other.
pub(crate) struct Stores {
    list: Vec<(&'static str, Database)>,
    _folder: tempfile::TempDir,
}

impl Stores {
    pub(crate) fn open() -> Stores {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}?durability=os", folder.path().join("differential.db").display());
        let open = |url: &str| Database::open(url).unwrap();
        Stores { list: vec![("memory", open("memory:")), ("sqlite", open(&file))], _folder: folder }
    }
}

/// A collection: which of the indexes it has, and which access its writes are told to use.
struct Place {
    name: String,
    mask: usize,
    hint: Option<Hint>,
}

/// The collection whose writes go through the documents in natural order, with no index in their way.
const NATURAL: &str = "natural";

/// What happened to a step that showed no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// It was carried out everywhere.
    Done,
    /// It was refused everywhere.
    Refused,
    /// A write failed half-way, as it may; indexes decide how far it came, so that this world is over.
    Over,
}

/// How often what was asked, to show that something was.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) finds: u64,
    pub(crate) refused: u64,
    pub(crate) explained: u64,
    pub(crate) by_index: u64,
    pub(crate) matched: u64,
    pub(crate) writes: u64,
    pub(crate) changed: u64,
}

pub(crate) struct World<'s> {
    stores: &'s Stores,
    indexes: Vec<IndexSpec>,
    places: Vec<Place>,
    documents: Vec<RawDocumentBuf>,
    /// Where in `documents` the document with an `_id` is.
    positions: HashMap<Vec<u8>, usize>,
    turn: usize,
}

/// A difference, in words.
pub(crate) type Difference = String;

type Answer<T> = std::result::Result<T, Difference>;

impl<'s> World<'s> {
    /// Puts `documents` under every subset of `indexes`. An index that they do not allow (a key twice, parallel
    /// arrays) is made plain or left out.
    pub(crate) fn new(
        stores: &'s Stores,
        indexes: &[IndexSpec],
        documents: &[Document],
    ) -> Answer<World<'s>> {
        for (storage, database) in &stores.list {
            database.drop_database().map_err(|error| format!("{storage}: drop: {error}"))?;
        }
        let mut world = World {
            stores,
            indexes: Vec::new(),
            places: Vec::new(),
            documents: documents.iter().map(raw).collect(),
            positions: HashMap::new(),
            turn: 0,
        };
        world.locate();
        world.indexes = world.possible(indexes)?;
        let full = (1 << world.indexes.len()) - 1;
        let place = |name: String, mask, hint| Place { name, mask, hint };
        world.places.extend((0..=full).map(|mask| place(format!("subset{mask}"), mask, None)));
        let natural = Hint::Keys(doc! { "$natural": 1 });
        world.places.push(place(NATURAL.to_owned(), 0, Some(natural)));
        for (at, index) in world.indexes.iter().enumerate().filter(|(_, index)| !index.sparse) {
            let hint = Hint::Keys(index.keys.clone());
            world.places.push(place(format!("by{at}"), full, Some(hint)));
        }
        for (storage, database) in &stores.list {
            for (number, place) in world.places.iter().enumerate() {
                // One half has its indexes first, the other its documents.
                let build = |world: &World<'_>| {
                    let chosen: Vec<IndexSpec> = world.chosen(place.mask).cloned().collect();
                    match chosen.is_empty() {
                        true => Ok(()),
                        false => database.engine().create_indexes(&namespace(place), &chosen).map(drop),
                    }
                };
                let fill = || {
                    let options = WriteOptions::default();
                    database.engine().insert(&namespace(place), world.documents.clone(), &options)
                };
                let failed = |error: anser::Error| format!("{storage} {}: building: {error}", place.name);
                if number % 2 == 0 {
                    build(&world).map_err(failed)?;
                }
                let inserted = fill().map_err(failed)?;
                if !inserted.write_errors.is_empty() {
                    return Err(format!("{storage} {}: {:?}", place.name, inserted.write_errors));
                }
                if number % 2 == 1 {
                    build(&world).map_err(failed)?;
                }
            }
        }
        Ok(world)
    }

    /// The documents, for whoever asks the next question.
    pub(crate) fn documents(&self) -> Vec<Document> {
        self.documents.iter().map(|raw| Document::try_from(raw.as_ref()).unwrap()).collect()
    }

    /// The indexes of `wanted` that the documents allow, all of them together.
    fn possible(&self, wanted: &[IndexSpec]) -> Answer<Vec<IndexSpec>> {
        let (_, database) = &self.stores.list[0];
        let trial = Namespace::new(database.name(), "trial").unwrap();
        let mut possible: Vec<IndexSpec> = Vec::new();
        let inserted = database.engine().insert(&trial, self.documents.clone(), &WriteOptions::default());
        inserted.map_err(|error| error.to_string())?;
        for index in wanted {
            if index.keys.keys().eq(["_id"]) || possible.iter().any(|other| other.keys == index.keys) {
                continue;
            }
            let mut index = index.clone();
            for _ in 0..2 {
                match database.engine().create_indexes(&trial, std::slice::from_ref(&index)) {
                    Ok(_) => {
                        possible.push(index);
                        break;
                    }
                    Err(error) if error.code().0 == 11000 && index.unique => index.unique = false,
                    Err(error) if refuses_document(&index, error.code().0) => break,
                    Err(error) => return Err(format!("creating {index:?}: {error}")),
                }
            }
        }
        database.engine().drop_collection(&trial).map_err(|error| error.to_string())?;
        Ok(possible)
    }

    fn chosen(&self, mask: usize) -> impl Iterator<Item = &IndexSpec> {
        self.indexes.iter().enumerate().filter(move |(at, _)| mask >> at & 1 == 1).map(|(_, index)| index)
    }

    fn locate(&mut self) {
        let id = |raw: &RawDocumentBuf| id_key(DocumentRef::from(raw));
        self.positions = self.documents.iter().enumerate().map(|(at, raw)| (id(raw), at)).collect();
    }

    /// Asks `step` of every combination.
    pub(crate) fn step(&mut self, step: &Step, tally: &mut Tally) -> Answer<Passed> {
        self.turn += 1;
        match step {
            Step::Find { filter, sort, skip, limit } => {
                self.find(filter, sort.as_ref(), *skip, *limit, tally)
            }
            Step::Distinct { key, filter } => self.distinct(key, filter),
            Step::Insert { documents } => self.insert(documents, tally),
            Step::Update { filter, update, multi, upsert } => {
                self.update(filter, update, *multi, *upsert, tally)
            }
            Step::Delete { filter, multi } => self.delete(filter, *multi, tally),
        }
    }

    /// Where the documents stand that `filter` matches, by the reference evaluator.
    fn matching(&self, filter: &Filter) -> Vec<usize> {
        let matches = |at: &usize| filter.matches(DocumentRef::from(&self.documents[*at]));
        (0..self.documents.len()).filter(matches).collect()
    }

    fn full(&self) -> usize {
        (1 << self.indexes.len()) - 1
    }

    /// Every way to search one storage: a collection, and a hint.
    fn accesses(&self) -> Vec<(&Place, Option<Hint>)> {
        let full = &self.places[self.full()];
        let mut accesses: Vec<(&Place, Option<Hint>)> =
            self.places.iter().filter(|place| place.hint.is_none()).map(|place| (place, None)).collect();
        accesses.push((full, Some(Hint::Keys(doc! { "$natural": 1 }))));
        accesses.push((full, Some(Hint::Keys(doc! { "$natural": -1 }))));
        accesses.push((full, Some(Hint::Name("_id_".to_owned()))));
        for index in self.indexes.iter().filter(|index| !index.sparse) {
            accesses.push((full, Some(Hint::Keys(index.keys.clone()))));
        }
        accesses
    }

    fn find(
        &self,
        filter: &Document,
        sort: Option<&Document>,
        skip: u64,
        limit: Option<u64>,
        tally: &mut Tally,
    ) -> Answer<Passed> {
        let mut request = FindRequest::default();
        request.filter = raw(filter);
        let parsed = match Filter::parse(DocumentRef::from(&request.filter)) {
            Ok(parsed) => parsed,
            Err(error) => {
                tally.refused += 1;
                return self.refused_everywhere(&request, error.code());
            }
        };
        request.sort = sort.map(raw);
        (request.skip, request.limit) = (skip, limit);
        let expected = self.matching(&parsed);
        tally.finds += 1;
        tally.matched += expected.len() as u64;
        let order = sort.map(|sort| Sort::parse(DocumentRef::from(&raw(sort))).unwrap());
        let order = match order.map(|sort| self.sorted(&sort, &expected)) {
            // One document needs no sorting, and a plan that knows that there is but one may leave it out.
            Some(Err(_)) if expected.len() == 1 => return Ok(Passed::Refused),
            Some(Err(error)) => return self.refused_everywhere(&request, error.code()),
            Some(Ok(order)) => Some(order),
            None => None,
        };
        let slice = |length: usize| {
            let start = (skip as usize).min(length);
            start..limit.map_or(length, |limit| (start + limit as usize).min(length))
        };
        let expected_count = slice(expected.len()).len() as u64;
        for (storage, database) in &self.stores.list {
            for (place, hint) in self.accesses() {
                request.hint = hint.clone();
                let at = || format!("{storage} {} hint {hint:?}", place.name);
                let found =
                    self.run(database, place, &request).map_err(|error| format!("{}: {error}", at()))?;
                let mut set: Vec<usize> = found.clone();
                set.sort_unstable();
                let told = |what: &str| {
                    Err(format!("{}: {what}: found {found:?} of the matches {expected:?}", at()))
                };
                if set.windows(2).any(|two| two[0] == two[1]) {
                    return told("a document twice");
                }
                if set.len() as u64 != expected_count || !set.iter().all(|one| expected.contains(one)) {
                    return told("other documents than the scan");
                }
                if let Some(keys) = &order {
                    let wanted: Vec<&[u8]> = keys[slice(keys.len())].iter().map(|(key, _)| &**key).collect();
                    let of = |at: &usize| keys.iter().find(|(_, other)| other == at).map(|(key, _)| &**key);
                    if found.iter().map(|at| of(at).unwrap()).ne(wanted) {
                        return told(&format!("another order than {:?}", keys.iter().map(|key| key.1)));
                    }
                } else if let Some(Hint::Keys(keys)) = &hint
                    && keys.contains_key("$natural")
                {
                    let mut natural = expected.clone();
                    if keys.get_i32("$natural").unwrap() == -1 {
                        natural.reverse();
                    }
                    if found != natural[slice(natural.len())] {
                        return told("not in natural order");
                    }
                }
                self.count(database, place, &request, expected_count)
                    .map_err(|how| format!("{}: {how}", at()))?;
            }
            let place = &self.places[self.turn % (self.full() + 1)];
            let at = |what: &str, how: Difference| format!("{storage} {}: {what}: {how}", place.name);
            self.complement(database, place, filter, &expected).map_err(|how| at("$nor", how))?;
            self.aggregate(database, place, filter, sort, &expected).map_err(|how| at("aggregate", how))?;
            if self.turn.is_multiple_of(2) {
                request.hint = None;
                let place = &self.places[self.full()];
                self.explain(database, place, &request, tally).map_err(|how| at("explain", how))?;
            }
        }
        Ok(Passed::Done)
    }

    /// The sort keys of `matches` with where they stand, in order.
    fn sorted(&self, sort: &Sort, matches: &[usize]) -> anser_query::Result<Vec<(Vec<u8>, usize)>> {
        let mut keys = Vec::with_capacity(matches.len());
        for &at in matches {
            let mut key = Vec::new();
            sort.key(DocumentRef::from(&self.documents[at]), &mut key)?;
            keys.push((key, at));
        }
        keys.sort();
        Ok(keys)
    }

    fn refused_everywhere(&self, request: &FindRequest, code: anser::Code) -> Answer<Passed> {
        for (storage, database) in &self.stores.list {
            for place in &self.places {
                match self.run(database, place, request) {
                    Err(error) if error.starts_with(&format!("{} ", code.0)) => {}
                    other => return Err(format!("{storage} {}: {other:?} and not {code}", place.name)),
                }
            }
        }
        Ok(Passed::Refused)
    }

    /// Runs a find; gives where the documents stand, or the code and the message of the error.
    fn run(&self, database: &Database, place: &Place, request: &FindRequest) -> Answer<Vec<usize>> {
        let said = |error: anser::Error| format!("{} {error}", error.code().0);
        let mut cursor = database.engine().find(&namespace(place), request).map_err(said)?;
        let mut found = Vec::new();
        while let Some(document) = cursor.next().map_err(said)? {
            found.push(self.position(document)?);
        }
        Ok(found)
    }

    /// Where `document` stands among the documents.
    fn position(&self, document: &RawDocument) -> Answer<usize> {
        let position = self.positions.get(&id_key(DocumentRef::from(document)));
        match position {
            Some(&at) if self.documents[at].as_bytes() == document.as_bytes() => Ok(at),
            other => Err(format!("{document:?} is not what was stored at {other:?}")),
        }
    }

    fn count(&self, database: &Database, place: &Place, request: &FindRequest, expected: u64) -> Answer<()> {
        let count = CountRequest {
            filter: request.filter.clone(),
            skip: request.skip,
            limit: request.limit,
            hint: request.hint.clone(),
            max_time: None,
        };
        let counted =
            database.engine().count(&namespace(place), &count).map_err(|error| error.to_string())?;
        if counted != expected {
            return Err(format!("counted {counted}, found {expected}"));
        }
        Ok(())
    }

    fn complement(
        &self,
        database: &Database,
        place: &Place,
        filter: &Document,
        expected: &[usize],
    ) -> Answer<()> {
        let mut request = FindRequest::default();
        request.filter = raw(&doc! { "$nor": [filter.clone()] });
        let mut all = self.run(database, place, &request)?;
        all.extend(expected);
        all.sort_unstable();
        if !all.iter().copied().eq(0..self.documents.len()) {
            return Err(format!("the matches {expected:?} and the others together are {all:?}"));
        }
        Ok(())
    }

    fn aggregate(
        &self,
        database: &Database,
        place: &Place,
        filter: &Document,
        sort: Option<&Document>,
        expected: &[usize],
    ) -> Answer<()> {
        let mut pipeline = bson::RawArrayBuf::new();
        pipeline.push(rawdoc! { "$match": raw(filter) });
        if let Some(sort) = sort {
            pipeline.push(rawdoc! { "$sort": raw(sort) });
        }
        let command =
            rawdoc! { "aggregate": &*place.name, "pipeline": pipeline, "cursor": { "batchSize": 1000 } };
        let reply = database.commands().run(database.name(), &command).map_err(|error| error.to_string())?;
        let batch = reply.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
        let mut found = Vec::new();
        for document in batch {
            found.push(self.position(document.unwrap().as_document().unwrap())?);
        }
        found.sort_unstable();
        if found != expected {
            return Err(format!("found {found:?} of the matches {expected:?}"));
        }
        Ok(())
    }

    /// Asks how a find would run; an answer that names an index is counted.
    fn explain(
        &self,
        database: &Database,
        place: &Place,
        request: &FindRequest,
        tally: &mut Tally,
    ) -> Answer<()> {
        let explain = ExplainRequest::Find(request.clone());
        let explained = database.engine().explain(&namespace(place), &explain, Verbosity::QueryPlanner);
        let explained = explained.map_err(|error| error.to_string())?;
        let plan = explained.get_document("queryPlanner").unwrap().get_document("winningPlan").unwrap();
        tally.explained += 1;
        tally.by_index += u64::from(plan.to_string().contains("IXSCAN"));
        Ok(())
    }

    fn distinct(&self, key: &str, filter: &Document) -> Answer<Passed> {
        let mut request = DistinctRequest { key: key.to_owned(), filter: raw(filter), ..Default::default() };
        if let Err(error) = Filter::parse(DocumentRef::from(&request.filter)) {
            let mut find = FindRequest::default();
            find.filter = request.filter;
            return self.refused_everywhere(&find, error.code());
        }
        let mut first: Option<BTreeSet<Vec<u8>>> = None;
        for (storage, database) in &self.stores.list {
            for (place, hint) in self.accesses() {
                request.hint = hint.clone();
                let at = || format!("{storage} {} hint {hint:?}: distinct", place.name);
                let values = database.engine().distinct(&namespace(place), &request);
                let values = values.map_err(|error| format!("{}: {error}", at()))?;
                let keys: BTreeSet<Vec<u8>> = values.iter().map(value_key).collect();
                if keys.len() != values.len() {
                    return Err(format!("{}: a value twice: {values:?}", at()));
                }
                match &first {
                    None => first = Some(keys),
                    Some(first) if *first == keys => {}
                    Some(_) => return Err(format!("{}: other values than the scan: {values:?}", at())),
                }
            }
        }
        Ok(Passed::Done)
    }

    fn insert(&mut self, documents: &[Document], tally: &mut Tally) -> Answer<Passed> {
        let batch: Vec<RawDocumentBuf> = documents.iter().map(raw).collect();
        let mut after = self.documents.clone();
        let mut taken: BTreeSet<Vec<u8>> = self.positions.keys().cloned().collect();
        let mut failures = Vec::new();
        for document in &batch {
            if !taken.insert(id_key(DocumentRef::from(document))) {
                failures.push(11000);
                break;
            }
            after.push(document.clone());
        }
        let expected = Written { matched: 0, modified: 0, failures, versions: after.clone(), after };
        self.written(expected, tally, |database, place| {
            let options = WriteOptions::default();
            let outcome = database.engine().insert(&namespace(place), batch.clone(), &options)?;
            Ok((0, 0, outcome.write_errors.first().map(|error| error.code.0)))
        })
    }

    fn update(
        &mut self,
        filter: &Document,
        update: &Document,
        multi: bool,
        upsert: bool,
        tally: &mut Tally,
    ) -> Answer<Passed> {
        let (filter, update) = (raw(filter), raw(update));
        let parsed = (Filter::parse(DocumentRef::from(&filter)), Update::parse(DocumentRef::from(&update)));
        let (found, change) = match parsed {
            (Ok(found), Ok(change)) => (found, change),
            (_, Err(error)) | (Err(error), _) => {
                let expected = self.unchanged(error.code().0);
                return self.update_everywhere(expected, &filter, &update, multi, upsert, tally);
            }
        };
        let mut matches = self.matching(&found);
        if !multi {
            matches.sort_by_key(|at| id_key(DocumentRef::from(&self.documents[*at])));
            matches.truncate(1);
        }
        let context = Context::new(0, (0, 0));
        let (mut after, mut versions) = (self.documents.clone(), Vec::new());
        let (mut matched, mut modified, mut failures) = (0, 0, Vec::new());
        for at in matches {
            let mut out = Vec::new();
            match change.apply(DocumentRef::from(&self.documents[at]), &context, &mut out) {
                Ok(applied) => {
                    versions.push(RawDocumentBuf::from_bytes(out).unwrap());
                    if failures.is_empty() {
                        matched += 1;
                        modified += u64::from(applied.modified);
                        after[at].clone_from(&versions[versions.len() - 1]);
                    }
                }
                Err(error) => failures.push(error.code().0),
            }
        }
        if matched == 0 && failures.is_empty() && upsert {
            let mut out = Vec::new();
            match change.upsert(&found, [0; 12], &context, &mut out) {
                Ok(()) => after.push(RawDocumentBuf::from_bytes(out).unwrap()),
                Err(error) => failures.push(error.code().0),
            }
        }
        versions.extend(after.iter().cloned());
        let expected = Written { matched, modified, failures, after, versions };
        self.update_everywhere(expected, &filter, &update, multi, upsert, tally)
    }

    fn update_everywhere(
        &mut self,
        expected: Written,
        filter: &RawDocumentBuf,
        update: &RawDocumentBuf,
        multi: bool,
        upsert: bool,
        tally: &mut Tally,
    ) -> Answer<Passed> {
        self.written(expected, tally, |database, place| {
            let statement = UpdateStatement {
                filter: filter.clone(),
                update: update.clone(),
                multi,
                upsert,
                hint: place.hint.clone(),
                sort: (!multi).then(|| rawdoc! { "_id": 1 }),
            };
            let outcome =
                database.engine().update(&namespace(place), &[statement], &WriteOptions::default())?;
            let failure = outcome.write_errors.first().map(|error| error.code.0);
            Ok((outcome.matched, outcome.modified, failure))
        })
    }

    fn delete(&mut self, filter: &Document, multi: bool, tally: &mut Tally) -> Answer<Passed> {
        let filter = raw(filter);
        let expected = match Filter::parse(DocumentRef::from(&filter)) {
            Err(error) => self.unchanged(error.code().0),
            Ok(parsed) => {
                let matches = self.matching(&parsed);
                let kept = (0..self.documents.len()).filter(|at| !matches.contains(at));
                let after = kept.map(|at| self.documents[at].clone()).collect();
                Written { matched: matches.len() as u64, after, ..Written::default() }
            }
        };
        self.written(expected, tally, |database, place| {
            let statement = DeleteStatement { filter: filter.clone(), multi, hint: place.hint.clone() };
            let outcome =
                database.engine().delete(&namespace(place), &[statement], &WriteOptions::default())?;
            Ok((outcome.deleted, 0, outcome.write_errors.first().map(|error| error.code.0)))
        })
    }

    fn unchanged(&self, code: i32) -> Written {
        Written { failures: vec![code], after: self.documents.clone(), ..Written::default() }
    }

    /// Carries a write out in every collection and holds what it did to what was expected.
    fn written(
        &mut self,
        expected: Written,
        tally: &mut Tally,
        write: impl Fn(&Database, &Place) -> anser::Result<(u64, u64, Option<i32>)>,
    ) -> Answer<Passed> {
        tally.writes += 1;
        let changed = expected.after != self.documents;
        tally.changed += u64::from(changed);
        let mut over = !expected.failures.is_empty() && changed;
        let mut of_memory = HashMap::new();
        for (storage, database) in &self.stores.list {
            for place in &self.places {
                let at = |how: Difference| format!("{storage} {}: {how}", place.name);
                let done = write(database, place).map_err(|error| at(error.to_string()))?;
                let stored = stored(database, place).map_err(at)?;
                let failure = done.2;
                match failure {
                    None if !expected.failures.is_empty() => {
                        return Err(at(format!("no error, expected {:?}", expected.failures)));
                    }
                    None => {
                        if (done.0, done.1) != (expected.matched, expected.modified) {
                            let expected = (expected.matched, expected.modified);
                            return Err(at(format!("counted {done:?}, expected {expected:?}")));
                        }
                        if stored != expected.after {
                            return Err(at(format!("stored {stored:?}\nexpected {:?}", expected.after)));
                        }
                    }
                    Some(code) => {
                        if !self.may_fail(place.mask, code, &expected.failures) {
                            return Err(at(format!("failed with {code}, expected {:?}", expected.failures)));
                        }
                        if !self.is_between(&stored, &expected.versions)
                            || place.name == NATURAL && stored != expected.after
                        {
                            return Err(at(format!("failed with {code} and stored {stored:?}")));
                        }
                        over |= stored != self.documents || expected.failures.is_empty();
                    }
                }
                // Both storages do the same, however far an error let them come.
                let (before, same) = match of_memory.entry(&*place.name) {
                    std::collections::hash_map::Entry::Vacant(entry) => {
                        entry.insert((done, stored));
                        continue;
                    }
                    std::collections::hash_map::Entry::Occupied(entry) => {
                        (entry.get().0, entry.get().1 == stored)
                    }
                };
                if before != done || !same {
                    return Err(at(format!("{done:?}, memory {before:?}; the same documents: {same}")));
                }
            }
            let differences = database.check().map_err(|error| error.to_string())?;
            if !differences.is_empty() {
                return Err(format!("{storage}: {differences:#?}"));
            }
        }
        if over {
            return Ok(Passed::Over);
        }
        self.documents = expected.after;
        self.locate();
        Ok(if expected.failures.is_empty() { Passed::Done } else { Passed::Refused })
    }

    /// Whether a write may end with `code` in a collection with these indexes.
    fn may_fail(&self, mask: usize, code: i32, expected: &[i32]) -> bool {
        match code {
            11000 if self.chosen(mask).any(|index| index.unique) => true,
            code => expected.contains(&code) || self.chosen(mask).any(|index| refuses_document(index, code)),
        }
    }

    /// Whether each of `stored` is a document from before the write or from after it.
    fn is_between(&self, stored: &[RawDocumentBuf], versions: &[RawDocumentBuf]) -> bool {
        let mut known: BTreeMap<Vec<u8>, Vec<&[u8]>> = BTreeMap::new();
        for document in self.documents.iter().chain(versions) {
            known.entry(id_key(DocumentRef::from(document))).or_default().push(document.as_bytes());
        }
        let is_known = |document: &RawDocumentBuf| {
            let versions = known.get(&id_key(DocumentRef::from(document)));
            versions.is_some_and(|versions| versions.contains(&document.as_bytes()))
        };
        stored.iter().all(is_known)
    }
}

/// Whether an index like this may refuse a document with `code`: 171 for arrays on two paths, 16746 for a number
/// in a path that is a place of an array and a name in one of its elements.
fn refuses_document(index: &IndexSpec, code: i32) -> bool {
    match code {
        171 => index.keys.len() > 1,
        16746 => index.keys.keys().any(|path| path.contains(".0")),
        _ => false,
    }
}

/// What a write should do where no index stands in its way.
#[derive(Default)]
struct Written {
    matched: u64,
    modified: u64,
    /// The codes of what fails; in natural order the first ends the write.
    failures: Vec<i32>,
    /// What is stored afterwards, in natural order.
    after: Vec<RawDocumentBuf>,
    /// What single documents may have become where something failed and indexes decided in which order.
    versions: Vec<RawDocumentBuf>,
}

fn namespace(place: &Place) -> Namespace {
    Namespace::new(anser::DEFAULT_DATABASE, &*place.name).unwrap()
}

/// Every document of a collection in natural order.
fn stored(database: &Database, place: &Place) -> Answer<Vec<RawDocumentBuf>> {
    let request = FindRequest::default();
    let mut cursor =
        database.engine().find(&namespace(place), &request).map_err(|error| error.to_string())?;
    let mut documents = Vec::new();
    while let Some(document) = cursor.next().map_err(|error| error.to_string())? {
        documents.push(document.to_owned());
    }
    Ok(documents)
}

pub(crate) fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

fn id_key(document: DocumentRef<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    key::encode(document.get(b"_id").unwrap(), &mut bytes);
    bytes
}

fn value_key(value: &Bson) -> Vec<u8> {
    let mut bytes = Vec::new();
    key::encode(ValueBuf::try_from(value).unwrap().as_ref(), &mut bytes);
    bytes
}
