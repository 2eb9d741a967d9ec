//! The engine at the seam: it breaks no law of it, and stays whole when the storage under it fails.
//!
//! Random sessions of commands (documents, indexes, collections, databases) run over plain storages, over
//! storages watched by the `Contract` layer, and over ones that the `Fault` layer lets fail. Every reply is the
//! same everywhere. `ANSER_CONTRACT_SESSIONS` says how many (20), `ANSER_SEED` which.

#![allow(clippy::unwrap_used, reason = "these are tests")]

#[allow(dead_code, reason = "shared with the differential test")]
#[path = "differential/case.rs"]
mod case;
#[allow(dead_code, reason = "shared with the differential test")]
#[path = "differential/random.rs"]
mod random;

use anser::Database;
use anser::engine::FindRequest;
use anser_storage::layer::fault::{Faults, Operation};
use anser_storage::layer::{Contract, Fault};
use anser_storage::memory::MemoryStrategy;
use anser_storage::{ErrorKind, StorageStrategy};
use bson::{Bson, Document, RawDocumentBuf, doc};
use case::Step;
use random::Random;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

type Strategy = Arc<dyn StorageStrategy>;

fn memory() -> Strategy {
    Arc::new(MemoryStrategy::new())
}

#[cfg(feature = "sqlite")]
fn sqlite(folder: &Path, name: &str) -> Option<Strategy> {
    use anser_storage::sqlite::{SqliteOptions, SqliteStrategy};
    Some(Arc::new(SqliteStrategy::open(folder.join(name), SqliteOptions::default()).unwrap()))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &Path, _: &str) -> Option<Strategy> {
    None
}

/// A database over a storage that others may hold too; closing is left to them.
fn open(storage: impl StorageStrategy) -> Database {
    Database::builder()
        .without_thread()
        .durability(anser::Durability::Os)
        .storage("test", Box::new(storage))
        .open("test:")
        .unwrap()
}

fn seed() -> u64 {
    let seed = std::env::var("ANSER_SEED").map_or_else(
        |_| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            now.as_nanos() as u64 % 1_000_000_000
        },
        |seed| seed.parse().unwrap(),
    );
    println!("ANSER_SEED={seed}");
    seed
}

fn sessions() -> u64 {
    std::env::var("ANSER_CONTRACT_SESSIONS").map_or(20, |sessions| sessions.parse().unwrap())
}

/// Makes commands.
struct Session {
    random: Random,
    next_id: i32,
    /// What was inserted last: questions are about it.
    documents: Vec<Document>,
}

impl Session {
    fn new(seed: u64) -> Session {
        Session { random: Random::new(seed), next_id: 0, documents: Vec::new() }
    }

    fn collection(&mut self) -> &'static str {
        ["things", "things", "things", "others", "more"][self.random.below(5)]
    }

    /// The next command, and the database that it is for.
    fn next(&mut self) -> (&'static str, Document) {
        let database = if self.random.chance(6) { "second" } else { "main" };
        let collection = self.collection();
        let command = match self.random.below(40) {
            0..=7 => self.insert(collection),
            8..=15 => {
                let step = self.random.write(&self.documents, self.next_id, false);
                self.next_id += 10;
                write(collection, step)
            }
            16..=19 => {
                let mut index = self.random.index();
                index.unique &= self.random.chance(2);
                let name = format!("index_{}", self.random.below(5));
                let (unique, sparse) = (index.unique, index.sparse);
                let index = doc! { "key": index.keys, "name": name, "unique": unique, "sparse": sparse };
                doc! { "createIndexes": collection, "indexes": [index] }
            }
            20 => {
                let index = format!("index_{}", self.random.below(5));
                doc! { "dropIndexes": collection, "index": if self.random.chance(4) { "*".into() } else { index } }
            }
            21 if self.random.chance(2) => doc! { "drop": collection },
            21 => doc! { "create": collection },
            22 if self.random.chance(4) => doc! { "dropDatabase": 1 },
            22 => {
                let other = self.collection();
                let (from, to) = (format!("{database}.{collection}"), format!("main.{other}"));
                let drop_target = self.random.chance(2);
                return ("admin", doc! { "renameCollection": from, "to": to, "dropTarget": drop_target });
            }
            23 => doc! { "listCollections": 1, "nameOnly": true },
            24 => doc! { "listIndexes": collection },
            25..=27 => {
                let step = self.random.write(&self.documents, self.next_id, false);
                self.next_id += 10;
                find_and_modify(collection, step)
            }
            28 => {
                let find = question(collection, self.random.question());
                match find.contains_key("find") {
                    true => doc! { "explain": find, "verbosity": "executionStats" },
                    false => find,
                }
            }
            29 => doc! { "count": collection, "query": self.random.filter(2) },
            _ => question(collection, self.random.question()),
        };
        (database, command)
    }

    fn insert(&mut self, collection: &str) -> Document {
        let count = 1 + self.random.below(15);
        let flat = self.random.chance(3);
        let documents = self.random.documents(self.next_id, count, flat);
        self.next_id += count as i32;
        self.random.look_at(&documents);
        self.documents.clone_from(&documents);
        doc! { "insert": collection, "documents": documents, "ordered": self.random.chance(2) }
    }
}

fn question(collection: &str, step: Step) -> Document {
    match step {
        Step::Find { filter, sort, skip, limit } => doc! {
            "find": collection, "filter": filter, "sort": sort.unwrap_or_default(),
            "skip": skip as i64, "limit": limit.unwrap_or(0) as i64, "batchSize": 10_000,
        },
        Step::Distinct { key, filter } => doc! { "distinct": collection, "key": key, "query": filter },
        write => self::write(collection, write),
    }
}

fn write(collection: &str, step: Step) -> Document {
    match step {
        Step::Insert { documents } => doc! { "insert": collection, "documents": documents },
        Step::Update { filter, update, multi, upsert } => {
            let update = doc! { "q": filter, "u": update, "multi": multi, "upsert": upsert };
            doc! { "update": collection, "updates": [update] }
        }
        Step::Delete { filter, multi } => {
            doc! { "delete": collection, "deletes": [{ "q": filter, "limit": i32::from(!multi) }] }
        }
        question => self::question(collection, question),
    }
}

fn find_and_modify(collection: &str, step: Step) -> Document {
    match step {
        Step::Update { filter, update, multi, upsert } => doc! {
            "findAndModify": collection, "query": filter, "update": update, "new": multi, "upsert": upsert,
            "sort": { "a": 1, "_id": 1 },
        },
        Step::Delete { filter, .. } => {
            doc! { "findAndModify": collection, "query": filter, "remove": true, "sort": { "_id": 1 } }
        }
        insert => write(collection, insert),
    }
}

/// What a command answers, in bytes that can be compared: the reply without times, or the code.
fn reply(database: &Database, name: &str, command: &Document) -> Result<Vec<u8>, anser::Error> {
    let mut reply = database.database(name).unwrap().run_command(command)?;
    without_times(&mut reply);
    Ok(RawDocumentBuf::try_from(&reply).unwrap().into_bytes())
}

fn without_times(document: &mut Document) {
    document.remove("executionTimeMillis");
    for (_, value) in document.iter_mut() {
        match value {
            Bson::Document(inner) => without_times(inner),
            Bson::Array(inner) => {
                inner.iter_mut().filter_map(Bson::as_document_mut).for_each(without_times);
            }
            _ => {}
        }
    }
}

/// A collection with its indexes and its documents.
type Collection = (String, Vec<String>, Vec<RawDocumentBuf>);

/// Everything that is stored.
fn state(database: &Database) -> Vec<Collection> {
    let engine = database.engine();
    let mut collections = Vec::new();
    for name in engine.list_databases().unwrap().into_iter().map(|one| one.name) {
        let database = database.database(&name).unwrap();
        for collection in engine.list_collections(&name).unwrap() {
            let namespace = database.namespace(&collection.name).unwrap();
            let indexes = engine.list_indexes(&namespace).unwrap();
            let indexes = indexes.into_iter().map(|index| format!("{index:?}")).collect();
            let mut cursor = engine.find(&namespace, &FindRequest::default()).unwrap();
            let mut documents = Vec::new();
            while let Some(document) = cursor.next().unwrap() {
                documents.push(document.to_owned());
            }
            collections.push((namespace.to_string(), indexes, documents));
        }
    }
    collections
}

#[test]
fn a_random_session_breaks_no_law_of_the_seam_and_answers_the_same_everywhere() {
    let seed = seed();
    let (mut answered, mut refused) = (0, 0);
    for session in 0..sessions() {
        let folder = tempfile::tempdir().unwrap();
        let mut databases =
            vec![("memory", open_plain(memory())), ("watched memory", open(Contract::new(memory())))];
        if let Some(storage) = sqlite(folder.path(), "plain.db") {
            databases.push(("sqlite", open_plain(storage)));
        }
        if let Some(storage) = sqlite(folder.path(), "watched.db") {
            databases.push(("watched sqlite", open(Contract::new(storage))));
        }
        let mut commands = Session::new(seed.wrapping_add(session));
        for number in 0..150 {
            let (name, command) = commands.next();
            let mut first = None;
            for (storage, database) in &databases {
                let said = reply(database, name, &command).map_err(|error| error.code().0);
                match &first {
                    None => first = Some(said),
                    Some(first) => assert!(
                        *first == said,
                        "session {session}, command {number} on {storage}: {command}\n{first:?}\n{said:?}"
                    ),
                }
            }
            match first {
                Some(Ok(_)) => answered += 1,
                _ => refused += 1,
            }
        }
        let expected = state(&databases[0].1);
        for (storage, database) in &databases {
            assert_eq!(database.check().unwrap(), Vec::<String>::new(), "session {session} on {storage}");
            assert!(state(database) == expected, "session {session} on {storage}: other documents");
        }
    }
    println!("{answered} commands were answered, {refused} refused");
    assert!(answered > 4 * refused, "{answered} commands were answered, {refused} refused");
}

fn open_plain(storage: Strategy) -> Database {
    // A layer that does nothing: it makes one strategy of what others may hold.
    open(Fault::new(storage))
}

/// Runs sessions in which, for each command, the commit fails, then each operation before it in turn.
fn run_with_faults(seed: u64, sessions: u64, storage: impl Fn(&Path) -> Option<Strategy>) {
    let (mut failures, mut commits, mut survived) = (0, 0, 0);
    for session in 0..sessions {
        let folder = tempfile::tempdir().unwrap();
        let Some(inner) = storage(folder.path()) else { return };
        let fault = Fault::new(Arc::clone(&inner));
        let faults = fault.faults();
        let failing = open(Contract::new(Arc::new(fault)));
        let whole = open_plain(memory());
        let mut commands = Session::new(seed.wrapping_mul(31).wrapping_add(session));
        for number in 0..45 {
            let (name, command) = commands.next();
            // An explain tells of a failure in its reply.
            let command = command.get_document("explain").cloned().unwrap_or(command);
            let place = || format!("session {session}, command {number}: {command}");
            let before = state(&failing);
            let reached = Cell::new([0; 2]);
            let mut attempt = |operation, nth| {
                let outcome = fail(&faults, operation, nth, || reply(&failing, name, &command));
                reached.set([Operation::Read, Operation::Write].map(|operation| faults.seen(operation)));
                match outcome {
                    (answer, false) => return Some(answer),
                    (Ok(_), true) => panic!("{}: {operation:?} {nth} failed and nobody said so", place()),
                    (Err(error), true) => {
                        assert_eq!(error.kind(), anser::ErrorKind::Storage, "{}: {error}", place());
                    }
                }
                failures += 1;
                let differences = failing.check().unwrap();
                assert_eq!(differences, Vec::<String>::new(), "{}: {operation:?} {nth}", place());
                assert!(state(&failing) == before, "{}: {operation:?} {nth} left something", place());
                None
            };
            // A command whose commit fails has gone through everything before it: so much can fail.
            let start = [Operation::Read, Operation::Write].map(|operation| faults.seen(operation));
            let said = match attempt(Operation::Commit, 1) {
                None => {
                    commits += 1;
                    let end = reached.get();
                    for nth in 1..=end[0] - start[0] {
                        assert!(attempt(Operation::Read, nth).is_none(), "{}: reads {nth}", place());
                    }
                    for nth in 1..=end[1] - start[1] {
                        assert!(attempt(Operation::Write, nth).is_none(), "{}: writes {nth}", place());
                    }
                    reply(&failing, name, &command)
                }
                // It commits nothing: it can be asked again and again.
                Some(answer) => (1..).find_map(|nth| attempt(Operation::Read, nth)).unwrap_or(answer),
            };
            let said = said.map_err(|error| error.code().0);
            let expected = reply(&whole, name, &command).map_err(|error| error.code().0);
            assert!(said == expected, "{}\n{said:?}\n{expected:?}", place());
            survived += 1;
        }
        let expected = state(&whole);
        assert!(state(&failing) == expected, "session {session}: what was acknowledged is there");
        drop(failing);
        // And it is what the next one finds who opens the storage.
        let again = open_plain(inner);
        assert!(state(&again) == expected, "session {session}: and is still there");
        assert_eq!(again.check().unwrap(), Vec::<String>::new());
    }
    println!("{failures} failures, {commits} of them at commits; {survived} commands carried out after them");
    assert!(commits > 10 * sessions, "so many commits failed: {commits}");
    assert!(failures > 100 * sessions, "so many operations failed: {failures}");
}

/// Runs `command` with the `nth` operation failing; says whether it came to that.
fn fail<T>(faults: &Faults, operation: Operation, nth: u64, command: impl FnOnce() -> T) -> (T, bool) {
    let seen = faults.seen(operation);
    faults.fail(operation, nth, ErrorKind::Io);
    let outcome = command();
    let reached = faults.seen(operation) - seen >= nth;
    faults.clear();
    (outcome, reached)
}

#[test]
fn a_statement_during_which_memory_fails_has_done_nothing() {
    run_with_faults(seed(), sessions().div_ceil(4), |_| Some(memory()));
}

#[test]
fn a_statement_during_which_sqlite_fails_has_done_nothing() {
    run_with_faults(seed(), sessions().div_ceil(8), |folder| sqlite(folder, "failing.db"));
}
