//! What `#[derive(Model)]` writes.

use super::{constants, schema, stored};
use crate::ast::Container;
use crate::case;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

pub(super) fn expand(model: &Container<'_>) -> TokenStream {
    let krate = model.krate();
    let ident = model.ident;
    let Some(id) = model.fields().iter().find(|field| field.model.id.is_some()) else {
        return TokenStream::new();
    };
    let (id_name, id_type) = (id.ident, id.ty);
    let id_type = quote_spanned!(id_type.span()=> #id_type);
    let collection = match &model.model.collection {
        Some(name) => name.value(),
        None => case::collection(&ident.unraw().to_string()),
    };
    let hidden = stored::expand(model);
    let constants = constants::expand(model);
    let schema = schema::model(model);
    let functions = stored::functions(&krate);
    let checks = schema::timestamp_checks(model);
    quote! {
        #hidden
        #constants
        impl #krate::Model for #ident {
            type Id = #id_type;
            const COLLECTION: &'static str = #collection;
            fn schema() -> &'static #krate::schema::ModelSchema { #schema }
            fn id(&self) -> &Self::Id { &self.#id_name }
            #functions
        }
        fn __checks() { #checks }
    }
}
