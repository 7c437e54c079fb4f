//! `#[derive(FromRow)]`: a struct made of what a query selects.

use darling::{Error, Result};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields};

/// The implementation of `FromRow`.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    if !input.generics.params.is_empty() {
        return Err(
            Error::custom("a struct made of rows has no generic parameters").with_span(&input.generics)
        );
    }
    let wrong = || Error::custom("`FromRow` is for structs with named fields").with_span(ident);
    let Data::Struct(data) = &input.data else { return Err(wrong()) };
    let Fields::Named(fields) = &data.fields else { return Err(wrong()) };
    let (mut names, mut members, mut cells, mut types) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, field) in fields.named.iter().enumerate() {
        let Some(member) = &field.ident else { return Err(wrong()) };
        names.push(member.unraw().to_string());
        cells.push(quote::format_ident!("cell_{place}"));
        members.push(member);
        types.push(&field.ty);
    }
    if names.is_empty() {
        return Err(wrong());
    }
    Ok(quote! {
        #[automatically_derived]
        impl ::ommi::FromRow for #ident {
            const FIELDS: &'static [&'static str] = &[#(#names),*];

            fn from_cells(cells: &[::ommi::value::Cell<'_>]) -> ::ommi::Result<Self> {
                let [#(#cells),*] = cells else {
                    return ::core::result::Result::Err(::ommi::__private::not_its_fields(cells.len()));
                };
                ::core::result::Result::Ok(Self {
                    #(#members: <#types as ::ommi::Stored>::from_cell(*#cells)
                        .map_err(|error| error.with_field(#names))?,)*
                })
            }
        }
    })
}
