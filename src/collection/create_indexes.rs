//! Creating indexes.
//!
//! An index on a collection with few documents is filled where it is made, in the same transaction; on a larger
//! one it is `building`, kept by every writer from then on, and filled in the background. Either way this
//! returns when it is ready, and when it cannot be made nothing of the request is left.

use super::create;
use super::drop_indexes::same_pattern;
use crate::catalog::{self, CollectionEntry, ID_INDEX, IndexEntry};
use crate::engine::{CreateIndexesOutcome, Embedded, IndexSpec, Namespace};
use crate::error::{Error, ErrorKind, Result};
use crate::index::build::{self, Build};
use crate::transaction::WriteView;
use anser_query::Code;
use anser_query::path::index_keys::PARTS_MAX;
use anser_storage::TreeId;
use bson::{Bson, Document};
use std::fmt::Write;
use std::sync::Arc;

/// The most indexes a collection may have, as in MongoDB.
const INDEXES_MAX: usize = 64;

/// How many pieces are filled at once, in the transaction that makes the index.
const PIECES_AT_ONCE: usize = 2;

/// An index that is asked for, checked.
struct Wanted {
    name: String,
    keys: Document,
    unique: bool,
    sparse: bool,
}

/// Creates indexes, and the collection when it is missing; waits until they are ready.
///
/// # Errors
/// CannotCreateIndex (67), 13103, BadValue (2), InvalidIndexSpecificationOption (197) for what no index can be;
/// IndexOptionsConflict (85) and IndexKeySpecsConflict (86) for what another one is; DuplicateKey (11000).
pub(crate) fn create_indexes(
    engine: &Embedded,
    namespace: &Namespace,
    indexes: &[IndexSpec],
) -> Result<CreateIndexesOutcome> {
    let wanted: Vec<Wanted> = indexes.iter().map(check).collect::<Result<_>>()?;
    if let Some(outcome) = nothing_to_do(engine, namespace, &wanted)? {
        return Ok(outcome);
    }
    let mut view = engine.write_alone(None)?;
    let created_collection = view.collection(namespace).is_none();
    let collection = create::collection_or_new(&mut view, namespace)?;
    let mut entry = CollectionEntry::clone(&collection);
    let before = count(&entry);
    // The indexes this request makes, and the builds it waits for, be they its own or another's.
    let (mut made, mut builds) = (Vec::new(), Vec::new());
    for Wanted { name, keys, unique, sparse } in wanted {
        let wanted = Wanted { name, keys, unique, sparse };
        if let Some(existing) = same(&entry, &wanted)? {
            if !existing.ready && !made.contains(&existing.tree) {
                builds.push(Build { collection: entry.uuid, tree: existing.tree });
            }
            continue;
        }
        if entry.indexes.len() >= INDEXES_MAX {
            let message = format!("add index fails, too many indexes for {namespace} key:{}", wanted.keys);
            return Err(Error::request(Code::CANNOT_CREATE_INDEX, message));
        }
        let Wanted { name, keys, unique, sparse } = wanted;
        let mut index = create::new_index(&mut view, namespace, name, keys, unique, sparse)?;
        index.ready = created_collection;
        made.push(index.tree);
        entry.indexes.push(Arc::new(index));
    }
    let after = count(&entry);
    let uuid = entry.uuid;
    view.set_collection(entry)?;
    if !created_collection {
        for &tree in &made {
            let build = Build { collection: uuid, tree };
            if !fill_first(&mut view, namespace, build)? {
                builds.push(build);
            }
        }
    }
    view.commit()?;
    for &build in &builds {
        if let Err(error) = wait(engine, build) {
            undo(engine, namespace, &made)?;
            return Err(error);
        }
    }
    Ok(CreateIndexesOutcome { before, after, created_collection })
}

/// The outcome when every index is there already, asked without a writer's place.
fn nothing_to_do(
    engine: &Embedded,
    namespace: &Namespace,
    wanted: &[Wanted],
) -> Result<Option<CreateIndexesOutcome>> {
    let view = engine.read()?;
    let Some(collection) = view.catalog.collection(namespace) else { return Ok(None) };
    for wanted in wanted {
        match same(collection, wanted)? {
            Some(index) if index.ready => {}
            _ => return Ok(None),
        }
    }
    let there = count(collection);
    Ok(Some(CreateIndexesOutcome { before: there, after: there, created_collection: false }))
}

/// Fills an index from the first documents. Returns whether these were all, and the index is ready.
fn fill_first(view: &mut WriteView<'_>, namespace: &Namespace, build: Build) -> Result<bool> {
    let mut read_to = 0;
    for _ in 0..PIECES_AT_ONCE {
        let Some(collection) = view.collection(namespace) else { return Ok(true) };
        let position = collection.indexes.iter().position(|index| index.tree == build.tree);
        let Some(position) = position else { return Ok(true) };
        match build::fill(view, &collection, position, read_to)? {
            Some(last) => read_to = last,
            None => {
                build::make_ready(view, build)?;
                return Ok(true);
            }
        }
    }
    catalog::write_progress(view.writer(), build.tree, Some(read_to))?;
    Ok(false)
}

/// Waits until a build is over.
///
/// # Errors
/// Why it failed; IndexBuildAborted (276) when the index was dropped meanwhile.
fn wait(engine: &Embedded, build: Build) -> Result<()> {
    let since = engine.tasks().submit(engine, build)?;
    loop {
        let generation = engine.tasks().generation();
        let view = engine.read()?;
        let collection = view.catalog.collection_by_uuid(&build.collection);
        let index = collection.and_then(|entry| entry.indexes.iter().find(|index| index.tree == build.tree));
        match index {
            Some(index) if index.ready => return Ok(()),
            Some(_) => {}
            None => {
                let Some(why) = catalog::failure(&*view.txn, build.tree)? else {
                    // Who made the index was told before, and has dropped it.
                    if let Some(error) = engine.tasks().failure(build, since) {
                        return Err(error);
                    }
                    let message = "the index was dropped while it was being built";
                    return Err(Error::new(ErrorKind::Namespace, Code::INDEX_BUILD_ABORTED, message));
                };
                return Err(Error::from_write_errors(vec![build::failure_of(&why)]));
            }
        }
        drop(view);
        engine.tasks().wait(engine, build, since, generation)?;
    }
}

/// Drops the indexes that a failed request has made. Why it failed stays noted: others may wait for the same build.
fn undo(engine: &Embedded, namespace: &Namespace, made: &[TreeId]) -> Result<()> {
    let mut view = engine.write_alone(None)?;
    for &tree in made {
        catalog::write_progress(view.writer(), tree, None)?;
    }
    if let Some(collection) = view.collection(namespace) {
        let mut entry = CollectionEntry::clone(&collection);
        entry.indexes.retain(|index| !made.contains(&index.tree));
        for index in collection.indexes.iter().filter(|index| made.contains(&index.tree)) {
            view.writer().drop_tree(index.tree)?;
        }
        view.set_collection(entry)?;
    }
    view.commit()
}

/// The index that is `wanted`, when there is one.
///
/// # Errors
/// IndexKeySpecsConflict (86) when its name is another's, IndexOptionsConflict (85) when it has another name.
fn same<'c>(collection: &'c CollectionEntry, wanted: &Wanted) -> Result<Option<&'c Arc<IndexEntry>>> {
    let is_same = |index: &IndexEntry| {
        same_pattern(&index.keys, &wanted.keys)
            && (index.name == ID_INDEX || (index.unique, index.sparse) == (wanted.unique, wanted.sparse))
    };
    if let Some(index) = collection.index(&wanted.name) {
        if is_same(index) {
            return Ok(Some(index));
        }
        let message = format!(
            "An existing index has the same name as the requested index. When index names are not specified, \
             they are auto generated and can cause conflicts. Please refer to our documentation. Requested \
             index: {}, existing index: {}",
            shown(&wanted.name, &wanted.keys, wanted.unique, wanted.sparse),
            shown(&index.name, &index.keys, index.unique, index.sparse),
        );
        return Err(Error::request(Code::INDEX_KEY_SPECS_CONFLICT, message));
    }
    if let Some(index) = collection.indexes.iter().find(|index| is_same(index)) {
        let message = format!("Index already exists with a different name: {}", index.name);
        return Err(Error::request(Code::INDEX_OPTIONS_CONFLICT, message));
    }
    Ok(None)
}

fn shown(name: &str, keys: &Document, unique: bool, sparse: bool) -> Document {
    let mut document = bson::doc! { "key": keys.clone(), "name": name };
    if unique {
        document.insert("unique", true);
    }
    if sparse {
        document.insert("sparse", true);
    }
    document
}

fn count(collection: &CollectionEntry) -> u32 {
    u32::try_from(collection.indexes.len()).unwrap_or(u32::MAX)
}

/// Checks what is asked for and gives it a name.
fn check(spec: &IndexSpec) -> Result<Wanted> {
    let cannot = |why: String| Err(Error::request(Code::CANNOT_CREATE_INDEX, why));
    let keys = &spec.keys;
    if keys.is_empty() {
        return cannot("Index keys cannot be an empty object.".to_owned());
    }
    if keys.len() > PARTS_MAX {
        let message = format!("too many parts in the key pattern: {}, {PARTS_MAX} are the most", keys.len());
        return Err(Error::request(Code(13103), message));
    }
    for (path, direction) in keys {
        if let Err(why) = check_path(path).and_then(|()| check_direction(path, direction)) {
            return cannot(why);
        }
    }
    let mut name = spec.name.clone().unwrap_or_else(|| generated_name(keys));
    if name.is_empty() {
        return cannot("index name cannot be empty".to_owned());
    }
    if name.contains('\0') {
        return cannot("index name cannot hold a NUL".to_owned());
    }
    if name == "*" {
        return Err(Error::request(Code::BAD_VALUE, "The index name '*' is not valid."));
    }
    if keys.len() == 1
        && let Some(direction) = keys.get("_id")
    {
        if !same_pattern(keys, &bson::doc! { "_id": 1 }) {
            if same_pattern(keys, &bson::doc! { "_id": -1 }) {
                let message =
                    format!("The field 'key' for an _id index must be {{_id: 1}}, but got {direction}");
                return Err(Error::request(Code::BAD_VALUE, message));
            }
        } else if spec.unique {
            // MongoDB takes `sparse` without a word: every document has an `_id`.
            let message = "The field 'unique' is not valid for an _id index specification";
            return Err(Error::request(Code::INVALID_INDEX_SPECIFICATION_OPTION, message));
        } else {
            name = ID_INDEX.to_owned();
        }
    }
    if name == ID_INDEX && !same_pattern(keys, &bson::doc! { "_id": 1 }) {
        let message =
            "The index name '_id_' is reserved for the _id index, which must have key pattern {_id: 1}";
        return Err(Error::request(Code::BAD_VALUE, message));
    }
    Ok(Wanted { name, keys: keys.clone(), unique: spec.unique, sparse: spec.sparse })
}

fn check_path(path: &str) -> std::result::Result<(), String> {
    if path.is_empty() {
        return Err("Index keys cannot be an empty field.".to_owned());
    }
    if path.contains('\0') {
        return Err("Index keys cannot hold a NUL.".to_owned());
    }
    for part in path.split('.') {
        if part.is_empty() {
            return Err(format!("Index key '{path}' has an empty part."));
        }
        if part == "$**" {
            return Err(format!("Index key '{path}': wildcard indexes are not supported."));
        }
        if part.starts_with('$') && !(path.len() > part.len() && ["$id", "$ref", "$db"].contains(&part)) {
            return Err(format!(
                "Index key '{path}' contains an illegal field name: '{part}' begins with '$'."
            ));
        }
    }
    Ok(())
}

fn check_direction(path: &str, direction: &Bson) -> std::result::Result<(), String> {
    let number = match direction {
        Bson::Int32(number) => f64::from(*number),
        Bson::Int64(number) => *number as f64,
        Bson::Double(number) => *number,
        Bson::Decimal128(number) => number.to_string().parse().unwrap_or(f64::NAN),
        Bson::String(kind) => {
            return Err(match kind.as_str() {
                "text" | "2d" | "2dsphere" | "hashed" | "columnstore" | "geoHaystack" => {
                    format!("Index key '{path}': {kind} indexes are not supported.")
                }
                _ => format!("Index key '{path}': unknown index plugin '{kind}'"),
            });
        }
        other => {
            return Err(format!(
                "Values in the index key pattern cannot be of type {}: only numbers > 0, numbers < 0 and \
                 strings are allowed, found {other} at '{path}'",
                anser_query::value::kind::type_name(other.element_type() as u8)
            ));
        }
    };
    if number == 0.0 || number.is_nan() {
        return Err(format!(
            "Values in the index key pattern cannot be 0 or NaN, found {direction} at '{path}'"
        ));
    }
    Ok(())
}

/// `city_1_age_-1`, as drivers make it.
fn generated_name(keys: &Document) -> String {
    let mut name = String::new();
    for (path, direction) in keys {
        if !name.is_empty() {
            name.push('_');
        }
        let written = match direction {
            Bson::Double(number) => write!(name, "{path}_{number}"),
            Bson::String(kind) => write!(name, "{path}_{kind}"),
            other => write!(name, "{path}_{other}"),
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    fn code(keys: Document, change: impl Fn(&mut IndexSpec)) -> i32 {
        let mut spec = IndexSpec::new(keys);
        change(&mut spec);
        check(&spec).map_or_else(|error| error.code().0, |_| 0)
    }

    #[test]
    fn names_are_made_of_the_pattern() {
        assert_eq!(generated_name(&doc! { "city": 1, "age": -1 }), "city_1_age_-1");
        assert_eq!(generated_name(&doc! { "a.b": 1.0 }), "a.b_1");
    }

    #[test]
    fn patterns_that_no_index_can_have_are_refused_with_mongodb_s_codes() {
        let plain = |keys| code(keys, |_| ());
        for keys in [
            doc! {},
            doc! { "a": 0 },
            doc! { "a": f64::NAN },
            doc! { "a": true },
            doc! { "a": Bson::Null },
            doc! { "a": "abc" },
            doc! { "a": "text" },
            doc! { "$a": 1 },
            doc! { "a..b": 1 },
            doc! { "": 1 },
            doc! { "$**": 1 },
        ] {
            assert_eq!(plain(keys.clone()), 67, "{keys}");
        }
        assert_eq!(plain(doc! { "_id": -1 }), 2);
        assert_eq!(plain((0..33).map(|at| (format!("f{at}"), Bson::Int32(1))).collect()), 13103);
        assert_eq!(plain(doc! { "a.$id": 1, "b": -2.5 }), 0);
        assert_eq!(code(doc! { "a": 1 }, |spec| spec.name = Some(String::new())), 67);
        assert_eq!(code(doc! { "a": 1 }, |spec| spec.name = Some("_id_".into())), 2);
        assert_eq!(code(doc! { "_id": 1 }, |spec| spec.unique = true), 197);
        assert_eq!(code(doc! { "_id": 1 }, |spec| spec.name = Some("mine".into())), 0);
    }
}
