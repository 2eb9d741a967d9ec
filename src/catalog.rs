//! The catalog: which collections there are, which indexes they have, and in which trees both live.
//!
//! It is the content of tree 0, and parsed it is immutable. The invariant to hold in mind: a catalog belongs to
//! the transaction it was read in. Tree 0 holds a version that every change raises; whoever has parsed another
//! version reads it again, so that an index made through one handle or process is kept by the next write
//! through another.
//!
//! | key                                | value                                                             |
//! |------------------------------------|-------------------------------------------------------------------|
//! | `format`                           | `{catalog: int32, key: int32}`: the newest formats in use         |
//! | `version`                          | u64, big endian                                                   |
//! | `next_tree`                        | u64, big endian: the number of the next tree                      |
//! | `c` database `\0` collection       | the collection, a BSON document                                   |
//! | `p` tree (u64, big endian)         | u64: the last record that an unfinished build of that tree has read |
//! | `f` tree (u64, big endian)         | why the build of that tree failed, a BSON document                |

use crate::engine::Namespace;
use crate::error::{Error, ErrorKind, Result};
use anser_query::value::key::KEY_FORMAT;
use anser_query::{Code, Path};
use anser_storage::{Direction, Key, Range, ReadTxn, TreeId, WriteTxn};
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

/// The number of the catalog format that this code reads and writes.
pub(crate) const CATALOG_FORMAT: i32 = 1;

/// The name of the index on `_id` that every collection has.
pub(crate) const ID_INDEX: &str = "_id_";

const FORMAT: &[u8] = b"format";
const VERSION: &[u8] = b"version";
const NEXT_TREE: &[u8] = b"next_tree";
const COLLECTION: u8 = b'c';
const PROGRESS: u8 = b'p';
const FAILURE: u8 = b'f';

/// Fields of a failure's note: whose index it was.
const FAILURE_COLLECTION: &str = "collection";
const FAILURE_NAME: &str = "name";

/// The parsed content of tree 0, as of one transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    version: u64,
    collections: BTreeMap<Namespace, Arc<CollectionEntry>>,
}

/// A collection: its documents' tree and its indexes, `_id_` first.
#[derive(Clone, Debug)]
pub(crate) struct CollectionEntry {
    pub(crate) namespace: Namespace,
    /// Given when it was created; a collection made anew under the same name has another.
    pub(crate) uuid: [u8; 16],
    /// The documents, by record number.
    pub(crate) tree: TreeId,
    pub(crate) indexes: Vec<Arc<IndexEntry>>,
}

/// An index of a collection.
#[derive(Clone, Debug)]
pub(crate) struct IndexEntry {
    pub(crate) name: String,
    /// The key pattern as it was given.
    pub(crate) keys: Document,
    /// The paths of the pattern, in its order.
    pub(crate) paths: Vec<Path>,
    /// Per part: whether it ascends.
    pub(crate) ascending: Vec<bool>,
    pub(crate) unique: bool,
    pub(crate) sparse: bool,
    pub(crate) tree: TreeId,
    /// Whether every document is in it. Writers keep it whether or not; the planner uses it only when ready.
    pub(crate) ready: bool,
    /// Per part: whether a document went through an array there. Goes from no to yes only.
    pub(crate) multikey: Vec<bool>,
    /// Whether an entry's key was longer than `key_bytes_max`: the index then gives no order and covers nothing,
    /// and bounds have to be cut to `prefix_bytes`. Goes from no to yes only.
    pub(crate) truncated: bool,
    /// The longest key, record number left out. A longer one stands as its first `prefix_bytes()` and a hash.
    pub(crate) key_bytes_max: usize,
    /// The format of the keys: [`KEY_FORMAT`] when it was made.
    pub(crate) key_format: u32,
}

impl Catalog {
    /// The version of tree 0 that this was read from.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The collection of that name.
    #[inline]
    pub(crate) fn collection(&self, namespace: &Namespace) -> Option<&Arc<CollectionEntry>> {
        self.collections.get(namespace)
    }

    /// Every collection, by database and name.
    pub(crate) fn collections(&self) -> impl Iterator<Item = &Arc<CollectionEntry>> {
        self.collections.values()
    }

    /// The collection with that UUID, whatever it is called now.
    pub(crate) fn collection_by_uuid(&self, uuid: &[u8; 16]) -> Option<&Arc<CollectionEntry>> {
        self.collections.values().find(|collection| collection.uuid == *uuid)
    }

    /// Reads tree 0's version; 0 where there is no catalog yet.
    #[inline]
    pub(crate) fn stored_version(txn: &dyn ReadTxn) -> Result<u64> {
        Ok(number_at(txn, VERSION)?.unwrap_or(0))
    }

    /// Parses tree 0.
    ///
    /// # Errors
    /// A storage error of kind NewerFormat when a newer version of Anser wrote it, Corrupt when it is broken.
    pub(crate) fn load(txn: &dyn ReadTxn) -> Result<Catalog> {
        check_format(txn)?;
        let mut catalog = Catalog { version: Catalog::stored_version(txn)?, ..Catalog::default() };
        let lower = [COLLECTION];
        let upper = [COLLECTION + 1];
        // `format` and the other names begin with other letters; `c` is followed by a database's name.
        let range = Range::new(Bound::Included(Key::Bytes(&lower)), Bound::Excluded(Key::Bytes(&upper)));
        let mut failure = None;
        txn.scan(TreeId::CATALOG, range, Direction::Forward, &mut |key, value| {
            let Key::Bytes(key) = key else { return ControlFlow::Continue(()) };
            match CollectionEntry::parse(&key[1..], value) {
                Some(entry) => {
                    catalog.collections.insert(entry.namespace.clone(), Arc::new(entry));
                    ControlFlow::Continue(())
                }
                None => {
                    failure = Some(String::from_utf8_lossy(&key[1..]).replace('\0', "."));
                    ControlFlow::Break(())
                }
            }
        })?;
        match failure {
            Some(name) => Err(corrupt(&format!("the catalog's entry of {name}"))),
            None => Ok(catalog),
        }
    }

    /// Replaces or adds a collection in this copy.
    pub(crate) fn set(&mut self, entry: Arc<CollectionEntry>) {
        self.collections.insert(entry.namespace.clone(), entry);
    }

    /// Takes a collection out of this copy.
    pub(crate) fn unset(&mut self, namespace: &Namespace) -> Option<Arc<CollectionEntry>> {
        self.collections.remove(namespace)
    }

    /// Raises this copy's version.
    pub(crate) fn raise(&mut self) -> u64 {
        self.version += 1;
        self.version
    }
}

impl CollectionEntry {
    /// The name of its database.
    pub(crate) fn database(&self) -> &str {
        self.namespace.database()
    }

    /// The index of that name.
    pub(crate) fn index(&self, name: &str) -> Option<&Arc<IndexEntry>> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// Every tree it lives in.
    pub(crate) fn trees(&self) -> impl Iterator<Item = TreeId> {
        std::iter::once(self.tree).chain(self.indexes.iter().map(|index| index.tree))
    }

    fn parse(name: &[u8], value: &[u8]) -> Option<CollectionEntry> {
        let split = name.iter().position(|&byte| byte == 0)?;
        let database = std::str::from_utf8(&name[..split]).ok()?;
        let collection = std::str::from_utf8(&name[split + 1..]).ok()?;
        let document = Document::from_reader(value).ok()?;
        let Some(Bson::Binary(uuid)) = document.get("uuid") else { return None };
        let uuid = <[u8; 16]>::try_from(uuid.bytes.as_slice()).ok()?;
        let indexes = document.get_array("indexes").ok()?;
        let indexes = indexes
            .iter()
            .map(|index| IndexEntry::parse(index.as_document()?).map(Arc::new))
            .collect::<Option<Vec<_>>>()?;
        Some(CollectionEntry {
            namespace: Namespace::new(database, collection).ok()?,
            uuid,
            tree: TreeId(u64::try_from(document.get_i64("tree").ok()?).ok()?),
            indexes,
        })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let indexes: Vec<Bson> = self.indexes.iter().map(|index| index.to_document().into()).collect();
        let document =
            doc! { "uuid": uuid_value(&self.uuid), "tree": self.tree.0 as i64, "indexes": indexes };
        encoded(&document)
    }
}

impl IndexEntry {
    /// Whether a part of it is multikey.
    #[inline]
    pub(crate) fn is_multikey(&self) -> bool {
        self.multikey.contains(&true)
    }

    /// How many bytes of a key that is too long stand as they are, before its hash.
    #[inline]
    pub(crate) fn prefix_bytes(&self) -> usize {
        self.key_bytes_max.saturating_sub(crate::index::entry::HASH_BYTES)
    }

    /// An index that nothing is in yet. `keys` was checked.
    pub(crate) fn new(name: String, keys: Document, unique: bool, sparse: bool, tree: TreeId) -> IndexEntry {
        let (paths, ascending) = parts_of(&keys);
        let multikey = vec![false; paths.len()];
        IndexEntry {
            name,
            keys,
            paths,
            ascending,
            unique,
            sparse,
            tree,
            ready: true,
            multikey,
            truncated: false,
            key_bytes_max: usize::MAX,
            key_format: KEY_FORMAT,
        }
    }

    fn parse(document: &Document) -> Option<IndexEntry> {
        let keys = document.get_document("keys").ok()?.clone();
        let name = document.get_str("name").ok()?.to_owned();
        let flag = |name: &str| document.get_bool(name).unwrap_or(false);
        let tree = TreeId(u64::try_from(document.get_i64("tree").ok()?).ok()?);
        let mut index = IndexEntry::new(name, keys, flag("unique"), flag("sparse"), tree);
        let multikey = document.get_array("multikey").ok()?;
        index.multikey = multikey.iter().map(Bson::as_bool).collect::<Option<_>>()?;
        index.ready = document.get_bool("ready").ok()?;
        index.truncated = flag("truncated");
        if let Ok(bytes) = document.get_i64("key_bytes_max") {
            index.key_bytes_max = usize::try_from(bytes).ok()?;
        }
        index.key_format = u32::try_from(document.get_i32("key_format").ok()?).ok()?;
        (index.multikey.len() == index.paths.len()).then_some(index)
    }

    fn to_document(&self) -> Document {
        let multikey: Vec<Bson> = self.multikey.iter().map(|&multikey| multikey.into()).collect();
        let mut document = doc! {
            "name": &self.name,
            "keys": self.keys.clone(),
            "unique": self.unique,
            "sparse": self.sparse,
            "tree": self.tree.0 as i64,
            "ready": self.ready,
            "multikey": multikey,
            "truncated": self.truncated,
            "key_format": self.key_format as i32,
        };
        if let Ok(bytes) = i64::try_from(self.key_bytes_max) {
            document.insert("key_bytes_max", bytes);
        }
        document
    }
}

/// Makes the catalog of a new storage: tree 0 has to be there.
pub(crate) fn initialize(txn: &mut dyn WriteTxn) -> Result<()> {
    let format = doc! { "catalog": CATALOG_FORMAT, "key": KEY_FORMAT as i32 };
    txn.put(TreeId::CATALOG, Key::Bytes(FORMAT), &encoded(&format)?)?;
    txn.put(TreeId::CATALOG, Key::Bytes(NEXT_TREE), &1u64.to_be_bytes())?;
    write_version(txn, 1)
}

/// Whether the storage has a catalog.
pub(crate) fn is_initialized(txn: &dyn ReadTxn) -> Result<bool> {
    Ok(txn.get(TreeId::CATALOG, Key::Bytes(FORMAT), &mut |_| {})?)
}

/// Sets tree 0's version.
pub(crate) fn write_version(txn: &mut dyn WriteTxn, version: u64) -> Result<()> {
    Ok(txn.put(TreeId::CATALOG, Key::Bytes(VERSION), &version.to_be_bytes())?)
}

/// Gives out the number of a new tree.
pub(crate) fn next_tree(txn: &mut dyn WriteTxn) -> Result<TreeId> {
    let next = number_at(txn, NEXT_TREE)?.ok_or_else(|| corrupt("the number of the next tree"))?;
    let after = next.checked_add(1).ok_or_else(|| corrupt("the number of the next tree"))?;
    txn.put(TreeId::CATALOG, Key::Bytes(NEXT_TREE), &after.to_be_bytes())?;
    Ok(TreeId(next))
}

/// Writes a collection's entry.
pub(crate) fn write_collection(txn: &mut dyn WriteTxn, entry: &CollectionEntry) -> Result<()> {
    Ok(txn.put(TreeId::CATALOG, Key::Bytes(&collection_key(&entry.namespace)), &entry.to_bytes()?)?)
}

/// Removes a collection's entry.
pub(crate) fn remove_collection(txn: &mut dyn WriteTxn, namespace: &Namespace) -> Result<()> {
    txn.remove(TreeId::CATALOG, Key::Bytes(&collection_key(namespace)))?;
    Ok(())
}

/// The last record that an unfinished build of the index in `tree` has read.
pub(crate) fn progress(txn: &dyn ReadTxn, tree: TreeId) -> Result<u64> {
    Ok(number_at(txn, &tree_key(PROGRESS, tree))?.unwrap_or(0))
}

/// Notes how far a build is; `None`: it is over.
pub(crate) fn write_progress(txn: &mut dyn WriteTxn, tree: TreeId, record: Option<u64>) -> Result<()> {
    let key = tree_key(PROGRESS, tree);
    match record {
        Some(record) => txn.put(TreeId::CATALOG, Key::Bytes(&key), &record.to_be_bytes())?,
        None => {
            txn.remove(TreeId::CATALOG, Key::Bytes(&key))?;
        }
    }
    Ok(())
}

/// Why the build of the index in `tree` failed, if it did.
pub(crate) fn failure(txn: &dyn ReadTxn, tree: TreeId) -> Result<Option<Document>> {
    let mut found = None;
    txn.get(TreeId::CATALOG, Key::Bytes(&tree_key(FAILURE, tree)), &mut |value| {
        found = Document::from_reader(value).ok();
    })?;
    Ok(found)
}

/// Notes why the build of the index `name` in `tree` failed, for whoever waits for it, be it in another process.
/// The note stays until the next build of the index is over or its collection is dropped.
pub(crate) fn write_failure(
    txn: &mut dyn WriteTxn,
    tree: TreeId,
    collection: &[u8; 16],
    name: &str,
    mut why: Document,
) -> Result<()> {
    forget_failures(txn, collection, Some(name))?;
    why.insert(FAILURE_COLLECTION, uuid_value(collection));
    why.insert(FAILURE_NAME, name);
    Ok(txn.put(TreeId::CATALOG, Key::Bytes(&tree_key(FAILURE, tree)), &encoded(&why)?)?)
}

/// Forgets why builds of a collection's indexes failed: of the index `name`, or of all.
pub(crate) fn forget_failures(
    txn: &mut dyn WriteTxn,
    collection: &[u8; 16],
    name: Option<&str>,
) -> Result<()> {
    let mut forgotten = Vec::new();
    let (first, last) = (tree_key(FAILURE, TreeId(0)), tree_key(FAILURE, TreeId(u64::MAX)));
    let range = Range::new(Bound::Included(Key::Bytes(&first)), Bound::Included(Key::Bytes(&last)));
    txn.scan(TreeId::CATALOG, range, Direction::Forward, &mut |key, value| {
        // The number of the format lies in this range too, and is shorter.
        if let Key::Bytes(key) = key
            && key.len() == first.len()
            && is_failure_of(value, collection, name)
        {
            forgotten.push(key.to_vec());
        }
        ControlFlow::Continue(())
    })?;
    for key in forgotten {
        txn.remove(TreeId::CATALOG, Key::Bytes(&key))?;
    }
    Ok(())
}

/// Whether a failure's note is of that collection, and of the index `name` when one is given. A note that cannot
/// be read is nobody's, and counts as found.
fn is_failure_of(note: &[u8], collection: &[u8; 16], name: Option<&str>) -> bool {
    let Ok(note) = Document::from_reader(note) else { return true };
    let Some(Bson::Binary(uuid)) = note.get(FAILURE_COLLECTION) else { return true };
    uuid.bytes == collection
        && name.is_none_or(|name| note.get_str(FAILURE_NAME).is_ok_and(|noted| noted == name))
}

fn uuid_value(uuid: &[u8; 16]) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: uuid.to_vec() }
}

/// The paths and directions of a key pattern.
fn parts_of(keys: &Document) -> (Vec<Path>, Vec<bool>) {
    keys.iter().map(|(path, direction)| (Path::new(path), !is_negative(direction))).unzip()
}

/// Whether a key pattern's value means descending.
pub(crate) fn is_negative(direction: &Bson) -> bool {
    match direction {
        Bson::Int32(number) => *number < 0,
        Bson::Int64(number) => *number < 0,
        Bson::Double(number) => *number < 0.0,
        Bson::Decimal128(number) => number.bytes()[15] & 0x80 != 0,
        _ => false,
    }
}

fn check_format(txn: &dyn ReadTxn) -> Result<()> {
    let mut format = None;
    txn.get(TreeId::CATALOG, Key::Bytes(FORMAT), &mut |value| format = Document::from_reader(value).ok())?;
    let Some(format) = format else { return Ok(()) };
    let number = |name: &str| format.get_i32(name).map_err(|_| corrupt("the catalog's format"));
    let (catalog, key) = (number("catalog")?, number("key")?);
    if catalog > CATALOG_FORMAT || i64::from(key) > i64::from(KEY_FORMAT) {
        let message = format!(
            "the database was written by a newer version: catalog format {catalog} and key format {key}, \
             this version reads up to {CATALOG_FORMAT} and {KEY_FORMAT}"
        );
        return Err(anser_storage::Error::new(anser_storage::ErrorKind::NewerFormat, message).into());
    }
    Ok(())
}

fn collection_key(namespace: &Namespace) -> Vec<u8> {
    let mut key = vec![COLLECTION];
    key.extend_from_slice(namespace.database().as_bytes());
    key.push(0);
    key.extend_from_slice(namespace.collection().as_bytes());
    key
}

fn tree_key(kind: u8, tree: TreeId) -> [u8; 9] {
    let mut key = [kind; 9];
    key[1..].copy_from_slice(&tree.0.to_be_bytes());
    key
}

#[inline]
fn number_at(txn: &dyn ReadTxn, key: &[u8]) -> Result<Option<u64>> {
    let mut number = None;
    txn.get(TreeId::CATALOG, Key::Bytes(key), &mut |value| {
        number = value.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    })?;
    Ok(number)
}

fn encoded(document: &Document) -> Result<Vec<u8>> {
    document.to_vec().map_err(|error| {
        Error::new(ErrorKind::Internal, Code::INTERNAL_ERROR, "a catalog entry does not encode")
            .with_source(error)
    })
}

fn corrupt(what: &str) -> Error {
    anser_storage::Error::new(anser_storage::ErrorKind::Corrupt, format!("{what} cannot be read")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{DeleteStatement, Embedded, Engine, IndexChoice, IndexSpec, WriteOptions};
    use anser_storage::Durability;
    use bson::RawDocumentBuf;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let mut index = IndexEntry::new("a_1".into(), doc! { "a.b": 1, "c": -1.5 }, true, true, TreeId(7));
        (index.ready, index.truncated, index.key_bytes_max) = (false, true, 100);
        index.multikey = vec![false, true];
        let entry = CollectionEntry {
            namespace: Namespace::new("main", "a.users").unwrap(),
            uuid: [7; 16],
            tree: TreeId(3),
            indexes: vec![Arc::new(index)],
        };
        let key = collection_key(&entry.namespace);
        let parsed = CollectionEntry::parse(&key[1..], &entry.to_bytes().unwrap()).unwrap();
        assert_eq!(format!("{parsed:?}"), format!("{entry:?}"));
        assert_eq!(parsed.indexes[0].ascending, [true, false]);
    }

    #[test]
    fn a_failure_is_noted_until_the_next_build_of_the_index_is_over_or_the_collection_is_dropped() {
        let storage = Box::new(anser_storage::memory::MemoryStrategy::new());
        let engine = Embedded::open(storage, Durability::Synced).unwrap();
        let noted = || {
            let txn = engine.read().unwrap().txn;
            (0..20).filter(|&tree| failure(&*txn, TreeId(tree)).unwrap().is_some()).collect::<Vec<_>>()
        };
        let users = Namespace::new("main", "users").unwrap();
        let insert = |documents: Vec<Document>| {
            let documents = documents.iter().map(|document| RawDocumentBuf::try_from(document).unwrap());
            engine.insert(&users, documents.collect(), &WriteOptions::default()).unwrap();
        };
        let create = || {
            let mut spec = IndexSpec::new(doc! { "a": 1 });
            spec.unique = true;
            engine.create_indexes(&users, &[spec]).map_err(|error| error.code())
        };
        insert((0..3000).map(|id| doc! { "_id": id, "a": id }).collect());
        insert(vec![doc! { "_id": 3000, "a": 5 }]);
        assert_eq!(create().unwrap_err(), Code::DUPLICATE_KEY);
        let first = noted();
        assert_eq!(first.len(), 1);
        assert_eq!(create().unwrap_err(), Code::DUPLICATE_KEY);
        assert!(noted().len() == 1 && noted() != first, "the second failure takes the first's place");
        let filter = RawDocumentBuf::try_from(&doc! { "_id": 3000 }).unwrap();
        let delete = DeleteStatement { filter, multi: false, hint: None };
        engine.delete(&users, &[delete], &WriteOptions::default()).unwrap();
        create().unwrap();
        assert_eq!(noted(), [] as [u64; 0]);
        engine.drop_indexes(&users, &IndexChoice::All).unwrap();
        insert(vec![doc! { "_id": 3000, "a": 5 }]);
        assert_eq!(create().unwrap_err(), Code::DUPLICATE_KEY);
        assert_eq!(noted().len(), 1);
        engine.drop_collection(&users).unwrap();
        assert_eq!(noted(), [] as [u64; 0]);
        assert!(is_initialized(&*engine.read().unwrap().txn).unwrap(), "the format is noted still");
    }

    #[test]
    fn a_broken_entry_is_no_entry() {
        assert!(CollectionEntry::parse(b"main\0users", b"junk").is_none());
        assert!(CollectionEntry::parse(b"no zero", &doc! {}.to_vec().unwrap()).is_none());
    }
}
