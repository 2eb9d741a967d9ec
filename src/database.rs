//! Opening databases: a URL names the storage, and the storage holds databases by name.

use crate::command::Commands;
use crate::engine::{Embedded, Engine, Namespace};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::schema::{Ensured, ModelSchema};
use crate::tasks::Background;
use anser_query::Code;
use anser_storage::file::{FileOptions, FileStrategy};
use anser_storage::memory::MemoryStrategy;
use anser_storage::{Durability, StorageStrategy, StorageUrl};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The name of the database that a URL opens.
pub const DEFAULT_DATABASE: &str = "main";

/// A database of a storage. A clone is another handle on the same one; handles may be used from any thread.
///
/// ```
/// use anser::Database;
///
/// let database = Database::open("memory:")?;
/// assert_eq!(database.name(), "main");
/// let other = database.database("other")?;
/// assert_eq!(other.name(), "other");
/// database.close()?;
/// # Ok::<(), anser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Database {
    engine: Arc<dyn Engine>,
    commands: Arc<Commands>,
    ensured: Arc<Ensured>,
    name: Arc<str>,
}

impl Database {
    /// Opens the storage at `url`: `memory:`, `file:./data`, `sqlite:./app.db`,
    /// `sqlite:app.db?durability=within:100ms`.
    ///
    /// # Errors
    /// BadValue (2) for a URL that makes no sense, NotImplemented (238) for a scheme that this build does not
    /// have; those of the storage.
    pub fn open(url: &str) -> Result<Database> {
        Database::builder().open(url)
    }

    /// Opens with more to say than a URL does.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A database over another engine.
    ///
    /// # Errors
    /// InvalidNamespace (73).
    pub fn with_engine(engine: Arc<dyn Engine>, name: &str) -> Result<Database> {
        Namespace::check_database(name)?;
        let commands = Arc::new(Commands::new(Arc::clone(&engine)));
        Ok(Database { engine, commands, ensured: Arc::default(), name: name.into() })
    }

    /// The name of this database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Another database of the same storage. It is there as soon as it holds a collection.
    ///
    /// # Errors
    /// InvalidNamespace (73).
    pub fn database(&self, name: &str) -> Result<Database> {
        Namespace::check_database(name)?;
        Ok(Database { name: name.into(), ..self.clone() })
    }

    /// The namespace of one of this database's collections.
    ///
    /// # Errors
    /// InvalidNamespace (73).
    pub fn namespace(&self, collection: &str) -> Result<Namespace> {
        Namespace::new(&*self.name, collection)
    }

    /// The engine underneath, which speaks BSON.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// MongoDB's front door to this storage: every command, in raw BSON.
    pub fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Which collections have the indexes of their models.
    pub(crate) fn ensured(&self) -> &Ensured {
        &self.ensured
    }

    /// Runs one of MongoDB's commands on this database and gives the reply.
    ///
    /// # Errors
    /// What MongoDB answers with `ok: 0`. Members of a batch that failed stand in the reply's `writeErrors`.
    ///
    /// ```
    /// use anser::{Database, bson::doc};
    /// let database = Database::open("memory:")?;
    /// let reply = database.run_command(&doc! { "ping": 1 })?;
    /// assert_eq!(reply, doc! { "ok": 1.0 });
    /// let error = database.run_command(&doc! { "pong": 1 }).expect_err("no such command");
    /// assert_eq!(error.code(), anser::Code::COMMAND_NOT_FOUND);
    /// # Ok::<(), anser::Error>(())
    /// ```
    pub fn run_command(&self, command: &bson::Document) -> Result<bson::Document> {
        let broken = |error: bson::error::Error| Error::request(Code::INVALID_BSON, error.to_string());
        let moves = command.keys().next().is_some_and(|name| moves_collections(name));
        let command = bson::RawDocumentBuf::try_from(command).map_err(broken)?;
        let reply = self.commands.run(&self.name, &command)?;
        if moves {
            self.ensured.forget(|_| true);
        }
        bson::Document::try_from(reply).map_err(broken)
    }

    /// Drops this database with everything in it. Returns whether there was anything.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn drop_database(&self) -> Result<bool> {
        let dropped = self.engine.drop_database(&self.name)?;
        self.ensured.forget(|forgotten| forgotten.database() == &*self.name);
        Ok(dropped)
    }

    /// Compares every index of the storage with the documents it is of and tells every difference, in words; an
    /// empty list is a healthy database.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn check(&self) -> Result<Vec<String>> {
        self.engine.check()
    }

    /// Returns when everything acknowledged is on the disk.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn flush(&self) -> Result<()> {
        self.engine.flush()
    }

    /// Ends background work and closes the storage, for every handle. What is asked afterwards is an error of
    /// kind Closed; closing again does nothing.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn close(&self) -> Result<()> {
        self.engine.close()
    }
}

/// Whether a command drops or renames collections, so that models have to look for their indexes again.
fn moves_collections(command: &str) -> bool {
    ["drop", "dropDatabase", "renameCollection"].contains(&command)
}

/// What makes a storage of a URL.
type Opener = Box<dyn FnOnce(&StorageUrl) -> anser_storage::Result<Box<dyn StorageStrategy>>>;

/// Opens databases with more to say than a URL does.
///
/// ```
/// use anser::{Database, Durability};
/// use std::time::Duration;
///
/// let database = Database::builder()
///     .durability(Durability::Within(Duration::from_millis(100)))
///     .database_name("shop")
///     .open("memory:")?;
/// assert_eq!(database.name(), "shop");
/// # Ok::<(), anser::Error>(())
/// ```
#[derive(Default)]
pub struct Builder {
    durability: Option<Durability>,
    database_name: Option<String>,
    schemes: HashMap<String, Opener>,
    models: Vec<&'static ModelSchema>,
    without_thread: bool,
}

impl Builder {
    /// What a commit promises, unless the URL or a single write says otherwise. Default: synced.
    pub fn durability(mut self, durability: Durability) -> Builder {
        self.durability = Some(durability);
        self
    }

    /// The database that is opened. Default: `main`.
    pub fn database_name(mut self, name: impl Into<String>) -> Builder {
        self.database_name = Some(name.into());
        self
    }

    /// Brings in a kind of storage: URLs that begin with `scheme` and a colon are opened by `open`. A scheme
    /// that Anser has itself is replaced.
    pub fn scheme<S: StorageStrategy>(
        mut self,
        scheme: impl Into<String>,
        open: impl Fn(&StorageUrl) -> anser_storage::Result<S> + 'static,
    ) -> Builder {
        let open: Opener = Box::new(move |url| Ok(Box::new(open(url)?)));
        self.schemes.insert(scheme.into(), open);
        self
    }

    /// Brings in a storage that is there already, opened by the URL `name:`.
    pub fn storage(mut self, name: impl Into<String>, storage: Box<dyn StorageStrategy>) -> Builder {
        self.schemes.insert(name.into(), Box::new(move |_| Ok(storage)));
        self
    }

    /// Makes the indexes that a model asks for when the database is opened, instead of at the first action of its
    /// collection. If they cannot be made, the database is not opened.
    pub fn model<T: Model>(mut self) -> Builder {
        self.models.push(T::schema());
        self
    }

    /// Starts no thread: background work is done by whoever waits for it, or by `Embedded::tick`.
    pub fn without_thread(mut self) -> Builder {
        self.without_thread = true;
        self
    }

    /// Opens the database at `url`.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open(mut self, url: &str) -> Result<Database> {
        let name = self.database_name.take().unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        Namespace::check_database(&name)?;
        let models = std::mem::take(&mut self.models);
        let engine = self.open_engine(url)?;
        let database = Database::with_engine(Arc::new(engine), &name)?;
        for schema in models {
            let namespace = database.namespace(schema.collection())?;
            database.ensured.ensure(&*database.engine, &namespace, schema)?;
        }
        Ok(database)
    }

    /// Opens the engine over the storage at `url`, without a database's name.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open_engine(mut self, url: &str) -> Result<Embedded> {
        let url = StorageUrl::parse(url)?;
        let durability = match url.durability()? {
            Some(durability) => durability,
            None => self.durability.unwrap_or_default(),
        };
        let storage = match self.schemes.remove(&url.scheme) {
            Some(open) => open(&url)?,
            None => open_own(&url)?,
        };
        let background = if self.without_thread { Background::Caller } else { Background::Thread };
        Embedded::open_with(storage, durability, background)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("durability", &self.durability)
            .field("database_name", &self.database_name)
            .field("schemes", &self.schemes.keys())
            .field("models", &self.models.iter().map(|schema| schema.name()).collect::<Vec<_>>())
            .field("without_thread", &self.without_thread)
            .finish()
    }
}

/// Opens one of the storages that Anser brings.
fn open_own(url: &StorageUrl) -> Result<Box<dyn StorageStrategy>> {
    match url.scheme.as_str() {
        "memory" => {
            if !url.path.is_empty() {
                let message = format!("memory: takes no path, found '{}'", url.path);
                return Err(Error::request(Code::BAD_VALUE, message));
            }
            Ok(Box::new(MemoryStrategy::new()))
        }
        "file" => Ok(Box::new(FileStrategy::open(&url.path, FileOptions::from_url(url)?)?)),
        #[cfg(feature = "sqlite")]
        "sqlite" => {
            use anser_storage::sqlite::{SqliteOptions, SqliteStrategy};
            Ok(Box::new(SqliteStrategy::open(&url.path, SqliteOptions::from_url(url)?)?))
        }
        #[cfg(not(feature = "sqlite"))]
        "sqlite" => {
            let message = "sqlite: this build has no SQLite, switch on the feature `sqlite`";
            Err(Error::new(ErrorKind::Request, Code::NOT_IMPLEMENTED, message))
        }
        other => {
            let message = format!("no storage is called '{other}': there are memory:, file: and sqlite:");
            Err(Error::new(ErrorKind::Request, Code::NOT_IMPLEMENTED, message))
        }
    }
}
