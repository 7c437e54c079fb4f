//! The order in which tables are created: each after those that it refers to. Dropped, they go the other way round.

use ommi_core::schema::{TableDef, TableReference};

/// Tables in order, and the references that have to be added once all of them are there.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    /// The tables; of those in a circle, some lack a reference.
    pub(super) tables: Vec<TableDef>,
    /// The references cut from circles, with the names of their tables.
    pub(super) cut: Vec<(String, TableReference)>,
}

/// Orders `tables`, which are new all of them. A circle is cut at the first of its tables.
pub(super) fn by_reference(mut tables: Vec<TableDef>) -> Ordered {
    let mut ordered = Ordered::default();
    while !tables.is_empty() {
        let waits = |table: &TableDef, reference: &TableReference, tables: &[TableDef]| {
            reference.target != table.name && tables.iter().any(|other| other.name == reference.target)
        };
        let is_free =
            |table: &TableDef| !table.references.iter().any(|reference| waits(table, reference, &tables));
        let next = tables.iter().position(is_free).unwrap_or(0);
        let mut table = tables.remove(next);
        let (late, inline) = std::mem::take(&mut table.references)
            .into_iter()
            .partition(|reference| waits(&table, reference, &tables));
        table.references = inline;
        ordered.cut.extend(Vec::from_iter(late).into_iter().map(|reference| (table.name.clone(), reference)));
        ordered.tables.push(table);
    }
    ordered
}
