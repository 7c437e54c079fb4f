//! Models for the tables that a database has, written in the user's language.

mod draft;
mod field;
mod names;
mod python;
mod rust;

use ommi::schema::SchemaDef;

use crate::arguments::Style;
use draft::Draft;
use python::Library;

/// The text of a file with models for these tables.
pub(crate) fn models(schema: &SchemaDef, style: Style, origin: &str) -> String {
    let draft = Draft::of(schema, style);
    let library = match style {
        Style::Dataclass => Library::Dataclass,
        Style::Attrs => Library::Attrs,
        Style::Pydantic => Library::Pydantic,
        Style::Msgspec => Library::Msgspec,
        Style::Rust => return rust::text(&draft, origin),
    };
    python::text(&draft, library, origin)
}

#[cfg(test)]
mod tests {
    use ommi::schema::{
        Action, ColumnDef, ColumnDefault, ColumnType, FieldType, MaxLength, TableDef, TableIndex,
        TableReference,
    };
    use ommi::value::Value;

    use super::*;

    fn table(name: &str, columns: Vec<ColumnDef>, key: &[&str]) -> TableDef {
        TableDef {
            name: name.into(),
            columns,
            key: key.iter().map(|name| (*name).to_owned()).collect(),
            indexes: Vec::new(),
            references: Vec::new(),
            attached: Vec::new(),
            undescribed: Vec::new(),
        }
    }

    fn refers(column: &str, target: &str, on_delete: Action) -> TableReference {
        TableReference {
            name: None,
            columns: vec![column.into()],
            target: target.into(),
            target_columns: vec!["Id".into()],
            on_delete,
            on_update: Action::Restrict,
        }
    }

    /// Two tables that refer to each other once, one of them to itself, with all that a model says.
    fn schema() -> SchemaDef {
        let column = |name: &str, ty| ColumnDef::new(name, ty);
        let key = || ColumnDef { auto: true, ..column("Id", FieldType::Int) };
        let found = ColumnType::Found { declared: "TSVECTOR".into(), fits: Vec::new() };
        let mut person = table(
            "people",
            vec![
                key(),
                ColumnDef {
                    max_length: Some(MaxLength { limit: 9, check: None }),
                    default: Some(ColumnDefault::Value(Value::Text("no\"body".into()))),
                    ..column("class", FieldType::Text)
                },
                ColumnDef { nullable: true, ..column("BossId", FieldType::Int) },
                column("born", FieldType::Date),
                ColumnDef { ty: found, ..column("words", FieldType::Text) },
                column("seen", FieldType::Timestamp),
            ],
            &["Id"],
        );
        person.references.push(refers("BossId", "people", Action::SetNull));
        let index = |columns: &[&str], unique| TableIndex {
            name: format!("by {}", columns.join(" ")),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            unique,
            constraint: false,
        };
        person.indexes.extend([
            index(&["class"], true),
            index(&["class", "born"], true),
            index(&["born", "class"], false),
            index(&["born"], false),
        ]);
        let mut note = table(
            "note",
            vec![
                key(),
                ColumnDef { nullable: true, ..column("person_id", FieldType::Int) },
                column("tags", FieldType::List(Box::new(FieldType::Text))),
                column("data", FieldType::Json),
            ],
            &["Id"],
        );
        note.references.push(refers("person_id", "people", Action::Cascade));
        SchemaDef { tables: vec![person, note] }
    }

    #[test]
    fn a_file_of_dataclasses() {
        assert_eq!(
            models(&schema(), Style::Dataclass, "sqlite \"a\".db"),
            r#""""The tables of "sqlite \"a\".db"."""

import datetime
from dataclasses import dataclass
from typing import Annotated, Any, Optional

from ommi import (
    Auto,
    Aware,
    Default,
    Index,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    MaxLength,
    ReferenceTo,
    StoreAs,
    Unique,
    ommi_model,
)


@ommi_model(name="people")
@dataclass(kw_only=True)
class People:
    # the column words of type TSVECTOR is left out, and no row can be added without it
    # an index over born, class, in this order, is left out
    id: Annotated[int | None, Key | Auto | StoreAs("Id")] = None
    class_: Annotated[str, Unique | Index("by class born", unique=True) | MaxLength(9) | Default("no\"body") | StoreAs("class")] = "no\"body"
    boss_id: Annotated[int | None, ReferenceTo("People.id", on_delete="set_null") | StoreAs("BossId")] = None
    born: Annotated[datetime.date, Index | Index("by class born", unique=True)]
    seen: Annotated[datetime.datetime, Aware]
    notes: LazyLoadEveryRelated["Note"] = None


@ommi_model(name="note")
@dataclass(kw_only=True)
class Note:
    id: Annotated[int | None, Key | Auto | StoreAs("Id")] = None
    person_id: Annotated[int | None, ReferenceTo("People.id", on_delete="cascade")] = None
    tags: list[str]
    data: dict[str, Any]
    person: LazyLoadTheRelated[Optional["People"]] = None
"#
        );
    }

    #[test]
    fn a_file_of_structs() {
        assert_eq!(
            models(&schema(), Style::Rust, "sqlite a.db"),
            r#"//! The tables of sqlite a.db.

use ommi::{Every, Model, The};

#[derive(Debug, Clone, Model)]
#[model(table = "people", unique(class, born), index(born, class))]
pub struct People {
    // the column words of type TSVECTOR is left out, and no row can be added without it
    #[model(key, auto, column = "Id")]
    pub id: i64,
    #[model(unique, max_length = 9, default = "no\"body")]
    pub class: String,
    #[model(references(People::id), on_delete = "set_null", column = "BossId")]
    pub boss_id: Option<i64>,
    #[model(index)]
    pub born: jiff::civil::Date,
    pub seen: jiff::Timestamp,
    #[model(related)]
    pub notes: Every<Note>,
}

#[derive(Debug, Clone, Model)]
#[model(table = "note")]
pub struct Note {
    #[model(key, auto, column = "Id")]
    pub id: i64,
    #[model(references(People::id), on_delete = "cascade")]
    pub person_id: Option<i64>,
    pub tags: Vec<String>,
    pub data: serde_json::Value,
    #[model(related)]
    pub person: The<People>,
}
"#
        );
    }

    #[test]
    fn a_table_without_a_key_takes_what_is_unique() {
        let column = |name: &str| ColumnDef::new(name, FieldType::Int);
        let mut log = table("log", vec![column("a"), column("b"), column("c")], &[]);
        let text = |log: &TableDef| models(&SchemaDef { tables: vec![log.clone()] }, Style::Attrs, "x");
        assert!(text(&log).contains("# the table has no primary key; taken for one: a, b, c"));
        let columns = vec!["b".into(), "c".into()];
        log.indexes.push(TableIndex { name: "u".into(), columns, unique: true, constraint: false });
        let text = text(&log);
        assert!(text.contains("taken for one: b, c\n    a: int\n"), "{text}");
        assert!(text.contains("    b: Annotated[int, Key | Index(\"u\", unique=True)]\n"), "{text}");
    }
}
