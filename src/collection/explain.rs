//! How a request would run, and what running it costs.
//!
//! The shape is MongoDB's; `queryPlanner.consideredIndexes` is Anser's own: for every index, why it is used or
//! not. What was examined is counted by the storage layer, not by the plan.

use super::{count, distinct, find};
use crate::catalog::CollectionEntry;
use crate::clock;
use crate::engine::embedded::Embedded;
use crate::engine::{
    CountRequest, DeleteStatement, DistinctRequest, ExplainRequest, FindRequest, Namespace, UpdateStatement,
    Verbosity,
};
use crate::error::Result;
use crate::plan::candidate::Candidate;
use crate::plan::choose::{Choice, choice};
use crate::plan::shape::{self, whole};
use crate::plan::{Access, Order, Plan, Query};
use crate::run::{self, Deadline, Position};
use anser_query::value::DocumentRef;
use anser_query::{Filter, Projection};
use anser_storage::ReadTxn;
use anser_storage::layer::CountingRead;
use bson::{Document, RawDocumentBuf, doc};
use std::ops::ControlFlow;

/// What is done with the documents that a plan finds.
#[derive(Clone, Copy)]
enum Verb<'r> {
    Find(&'r FindRequest),
    Count(&'r CountRequest),
    Distinct(&'r DistinctRequest),
    Update(&'r UpdateStatement),
    Delete(&'r DeleteStatement),
}

/// Says how a request would run and, when asked, runs its search and counts. Nothing is written.
pub(crate) fn explain(
    engine: &Embedded,
    namespace: &Namespace,
    request: &ExplainRequest,
    verbosity: Verbosity,
) -> Result<Document> {
    let verb = match request {
        ExplainRequest::Find(request) => Verb::Find(request),
        ExplainRequest::Count(request) => Verb::Count(request),
        ExplainRequest::Distinct(request) => Verb::Distinct(request),
        ExplainRequest::Update(statement) => Verb::Update(statement),
        ExplainRequest::Delete(statement) => Verb::Delete(statement),
    };
    let filter = Filter::parse(DocumentRef::from(verb.filter()))?;
    let order = Order::parse(verb.sort().map(DocumentRef::from))?;
    if let Verb::Find(FindRequest { projection: Some(projection), .. }) = verb {
        Projection::parse(DocumentRef::from(projection))?;
    }
    let query = verb.query(&filter, &order);
    let view = engine.read()?;
    let mut planner = doc! {
        "namespace": namespace.to_string(),
        "parsedQuery": shape::parsed(&filter),
        "indexFilterSet": false,
    };
    let Some(collection) = view.catalog.collection(namespace) else {
        let stage = doc! { "stage": "EOF", "type": "nonExistentNamespace" };
        planner.insert("winningPlan", stage.clone());
        planner.insert("rejectedPlans", Vec::<Document>::new());
        planner.insert("consideredIndexes", Vec::<Document>::new());
        let mut explained = doc! { "explainVersion": "1", "queryPlanner": planner };
        if verbosity >= Verbosity::ExecutionStats {
            let stats = stats(stage, &Execution::default(), verb);
            explained.insert("executionStats", with_all_plans(stats, verbosity, Vec::new()));
        }
        return Ok(explained);
    };
    let choice = choice(collection, &query, true)?;
    let winning = winning(verb, &choice, &filter, collection);
    planner.insert("winningPlan", winning.clone());
    let rejected = choice.rejected.iter().map(|candidate| {
        let plan = alternative(candidate, &query);
        shape::stages(&plan, std::slice::from_ref(candidate), &filter)
    });
    planner.insert("rejectedPlans", rejected.collect::<Vec<_>>());
    planner.insert("consideredIndexes", considered(&choice));
    let mut explained = doc! { "explainVersion": "1", "queryPlanner": planner };
    if verbosity < Verbosity::ExecutionStats {
        return Ok(explained);
    }
    let txn = CountingRead::new(view.txn);
    let execution = execute(&txn, collection, &choice.plan, verb);
    let mut others = Vec::new();
    if verbosity >= Verbosity::AllPlansExecution {
        for candidate in &choice.rejected {
            let plan = alternative(candidate, &query);
            let stage = shape::stages(&plan, std::slice::from_ref(candidate), &filter);
            others.push(stats(stage, &execute(&txn, collection, &plan, verb), verb));
        }
    }
    explained.insert("executionStats", with_all_plans(stats(winning, &execution, verb), verbosity, others));
    Ok(explained)
}

impl<'r> Verb<'r> {
    fn filter(self) -> &'r RawDocumentBuf {
        match self {
            Verb::Find(request) => &request.filter,
            Verb::Count(request) => &request.filter,
            Verb::Distinct(request) => &request.filter,
            Verb::Update(statement) => &statement.filter,
            Verb::Delete(statement) => &statement.filter,
        }
    }

    fn sort(self) -> Option<&'r RawDocumentBuf> {
        match self {
            Verb::Find(request) => request.sort.as_ref(),
            Verb::Update(statement) => statement.sort.as_ref(),
            Verb::Count(_) | Verb::Distinct(_) | Verb::Delete(_) => None,
        }
    }

    fn query<'q>(self, filter: &'q Filter, order: &'q Order) -> Query<'q>
    where
        'r: 'q,
    {
        let one = |multi: bool| (!multi).then_some(1);
        match self {
            Verb::Find(request) => find::query(request, filter, order),
            Verb::Count(request) => count::query(request, filter),
            Verb::Distinct(request) => distinct::query(request, filter),
            Verb::Update(statement) => Query {
                order,
                hint: statement.hint.as_ref(),
                limit: one(statement.multi),
                ..Query::new(filter)
            },
            Verb::Delete(statement) => {
                Query { hint: statement.hint.as_ref(), limit: one(statement.multi), ..Query::new(filter) }
            }
        }
    }
}

/// The stages of the chosen plan, with what the verb does on top.
fn winning(verb: Verb<'_>, choice: &Choice, filter: &Filter, collection: &CollectionEntry) -> Document {
    let stages = || shape::stages(&choice.plan, &choice.chosen, filter);
    match verb {
        Verb::Find(request) => match &request.projection {
            Some(projection) if !projection.is_empty() => {
                let transform = DocumentRef::from(projection).to_document().unwrap_or_default();
                doc! { "stage": "PROJECTION_SIMPLE", "transformBy": transform, "inputStage": stages() }
            }
            _ => stages(),
        },
        Verb::Count(_) => counting(choice, filter, collection),
        Verb::Distinct(request) => {
            doc! { "stage": "DISTINCT", "key": &request.key, "inputStage": stages() }
        }
        Verb::Update(_) => doc! { "stage": "UPDATE", "inputStage": stages() },
        Verb::Delete(_) => doc! { "stage": "DELETE", "inputStage": stages() },
    }
}

fn counting(choice: &Choice, filter: &Filter, collection: &CollectionEntry) -> Document {
    let input = match &choice.plan.access {
        Access::Collection(_) if choice.plan.matcher.is_none() => doc! { "stage": "RECORD_STORE_FAST_COUNT" },
        Access::Index(scan) if scan.exact => {
            let mut stage = shape::index_scan(scan, choice.chosen.first());
            stage.insert("stage", "COUNT_SCAN");
            stage
        }
        _ => shape::stages(&choice.plan, &choice.chosen, filter),
    };
    doc! { "stage": "COUNT", "collection": collection.namespace.to_string(), "inputStage": input }
}

fn considered(choice: &Choice) -> Vec<Document> {
    let line = |one: &crate::plan::choose::Considered| {
        doc! { "name": &one.name, "used": one.used, "reason": &one.reason }
    };
    choice.considered.iter().map(line).collect()
}

/// The plan that a candidate would have made.
fn alternative(candidate: &Candidate, query: &Query<'_>) -> Plan {
    Plan {
        access: Access::Index(candidate.scan.clone()),
        matcher: (!query.filter.is_all()).then(|| query.filter.compile()),
        sort: match query.order {
            Order::By(sort) if !candidate.gives_order => Some(sort.clone()),
            _ => None,
        },
        skip: query.skip,
        limit: query.limit,
    }
}

/// What a run cost.
#[derive(Default)]
struct Execution {
    returned: u64,
    keys: u64,
    records: u64,
    counted: u64,
    milliseconds: u64,
    failure: Option<crate::Error>,
}

fn execute(
    txn: &CountingRead<Box<dyn ReadTxn>>,
    collection: &CollectionEntry,
    plan: &Plan,
    verb: Verb<'_>,
) -> Execution {
    let started = clock::instant();
    let (keys, records, counted) = (txn.keys_examined(), txn.documents_examined(), txn.entries_counted());
    let deadline = Deadline::after(match verb {
        Verb::Find(request) => request.max_time,
        Verb::Count(request) => request.max_time,
        Verb::Distinct(request) => request.max_time,
        Verb::Update(_) | Verb::Delete(_) => None,
    });
    let mut returned = 0;
    let result = match verb {
        Verb::Count(_) => {
            run::count::count(txn, collection, plan, &deadline).map(|counted| returned = counted)
        }
        _ => run::resume(txn, collection, plan, &mut Position::default(), &deadline, &mut |_, _| {
            returned += 1;
            Ok(ControlFlow::Continue(()))
        })
        .map(|_| ()),
    };
    Execution {
        returned,
        keys: txn.keys_examined() - keys,
        records: txn.documents_examined() - records,
        counted: txn.entries_counted() - counted,
        milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        failure: result.err(),
    }
}

fn stats(mut stages: Document, execution: &Execution, verb: Verb<'_>) -> Document {
    let returned = match verb {
        // What these return are figures.
        Verb::Count(_) | Verb::Update(_) | Verb::Delete(_) => 0,
        Verb::Find(_) | Verb::Distinct(_) => execution.returned,
    };
    stages.insert("nReturned", whole(returned));
    match verb {
        Verb::Count(_) => stages.insert("nCounted", whole(execution.returned)),
        Verb::Update(_) => {
            stages.insert("nMatched", whole(execution.returned));
            stages.insert("nWouldModify", whole(execution.returned))
        }
        Verb::Delete(_) => stages.insert("nWouldDelete", whole(execution.returned)),
        Verb::Find(_) | Verb::Distinct(_) => None,
    };
    annotate(&mut stages, execution);
    let mut stats = doc! { "executionSuccess": execution.failure.is_none() };
    if let Some(error) = &execution.failure {
        stats.insert("errorMessage", error.message());
        stats.insert("errorCode", error.code().0);
    }
    stats.insert("nReturned", whole(returned));
    stats.insert("executionTimeMillis", whole(execution.milliseconds));
    stats.insert("totalKeysExamined", whole(execution.keys));
    stats.insert("totalDocsExamined", whole(execution.records));
    stats.insert("executionStages", stages);
    stats
}

/// Puts the figures on the stages that they belong to.
fn annotate(stage: &mut Document, execution: &Execution) {
    let name = stage.get_str("stage").unwrap_or_default().to_owned();
    match name.as_str() {
        "COLLSCAN" | "FETCH" => stage.insert("docsExamined", whole(execution.records)),
        "IXSCAN" | "OR" => stage.insert("keysExamined", whole(execution.keys)),
        // Counted by the storage without being shown.
        "COUNT_SCAN" | "RECORD_STORE_FAST_COUNT" => {
            stage.insert("keysExamined", whole(execution.keys));
            stage.insert("keysCounted", whole(execution.counted))
        }
        _ => None,
    };
    if let Ok(input) = stage.get_document_mut("inputStage") {
        annotate(input, execution);
    }
}

fn with_all_plans(mut stats: Document, verbosity: Verbosity, others: Vec<Document>) -> Document {
    if verbosity >= Verbosity::AllPlansExecution {
        stats.insert("allPlansExecution", others);
    }
    stats
}
