//! The derives of the crate `ommi`: `Model`, `Nested`, `FromRow` and `StoredEnum`. They check a definition while it is compiled and
//! write what the traits of `ommi` ask for; use them through `ommi`, which documents every attribute.

mod from_row;
mod model;
mod nested;
mod stored_enum;
mod transparent;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Maps a struct with named fields to a table, or (`#[model(transparent)]`) a newtype to what it wraps.
///
/// The attributes are documented at the trait [`Model`](https://docs.rs/ommi/latest/ommi/trait.Model.html).
#[proc_macro_derive(Model, attributes(model))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let expanded =
        if transparent::is_asked_for(&input) { transparent::expand(&input) } else { model::expand(&input) };
    expanded.unwrap_or_else(darling::Error::write_errors).into()
}

/// Makes a constant for each field of a struct that is a nested value, for paths into it.
///
/// Names are those that serde writes, by its attributes `rename` and `rename_all`. What serde writes in a form of its own
/// (`flatten`, `with`) or not at all (`skip`) has no constant. See
/// [`Part`](https://docs.rs/ommi/latest/ommi/struct.Part.html).
#[proc_macro_derive(Nested, attributes(serde))]
pub fn derive_nested(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    nested::expand(&input).unwrap_or_else(darling::Error::write_errors).into()
}

/// Stores an enum without data as the names of its variants, or (`#[stored(integer)]`) as their numbers.
///
/// The attributes are documented at the trait [`Stored`](https://docs.rs/ommi/latest/ommi/trait.Stored.html).
#[proc_macro_derive(StoredEnum, attributes(stored))]
pub fn derive_stored_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    stored_enum::expand(&input).unwrap_or_else(darling::Error::write_errors).into()
}

/// Makes a struct with named fields of what a query selects, each field from the value of its name.
///
/// See the trait [`FromRow`](https://docs.rs/ommi/latest/ommi/trait.FromRow.html).
#[proc_macro_derive(FromRow)]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    from_row::expand(&input).unwrap_or_else(darling::Error::write_errors).into()
}
