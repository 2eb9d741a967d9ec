//! The rules of updates, one test each, and the fast way held to the plain one.
mod arrays;
mod differential;
mod fields;
mod parsing;
mod pushing;
mod replacing;
mod upserting;

use super::Update;
use crate::context::Context;
use crate::error::{Code, Result};
use crate::value::DocumentRef;
use bson::{Document, RawDocumentBuf};

const CONTEXT: (i64, (u32, u32)) = (1_700_000_000_123, (1_700_000_000, 7));

fn context() -> Context {
    Context::new(CONTEXT.0, CONTEXT.1)
}

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

fn parse(update: &Document) -> Result<Update> {
    Update::parse(DocumentRef::from(&raw(update)))
}

/// The document after the update, and whether it counts as modified.
fn applied(document: &Document, update: &Document) -> Result<(Document, bool)> {
    let mut out = b"before".to_vec();
    let outcome = parse(update)
        .and_then(|update| update.apply(DocumentRef::from(&raw(document)), &context(), &mut out));
    assert!(out.starts_with(b"before"), "what stood in the buffer stays");
    match outcome {
        Ok(applied) => {
            crate::value::validate(&out[6..]).unwrap();
            Ok((DocumentRef::new(&out[6..]).to_document().unwrap(), applied.modified))
        }
        Err(error) => {
            assert_eq!(out, b"before", "a refused update writes nothing");
            Err(error)
        }
    }
}

/// The document after the update. Types and the order of fields count when it is compared.
#[track_caller]
fn updated(document: Document, update: Document) -> Document {
    let (result, modified) = applied(&document, &update).unwrap();
    let differs = raw(&result).as_bytes() != raw(&document).as_bytes();
    assert_eq!(modified, differs, "modified says whether the bytes differ");
    result
}

/// That the update leaves the document as it is, to the byte.
#[track_caller]
fn unchanged(document: Document, update: Document) {
    assert_eq!(raw(&updated(document.clone(), update)).as_bytes(), raw(&document).as_bytes());
}

/// MongoDB's number for the refusal.
#[track_caller]
fn refused(document: Document, update: Document) -> i32 {
    applied(&document, &update).unwrap_err().code().0
}

/// That the result has these fields, in this order, of these types.
#[track_caller]
fn same(left: Document, right: Document) {
    assert_eq!(left, right);
    assert_eq!(raw(&left).as_bytes(), raw(&right).as_bytes(), "{left} has its fields in another order");
}

const OVERFLOW: i32 = Code::OVERFLOW.0;
