//! Names in a filter that no document has: no error in MongoDB's language, and nearly always a slip.

use crate::failure::Result;
use anser::engine::{CountRequest, FindRequest, Namespace};
use anser::{Code, Database};
use anser_query::value::{DocumentRef, View};
use bson::{RawDocumentBuf, rawdoc};
use std::collections::BTreeSet;
use std::time::Duration;

/// How many documents are looked at for names that are there.
const SAMPLE: u64 = 1000;

/// How long the search for a name may take.
const SEARCH_MAX: Duration = Duration::from_secs(1);

/// A note for every path of `filter` that no document of the collection has.
pub(crate) fn notes(
    database: &Database,
    namespace: &Namespace,
    filter: &RawDocumentBuf,
) -> Result<Vec<String>> {
    let mut paths = BTreeSet::new();
    collect_paths(DocumentRef::from(filter), &mut paths);
    let mut notes = Vec::new();
    let mut known = None;
    for path in paths {
        let Ok(name) = bson::raw::CString::try_from(path.as_str()) else { continue };
        let mut there = rawdoc! {};
        there.append(name, rawdoc! { "$exists": true });
        let request = CountRequest {
            filter: there,
            limit: Some(1),
            max_time: Some(SEARCH_MAX),
            ..CountRequest::default()
        };
        match database.engine().count(namespace, &request) {
            Ok(0) => {}
            Ok(_) => continue,
            // A note is not worth more waiting.
            Err(error) if error.code() == Code::MAX_TIME_MS_EXPIRED => continue,
            Err(error) => return Err(error.into()),
        }
        if known.is_none() {
            known = Some(known_paths(database, namespace)?);
        }
        let close = known.iter().flatten().map(|known| (distance(known, &path), known)).min();
        notes.push(match close {
            Some((distance, close)) if distance <= 2 && distance < path.chars().count() => {
                format!("no document of {namespace} has a field `{path}`; there is `{close}`")
            }
            _ => format!("no document of {namespace} has a field `{path}`"),
        });
    }
    Ok(notes)
}

fn collect_paths(filter: DocumentRef<'_>, paths: &mut BTreeSet<String>) {
    for element in filter.elements() {
        match (element.name, element.value.view()) {
            (b"$and" | b"$or" | b"$nor", View::Array(clauses)) => {
                for clause in clauses.values().filter_map(|clause| clause.as_document()) {
                    collect_paths(clause, paths);
                }
            }
            ([b'$', ..], _) => {}
            (name, _) => {
                paths.insert(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
}

/// The paths of the first documents.
fn known_paths(database: &Database, namespace: &Namespace) -> Result<BTreeSet<String>> {
    let mut request = FindRequest::default();
    request.limit = Some(SAMPLE);
    let mut cursor = database.engine().find(namespace, &request)?;
    let mut known = BTreeSet::new();
    while let Some(document) = cursor.next()? {
        add_paths(DocumentRef::from(document), "", &mut known);
    }
    Ok(known)
}

fn add_paths(document: DocumentRef<'_>, before: &str, known: &mut BTreeSet<String>) {
    for element in document.elements() {
        let path = format!("{before}{}", String::from_utf8_lossy(element.name));
        match element.value.view() {
            View::Document(inner) => add_paths(inner, &format!("{path}."), known),
            View::Array(array) => {
                for inner in array.values().filter_map(|value| value.as_document()) {
                    add_paths(inner, &format!("{path}."), known);
                }
            }
            _ => {}
        }
        known.insert(path);
    }
}

/// How many characters have to be put in, taken out or changed to make one text the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, c) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(c != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_single_changes() {
        for (from, to, steps) in
            [("", "", 0), ("name", "nmae", 2), ("nme", "name", 1), ("a", "", 1), ("é", "e", 1)]
        {
            assert_eq!(distance(from, to), steps, "{from} {to}");
            assert_eq!(distance(to, from), steps, "{to} {from}");
        }
    }

    #[test]
    fn paths_are_found_under_the_logical_operators_too() {
        let mut paths = BTreeSet::new();
        let filter =
            rawdoc! { "a": 1, "$or": [{ "b.c": 1 }, { "$and": [{ "d": { "$gt": 1 } }] }], "$expr": true };
        collect_paths(DocumentRef::from(&filter), &mut paths);
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), ["a", "b.c", "d"]);
    }
}
