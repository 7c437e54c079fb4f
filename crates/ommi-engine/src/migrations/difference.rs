//! The difference between two schemas, as changes in an order in which a database can make them.

use ommi_core::schema::{
    Change, ColumnDef, ColumnDefault, MaxLength, SchemaDef, TableDef, TableIndex, TableReference,
};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

use super::order::by_reference;

/// What two schemas cannot tell of the way between them.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// Tables that were renamed: the old and the new name. Without the hint one goes, with its rows, and another comes.
    pub renamed_tables: Vec<(String, String)>,
    /// Columns that were renamed: the table's new name, the column's old and new one.
    pub renamed_columns: Vec<(String, String, String)>,
    /// What rows that exist get in columns that are required: the table's new name, the column, the value.
    pub fills: Vec<(String, String, Value)>,
}

impl Hints {
    /// The value for this column: one of its type before one that can be made one.
    fn fill(&self, table: &str, column: &ColumnDef) -> Option<Value> {
        let named = self.fills.iter().filter(|(of, name, _)| of == table && *name == column.name);
        let values: Vec<&Value> = named.map(|(_, _, value)| value).collect();
        let ty = column.field_type()?;
        let as_it_is =
            values.iter().find(|value| (**value).clone().coerce(ty).is_ok_and(|own| own == ***value));
        as_it_is.or(values.first()).map(|value| (*value).clone())
    }
}

/// The changes that make `to` of `from`; none where both are the same but for names of indexes and references, the
/// order of columns, and types that fit. Applied in their order to `from` they give `to`, and undone they give `from`.
///
/// Every table that `to` does not have is dropped: leave tables that are not to be touched out of `from`. A column that
/// changes its type is dropped and added anew, since no database converts all values faithfully.
///
/// # Errors
/// `IncompatibleSchema`, naming all tables of which the key would change: other tables and everybody's code know rows by
/// it. `Schema` where a hint names what is not there.
pub fn difference(from: &SchemaDef, to: &SchemaDef, hints: &Hints) -> Result<Vec<Change>> {
    let mut work = Work { schema: from.clone(), changes: Vec::new(), hints };
    work.rename(to)?;
    work.check_keys(to)?;
    work.drop_references(to)?;
    work.drop_indexes(to)?;
    work.drop_tables(to)?;
    for table in &to.tables {
        work.change_columns(table)?;
    }
    let is_new = |table: &&TableDef| work.schema.table(&table.name).is_none();
    let created = by_reference(to.tables.iter().filter(is_new).cloned().collect());
    work.add_indexes(to)?;
    for table in created.tables {
        work.push(Change::CreateTable(table))?;
    }
    for (table, reference) in created.cut {
        work.push(Change::AddReference { table, reference })?;
    }
    work.add_references(to)?;
    Ok(work.changes)
}

/// The schema as it is on the way, and the changes so far.
struct Work<'a> {
    schema: SchemaDef,
    changes: Vec<Change>,
    hints: &'a Hints,
}

impl Work<'_> {
    fn push(&mut self, change: Change) -> Result<()> {
        self.schema.apply(&change)?;
        self.changes.push(change);
        Ok(())
    }

    fn rename(&mut self, to: &SchemaDef) -> Result<()> {
        for (old, new) in &self.hints.renamed_tables {
            to.require_table(new)?;
            self.push(Change::RenameTable { from: old.clone(), to: new.clone() })?;
        }
        for (table, old, new) in &self.hints.renamed_columns {
            to.require_table(table)?.require_column(new)?;
            self.push(Change::RenameColumn { table: table.clone(), from: old.clone(), to: new.clone() })?;
        }
        Ok(())
    }

    fn check_keys(&self, to: &SchemaDef) -> Result<()> {
        let mut differences = Vec::new();
        for (own, wanted) in self.both(to) {
            let retyped = wanted.key.iter().any(|name| is_replaced(own, wanted, name));
            if own.key != wanted.key || retyped {
                differences.push(format!(
                    "the key of the table {:?} changes from ({}) to ({})",
                    own.name,
                    key_words(own),
                    key_words(wanted)
                ));
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        let message = format!(
            "{}: rows are known by their key; create a new table, copy the rows, and drop the old one",
            differences.join("; ")
        );
        Err(Error::new(ErrorKind::IncompatibleSchema, message))
    }

    /// Tables that are there before and afterwards.
    fn both<'a>(&'a self, to: &'a SchemaDef) -> impl Iterator<Item = (&'a TableDef, &'a TableDef)> {
        self.schema.tables.iter().filter_map(|own| Some((own, to.table(&own.name)?)))
    }

    /// Those that go, and those that stand on something that goes or is made anew.
    fn drop_references(&mut self, to: &SchemaDef) -> Result<()> {
        let mut going = Vec::new();
        for (own, wanted) in self.both(to) {
            for reference in &own.references {
                let stays = wanted.reference_like(reference).is_some()
                    && reference.columns.iter().all(|name| !is_replaced(own, wanted, name))
                    && self.target_stays(reference, to);
                if !stays {
                    going.push((own.name.clone(), reference.clone()));
                }
            }
        }
        let drop = |(table, reference)| Change::DropReference { table, reference };
        going.into_iter().map(drop).try_for_each(|change| self.push(change))
    }

    fn target_stays(&self, reference: &TableReference, to: &SchemaDef) -> bool {
        let (Some(own), Some(wanted)) = (self.schema.table(&reference.target), to.table(&reference.target))
        else {
            return false;
        };
        let same = |index: &TableIndex| {
            index.unique
                && index.columns.len() == reference.target_columns.len()
                && index.columns.iter().all(|name| reference.target_columns.contains(name))
        };
        reference.target_columns.iter().all(|name| !is_replaced(own, wanted, name))
            && own.indexes.iter().filter(|index| same(index)).all(|index| index_stays(own, wanted, index))
    }

    fn drop_indexes(&mut self, to: &SchemaDef) -> Result<()> {
        let mut going = Vec::new();
        for (own, wanted) in self.both(to) {
            let indexes = own.indexes.iter().filter(|index| !index_stays(own, wanted, index));
            going.extend(indexes.map(|index| (own.name.clone(), index.clone())));
        }
        let drop = |(table, index)| Change::DropIndex { table, index };
        going.into_iter().map(drop).try_for_each(|change| self.push(change))
    }

    /// Those that refer go before those referred to.
    fn drop_tables(&mut self, to: &SchemaDef) -> Result<()> {
        let is_gone = |table: &&TableDef| to.table(&table.name).is_none();
        let ordered = by_reference(self.schema.tables.iter().filter(is_gone).cloned().collect());
        for (table, reference) in ordered.cut {
            self.push(Change::DropReference { table, reference })?;
        }
        ordered.tables.into_iter().rev().try_for_each(|table| self.push(Change::DropTable(table)))
    }

    /// Drops, adds and alters the columns of a table that stays.
    fn change_columns(&mut self, wanted: &TableDef) -> Result<()> {
        let Some(own) = self.schema.table(&wanted.name).cloned() else { return Ok(()) };
        let table = &wanted.name;
        for column in &own.columns {
            match wanted.column(&column.name) {
                Some(to) if column.ty.is_like(&to.ty) => {
                    let is_key = own.key.contains(&column.name);
                    if differs(column, to, is_key) {
                        let fill = self.hints.fill(table, to);
                        let fill = fill.filter(|_| column.nullable != to.nullable);
                        let (table, from, to) = (table.clone(), column.clone(), to.clone());
                        self.push(Change::AlterColumn { table, from, to, fill })?;
                    }
                }
                Some(_) | None => {
                    let fill = self.fill_for(table, column);
                    let (table, column) = (table.clone(), column.clone());
                    self.push(Change::DropColumn { table, column, fill })?;
                }
            }
        }
        for column in &wanted.columns {
            if own.column(&column.name).is_none_or(|old| !old.ty.is_like(&column.ty)) {
                let fill = self.fill_for(table, column);
                let (table, column) = (table.clone(), column.clone());
                self.push(Change::AddColumn { table, column, fill })?;
            }
        }
        Ok(())
    }

    /// What rows get in a column that they cannot do without.
    fn fill_for(&self, table: &str, column: &ColumnDef) -> Option<Value> {
        self.hints.fill(table, column).filter(|_| !column.can_be_left_out())
    }

    fn add_indexes(&mut self, to: &SchemaDef) -> Result<()> {
        let mut coming = Vec::new();
        for (own, wanted) in self.both(to) {
            let indexes = wanted.indexes.iter().filter(|index| own.index_like(index).is_none());
            coming.extend(indexes.map(|index| (own.name.clone(), index.clone())));
        }
        let add = |(table, index)| Change::AddIndex { table, index };
        coming.into_iter().map(add).try_for_each(|change| self.push(change))
    }

    fn add_references(&mut self, to: &SchemaDef) -> Result<()> {
        let mut coming = Vec::new();
        for (own, wanted) in self.both(to) {
            let missing = |reference: &&TableReference| own.reference_like(reference).is_none();
            let references = wanted.references.iter().filter(missing);
            coming.extend(references.map(|reference| (own.name.clone(), reference.clone())));
        }
        let add = |(table, reference)| Change::AddReference { table, reference };
        coming.into_iter().map(add).try_for_each(|change| self.push(change))
    }
}

/// Whether a column goes, or comes back with another type.
fn is_replaced(own: &TableDef, wanted: &TableDef, name: &str) -> bool {
    match (own.column(name), wanted.column(name)) {
        (Some(own), Some(wanted)) => !own.ty.is_like(&wanted.ty),
        (_, None) | (None, _) => true,
    }
}

fn index_stays(own: &TableDef, wanted: &TableDef, index: &TableIndex) -> bool {
    wanted.index_like(index).is_some() && index.columns.iter().all(|name| !is_replaced(own, wanted, name))
}

/// Whether columns of one type differ otherwise. Whether a key's column takes NULL is a matter of the database, and
/// whether its values are generated follows from the key.
fn differs(own: &ColumnDef, wanted: &ColumnDef, is_key: bool) -> bool {
    (!is_key && own.nullable != wanted.nullable)
        || !MaxLength::are_like(own.max_length.as_ref(), wanted.max_length.as_ref())
        || !own.auto && !ColumnDefault::are_like(own.default.as_ref(), wanted.default.as_ref())
}

fn key_words(table: &TableDef) -> String {
    let word = |name: &String| match table.column(name).and_then(ColumnDef::field_type) {
        Some(ty) => format!("{name}: {ty}"),
        None => name.clone(),
    };
    table.key.iter().map(word).collect::<Vec<_>>().join(", ")
}
