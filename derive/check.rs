//! The rules that need the whole struct: one id, names that do not meet, indexes on fields that are there.

use crate::ast::{Container, Field, Shape};
use crate::attr::{CompoundIndex, DefaultValue, IndexPath};
use crate::faults::{Faults, closest};
use std::collections::HashMap;
use syn::ext::IdentExt;

/// Holds a model to its rules.
pub(crate) fn model(model: &Container<'_>, faults: &mut Faults) {
    let fields = model.fields();
    check_fields(fields, faults);
    check_id(model, faults);
    for field in fields {
        check_index_words(field, faults);
    }
    for index in &model.model.indexes {
        check_index(index, fields, faults);
    }
    check_timestamps(model, faults);
}

/// Holds an Embed to its rules.
pub(crate) fn embed(embed: &Container<'_>, faults: &mut Faults) {
    check_fields(embed.fields(), faults);
    for field in embed.fields() {
        let model = &field.model;
        for (span, word) in [(model.id, "id"), (model.unique, "unique"), (model.index, "index")] {
            if let Some(span) = span {
                let how = if word == "id" {
                    "only a model has an id".to_owned()
                } else {
                    format!("say it on the model: `#[model(index(address.{}))]`", field.name())
                };
                faults.at(span, format!("`{word}` has no place in an Embed: {how}"));
            }
        }
    }
    if let Shape::Names(variants) = &embed.shape {
        let mut seen = HashMap::new();
        for variant in variants {
            if let Some(other) = seen.insert(&variant.stored, variant.ident) {
                let message =
                    format!("`{}` is stored as \"{}\", as `{other}` is", variant.ident, variant.stored);
                faults.at(variant.ident.span(), message);
            }
        }
    }
}

fn check_fields(fields: &[Field<'_>], faults: &mut Faults) {
    let mut constants = HashMap::new();
    let mut stored = HashMap::new();
    if let Some(id) = fields.iter().find(|field| field.model.id.is_some()) {
        stored.insert("_id".to_owned(), id.ident);
    }
    for field in fields {
        check_defaults(field, faults);
        if field.model.opaque.is_some() && field.serde.writer().is_some() {
            faults
                .at(field.ident.span(), "`opaque` and serde's `with` both say how it is stored; choose one");
        }
        if let Some(Err(error)) = field.serde.writer() {
            faults.push(error);
        }
        if !field.is_stored() {
            continue;
        }
        if let Some(other) = constants.insert(field.constant.to_string(), field.ident) {
            let message = format!(
                "`{}` and `{other}` have the same constant `{}`; give one another: `#[model(constant = …)]`",
                field.ident, field.constant
            );
            faults.at(field.ident.span(), message);
        }
        if field.serde.flatten.is_some() {
            continue;
        }
        check_stored_name(field, faults);
        if field.model.id.is_none()
            && let Some(other) = stored.insert(field.stored.clone(), field.ident)
        {
            let message = format!("`{}` is stored as `{}`, as `{other}` is", field.ident, field.stored);
            faults.at(field.ident.span(), message);
        }
    }
}

fn check_defaults(field: &Field<'_>, faults: &mut Faults) {
    let Some(default) = &field.model.default else { return };
    if field.serde.default.is_some() {
        faults.at(default.span(), "serde's `default` says it already; keep one of them");
    }
    if field.serde.flatten.is_some() {
        faults.at(default.span(), "a flattened field has no name that a document could lack");
    }
    if field.model.id.is_some() {
        faults.at(default.span(), "an id has no default: every document has one");
    }
    if let (DefaultValue::OfType(span), true) = (default, field.is_option()) {
        faults.at(*span, "an `Option` that a document lacks is `None` already");
    }
}

fn check_stored_name(field: &Field<'_>, faults: &mut Faults) {
    let name = &field.stored;
    let span = field.serde.rename.as_ref().map_or(field.ident.span(), |renamed| renamed.span());
    let fault = if name.is_empty() {
        "it is empty"
    } else if name.contains('.') {
        "a dot separates the parts of a path"
    } else if name.starts_with('$') {
        "`$` begins an operator"
    } else if name.contains('\0') {
        "it holds a NUL"
    } else {
        return;
    };
    faults.at(span, format!("`{name}` cannot be the name of a stored field: {fault}"));
}

fn check_id(model: &Container<'_>, faults: &mut Faults) {
    let mut ids = model.fields().iter().filter(|field| field.model.id.is_some());
    let Some(id) = ids.next() else {
        let message = format!("`{}` has no key: mark one field `#[model(id)]`", model.ident);
        faults.at(model.ident.span(), message);
        return;
    };
    for other in ids {
        let span = other.model.id.unwrap_or_else(|| other.ident.span());
        faults.at(span, format!("a model has one `id`, and `{}` already is it", id.ident));
    }
    if let Some(renamed) = &id.serde.rename
        && renamed.value() != "_id"
    {
        faults.at(renamed.span(), "the id is stored as `_id`; leave out the `rename`");
    }
    for (span, word) in [
        (id.serde.skip, "skip"),
        (id.serde.flatten, "flatten"),
        (id.model.opaque, "opaque"),
        (id.serde.with.as_ref().map(syn::LitStr::span), "with"),
        (id.serde.serialize_with.as_ref().map(syn::LitStr::span), "serialize_with"),
    ] {
        if let Some(span) = span {
            faults.at(span, format!("`{word}` has no place on the id"));
        }
    }
    for (span, word) in [(id.model.unique, "unique"), (id.model.index, "index")] {
        if let Some(span) = span {
            faults.at(span, format!("the id has its unique index already; leave out `{word}`"));
        }
    }
}

fn check_index_words(field: &Field<'_>, faults: &mut Faults) {
    let model = &field.model;
    if model.id.is_none()
        && let (Some(span), None, None) = (model.sparse, model.index, model.unique)
    {
        faults.at(span, "`sparse` says how an index is made: add `index` or `unique`");
    }
    let Some(span) = model.index.or(model.unique) else { return };
    if !field.is_stored() {
        faults.at(span, format!("`{}` is skipped, so there is nothing to index", field.ident));
    }
    if field.serde.flatten.is_some() {
        let message = "a flattened field has no value of its own; index its fields on the model: \
                       `#[model(index(audit.created_by))]`";
        faults.at(span, message);
    }
}

fn check_index(index: &CompoundIndex, fields: &[Field<'_>], faults: &mut Faults) {
    let mut seen = Vec::new();
    for key in &index.keys {
        let (text, span) = match &key.path {
            IndexPath::Stored(text) => (text.value(), text.span()),
            IndexPath::Fields(path) => {
                let first = &path[0];
                let name = first.unraw().to_string();
                let text = path.iter().map(|part| part.unraw().to_string()).collect::<Vec<_>>().join(".");
                match fields.iter().find(|field| field.name() == name) {
                    None => {
                        let known: Vec<String> = fields.iter().map(Field::name).collect();
                        let known: Vec<&str> = known.iter().map(String::as_str).collect();
                        let meant = closest(&name, &known);
                        let meant =
                            meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                        faults.at(first.span(), format!("index on `{name}`, which is not a field{meant}"));
                    }
                    Some(field) if !field.is_stored() => {
                        let message = format!("index on `{name}`, which is skipped and never stored");
                        faults.at(first.span(), message);
                    }
                    Some(field) if field.serde.flatten.is_some() && path.len() == 1 => {
                        faults.at(first.span(), format!("`{name}` is flattened: index one of its fields"));
                    }
                    Some(_) => {}
                }
                (text, first.span())
            }
        };
        if text.is_empty() || text.starts_with('$') || text.split('.').any(str::is_empty) {
            faults.at(span, format!("`{text}` is not a path"));
        }
        if seen.contains(&text) {
            faults.at(span, format!("`{text}` stands twice in this index"));
        }
        seen.push(text);
    }
}

fn check_timestamps(model: &Container<'_>, faults: &mut Faults) {
    let Some(timestamps) = &model.model.timestamps else { return };
    for (name, span) in [&timestamps.created_at, &timestamps.updated_at].into_iter().flatten() {
        if name.is_empty() || name.contains(['.', '\0']) || name.starts_with('$') || name == "_id" {
            faults.at(*span, format!("`{name}` cannot be the name of a timestamp"));
        }
    }
    let stamps = crate::expand::timestamps::Stamps::of(model);
    let Some(stamps) = stamps else { return };
    if stamps.created_at.stored == stamps.updated_at.stored {
        faults.at(timestamps.span, "the two timestamps have one name");
    }
    let without_field = stamps.created_at.field.is_none() || stamps.updated_at.field.is_none();
    if without_field && let Some(span) = model.serde.deny_unknown_fields {
        let message = format!(
            "`timestamps` stores `{}` and `{}`; with `deny_unknown_fields` the struct needs a field for each",
            stamps.created_at.stored, stamps.updated_at.stored
        );
        faults.at(span, message);
    }
}
