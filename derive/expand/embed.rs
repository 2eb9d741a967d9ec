//! What `#[derive(Embed)]` writes: a field type, and for structs the navigator that leads into them.

use super::{constants, schema, stored};
use crate::ast::{Container, Shape};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

pub(super) fn expand(embed: &Container<'_>) -> TokenStream {
    let values = values(embed);
    let code = match &embed.shape {
        Shape::Fields(_) => structure(embed),
        Shape::Newtype(inner) => newtype(embed, inner),
        Shape::Names(_) => names(embed),
    };
    quote!(#code #values)
}

/// A struct: constants of its own, and a navigator with a method a field.
fn structure(embed: &Container<'_>) -> TokenStream {
    let krate = embed.krate();
    let (ident, visibility) = (embed.ident, embed.visibility);
    let navigator = format_ident!("{}Fields", ident.unraw());
    let hidden = stored::expand(embed);
    let constants = constants::expand(embed);
    let functions = stored::functions(&krate);
    let fields = schema::fields(embed);
    let methods = embed.fields().iter().filter(|field| field.is_stored()).map(|field| {
        let (name, path) = (field.ident, field.own_path());
        let ty = field.described_type(&krate);
        let heading = format!("The field `{}` of it, stored as `{}`.", field.name(), field.stored);
        let krate_there = embed.krate_at(field.ty.span());
        let at = quote_spanned!(field.ty.span()=> #krate_there::At<M, #ty>);
        quote! {
            #[doc = #heading]
            pub fn #name(&self) -> #at { #krate::Nav::<M, #ty>::at(self.0.child(#path)) }
        }
    });
    let heading = format!("The fields of a [`{ident}`] that another document holds.");
    quote! {
        #hidden
        #constants
        #[doc = #heading]
        #visibility struct #navigator<M, W>(#krate::Field<M, W>);
        impl<M, W> #navigator<M, W> {
            #[doc(hidden)]
            pub const fn __at_path(path: &'static str) -> Self { #navigator(#krate::Field::__at_path(path)) }
        }
        impl<M, W: #krate::FieldType> #navigator<M, W> { #(#methods)* }
        impl<M, W> #krate::Nav<M, W> for #navigator<M, W> {
            fn at(path: #krate::__private::Cow<'static, str>) -> Self { #navigator(#krate::Nav::at(path)) }
            fn leads_to(&self) -> &str { #krate::Nav::leads_to(&self.0) }
        }
        impl<M, W> ::core::clone::Clone for #navigator<M, W> {
            fn clone(&self) -> Self { #navigator(::core::clone::Clone::clone(&self.0)) }
        }
        impl<M, W> ::core::ops::Deref for #navigator<M, W> {
            type Target = #krate::Field<M, W>;
            fn deref(&self) -> &Self::Target { &self.0 }
        }
        impl #krate::FieldType for #ident {
            type Kind = #krate::kind::Embedded<#ident>;
            type Scalar = Self;
            type Nav<M, W: #krate::FieldType> = #navigator<M, W>;
            const KIND: #krate::KindName = #krate::KindName::Embedded;
            fn fields() -> &'static [#krate::schema::FieldSchema] { #fields }
        }
        impl #krate::Stored for #ident { #functions }
        impl #krate::Embed for #ident {}
    }
}

/// A newtype: of the kind of what it holds, with values of its own.
fn newtype(embed: &Container<'_>, inner: &Type) -> TokenStream {
    let krate = embed.krate();
    let ident = embed.ident;
    let inner = quote_spanned!(inner.span()=> #inner);
    quote! {
        impl #krate::FieldType for #ident {
            type Kind = <#inner as #krate::FieldType>::Kind;
            type Scalar = Self;
            type Nav<M, W: #krate::FieldType> = <#inner as #krate::FieldType>::Nav<M, W>;
            const KIND: #krate::KindName = <#inner as #krate::FieldType>::KIND;
            fn fields() -> &'static [#krate::schema::FieldSchema] { <#inner as #krate::FieldType>::fields() }
        }
        impl #krate::Stored for #ident {
            fn store<S: #krate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #krate::Stored::store(&self.0, serializer)
            }
            fn load<'de, D: #krate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <#inner as #krate::Stored>::load(deserializer).map(#ident)
            }
            fn is_unset(&self) -> bool { #krate::Stored::is_unset(&self.0) }
        }
        impl #krate::Embed for #ident {}
    }
}

/// An enum of plain names, stored as text.
fn names(embed: &Container<'_>) -> TokenStream {
    let krate = embed.krate();
    let ident = embed.ident;
    let hidden = stored::expand(embed);
    let functions = stored::functions(&krate);
    quote! {
        #hidden
        impl #krate::FieldType for #ident {
            type Kind = #krate::kind::Enumeration;
            type Scalar = Self;
            type Nav<M, W: #krate::FieldType> = #krate::Field<M, W>;
            const KIND: #krate::KindName = #krate::KindName::Enumeration;
        }
        impl #krate::Stored for #ident { #functions }
        impl #krate::Embed for #ident {}
    }
}

/// What a field of this type is compared with and set to: values of it, owned or lent.
fn values(embed: &Container<'_>) -> TokenStream {
    let krate = embed.krate();
    let ident = embed.ident;
    let lent = [quote!(), quote!(&)].map(|lent| {
        let this = if lent.is_empty() { quote!(&self) } else { quote!(self) };
        quote! {
            impl #krate::ValueFor<#ident> for #lent #ident {
                fn write(
                    self,
                    out: &mut #krate::__private::Vec<u8>,
                ) -> ::core::result::Result<u8, #krate::__private::Fault> {
                    #krate::__private::write_stored(#this, out)
                }
            }
        }
    });
    quote!(#(#lent)*)
}
