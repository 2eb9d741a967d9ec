//! What filters mean, rule by rule: one file per operator family, as in `query/filter/`.
//!
//! Every answer is asked twice: of the reference evaluator and of the compiled matcher.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../awkward/mod.rs"]
mod awkward;

mod array;
mod comparison;
mod differential;
mod element;
mod evaluation;
mod logical;
mod parse;
mod upsert;

use anser_query::value::{DocumentRef, ValueBuf};
use anser_query::{Code, Error, Filter};
use bson::{Bson, Document, RawDocumentBuf};

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

fn parse(filter: &Document) -> Result<Filter, Error> {
    Filter::parse(DocumentRef::from(&raw(filter)))
}

fn value(value: impl Into<Bson>) -> ValueBuf {
    ValueBuf::try_from(&value.into()).unwrap()
}

/// Whether `filter` matches `document`, both evaluators agreeing.
#[track_caller]
fn matches(filter: Document, document: Document) -> bool {
    let parsed = parse(&filter).unwrap();
    let bytes = raw(&document);
    let answer = parsed.matches(DocumentRef::from(&bytes));
    let compiled = parsed.compile().matches(DocumentRef::from(&bytes));
    assert_eq!(answer, compiled, "the matcher disagrees about {filter} on {document}");
    answer
}

#[track_caller]
fn assert_matches(filter: Document, documents: impl IntoIterator<Item = Document>) {
    for document in documents {
        assert!(matches(filter.clone(), document.clone()), "{filter} should match {document}");
    }
}

#[track_caller]
fn assert_misses(filter: Document, documents: impl IntoIterator<Item = Document>) {
    for document in documents {
        assert!(!matches(filter.clone(), document.clone()), "{filter} should not match {document}");
    }
}

/// The code and message that refuse `filter`.
#[track_caller]
fn refusal(filter: Document) -> (Code, String) {
    let error = parse(&filter).expect_err(&format!("{filter} should be refused"));
    (error.code(), error.message().to_owned())
}

#[track_caller]
fn assert_refuses(code: i32, filters: impl IntoIterator<Item = Document>) {
    for filter in filters {
        let (found, message) = refusal(filter.clone());
        assert_eq!(found, Code(code), "{filter}: {message}");
    }
}
