//! `#[derive(Model)]`: attributes are read ([`input`]), checked ([`spec`]) and written out as the definition,
//! the typed columns and the conversions of rows.

mod columns;
mod definition;
mod input;
mod reference;
mod rows;
mod shard;
mod spec;

use darling::{FromDeriveInput, Result};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) use spec::constant;

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let read = input::ModelInput::from_derive_input(input).map_err(|error| error.with_span(&input.ident))?;
    let spec = spec::Spec::check(read)?;
    let definition = definition::expand(&spec);
    let rows = rows::expand(&spec);
    let columns = columns::expand(&spec);
    let references = reference::assertions(&spec);
    let ident = &spec.ident;
    let (key, links) = (spec.key_type(), spec.links_type());
    let new = columns::expand_new(&spec);
    Ok(quote! {
        #columns
        #[automatically_derived]
        impl ::ommi::Model for #ident {
            type Key = #key;
            type Links = #links;
            #definition
            #rows
        }
        #new
        #references
    })
}
