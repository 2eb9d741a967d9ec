//! A case: documents, indexes and what is asked of them one after the other; and how it is written as Rust.

use anser::engine::IndexSpec;
use bson::{Bson, Document};
use std::fmt::{self, Write};

/// Everything that is needed to see a difference again.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) indexes: Vec<IndexSpec>,
    pub(crate) documents: Vec<Document>,
    pub(crate) steps: Vec<Step>,
}

/// Something that is asked of every combination of storage, indexes and access.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Find {
        filter: Document,
        sort: Option<Document>,
        skip: u64,
        limit: Option<u64>,
    },
    Distinct {
        key: String,
        filter: Document,
    },
    Insert {
        documents: Vec<Document>,
    },
    /// One that is not `multi` takes the match with the lowest `_id`.
    Update {
        filter: Document,
        update: Document,
        multi: bool,
        upsert: bool,
    },
    /// One that is not `multi` has an `_id` for a filter.
    Delete {
        filter: Document,
        multi: bool,
    },
}

impl Step {
    pub(crate) fn is_write(&self) -> bool {
        match self {
            Step::Find { .. } | Step::Distinct { .. } => false,
            Step::Insert { .. } | Step::Update { .. } | Step::Delete { .. } => true,
        }
    }

    /// Its filter, for whoever makes it smaller.
    pub(crate) fn filter_mut(&mut self) -> Option<&mut Document> {
        match self {
            Step::Find { filter, .. }
            | Step::Distinct { filter, .. }
            | Step::Update { filter, .. }
            | Step::Delete { filter, .. } => Some(filter),
            Step::Insert { .. } => None,
        }
    }
}

/// As a test that can be pasted into the list of known cases.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "#[test]\nfn what_it_shows() {{\n    holds(Case {{\n        indexes: vec![")?;
        for index in &self.indexes {
            let kind = match (index.unique, index.sparse) {
                (false, false) => "plain",
                (true, false) => "unique",
                (false, true) => "sparse",
                (true, true) => "unique_sparse",
            };
            writeln!(f, "            {kind}({}),", document(&index.keys))?;
        }
        writeln!(f, "        ],\n        documents: vec![")?;
        for one in &self.documents {
            writeln!(f, "            {},", document(one))?;
        }
        writeln!(f, "        ],\n        steps: vec![")?;
        for step in &self.steps {
            writeln!(f, "            {step},")?;
        }
        writeln!(f, "        ],\n    }});\n}}")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Find { filter, sort, skip, limit } => {
                let sort =
                    sort.as_ref().map_or("None".to_owned(), |sort| format!("Some({})", document(sort)));
                let filter = document(filter);
                write!(f, "Step::Find {{ filter: {filter}, sort: {sort}, skip: {skip}, limit: {limit:?} }}")
            }
            Step::Distinct { key, filter } => {
                write!(f, "Step::Distinct {{ key: {key:?}.to_owned(), filter: {} }}", document(filter))
            }
            Step::Insert { documents } => {
                let documents: Vec<String> = documents.iter().map(document).collect();
                write!(f, "Step::Insert {{ documents: vec![{}] }}", documents.join(", "))
            }
            Step::Update { filter, update, multi, upsert } => {
                let (filter, update) = (document(filter), document(update));
                let flags = format!("multi: {multi}, upsert: {upsert}");
                write!(f, "Step::Update {{ filter: {filter}, update: {update}, {flags} }}")
            }
            Step::Delete { filter, multi } => {
                write!(f, "Step::Delete {{ filter: {}, multi: {multi} }}", document(filter))
            }
        }
    }
}

fn document(document: &Document) -> String {
    format!("doc! {}", fields(document))
}

fn fields(document: &Document) -> String {
    let mut text = String::from("{");
    for (position, (name, value)) in document.iter().enumerate() {
        let comma = if position == 0 { " " } else { ", " };
        write!(text, "{comma}{name:?}: {}", literal(value)).unwrap();
    }
    text + " }"
}

fn literal(value: &Bson) -> String {
    match value {
        Bson::Double(number) if number.is_nan() => "f64::NAN".to_owned(),
        Bson::Double(number) if *number == f64::INFINITY => "f64::INFINITY".to_owned(),
        Bson::Double(number) if *number == f64::NEG_INFINITY => "f64::NEG_INFINITY".to_owned(),
        Bson::Double(number) => format!("({number:?})"),
        Bson::String(text) if text.len() > 100 => {
            format!("{:?}.repeat({})", text.chars().next().unwrap(), text.len())
        }
        Bson::String(text) => format!("{text:?}"),
        Bson::Array(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("[{}]", values.join(", "))
        }
        Bson::Document(document) => fields(document),
        Bson::Boolean(value) => value.to_string(),
        Bson::Null => "null".to_owned(),
        Bson::RegularExpression(regex) => {
            format!("regex({:?}, {:?})", regex.pattern.to_string(), regex.options.to_string())
        }
        Bson::Int32(number) => format!("({number})"),
        Bson::Int64(number) => format!("({number}i64)"),
        Bson::Decimal128(number) => {
            format!("({:?}.parse::<bson::Decimal128>().unwrap())", number.to_string())
        }
        Bson::DateTime(date) => format!("(bson::DateTime::from_millis({}))", date.timestamp_millis()),
        Bson::ObjectId(id) => format!("(bson::oid::ObjectId::from_bytes({:?}))", id.bytes()),
        Bson::Symbol(text) => format!("(Bson::Symbol({text:?}.to_owned()))"),
        Bson::JavaScriptCode(text) => format!("(Bson::JavaScriptCode({text:?}.to_owned()))"),
        Bson::MinKey => "(Bson::MinKey)".to_owned(),
        Bson::MaxKey => "(Bson::MaxKey)".to_owned(),
        Bson::Undefined => "(Bson::Undefined)".to_owned(),
        other => format!("/* {other:?} */ null"),
    }
}
