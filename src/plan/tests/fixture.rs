//! A collection in memory, its indexes kept by the rules of the entry layout.

use crate::catalog::{CollectionEntry, IndexEntry};
use crate::engine::{Hint, Namespace};
use crate::index::entry::encode_row;
use crate::plan::choose::{Choice, choice};
use crate::plan::{Order, Plan, Query, choose};
use crate::run;
use anser_query::path::index_keys;
use anser_query::value::{DocumentRef, ValueRef, key};
use anser_query::{Filter, Path};
use anser_storage::memory::MemoryStrategy;
use anser_storage::{Durability, Key, ReadTxn, Shape, StorageStrategy, TreeId, TreeSpec};
use bson::{Document, RawDocumentBuf};
use std::ops::ControlFlow;
use std::sync::Arc;

/// What to make an index of.
pub(crate) struct Spec {
    pub(crate) keys: Document,
    pub(crate) unique: bool,
    pub(crate) sparse: bool,
    /// Longer keys are cut and hashed.
    pub(crate) key_bytes_max: usize,
}

impl Spec {
    pub(crate) fn new(keys: Document) -> Spec {
        Spec { keys, unique: false, sparse: false, key_bytes_max: usize::MAX }
    }
}

/// A plain index.
pub(crate) fn index(keys: Document) -> Spec {
    Spec::new(keys)
}

/// A collection and the storage it lives in.
pub(crate) struct Fixture {
    pub(crate) storage: MemoryStrategy,
    pub(crate) collection: CollectionEntry,
    pub(crate) documents: Vec<RawDocumentBuf>,
}

impl Fixture {
    /// Stores `documents` with an index on `_id` and those of `specs`; what an index cannot hold (parallel
    /// arrays) is left out of the collection.
    pub(crate) fn new(documents: &[Document], specs: Vec<Spec>) -> Fixture {
        let storage = MemoryStrategy::new();
        let mut txn = storage.begin_write(Durability::Os).unwrap();
        let tree = TreeId(1);
        txn.create_tree(tree, &TreeSpec { shape: Shape::Records, derived: false, label: "c" }).unwrap();
        let ids = Spec { unique: true, ..Spec::new(bson::doc! { "_id": 1 }) };
        let mut indexes: Vec<IndexEntry> = Vec::new();
        for (at, spec) in std::iter::once(ids).chain(specs).enumerate() {
            let index_tree = TreeId(at as u64 + 2);
            txn.create_tree(index_tree, &TreeSpec { shape: Shape::Keys, derived: true, label: "i" }).unwrap();
            let parts: Vec<String> = spec.keys.iter().map(|(path, way)| format!("{path}_{way}")).collect();
            let name = if at == 0 { "_id_".to_owned() } else { parts.join("_") };
            let mut index = IndexEntry::new(name, spec.keys, spec.unique, spec.sparse, index_tree);
            index.key_bytes_max = spec.key_bytes_max;
            indexes.push(index);
        }
        let mut stored = Vec::new();
        for document in documents {
            let raw = RawDocumentBuf::try_from(document).unwrap();
            let rows: Option<Vec<Vec<Row>>> =
                indexes.iter().map(|index| rows(index, DocumentRef::from(&raw))).collect();
            let Some(rows) = rows else { continue };
            let record = txn.append(tree, raw.as_bytes()).unwrap();
            for (index, rows) in indexes.iter_mut().zip(rows) {
                for row in rows {
                    for (part, multikey) in row.multikey.iter().enumerate() {
                        index.multikey[part] |= multikey;
                    }
                    let Some((mut key, remainder, truncated)) = row.entry else { continue };
                    index.truncated |= truncated;
                    let mut value = Vec::new();
                    match index.unique {
                        true => value.extend_from_slice(&record.to_be_bytes()),
                        false => key.extend_from_slice(&record.to_be_bytes()),
                    }
                    value.extend_from_slice(&remainder);
                    txn.put(index.tree, Key::Bytes(&key), &value).unwrap();
                }
            }
            stored.push(raw);
        }
        txn.commit().unwrap();
        let collection = CollectionEntry {
            namespace: Namespace::new("db", "c").unwrap(),
            uuid: [0; 16],
            tree,
            indexes: indexes.into_iter().map(Arc::new).collect(),
        };
        Fixture { storage, collection, documents: stored }
    }

    pub(crate) fn txn(&self) -> Box<dyn ReadTxn> {
        self.storage.begin_read().unwrap()
    }

    /// Asks `ask` of the collection.
    pub(crate) fn with<T>(&self, ask: &Ask, answer: impl FnOnce(&Query<'_>) -> T) -> T {
        let raw = RawDocumentBuf::try_from(&ask.filter).unwrap();
        let filter = Filter::parse(DocumentRef::from(&raw)).unwrap();
        let sort = RawDocumentBuf::try_from(&ask.sort).unwrap();
        let order = Order::parse(Some(DocumentRef::from(&sort))).unwrap();
        let query = Query {
            order: &order,
            skip: ask.skip,
            limit: ask.limit,
            hint: ask.hint.as_ref(),
            ..Query::new(&filter)
        };
        answer(&query)
    }

    pub(crate) fn plan(&self, ask: &Ask) -> Plan {
        self.with(ask, |query| choose(&self.collection, query).unwrap())
    }

    pub(crate) fn choice(&self, ask: &Ask) -> Choice {
        self.with(ask, |query| choice(&self.collection, query, true).unwrap())
    }

    /// The name of the index that answers, `None` for the collection, several joined by `|`.
    pub(crate) fn used(&self, ask: &Ask) -> Option<String> {
        let choice = self.choice(ask);
        let names: Vec<&str> = choice.chosen.iter().map(|one| one.scan.index.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join("|"))
    }

    /// The records that a plan gives, in its order.
    pub(crate) fn records(&self, plan: &Plan) -> Vec<u64> {
        let mut records = Vec::new();
        run::for_each(&*self.txn(), &self.collection, plan, &mut |record, _| {
            records.push(record);
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
        records
    }

    pub(crate) fn answer(&self, ask: &Ask) -> Vec<u64> {
        self.records(&self.plan(ask))
    }
}

/// A question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) filter: Document,
    pub(crate) sort: Document,
    pub(crate) skip: u64,
    pub(crate) limit: Option<u64>,
    pub(crate) hint: Option<Hint>,
}

impl Ask {
    pub(crate) fn filter(filter: Document) -> Ask {
        Ask { filter, ..Ask::default() }
    }

    pub(crate) fn sort(mut self, sort: Document) -> Ask {
        self.sort = sort;
        self
    }

    pub(crate) fn limit(mut self, limit: u64) -> Ask {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn hint(mut self, name: &str) -> Ask {
        self.hint = Some(Hint::Name(name.into()));
        self
    }
}

struct Row {
    multikey: Vec<bool>,
    /// Key, remainder, and whether the key was cut.
    entry: Option<(Vec<u8>, Vec<u8>, bool)>,
}

/// The entries of a document, `None` when the index refuses it.
fn rows(index: &IndexEntry, document: DocumentRef<'_>) -> Option<Vec<Row>> {
    let paths: &[Path] = &index.paths;
    let mut rows = Vec::new();
    let extracted = index_keys::extract(paths, document, &mut |row| {
        if index.sparse && row.all_missing {
            return;
        }
        let (mut key, mut remainder) = (Vec::new(), Vec::new());
        encode_row(index, row.values, &mut key);
        let whole: usize = row.values.iter().map(|value| key_length(*value)).sum();
        row.values.iter().for_each(|value| key::remainder(*value, &mut remainder));
        let entry = Some((key, remainder, whole > index.key_bytes_max));
        rows.push(Row { multikey: Vec::new(), entry });
    })
    .ok()?;
    let multikey = (0..paths.len()).map(|part| extracted.is_multikey(part)).collect();
    rows.push(Row { multikey, entry: None });
    Some(rows)
}

fn key_length(value: ValueRef<'_>) -> usize {
    let mut key = Vec::new();
    key::encode(value, &mut key);
    key.len()
}
