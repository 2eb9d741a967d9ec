//! What `find` and `explain` ask: filter, sort, projection and limit from the command line.

use crate::failure::{Failure, Result};
use crate::json;
use anser::engine::FindRequest;
use bson::{RawDocumentBuf, rawdoc};
use clap::Args;

/// A question, as it is typed.
#[derive(Args, Clone, Debug)]
pub(crate) struct Question {
    /// Which documents, as MongoDB writes it: '{"age": {"$gte": 18}}'; all without it
    filter: Option<String>,
    /// In which order: '{"age": -1}', or the same in short: age,-name
    #[arg(long, value_name = "SORT", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Which fields: '{"name": 1}', or the same in short: name,address.city
    #[arg(long, value_name = "FIELDS", allow_hyphen_values = true)]
    project: Option<String>,
    /// How many documents at most
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

impl Question {
    /// The same question for the engine.
    pub(crate) fn request(&self) -> Result<FindRequest> {
        let mut request = FindRequest::default();
        if let Some(filter) = &self.filter {
            request.filter = json::argument("FILTER", filter)?;
        }
        request.sort = self.sort.as_deref().map(|text| in_short("--sort", text, -1)).transpose()?;
        request.projection =
            self.project.as_deref().map(|text| in_short("--project", text, 0)).transpose()?;
        // A limit of nothing is no limit, as in MongoDB.
        request.limit = self.limit.filter(|limit| *limit > 0);
        Ok(request)
    }
}

/// A document, or names with commas between them; a minus in front of a name stands for the number `minus`.
fn in_short(name: &str, text: &str, minus: i32) -> Result<RawDocumentBuf> {
    if text.trim_start().starts_with('{') {
        return json::argument(name, text);
    }
    let mut document = rawdoc! {};
    for part in text.split(',') {
        let part = part.trim();
        let (path, number) = part.strip_prefix('-').map_or((part, 1), |path| (path, minus));
        let path = bson::raw::CString::try_from(path)
            .ok()
            .filter(|path| !path.is_empty())
            .ok_or_else(|| Failure::usage(format!("{name} {text}: a name between the commas is empty")))?;
        document.append(path, number);
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_are_a_document_in_short() {
        assert_eq!(in_short("--sort", "age,-name", -1).unwrap(), rawdoc! { "age": 1, "name": -1 });
        assert_eq!(in_short("--project", "a.b, -_id", 0).unwrap(), rawdoc! { "a.b": 1, "_id": 0 });
        assert_eq!(in_short("--sort", " {\"a\": -1}", -1).unwrap(), rawdoc! { "a": -1 });
        for text in ["", "a,,b", "-"] {
            assert!(in_short("--sort", text, -1).is_err(), "{text}");
        }
    }
}
