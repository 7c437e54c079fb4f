//! Writes the constants of a model (`User::NAME`, `User::POSTS`) and `new`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::spec::{Spec, constant};

pub(super) fn expand(spec: &Spec) -> TokenStream {
    let (ident, vis) = (&spec.ident, &spec.vis);
    let columns = spec.columns.iter().enumerate().map(|(position, column)| {
        let (constant, ty) = (constant(&column.ident), column.stored_type());
        let doc = format!("The column of `{}`.", column.name);
        quote! {
            #[doc = #doc]
            #vis const #constant: ::ommi::Field<#ident, #ty> = ::ommi::Field::numbered(#position);
        }
    });
    let relations = spec.relations.iter().enumerate().map(|(position, relation)| {
        let (constant, ty) = (constant(&relation.ident), &relation.ty);
        let doc = format!("The relation `{}`, for `with`.", relation.name);
        quote! {
            #[doc = #doc]
            #vis const #constant: ::ommi::Relation<#ident, #ty> = ::ommi::Relation::at(#position);
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            #(#columns)*
            #(#relations)*
        }
    }
}

/// `New::new`, where every field has a default value. The bounds are written with a lifetime so that a type
/// without one is an error only where `new` is called.
pub(super) fn expand_new(spec: &Spec) -> TokenStream {
    let ident = &spec.ident;
    let mut bounds = Vec::new();
    let mut values = Vec::new();
    for column in &spec.columns {
        let (name, ty) = (&column.ident, &column.ty);
        match &column.default {
            Some(value) => values.push(quote!(#name: #value)),
            None => {
                bounds.push(quote_spanned!(ty.span()=> for<'unused> #ty: ::core::default::Default));
                values.push(quote!(#name: ::core::default::Default::default()));
            }
        }
    }
    let others =
        spec.relations.iter().map(|relation| &relation.ident).chain(&spec.skipped).chain(&spec.tracked);
    quote! {
        #[automatically_derived]
        impl ::ommi::New for #ident where #(#bounds,)* {
            fn new() -> Self {
                Self { #(#values,)* #(#others: ::core::default::Default::default(),)* }
            }
        }
    }
}
