//! What is found, as models: names, fields, references and the relations along them, in the words of no language yet.

use std::collections::{HashMap, HashSet};

use ommi::schema::{ColumnType, SchemaDef, TableDef, TableIndex, TableReference};

use super::field::{Field, Target, default, field_type};
use super::names;
use crate::arguments::Style;

/// All models of a file.
pub(super) struct Draft {
    pub(super) models: Vec<Model>,
}

/// A model for one table.
pub(super) struct Model {
    pub(super) class: String,
    pub(super) table: String,
    pub(super) fields: Vec<Field>,
    pub(super) relations: Vec<Relation>,
    /// Indexes over several fields.
    pub(super) indexes: Vec<Index>,
    /// What the table has and the model has not, in words.
    pub(super) remarks: Vec<String>,
}

/// An index over several fields, by their positions.
pub(super) struct Index {
    pub(super) name: String,
    pub(super) fields: Vec<usize>,
    pub(super) unique: bool,
}

/// A way to rows of another model.
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) class: String,
    pub(super) many: bool,
    pub(super) optional: bool,
}

/// The names of a table's model and fields.
struct Named<'a> {
    table: &'a TableDef,
    class: String,
    /// By column; without those that no field can hold.
    fields: HashMap<&'a str, String>,
    taken: HashSet<String>,
}

impl Draft {
    pub(super) fn of(schema: &SchemaDef, style: Style) -> Self {
        let mut classes = HashSet::new();
        let mut named: Vec<Named<'_>> =
            schema.tables.iter().map(|table| Named::new(table, style, &mut classes)).collect();
        let mut relations: Vec<Vec<Relation>> = named.iter().map(|_| Vec::new()).collect();
        for (from, to, reference) in lonely_references(&named) {
            let columns = || reference.columns.iter().filter_map(|name| named[from].table.column(name));
            let optional = columns().any(|column| column.nullable);
            let forward = match reference.columns.as_slice() {
                [column] => names::stem(column).unwrap_or_else(|| named[to].table.name.clone()),
                _several => named[to].table.name.clone(),
            };
            let (class, target) = (named[from].class.clone(), named[to].class.clone());
            let name = names::field(&forward, style, &mut named[from].taken);
            relations[from].push(Relation { name, class: target, many: false, optional });
            if !is_told_apart(named[from].table, &reference.columns) {
                let many = names::many(&named[from].table.name);
                let name = names::field(&many, style, &mut named[to].taken);
                relations[to].push(Relation { name, class, many: true, optional: false });
            }
        }
        let models =
            named.iter().zip(relations).map(|(own, relations)| own.model(&named, relations, style)).collect();
        Self { models }
    }
}

impl<'a> Named<'a> {
    fn new(table: &'a TableDef, style: Style, classes: &mut HashSet<String>) -> Self {
        let mut taken = HashSet::new();
        let held = table.columns.iter().filter(|column| field_type(column, style).is_some());
        let fields = held
            .map(|column| (column.name.as_str(), names::field(&column.name, style, &mut taken)))
            .collect();
        Self { table, class: names::class(&table.name, classes), fields, taken }
    }

    fn model(&self, all: &[Named<'_>], relations: Vec<Relation>, style: Style) -> Model {
        let table = self.table;
        let mut remarks = self.remarks(style);
        let key = key_of(table);
        if table.key.is_empty() {
            remarks.push(format!("the table has no primary key; taken for one: {}", key.join(", ")));
        }
        let mut fields = Vec::new();
        for column in &table.columns {
            let (Some(ty), Some(name)) = (field_type(column, style), self.fields.get(column.name.as_str()))
            else {
                continue;
            };
            let default = default(column, &ty);
            if column.default.is_some() && default.is_none() {
                remarks.push(format!("the database computes a default for {}", column.name));
            }
            let alone = |unique: bool| {
                let is_it =
                    |index: &&TableIndex| index.unique == unique && index.columns == [column.name.clone()];
                table.indexes.iter().any(|index| is_it(&index)) && key != [column.name.clone()]
            };
            fields.push(Field {
                name: name.clone(),
                column: column.name.clone(),
                nullable: column.nullable && !key.contains(&column.name),
                is_key: key.contains(&column.name),
                auto: column.auto,
                unique: alone(true),
                indexed: alone(false),
                max_length: column.max_length.as_ref().map(|length| length.limit),
                default,
                target: self.target(&column.name, all, &mut remarks),
                ty,
            });
        }
        let indexes = indexes(table, &fields);
        Model { class: self.class.clone(), table: table.name.clone(), fields, relations, indexes, remarks }
    }

    /// What a column refers to; of several references the first.
    fn target(&self, column: &str, all: &[Named<'_>], remarks: &mut Vec<String>) -> Option<Target> {
        let mut found = None;
        for reference in &self.table.references {
            let Some(place) = reference.columns.iter().position(|own| own == column) else { continue };
            let target = all.iter().find(|other| other.table.name == reference.target);
            let field =
                reference.target_columns.get(place).and_then(|name| target?.fields.get(name.as_str()));
            match (target, field) {
                (Some(target), Some(field)) if found.is_none() => {
                    found = Some(Target {
                        class: target.class.clone(),
                        field: field.clone(),
                        on_delete: reference.on_delete,
                        on_update: reference.on_update,
                    });
                }
                _other => {
                    remarks.push(format!("{column} refers to {}, which is left out", reference.target));
                }
            }
        }
        found
    }

    /// What of the table no model can say.
    fn remarks(&self, style: Style) -> Vec<String> {
        let mut remarks = Vec::new();
        for column in self.table.columns.iter().filter(|column| field_type(column, style).is_none()) {
            if let ColumnType::Found { declared, .. } = &column.ty {
                let needed =
                    if column.can_be_left_out() { "" } else { ", and no row can be added without it" };
                remarks.push(format!("the column {} of type {declared} is left out{needed}", column.name));
            }
        }
        remarks.extend(self.table.undescribed.iter().map(|what| format!("the table has {what}")));
        remarks
    }
}

/// The key's columns; where there is none, those of a unique index, or all.
fn key_of(table: &TableDef) -> Vec<String> {
    let is_required = |name: &String| table.column(name).is_some_and(|column| !column.nullable);
    let unique = table.indexes.iter().find(|index| index.unique && index.columns.iter().all(is_required));
    match (table.key.is_empty(), unique) {
        (false, _) => table.key.clone(),
        (true, Some(index)) => index.columns.clone(),
        (true, None) => table.columns.iter().map(|column| column.name.clone()).collect(),
    }
}

/// The references that are the only one between two tables, by the tables' positions: a relation along them needs no word
/// about which is meant.
fn lonely_references<'a>(named: &[Named<'a>]) -> Vec<(usize, usize, &'a TableReference)> {
    let position = |name: &str| named.iter().position(|own| own.table.name == name);
    let mut all = Vec::new();
    for (from, own) in named.iter().enumerate() {
        all.extend(own.table.references.iter().filter_map(|one| Some((from, position(&one.target)?, one))));
    }
    let are_same = |one: (usize, usize), other: (usize, usize)| one == other || (one.1, one.0) == other;
    let is_lonely = |(from, to): (usize, usize)| {
        from != to && all.iter().filter(|(one, other, _)| are_same((from, to), (*one, *other))).count() == 1
    };
    let is_held =
        |own: &Named<'_>, names: &[String]| names.iter().all(|name| own.fields.contains_key(name.as_str()));
    let lonely = all.iter().filter(|(from, to, reference)| {
        is_lonely((*from, *to))
            && is_held(&named[*from], &reference.columns)
            && is_held(&named[*to], &reference.target_columns)
    });
    lonely.copied().collect()
}

/// Whether no two rows have the same values in these columns.
fn is_told_apart(table: &TableDef, columns: &[String]) -> bool {
    let within = |own: &[String]| !own.is_empty() && own.iter().all(|name| columns.contains(name));
    within(&table.key) || table.indexes.iter().any(|index| index.unique && within(&index.columns))
}

/// The indexes over several fields, of which all are there.
fn indexes(table: &TableDef, fields: &[Field]) -> Vec<Index> {
    let position = |name: &String| fields.iter().position(|field| field.column == *name);
    let several = table.indexes.iter().filter(|index| index.columns.len() > 1 && index.columns != table.key);
    let made = several.filter_map(|index| {
        let fields = index.columns.iter().map(position).collect::<Option<Vec<_>>>()?;
        Some(Index { name: index.name.clone(), fields, unique: index.unique })
    });
    made.collect()
}
