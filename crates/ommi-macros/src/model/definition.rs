//! Writes `Model::description`: the model's definition, built once when it is first asked for.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::input::Action;
use super::reference::Reference;
use super::spec::{Column, Relation, Spec};

pub(super) fn expand(spec: &Spec) -> TokenStream {
    let (name, table) = (spec.ident.unraw().to_string(), &spec.table);
    let fields = spec.columns.iter().map(field);
    let key = spec.key.iter().map(|position| &spec.columns[*position].name);
    let references = spec.references.iter().map(|reference| expand_reference(spec, reference));
    let relations = spec.relations.iter().map(relation);
    let indexes = spec
        .indexes
        .iter()
        .map(|(names, unique)| quote!(.index(::core::option::Option::None, [#(#names),*], #unique)));
    let shard = spec.shard.iter().map(|part| {
        let (name, hashed) = (&spec.columns[part.column].name, part.hashed);
        quote!((#name, #hashed))
    });
    let version = spec.version.map(|position| {
        let column = &spec.columns[position];
        let (name, ty) = (&column.name, column.stored_type());
        let check = quote_spanned!(column.ty.span()=> ::ommi::__private::version_name::<#ty>);
        quote!(.version(#check(#name)))
    });
    let shard = (!spec.shard.is_empty()).then(|| quote!(.shard([#(#shard),*])));
    quote! {
        fn description() -> &'static ::ommi::__private::Description {
            static DESCRIPTION: ::std::sync::OnceLock<::ommi::__private::Description> = ::std::sync::OnceLock::new();
            DESCRIPTION.get_or_init(|| {
                ::ommi::__private::Description::new(
                    ::ommi::schema::ModelDef::builder(#name)
                        .table(#table)
                        #(.field(#fields))*
                        .key([#(#key),*])
                        #(#references)*
                        #(#relations)*
                        #(#indexes)*
                        #shard
                        #version
                )
            })
        }
    }
}

fn field(column: &Column) -> TokenStream {
    let (name, stored) = (&column.name, column.stored_type());
    let stored_as = column.column.iter().map(|column| quote!(.column(#column)));
    let auto = column.auto.then(|| quote!(.auto()));
    let unique = column.unique.then(|| quote!(.unique()));
    let max_length = column.max_length.iter().map(|length| quote!(.max_length(#length)));
    let definition = quote_spanned!(column.ty.span()=> ::ommi::__private::field::<#stored>(#name));
    let default = column.default.iter().map(|value| {
        let (ty, codec) = (&column.ty, column.codec_type());
        quote_spanned!(value.span()=> .default(::ommi::__private::default_value::<#ty, #codec>(#name, &(#value))))
    });
    let auto_check =
        column.auto.then(|| quote_spanned!(column.ty.span()=> ::ommi::__private::is_generated::<#stored>();));
    quote!({
        #auto_check
        #definition #(#stored_as)* #auto #unique #(#max_length)* #(#default)*
    })
}

fn expand_reference(spec: &Spec, reference: &Reference) -> TokenStream {
    let names = reference.fields.iter().map(|position| &spec.columns[*position].name);
    let target = &reference.target;
    let target_name = path_name(target);
    let target_fields = reference.target_fields.iter().map(|field| field.unraw().to_string());
    let (on_delete, on_update) = (action(reference.on_delete), action(reference.on_update));
    quote! {
        .reference(
            [#(#names),*],
            ::ommi::__private::reference::<#target>(#target_name, &[#(#target_fields),*], #on_delete, #on_update),
        )
    }
}

fn action(action: Action) -> TokenStream {
    match action {
        Action::Restrict => quote!(::ommi::schema::Action::Restrict),
        Action::Cascade => quote!(::ommi::schema::Action::Cascade),
        Action::SetNull => quote!(::ommi::schema::Action::SetNull),
    }
}

fn relation(relation: &Relation) -> TokenStream {
    let (name, ty) = (&relation.name, &relation.ty);
    let through = match &relation.through {
        None => quote!(::core::option::Option::None),
        Some(path) => {
            let name = path_name(path);
            quote_spanned!(path.span()=> ::core::option::Option::Some(::ommi::__private::link::<#path>(#name)))
        }
    };
    let by = match &relation.by {
        None => quote!(::core::option::Option::None),
        Some(by) => quote!(::core::option::Option::Some(#by)),
    };
    quote_spanned!(ty.span()=> .relation(::ommi::__private::relation::<#ty>(#name, #through, #by)))
}

/// A model's own name, for messages.
fn path_name(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
}
