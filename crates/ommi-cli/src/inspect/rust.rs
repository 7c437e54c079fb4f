//! Models as Rust writes them.

use ommi::schema::FieldType;
use ommi::value::Value;

use super::draft::{Draft, Index, Model, Relation};
use super::field::{Field, action};

/// The text of the file.
pub(super) fn text(draft: &Draft, origin: &str) -> String {
    let relations = || draft.models.iter().flat_map(|model| &model.relations);
    let mut names = vec!["Model"];
    if relations().any(|relation| relation.many) {
        names.insert(0, "Every");
    }
    if relations().any(|relation| !relation.many) {
        names.push("The");
    }
    let names = match names.as_slice() {
        [only] => (*only).to_owned(),
        several => format!("{{{}}}", several.join(", ")),
    };
    let structs: String = draft.models.iter().map(model).collect();
    format!("//! The tables of {}.\n\nuse ommi::{names};\n{structs}", origin.replace(['\n', '\r'], " "))
}

fn model(model: &Model) -> String {
    let mut attributes = Vec::new();
    if model.class != model.table {
        attributes.push(format!("table = {:?}", model.table));
    }
    attributes.extend(model.indexes.iter().map(|own| index(model, own)));
    let attributes = match attributes.is_empty() {
        true => String::new(),
        false => format!("#[model({})]\n", attributes.join(", ")),
    };
    let remarks: String = model
        .remarks
        .iter()
        .map(|remark| format!("    // {}\n", remark.replace(['\n', '\r'], " ")))
        .collect();
    let fields: String = model.fields.iter().map(field).collect();
    let relations: String = model.relations.iter().map(relation).collect();
    format!(
        "\n#[derive(Debug, Clone, Model)]\n{attributes}pub struct {} {{\n{remarks}{fields}{relations}}}\n",
        model.class
    )
}

fn index(model: &Model, index: &Index) -> String {
    let fields: Vec<_> = index.fields.iter().map(|field| model.fields[*field].name.as_str()).collect();
    format!("{}({})", if index.unique { "unique" } else { "index" }, fields.join(", "))
}

fn field(field: &Field) -> String {
    let mut attributes = Vec::new();
    for (is_so, word) in
        [(field.is_key, "key"), (field.auto, "auto"), (field.unique, "unique"), (field.indexed, "index")]
    {
        attributes.extend(is_so.then(|| word.to_owned()));
    }
    attributes.extend(field.max_length.map(|length| format!("max_length = {length}")));
    attributes.extend(field.default.as_ref().and_then(literal).map(|value| format!("default = {value}")));
    if let Some(target) = &field.target {
        attributes.push(format!("references({}::{})", target.class, target.field));
        for (name, word) in [("on_delete", action(target.on_delete)), ("on_update", action(target.on_update))]
        {
            attributes.extend(word.map(|word| format!("{name} = {word:?}")));
        }
    }
    if field.column != field.name {
        attributes.push(format!("column = {:?}", field.column));
    }
    let attributes = match attributes.is_empty() {
        true => String::new(),
        false => format!("    #[model({})]\n", attributes.join(", ")),
    };
    let plain = ty(&field.ty);
    let ty = if field.nullable { format!("Option<{plain}>") } else { plain };
    format!("{attributes}    pub {}: {ty},\n", field.name)
}

fn relation(relation: &Relation) -> String {
    let kind = if relation.many { "Every" } else { "The" };
    format!("    #[model(related)]\n    pub {}: {kind}<{}>,\n", relation.name, relation.class)
}

fn ty(field: &FieldType) -> String {
    match field {
        FieldType::Bool => "bool".into(),
        FieldType::Int => "i64".into(),
        FieldType::Float => "f64".into(),
        FieldType::Text => "String".into(),
        FieldType::Bytes => "Vec<u8>".into(),
        FieldType::Decimal => "bigdecimal::BigDecimal".into(),
        FieldType::Uuid => "uuid::Uuid".into(),
        FieldType::NaiveDateTime => "jiff::civil::DateTime".into(),
        FieldType::DateTime | FieldType::Timestamp => "jiff::Timestamp".into(),
        FieldType::Date => "jiff::civil::Date".into(),
        FieldType::Time => "jiff::civil::Time".into(),
        FieldType::Duration => "jiff::SignedDuration".into(),
        FieldType::Json => "serde_json::Value".into(),
        FieldType::List(item) => format!("Vec<{}>", ty(item)),
    }
}

fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Float(value) => Some(format!("{value:?}")),
        Value::Text(text) => Some(format!("{text:?}")),
        _other => None,
    }
}
