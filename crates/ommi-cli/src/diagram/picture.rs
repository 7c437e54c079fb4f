//! What both formats draw: tables with rows, and links between rows.

use std::collections::BTreeMap;

use ommi::schema::{ColumnDef, ColumnType, FieldType, SchemaDef, TableDef, TableReference};

/// Tables by their names, and what links them.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    pub(crate) tables: Vec<Table>,
    pub(crate) links: Vec<Link>,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) rows: Vec<Row>,
    /// Whether it is only known because a table refers to it, as one of another schema is.
    pub(crate) is_outside: bool,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Empty where it is not known.
    pub(crate) ty: String,
    pub(crate) is_key: bool,
    pub(crate) refers: bool,
    /// Whether its values stand once each, without it being the key.
    pub(crate) is_unique: bool,
    pub(crate) is_nullable: bool,
}

/// A reference: rows of one table that point at rows of one.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) from_rows: Vec<usize>,
    pub(crate) to: usize,
    /// Empty where it is not known which.
    pub(crate) to_rows: Vec<usize>,
    /// Whether a row may point at nothing.
    pub(crate) is_optional: bool,
    /// Whether at most one row points at each.
    pub(crate) is_unique: bool,
}

impl Picture {
    /// The picture of a schema: tables in the order of their names, whatever order they come in.
    pub(crate) fn of(schema: &SchemaDef) -> Self {
        let mut known: Vec<&TableDef> = schema.tables.iter().collect();
        known.sort_by(|one, other| one.name.cmp(&other.name));
        let mut picture =
            Self { tables: known.iter().map(|table| Table::of(table)).collect(), links: vec![] };
        picture.add_outside(&known);
        for (from, table) in known.iter().enumerate() {
            for reference in &table.references {
                let link = picture.link(from, table, reference);
                picture.links.extend(link);
            }
        }
        picture
    }

    /// Adds the tables that are referred to and not there, so that no reference is left without an end.
    fn add_outside(&mut self, known: &[&TableDef]) {
        let mut outside: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for reference in known.iter().flat_map(|table| &table.references) {
            if self.find(&reference.target).is_none() {
                let columns = outside.entry(&reference.target).or_default();
                for name in &reference.target_columns {
                    if !columns.contains(&name.as_str()) {
                        columns.push(name);
                    }
                }
            }
        }
        for (name, columns) in outside {
            let rows = columns.into_iter().map(Row::outside).collect();
            self.tables.push(Table { name: name.to_owned(), rows, is_outside: true });
        }
    }

    /// A name as it stands, or else without regard to case, as SQLite takes it.
    fn find(&self, name: &str) -> Option<usize> {
        let exact = self.tables.iter().position(|table| table.name == name);
        exact.or_else(|| self.tables.iter().position(|table| table.name.eq_ignore_ascii_case(name)))
    }

    fn link(&self, from: usize, table: &TableDef, reference: &TableReference) -> Option<Link> {
        let to = self.find(&reference.target)?;
        let from_rows = self.tables.get(from)?.find_rows(&reference.columns);
        let to_rows = self.tables.get(to)?.find_rows(&reference.target_columns);
        let is_nullable = |name: &String| {
            !table.key.contains(name) && table.column(name).is_some_and(|column| column.nullable)
        };
        let is_optional = reference.columns.iter().any(is_nullable);
        let has = |columns: &[String]| {
            !columns.is_empty() && columns.iter().all(|column| reference.columns.contains(column))
        };
        let is_unique =
            has(&table.key) || table.indexes.iter().any(|index| index.unique && has(&index.columns));
        Some(Link { from, from_rows, to, to_rows, is_optional, is_unique })
    }

    /// A link in words: `albums.artist_id → artists.id`.
    pub(super) fn words(&self, link: &Link) -> String {
        let end = |table: usize, rows: &[usize]| {
            self.tables.get(table).map_or_else(String::new, |table| match table.names(rows).as_slice() {
                [] => table.name.clone(),
                [only] => format!("{}.{only}", table.name),
                several => format!("{}.({})", table.name, several.join(", ")),
            })
        };
        format!("{} → {}", end(link.from, &link.from_rows), end(link.to, &link.to_rows))
    }
}

impl Table {
    fn of(table: &TableDef) -> Self {
        let rows = table.columns.iter().map(|column| Row::of(table, column)).collect();
        Self { name: table.name.clone(), rows, is_outside: false }
    }

    fn find_rows(&self, names: &[String]) -> Vec<usize> {
        let find = |name: &String| {
            let exact = self.rows.iter().position(|row| row.name == *name);
            exact.or_else(|| self.rows.iter().position(|row| row.name.eq_ignore_ascii_case(name)))
        };
        names.iter().filter_map(find).collect()
    }

    /// The names of rows.
    pub(super) fn names(&self, rows: &[usize]) -> Vec<&str> {
        rows.iter().filter_map(|row| self.rows.get(*row)).map(|row| row.name.as_str()).collect()
    }
}

impl Row {
    fn of(table: &TableDef, column: &ColumnDef) -> Self {
        let is_key = table.key.contains(&column.name);
        Self {
            name: column.name.clone(),
            ty: type_text(column),
            is_key,
            refers: table.references.iter().any(|reference| reference.columns.contains(&column.name)),
            is_unique: table
                .indexes
                .iter()
                .any(|index| index.unique && index.columns == [column.name.clone()]),
            is_nullable: column.nullable && !is_key,
        }
    }

    fn outside(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ty: String::new(),
            is_key: false,
            refers: false,
            is_unique: false,
            is_nullable: false,
        }
    }

    /// What the row is, in the letters that diagrams use.
    pub(super) fn marks(&self) -> Vec<&'static str> {
        let marks = [(self.is_key, "PK"), (self.refers, "FK"), (self.is_unique && !self.is_key, "UK")];
        marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark).collect()
    }
}

/// A column's type: the database's own spelling where it was found in one.
fn type_text(column: &ColumnDef) -> String {
    let name = match &column.ty {
        ColumnType::Field(ty) => field_text(ty),
        ColumnType::Found { declared, .. } => declared.clone(),
    };
    match &column.max_length {
        Some(length) if !name.contains('(') => format!("{name}({})", length.limit),
        _other => name,
    }
}

fn field_text(ty: &FieldType) -> String {
    match ty {
        FieldType::Bool => "bool".into(),
        FieldType::Int => "int".into(),
        FieldType::Float => "float".into(),
        FieldType::Text => "text".into(),
        FieldType::Bytes => "bytes".into(),
        FieldType::Decimal => "decimal".into(),
        FieldType::Uuid => "uuid".into(),
        FieldType::DateTime => "datetime".into(),
        FieldType::NaiveDateTime => "naive datetime".into(),
        FieldType::Timestamp => "aware datetime".into(),
        FieldType::Date => "date".into(),
        FieldType::Time => "time".into(),
        FieldType::Duration => "duration".into(),
        FieldType::Json => "json".into(),
        FieldType::List(item) => format!("list[{}]", field_text(item)),
    }
}
