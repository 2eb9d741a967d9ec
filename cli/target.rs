//! What a command works on: a storage by its URL, a database in it, a collection in that.

use crate::failure::{Exit, Failure, Result};
use anser::engine::Namespace;
use anser::{DEFAULT_DATABASE, Database};
use anser_storage::StorageUrl;
use clap::Args;
use std::path::Path;

/// A collection of a storage, from the command line.
#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// Where the documents live, for example sqlite:./app.db
    pub(crate) url: String,
    /// The collection
    pub(crate) collection: String,
    /// The database that the collection is in
    #[arg(long, value_name = "NAME", default_value = DEFAULT_DATABASE)]
    pub(crate) db: String,
}

impl Target {
    /// Opens the storage, which is made when it is not there yet.
    pub(crate) fn open_or_make(&self) -> Result<(Database, Namespace)> {
        // A name that cannot be one is told before a file is made.
        let namespace = Namespace::new(&*self.db, &*self.collection)?;
        Ok((Database::builder().database_name(&*self.db).open(&self.url)?, namespace))
    }

    /// Opens a storage and a collection that are there.
    pub(crate) fn open_existing(&self) -> Result<(Database, Namespace)> {
        let namespace = Namespace::new(&*self.db, &*self.collection)?;
        let database = open_existing(&self.url)?.database(&self.db)?;
        let collections = database.engine().list_collections(&self.db)?;
        if collections.iter().any(|info| info.name == self.collection) {
            return Ok((database, namespace));
        }
        let message = format!("there is no collection {namespace} in {}", self.url);
        Err(Failure::new(Exit::Database, message).with_advice(self.others(&database)?))
    }

    /// What is there instead.
    fn others(&self, database: &Database) -> Result<String> {
        if self.url == "memory:" {
            return Ok("memory: is empty when a program starts, and gone when it ends".to_owned());
        }
        let mut names = Vec::new();
        for info in database.engine().list_databases()? {
            for collection in database.engine().list_collections(&info.name)? {
                names.push(match info.name == self.db {
                    true => collection.name,
                    false => format!("{} (with --db {})", collection.name, info.name),
                });
            }
        }
        Ok(match names.is_empty() {
            true => "it holds no collection at all".to_owned(),
            false => format!("it holds: {}", names.join(", ")),
        })
    }
}

/// Opens a storage that has to be there: reading from a wrong path must not make an empty file.
pub(crate) fn open_existing(url: &str) -> Result<Database> {
    let parsed = StorageUrl::parse(url)?;
    let in_files = matches!(parsed.scheme.as_str(), "sqlite" | "file");
    if in_files && !parsed.path.is_empty() && !Path::new(&parsed.path).exists() {
        let message = format!("there is nothing at {} to read from", parsed.path);
        return Err(Failure::new(Exit::Database, message));
    }
    Ok(Database::open(url)?)
}
