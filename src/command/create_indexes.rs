//! `createIndexes`: answers when they are ready.

use super::Call;
use super::arguments::{Argument, each_of_statement, missing_field};
use super::reply::Reply;
use crate::engine::IndexSpec;
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::{DocumentRef, Number};
use bson::RawDocumentBuf;

/// Reads one index specification.
fn specification(document: DocumentRef<'_>) -> Result<IndexSpec> {
    let scope = "createIndexes.indexes";
    let mut spec = IndexSpec::default();
    let mut keys = None;
    let bad = |code: Code, why: &str| {
        Error::request(code, format!("Error in specification {document:?} :: caused by :: {why}"))
    };
    each_of_statement(scope, document, |argument| {
        match argument.name {
            "key" => {
                let Some(found) = argument.value.as_document() else {
                    return Err(bad(Code::TYPE_MISMATCH, "The field 'key' must be an object"));
                };
                keys = Some(found);
            }
            "name" => {
                let Some(name) = argument.value.as_str() else {
                    return Err(bad(Code::TYPE_MISMATCH, "The field 'name' must be a string"));
                };
                spec.name = Some(name.to_owned());
            }
            "unique" => spec.unique = truth(&argument)?,
            "sparse" => spec.sparse = truth(&argument)?,
            "background" => drop(truth(&argument)?),
            "hidden" | "dropDups" | "clustered" | "prepareUnique" if !truth(&argument)? => {}
            "v" => match Number::of(argument.value).and_then(Number::as_i64_exact) {
                Some(2) => {}
                Some(1) => {}
                Some(other) => {
                    return Err(bad(Code::CANNOT_CREATE_INDEX, &format!("Invalid index version: {other}")));
                }
                None => return Err(bad(Code::TYPE_MISMATCH, "The field 'v' must be a number")),
            },
            "ns" => {}
            "collation"
                if argument.object()?.get(b"locale").and_then(|locale| locale.as_str()) == Some("simple") => {
            }
            "expireAfterSeconds"
            | "partialFilterExpression"
            | "collation"
            | "hidden"
            | "dropDups"
            | "clustered"
            | "prepareUnique"
            | "weights"
            | "default_language"
            | "language_override"
            | "textIndexVersion"
            | "2dsphereIndexVersion"
            | "bits"
            | "min"
            | "max"
            | "bucketSize"
            | "coarsestIndexedLevel"
            | "finestIndexedLevel"
            | "wildcardProjection"
            | "storageEngine"
            | "columnstoreProjection" => {
                return Err(argument.not_supported());
            }
            other => {
                return Err(bad(
                    Code::INVALID_INDEX_SPECIFICATION_OPTION,
                    &format!("The field '{other}' is not valid for an index specification"),
                ));
            }
        }
        Ok(true)
    })?;
    let required = |name: &str| {
        Error::request(
            Code::FAILED_TO_PARSE,
            format!("The '{name}' field is a required property of an index specification: {document:?}"),
        )
    };
    spec.keys = super::arguments::raw_buf(keys.ok_or_else(|| required("key"))?).and_then(|raw| {
        bson::Document::try_from(raw).map_err(|error| super::arguments::invalid_bson(&error))
    })?;
    match spec.name.as_deref() {
        None => Err(required("name")),
        Some("") => Err(bad(Code::CANNOT_CREATE_INDEX, "The index name cannot be empty")),
        Some(name) if name.contains('\0') => {
            Err(bad(Code::CANNOT_CREATE_INDEX, "The index name cannot contain a NUL"))
        }
        Some("*") => Err(bad(Code::BAD_VALUE, "The index name '*' is not valid.")),
        Some(_) => Ok(spec),
    }
}

/// An index option that is a boolean or a number.
fn truth(argument: &Argument<'_>) -> Result<bool> {
    let truth = if argument.is_absent() { Err(argument.wrong_type("bool")) } else { argument.boolean() };
    truth.map_err(|_| {
        Error::request(
            Code::TYPE_MISMATCH,
            format!(
                "The field '{}' has value {:?}, which is not convertible to bool",
                argument.name, argument.value
            ),
        )
    })
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let namespace = call.namespace()?;
    let mut specs: Option<Vec<IndexSpec>> = None;
    call.arguments.each(|argument| {
        match argument.name {
            "indexes" if !argument.is_absent() => {
                let list = argument.array()?.values().map(|value| {
                    let member = Argument::new("createIndexes", "indexes", value);
                    specification(value.as_document().ok_or_else(|| member.wrong_type("object"))?)
                });
                specs = Some(list.collect::<Result<_>>()?);
            }
            "indexes" | "commitQuorum" | "ignoreUnknownIndexOptions" | "v" | "returnOnStart" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let specs = specs.ok_or_else(|| missing_field("createIndexes", "indexes"))?;
    if specs.is_empty() {
        return Err(Error::request(Code::BAD_VALUE, "Must specify at least one index to create"));
    }
    let outcome = call.engine.create_indexes(&namespace, &specs)?;
    let mut reply = Reply::new()
        .count("numIndexesBefore", outcome.before.into())
        .count("numIndexesAfter", outcome.after.into());
    if outcome.created_collection {
        reply = reply.boolean("createdCollectionAutomatically", true);
    }
    if outcome.before == outcome.after {
        reply = reply.string("note", "all indexes already exist");
    }
    reply.ok()
}
