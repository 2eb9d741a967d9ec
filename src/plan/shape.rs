//! Plans as MongoDB shows them: nested documents of stages, and filters as they were understood.

use super::candidate::Candidate;
use super::interval::{Cut, Interval};
use super::{Access, IndexScan, Plan};
use crate::catalog::IndexEntry;
use anser_query::value::{DocumentRef, ValueBuf, key};
use anser_query::{Filter, Sort};
use anser_storage::Direction;
use bson::{Bson, Document, doc};

/// The stages of a plan, the last one on top.
pub(crate) fn stages(plan: &Plan, chosen: &[Candidate], filter: &Filter) -> Document {
    let mut stage = match &plan.access {
        Access::Collection(direction) => {
            let mut stage = doc! { "stage": "COLLSCAN" };
            if !matches!(filter, Filter::All) {
                stage.insert("filter", parsed(filter));
            }
            stage.insert("direction", direction_name(*direction));
            stage
        }
        Access::Index(scan) => fetch(filter, index_scan(scan, chosen.first())),
        Access::Union(scans) => {
            let inputs = scans.iter().enumerate().map(|(at, scan)| index_scan(scan, chosen.get(at)));
            let inputs: Vec<Document> = inputs.collect();
            fetch(filter, doc! { "stage": "OR", "inputStages": inputs })
        }
    };
    if let Some(sort) = &plan.sort {
        let mut sorted =
            doc! { "stage": "SORT", "sortPattern": pattern(sort), "memLimit": super::SORT_BYTES_MAX as i64 };
        if let Some(limit) = plan.limit {
            sorted.insert("limitAmount", whole(limit.saturating_add(plan.skip)));
        }
        sorted.insert("type", "simple");
        sorted.insert("inputStage", stage);
        stage = sorted;
    }
    if plan.skip > 0 {
        stage = doc! { "stage": "SKIP", "skipAmount": whole(plan.skip), "inputStage": stage };
    }
    if let Some(limit) = plan.limit {
        stage = doc! { "stage": "LIMIT", "limitAmount": whole(limit), "inputStage": stage };
    }
    stage
}

/// An index scan as the only stage below `FETCH`.
pub(crate) fn fetch(filter: &Filter, input: Document) -> Document {
    let mut stage = doc! { "stage": "FETCH" };
    if !matches!(filter, Filter::All) {
        // The evaluator has the last word, also where the bounds say all.
        stage.insert("filter", parsed(filter));
    }
    stage.insert("inputStage", input);
    stage
}

/// A scan of an index, with its bounds.
pub(crate) fn index_scan(scan: &IndexScan, candidate: Option<&Candidate>) -> Document {
    let mut stage = doc! { "stage": "IXSCAN" };
    describe(&mut stage, &scan.index);
    stage.insert("direction", direction_name(scan.direction));
    stage.insert("indexBounds", bounds(scan, candidate));
    stage
}

/// The properties of an index that its stage shows.
pub(crate) fn describe(stage: &mut Document, index: &IndexEntry) {
    stage.insert("keyPattern", index.keys.clone());
    stage.insert("indexName", &index.name);
    stage.insert("isMultiKey", index.is_multikey());
    let mut paths = Document::new();
    for (path, &multikey) in index.paths.iter().zip(&index.multikey) {
        // Which part is multikey is recorded, not where on its path the array stands.
        let arrays: Vec<Bson> = if multikey { vec![path.as_str().into()] } else { Vec::new() };
        paths.insert(path.as_str(), arrays);
    }
    stage.insert("multiKeyPaths", paths);
    stage.insert("isUnique", index.unique);
    stage.insert("isSparse", index.sparse);
    stage.insert("isPartial", false);
    stage.insert("indexVersion", 2);
}

fn bounds(scan: &IndexScan, candidate: Option<&Candidate>) -> Document {
    let index = &scan.index;
    let mut bounds = Document::new();
    let point = scan.ranges.first().filter(|range| range.point);
    for (part, path) in index.paths.iter().enumerate() {
        let ascending = index.ascending[part] == (scan.direction == Direction::Forward);
        let lines: Vec<String> = match (candidate, point) {
            (Some(candidate), _) => {
                let intervals = candidate.parts[part].iter();
                let lines = intervals.map(|interval| interval_text(interval, ascending));
                if ascending { lines.collect() } else { lines.rev().collect() }
            }
            (None, Some(range)) => {
                let value =
                    if index.ascending[part] { range.lower.clone() } else { complemented(&range.lower) };
                let value = value_text(&value);
                vec![format!("[{value}, {value}]")]
            }
            (None, None) => Vec::new(),
        };
        bounds.insert(path.as_str(), lines);
    }
    bounds
}

fn complemented(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    key::complement(&mut bytes);
    bytes
}

/// `[1, 5)`, as MongoDB writes an interval.
fn interval_text(interval: &Interval, ascending: bool) -> String {
    let closed_below = !interval.lower.is_after();
    let closed_above = interval.upper.is_after();
    let lower = end_text(&interval.lower, "MinKey");
    let upper = end_text(&interval.upper, "MaxKey");
    // An end that is a kind's border stands outside it.
    let closed_above = closed_above && (interval.upper.key().len() != 1 || interval.is_all());
    let (open, close) = (if closed_below { '[' } else { '(' }, if closed_above { ']' } else { ')' });
    if ascending {
        format!("{open}{lower}, {upper}{close}")
    } else {
        let (open, close) = (if closed_above { '[' } else { '(' }, if closed_below { ']' } else { ')' });
        format!("{open}{upper}, {lower}{close}")
    }
}

fn end_text(cut: &Cut, outermost: &str) -> String {
    match cut.key() {
        [] => outermost.into(),
        key => value_text(key),
    }
}

/// A value as it stands in a key; the border of a kind, which is no value, by the kind's name.
fn value_text(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    if let Some(tag) = key::decode(&mut &*bytes, &mut &[][..], &mut out) {
        return text_of(&ValueBuf::new(tag, out).as_ref().to_bson());
    }
    match bytes.first().and_then(|&first| key::kind_of_first_byte(first)) {
        Some(kind) if bytes.len() == 1 => format!("first {kind:?}"),
        Some(kind) => format!("{kind:?} {}", String::from_utf8_lossy(&bytes[1..])),
        None => "?".into(),
    }
}

fn text_of(value: &Bson) -> String {
    match value {
        Bson::MinKey => "MinKey".into(),
        Bson::MaxKey => "MaxKey".into(),
        Bson::ObjectId(id) => format!("ObjectId('{id}')"),
        Bson::DateTime(time) => format!("new Date({})", time.timestamp_millis()),
        value => value.to_string(),
    }
}

/// "forward" or "backward".
pub(crate) fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

/// A sort as a document.
pub(crate) fn pattern(sort: &Sort) -> Document {
    sort.parts
        .iter()
        .map(|(path, ascending)| (path.as_str().to_owned(), Bson::Int32(if *ascending { 1 } else { -1 })))
        .collect()
}

/// A number as MongoDB shows amounts: int32 where it fits.
pub(crate) fn whole(number: u64) -> Bson {
    match (i32::try_from(number), i64::try_from(number)) {
        (Ok(number), _) => Bson::Int32(number),
        (Err(_), Ok(number)) => Bson::Int64(number),
        _ => Bson::Double(number as f64),
    }
}

/// A filter as it was understood, with every operator written out.
pub(crate) fn parsed(filter: &Filter) -> Document {
    DocumentRef::from(&filter.to_document()).to_document().unwrap_or_default()
}
