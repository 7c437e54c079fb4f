//! `#[derive(Nested)]`: a constant for each field of a struct that serde writes, for paths into it.

use darling::{Error, Result};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, LitStr, Token, parenthesized, token};

use crate::model::constant;

/// What serde's attributes say of how something is written.
#[derive(Default)]
struct Written {
    rename: Option<String>,
    rename_all: Option<LitStr>,
    /// Why it has no name and type of its own there.
    elsewhere: Option<String>,
}

/// The constants, and what a path to the struct is.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let wrong = || Error::custom("`Nested` is for structs with named fields").with_span(ident);
    let Data::Struct(data) = &input.data else { return Err(wrong()) };
    let Fields::Named(fields) = &data.fields else { return Err(wrong()) };
    let whole = written(&input.attrs)?;
    if let Some(attribute) = whole.elsewhere {
        let message = format!("serde writes the struct in another form: `{attribute}`");
        return Err(Error::custom(message).with_span(ident));
    }
    let mut constants = Vec::new();
    for field in &fields.named {
        let Some(member) = &field.ident else { return Err(wrong()) };
        let own = written(&field.attrs)?;
        if own.elsewhere.is_some() {
            continue;
        }
        let name = match (own.rename, &whole.rename_all) {
            (Some(name), _) => name,
            (None, Some(rule)) => renamed(&member.unraw().to_string(), rule)?,
            (None, None) => member.unraw().to_string(),
        };
        let (constant, ty, vis) = (constant(member), &field.ty, &field.vis);
        let doc = format!("What `{name}` holds, for paths.");
        constants.push(quote! {
            #[doc = #doc]
            #vis const #constant: ::ommi::Part<Self, #ty> = ::ommi::Part::named(#name);
        });
    }
    let (generics, types, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #generics #ident #types #bounds {
            #(#constants)*
        }

        #[automatically_derived]
        impl #generics ::ommi::Reachable for #ident #types #bounds {
            type Path = ::ommi::Inside<Self>;

            fn reached(path: ::ommi::__private::Way) -> Self::Path {
                ::ommi::Inside::from(path)
            }
        }
    })
}

fn written(attributes: &[Attribute]) -> Result<Written> {
    let mut found = Written::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        attribute.parse_nested_meta(|meta| read(&meta, &mut found)).map_err(Error::from)?;
    }
    Ok(found)
}

fn read(meta: &ParseNestedMeta<'_>, found: &mut Written) -> syn::Result<()> {
    let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    match name.as_str() {
        "rename" => found.rename = text(meta)?.map(|text| text.value()).or(found.rename.take()),
        "rename_all" => found.rename_all = text(meta)?.or(found.rename_all.take()),
        "skip" | "skip_serializing" | "flatten" | "with" | "serialize_with" | "transparent" | "into"
        | "tag" | "from" | "try_from" | "untagged" => {
            found.elsewhere = Some(name);
            ignored(meta)?;
        }
        _of_no_concern => ignored(meta)?,
    }
    Ok(())
}

/// The text of `name = "text"`, or that of `name(serialize = "text")`.
fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if meta.input.peek(Token![=]) {
        return meta.value()?.parse().map(Some);
    }
    let mut found = None;
    meta.parse_nested_meta(|inner| {
        let text: LitStr = inner.value()?.parse()?;
        if inner.path.is_ident("serialize") {
            found = Some(text);
        }
        Ok(())
    })?;
    Ok(found)
}

fn ignored(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(token::Paren) {
        let inside;
        parenthesized!(inside in meta.input);
        inside.parse::<TokenStream>()?;
    }
    Ok(())
}

/// A field's name by one of serde's rules.
fn renamed(name: &str, rule: &LitStr) -> Result<String> {
    let words = || name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    let pascal = || words().map(capital).collect::<String>();
    Ok(match rule.value().as_str() {
        "lowercase" | "snake_case" => name.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_ascii_uppercase(),
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.to_ascii_uppercase().replace('_', "-"),
        "PascalCase" => pascal(),
        "camelCase" => {
            let pascal = pascal();
            let mut letters = pascal.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
        }
        other => return Err(Error::custom(format!("serde knows no rule {other:?}")).with_span(rule)),
    })
}
