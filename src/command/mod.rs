//! MongoDB's own front door: a command document in, a reply document out. One file a command.
//!
//! Every command is an entry of `COMMANDS`; the rest of this file only finds it and hands it what it needs.

mod aggregate;
mod arguments;
mod build_info;
mod bulk_write;
mod count;
mod create;
mod create_indexes;
mod cursors;
mod delete;
mod distinct;
mod drop;
mod drop_database;
mod drop_indexes;
mod end_sessions;
mod explain;
mod find;
mod find_and_modify;
mod generic;
mod get_more;
mod hello;
mod insert;
mod kill_cursors;
mod list_collections;
mod list_databases;
mod list_indexes;
mod listing;
mod ping;
mod rename_collection;
mod reply;
mod update;

use crate::clock::Clock;
use crate::engine::{Engine, Namespace, WriteOptions};
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::DocumentRef;
use anser_query::value::validate::validate_with;
use arguments::Arguments;
use bson::{RawDocument, RawDocumentBuf};
use cursors::Cursors;
use generic::Generic;
pub use hello::MESSAGE_BYTES_MAX;
pub use reply::error_reply;
use std::sync::Arc;

/// The front door of one engine, with the cursors opened through it.
#[derive(Debug)]
pub struct Commands {
    engine: Arc<dyn Engine>,
    cursors: Cursors,
    clock: Clock,
}

/// What a command runs with.
struct Call<'a> {
    engine: &'a dyn Engine,
    cursors: &'a Cursors,
    clock: &'a Clock,
    database: &'a str,
    arguments: Arguments<'a>,
    generic: Generic,
    connection_id: i32,
}

/// A command: its name, whether it runs against `admin` only, and what it does.
struct Command {
    name: &'static str,
    aliases: &'static [&'static str],
    admin_only: bool,
    /// Whether it may carry a write concern.
    writes: bool,
    run: fn(&Call<'_>) -> Result<RawDocumentBuf>,
}

const fn command(name: &'static str, run: fn(&Call<'_>) -> Result<RawDocumentBuf>) -> Command {
    Command { name, aliases: &[], admin_only: false, writes: false, run }
}

const fn admin(name: &'static str, run: fn(&Call<'_>) -> Result<RawDocumentBuf>) -> Command {
    Command { name, aliases: &[], admin_only: true, writes: false, run }
}

const fn writing(command: Command) -> Command {
    Command { writes: true, ..command }
}

const fn alias(command: Command, aliases: &'static [&'static str]) -> Command {
    Command { aliases, ..command }
}

/// Every command there is.
const COMMANDS: &[Command] = &[
    command("find", find::run),
    command("getMore", get_more::run),
    command("killCursors", kill_cursors::run),
    writing(command("insert", insert::run)),
    writing(command("update", update::run)),
    writing(command("delete", delete::run)),
    alias(writing(command("findAndModify", find_and_modify::run)), &["findandmodify"]),
    command("count", count::run),
    command("distinct", distinct::run),
    writing(command("aggregate", aggregate::run)),
    writing(admin("bulkWrite", bulk_write::run)),
    writing(command("create", create::run)),
    writing(command("drop", drop::run)),
    writing(command("dropDatabase", drop_database::run)),
    writing(admin("renameCollection", rename_collection::run)),
    writing(command("createIndexes", create_indexes::run)),
    command("listIndexes", list_indexes::run),
    alias(writing(command("dropIndexes", drop_indexes::run)), &["deleteIndexes"]),
    command("listCollections", list_collections::run),
    admin("listDatabases", list_databases::run),
    command("explain", explain::run),
    command("hello", hello::run),
    alias(command("isMaster", hello::run_legacy), &["ismaster"]),
    command("ping", ping::run),
    alias(command("buildInfo", build_info::run), &["buildinfo"]),
    command("endSessions", end_sessions::run),
];

impl Commands {
    /// The front door of `engine`.
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Commands { engine, cursors: Cursors::default(), clock: Clock::system() }
    }

    /// Runs `command` on `database` and gives MongoDB's reply.
    ///
    /// # Errors
    /// What MongoDB answers with `ok: 0`; [`error_reply`] makes that reply of it. Members of a batch that
    /// failed stand in the reply's `writeErrors` and are no error here. CommandNotFound (59) for a name that
    /// is no command.
    ///
    /// ```
    /// use anser::{Database, bson::rawdoc};
    /// let db = Database::open("memory:")?;
    /// let commands = db.commands();
    /// commands.run("main", &rawdoc! { "insert": "users", "documents": [{ "_id": 1 }] })?;
    /// let reply = commands.run("main", &rawdoc! { "count": "users" })?;
    /// assert_eq!(reply.get_i32("n")?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run(&self, database: &str, command: &RawDocument) -> Result<RawDocumentBuf> {
        self.run_for(database, command, 0)
    }

    /// As [`Commands::run`], for a client known by `connection_id` (told back by `hello`).
    pub fn run_for(
        &self,
        database: &str,
        command: &RawDocument,
        connection_id: i32,
    ) -> Result<RawDocumentBuf> {
        let document = validate_with(command.as_bytes(), hello::MESSAGE_BYTES_MAX, COMMAND_NESTING_MAX)?;
        let Some(first) = document.elements().next() else {
            return Err(Error::request(Code::COMMAND_NOT_FOUND, "no such command: ''"));
        };
        let name = String::from_utf8_lossy(first.name);
        let found = COMMANDS.iter().find(|command| command.name == name || command.aliases.contains(&&*name));
        let Some(found) = found else {
            return Err(Error::request(Code::COMMAND_NOT_FOUND, format!("no such command: '{name}'")));
        };
        self.cursors.end_idle(crate::clock::instant());
        Namespace::check_database(database)?;
        if found.admin_only && database != "admin" {
            return Err(Error::request(
                Code::UNAUTHORIZED,
                format!("{} may only be run against the admin database.", found.name),
            ));
        }
        let call = Call {
            engine: &*self.engine,
            cursors: &self.cursors,
            clock: &self.clock,
            database,
            arguments: Arguments::new(found.name, document),
            generic: Generic::read(found.name, found.writes, document)?,
            connection_id,
        };
        (found.run)(&call)
    }
}

impl<'a> Call<'a> {
    /// The collection the command names.
    fn namespace(&self) -> Result<Namespace> {
        self.arguments.namespace(self.database)
    }

    /// The write options that every writing command shares.
    fn write_options(&self) -> WriteOptions {
        WriteOptions { durability: self.generic.durability, ..WriteOptions::default() }
    }
}

/// An empty document counts as absent.
fn not_empty(document: DocumentRef<'_>) -> Result<Option<RawDocumentBuf>> {
    if document.is_empty() { Ok(None) } else { arguments::raw_buf(document).map(Some) }
}

/// How deep a command may nest: the documents in it are checked again, more strictly, where they are stored.
const COMMAND_NESTING_MAX: usize = 200;

/// How many members a batch of writes may have.
const BATCH_MEMBERS_MAX: usize = 100_000;
