//! Two processes on one SQLite file: what one does is law for the other's next statement.
//!
//! The other process is this test program again, told by [`OTHER`] to obey what it reads.
//! `ANSER_TWO_PROCESS_ROUNDS` says how often an index is made while the other process inserts (100).

#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "these are tests")]

use anser::engine::{FindRequest, IndexSpec, Namespace, WriteOptions};
use anser::{Database, ErrorKind};
use bson::{Document, RawDocumentBuf, doc, rawdoc};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Set in the environment of the process that obeys.
const OTHER: &str = "ANSER_TEST_OTHER_PROCESS";

/// What stands in front of an answer: the test harness writes to the same stream.
const ANSWER: &str = "answer: ";

/// How many documents there are before an index is made: more than are indexed in the transaction that makes it.
const BEFORE: i32 = 2500;

/// How many documents are inserted, each in a statement of its own, while an index is made.
const MEANWHILE: i32 = 120;

fn url(file: &Path) -> String {
    format!("sqlite:{}?durability=os", file.display())
}

/// The other process, and its ends of the lines.
struct Other {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Other {
    fn start() -> Other {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["the_other_process", "--exact", "--nocapture", "--test-threads=1"])
            .env(OTHER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Other { child, answers }
    }

    fn tell(&mut self, order: &str) {
        let orders = self.child.stdin.as_mut().unwrap();
        writeln!(orders, "{order}").unwrap();
        orders.flush().unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the other process ended");
            if let Some((_, answer)) = line.trim_end().split_once(ANSWER) {
                return answer.to_owned();
            }
        }
    }

    fn ask(&mut self, order: &str) -> String {
        self.tell(order);
        self.answer()
    }

    fn open(&mut self, file: &Path) {
        assert_eq!(self.ask(&format!("open {}", file.display())), "opened");
    }

    /// Runs a command over there: its reply, or the code of its error.
    fn run(&mut self, command: &Document) -> Result<Document, i32> {
        let bytes = RawDocumentBuf::try_from(command).unwrap().into_bytes();
        let answer = self.ask(&format!("run {}", to_hex(&bytes)));
        match answer.split_once(' ').unwrap() {
            ("reply", reply) => {
                Ok(Document::try_from(RawDocumentBuf::from_bytes(from_hex(reply)).unwrap()).unwrap())
            }
            ("error", code) => Err(code.parse().unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let ended = self.child.wait();
        if !std::thread::panicking() {
            assert!(ended.unwrap().success(), "the other process failed");
        }
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Not a test of its own: what the other process does.
#[test]
fn the_other_process() {
    if std::env::var_os(OTHER).is_none() {
        return;
    }
    let answer = |text: String| {
        println!("{ANSWER}{text}");
        std::io::stdout().flush().unwrap();
    };
    let mut database: Option<Database> = None;
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (order, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let opened = || database.as_ref().unwrap();
        match order {
            "open" => {
                if let Some(before) = database.take() {
                    before.close().unwrap();
                }
                database = Some(Database::open(&url(Path::new(rest))).unwrap());
                answer("opened".to_owned());
            }
            "run" => {
                let command = RawDocumentBuf::from_bytes(from_hex(rest)).unwrap();
                answer(match opened().commands().run("main", &command) {
                    Ok(reply) => format!("reply {}", to_hex(reply.as_bytes())),
                    Err(error) => format!("error {}", error.code().0),
                });
            }
            "insert" => {
                let numbers: Vec<u64> = rest.split(' ').map(|number| number.parse().unwrap()).collect();
                let Inserted { stored, refused } = insert_meanwhile(opened(), numbers[0] as i32, numbers[1]);
                answer(format!("{} {}", joined(&stored), joined(&refused)));
            }
            "index" => {
                std::thread::sleep(Duration::from_micros(rest.parse().unwrap()));
                answer(make_index(opened()).to_string());
            }
            other => panic!("no such order: {other}"),
        }
    }
    if let Some(database) = database {
        database.close().unwrap();
    }
}

fn joined(ids: &[i32]) -> String {
    format!("[{}]", ids.iter().map(i32::to_string).collect::<Vec<_>>().join(","))
}

fn split(ids: &str) -> Vec<i32> {
    let inner = ids.trim_matches(['[', ']']);
    if inner.is_empty() { Vec::new() } else { inner.split(',').map(|id| id.parse().unwrap()).collect() }
}

fn things(database: &Database) -> Namespace {
    database.namespace("things").unwrap()
}

/// What became of the documents that were inserted while an index was made.
struct Inserted {
    stored: Vec<i32>,
    refused: Vec<i32>,
}

/// Inserts documents one after the other; from `first_duplicate` on every other one has a value that is there.
fn insert_meanwhile(database: &Database, first_duplicate: i32, pause_us: u64) -> Inserted {
    std::thread::sleep(Duration::from_micros(pause_us));
    let mut inserted = Inserted { stored: Vec::new(), refused: Vec::new() };
    for number in 0..MEANWHILE {
        let id = 10_000 + number;
        let value = if number >= first_duplicate && number % 2 == 0 { number * 17 } else { id };
        let document = rawdoc! { "_id": id, "value": value, "text": "some bytes more than none" };
        loop {
            let outcome =
                database.engine().insert(&things(database), vec![document.clone()], &WriteOptions::default());
            match outcome {
                Ok(outcome) if outcome.write_errors.is_empty() => inserted.stored.push(id),
                Ok(outcome) => {
                    assert_eq!(outcome.write_errors[0].code.0, 11000, "{:?}", outcome.write_errors);
                    inserted.refused.push(id);
                }
                // The other process held the file for longer than one waits.
                Err(error) if error.kind() == ErrorKind::Conflict => continue,
                Err(error) => panic!("insert of {id}: {error}"),
            }
            break;
        }
    }
    inserted
}

/// Makes the unique index: 0, or the code of the error.
fn make_index(database: &Database) -> i32 {
    let mut index = IndexSpec::new(doc! { "value": 1 });
    index.unique = true;
    match database.engine().create_indexes(&things(database), &[index]) {
        Ok(_) => 0,
        Err(error) => error.code().0,
    }
}

/// Every document: `_id` to value.
fn all(database: &Database) -> BTreeMap<i32, i32> {
    let mut cursor = database.engine().find(&things(database), &FindRequest::default()).unwrap();
    let mut all = BTreeMap::new();
    while let Some(document) = cursor.next().unwrap() {
        let before = all.insert(document.get_i32("_id").unwrap(), document.get_i32("value").unwrap());
        assert!(before.is_none(), "two documents with one _id");
    }
    all
}

#[test]
fn a_unique_index_made_while_another_process_inserts_has_no_duplicate_and_misses_nothing() {
    let rounds = std::env::var("ANSER_TWO_PROCESS_ROUNDS").map_or(100, |rounds| rounds.parse().unwrap());
    let mut other = Other::start();
    let (mut made, mut failed, mut refusals) = (0, 0, 0);
    for round in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shared.db");
        let database = Database::open(&url(&file)).unwrap();
        let documents =
            (0..BEFORE).map(|id| rawdoc! { "_id": id, "value": id, "text": "as long as the others" });
        database.engine().insert(&things(&database), documents.collect(), &WriteOptions::default()).unwrap();
        other.open(&file);
        // From the first document on, somewhere in between, or never.
        let first_duplicate = [MEANWHILE, 0, 20, 60, 100][round % 5];
        let pause = [0, 500, 3000, 8000][round / 5 % 4];
        let (inserted, code) = if round % 2 == 0 {
            other.tell(&format!("insert {first_duplicate} {pause}"));
            let code = make_index(&database);
            let answer = other.answer();
            let (stored, refused) = answer.split_once(' ').unwrap();
            (Inserted { stored: split(stored), refused: split(refused) }, code)
        } else {
            other.tell(&format!("index {pause}"));
            let inserted = insert_meanwhile(&database, first_duplicate, 0);
            (inserted, other.answer().parse().unwrap())
        };
        let all = all(&database);
        let acknowledged: BTreeSet<i32> = (0..BEFORE).chain(inserted.stored.iter().copied()).collect();
        let stored: BTreeSet<i32> = all.keys().copied().collect();
        assert_eq!(stored, acknowledged, "round {round}: what was acknowledged is what is there");
        let values: BTreeSet<i32> = all.values().copied().collect();
        let indexes = database.engine().list_indexes(&things(&database)).unwrap();
        match code {
            0 => {
                assert_eq!(values.len(), all.len(), "round {round}: no duplicate got past the index");
                assert_eq!(indexes.len(), 2, "round {round}");
                assert!(indexes[1].ready, "round {round}");
                made += 1;
            }
            code => {
                assert_eq!(code, 11000, "round {round}");
                assert!(values.len() < all.len(), "round {round}: refused without a duplicate");
                assert_eq!(indexes.len(), 1, "round {round}: what failed is gone");
                failed += 1;
            }
        }
        refusals += inserted.refused.len();
        let differences = database.check().unwrap();
        assert_eq!(differences, Vec::<String>::new(), "round {round}");
        database.close().unwrap();
    }
    println!("{rounds} rounds: {made} indexes made, {failed} refused, {refusals} inserts refused");
    if rounds >= 20 {
        assert!(made > 0 && failed > 0 && refusals > 0, "every outcome was seen");
    }
}

#[test]
fn what_one_process_makes_is_there_for_the_next_statement_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shared.db");
    let here = Database::open(&url(&file)).unwrap();
    let mut there = Other::start();
    there.open(&file);
    let insert =
        |id: i32, value: i32| doc! { "insert": "things", "documents": [{ "_id": id, "value": value }] };
    let count = doc! { "count": "things", "query": { "value": 1 } };
    let unique = |name: &str| {
        doc! { "createIndexes": "things", "indexes": [{ "key": { "value": 1 }, "name": name, "unique": true }] }
    };
    let errors = |reply: &Document| {
        let errors = reply.get_array("writeErrors").cloned().unwrap_or_default();
        errors.iter().map(|error| error.as_document().unwrap().get_i32("code").unwrap()).collect::<Vec<_>>()
    };
    let explain =
        doc! { "explain": { "find": "things", "filter": { "value": 1 } }, "verbosity": "queryPlanner" };

    // A collection, and what is in it.
    there.run(&insert(1, 1)).unwrap();
    assert_eq!(here.run_command(&count).unwrap().get_i32("n").unwrap(), 1);
    here.run_command(&insert(2, 2)).unwrap();
    assert_eq!(errors(&there.run(&insert(2, 3)).unwrap()), [11000]);

    // An index: kept, obeyed and used by who did not make it.
    there.run(&unique("of_there")).unwrap();
    assert_eq!(errors(&here.run_command(&insert(3, 1)).unwrap()), [11000]);
    assert!(here.run_command(&explain).unwrap().to_string().contains("of_there"));
    here.run_command(&insert(4, 4)).unwrap();
    let by_hint = doc! { "find": "things", "filter": { "value": 4 }, "hint": "of_there" };
    let reply = there.run(&by_hint).unwrap();
    let batch = reply.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    assert_eq!(batch.len(), 1);

    // An index that becomes multikey over here gives all its matches over there.
    here.run_command(&doc! { "insert": "things", "documents": [{ "_id": 5, "value": [50, 60] }] }).unwrap();
    let between = doc! { "count": "things", "query": { "value": { "$gt": 55, "$lt": 52 } } };
    assert_eq!(there.run(&between).unwrap().get_i32("n").unwrap(), 1);

    // A dropped index stops nobody.
    here.run_command(&doc! { "dropIndexes": "things", "index": "of_there" }).unwrap();
    assert_eq!(errors(&there.run(&insert(6, 1)).unwrap()), []);
    assert_eq!(there.run(&by_hint), Err(2));
    assert_eq!(there.run(&unique("again")), Err(11000));

    // A collection of another name, and one that is gone.
    here.run_command(&doc! { "create": "others" }).unwrap();
    let rename = doc! { "renameCollection": "main.things", "to": "main.renamed" };
    here.database("admin").unwrap().run_command(&rename).unwrap();
    assert_eq!(there.run(&count).unwrap().get_i32("n").unwrap(), 0);
    let renamed = doc! { "count": "renamed" };
    assert_eq!(there.run(&renamed).unwrap().get_i32("n").unwrap(), 5);
    there.run(&doc! { "drop": "renamed" }).unwrap();
    assert_eq!(here.run_command(&renamed).unwrap().get_i32("n").unwrap(), 0);
    let names = there.run(&doc! { "listCollections": 1, "nameOnly": true }).unwrap();
    let names = names.get_document("cursor").unwrap().get_array("firstBatch").unwrap().clone();
    let names: Vec<_> = names.iter().map(|one| one.as_document().unwrap().get_str("name").unwrap()).collect();
    assert_eq!(names, ["others"]);
    assert_eq!(here.check().unwrap(), Vec::<String>::new());
}
