//! What `explain` tells, and that its figures are what was read.

use crate::support::{Collection, collection, people};
use anser::engine::{CountRequest, DeleteStatement, ExplainRequest, FindRequest, UpdateStatement, Verbosity};
use bson::{Bson, Document, RawDocumentBuf, doc, rawdoc};

fn find(filter: RawDocumentBuf, sort: Option<RawDocumentBuf>, limit: Option<u64>) -> ExplainRequest {
    let mut request = FindRequest::default();
    request.filter = filter;
    request.sort = sort;
    request.limit = limit;
    ExplainRequest::Find(request)
}

fn explain(collection: &Collection, request: &ExplainRequest) -> Document {
    collection.engine.explain(&collection.namespace, request, Verbosity::ExecutionStats).unwrap()
}

fn winning(explained: &Document) -> &Document {
    explained.get_document("queryPlanner").unwrap().get_document("winningPlan").unwrap()
}

/// The stages from the last to the first.
fn stages(explained: &Document) -> Vec<&str> {
    let mut names = Vec::new();
    let mut stage = Some(winning(explained));
    while let Some(at) = stage {
        names.push(at.get_str("stage").unwrap());
        stage = at.get_document("inputStage").ok();
    }
    names
}

/// Keys examined, documents examined, documents returned.
fn figures(explained: &Document) -> (i32, i32, i32) {
    let stats = explained.get_document("executionStats").unwrap();
    assert!(stats.get_bool("executionSuccess").unwrap());
    let figure = |name: &str| stats.get_i32(name).unwrap();
    (figure("totalKeysExamined"), figure("totalDocsExamined"), figure("nReturned"))
}

#[test]
fn a_scan_of_the_collection_examines_every_document() {
    let people = people(&[]);
    let explained = explain(&people, &find(rawdoc! { "age": 7 }, None, None));
    assert_eq!(stages(&explained), ["COLLSCAN"]);
    assert_eq!(figures(&explained), (0, 200, 4));
    let parsed = explained.get_document("queryPlanner").unwrap().get_document("parsedQuery").unwrap();
    assert_eq!(*parsed, doc! { "age": { "$eq": 7 } });
}

#[test]
fn an_index_examines_the_keys_in_its_bounds() {
    let people = people(&[doc! { "city": 1, "age": -1 }]);
    let request = find(rawdoc! { "city": "Oslo", "age": { "$gte": 10, "$lt": 20 } }, None, None);
    let explained = explain(&people, &request);
    assert_eq!(stages(&explained), ["FETCH", "IXSCAN"]);
    let (keys, documents, returned) = figures(&explained);
    assert_eq!((keys, documents), (returned, returned));
    assert!(returned > 0);
    let scan = winning(&explained).get_document("inputStage").unwrap();
    assert_eq!(scan.get_str("indexName").unwrap(), "city_1_age_-1");
    assert_eq!(scan.get_document("keyPattern").unwrap(), &doc! { "city": 1, "age": -1 });
    let bounds = doc! { "city": ["[\"Oslo\", \"Oslo\"]"], "age": ["(20, 10]"] };
    assert_eq!(scan.get_document("indexBounds").unwrap(), &bounds);
    assert!(!scan.get_bool("isMultiKey").unwrap());
}

#[test]
fn an_order_that_an_index_gives_with_a_limit_reads_no_more_than_the_limit() {
    let people = people(&[doc! { "age": 1 }]);
    let request = find(rawdoc! {}, Some(rawdoc! { "age": -1 }), Some(3));
    let explained = explain(&people, &request);
    assert_eq!(stages(&explained), ["LIMIT", "FETCH", "IXSCAN"]);
    assert_eq!(figures(&explained), (3, 3, 3));
    let sorted = explain(&people, &find(rawdoc! {}, Some(rawdoc! { "city": 1 }), Some(3)));
    assert_eq!(stages(&sorted), ["LIMIT", "SORT", "COLLSCAN"]);
    assert_eq!(figures(&sorted), (0, 200, 3));
}

#[test]
fn a_count_by_exact_bounds_reads_neither_keys_nor_documents() {
    let people = people(&[doc! { "age": 1 }]);
    let mut request = CountRequest { filter: rawdoc! { "age": { "$lt": 10 } }, ..CountRequest::default() };
    let explained = explain(&people, &ExplainRequest::Count(request.clone()));
    assert_eq!(stages(&explained), ["COUNT", "COUNT_SCAN"]);
    assert_eq!(figures(&explained), (0, 0, 0));
    let stats = explained.get_document("executionStats").unwrap().get_document("executionStages").unwrap();
    assert_eq!(stats.get("nCounted"), Some(&Bson::Int32(40)));
    assert_eq!(people.engine.count(&people.namespace, &request).unwrap(), 40);
    request.filter = rawdoc! {};
    let explained = explain(&people, &ExplainRequest::Count(request.clone()));
    assert_eq!(stages(&explained), ["COUNT", "RECORD_STORE_FAST_COUNT"]);
}

#[test]
fn explaining_a_write_writes_nothing() {
    let people = people(&[]);
    let delete = DeleteStatement { filter: rawdoc! {}, multi: true, hint: None };
    let explained = explain(&people, &ExplainRequest::Delete(delete));
    assert_eq!(stages(&explained), ["DELETE", "COLLSCAN"]);
    let update = UpdateStatement {
        filter: rawdoc! { "_id": 3 },
        update: rawdoc! { "$set": { "age": 1000 } },
        multi: false,
        upsert: false,
        hint: None,
        sort: None,
    };
    let explained = explain(&people, &ExplainRequest::Update(update));
    assert_eq!(stages(&explained), ["UPDATE", "LIMIT", "FETCH", "IXSCAN"]);
    assert_eq!(people.engine.estimated_count(&people.namespace).unwrap(), 200);
    let aged = CountRequest { filter: rawdoc! { "age": 1000 }, ..CountRequest::default() };
    assert_eq!(people.engine.count(&people.namespace, &aged).unwrap(), 0);
}

#[test]
fn every_index_is_listed_with_a_reason() {
    let people = people(&[doc! { "age": 1 }, doc! { "city": 1 }]);
    let request = find(rawdoc! { "age": 7, "city": { "$gt": "P" } }, None, None);
    let verbosity = Verbosity::AllPlansExecution;
    let explained = people.engine.explain(&people.namespace, &request, verbosity).unwrap();
    let planner = explained.get_document("queryPlanner").unwrap();
    let considered = planner.get_array("consideredIndexes").unwrap();
    let used: Vec<(&str, bool)> = considered
        .iter()
        .map(|one| one.as_document().unwrap())
        .map(|one| (one.get_str("name").unwrap(), one.get_bool("used").unwrap()))
        .collect();
    assert_eq!(used, [("_id_", false), ("age_1", true), ("city_1", false)]);
    assert!(considered.iter().all(|one| !one.as_document().unwrap().get_str("reason").unwrap().is_empty()));
    assert_eq!(planner.get_array("rejectedPlans").unwrap().len(), 1);
    let stats = explained.get_document("executionStats").unwrap();
    let other = stats.get_array("allPlansExecution").unwrap()[0].as_document().unwrap();
    assert_eq!(other.get_i32("totalKeysExamined").unwrap(), 100, "Paris and Rome");
}

#[test]
fn arrays_are_told() {
    let tagged = collection(&[doc! { "tags": [1, 2, 3] }], &[doc! { "tags": 1 }]);
    let explained = explain(&tagged, &find(rawdoc! { "tags": { "$gt": 0 } }, None, None));
    let scan = winning(&explained).get_document("inputStage").unwrap();
    assert!(scan.get_bool("isMultiKey").unwrap());
    assert_eq!(scan.get_document("multiKeyPaths").unwrap(), &doc! { "tags": ["tags"] });
    assert_eq!(figures(&explained), (3, 1, 1));
}

#[test]
fn a_collection_that_is_not_there_is_explained_as_empty() {
    let people = people(&[]);
    let nowhere = anser::engine::Namespace::new("main", "nowhere").unwrap();
    let request = find(rawdoc! { "a": 1 }, None, None);
    let explained = people.engine.explain(&nowhere, &request, Verbosity::ExecutionStats).unwrap();
    assert_eq!(stages(&explained), ["EOF"]);
    assert_eq!(figures(&explained), (0, 0, 0));
}
