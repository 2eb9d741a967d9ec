//! `explain`: how a command would run, and what running it costs.

use super::arguments::{Arguments, missing_field};
use super::generic::Generic;
use super::reply::Reply;
use super::{Call, count, distinct, find};
use crate::engine::{DeleteStatement, ExplainRequest, Verbosity};
use crate::error::{Error, Result};
use anser_query::Code;
use anser_query::value::{DocumentRef, ValueRef};
use bson::{Bson, RawDocumentBuf, doc};

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let target = call.arguments.target();
    let Some(inner) = target.as_document() else {
        return Err(super::arguments::Argument::new("explain", "explain", target).wrong_type("object"));
    };
    let mut verbosity = Verbosity::AllPlansExecution;
    call.arguments.each(|argument| {
        if argument.name != "verbosity" {
            return Ok(false);
        }
        verbosity = match argument.string()? {
            "queryPlanner" => Verbosity::QueryPlanner,
            "executionStats" => Verbosity::ExecutionStats,
            "allPlansExecution" => Verbosity::AllPlansExecution,
            other => {
                return Err(Error::request(
                    Code::BAD_VALUE,
                    format!(
                        "Enumeration value '{other}' for field 'explain.verbosity' is not a valid value."
                    ),
                ));
            }
        };
        Ok(true)
    })?;
    let (arguments, request) = request(inner, &call.generic)?;
    let namespace = arguments.namespace(call.database)?;
    let explained = call.engine.explain(&namespace, &request, verbosity)?;
    let mut reply = Reply::new();
    for (name, value) in explained {
        reply = reply.bson(&name, &value);
    }
    let command = inner.to_document().map_err(|error| super::arguments::invalid_bson(&error))?;
    reply
        .bson("command", &Bson::Document(command))
        .bson(
            "serverInfo",
            &Bson::Document(
                doc! { "version": super::build_info::VERSION, "anser": env!("CARGO_PKG_VERSION") },
            ),
        )
        .ok()
}

/// Reads the command to explain.
fn request<'a>(inner: DocumentRef<'a>, generic: &Generic) -> Result<(Arguments<'a>, ExplainRequest)> {
    let first = inner.elements().next();
    let name = first.map_or("".into(), |first| String::from_utf8_lossy(first.name));
    match &*name {
        "find" => {
            let arguments = Arguments::new("find", inner);
            Ok((arguments, ExplainRequest::Find(find::Find::read(&arguments, generic)?.request)))
        }
        "count" => {
            let arguments = Arguments::new("count", inner);
            Ok((arguments, ExplainRequest::Count(count::read(&arguments, generic)?)))
        }
        "distinct" => {
            let arguments = Arguments::new("distinct", inner);
            Ok((arguments, ExplainRequest::Distinct(distinct::read(&arguments, generic)?)))
        }
        "update" => {
            let arguments = Arguments::new("update", inner);
            let statement = super::update::statement("update.updates", only(inner, "update", "updates")?)?;
            Ok((arguments, ExplainRequest::Update(statement)))
        }
        "delete" => {
            let arguments = Arguments::new("delete", inner);
            let statement: DeleteStatement = super::delete::statement(only(inner, "delete", "deletes")?)?;
            Ok((arguments, ExplainRequest::Delete(statement)))
        }
        "findAndModify" | "aggregate" => Err(Error::request(
            Code::NOT_IMPLEMENTED,
            format!(
                "Anser does not support explaining '{name}': explain the find with the same filter and sort"
            ),
        )),
        _ => Err(Error::request(
            Code::COMMAND_NOT_FOUND,
            format!("Explain failed due to unknown command: {name}"),
        )),
    }
}

/// The one statement of a batch that is explained.
fn only<'a>(inner: DocumentRef<'a>, command: &str, field: &str) -> Result<DocumentRef<'a>> {
    let list = inner
        .get(field.as_bytes())
        .and_then(ValueRef::as_array)
        .ok_or_else(|| missing_field(command, field))?;
    let mut statements = list.values();
    match (statements.next().and_then(ValueRef::as_document), statements.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Error::request(Code::INVALID_LENGTH, "explained write batches must be of size 1")),
    }
}
