//! Writes the conversions between a model and a row: no allocation but what the fields themselves need.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use super::spec::{Column, Relation, Spec};

pub(super) fn expand(spec: &Spec) -> TokenStream {
    let (from_row, values) = (from_row(spec), values(spec));
    let (key, relations) = (generated_key(spec), relations(spec));
    let tracked = tracked(spec);
    quote! { #from_row #values #key #relations #tracked }
}

fn from_row(spec: &Spec) -> TokenStream {
    let cells: Vec<_> = (0..spec.columns.len()).map(|position| format_ident!("cell_{position}")).collect();
    let reads = spec.columns.iter().zip(&cells).enumerate().map(|(position, (column, cell))| {
        let (ident, ty, codec) = (&column.ident, &column.ty, column.codec_type());
        let read = quote_spanned!(ty.span()=> <#codec as ::ommi::__private::Codec<#ty>>::read(*#cell));
        quote! {
            #ident: match #read {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => {
                    return ::core::result::Result::Err(::ommi::__private::misread::<Self>(error, #position));
                }
            }
        }
    });
    let relations = spec.relations.iter().enumerate().map(|(position, relation)| {
        let (ident, position) = (&relation.ident, syn::Index::from(position));
        let attach = quote_spanned!(relation.ty.span()=> ::ommi::__private::attach_row);
        quote!(#ident: #attach(&mut links.#position, cells)?)
    });
    let skipped = spec.skipped.iter().map(|ident| quote!(#ident: ::core::default::Default::default()));
    let width = spec.columns.len();
    let tracked =
        spec.tracked.iter().map(|ident| quote!(#ident: ::ommi::Tracked::of_cells(&cells[..#width])));
    quote! {
        #[inline]
        #[allow(unused_variables)]
        fn from_row(
            cells: &[::ommi::value::Cell<'_>],
            links: &mut Self::Links,
        ) -> ::ommi::Result<Self> {
            let [#(#cells,)* ..] = cells else {
                return ::core::result::Result::Err(::ommi::__private::wrong_width::<Self>(cells.len(), #width));
            };
            ::core::result::Result::Ok(Self { #(#reads,)* #(#relations,)* #(#skipped,)* #(#tracked,)* })
        }
    }
}

fn tracked(spec: &Spec) -> Option<TokenStream> {
    let ident = spec.tracked.as_ref()?;
    Some(quote! {
        fn tracked(&self) -> ::core::option::Option<&::ommi::Tracked> {
            ::core::option::Option::Some(&self.#ident)
        }

        fn track(&mut self) -> ::ommi::Result<()> {
            self.#ident = ::ommi::Tracked::of_model(self)?;
            ::core::result::Result::Ok(())
        }
    })
}

fn values(spec: &Spec) -> TokenStream {
    let arms = |method: TokenStream, arguments: TokenStream| {
        let arms = spec.columns.iter().enumerate().map(move |(position, column)| {
            let (ident, call) = (&column.ident, call(column, &method));
            quote!(#position => #call(&self.#ident #arguments))
        });
        quote!(#(#arms,)*)
    };
    let write = arms(quote!(write), quote!(, ::ommi::__private::field_at::<Self>(field), row));
    let value = arms(quote!(value), quote!());
    let set = spec.columns.iter().enumerate().map(|(position, column)| {
        let (ident, read) = (&column.ident, call(column, &quote!(read)));
        quote! {
            #position => {
                self.#ident = #read(cell).map_err(|error| ::ommi::__private::misread::<Self>(error, #position))?;
                ::core::result::Result::Ok(())
            }
        }
    });
    quote! {
        fn set(&mut self, field: usize, cell: ::ommi::value::Cell<'_>) -> ::ommi::Result<()> {
            match field {
                #(#set)*
                _ => ::core::result::Result::Err(::ommi::__private::no_field::<Self>(field)),
            }
        }

        fn write(&self, field: usize, row: &mut ::ommi::value::RowBatch) -> ::ommi::Result<()> {
            match field {
                #write
                _ => ::core::result::Result::Err(::ommi::__private::no_field::<Self>(field)),
            }
        }

        fn value(&self, field: usize) -> ::ommi::Result<::ommi::value::Value> {
            match field {
                #value
                _ => ::core::result::Result::Err(::ommi::__private::no_field::<Self>(field)),
            }
        }
    }
}

fn call(column: &Column, method: &TokenStream) -> TokenStream {
    let (ty, codec) = (&column.ty, column.codec_type());
    quote_spanned!(ty.span()=> <#codec as ::ommi::__private::Codec<#ty>>::#method)
}

fn generated_key(spec: &Spec) -> TokenStream {
    let [position] = spec.key.as_slice() else {
        return quote! {
            fn is_key_blank(&self) -> bool { false }
            fn set_key(&mut self, _: i64) -> ::ommi::Result<()> { ::core::result::Result::Ok(()) }
        };
    };
    let column = &spec.columns[*position];
    let ident = &column.ident;
    let (blank, read) = (call(column, &quote!(is_blank)), call(column, &quote!(read)));
    quote! {
        fn is_key_blank(&self) -> bool {
            #blank(&self.#ident)
        }

        fn set_key(&mut self, key: i64) -> ::ommi::Result<()> {
            self.#ident = #read(::ommi::value::Cell::Int(key))
                .map_err(|error| ::ommi::__private::misread::<Self>(error, #position))?;
            ::core::result::Result::Ok(())
        }
    }
}

fn relations(spec: &Spec) -> TokenStream {
    let positions: Vec<_> = (0..spec.relations.len()).collect();
    let indexes: Vec<_> = positions.iter().map(|position| syn::Index::from(*position)).collect();
    let idents: Vec<_> = spec.relations.iter().map(|relation| &relation.ident).collect();
    // Named where the type is written, so that a wrong type is reported there.
    let call = |function: &str| {
        let path = |relation: &Relation| {
            let span = relation.ty.span();
            let function = Ident::new(function, span);
            quote_spanned!(span=> ::ommi::__private::#function)
        };
        spec.relations.iter().map(path).collect::<Vec<_>>()
    };
    let (links, attach, load) = (call("link_of"), call("attach_model"), call("load_link"));
    quote! {
        #[allow(clippy::unused_unit)]
        fn links() -> Self::Links {
            (#(#links(Self::description(), #positions),)*)
        }

        #[allow(unused_variables)]
        fn relink(&mut self, links: &mut Self::Links) -> ::ommi::Result<()> {
            #(self.#idents = #attach(&mut links.#indexes, self)?;)*
            ::core::result::Result::Ok(())
        }

        #[allow(unused_variables)]
        fn load_link(
            links: &Self::Links,
            relation: usize,
            session: &::ommi::engine::Session,
            eagerly: &::std::sync::Arc<::ommi::__private::Eagerly>,
        ) -> ::ommi::__private::BoxFuture<::ommi::Result<()>> {
            match relation {
                #(#positions => #load(&links.#indexes, session, eagerly),)*
                _ => ::ommi::__private::no_relation::<Self>(relation),
            }
        }
    }
}
