//! MongoDB's commands through the front door: replies and errors in MongoDB's shapes, on every storage.

mod administration;
mod cursors;
mod reads;
mod writes;

use anser::{Database, Error};
use bson::{Document, doc};

/// A database with its storage's folder.
struct Store {
    database: Database,
    _folder: tempfile::TempDir,
}

/// One database on each storage.
fn stores() -> Vec<Store> {
    ["memory", "sqlite"].map(store).into()
}

fn store(kind: &str) -> Store {
    let folder = tempfile::tempdir().expect("a folder");
    let url = match kind {
        "memory" => "memory:".to_owned(),
        _ => format!("sqlite:{}?durability=os", folder.path().join("test.db").display()),
    };
    Store { database: Database::open(&url).expect("it opens"), _folder: folder }
}

impl Store {
    /// Runs a command that has to succeed.
    fn run(&self, command: Document) -> Document {
        match self.database.run_command(&command) {
            Ok(reply) => reply,
            Err(error) => panic!("{command} failed: {error}"),
        }
    }

    /// Runs a command on `admin`.
    fn admin(&self, command: Document) -> Result<Document, Error> {
        self.database.database("admin").expect("a good name").run_command(&command)
    }

    /// The code of a command that has to fail.
    fn code(&self, command: Document) -> i32 {
        match self.database.run_command(&command) {
            Ok(reply) => panic!("{command} has to fail and gave {reply}"),
            Err(error) => error.code().0,
        }
    }

    /// Five users, `_id` 1 to 5, ages 10 to 50.
    fn with_users(self) -> Store {
        let users = (1..=5).map(|id| doc! { "_id": id, "age": id * 10, "tags": ["all", format!("t{id}")] });
        let reply = self.run(doc! { "insert": "users", "documents": users.collect::<Vec<_>>() });
        assert_eq!(reply, doc! { "n": 5, "ok": 1.0 });
        self
    }

    /// The documents a find gives in its first batch.
    fn found(&self, find: Document) -> Vec<Document> {
        batch(&self.run(find), "firstBatch")
    }
}

fn batch(reply: &Document, name: &str) -> Vec<Document> {
    let cursor = reply.get_document("cursor").expect("a cursor");
    let documents = cursor.get_array(name).expect("a batch").iter();
    documents.map(|document| document.as_document().expect("a document").clone()).collect()
}

fn cursor_id(reply: &Document) -> i64 {
    reply.get_document("cursor").expect("a cursor").get_i64("id").expect("an id")
}
