//! `anser explain`: how a question is answered, and what that costs.

use crate::failure::{Failure, Result};
use crate::json::{Style, write_document};
use crate::output;
use crate::progress;
use crate::question::Question;
use crate::target::Target;
use anser::engine::{ExplainRequest, Verbosity};
use anser_query::value::DocumentRef;
use bson::{Bson, Document, RawDocumentBuf};
use clap::{Args, ValueEnum};
use indicatif::HumanCount;
use std::fmt::Write;

/// Says how a question is answered: by which index or by reading everything, and what that cost.
///
/// Runs the question once. On a terminal: the plan in words, from the last step to the first. In a pipe: MongoDB's
/// explain document as a line of JSON.
#[derive(Args)]
#[command(after_help = "\
Examples:
  anser explain sqlite:./app.db restaurants '{\"rating\": 5}' --sort name
  anser explain sqlite:./app.db restaurants '{\"rating\": 5}' | jq .executionStats.totalDocsExamined")]
pub(crate) struct Explain {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    question: Question,
    /// How the plan is shown; without it: text on a terminal, json in a pipe
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Words
    Text,
    /// MongoDB's explain document
    Json,
}

impl Explain {
    pub(crate) fn run(self) -> Result<()> {
        let request = ExplainRequest::Find(self.question.request()?);
        let (database, namespace) = self.target.open_existing()?;
        let explained = database.engine().explain(&namespace, &request, Verbosity::ExecutionStats)?;
        database.close()?;
        let format = self.format.unwrap_or(if output::is_terminal() { Format::Text } else { Format::Json });
        output::print(match format {
            Format::Text => in_words(&explained),
            Format::Json => json(&explained)?,
        })
    }
}

fn json(document: &Document) -> Result<String> {
    let raw = RawDocumentBuf::try_from(document).map_err(|error| {
        Failure::new(crate::failure::Exit::Database, format!("the plan cannot be shown: {error}"))
    })?;
    let mut out = Vec::new();
    write_document(&mut out, DocumentRef::from(&raw), Style::Relaxed);
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The plan, what it cost, and which indexes there were.
fn in_words(explained: &Document) -> String {
    let mut text = String::new();
    let stats = explained.get_document("executionStats").ok();
    if let Some(stats) = stats {
        if let Ok(stage) = stats.get_document("executionStages") {
            write_stage(&mut text, stage, 0);
        }
        text.push('\n');
        line(&mut text, "returned", progress::documents(whole(stats.get("nReturned"))));
        let keys = whole(stats.get("totalKeysExamined"));
        let examined = format!(
            "{}, {} index key{}",
            progress::documents(whole(stats.get("totalDocsExamined"))),
            HumanCount(keys),
            if keys == 1 { "" } else { "s" }
        );
        line(&mut text, "examined", examined);
        line(&mut text, "time", format_args!("{} ms", HumanCount(whole(stats.get("executionTimeMillis")))));
        if let Ok(message) = stats.get_str("errorMessage") {
            line(&mut text, "failed", message);
        }
    }
    let indexes =
        explained.get_document("queryPlanner").and_then(|planner| planner.get_array("consideredIndexes"));
    for index in indexes.into_iter().flatten().filter_map(Bson::as_document) {
        let name = index.get_str("name").unwrap_or("?");
        let reason = index.get_str("reason").unwrap_or("?");
        line(&mut text, "index", format_args!("{name}: {reason}"));
    }
    text.truncate(text.trim_end().len());
    text
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    writeln!(text, "{name:<9} {value}").expect("a String takes every character");
}

/// The details of stages that say what they do; a program finds the others in the JSON.
const TOLD: [&str; 9] = [
    "indexName",
    "indexBounds",
    "filter",
    "sortPattern",
    "transformBy",
    "limitAmount",
    "skipAmount",
    "docsExamined",
    "keysExamined",
];

/// A stage with its details, and below it the stages that it takes its documents from.
fn write_stage(text: &mut String, stage: &Document, depth: usize) {
    let indent = "  ".repeat(depth);
    let name = stage.get_str("stage").unwrap_or("?");
    let details = stage.iter().filter(|(key, value)| {
        let empty = matches!(value, Bson::Document(inner) if inner.is_empty());
        TOLD.contains(&key.as_str()) && !empty
    });
    let details: Vec<String> = details.map(|(key, value)| format!("{key} {}", short(value))).collect();
    let arrow = if depth == 0 { "" } else { "← " };
    writeln!(text, "{indent}{arrow}{name}  {}", details.join("  ")).expect("a String takes every character");
    if let Ok(input) = stage.get_document("inputStage") {
        write_stage(text, input, depth + 1);
    }
    for input in stage.get_array("inputStages").into_iter().flatten().filter_map(Bson::as_document) {
        write_stage(text, input, depth + 1);
    }
}

/// A detail as people would write it.
fn short(value: &Bson) -> String {
    match value {
        Bson::String(text) => text.clone(),
        Bson::Document(inner) => {
            let fields: Vec<String> =
                inner.iter().map(|(key, value)| format!("{key}: {}", short(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Bson::Array(values) => format!("[{}]", values.iter().map(short).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn whole(value: Option<&Bson>) -> u64 {
    match value {
        Some(Bson::Int32(number)) => u64::try_from(*number).unwrap_or_default(),
        Some(Bson::Int64(number)) => u64::try_from(*number).unwrap_or_default(),
        _ => 0,
    }
}
