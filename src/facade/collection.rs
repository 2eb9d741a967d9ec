//! The collection: every verb, each giving an action.

use super::actions::{
    Action, BulkWrite, CountDocuments, Delete, Distinct, Find, FindOne, FindOneAndDelete, FindOneAndReplace,
    FindOneAndUpdate, InsertMany, InsertOne, ReplaceOne, Update, WriteModel,
};
use super::distinct::IntoPath;
use super::exec::{Blocking, Exec};
use super::hint::IntoHint;
use super::index::{IntoIndex, name_of};
use super::record::Record;
use super::result::CreateIndexesResult;
use super::target::Target;
use super::update::Statement;
use crate::Database;
use crate::engine::{Hint, IndexChoice, IndexInfo, IndexSpec, Namespace};
use crate::error::Result;
use crate::model::{IntoFilter, IntoUpdate};
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A collection of `T`s: a model, or `Document`. A clone is another handle on the same collection.
///
/// A verb gives an action; options are chained on it, and `.run()?` carries it out. Filters, updates and sorts are
/// made of the model's constants, or are documents of MongoDB's; both mix.
///
/// The indexes that a model asks for are made at the first action, once per process and collection: missing ones are
/// created, ready ones only seen to be there. If that fails, the action gives the error and the next one tries again.
/// [`Database::register`] and [`Builder::model`](crate::Builder::model) do the same at a time of choice. Dropping the collection through a handle of this process
/// forgets it; an index dropped by hand stays dropped until the process is started anew.
///
/// ```
/// use anser::prelude::*;
///
/// #[derive(Model, Debug)]
/// struct User {
///     #[model(id)]
///     id: ObjectId,
///     #[model(unique)]
///     email: String,
///     age: u8,
/// }
///
/// let database = Database::open("memory:")?;
/// let users = database.collection::<User>();
/// let ada = User { id: ObjectId::new(), email: "ada@example.org".into(), age: 36 };
/// users.insert_one(&ada).run()?;
/// users.update_one(User::EMAIL.eq("ada@example.org"), User::AGE.inc(1)).run()?;
/// for user in users.find(User::AGE.gte(18)).sort(User::AGE.desc()).limit(10) {
///     assert_eq!(user?.age, 37);
/// }
/// let refused = users.insert_one(&ada).run().expect_err("the email is taken");
/// assert_eq!(refused.code(), anser::Code::DUPLICATE_KEY);
/// # Ok::<(), anser::Error>(())
/// ```
pub struct Collection<T, X: Exec = Blocking> {
    target: Arc<Target>,
    types: PhantomData<fn() -> (T, X)>,
}

impl<T: Record, X: Exec> Collection<T, X> {
    pub(super) fn new(database: Database, name: &str) -> Self {
        Collection { target: Target::new(database, name, T::model_schema()), types: PhantomData }
    }

    /// The same collection, holding another type.
    pub fn clone_with_type<R: Record>(&self) -> Collection<R, X> {
        Collection { target: self.target.with_schema(R::model_schema()), types: PhantomData }
    }

    /// Its name.
    ///
    /// # Errors
    /// InvalidNamespace (73), when it was asked for by a name that no collection can have.
    pub fn name(&self) -> Result<&str> {
        Ok(self.target.namespace()?.collection())
    }

    /// Its database's name and its own.
    ///
    /// # Errors
    /// As [`name`](Collection::name).
    pub fn namespace(&self) -> Result<&Namespace> {
        self.target.namespace()
    }

    /// The database it is in.
    pub fn database(&self) -> &Database {
        self.target.database()
    }

    /// Inserts a document.
    pub fn insert_one(&self, document: impl Borrow<T>) -> InsertOne<X> {
        InsertOne::new(self.target(), document.borrow().encode())
    }

    /// Inserts documents, in their order.
    pub fn insert_many<D: Borrow<T>>(&self, documents: impl IntoIterator<Item = D>) -> InsertMany<X> {
        let encoded = documents.into_iter().map(|document| document.borrow().encode()).collect();
        InsertMany::new(self.target(), encoded)
    }

    /// Finds the documents that `filter` means.
    pub fn find(&self, filter: impl IntoFilter<T>) -> Find<T, T, X> {
        Find::new(self.target(), filter.into_filter())
    }

    /// Finds one of them.
    pub fn find_one(&self, filter: impl IntoFilter<T>) -> FindOne<T, T, X> {
        FindOne::new(self.target(), filter.into_filter())
    }

    /// Updates the first match.
    pub fn update_one(&self, filter: impl IntoFilter<T>, update: impl IntoUpdate<T>) -> Update<T, X> {
        let statement = Statement::update(filter.into_filter(), update.into_update(), false);
        Update::new(self.target(), statement)
    }

    /// Updates every match.
    pub fn update_many(&self, filter: impl IntoFilter<T>, update: impl IntoUpdate<T>) -> Update<T, X> {
        let statement = Statement::update(filter.into_filter(), update.into_update(), true);
        Update::new(self.target(), statement)
    }

    /// Replaces the first match, all but its `_id`.
    pub fn replace_one(&self, filter: impl IntoFilter<T>, replacement: impl Borrow<T>) -> ReplaceOne<T, X> {
        let statement = Statement::replacement(filter.into_filter(), replacement.borrow().encode());
        ReplaceOne::new(self.target(), statement)
    }

    /// Deletes the first match.
    pub fn delete_one(&self, filter: impl IntoFilter<T>) -> Delete<T, X> {
        Delete::new(self.target(), filter.into_filter(), false)
    }

    /// Deletes every match.
    pub fn delete_many(&self, filter: impl IntoFilter<T>) -> Delete<T, X> {
        Delete::new(self.target(), filter.into_filter(), true)
    }

    /// Updates the first match and gives it back.
    pub fn find_one_and_update(
        &self,
        filter: impl IntoFilter<T>,
        update: impl IntoUpdate<T>,
    ) -> FindOneAndUpdate<T, T, X> {
        FindOneAndUpdate::new(self.target(), filter.into_filter(), update.into_update())
    }

    /// Replaces the first match and gives it back.
    pub fn find_one_and_replace(
        &self,
        filter: impl IntoFilter<T>,
        replacement: impl Borrow<T>,
    ) -> FindOneAndReplace<T, T, X> {
        FindOneAndReplace::new(self.target(), filter.into_filter(), replacement.borrow().encode())
    }

    /// Deletes the first match and gives it back.
    pub fn find_one_and_delete(&self, filter: impl IntoFilter<T>) -> FindOneAndDelete<T, T, X> {
        FindOneAndDelete::new(self.target(), filter.into_filter())
    }

    /// Carries out operations of several kinds, in their order.
    pub fn bulk_write(&self, operations: impl IntoIterator<Item = WriteModel<T>>) -> BulkWrite<T, X> {
        BulkWrite::new(self.target(), operations.into_iter().collect())
    }

    /// Counts the documents that `filter` means.
    pub fn count_documents(&self, filter: impl IntoFilter<T>) -> CountDocuments<T, X> {
        CountDocuments::new(self.target(), filter.into_filter())
    }

    /// How many documents it holds, without reading them.
    pub fn estimated_document_count(&self) -> Action<u64, X> {
        let target = self.target();
        Action::new(move || {
            let (engine, namespace) = target.unchecked()?;
            engine.estimated_count(namespace)
        })
    }

    /// The distinct values of a field in the documents that `filter` means.
    pub fn distinct(&self, field: impl IntoPath<T>, filter: impl IntoFilter<T>) -> Distinct<T, X> {
        Distinct::new(self.target(), field.into_path(), filter.into_filter())
    }

    /// Creates an index, waits until it is ready, and gives its name. One that is there already is left as it is.
    pub fn create_index(&self, index: impl IntoIndex<T>) -> Action<String, X> {
        let (target, index) = (self.target(), index.into_index().build());
        Action::new(move || {
            let index = index?;
            let (engine, namespace) = target.ready()?;
            engine.create_indexes(namespace, std::slice::from_ref(&index))?;
            Ok(name_of(&index))
        })
    }

    /// Creates indexes, all of them or none, and waits until they are ready.
    pub fn create_indexes<I: IntoIndex<T>>(
        &self,
        indexes: impl IntoIterator<Item = I>,
    ) -> Action<CreateIndexesResult, X> {
        let target = self.target();
        let indexes: Result<Vec<IndexSpec>> =
            indexes.into_iter().map(|index| index.into_index().build()).collect();
        Action::new(move || {
            let indexes = indexes?;
            let (engine, namespace) = target.ready()?;
            engine.create_indexes(namespace, &indexes)?;
            Ok(CreateIndexesResult { index_names: indexes.iter().map(name_of).collect() })
        })
    }

    /// Its indexes, `_id_` first.
    pub fn list_indexes(&self) -> Action<Vec<IndexInfo>, X> {
        let target = self.target();
        Action::new(move || {
            let (engine, namespace) = target.unchecked()?;
            engine.list_indexes(namespace)
        })
    }

    /// The names of its indexes, `_id_` first.
    pub fn list_index_names(&self) -> Action<Vec<String>, X> {
        let target = self.target();
        Action::new(move || {
            let (engine, namespace) = target.unchecked()?;
            Ok(engine.list_indexes(namespace)?.into_iter().map(|index| index.name).collect())
        })
    }

    /// Drops an index, by its name or its keys. IndexNotFound (27) when there is none such.
    pub fn drop_index(&self, index: impl IntoHint<T>) -> Action<(), X> {
        let (target, index) = (self.target(), index.into_hint());
        Action::new(move || {
            let choice = match index? {
                // MongoDB's drivers keep "*" for dropping all of them.
                Hint::Name(name) => IndexChoice::Names(vec![name]),
                Hint::Keys(keys) => IndexChoice::Keys(keys),
            };
            let (engine, namespace) = target.unchecked()?;
            engine.drop_indexes(namespace, &choice).map(|_| ())
        })
    }

    /// Drops all indexes but `_id_`.
    pub fn drop_indexes(&self) -> Action<(), X> {
        let target = self.target();
        Action::new(move || {
            let (engine, namespace) = target.unchecked()?;
            engine.drop_indexes(namespace, &IndexChoice::All).map(|_| ())
        })
    }

    /// Drops it with everything in it. It need not be there.
    pub fn drop(&self) -> Action<(), X> {
        let target = self.target();
        Action::new(move || {
            let (engine, namespace) = target.unchecked()?;
            engine.drop_collection(namespace)?;
            target.ensured().forget(|forgotten| forgotten == namespace);
            Ok(())
        })
    }

    /// Gives it another name in its database. This handle stays on the old name, at which there is nothing then.
    pub fn rename(&self, name: &str) -> Action<(), X> {
        let (target, name) = (self.target(), name.to_owned());
        Action::new(move || {
            let (engine, namespace) = target.unchecked()?;
            let renamed = Namespace::new(namespace.database(), name)?;
            engine.rename_collection(namespace, &renamed, false)?;
            target.ensured().forget(|forgotten| forgotten == namespace || *forgotten == renamed);
            Ok(())
        })
    }

    fn target(&self) -> Arc<Target> {
        Arc::clone(&self.target)
    }
}

impl<T, X: Exec> Clone for Collection<T, X> {
    fn clone(&self) -> Self {
        Collection { target: Arc::clone(&self.target), types: PhantomData }
    }
}

impl<T: Record, X: Exec> fmt::Debug for Collection<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Collection").field(&self.target.namespace()).finish()
    }
}
