//! The hidden struct that owns the stored form.
//!
//! It mirrors the user's struct under `#[serde(remote = "…")]`, so that serde's derive writes the encoding
//! without the user's struct having to derive anything: the id is called `_id` and stands first, `None` is left
//! out, defaults are filled in, and every value goes through `Stored`. The user's own `Serialize` and
//! `Deserialize`, if any, are free to be another form.

use crate::ast::{Container, Field, Shape, Variant, argument_of};
use crate::attr::DefaultValue;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr};

/// The hidden struct or enum `__Stored`, with the functions and markers it needs.
pub(super) fn expand(container: &Container<'_>) -> TokenStream {
    let krate = container.krate();
    let body = match &container.shape {
        Shape::Fields(fields) => {
            let written = in_stored_order(fields).map(|field| stored_field(field, &krate));
            quote!(struct __Stored { #(#written,)* })
        }
        Shape::Names(variants) => {
            let written = variants.iter().map(stored_variant);
            quote!(enum __Stored { #(#written,)* })
        }
        Shape::Newtype(_) => return TokenStream::new(),
    };
    let metas = &container.serde.metas;
    let remote = container.ident.unraw().to_string();
    let serde = quote!(#krate::__private::serde).to_string();
    let defaults = container.fields().iter().filter_map(default_function);
    let markers = container.fields().iter().filter_map(|field| marker(field, &krate));
    quote! {
        #(#defaults)*
        #(#markers)*
        #[derive(#krate::__private::serde::Serialize, #krate::__private::serde::Deserialize)]
        #[serde(crate = #serde, remote = #remote)]
        #[serde(#(#metas),*)]
        #body
    }
}

/// The bodies of `store` and `load`.
pub(super) fn functions(krate: &TokenStream) -> TokenStream {
    quote! {
        fn store<S: #krate::__private::serde::Serializer>(
            &self,
            serializer: S,
        ) -> ::core::result::Result<S::Ok, S::Error> {
            __Stored::serialize(self, serializer)
        }
        fn load<'de, D: #krate::__private::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::core::result::Result<Self, D::Error> {
            __Stored::deserialize(deserializer)
        }
    }
}

/// The id first, as it is stored.
fn in_stored_order<'f, 'a>(fields: &'f [Field<'a>]) -> impl Iterator<Item = &'f Field<'a>> {
    let is_id = |field: &&Field<'_>| field.model.id.is_some();
    fields.iter().filter(is_id).chain(fields.iter().filter(move |field| !is_id(field)))
}

fn stored_field(field: &Field<'_>, krate: &TokenStream) -> TokenStream {
    let (ident, ty, serde) = (field.ident, field.ty, &field.serde);
    let private = quote!(#krate::__private).to_string();
    let mut metas: Vec<TokenStream> = serde.metas.iter().map(|meta| quote!(#meta)).collect();
    // A type that cannot be stored is shown at the type.
    let function = |name: &str| LitStr::new(&format!("{private}::stored::{name}"), ty.span());
    let (serializes, deserializes) = (function("serialize"), function("deserialize"));
    let is_only_read = serde.metas.iter().any(|meta| meta.path().is_ident("skip_serializing"));
    if is_only_read && serde.with.is_none() && !serde.deserialize_with && field.model.opaque.is_none() {
        metas.push(quote!(deserialize_with = #deserializes));
    }
    if field.is_stored() {
        let is_opaque = field.model.opaque.is_some();
        if field.serde.writer().is_none() && !is_opaque {
            metas.push(quote!(serialize_with = #serializes));
        }
        if serde.with.is_none() && !serde.deserialize_with && !is_opaque {
            metas.push(quote!(deserialize_with = #deserializes));
        }
        if field.model.id.is_some() {
            metas.retain(|meta| !meta.to_string().starts_with("rename"));
            let is_unset = format!("{private}::stored::is_unset");
            metas.push(quote!(rename = "_id", skip_serializing_if = #is_unset));
            if field.is_option() && serde.default.is_none() {
                metas.push(quote!(default));
            }
        } else if field.is_option() && serde.with.is_none() && serde.flatten.is_none() {
            if !serde.skip_serializing_if {
                metas.push(quote!(skip_serializing_if = "::core::option::Option::is_none"));
            }
            if serde.default.is_none() && field.model.default.is_none() {
                metas.push(quote!(default));
            }
        }
    }
    match &field.model.default {
        Some(DefaultValue::OfType(_)) => metas.push(quote!(default)),
        Some(DefaultValue::Expression(_)) => {
            let function = default_name(field).to_string();
            metas.push(quote!(default = #function));
        }
        None => {}
    }
    quote!(#[serde(#(#metas),*)] #ident: #ty)
}

fn stored_variant(variant: &Variant<'_>) -> TokenStream {
    let (ident, metas) = (variant.ident, &variant.serde.metas);
    quote!(#[serde(#(#metas),*)] #ident)
}

fn default_name(field: &Field<'_>) -> Ident {
    format_ident!("__default_{}", field.ident.unraw())
}

/// The function that gives a `default = expression`; a mistake in the expression shows at it.
fn default_function(field: &Field<'_>) -> Option<TokenStream> {
    let Some(DefaultValue::Expression(expression)) = &field.model.default else { return None };
    let (name, ty) = (default_name(field), field.ty);
    let inner = argument_of(ty, "Option");
    let target = inner.unwrap_or(ty);
    let value = match &**expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let value = quote_spanned!(text.span()=> <#target as ::core::convert::From<&str>>::from(#text));
            if inner.is_some() { quote!(::core::option::Option::Some(#value)) } else { value }
        }
        Expr::Lit(_) | Expr::Unary(_) if inner.is_some() => {
            quote_spanned!(expression.span()=> ::core::option::Option::Some(#expression))
        }
        other => quote!(#other),
    };
    Some(quote!(fn #name() -> #ty { #value }))
}

/// The marker of a field that serde writes by a function of the user's: its values are compared and set in the
/// form that function gives them.
fn marker(field: &Field<'_>, krate: &TokenStream) -> Option<TokenStream> {
    let writer = field.serde.writer()?.ok()?;
    if !field.is_stored() {
        return None;
    }
    let (marker, ty) = (field.marker(), field.ty);
    let wrapper = format_ident!("__Value_{}", field.ident.unraw());
    Some(quote! {
        pub struct #marker;
        struct #wrapper<'a>(&'a #ty);
        impl #krate::__private::serde::Serialize for #wrapper<'_> {
            fn serialize<S: #krate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #writer(self.0, serializer)
            }
        }
        impl #krate::FieldType for #marker {
            type Kind = #krate::kind::Any;
            type Scalar = Self;
            type Nav<M, W: #krate::FieldType> = #krate::Field<M, W>;
            const KIND: #krate::KindName = #krate::KindName::Any;
        }
        impl #krate::ValueFor<#marker> for #ty {
            fn write(
                self,
                out: &mut #krate::__private::Vec<u8>,
            ) -> ::core::result::Result<u8, #krate::__private::Fault> {
                #krate::__private::write_value(&#wrapper(&self), out)
            }
        }
    })
}
