//! A model's attributes after all checks: whatever is wrong is reported here, all of it at once.

use std::collections::HashMap;

use darling::error::Accumulator;
use darling::{Error, Result};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Ident, Path, Type, Visibility};

use super::input::{FieldInput, ModelInput, Names};
use super::reference::Reference;
use super::shard::ShardField;

/// A checked model.
pub(super) struct Spec {
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) table: String,
    pub(super) columns: Vec<Column>,
    pub(super) relations: Vec<Relation>,
    pub(super) skipped: Vec<Ident>,
    /// The field that remembers the row as it was.
    pub(super) tracked: Option<Ident>,
    /// The position of the column that counts how often a row was saved.
    pub(super) version: Option<usize>,
    /// Positions of the key's columns.
    pub(super) key: Vec<usize>,
    pub(super) references: Vec<Reference>,
    /// Names of an index's fields, and whether it is unique.
    pub(super) indexes: Vec<(Vec<String>, bool)>,
    /// The shard key; empty where there is none.
    pub(super) shard: Vec<ShardField>,
}

/// A field that is stored.
pub(super) struct Column {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) codec: Codec,
    pub(super) name: String,
    pub(super) column: Option<String>,
    pub(super) auto: bool,
    pub(super) unique: bool,
    pub(super) max_length: Option<u32>,
    pub(super) default: Option<Expr>,
}

/// How a field's type becomes a column.
pub(super) enum Codec {
    /// It is `Stored`.
    Plain,
    /// By serde.
    Json,
    /// `Option` of this, by serde; `None` is NULL.
    OptionalJson(Box<Type>),
}

/// A lazy field.
pub(super) struct Relation {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) name: String,
    pub(super) through: Option<Path>,
    pub(super) by: Option<String>,
}

impl Spec {
    pub(super) fn check(input: ModelInput) -> Result<Self> {
        let mut errors = Error::accumulator();
        if !input.generics.params.is_empty() {
            errors.push(
                Error::custom("a model has no generic parameters: its table and columns are fixed")
                    .with_span(&input.generics),
            );
        }
        let fields = input.data.take_struct().map(|fields| fields.fields).unwrap_or_default();
        let key_marks: Vec<_> =
            fields.iter().filter(|f| f.key.is_present()).filter_map(|f| f.ident.clone()).collect();
        let mut spec = Spec {
            table: input.table.unwrap_or_else(|| input.ident.unraw().to_string()),
            ident: input.ident,
            vis: input.vis,
            columns: Vec::new(),
            relations: Vec::new(),
            skipped: Vec::new(),
            tracked: None,
            version: None,
            key: Vec::new(),
            references: Vec::new(),
            indexes: Vec::new(),
            shard: Vec::new(),
        };
        check_name("table", &spec.table, &spec.ident, &mut errors);
        for field in fields {
            spec.add_field(field, &mut errors);
        }
        spec.check_columns(&mut errors);
        spec.find_key(&key_marks, &mut errors);
        spec.add_indexes(&input.index, false, &mut errors);
        spec.add_indexes(&input.unique, true, &mut errors);
        spec.add_shard(input.shard, &mut errors);
        for composite in input.reference {
            let fields = spec.require_all(&composite.fields, &mut errors);
            if let Some(reference) = errors.handle_in(|| Reference::composite(fields, composite)) {
                spec.references.push(reference);
            }
        }
        errors.finish_with(spec)
    }

    fn add_field(&mut self, field: FieldInput, errors: &mut Accumulator) {
        let Some(ident) = field.ident.clone() else { return };
        let name = ident.unraw().to_string();
        let alone = field.related.is_present() || field.skip.is_present() || field.tracked.is_present();
        if alone
            && (field.version.is_present()
                || field.key.is_present()
                || field.references.is_some()
                || field.column.is_some())
        {
            errors.push(Error::custom("this field is not a column").with_span(&ident));
        }
        if !field.related.is_present() && (field.through.is_some() || field.by.is_some()) {
            errors.push(
                Error::custom("`through` and `by` describe a relation: add `related`").with_span(&ident),
            );
        }
        if field.tracked.is_present() {
            if self.tracked.replace(ident.clone()).is_some() {
                errors.push(Error::custom("one field is `tracked` already").with_span(&ident));
            }
        } else if field.skip.is_present() {
            self.skipped.push(ident);
        } else if field.related.is_present() {
            let by = field.by.map(|by| by.unraw().to_string());
            self.relations.push(Relation { ident, ty: field.ty, name, through: field.through, by });
        } else {
            self.add_column(ident, name, field, errors);
        }
    }

    fn add_column(&mut self, ident: Ident, name: String, field: FieldInput, errors: &mut Accumulator) {
        let reference = Reference::of_field(self.columns.len(), &name, &field);
        if let Some(Some(reference)) = errors.handle(reference.map_err(|error| error.with_span(&ident))) {
            self.references.push(reference);
        }
        if field.index.is_present() {
            self.indexes.push((vec![name.clone()], false));
        }
        if let Some(column) = &field.column {
            check_name("column", column, &ident, errors);
        }
        let codec = match (field.json.is_present(), option_of(&field.ty)) {
            (false, _) => Codec::Plain,
            (true, None) => Codec::Json,
            (true, Some(inner)) => Codec::OptionalJson(Box::new(inner.clone())),
        };
        if field.version.is_present() {
            let is_second = self.version.replace(self.columns.len()).is_some();
            if is_second || field.key.is_present() {
                let message = "a model has one version, which is no part of its key";
                errors.push(Error::custom(message).with_span(&ident));
            }
        }
        self.columns.push(Column {
            ident,
            ty: field.ty,
            codec,
            name,
            column: field.column,
            auto: field.auto.is_present(),
            unique: field.unique.is_present(),
            max_length: field.max_length,
            default: field.default,
        });
    }

    /// No field at all, one column twice, or one constant twice.
    fn check_columns(&self, errors: &mut Accumulator) {
        if self.columns.is_empty() {
            errors.push(
                Error::custom("a model needs at least one field that is stored").with_span(&self.ident),
            );
        }
        let mut seen = HashMap::new();
        for column in &self.columns {
            let stored = column.column.as_ref().unwrap_or(&column.name);
            if let Some(other) = seen.insert(stored.to_lowercase(), &column.name) {
                let message = format!("`{other}` and `{}` are stored as one column, {stored:?}", column.name);
                errors.push(Error::custom(message).with_span(&column.ident));
            }
        }
        let mut constants = HashMap::new();
        let relations = self.relations.iter().map(|relation| &relation.ident);
        for ident in self.columns.iter().map(|column| &column.ident).chain(relations) {
            if let Some(other) = constants.insert(constant(ident), ident) {
                let message = format!("`{other}` and `{ident}` would be one constant, `{}`", constant(ident));
                errors.push(Error::custom(message).with_span(ident));
            }
        }
    }

    fn find_key(&mut self, marks: &[Ident], errors: &mut Accumulator) {
        let by = |test: &dyn Fn(&Column) -> bool| self.columns.iter().position(test);
        self.key = if marks.is_empty() {
            by(&|c| c.column.as_deref() == Some("_id"))
                .or_else(|| by(&|c| c.name == "id"))
                .into_iter()
                .collect()
        } else {
            marks.iter().filter_map(|mark| by(&|c| c.ident == *mark)).collect()
        };
        if self.key.is_empty() && !self.columns.is_empty() {
            let message =
                "a model needs a key: mark a field (or several) with `#[model(key)]`, or name one `id`";
            errors.push(Error::custom(message).with_span(&self.ident));
        }
        for (position, column) in self.columns.iter().enumerate() {
            if column.auto && self.key != [position] {
                let message =
                    "only the single field of a key is generated: remove `auto`, or make it the key";
                errors.push(Error::custom(message).with_span(&column.ident));
            }
        }
    }

    fn add_indexes(&mut self, indexes: &[Names], unique: bool, errors: &mut Accumulator) {
        for names in indexes {
            let fields = self.require_all(names, errors);
            let names =
                fields.iter().map(|position| self.columns[*position].name.clone()).collect::<Vec<_>>();
            if !names.is_empty() {
                self.indexes.push((names, unique));
            }
        }
    }

    /// Positions of the columns of these names; unknown ones are reported.
    pub(super) fn require_all(&self, names: &Names, errors: &mut Accumulator) -> Vec<usize> {
        let mut positions = Vec::new();
        for name in &names.0 {
            match self.columns.iter().position(|column| column.ident == *name) {
                Some(position) => positions.push(position),
                None => {
                    let known: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
                    let message = format!("there is no field `{name}`; the fields are {}", known.join(", "));
                    errors.push(Error::custom(message).with_span(name));
                }
            }
        }
        positions
    }

    /// The type of `Model::Key`: the key's field, or a tuple of them.
    pub(super) fn key_type(&self) -> TokenStream {
        match self.key.as_slice() {
            [position] => self.columns[*position].stored_type(),
            positions => {
                let types = positions.iter().map(|position| self.columns[*position].stored_type());
                quote!((#(#types,)*))
            }
        }
    }

    /// The type of `Model::Links`: what connects the relations of rows that are read together.
    pub(super) fn links_type(&self) -> TokenStream {
        let types = self.relations.iter().map(|relation| {
            let ty = &relation.ty;
            quote_spanned!(ty.span()=> ::ommi::__private::Link<#ty>)
        });
        quote!((#(#types,)*))
    }
}

impl Column {
    /// The type that the column stands for in expressions.
    pub(super) fn stored_type(&self) -> TokenStream {
        let ty = &self.ty;
        match &self.codec {
            Codec::Plain => quote!(#ty),
            Codec::Json => quote!(::ommi::Json<#ty>),
            Codec::OptionalJson(inner) => quote!(::core::option::Option<::ommi::Json<#inner>>),
        }
    }

    /// The type in `ommi::__private` that reads and writes the field.
    pub(super) fn codec_type(&self) -> TokenStream {
        match &self.codec {
            Codec::Plain => quote_spanned!(self.ty.span()=> ::ommi::__private::Plain),
            Codec::Json => quote_spanned!(self.ty.span()=> ::ommi::__private::AsJson),
            Codec::OptionalJson(_) => quote_spanned!(self.ty.span()=> ::ommi::__private::AsOptionalJson),
        }
    }
}

/// The name of the constant of a field: `User::NAME`.
pub(crate) fn constant(ident: &Ident) -> Ident {
    let upper = ident.unraw().to_string().to_uppercase();
    let mut constant = format_ident!("{upper}");
    constant.set_span(ident.span());
    constant
}

fn check_name(what: &str, name: &str, place: &Ident, errors: &mut Accumulator) {
    if name.is_empty() || name.contains('\0') {
        let message = format!("the {what}'s name is empty or holds a NUL character");
        errors.push(Error::custom(message).with_span(place));
    }
}

/// The `T` of a type written as `Option<T>`.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(inner)) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}
