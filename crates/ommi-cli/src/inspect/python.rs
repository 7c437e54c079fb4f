//! Models as Python writes them.

use std::collections::BTreeSet;

use ommi::schema::FieldType;
use ommi::value::Value;

use super::draft::{Draft, Model, Relation};
use super::field::{Field, Target, action};
use crate::write::{literal, quoted};

/// The library whose classes the models are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    Dataclass,
    Attrs,
    Pydantic,
    Msgspec,
}

/// The names that a file imports.
#[derive(Default)]
struct Imports {
    modules: BTreeSet<&'static str>,
    typing: BTreeSet<&'static str>,
    ommi: BTreeSet<&'static str>,
}

/// The text of the file.
pub(super) fn text(draft: &Draft, library: Library, origin: &str) -> String {
    let mut imports = Imports::default();
    imports.ommi.insert("ommi_model");
    let classes: String = draft.models.iter().map(|model| class(model, library, &mut imports)).collect();
    // In quotes it is escaped; the end of the sentence keeps a quote of its own away from those of the text.
    let title = format!("\"\"\"The tables of {}.\"\"\"\n", quoted(origin));
    format!("{title}\n{}{classes}", import_lines(&imports, library))
}

fn import_lines(imports: &Imports, library: Library) -> String {
    let mut lines: Vec<String> = imports.modules.iter().map(|module| format!("import {module}\n")).collect();
    if library == Library::Dataclass {
        lines.push("from dataclasses import dataclass\n".into());
    }
    let listed = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
    if !imports.typing.is_empty() {
        lines.push(format!("from typing import {}\n", listed(&imports.typing)));
    }
    if !lines.is_empty() {
        lines.push("\n".into());
    }
    match library {
        Library::Attrs => lines.push("import attrs\n".into()),
        Library::Msgspec => lines.push("import msgspec\n".into()),
        Library::Pydantic => lines.push("import pydantic\n".into()),
        Library::Dataclass => {}
    }
    let line = format!("from ommi import {}\n", listed(&imports.ommi));
    lines.push(match line.chars().count() <= 100 {
        true => line,
        false => {
            let names: String = imports.ommi.iter().map(|name| format!("    {name},\n")).collect();
            format!("from ommi import (\n{names})\n")
        }
    });
    lines.concat()
}

fn class(model: &Model, library: Library, imports: &mut Imports) -> String {
    let name = match model.class == model.table {
        true => String::new(),
        false => format!("(name={})", quoted(&model.table)),
    };
    let head = match library {
        Library::Dataclass => format!("@dataclass(kw_only=True)\nclass {}:\n", model.class),
        Library::Attrs => format!("@attrs.define(kw_only=True)\nclass {}:\n", model.class),
        Library::Msgspec => format!("class {}(msgspec.Struct, kw_only=True):\n", model.class),
        Library::Pydantic => format!("class {}(pydantic.BaseModel):\n", model.class),
    };
    let mut remarks = model.remarks.clone();
    let (told, untold): (Vec<_>, Vec<_>) = model.indexes.iter().partition(|index| index.fields.is_sorted());
    for index in untold {
        let columns: Vec<_> = index.fields.iter().map(|field| model.fields[*field].column.as_str()).collect();
        let kind = if index.unique { "a unique index" } else { "an index" };
        remarks.push(format!("{kind} over {}, in this order, is left out", columns.join(", ")));
    }
    let remarks: String =
        remarks.iter().map(|remark| format!("    # {}\n", remark.replace(['\n', '\r'], " "))).collect();
    let fields: String = model
        .fields
        .iter()
        .enumerate()
        .map(|(place, own)| {
            let within = told.iter().filter(|index| index.fields.contains(&place));
            let marks = within.map(|index| {
                let unique = if index.unique { ", unique=True" } else { "" };
                format!("Index({}{unique})", quoted(&index.name))
            });
            field(own, marks.collect(), imports)
        })
        .collect();
    let relations: String = model.relations.iter().map(|own| relation(own, imports)).collect();
    format!("\n\n@ommi_model{name}\n{head}{remarks}{fields}{relations}")
}

fn field(field: &Field, indexes: Vec<String>, imports: &mut Imports) -> String {
    let mut marks = Vec::new();
    let mut mark = |name: &'static str, imports: &mut Imports| {
        imports.ommi.insert(name);
        marks.push(name.to_owned());
    };
    if field.is_key {
        mark("Key", imports);
    }
    if field.auto {
        mark("Auto", imports);
    }
    if field.unique {
        mark("Unique", imports);
    }
    if field.indexed || !indexes.is_empty() {
        imports.ommi.insert("Index");
    }
    if field.indexed {
        mark("Index", imports);
    }
    match &field.ty {
        FieldType::NaiveDateTime => mark("Naive", imports),
        FieldType::Timestamp => mark("Aware", imports),
        _other => {}
    }
    marks.extend(indexes);
    if let Some(length) = field.max_length {
        imports.ommi.insert("MaxLength");
        marks.push(format!("MaxLength({length})"));
    }
    let default = field.default.as_ref().map(|value: &Value| literal(value).0);
    if let Some(default) = &default {
        imports.ommi.insert("Default");
        marks.push(format!("Default({default})"));
    }
    if let Some(target) = &field.target {
        imports.ommi.insert("ReferenceTo");
        marks.push(reference(target));
    }
    if field.column != field.name {
        imports.ommi.insert("StoreAs");
        marks.push(format!("StoreAs({})", quoted(&field.column)));
    }
    let optional = field.nullable || field.auto;
    let plain = annotation(&field.ty, imports);
    let ty = if optional { format!("{plain} | None") } else { plain };
    let ty = match marks.is_empty() {
        true => ty,
        false => {
            imports.typing.insert("Annotated");
            format!("Annotated[{ty}, {}]", marks.join(" | "))
        }
    };
    let default = default.or_else(|| optional.then(|| "None".to_owned()));
    let default = default.map_or_else(String::new, |value| format!(" = {value}"));
    format!("    {}: {ty}{default}\n", field.name)
}

fn reference(target: &Target) -> String {
    let mut parts = vec![quoted(&format!("{}.{}", target.class, target.field))];
    for (name, word) in [("on_delete", action(target.on_delete)), ("on_update", action(target.on_update))] {
        parts.extend(word.map(|word| format!("{name}={}", quoted(word))));
    }
    format!("ReferenceTo({})", parts.join(", "))
}

fn relation(relation: &Relation, imports: &mut Imports) -> String {
    let kind = if relation.many { "LazyLoadEveryRelated" } else { "LazyLoadTheRelated" };
    imports.ommi.insert(kind);
    let class = quoted(&relation.class);
    let class = match relation.optional {
        true => {
            imports.typing.insert("Optional");
            format!("Optional[{class}]")
        }
        false => class,
    };
    format!("    {}: {kind}[{class}] = None\n", relation.name)
}

fn annotation(ty: &FieldType, imports: &mut Imports) -> String {
    let mut of = |module: &'static str, name: &str| {
        imports.modules.insert(module);
        format!("{module}.{name}")
    };
    match ty {
        FieldType::Bool => "bool".into(),
        FieldType::Int => "int".into(),
        FieldType::Float => "float".into(),
        FieldType::Text => "str".into(),
        FieldType::Bytes => "bytes".into(),
        FieldType::Decimal => of("decimal", "Decimal"),
        FieldType::Uuid => of("uuid", "UUID"),
        FieldType::DateTime | FieldType::NaiveDateTime | FieldType::Timestamp => of("datetime", "datetime"),
        FieldType::Date => of("datetime", "date"),
        FieldType::Time => of("datetime", "time"),
        FieldType::Duration => of("datetime", "timedelta"),
        FieldType::Json => {
            imports.typing.insert("Any");
            "dict[str, Any]".into()
        }
        FieldType::List(item) => format!("list[{}]", annotation(item, imports)),
    }
}
