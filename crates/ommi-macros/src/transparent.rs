//! `#[model(transparent)]`: a newtype is stored as what it wraps, and stays a type of its own in expressions.

use darling::util::Flag;
use darling::{Error, FromDeriveInput, Result};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Meta};

#[derive(FromDeriveInput)]
#[darling(attributes(model))]
struct Attributes {
    ident: Ident,
    transparent: Flag,
}

/// Whether the type is marked as a newtype. A malformed attribute is left to whoever reads it in full.
pub(crate) fn is_asked_for(input: &DeriveInput) -> bool {
    let mentions = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("model") => {
            list.tokens.clone().into_iter().any(|token| token.to_string() == "transparent")
        }
        Meta::List(_) | Meta::Path(_) | Meta::NameValue(_) => false,
    };
    input.attrs.iter().any(mentions)
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Attributes { ident, transparent } = Attributes::from_derive_input(input)?;
    if !input.generics.params.is_empty() {
        return Err(Error::custom("a stored newtype has no generic parameters").with_span(&input.generics));
    }
    let wrong =
        || Error::custom("`transparent` is for a struct with one field").with_span(&transparent.span());
    let Data::Struct(data) = &input.data else { return Err(wrong()) };
    let mut fields = data.fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return Err(wrong()) };
    let ty = &field.ty;
    let member = match &data.fields {
        Fields::Unnamed(_) => quote!(0),
        Fields::Named(_) | Fields::Unit => {
            let name = &field.ident;
            quote!(#name)
        }
    };
    Ok(quote! {
        #[automatically_derived]
        impl ::ommi::Stored for #ident {
            type Base = Self;
            type Kind = Self;

            fn field_type() -> ::ommi::schema::FieldType {
                <#ty as ::ommi::Stored>::field_type()
            }

            #[inline]
            fn from_cell(cell: ::ommi::value::Cell<'_>) -> ::ommi::Result<Self> {
                ::core::result::Result::Ok(Self { #member: <#ty as ::ommi::Stored>::from_cell(cell)? })
            }

            fn to_value(&self) -> ::ommi::Result<::ommi::value::Value> {
                ::ommi::Stored::to_value(&self.#member)
            }

            fn write(
                &self,
                field: &::ommi::schema::FieldDef,
                row: &mut ::ommi::value::RowBatch,
            ) -> ::ommi::Result<()> {
                ::ommi::Stored::write(&self.#member, field, row)
            }

            fn is_blank(&self) -> bool {
                ::ommi::Stored::is_blank(&self.#member)
            }
        }

        #[automatically_derived]
        impl ::ommi::Scalar for #ident where for<'unused> #ty: ::ommi::Scalar {}
        #[automatically_derived]
        impl ::ommi::Generated for #ident where for<'unused> #ty: ::ommi::Generated {}
        #[automatically_derived]
        impl ::ommi::Ordered for #ident where for<'unused> #ty: ::ommi::Ordered {}
        #[automatically_derived]
        impl ::ommi::Textual for #ident where for<'unused> #ty: ::ommi::Textual {}
    })
}
