//! What `timestamps` means for a model: which stored names, and whether the struct has fields for them.

use crate::ast::{Container, Field};
use crate::case;
use proc_macro2::Ident;
use quote::format_ident;

/// The two timestamps of a model.
pub(crate) struct Stamps<'f, 'a> {
    pub(crate) created_at: Stamp<'f, 'a>,
    pub(crate) updated_at: Stamp<'f, 'a>,
}

/// One of them.
pub(crate) struct Stamp<'f, 'a> {
    pub(crate) stored: String,
    pub(crate) constant: Ident,
    /// The struct's own field for it.
    pub(crate) field: Option<&'f Field<'a>>,
}

impl<'f, 'a> Stamps<'f, 'a> {
    /// Those of `model`, if it has any.
    pub(crate) fn of(model: &'f Container<'a>) -> Option<Self> {
        let timestamps = model.model.timestamps.as_ref()?;
        let stamp = |given: &Option<(String, proc_macro2::Span)>, usual: &str| {
            let span = given.as_ref().map_or(timestamps.span, |(_, span)| *span);
            let name = given.as_ref().map_or(usual, |(name, _)| name);
            let field = model.fields().iter().find(|field| field.name() == name || field.stored == name);
            let renamed = || match (given, model.serde.rename_all) {
                (None, Some(rule)) => rule.field(usual),
                _ => name.to_owned(),
            };
            Stamp {
                stored: field.map_or_else(renamed, |field| field.stored.clone()),
                constant: field.map_or_else(
                    || format_ident!("{}", case::constant(usual), span = span),
                    |field| field.constant.clone(),
                ),
                field,
            }
        };
        Some(Stamps {
            created_at: stamp(&timestamps.created_at, "created_at"),
            updated_at: stamp(&timestamps.updated_at, "updated_at"),
        })
    }
}
