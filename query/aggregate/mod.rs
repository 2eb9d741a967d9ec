//! Pipelines: parsed into a closed list of stages. Each stage's file says what it takes.

mod count;
mod group;
mod limit;
mod replace_root;
mod shape;
mod skip;

pub use group::CountAll;
pub use replace_root::replace_root;
pub use shape::Shape;

use crate::context::Context;
use crate::error::{Code, Error, Result};
use crate::expr::{Environment, Expression};
use crate::filter::Filter;
use crate::sort::Sort;
use crate::value::{DocumentRef, ValueBuf, ValueRef};

/// One stage of a pipeline.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Stage {
    /// `$match`: keeps the documents that match.
    Match(Filter),
    /// `$sort`.
    Sort(Sort),
    /// `$limit`: at most so many, at least one.
    Limit(u64),
    /// `$skip`: leaves out so many.
    Skip(u64),
    /// `$count`: one document with the number of documents under this name; none when there was no document.
    Count(String),
    /// `$group` as drivers send it to count: one document, none when there was no document.
    CountAll(CountAll),
    /// `$project`, `$addFields`, `$set`, `$unset`: fields kept, left out and computed.
    Shape(Shape),
    /// `$replaceRoot`, `$replaceWith`: the document becomes what the expression gives ([`replace_root`]).
    ReplaceRoot(Expression),
    /// `$documents`: these, and no collection's. Stands first or nowhere.
    Documents(Vec<ValueBuf>),
}

/// A parsed pipeline.
///
/// ```
/// use anser_query::aggregate::{Pipeline, Stage};
/// let stages = bson::rawdoc! { "0": { "$match": { "a": 1 } }, "1": { "$limit": 5 } };
/// let pipeline = Pipeline::parse((&*stages).into(), &anser_query::Context::new(0, (0, 0)))?;
/// assert!(matches!(pipeline.stages[..], [Stage::Match(_), Stage::Limit(5)]));
/// # Ok::<(), anser_query::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    /// The stages, in their order.
    pub stages: Vec<Stage>,
}

/// The stages MongoDB has and Anser has not, so that they are refused by name.
const STAGES_OF_MONGODB: &[&str] = &[
    "$bucket",
    "$bucketAuto",
    "$changeStream",
    "$changeStreamSplitLargeEvent",
    "$collStats",
    "$currentOp",
    "$densify",
    "$facet",
    "$fill",
    "$geoNear",
    "$graphLookup",
    "$indexStats",
    "$listLocalSessions",
    "$listSampledQueries",
    "$listSearchIndexes",
    "$listSessions",
    "$lookup",
    "$merge",
    "$out",
    "$planCacheStats",
    "$querySettings",
    "$queryStats",
    "$rankFusion",
    "$redact",
    "$sample",
    "$scoreFusion",
    "$search",
    "$searchMeta",
    "$setWindowFields",
    "$shardedDataDistribution",
    "$sortByCount",
    "$unionWith",
    "$unwind",
    "$vectorSearch",
];

impl Pipeline {
    /// Parses the elements of a pipeline array; `context` is that of the statement.
    ///
    /// # Errors
    /// TypeMismatch (14) for an element that is no document, 40323 for one that does not hold exactly one
    /// stage, 40324 for a name that is no stage, NotImplemented (238) for a stage of MongoDB's that Anser does
    /// not have, and each stage's own.
    pub fn parse(stages: DocumentRef<'_>, context: &Context) -> Result<Pipeline> {
        let stages = stages.values().map(|value| {
            let stage = value.as_document().ok_or_else(|| {
                Error::new(Code::TYPE_MISMATCH, "Each element of the 'pipeline' array must be an object")
            })?;
            let mut elements = stage.elements();
            match (elements.next(), elements.next()) {
                (Some(only), None) => parse_stage(&String::from_utf8_lossy(only.name), only.value, context),
                _ => Err(Error::new(
                    Code(40323),
                    "A pipeline stage specification object must contain exactly one field.",
                )),
            }
        });
        let stages = stages.collect::<Result<Vec<_>>>()?;
        if stages.iter().skip(1).any(|stage| matches!(stage, Stage::Documents(_))) {
            return Err(Error::new(
                Code(40602),
                "$documents is only valid as the first stage in a pipeline.",
            ));
        }
        Ok(Pipeline { stages })
    }
}

fn parse_stage(name: &str, operand: ValueRef<'_>, context: &Context) -> Result<Stage> {
    match name {
        "$match" => {
            let filter = operand.as_document().ok_or_else(|| {
                Error::new(Code(15959), "the match filter must be an expression in an object")
            })?;
            Ok(Stage::Match(Filter::parse(filter)?))
        }
        "$sort" => {
            let sort = operand
                .as_document()
                .ok_or_else(|| Error::new(Code(15973), "the $sort key specification must be an object"))?;
            let sort = Sort::parse(sort)?;
            if sort.is_empty() {
                return Err(Error::new(Code(15976), "$sort stage must have at least one sort key"));
            }
            Ok(Stage::Sort(sort))
        }
        "$project" => Shape::project(operand).map(Stage::Shape),
        "$addFields" | "$set" => Shape::add(name, operand).map(Stage::Shape),
        "$unset" => Shape::unset(operand).map(Stage::Shape),
        "$replaceRoot" => replace_root::parse_root(operand).map(Stage::ReplaceRoot),
        "$replaceWith" => replace_root::parse_with(operand).map(Stage::ReplaceRoot),
        "$documents" => documents(operand, context).map(Stage::Documents),
        "$limit" => limit::parse(operand).map(Stage::Limit),
        "$skip" => skip::parse(operand).map(Stage::Skip),
        "$count" => count::parse(operand).map(Stage::Count),
        "$group" => group::parse(operand).map(Stage::CountAll),
        known if STAGES_OF_MONGODB.contains(&known) => Err(Error::new(
            Code::NOT_IMPLEMENTED,
            format!("Anser does not support the pipeline stage '{known}'"),
        )),
        other => Err(Error::new(Code(40324), format!("Unrecognized pipeline stage name: '{other}'"))),
    }
}

/// `$documents`: an expression that gives an array of documents without looking at one.
fn documents(operand: ValueRef<'_>, context: &Context) -> Result<Vec<ValueBuf>> {
    let refuse =
        || Error::new(Code(5858203), "an array of documents is expected as the operand of $documents");
    let expression = Expression::parse(operand, &crate::expr::parse::Context::default())?;
    let environment = Environment::new(DocumentRef::EMPTY, context);
    let value = expression.evaluate(&environment)?.ok_or_else(refuse)?;
    let array = value.as_ref().as_array().ok_or_else(refuse)?;
    array.values().map(|member| member.as_document().map(|_| member.to_owned()).ok_or_else(refuse)).collect()
}
