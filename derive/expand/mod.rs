//! Writing the code: what a derive adds beside the user's struct.
//!
//! Everything stands in one `const _: () = { … }`, so that no name leaks; every path begins at the `anser`
//! crate. The invariant: the hidden struct of [`stored`] decides the stored form, and constants, schema and
//! indexes name what it writes.

mod constants;
mod embed;
mod model;
mod schema;
mod stored;
pub(crate) mod timestamps;

use crate::ast::Container;
use crate::check;
use crate::faults::Faults;
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// The code of `#[derive(Model)]`.
pub(crate) fn model(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let model = Container::model(input, &mut faults);
    if let Some(model) = &model {
        check::model(model, &mut faults);
    }
    faults.finish()?;
    Ok(model.map(|model| hidden(&model::expand(&model))).unwrap_or_default())
}

/// The code of `#[derive(Embed)]`.
pub(crate) fn embed(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let embed = Container::embed(input, &mut faults);
    if let Some(embed) = &embed {
        check::embed(embed, &mut faults);
    }
    faults.finish()?;
    Ok(embed.map(|embed| hidden(&embed::expand(&embed))).unwrap_or_default())
}

fn hidden(code: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        #[allow(dead_code, non_camel_case_types, non_snake_case, unused_qualifications, clippy::all)]
        const _: () = { #code };
    }
}
