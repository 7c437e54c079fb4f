//! Generated pairs of schemas, to migrate from one to the other. What rows hold is made so that no change of any pair is
//! refused by them: values differ from row to row, and those of a reference are keys that its target has.

use std::sync::{Arc, OnceLock};

use ommi_core::schema::{Action, FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::migrations::Hints;
use proptest::prelude::*;

use crate::values::dec;

/// The tables' names: plain ones, and one with a space and a quote in it.
const TABLES: [&str; 3] = ["alpha", "Be \"ta", "gamma"];

/// So many columns may each table have beside its key and references.
const SLOTS: usize = 5;

/// What each side may have.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    tables: Vec<Option<Table>>,
}

#[derive(Debug, Clone)]
struct Table {
    columns: Vec<Option<Column>>,
    /// For each table with an integer key: whether there is a column for it, and whether it is a reference.
    links: Vec<Option<Option<Action>>>,
    indexes: Vec<(Vec<usize>, bool)>,
}

#[derive(Debug, Clone)]
struct Column {
    ty: FieldType,
    nullable: bool,
    has_default: bool,
    max_length: Option<u32>,
}

/// Two sides of one universe.
pub(crate) fn pairs() -> impl Strategy<Value = (Side, Side)> {
    (side(), side())
}

fn side() -> impl Strategy<Value = Side> {
    let tables = proptest::collection::vec(proptest::option::weighted(0.8, table()), TABLES.len());
    tables.prop_map(|tables| Side { tables })
}

fn table() -> impl Strategy<Value = Table> {
    let columns: Vec<_> = (0..SLOTS).map(|slot| proptest::option::weighted(0.75, column(slot))).collect();
    let action = prop::sample::select(vec![Action::Restrict, Action::Cascade, Action::SetNull]);
    let links = proptest::collection::vec(proptest::option::of(proptest::option::of(action)), 2);
    let index = (proptest::collection::vec(0..SLOTS, 1..3), any::<bool>());
    let indexes = proptest::collection::vec(index, 0..3);
    (columns, links, indexes).prop_map(|(columns, links, indexes)| Table { columns, links, indexes })
}

/// Each slot has a type of its own more often than another one, so that most columns stay.
fn column(slot: usize) -> impl Strategy<Value = Column> {
    let own = [FieldType::Text, FieldType::Int, FieldType::Text, FieldType::Decimal, FieldType::Timestamp];
    let other = prop::sample::select(vec![
        FieldType::Bool,
        FieldType::Float,
        FieldType::Bytes,
        FieldType::Uuid,
        FieldType::NaiveDateTime,
        FieldType::Date,
        FieldType::Time,
        FieldType::Duration,
        FieldType::Json,
        FieldType::List(Box::new(FieldType::Int)),
    ]);
    let ty = prop_oneof![3 => Just(own[slot].clone()), 1 => other];
    let length = proptest::option::of(prop::sample::select(vec![5_u32, 9]));
    (ty, any::<bool>(), any::<bool>(), length).prop_map(|(ty, nullable, has_default, max_length)| Column {
        ty,
        nullable,
        has_default,
        max_length,
    })
}

/// A value of a type, another one for each number.
pub(crate) fn value(ty: &FieldType, number: u8) -> Value {
    let day = i64::from(number) * 86_400;
    let instant = jiff::Timestamp::from_second(day).unwrap_or_default();
    let moment = instant.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    match ty {
        FieldType::Bool => Value::Bool(number.is_multiple_of(2)),
        FieldType::Int => Value::Int(number.into()),
        FieldType::Float => Value::Float(f64::from(number) + 0.5),
        FieldType::Text => Value::Text(format!("it's{number}")),
        FieldType::Bytes => Value::Bytes(vec![0, b'\'', b'\\', number]),
        FieldType::Decimal => dec(&format!("{number}.25")),
        FieldType::Uuid => Value::Uuid(uuid::Uuid::from_u128(number.into())),
        FieldType::DateTime | FieldType::NaiveDateTime => Value::DateTime(moment),
        FieldType::Timestamp => Value::Timestamp(instant),
        FieldType::Date => Value::Date(moment.date()),
        FieldType::Time => Value::Time(jiff::civil::time(1, 2, number as i8, 0)),
        FieldType::Duration => Value::Duration(i64::from(number) * 1_000_001),
        FieldType::Json | FieldType::List(_) => Value::Json(format!("[{number}]")),
    }
}

/// What the column's default is.
pub(crate) const DEFAULT: u8 = 7;

/// What rows get where they must have something.
pub(crate) const FILL: u8 = 8;

/// What a pair needs told: the values of required columns of either side.
pub(crate) fn hints(sides: [&[Arc<ModelDef>]; 2]) -> Hints {
    let mut hints = Hints::default();
    for model in sides.into_iter().flatten() {
        for field in model.fields().iter().filter(|field| !field.nullable && !field.auto) {
            let fill = (model.table().to_owned(), field.column.clone(), value(&field.ty, FILL));
            hints.fills.push(fill);
        }
    }
    hints
}

impl Side {
    /// The models of this side.
    pub(crate) fn models(&self) -> Result<Vec<Arc<ModelDef>>> {
        let cells: Vec<Arc<OnceLock<Arc<ModelDef>>>> = TABLES.iter().map(|_| Arc::default()).collect();
        let mut models = Vec::new();
        for (position, table) in self.tables.iter().enumerate() {
            let Some(table) = table else { continue };
            let model = self.model(position, table, &cells)?;
            drop(cells[position].set(model.clone()));
            models.push(model);
        }
        Ok(models)
    }

    fn model(
        &self,
        position: usize,
        table: &Table,
        cells: &[Arc<OnceLock<Arc<ModelDef>>>],
    ) -> Result<Arc<ModelDef>> {
        let mut model = ModelDef::builder(format!("M{position}")).table(TABLES[position]);
        // Tables differ in their keys: generated, and of text and number.
        model = match position {
            2 => model
                .field(FieldDef::new("letter", FieldType::Text))
                .field(FieldDef::new("number", FieldType::Int))
                .key(["letter", "number"]),
            _ => model.field(FieldDef::new("id", FieldType::Int)).key(["id"]),
        };
        for (slot, column) in table.columns.iter().enumerate() {
            if let Some(column) = column {
                model = model.field(column.field(slot));
            }
        }
        for (target, link) in table.links.iter().enumerate() {
            let (Some(action), Some(_)) = (link, &self.tables[target]) else { continue };
            let name = format!("r{target}");
            model = model.field(FieldDef::new(&name, FieldType::Int).nullable());
            if let Some(on_delete) = action {
                let cell = cells[target].clone();
                let unknown = || Error::new(ErrorKind::Schema, "the model is not there yet");
                model = model.reference(
                    [name],
                    ReferenceDef {
                        fields: Vec::new(),
                        target: ModelLink::new(TABLES[target], move || {
                            cell.get().cloned().ok_or_else(unknown)
                        }),
                        target_fields: Vec::new(),
                        on_delete: *on_delete,
                        on_update: Action::Restrict,
                    },
                );
            }
        }
        let mut seen: Vec<(Vec<usize>, bool)> = Vec::new();
        for (slots, unique) in &table.indexes {
            let mut slots = slots.clone();
            slots.dedup();
            let unique = *unique && table.may_be_unique(&slots);
            let is_there = slots.iter().all(|slot| table.is_indexable(*slot));
            if !is_there || seen.contains(&(slots.clone(), unique)) {
                continue;
            }
            let names = slots.iter().map(|slot| format!("c{slot}"));
            // The kind is in the name, as in those that are made up.
            model = model.index(None, names, unique);
            seen.push((slots, unique));
        }
        model.build()
    }
}

impl Table {
    fn column(&self, slot: usize) -> Option<&Column> {
        self.columns.get(slot)?.as_ref()
    }

    /// Rows have NULL or values of their own in the columns, never what they were filled with.
    fn may_be_unique(&self, slots: &[usize]) -> bool {
        let mut columns = slots.iter().filter_map(|slot| self.column(*slot));
        columns.all(|column| column.nullable && !column.has_default && column.ty != FieldType::Bool)
    }

    fn is_indexable(&self, slot: usize) -> bool {
        self.column(slot).is_some_and(|column| !matches!(column.ty, FieldType::Json | FieldType::List(_)))
    }
}

impl Column {
    fn field(&self, slot: usize) -> FieldDef {
        let mut field = FieldDef::new(format!("c{slot}"), self.ty.clone());
        field.nullable = self.nullable;
        field.max_length = self.max_length.filter(|_| self.ty == FieldType::Text);
        field.default = self.has_default.then(|| value(&self.ty, DEFAULT));
        field
    }
}

#[cfg(test)]
mod tests {
    use ommi_core::schema::{Change, SchemaDef};
    use ommi_engine::migrations::difference;

    use super::*;
    use crate::generate::{check, same};

    fn applied(schema: &SchemaDef, changes: &[Change]) -> Result<SchemaDef> {
        let mut schema = schema.clone();
        changes.iter().try_for_each(|change| schema.apply(change))?;
        Ok(schema)
    }

    #[test]
    fn the_difference_leads_to_the_other_schema_and_its_inverse_back() {
        check(2000, pairs(), |(from, to)| {
            let (from, to) = (from.models()?, to.models()?);
            let hints = hints([&from, &to]);
            let (from, to) = (SchemaDef::of(&from)?, SchemaDef::of(&to)?);
            let changes = difference(&from, &to, &hints)?;
            let there = applied(&from, &changes)?;
            let words: Vec<_> = changes.iter().map(ToString::to_string).collect();
            same(&difference(&there, &to, &Hints::default())?, &Vec::new(), || words.join("\n"))?;
            let back = applied(&there, &Change::undoing(&changes))?;
            same(&difference(&back, &from, &Hints::default())?, &Vec::new(), || words.join("\n"))?;
            same(&difference(&from, &from, &hints)?, &Vec::new(), || "itself".to_owned())
        });
    }
}
