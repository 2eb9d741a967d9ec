//! Reading `#[model(…)]` and `#[serde(…)]`.
//!
//! `model` attributes are ours: every item is known or a mistake. `serde` attributes are read for what changes
//! the stored form and handed on, word for word, to the hidden struct that serde's own derive looks at; what
//! is wrong in them, serde says.

use crate::case::RenameRule;
use crate::faults::{Faults, closest, skip_to_comma, unknown};
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Path, Token};

const ON_A_MODEL: [&str; 4] = ["collection", "index", "timestamps", "crate"];
const ON_AN_EMBED: [&str; 1] = ["crate"];
const ON_A_FIELD: [&str; 7] = ["id", "unique", "index", "sparse", "default", "opaque", "constant"];

/// What `#[model(…)]` says on a struct.
#[derive(Default)]
pub(crate) struct ModelContainer {
    pub(crate) collection: Option<LitStr>,
    pub(crate) indexes: Vec<CompoundIndex>,
    pub(crate) timestamps: Option<Timestamps>,
    pub(crate) krate: Option<Path>,
}

/// `index(city, -age, unique)`.
pub(crate) struct CompoundIndex {
    pub(crate) span: Span,
    pub(crate) keys: Vec<IndexKey>,
    pub(crate) unique: bool,
    pub(crate) sparse: bool,
    pub(crate) name: Option<LitStr>,
}

/// One part of an index.
pub(crate) struct IndexKey {
    pub(crate) path: IndexPath,
    pub(crate) descending: bool,
}

/// Where a part of an index looks.
pub(crate) enum IndexPath {
    /// `address.city`: fields, checked.
    Fields(Vec<Ident>),
    /// `"address.city"`: a stored path, taken as it stands.
    Stored(LitStr),
}

/// `timestamps` or `timestamps(created_at = born, updated_at = changed)`.
pub(crate) struct Timestamps {
    pub(crate) span: Span,
    pub(crate) created_at: Option<(String, Span)>,
    pub(crate) updated_at: Option<(String, Span)>,
}

/// What `#[model(…)]` says on a field.
#[derive(Default)]
pub(crate) struct ModelField {
    pub(crate) id: Option<Span>,
    pub(crate) unique: Option<Span>,
    pub(crate) index: Option<Span>,
    pub(crate) sparse: Option<Span>,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) opaque: Option<Span>,
    pub(crate) constant: Option<Ident>,
}

/// What a field holds that a document lacks.
pub(crate) enum DefaultValue {
    /// `default`: what `Default::default()` gives.
    OfType(Span),
    /// `default = expression`.
    Expression(Box<Expr>),
}

impl DefaultValue {
    pub(crate) fn span(&self) -> Span {
        match self {
            DefaultValue::OfType(span) => *span,
            DefaultValue::Expression(expression) => expression.span(),
        }
    }
}

impl ModelContainer {
    /// Reads the attributes of a model, or of an Embed.
    pub(crate) fn read(attributes: &[Attribute], is_model: bool, faults: &mut Faults) -> Self {
        let mut read = ModelContainer::default();
        each_item(attributes, faults, |name, input, faults| {
            let span = name.span();
            match name.to_string().as_str() {
                "crate" => read.krate = Some(crate_path(input)?),
                "collection" if is_model => {
                    let collection: LitStr = value(input)?;
                    check_collection(&collection, faults);
                    once(&mut read.collection, collection, &name, faults);
                }
                "index" if is_model => read.indexes.push(compound_index(span, input, faults)?),
                "timestamps" if is_model => {
                    let timestamps = timestamps(span, input, faults)?;
                    once(&mut read.timestamps, timestamps, &name, faults);
                }
                other if is_model => faults.at(span, misplaced(other, "a model", &ON_A_MODEL, &ON_A_FIELD)),
                other if ON_A_MODEL.contains(&other) => {
                    faults.at(span, format!("`{other}` belongs on a model; this is an Embed"));
                    skip_to_comma(input);
                }
                other => faults.at(span, misplaced(other, "an Embed", &ON_AN_EMBED, &ON_A_FIELD)),
            }
            Ok(())
        });
        read
    }
}

impl ModelField {
    /// Reads the attributes of a field.
    pub(crate) fn read(attributes: &[Attribute], faults: &mut Faults) -> Self {
        let mut read = ModelField::default();
        each_item(attributes, faults, |name, input, faults| {
            let span = name.span();
            match name.to_string().as_str() {
                "id" => once(&mut read.id, span, &name, faults),
                "unique" => once(&mut read.unique, span, &name, faults),
                "index" => once(&mut read.index, span, &name, faults),
                "sparse" => once(&mut read.sparse, span, &name, faults),
                "opaque" => once(&mut read.opaque, span, &name, faults),
                "default" if input.peek(Token![=]) => {
                    let expression = DefaultValue::Expression(Box::new(value(input)?));
                    once(&mut read.default, expression, &name, faults);
                }
                "default" => once(&mut read.default, DefaultValue::OfType(span), &name, faults),
                "constant" => once(&mut read.constant, value(input)?, &name, faults),
                other => faults.at(span, misplaced(other, "a field", &ON_A_FIELD, &ON_A_MODEL)),
            }
            Ok(())
        });
        read
    }
}

/// What `#[serde(…)]` says on a struct or an enum.
#[derive(Default)]
pub(crate) struct SerdeContainer {
    pub(crate) metas: Vec<Meta>,
    pub(crate) rename_all: Option<RenameRule>,
    pub(crate) deny_unknown_fields: Option<Span>,
}

/// What `#[serde(…)]` says on a field or a variant.
#[derive(Default)]
pub(crate) struct SerdeField {
    pub(crate) metas: Vec<Meta>,
    pub(crate) rename: Option<LitStr>,
    pub(crate) skip: Option<Span>,
    pub(crate) flatten: Option<Span>,
    pub(crate) default: Option<Span>,
    pub(crate) with: Option<LitStr>,
    pub(crate) serialize_with: Option<LitStr>,
    pub(crate) deserialize_with: bool,
    pub(crate) skip_serializing_if: bool,
}

impl SerdeContainer {
    /// Reads the attributes of a struct or an enum.
    pub(crate) fn read(attributes: &[Attribute], faults: &mut Faults) -> Self {
        let mut read = SerdeContainer::default();
        for meta in serde_metas(attributes, faults) {
            match name_of(&meta).as_str() {
                // The hidden struct has its own.
                "crate" => continue,
                "rename_all" => {
                    read.rename_all = serialize_name(&meta).and_then(|rule| RenameRule::named(&rule.value()));
                }
                "deny_unknown_fields" => read.deny_unknown_fields = Some(meta.span()),
                name @ ("from" | "try_from" | "into" | "remote" | "transparent") => {
                    let message = format!("`{name}` gives the stored form away; Anser's derives own it");
                    faults.at(meta.span(), message);
                    continue;
                }
                _ => {}
            }
            read.metas.push(meta);
        }
        read
    }
}

impl SerdeField {
    /// Reads the attributes of a field or a variant.
    pub(crate) fn read(attributes: &[Attribute], faults: &mut Faults) -> Self {
        let mut read = SerdeField::default();
        for meta in serde_metas(attributes, faults) {
            let span = meta.span();
            match name_of(&meta).as_str() {
                "rename" => read.rename = serialize_name(&meta),
                "skip" | "skip_serializing" => read.skip = Some(span),
                "flatten" => read.flatten = Some(span),
                "default" => read.default = Some(span),
                "with" => read.with = text_of(&meta).cloned(),
                "serialize_with" => read.serialize_with = text_of(&meta).cloned(),
                "deserialize_with" => read.deserialize_with = true,
                "skip_serializing_if" => read.skip_serializing_if = true,
                _ => {}
            }
            read.metas.push(meta);
        }
        read
    }

    /// The function that writes the field, when serde was told one.
    pub(crate) fn writer(&self) -> Option<syn::Result<Path>> {
        match (&self.with, &self.serialize_with) {
            (_, Some(function)) => Some(function.parse()),
            (Some(module), None) => {
                let function = LitStr::new(&format!("{}::serialize", module.value()), module.span());
                Some(function.parse())
            }
            (None, None) => None,
        }
    }
}

/// Calls `read` for every item of every `#[model(…)]`; goes on at the next comma when it fails.
fn each_item(
    attributes: &[Attribute],
    faults: &mut Faults,
    mut read: impl FnMut(Ident, ParseStream<'_>, &mut Faults) -> syn::Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("model")) {
        let parsed = attribute.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let item = Ident::parse_any(input).and_then(|name| read(name, input, faults));
                if let Err(error) = item {
                    faults.push(error);
                    skip_to_comma(input);
                }
                if !input.is_empty() && !input.peek(Token![,]) {
                    // A value of an item that takes none, or of one that was not known.
                    skip_to_comma(input);
                }
                if !input.is_empty() {
                    let _: Token![,] = input.parse()?;
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            faults.push(error);
        }
    }
}

/// The value behind `=`.
fn value<T: syn::parse::Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    let _: Token![=] = input.parse()?;
    input.parse()
}

/// `= path` or `= "path"`.
fn crate_path(input: ParseStream<'_>) -> syn::Result<Path> {
    let _: Token![=] = input.parse()?;
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        return text.parse_with(Path::parse_mod_style);
    }
    Path::parse_mod_style(input)
}

fn once<T>(place: &mut Option<T>, value: T, name: &Ident, faults: &mut Faults) {
    if place.is_some() {
        faults.at(name.span(), format!("`{name}` is said twice"));
    }
    *place = Some(value);
}

fn misplaced(name: &str, place: &str, known: &[&str], elsewhere: &[&str]) -> String {
    if elsewhere.contains(&name) {
        let other = if place == "a field" { "the struct" } else { "a field" };
        return format!("`{name}` belongs on {other}");
    }
    let mut all = known.to_vec();
    if closest(name, known).is_none() {
        all.extend(elsewhere);
        if let Some(meant) = closest(name, &all) {
            return format!("there is no `{name}` on {place}; did you mean `{meant}`?");
        }
    }
    unknown(name, place, known)
}

fn check_collection(collection: &LitStr, faults: &mut Faults) {
    let name = collection.value();
    let fault = if name.is_empty() {
        "it is empty"
    } else if name.contains('$') {
        "it holds a `$`"
    } else if name.contains('\0') {
        "it holds a NUL"
    } else if name.starts_with('.') || name.ends_with('.') {
        "it begins or ends with a dot"
    } else if name.starts_with("system.") {
        "`system.` is the database's own"
    } else {
        return;
    };
    faults.at(collection.span(), format!("`{name}` cannot be a collection's name: {fault}"));
}

fn compound_index(span: Span, input: ParseStream<'_>, faults: &mut Faults) -> syn::Result<CompoundIndex> {
    let mut index = CompoundIndex { span, keys: Vec::new(), unique: false, sparse: false, name: None };
    if !input.peek(syn::token::Paren) {
        faults.at(span, "`index` on a model names its fields: `index(city, -age)`");
        skip_to_comma(input);
        return Ok(index);
    }
    let inside;
    syn::parenthesized!(inside in input);
    while !inside.is_empty() {
        if let Err(error) = index_item(&mut index, &inside, faults) {
            faults.push(error);
            skip_to_comma(&inside);
        }
        if !inside.is_empty() {
            let _: Token![,] = inside.parse()?;
        }
    }
    if index.keys.is_empty() {
        faults.at(span, "an index needs at least one field: `index(city, -age)`");
    }
    Ok(index)
}

fn index_item(index: &mut CompoundIndex, input: ParseStream<'_>, faults: &mut Faults) -> syn::Result<()> {
    let descending = input.peek(Token![-]);
    if descending {
        let _: Token![-] = input.parse()?;
    }
    if input.peek(LitStr) {
        index.keys.push(IndexKey { path: IndexPath::Stored(input.parse()?), descending });
        return Ok(());
    }
    let first = Ident::parse_any(input)?;
    let is_word = !descending && !input.peek(Token![.]);
    match first.to_string().as_str() {
        "unique" if is_word => index.unique = true,
        "sparse" if is_word => index.sparse = true,
        "name" if input.peek(Token![=]) => once(&mut index.name, value(input)?, &first, faults),
        _ => {
            let mut fields = vec![first];
            while input.peek(Token![.]) {
                let _: Token![.] = input.parse()?;
                fields.push(Ident::parse_any(input)?);
            }
            index.keys.push(IndexKey { path: IndexPath::Fields(fields), descending });
        }
    }
    Ok(())
}

fn timestamps(span: Span, input: ParseStream<'_>, faults: &mut Faults) -> syn::Result<Timestamps> {
    let mut timestamps = Timestamps { span, created_at: None, updated_at: None };
    if !input.peek(syn::token::Paren) {
        return Ok(timestamps);
    }
    let inside;
    syn::parenthesized!(inside in input);
    while !inside.is_empty() {
        let name = Ident::parse_any(&inside)?;
        let _: Token![=] = inside.parse()?;
        let given = if inside.peek(LitStr) {
            let text: LitStr = inside.parse()?;
            (text.value(), text.span())
        } else {
            let field = Ident::parse_any(&inside)?;
            (field.unraw().to_string(), field.span())
        };
        match name.to_string().as_str() {
            "created_at" => timestamps.created_at = Some(given),
            "updated_at" => timestamps.updated_at = Some(given),
            other => faults.at(name.span(), unknown(other, "`timestamps`", &["created_at", "updated_at"])),
        }
        if !inside.is_empty() {
            let _: Token![,] = inside.parse()?;
        }
    }
    Ok(timestamps)
}

fn serde_metas(attributes: &[Attribute], faults: &mut Faults) -> Vec<Meta> {
    let mut metas = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        match attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) {
            Ok(parsed) => metas.extend(parsed),
            Err(error) => faults.push(error),
        }
    }
    metas
}

fn name_of(meta: &Meta) -> String {
    meta.path().get_ident().map(Ident::to_string).unwrap_or_default()
}

/// The text of `name = "text"`.
fn text_of(meta: &Meta) -> Option<&LitStr> {
    let Meta::NameValue(pair) = meta else { return None };
    text_in(&pair.value)
}

fn text_in(expression: &Expr) -> Option<&LitStr> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The name used in writing: of `rename = "a"`, or of `rename(serialize = "a", deserialize = "b")`.
fn serialize_name(meta: &Meta) -> Option<LitStr> {
    let Meta::List(list) = meta else { return text_of(meta).cloned() };
    let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    inner.iter().find(|meta| meta.path().is_ident("serialize")).and_then(text_of).cloned()
}
