//! Describing indexes.

use crate::engine::IndexSpec;
use crate::error::Result;
use crate::model::{IntoSort, Sort};
use bson::Document;
use std::marker::PhantomData;

/// An index to create on documents of `M`.
///
/// ```
/// use anser::prelude::*;
/// use anser::IndexModel;
///
/// # #[derive(Model)]
/// # struct User {
/// #     #[model(id)]
/// #     id: ObjectId,
/// #     city: String,
/// #     age: u8,
/// # }
/// # let database = Database::open("memory:")?;
/// let users = database.collection::<User>();
/// users.create_index(User::AGE.asc()).run()?;
/// let by_city = IndexModel::new([User::CITY.asc(), User::AGE.desc()]).unique(true).name("by_city");
/// users.create_index(by_city).run()?;
/// assert_eq!(users.list_index_names().run()?, ["_id_", "age_1", "by_city"]);
/// # Ok::<(), anser::Error>(())
/// ```
#[derive(Debug)]
pub struct IndexModel<M> {
    keys: Result<Document>,
    spec: IndexSpec,
    model: PhantomData<fn() -> M>,
}

impl<M> IndexModel<M> {
    /// An index on these fields, in these directions.
    pub fn new(keys: impl IntoSort<M>) -> Self {
        IndexModel { keys: keys.into_sort().to_document(), spec: IndexSpec::default(), model: PhantomData }
    }

    /// Whether no two documents may share a key. Default: no.
    pub fn unique(mut self, unique: bool) -> Self {
        self.spec.unique = unique;
        self
    }

    /// Whether documents that have none of the fields are left out. Default: no.
    pub fn sparse(mut self, sparse: bool) -> Self {
        self.spec.sparse = sparse;
        self
    }

    /// Its name. Default: made of the keys, `city_1_age_-1`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.spec.name = Some(name.into());
        self
    }

    pub(super) fn build(self) -> Result<IndexSpec> {
        Ok(IndexSpec { keys: self.keys?, ..self.spec })
    }
}

/// The name an index has, or is given by the engine.
pub(super) fn name_of(spec: &IndexSpec) -> String {
    let parts = || spec.keys.iter().map(|(path, direction)| format!("{path}_{direction}"));
    spec.name.clone().unwrap_or_else(|| parts().collect::<Vec<_>>().join("_"))
}

/// What can be given as an index on `M`: an [`IndexModel`], or its keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an index on `{M}`",
    label = "expected an `IndexModel`, `field.asc()`, an array of such, or `doc! {{ .. }}`"
)]
pub trait IntoIndex<M> {
    /// The index.
    fn into_index(self) -> IndexModel<M>;
}

impl<M> IntoIndex<M> for IndexModel<M> {
    fn into_index(self) -> IndexModel<M> {
        self
    }
}

impl<M> IntoIndex<M> for Sort<M> {
    fn into_index(self) -> IndexModel<M> {
        IndexModel::new(self)
    }
}

impl<M, const N: usize> IntoIndex<M> for [Sort<M>; N] {
    fn into_index(self) -> IndexModel<M> {
        IndexModel::new(self)
    }
}

impl<M> IntoIndex<M> for Document {
    fn into_index(self) -> IndexModel<M> {
        IndexModel::new(self)
    }
}
