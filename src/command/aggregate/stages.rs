//! Stages as cursors over cursors: each pulls from the one below.

use crate::command::arguments::invalid_bson;
use crate::engine::DocumentCursor;
use crate::error::{Error, Result};
use anser_query::aggregate::{CountAll, Stage, replace_root};
use anser_query::expr::Environment;
use anser_query::value::{DocumentRef, write};
use anser_query::{Code, Context, Matcher, Sort};
use bson::{RawDocument, RawDocumentBuf};

/// How many bytes of documents `$sort` may hold: MongoDB's limit for a stage without disk.
const SORT_BYTES_MAX: usize = 100 * 1024 * 1024;

/// Puts `stage` over `input`.
///
/// # Errors
/// NotImplemented (238) for a stage that no cursor here carries out.
pub(super) fn over(
    stage: Stage,
    context: &Context,
    input: Box<dyn DocumentCursor>,
) -> Result<Box<dyn DocumentCursor>> {
    Ok(match stage {
        Stage::Match(filter) => {
            Box::new(Matching { matcher: filter.compile(), input, found: RawDocumentBuf::new() })
        }
        Stage::Sort(sort) => Box::new(Sorting { sort, input, sorted: None, at: 0 }),
        stage @ (Stage::Shape(_) | Stage::ReplaceRoot(_)) => {
            Box::new(Making { stage, context: *context, input, made: RawDocumentBuf::new() })
        }
        Stage::Limit(limit) => Box::new(Limiting { left: limit, input }),
        Stage::Skip(skip) => Box::new(Skipping { left: skip, input }),
        stage @ (Stage::Count(_) | Stage::CountAll(_)) => {
            Box::new(Counting { stage, input, counted: None, given: false })
        }
        other => {
            return Err(Error::request(
                Code::NOT_IMPLEMENTED,
                format!("Anser does not support the stage {other:?}"),
            ));
        }
    })
}

/// `$match` behind another stage.
struct Matching {
    matcher: Matcher,
    input: Box<dyn DocumentCursor>,
    found: RawDocumentBuf,
}

impl DocumentCursor for Matching {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        while let Some(document) = self.input.next()? {
            if self.matcher.matches(DocumentRef::from(document)) {
                self.found = document.to_owned();
                return Ok(Some(&self.found));
            }
        }
        Ok(None)
    }

    fn is_exhausted(&self) -> bool {
        self.input.is_exhausted()
    }
}

/// `$sort` behind another stage: reads everything before it gives anything.
struct Sorting {
    sort: Sort,
    input: Box<dyn DocumentCursor>,
    sorted: Option<Vec<(Vec<u8>, RawDocumentBuf)>>,
    at: usize,
}

impl Sorting {
    fn read_all(&mut self) -> Result<Vec<(Vec<u8>, RawDocumentBuf)>> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(document) = self.input.next()? {
            let mut key = Vec::new();
            self.sort.key(DocumentRef::from(document), &mut key)?;
            bytes += key.len() + document.as_bytes().len();
            if bytes > SORT_BYTES_MAX {
                return Err(Error::request(
                    Code::QUERY_EXCEEDED_MEMORY_LIMIT,
                    format!("$sort exceeded its memory limit of {SORT_BYTES_MAX} bytes"),
                ));
            }
            rows.push((key, document.to_owned()));
        }
        rows.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(rows)
    }
}

impl DocumentCursor for Sorting {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        if self.sorted.is_none() {
            self.sorted = Some(self.read_all()?);
        }
        let row = self.sorted.as_ref().and_then(|rows| rows.get(self.at));
        self.at += 1;
        Ok(row.map(|(_, document)| &**document))
    }

    fn is_exhausted(&self) -> bool {
        self.sorted.as_ref().is_some_and(|rows| self.at >= rows.len())
    }
}

/// A stage that makes one document of each: `$project`, `$addFields`, `$set`, `$unset`, `$replaceRoot`.
struct Making {
    stage: Stage,
    context: Context,
    input: Box<dyn DocumentCursor>,
    made: RawDocumentBuf,
}

impl DocumentCursor for Making {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        let Some(document) = self.input.next()? else { return Ok(None) };
        let environment = Environment::new(DocumentRef::from(document), &self.context);
        let mut bytes = Vec::with_capacity(document.as_bytes().len());
        match &self.stage {
            Stage::Shape(shape) => shape.apply(&environment, &mut bytes)?,
            Stage::ReplaceRoot(root) => replace_root(root, &environment, &mut bytes)?,
            other => {
                return Err(Error::request(Code::INTERNAL_ERROR, format!("{other:?} makes no document")));
            }
        }
        self.made = RawDocumentBuf::from_bytes(bytes).map_err(|error| invalid_bson(&error))?;
        Ok(Some(&self.made))
    }

    fn is_exhausted(&self) -> bool {
        self.input.is_exhausted()
    }
}

/// `$limit` behind another stage.
struct Limiting {
    left: u64,
    input: Box<dyn DocumentCursor>,
}

impl DocumentCursor for Limiting {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.input.next()
    }

    fn is_exhausted(&self) -> bool {
        self.left == 0 || self.input.is_exhausted()
    }
}

/// `$skip` behind another stage.
struct Skipping {
    left: u64,
    input: Box<dyn DocumentCursor>,
}

impl DocumentCursor for Skipping {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        while self.left > 0 {
            self.left -= 1;
            if self.input.next()?.is_none() {
                self.left = 0;
            }
        }
        self.input.next()
    }

    fn is_exhausted(&self) -> bool {
        self.input.is_exhausted()
    }
}

/// The document that a counting `stage` gives for `count` documents; none for none.
pub(super) fn count_document(stage: &Stage, count: u64) -> Result<Option<RawDocumentBuf>> {
    let (id, name) = match stage {
        Stage::Count(name) => (None, name),
        Stage::CountAll(CountAll { id, name }) => (Some(id), name),
        _ => return Ok(None),
    };
    if count == 0 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let start = write::begin(&mut bytes);
    if let Some(id) = id {
        write::element(&mut bytes, b"_id", id.as_ref());
    }
    match i32::try_from(count) {
        Ok(small) => write::int32(&mut bytes, name.as_bytes(), small),
        Err(_) => write::int64(&mut bytes, name.as_bytes(), i64::try_from(count).unwrap_or(i64::MAX)),
    }
    write::end(&mut bytes, start);
    RawDocumentBuf::from_bytes(bytes).map(Some).map_err(|error| invalid_bson(&error))
}

/// `$count`, and `$group` that counts, behind another stage: one document, or none over nothing.
struct Counting {
    stage: Stage,
    input: Box<dyn DocumentCursor>,
    counted: Option<RawDocumentBuf>,
    given: bool,
}

impl DocumentCursor for Counting {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        if self.given {
            return Ok(None);
        }
        self.given = true;
        let mut count = 0;
        while self.input.next()?.is_some() {
            count += 1;
        }
        self.counted = count_document(&self.stage, count)?;
        Ok(self.counted.as_deref())
    }

    fn is_exhausted(&self) -> bool {
        self.given
    }
}
