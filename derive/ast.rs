//! The picture of a struct: what was written, with the names under which it will be stored.

use crate::attr::{ModelContainer, ModelField, SerdeContainer, SerdeField};
use crate::case;
use crate::faults::Faults;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Fields, FieldsNamed, GenericArgument, PathArguments, Type,
    Visibility,
};

/// A struct or an enum with a derive of ours.
pub(crate) struct Container<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    pub(crate) model: ModelContainer,
    pub(crate) serde: SerdeContainer,
    pub(crate) shape: Shape<'a>,
}

/// What it is made of.
pub(crate) enum Shape<'a> {
    /// `struct User { … }`
    Fields(Vec<Field<'a>>),
    /// `struct Email(String);`
    Newtype(&'a Type),
    /// `enum Role { Admin, Guest }`
    Names(Vec<Variant<'a>>),
}

/// A named field.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) documentation: Vec<&'a Attribute>,
    pub(crate) model: ModelField,
    pub(crate) serde: SerdeField,
    /// The name under which it is stored.
    pub(crate) stored: String,
    /// The name of its constant.
    pub(crate) constant: Ident,
}

/// A variant that holds nothing.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) serde: SerdeField,
    pub(crate) stored: String,
}

impl<'a> Container<'a> {
    /// Reads a model; `None` when it cannot be one, with the reason among the faults.
    pub(crate) fn model(input: &'a DeriveInput, faults: &mut Faults) -> Option<Self> {
        let container = ModelContainer::read(&input.attrs, true, faults);
        let serde = SerdeContainer::read(&input.attrs, faults);
        refuse_generics(input, "a model", faults);
        let Some(named) = named_fields(input) else {
            faults.at(input.ident.span(), "a model is a struct with named fields");
            return None;
        };
        let shape = Shape::Fields(fields(named, &serde, true, faults));
        let (ident, visibility) = (&input.ident, &input.vis);
        Some(Container { ident, visibility, model: container, serde, shape })
    }

    /// Reads an Embed; `None` as above.
    pub(crate) fn embed(input: &'a DeriveInput, faults: &mut Faults) -> Option<Self> {
        let container = ModelContainer::read(&input.attrs, false, faults);
        let serde = SerdeContainer::read(&input.attrs, faults);
        refuse_generics(input, "an Embed", faults);
        let shape = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(named) => Shape::Fields(fields(named, &serde, false, faults)),
                Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => {
                    Shape::Newtype(&unnamed.unnamed[0].ty)
                }
                _ => return wrong_embed(input, faults),
            },
            Data::Enum(data) => Shape::Names(names(data, &serde, faults)),
            Data::Union(_) => return wrong_embed(input, faults),
        };
        let (ident, visibility) = (&input.ident, &input.vis);
        Some(Container { ident, visibility, model: container, serde, shape })
    }

    /// The path of the `anser` crate.
    pub(crate) fn krate(&self) -> TokenStream {
        self.krate_at(Span::call_site())
    }

    /// The same, so that what is wrong with what it names is shown at `span`.
    pub(crate) fn krate_at(&self, span: Span) -> TokenStream {
        match &self.model.krate {
            Some(path) => quote!(#path),
            None => quote_spanned!(span=> ::anser),
        }
    }

    /// The fields, if that is what it is made of.
    pub(crate) fn fields(&self) -> &[Field<'a>] {
        match &self.shape {
            Shape::Fields(fields) => fields,
            Shape::Newtype(_) | Shape::Names(_) => &[],
        }
    }
}

impl Field<'_> {
    /// Whether it is stored, and so has a constant.
    pub(crate) fn is_stored(&self) -> bool {
        self.serde.skip.is_none()
    }

    /// The name in Rust, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// The field type that describes it: its own, or a marker for one that is stored in another way.
    pub(crate) fn described_type(&self, krate: &TokenStream) -> TokenStream {
        let ty = self.ty;
        if self.model.opaque.is_some() {
            return quote_spanned!(ty.span()=> #krate::Opaque<#ty>);
        }
        if self.serde.writer().is_some() {
            let marker = self.marker();
            return quote!(#marker);
        }
        quote!(#ty)
    }

    /// The marker type of a field that serde writes by a function of the user's.
    pub(crate) fn marker(&self) -> Ident {
        format_ident!("__Written_{}", self.ident.unraw())
    }

    /// Whether the type is spelled `Option<…>`.
    pub(crate) fn is_option(&self) -> bool {
        argument_of(self.ty, "Option").is_some()
    }

    /// Whether the type is spelled `Vec<…>`.
    pub(crate) fn is_vec(&self) -> bool {
        argument_of(self.ty, "Vec").is_some()
    }

    /// The path that its constant begins with: nothing, when its own fields stand in its parent.
    pub(crate) fn own_path(&self) -> &str {
        if self.serde.flatten.is_some() { "" } else { &self.stored }
    }
}

/// `T` of `name<T>`, as far as the spelling tells.
pub(crate) fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(argument) if last.ident == name => Some(argument),
        _ => None,
    }
}

fn named_fields(input: &DeriveInput) -> Option<&FieldsNamed> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => Some(named),
            _ => None,
        },
        _ => None,
    }
}

fn fields<'a>(
    named: &'a FieldsNamed,
    container: &SerdeContainer,
    is_model: bool,
    faults: &mut Faults,
) -> Vec<Field<'a>> {
    let mut fields = Vec::new();
    for field in &named.named {
        let Some(ident) = &field.ident else { continue };
        let model = ModelField::read(&field.attrs, faults);
        let serde = SerdeField::read(&field.attrs, faults);
        let name = ident.unraw().to_string();
        let stored = match (&serde.rename, container.rename_all) {
            _ if is_model && model.id.is_some() => "_id".to_owned(),
            (Some(renamed), _) => renamed.value(),
            (None, Some(rule)) => rule.field(&name),
            (None, None) => name.clone(),
        };
        let constant =
            model.constant.clone().unwrap_or_else(|| Ident::new(&case::constant(&name), ident.span()));
        let documentation = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).collect();
        fields.push(Field { ident, ty: &field.ty, documentation, model, serde, stored, constant });
    }
    fields
}

fn names<'a>(data: &'a DataEnum, container: &SerdeContainer, faults: &mut Faults) -> Vec<Variant<'a>> {
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "an enum that is an Embed holds plain names; store one with data by `#[model(opaque)]` \
                           on the field, or make it a struct";
            faults.at(variant.fields.span(), message);
        }
        let serde = SerdeField::read(&variant.attrs, faults);
        let name = variant.ident.unraw().to_string();
        let stored = match (&serde.rename, container.rename_all) {
            (Some(renamed), _) => renamed.value(),
            (None, Some(rule)) => rule.variant(&name),
            (None, None) => name,
        };
        variants.push(Variant { ident: &variant.ident, serde, stored });
    }
    variants
}

fn refuse_generics(input: &DeriveInput, what: &str, faults: &mut Faults) {
    if !input.generics.params.is_empty() {
        faults.at(input.generics.span(), format!("{what} has no type parameters or lifetimes"));
    }
}

fn wrong_embed<T>(input: &DeriveInput, faults: &mut Faults) -> Option<T> {
    let message = "an Embed is a struct with named fields, a newtype, or an enum of plain names";
    faults.at(input.ident.span(), message);
    None
}
