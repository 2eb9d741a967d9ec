//! The constants: `User::AGE`, one a stored field.

use super::timestamps::Stamps;
use crate::ast::{Container, Field};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// `pub const AGE: At<User, u8> = …;` for every stored field. They are as visible as the struct: asking about
/// a private field is not touching it.
pub(super) fn expand(container: &Container<'_>) -> TokenStream {
    let krate = container.krate();
    let (ident, visibility) = (container.ident, container.visibility);
    let fields = container.fields().iter().filter(|field| field.is_stored());
    let constants = fields.map(|field| constant(container, field));
    let stamps = Stamps::of(container).into_iter().flat_map(|stamps| [stamps.created_at, stamps.updated_at]);
    let stamps = stamps.filter(|stamp| stamp.field.is_none()).map(|stamp| {
        let (constant, stored) = (&stamp.constant, &stamp.stored);
        let documentation = format!("The timestamp stored as `{stored}`.");
        quote! {
            #[doc = #documentation]
            #visibility const #constant: #krate::Field<#ident, #krate::bson::DateTime> =
                #krate::Field::__at_path(#stored);
        }
    });
    quote!(impl #ident { #(#constants)* #(#stamps)* })
}

fn constant(container: &Container<'_>, field: &Field<'_>) -> TokenStream {
    let krate = container.krate_at(field.ty.span());
    let (ident, visibility, constant) = (container.ident, container.visibility, &field.constant);
    let described = field.described_type(&krate);
    let path = field.own_path();
    let heading = format!("The field `{}`, stored as `{}`.", field.name(), field.stored);
    let documentation = &field.documentation;
    let blank = (!documentation.is_empty()).then(|| quote!(#[doc = ""]));
    let at = quote_spanned!(field.ty.span()=> #krate::At<#ident, #described>);
    let value = quote_spanned!(field.ty.span()=> <#at>::__at_path(#path));
    quote! {
        #[doc = #heading]
        #blank
        #(#documentation)*
        #visibility const #constant: #at = #value;
    }
}
