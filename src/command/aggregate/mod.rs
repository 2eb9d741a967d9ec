//! `aggregate`: the plain stages, over a find.
//!
//! What a find can do itself (a leading `$match`, then `$sort`, `$skip` and `$limit`) is handed to it, so that
//! indexes serve it; the rest runs on the documents it gives.

mod stages;

use super::arguments::{Arguments, missing_field, raw_buf};
use super::cursors::OpenCursor;
use super::listing::Made;
use super::{Call, listing};
use crate::engine::{CountRequest, DocumentCursor, FindRequest, Hint, Namespace};
use crate::error::{Error, Result};
use anser_query::aggregate::{Pipeline, Stage};
use anser_query::value::{DocumentRef, tag};
use anser_query::{Code, Context};
use bson::RawDocumentBuf;

/// An aggregate command, read.
struct Aggregate<'a> {
    pipeline: DocumentRef<'a>,
    hint: Option<Hint>,
    batch_size: Option<u64>,
}

fn read<'a>(arguments: &Arguments<'a>) -> Result<Aggregate<'a>> {
    let (mut pipeline, mut hint, mut batch_size, mut has_cursor) = (None, None, None, false);
    arguments.each(|argument| {
        match argument.name {
            "pipeline" if !argument.is_absent() => pipeline = Some(argument.array()?),
            "pipeline" => {}
            "cursor" => {
                batch_size = listing::batch_size("aggregate.cursor", &argument)?;
                has_cursor = !argument.is_absent();
            }
            "hint" => hint = argument.hint()?,
            "allowDiskUse" if argument.value.tag != tag::BOOLEAN => return Err(argument.wrong_type("bool")),
            "allowDiskUse" => {}
            "bypassDocumentValidation" => drop(argument.boolean()?),
            "collation" | "let" if argument.object()?.is_empty() => {}
            "explain" if !argument.boolean()? => {}
            "collation" | "let" | "explain" => return Err(argument.not_supported()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let pipeline = pipeline.ok_or_else(|| missing_field("aggregate", "pipeline"))?;
    if !has_cursor {
        return Err(Error::request(
            Code::FAILED_TO_PARSE,
            "The 'cursor' option is required, except for aggregate with the explain argument",
        ));
    }
    Ok(Aggregate { pipeline, hint, batch_size })
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let aggregate = read(&call.arguments)?;
    let context = call.clock.context();
    let pipeline = Pipeline::parse(aggregate.pipeline, &context)?;
    if matches!(pipeline.stages.first(), Some(Stage::Documents(_))) {
        return without_collection(call, pipeline, &context, aggregate.batch_size);
    }
    let namespace = call.namespace()?;
    let mut request =
        FindRequest { hint: aggregate.hint, max_time: call.generic.max_time, ..FindRequest::default() };
    let taken = hand_over(&pipeline.stages, aggregate.pipeline, &mut request)?;
    let mut rest = pipeline.stages.into_iter().skip(taken).peekable();
    let counted = rest.next_if(|stage| matches!(stage, Stage::Count(_) | Stage::CountAll(_)));
    let mut cursor: Box<dyn DocumentCursor> = match counted {
        Some(stage) => Box::new(Made::new(count(call, &namespace, request, &stage)?)),
        None => call.engine.find(&namespace, &request)?,
    };
    for stage in rest {
        cursor = stages::over(stage, &context, cursor)?;
    }
    call.cursors.first_batch(OpenCursor::new(cursor, namespace), aggregate.batch_size, false)
}

/// A pipeline over the documents that its first stage gives.
fn without_collection(
    call: &Call<'_>,
    pipeline: Pipeline,
    context: &Context,
    batch_size: Option<u64>,
) -> Result<RawDocumentBuf> {
    let mut cursor: Box<dyn DocumentCursor> = Box::new(Made::new(Vec::new()));
    for stage in pipeline.stages {
        cursor = match stage {
            Stage::Documents(documents) => {
                let rows = documents.iter().filter_map(|value| value.as_ref().as_document());
                Box::new(Made::new(rows.map(raw_buf).collect::<Result<_>>()?))
            }
            stage => stages::over(stage, context, cursor)?,
        };
    }
    let namespace = Namespace::of_cursor(call.database, "$cmd.aggregate")?;
    call.cursors.first_batch(OpenCursor::new(cursor, namespace), batch_size, false)
}

/// What a counting `stage` right behind a find gives: counted by the engine, which may do so without reading a
/// document.
fn count(
    call: &Call<'_>,
    namespace: &Namespace,
    request: FindRequest,
    stage: &Stage,
) -> Result<Vec<RawDocumentBuf>> {
    let request = CountRequest {
        filter: request.filter,
        skip: request.skip,
        limit: request.limit,
        hint: request.hint,
        max_time: request.max_time,
    };
    let count = call.engine.count(namespace, &request)?;
    Ok(stages::count_document(stage, count)?.into_iter().collect())
}

/// Puts the leading stages that a find can do into `request`; returns how many they are.
fn hand_over(stages: &[Stage], sources: DocumentRef<'_>, request: &mut FindRequest) -> Result<usize> {
    let operands =
        sources.values().map(|stage| stage.as_document().and_then(|stage| stage.elements().next()));
    let mut taken = 0;
    for (stage, operand) in stages.iter().zip(operands) {
        let operand = operand.and_then(|element| element.value.as_document());
        match stage {
            Stage::Match(_) if taken == 0 => request.filter = raw_buf(operand.unwrap_or(DocumentRef::EMPTY))?,
            Stage::Sort(_) if request.sort.is_none() && request.skip == 0 && request.limit.is_none() => {
                request.sort = Some(raw_buf(operand.unwrap_or(DocumentRef::EMPTY))?);
            }
            Stage::Skip(skip) if request.skip == 0 && request.limit.is_none() => request.skip = *skip,
            Stage::Limit(limit) if request.limit.is_none() => request.limit = Some(*limit),
            _ => break,
        }
        taken += 1;
    }
    Ok(taken)
}
