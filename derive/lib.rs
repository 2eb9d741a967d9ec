//! The derives of Anser: `#[derive(Model)]` and `#[derive(Embed)]`.
//!
//! A derive goes through four rooms: `attr` reads attributes, `ast` makes a typed picture of the struct,
//! `check` holds it to the rules that need the whole picture, `expand` writes the code. The invariant:
//! every mistake is collected and shown at the user's own token; the first does not hide the second. What only
//! the type checker can know is written into the code with the user's spans, so that it points there too.
//!
//! Use them through the `anser` crate, which documents every attribute.

#![forbid(unsafe_code)]

mod ast;
mod attr;
mod case;
mod check;
mod expand;
mod faults;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields a model: documented at `anser::Model`.
#[proc_macro_derive(Model, attributes(model, serde))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::model(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct, a newtype or an enum of plain names something a model can hold: documented at
/// `anser::Embed`.
#[proc_macro_derive(Embed, attributes(model, serde))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::embed(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
