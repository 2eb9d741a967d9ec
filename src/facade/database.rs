//! The verbs of a database.

use super::actions::Action;
use super::collection::Collection;
use super::record::Record;
use crate::Database;
use crate::engine::{CollectionInfo, DatabaseInfo};
use crate::error::Result;
use crate::model::Model;

impl Database {
    /// The collection of a model, by the name that the model says. It is there as soon as something is in it.
    ///
    /// ```
    /// use anser::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[model(id)]
    ///     id: ObjectId,
    /// }
    ///
    /// let database = Database::open("memory:")?;
    /// assert_eq!(database.collection::<User>().name()?, "users");
    /// # Ok::<(), anser::Error>(())
    /// ```
    pub fn collection<T: Model>(&self) -> Collection<T> {
        Collection::new(self.clone(), T::COLLECTION)
    }

    /// A collection by its name, of documents or of a model. A name that no collection can have is
    /// InvalidNamespace (73) at the first action.
    ///
    /// ```
    /// use anser::prelude::*;
    ///
    /// let database = Database::open("memory:")?;
    /// let users = database.collection_named::<Document>("users");
    /// users.insert_one(doc! { "_id": 1, "age": 36 }).run()?;
    /// assert_eq!(users.find_one(doc! { "age": { "$gt": 18 } }).run()?, Some(doc! { "_id": 1, "age": 36 }));
    /// # Ok::<(), anser::Error>(())
    /// ```
    pub fn collection_named<T: Record>(&self, name: &str) -> Collection<T> {
        Collection::new(self.clone(), name)
    }

    /// Makes the indexes that a model asks for now, instead of at the first action of its collection.
    ///
    /// They are made once for a collection; one that was dropped and came again gets them again. A drop by another
    /// process is seen by the first action after one that has met it: that one may still write without them.
    ///
    /// # Errors
    /// DuplicateKey (11000) when what is stored violates a unique index; IndexOptionsConflict (85) and
    /// IndexKeySpecsConflict (86) when an index that is there contradicts; those of the storage.
    pub fn register<T: Model>(&self) -> Result<()> {
        let namespace = self.namespace(T::COLLECTION)?;
        self.ensured().ensure(&**self.engine(), &namespace, T::schema())
    }

    /// Creates an empty collection. One that is there already is NamespaceExists (48) unless it is just the same.
    pub fn create_collection(&self, name: &str) -> Action<()> {
        let (database, namespace) = (self.clone(), self.namespace(name));
        Action::new(move || database.engine().create_collection(&namespace?))
    }

    /// Its collections, by name.
    pub fn list_collections(&self) -> Action<Vec<CollectionInfo>> {
        let database = self.clone();
        Action::new(move || database.engine().list_collections(database.name()))
    }

    /// The names of its collections, in order.
    pub fn list_collection_names(&self) -> Action<Vec<String>> {
        let database = self.clone();
        Action::new(move || {
            let collections = database.engine().list_collections(database.name())?;
            Ok(collections.into_iter().map(|collection| collection.name).collect())
        })
    }

    /// The databases of this storage that hold a collection.
    pub fn list_databases(&self) -> Action<Vec<DatabaseInfo>> {
        let database = self.clone();
        Action::new(move || database.engine().list_databases())
    }

    /// Drops this database with everything in it. It need not be there.
    pub fn drop(&self) -> Action<()> {
        let database = self.clone();
        Action::new(move || database.drop_database().map(|_| ()))
    }
}
