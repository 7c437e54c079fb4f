//! References: fields that point at fields of another model, checked by the compiler.

use darling::{Error, Result};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path};

use super::input::{Action, CompositeReference, FieldInput};
use super::spec::{Spec, constant};

/// A checked reference.
pub(super) struct Reference {
    /// Positions of the fields that refer.
    pub(super) fields: Vec<usize>,
    /// The model referred to.
    pub(super) target: Path,
    /// Its fields; its key without them.
    pub(super) target_fields: Vec<Ident>,
    pub(super) on_delete: Action,
    pub(super) on_update: Action,
}

impl Reference {
    /// The reference of one field, where it has one.
    pub(super) fn of_field(position: usize, name: &str, field: &FieldInput) -> Result<Option<Self>> {
        let Some(target) = &field.references else {
            if field.on_delete.is_some() || field.on_update.is_some() {
                let message = format!("`{name}` has no reference: add `references(Model::field)`");
                return Err(Error::custom(message));
            }
            return Ok(None);
        };
        let (target, target_field) = split(&target.0);
        Ok(Some(Self {
            fields: vec![position],
            target,
            target_fields: target_field.into_iter().collect(),
            on_delete: field.on_delete.unwrap_or(Action::Restrict),
            on_update: field.on_update.unwrap_or(Action::Restrict),
        }))
    }

    /// A reference of several fields.
    pub(super) fn composite(fields: Vec<usize>, input: CompositeReference) -> Result<Self> {
        let mut target: Option<Path> = None;
        let mut target_fields = Vec::new();
        for path in &input.to.0 {
            let (model, field) = split(path);
            let field = field.ok_or_else(|| Error::custom("name a field: `Model::field`").with_span(path))?;
            if target.as_ref().is_some_and(|known| *known != model) {
                return Err(Error::custom("all fields belong to one model").with_span(path));
            }
            target = Some(model);
            target_fields.push(field);
        }
        let target = target.ok_or_else(|| Error::custom("`to` names no field"))?;
        if target_fields.len() != fields.len() {
            return Err(
                Error::custom("`fields` and `to` name different numbers of fields").with_span(&target)
            );
        }
        Ok(Self {
            fields,
            target,
            target_fields,
            on_delete: input.on_delete.unwrap_or(Action::Restrict),
            on_update: input.on_update.unwrap_or(Action::Restrict),
        })
    }
}

/// `User::id` into the model and the field; a last part in capitals is the model's own name.
fn split(path: &Path) -> (Path, Option<Ident>) {
    let last = path.segments.last().map(|segment| segment.ident.clone());
    let is_field = last.as_ref().is_some_and(|last| {
        path.segments.len() > 1
            && last.to_string().trim_start_matches("r#").starts_with(|c: char| !c.is_uppercase())
    });
    if !is_field {
        return (path.clone(), None);
    }
    let mut model = path.clone();
    model.segments.pop();
    model.segments.pop_punct();
    (model, last)
}

/// Code that compiles only where each reference's fields exist and hold what the referring fields hold.
pub(super) fn assertions(spec: &Spec) -> TokenStream {
    let checks = spec.references.iter().flat_map(|reference| {
        let target = &reference.target;
        reference.fields.iter().zip(&reference.target_fields).map(move |(position, field)| {
            let ty = spec.columns[*position].stored_type();
            let constant = constant(field);
            let span: Span = field.span();
            quote_spanned!(span=> ::ommi::__private::refers::<#ty, _, _>(#target::#constant);)
        })
    });
    let models = spec.references.iter().map(|reference| {
        let target = &reference.target;
        quote_spanned!(target.span()=> ::ommi::__private::is_model::<#target>();)
    });
    quote! {
        const _: fn() = || {
            #(#checks)*
            #(#models)*
        };
    }
}
