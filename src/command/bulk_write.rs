//! `bulkWrite`: inserts, updates and deletes over several collections in one command.
//!
//! The reply holds one small document per operation. Neighbouring inserts into one collection go to the engine
//! together, in one transaction; an update or delete is a request of its own, for the engine counts those per
//! request. What the storage does to a request ends the command, as it ends an `insert`.

use super::arguments::{Argument, each_of_statement, missing_field, raw_buf};
use super::cursors::OpenCursor;
use super::insert::batch_size;
use super::listing::Made;
use super::{BATCH_MEMBERS_MAX, Call, rename_collection, update::modification};
use crate::engine::{DeleteStatement, Namespace, UpdateStatement, WriteOptions};
use crate::error::{Error, ErrorKind, Result, WriteError};
use anser_query::Code;
use anser_query::value::{DocumentRef, write};
use bson::{Bson, Document, RawDocumentBuf, doc};

/// One operation.
enum Operation {
    Insert(RawDocumentBuf),
    Update(UpdateStatement),
    Delete(DeleteStatement),
}

/// What an operation came to: its part of the reply, without its position.
type Done = std::result::Result<Document, Box<WriteError>>;

/// What the operations did together.
#[derive(Default)]
struct Totals {
    errors: u64,
    inserted: u64,
    matched: u64,
    modified: u64,
    upserted: u64,
    deleted: u64,
}

pub(super) fn run(call: &Call<'_>) -> Result<RawDocumentBuf> {
    let options = call.write_options();
    let (mut operations, mut namespaces) = (None, None);
    let (mut ordered, mut errors_only, mut cursor_batch) = (true, false, None);
    call.arguments.each(|argument| {
        match argument.name {
            "ops" if !argument.is_absent() => operations = Some(argument.array()?),
            "nsInfo" if !argument.is_absent() => {
                let list = argument.array()?.values().map(namespace);
                namespaces = Some(list.collect::<Result<Vec<_>>>()?);
            }
            "ops" | "nsInfo" => {}
            "ordered" => ordered = argument.is_absent() || argument.boolean()?,
            "errorsOnly" => errors_only = argument.boolean()?,
            "bypassDocumentValidation" => drop(argument.boolean()?),
            "cursor" => cursor_batch = super::listing::batch_size("bulkWrite.cursor", &argument)?,
            "let" if argument.object()?.is_empty() => {}
            "let" => return Err(argument.not_supported()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let operations = operations.ok_or_else(|| missing_field("bulkWrite", "ops"))?;
    let namespaces = namespaces.ok_or_else(|| missing_field("bulkWrite", "nsInfo"))?;
    let operations = operations.values().map(|value| operation(value.as_document(), &namespaces));
    let operations = operations.collect::<Result<Vec<_>>>()?;
    if operations.is_empty() || operations.len() > BATCH_MEMBERS_MAX {
        return Err(batch_size(operations.len()));
    }

    let options = WriteOptions { ordered, ..options };
    let (mut totals, mut replies) = (Totals::default(), Vec::new());
    let mut operations = operations.into_iter().enumerate().peekable();
    while let Some((index, (namespace, operation))) = operations.next() {
        let results = match operation {
            Operation::Insert(document) => {
                let mut documents = vec![document];
                while let Some((_, (_, Operation::Insert(document)))) =
                    operations.next_if(|(_, (next, operation))| {
                        *next == namespace && matches!(operation, Operation::Insert(_))
                    })
                {
                    documents.push(document);
                }
                insert(call, namespace, documents, &options, &mut totals)?
            }
            Operation::Update(statement) => vec![update(call, namespace, statement, &options, &mut totals)?],
            Operation::Delete(statement) => vec![delete(call, namespace, statement, &options, &mut totals)?],
        };
        let failed = results.iter().any(Done::is_err);
        for (index, done) in (index..).zip(results) {
            match done {
                Ok(_) if errors_only => {}
                Ok(mut done) => {
                    done.insert("idx", index as i32);
                    replies.push(done);
                }
                Err(error) => {
                    totals.errors += 1;
                    replies.push(doc! {
                        "ok": 0.0, "idx": index as i32, "code": error.code.0, "errmsg": error.message, "n": 0,
                    });
                }
            }
        }
        if failed && ordered {
            break;
        }
    }
    reply(call, &replies, cursor_batch, &totals)
}

fn reply(
    call: &Call<'_>,
    replies: &[Document],
    batch: Option<u64>,
    totals: &Totals,
) -> Result<RawDocumentBuf> {
    let rows = replies.iter().map(|document| {
        RawDocumentBuf::try_from(document).map_err(|error| super::arguments::invalid_bson(&error))
    });
    let cursor = Made::new(rows.collect::<Result<_>>()?);
    let open = OpenCursor::new(Box::new(cursor), Namespace::of_cursor("admin", "$cmd.bulkWrite")?);
    let first = call.cursors.first_batch(open, Some(batch.unwrap_or(u64::MAX)), false)?;
    let mut reply = super::reply::Reply::new();
    if let Some(cursor) = DocumentRef::from(&first).get(b"cursor") {
        write::element(reply.bytes(), b"cursor", cursor);
    }
    reply
        .count("nErrors", totals.errors)
        .count("nInserted", totals.inserted)
        .count("nMatched", totals.matched)
        .count("nModified", totals.modified)
        .count("nUpserted", totals.upserted)
        .count("nDeleted", totals.deleted)
        .ok()
}

/// Inserts documents. Returns what each came to, up to the first failure when the command is ordered.
///
/// # Errors
/// What ended the request as a whole.
fn insert(
    call: &Call<'_>,
    namespace: &Namespace,
    documents: Vec<RawDocumentBuf>,
    options: &WriteOptions,
    totals: &mut Totals,
) -> Result<Vec<Done>> {
    let count = documents.len();
    let outcome = call.engine.insert(namespace, documents, options)?;
    totals.inserted += outcome.inserted;
    let mut errors = outcome.write_errors.into_iter().peekable();
    let mut results = Vec::with_capacity(count);
    for at in 0..count {
        match errors.next_if(|error| error.index == at) {
            Some(error) => results.push(Err(Box::new(error))),
            None => results.push(Ok(doc! { "ok": 1.0, "idx": 0, "n": 1 })),
        }
        if options.ordered && results.last().is_some_and(Done::is_err) {
            break;
        }
    }
    Ok(results)
}

fn update(
    call: &Call<'_>,
    namespace: &Namespace,
    statement: UpdateStatement,
    options: &WriteOptions,
    totals: &mut Totals,
) -> Result<Done> {
    let outcome = match call.engine.update(namespace, &[statement], options) {
        Ok(outcome) => outcome,
        Err(error) => return of_operation(error),
    };
    if let Some(error) = outcome.write_errors.into_iter().next() {
        return Ok(Err(Box::new(error)));
    }
    totals.matched += outcome.matched;
    totals.modified += outcome.modified;
    totals.upserted += outcome.upserted.len() as u64;
    let n = outcome.matched + outcome.upserted.len() as u64;
    let mut done = doc! { "ok": 1.0, "idx": 0, "n": n as i32, "nModified": outcome.modified as i32 };
    if let Some((_, id)) = outcome.upserted.first() {
        done.insert("upserted", doc! { "_id": Bson::clone(id) });
    }
    Ok(Ok(done))
}

fn delete(
    call: &Call<'_>,
    namespace: &Namespace,
    statement: DeleteStatement,
    options: &WriteOptions,
    totals: &mut Totals,
) -> Result<Done> {
    let outcome = match call.engine.delete(namespace, &[statement], options) {
        Ok(outcome) => outcome,
        Err(error) => return of_operation(error),
    };
    if let Some(error) = outcome.write_errors.into_iter().next() {
        return Ok(Err(Box::new(error)));
    }
    totals.deleted += outcome.deleted;
    Ok(Ok(doc! { "ok": 1.0, "idx": 0, "n": outcome.deleted as i32 }))
}

/// An error as the operation's own result.
///
/// # Errors
/// The error itself when it is not of the operation but of the storage or the engine.
fn of_operation(error: Error) -> Result<Done> {
    match error.kind() {
        ErrorKind::Storage | ErrorKind::Closed | ErrorKind::Conflict | ErrorKind::Internal => Err(error),
        ErrorKind::Request | ErrorKind::DuplicateKey | ErrorKind::Document | ErrorKind::Namespace => {
            Ok(Err(Box::new(WriteError::from_error(0, &error))))
        }
    }
}

fn namespace(value: anser_query::value::ValueRef<'_>) -> Result<Namespace> {
    let member = Argument::new("bulkWrite", "nsInfo", value);
    let document = value.as_document().ok_or_else(|| member.wrong_type("object"))?;
    let mut found = None;
    each_of_statement("bulkWrite.nsInfo", document, |argument| {
        match argument.name {
            "ns" if !argument.is_absent() => found = Some(rename_collection::namespace(&argument)?),
            "ns" | "collectionUUID" | "encryptionInformation" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    found.ok_or_else(|| missing_field("bulkWrite.nsInfo", "ns"))
}

/// Reads one operation: its first field names the kind and the namespace.
fn operation<'n>(
    document: Option<DocumentRef<'_>>,
    namespaces: &'n [Namespace],
) -> Result<(&'n Namespace, Operation)> {
    let refuse = |why: String| Error::request(Code::FAILED_TO_PARSE, why);
    let document = document.ok_or_else(|| {
        Error::request(
            Code::TYPE_MISMATCH,
            "BSON field 'bulkWrite.ops' is the wrong type, expected type 'object'",
        )
    })?;
    let first = document.elements().next();
    let kind = first.map_or("".into(), |first| String::from_utf8_lossy(first.name).into_owned());
    let target =
        Argument::new("bulkWrite.ops", &kind, first.map_or(anser_query::value::ValueRef::NULL, |f| f.value));
    let at = usize::try_from(target.long()?.unwrap_or(-1)).ok();
    let namespace = at.and_then(|at| namespaces.get(at)).ok_or_else(|| {
        Error::request(Code::BAD_VALUE, format!("BulkWrite ops entry {kind} has an invalid nsInfo index."))
    })?;
    let scope = format!("bulkWrite.ops.{kind}");
    let (mut filter, mut update, mut inserted, mut hint, mut sort) = (None, None, None, None, None);
    let (mut multi, mut upsert) = (false, false);
    each_of_statement(&scope, document, |argument| {
        match (kind.as_str(), argument.name) {
            (kind, name) if kind == name => {}
            ("insert", "document") => inserted = Some(raw_buf(argument.object()?)?),
            ("update" | "delete", "filter") => filter = Some(raw_buf(argument.object()?)?),
            ("update", "updateMods") => update = Some(modification(argument.value.view())?),
            ("update" | "delete", "multi") => multi = argument.boolean()?,
            ("update", "upsert") => upsert = argument.boolean()?,
            ("update", "sort") => sort = argument.object_buf()?,
            ("update" | "delete", "hint") => hint = argument.hint()?,
            ("update" | "delete", "collation") if argument.object()?.is_empty() => {}
            ("update", "arrayFilters") if argument.array()?.is_empty() => {}
            ("update", "upsertSupplied") => {}
            ("update" | "delete", "collation" | "arrayFilters" | "constants") => {
                return Err(argument.not_supported());
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let missing = |name: &str| missing_field(&scope, name);
    let operation = match kind.as_str() {
        "insert" => Operation::Insert(inserted.ok_or_else(|| missing("document"))?),
        "update" => Operation::Update(UpdateStatement {
            filter: filter.ok_or_else(|| missing("filter"))?,
            update: update.ok_or_else(|| missing("updateMods"))?,
            multi,
            upsert,
            hint,
            sort,
        }),
        "delete" => Operation::Delete(DeleteStatement {
            filter: filter.ok_or_else(|| missing("filter"))?,
            multi,
            hint,
        }),
        other => return Err(refuse(format!("Unrecognized bulkWrite operation: '{other}'"))),
    };
    Ok((namespace, operation))
}
