//! What a model says about itself while the program runs: names, kinds, indexes, timestamps.
//!
//! `#[derive(Model)]` writes it as constants; the façade makes indexes of it, and tools can show it. The
//! invariant: the names are the stored ones.

mod ensure;

use crate::engine::IndexSpec;
use crate::model::{FieldType, KindName};
use bson::Document;
pub(crate) use ensure::Ensured;

/// A model's description.
///
/// ```
/// use anser::prelude::*;
///
/// #[derive(Model)]
/// #[model(index(city, -age))]
/// struct User {
///     #[model(id)]
///     id: ObjectId,
///     city: String,
///     age: u8,
/// }
///
/// let schema = User::schema();
/// assert_eq!(schema.collection(), "users");
/// assert_eq!(schema.indexes()[0].keys(), doc! { "city": 1, "age": -1 });
/// ```
#[derive(Debug)]
pub struct ModelSchema {
    name: &'static str,
    collection: &'static str,
    fields: &'static [FieldSchema],
    indexes: &'static [IndexSchema],
    timestamps: Option<TimestampSchema>,
}

/// A field's description.
#[derive(Clone, Copy, Debug)]
pub struct FieldSchema {
    rust: &'static str,
    stored: &'static str,
    kind: KindName,
    is_optional: bool,
    is_flattened: bool,
    fields: fn() -> &'static [FieldSchema],
}

/// An index that a model asks for.
#[derive(Debug)]
pub struct IndexSchema {
    keys: &'static [IndexKey],
    unique: bool,
    sparse: bool,
    name: Option<&'static str>,
}

/// A part of an index: its stored path, which takes walking to tell, and 1 or -1.
pub type IndexKey = (fn() -> String, i32);

/// Under which names a model's timestamps are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampSchema {
    /// When the document was inserted.
    pub created_at: &'static str,
    /// When the document was last written.
    pub updated_at: &'static str,
}

impl ModelSchema {
    /// A model called `name` in Rust.
    pub const fn new(
        name: &'static str,
        collection: &'static str,
        fields: &'static [FieldSchema],
        indexes: &'static [IndexSchema],
    ) -> Self {
        ModelSchema { name, collection, fields, indexes, timestamps: None }
    }

    /// The same with timestamps under these stored names.
    pub const fn timestamps(mut self, created_at: &'static str, updated_at: &'static str) -> Self {
        self.timestamps = Some(TimestampSchema { created_at, updated_at });
        self
    }

    /// The struct's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The collection its documents are in.
    pub fn collection(&self) -> &'static str {
        self.collection
    }

    /// Its stored fields, in the struct's order.
    pub fn fields(&self) -> &'static [FieldSchema] {
        self.fields
    }

    /// The indexes it asks for, without `_id`'s.
    pub fn indexes(&self) -> &'static [IndexSchema] {
        self.indexes
    }

    /// Its timestamps, when it has any.
    pub fn timestamp_names(&self) -> Option<TimestampSchema> {
        self.timestamps
    }
}

impl FieldSchema {
    /// The field called `rust` in the struct and `stored` in documents, of type `T`.
    pub const fn of<T: FieldType>(rust: &'static str, stored: &'static str) -> Self {
        FieldSchema {
            rust,
            stored,
            kind: T::KIND,
            is_optional: T::OPTIONAL,
            is_flattened: false,
            fields: T::fields,
        }
    }

    /// The same, its own fields standing in its parent.
    pub const fn flattened(mut self) -> Self {
        self.is_flattened = true;
        self
    }

    /// The field's name in the struct.
    pub fn rust_name(&self) -> &'static str {
        self.rust
    }

    /// The field's name in documents.
    pub fn stored_name(&self) -> &'static str {
        self.stored
    }

    /// What kind of values it holds.
    pub fn kind(&self) -> KindName {
        self.kind
    }

    /// Whether documents may lack it (`Option`).
    pub fn is_optional(&self) -> bool {
        self.is_optional
    }

    /// Whether its own fields stand in its parent (serde's `flatten`).
    pub fn is_flattened(&self) -> bool {
        self.is_flattened
    }

    /// The fields of the struct it holds, itself or as elements; empty for others.
    pub fn fields(&self) -> &'static [FieldSchema] {
        (self.fields)()
    }
}

impl IndexSchema {
    /// An index on these paths, each with its direction.
    pub const fn new(keys: &'static [IndexKey]) -> Self {
        IndexSchema { keys, unique: false, sparse: false, name: None }
    }

    /// The same, and no two documents may share a key.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// The same, without the documents that have none of the paths.
    pub const fn sparse(mut self) -> Self {
        self.sparse = true;
        self
    }

    /// The same under a name of choice.
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// The key pattern: stored path to 1 or -1.
    pub fn keys(&self) -> Document {
        self.keys.iter().map(|(path, direction)| (path(), bson::Bson::Int32(*direction))).collect()
    }

    /// Whether no two documents may share a key.
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// Whether documents that have none of the paths are left out.
    pub fn is_sparse(&self) -> bool {
        self.sparse
    }

    /// What the engine is asked to create.
    pub fn spec(&self) -> IndexSpec {
        let mut spec = IndexSpec::new(self.keys());
        (spec.unique, spec.sparse) = (self.unique, self.sparse);
        spec.name = self.name.map(str::to_owned);
        spec
    }
}
