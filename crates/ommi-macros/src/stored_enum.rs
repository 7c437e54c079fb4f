//! `#[derive(StoredEnum)]`: an enum without data is a column of text, or of integers.

use darling::util::{Flag, SpannedValue};
use darling::{Error, FromDeriveInput, FromVariant, Result, ast};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{DeriveInput, Expr, Generics, Ident};

#[derive(FromDeriveInput)]
#[darling(attributes(stored), supports(enum_unit))]
struct EnumInput {
    ident: Ident,
    generics: Generics,
    data: ast::Data<VariantInput, darling::util::Ignored>,
    /// Stores the variants' numbers rather than their names.
    integer: Flag,
}

#[derive(FromVariant)]
#[darling(attributes(stored))]
struct VariantInput {
    ident: Ident,
    discriminant: Option<Expr>,
    /// The text that the variant is stored as.
    #[darling(default)]
    rename: Option<SpannedValue<String>>,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let input = EnumInput::from_derive_input(input).map_err(|error| error.with_span(&input.ident))?;
    if !input.generics.params.is_empty() {
        return Err(Error::custom("a stored enum has no generic parameters").with_span(&input.generics));
    }
    let integer = input.integer.is_present();
    let variants = input.data.take_enum().unwrap_or_default();
    if variants.is_empty() {
        return Err(Error::custom("a stored enum needs at least one variant").with_span(&input.ident));
    }
    if integer { as_integers(&input.ident, &variants) } else { as_text(&input.ident, &variants) }
}

fn as_text(ident: &Ident, variants: &[VariantInput]) -> Result<TokenStream> {
    let mut names: Vec<String> = Vec::new();
    for variant in variants {
        let name = variant.rename.as_deref().cloned().unwrap_or_else(|| variant.ident.unraw().to_string());
        if names.contains(&name) || name.contains('\0') {
            let message = format!("two variants are stored as {name:?}, or the text holds a NUL character");
            return Err(Error::custom(message).with_span(&variant.ident));
        }
        names.push(name);
    }
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let known = names.join(", ");
    let conversions = quote! {
        fn field_type() -> ::ommi::schema::FieldType {
            ::ommi::schema::FieldType::Text
        }

        fn from_cell(cell: ::ommi::value::Cell<'_>) -> ::ommi::Result<Self> {
            match <&str as ::ommi::__private::FromCell>::from_cell(cell)? {
                #(#names => ::core::result::Result::Ok(Self::#idents),)*
                _ => ::core::result::Result::Err(::ommi::__private::unknown_variant(#known)),
            }
        }

        fn to_value(&self) -> ::ommi::Result<::ommi::value::Value> {
            ::core::result::Result::Ok(::ommi::value::Value::from(match self { #(Self::#idents => #names,)* }))
        }
    };
    Ok(implement(ident, conversions))
}

fn as_integers(ident: &Ident, variants: &[VariantInput]) -> Result<TokenStream> {
    if let Some(renamed) = variants.iter().find_map(|variant| variant.rename.as_ref()) {
        return Err(Error::custom("`rename` has no meaning for integers").with_span(&renamed.span()));
    }
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    // Without a discriminant a variant has the number after the one before it, as in the language.
    let mut last: Option<&Expr> = None;
    let mut distance = 0_i64;
    let numbers: Vec<_> = variants
        .iter()
        .map(|variant| {
            if variant.discriminant.is_some() {
                (last, distance) = (variant.discriminant.as_ref(), 0);
            }
            let number = match last {
                Some(base) => quote!((#base) + #distance),
                None => quote!(#distance),
            };
            distance += 1;
            number
        })
        .collect();
    let conversions = quote! {
        fn field_type() -> ::ommi::schema::FieldType {
            ::ommi::schema::FieldType::Int
        }

        fn from_cell(cell: ::ommi::value::Cell<'_>) -> ::ommi::Result<Self> {
            let number = <i64 as ::ommi::Stored>::from_cell(cell)?;
            #(if number == #numbers { return ::core::result::Result::Ok(Self::#idents); })*
            ::core::result::Result::Err(::ommi::__private::unknown_variant(::core::stringify!(#(#idents),*)))
        }

        fn to_value(&self) -> ::ommi::Result<::ommi::value::Value> {
            let number: i64 = match self { #(Self::#idents => #numbers,)* };
            ::core::result::Result::Ok(::ommi::value::Value::from(number))
        }
    };
    let ordered = quote! {
        #[automatically_derived]
        impl ::ommi::Ordered for #ident {}
    };
    let implemented = implement(ident, conversions);
    Ok(quote!(#implemented #ordered))
}

fn implement(ident: &Ident, conversions: TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::ommi::Stored for #ident {
            type Base = Self;
            type Kind = Self;

            #conversions
        }

        #[automatically_derived]
        impl ::ommi::Scalar for #ident {}
    }
}
