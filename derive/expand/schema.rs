//! The description of a struct that is there when the program runs.

use super::timestamps::{Stamp, Stamps};
use crate::ast::{Container, Field};
use crate::attr::{CompoundIndex, IndexPath};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// `&[FieldSchema]` of the stored fields.
pub(super) fn fields(container: &Container<'_>) -> TokenStream {
    let krate = container.krate();
    let described = container.fields().iter().filter(|field| field.is_stored()).map(|field| {
        let (rust, stored) = (field.name(), &field.stored);
        let ty = field.described_type(&krate);
        let flatten = field.serde.flatten.is_some().then(|| quote!(.flattened()));
        quote!(#krate::schema::FieldSchema::of::<#ty>(#rust, #stored) #flatten)
    });
    quote!(&const { [#(#described),*] })
}

/// `&'static ModelSchema`.
pub(super) fn model(model: &Container<'_>) -> TokenStream {
    let krate = model.krate();
    let name = model.ident.unraw().to_string();
    let fields = fields(model);
    let of_fields = model.fields().iter().filter_map(|field| field_index(model, field));
    let of_model = model.model.indexes.iter().map(|index| compound_index(model, index));
    let indexes = of_fields.chain(of_model);
    let timestamps = Stamps::of(model).map(|stamps| {
        let (created_at, updated_at) = (&stamps.created_at.stored, &stamps.updated_at.stored);
        quote!(.timestamps(#created_at, #updated_at))
    });
    quote! {
        &const {
            #krate::schema::ModelSchema::new(
                #name,
                <Self as #krate::Model>::COLLECTION,
                #fields,
                &const { [#(#indexes),*] },
            ) #timestamps
        }
    }
}

/// What holds the struct's own timestamps to a date's type.
pub(super) fn timestamp_checks(model: &Container<'_>) -> TokenStream {
    let krate = model.krate();
    let stamps = Stamps::of(model).into_iter().flat_map(|stamps| [stamps.created_at, stamps.updated_at]);
    let checks = stamps.filter_map(|Stamp { field, .. }| field).map(|field| {
        let ty = field.ty;
        quote_spanned!(ty.span()=> #krate::__private::is_timestamp::<#ty>();)
    });
    quote!(#(#checks)*)
}

fn field_index(model: &Container<'_>, field: &Field<'_>) -> Option<TokenStream> {
    if field.model.index.is_none() && field.model.unique.is_none() {
        return None;
    }
    let krate = model.krate();
    let path = path_of(model, field, std::slice::from_ref(field.ident));
    let options = options(field.model.unique.is_some(), field.model.sparse.is_some());
    Some(
        quote!(#krate::schema::IndexSchema::new(&const { [((#path) as fn() -> #krate::__private::String, 1)] }) #options),
    )
}

fn compound_index(model: &Container<'_>, index: &CompoundIndex) -> TokenStream {
    let krate = model.krate();
    let keys = index.keys.iter().map(|key| {
        let direction = if key.descending { quote!(-1) } else { quote!(1) };
        let path = match &key.path {
            IndexPath::Stored(text) => quote!(|| #krate::__private::String::from(#text)),
            IndexPath::Fields(parts) => {
                let name = parts[0].unraw().to_string();
                match model.fields().iter().find(|field| field.name() == name) {
                    Some(field) => path_of(model, field, parts),
                    None => quote!(|| #krate::__private::String::new()),
                }
            }
        };
        quote!(((#path) as fn() -> #krate::__private::String, #direction))
    });
    let options = options(index.unique, index.sparse);
    let name = index.name.as_ref().map(|name| quote!(.named(#name)));
    quote_spanned!(index.span=> #krate::schema::IndexSchema::new(&const { [#(#keys),*] }) #options #name)
}

fn options(unique: bool, sparse: bool) -> TokenStream {
    let unique = unique.then(|| quote!(.unique()));
    let sparse = sparse.then(|| quote!(.sparse()));
    quote!(#unique #sparse)
}

/// A function that gives the stored path: only the derives of the nested structs know their stored names, so the
/// path is walked by the constants, and a part that is not there is an error at its token.
fn path_of(model: &Container<'_>, field: &Field<'_>, parts: &[Ident]) -> TokenStream {
    let krate = model.krate();
    let (ident, constant) = (model.ident, &field.constant);
    let constant = Ident::new(&constant.to_string(), parts[0].span());
    let each = (field.is_vec() && parts.len() > 1).then(|| quote!(.each()));
    let steps = parts[1..].iter().map(|part| quote_spanned!(part.span()=> .#part()));
    quote!(|| #krate::__private::String::from((#ident::#constant #each #(#steps)*).path()))
}
