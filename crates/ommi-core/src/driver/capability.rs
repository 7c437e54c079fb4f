//! Capabilities: what a database can do beyond the common contract, as data.

use super::IsolationLevel;
use crate::schema::{FieldType, ModelDef};

/// Declares the capabilities once: their documentation is also what people are told.
macro_rules! capabilities {
    ($($(#[doc = $meaning:literal])+ $name:ident: $type:ty,)+) => {
        /// What a driver declares. Asking for what is missing is an `Unsupported` error before anything is sent.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Capabilities {
            $($(#[doc = $meaning])+ pub $name: $type,)+
        }

        impl Capabilities {
            /// Every capability with its meaning and what is declared of it, for people.
            pub fn declared(&self) -> Vec<Declared> {
                vec![$(Declared {
                    name: stringify!($name),
                    meaning: concat!($($meaning),+).trim_start(),
                    value: self.$name.tell(),
                },)+]
            }
        }
    };
}

capabilities! {
    /// Nested transactions and named savepoints.
    savepoints: bool,
    /// The isolation levels that it has, weakest first.
    isolation: Vec<IsolationLevel>,
    /// Several transactions write at once; otherwise one waits for the end of the other.
    concurrent_writers: bool,
    /// A failed or cancelled statement undoes itself alone; otherwise it ends its transaction.
    statement_rollback: bool,
    /// A write waits for a transaction that changed the same row before; otherwise it is a conflict at once.
    row_waits: bool,
    /// Schema changes can be rolled back.
    transactional_schema: bool,
    /// A table has the columns that it was made with, and to ask for another one is an error; otherwise it is NULL in
    /// every row.
    fixed_columns: bool,
    /// References are checked by the database.
    foreign_keys: bool,
    /// References are checked when a statement ends; otherwise row by row, so that a statement cannot remove or
    /// add rows that refer to each other in any order.
    references_at_statement_end: bool,
    /// Rows that go or change along with others do so before references are checked; otherwise one that goes by one of
    /// its references may still stand by another one.
    cascades_before_checks: bool,
    /// Unique values are checked when a statement ends; otherwise row by row, and an update that may change
    /// several rows cannot compute the values of a key or of unique fields.
    unique_at_statement_end: bool,
    /// Keys that rows of the same model may refer to can be changed; otherwise an update cannot set such a field.
    own_references_follow: bool,
    /// Conditions are computed in their order, and only for rows that those before leave; otherwise one that
    /// overflows for a row that another condition leaves out may be an error.
    conditions_in_order: bool,
    /// Floats may be NaN.
    float_nan: bool,
    /// Floats may be infinite.
    float_infinity: bool,
    /// The remainder of floats can be computed.
    float_remainder: bool,
    /// How long decimals may be; any length without a limit.
    decimal_limit: Option<DecimalLimit>,
    /// The most digits of a decimal altogether, zeros at both ends not counted; any number without a limit.
    decimal_digits: Option<u32>,
    /// Fields of instants hold microseconds; otherwise milliseconds.
    timestamp_microseconds: bool,
    /// Bytes can be ordered.
    bytes_order: bool,
    /// How many code points of text and how many bytes a key, a reference, an index or a unique field holds; several
    /// fields share it; any number without a limit.
    indexed_length: Option<u32>,
    /// As `indexed_length`, where text counts by its bytes in UTF-8.
    indexed_bytes: Option<u32>,
    /// Rows can be locked by a read.
    row_locks: bool,
    /// A read that locks rows can leave out those that another transaction has locked, or fail at once; otherwise it
    /// waits.
    lock_without_waiting: bool,
    /// Statements in the database's own language can be run.
    raw_statements: bool,
    /// Schemas are described and changed by migrations.
    schema_changes: bool,
}

/// One capability, as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name in [`Capabilities`].
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What is declared: `yes`, `no`, or what there is.
    pub value: String,
}

/// The most digits of a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecimalLimit {
    /// Before the point.
    pub whole: u32,
    /// After the point.
    pub fraction: u32,
}

/// What a field of fixed length takes of the length that an index has, at the most.
const FIXED_LENGTH: u32 = 41;

/// What a field gets of the length `whole` that an index has: several fields of varying length share it evenly, in
/// the index where the field gets the least. Nothing where it is in no key, reference or index and not unique, or
/// where its type has no length.
pub fn share_of_index(model: &ModelDef, field: usize, whole: u32) -> Option<u32> {
    let definition = model.fields().get(field).filter(|definition| varies(&definition.ty))?;
    let indexes = model.indexes().iter().map(|index| index.fields.as_slice());
    let references = model.references().iter().map(|reference| reference.fields.as_slice());
    let groups = [model.key()].into_iter().chain(indexes).chain(references);
    let share = |fields: &[usize]| {
        let varying = fields.iter().filter(|field| varies(&model.fields()[**field].ty)).count() as u32;
        let fixed = fields.len() as u32 - varying;
        whole.saturating_sub(fixed * FIXED_LENGTH) / varying.max(1)
    };
    let shares = groups.filter(|fields| fields.contains(&field)).map(share);
    shares.chain(definition.unique.then_some(whole)).min()
}

fn varies(ty: &FieldType) -> bool {
    match ty {
        FieldType::Text | FieldType::Bytes | FieldType::Decimal | FieldType::Json | FieldType::List(_) => {
            true
        }
        FieldType::Bool
        | FieldType::Int
        | FieldType::Float
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration => false,
    }
}

impl Capabilities {
    /// The weakest level of the database that is at least `wanted`.
    pub fn isolation_at_least(&self, wanted: IsolationLevel) -> Option<IsolationLevel> {
        self.isolation.iter().copied().filter(|level| *level >= wanted).min()
    }
}

/// Says a value to people.
trait Tell {
    fn tell(&self) -> String;
}

impl Tell for bool {
    fn tell(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }
}

impl Tell for Vec<IsolationLevel> {
    fn tell(&self) -> String {
        let name = |level: &IsolationLevel| match level {
            IsolationLevel::ReadUncommitted => "read uncommitted",
            IsolationLevel::ReadCommitted => "read committed",
            IsolationLevel::RepeatableRead => "repeatable read",
            IsolationLevel::Serializable => "serializable",
        };
        self.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

impl Tell for Option<DecimalLimit> {
    fn tell(&self) -> String {
        self.map_or_else(
            || "any".to_owned(),
            |DecimalLimit { whole, fraction }| format!("{whole} digits before the point, {fraction} after"),
        )
    }
}

impl Tell for Option<u32> {
    fn tell(&self) -> String {
        self.map_or_else(|| "any".to_owned(), |length| length.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::FieldDef;

    #[test]
    fn capabilities_are_told_with_their_meaning() {
        let capabilities = Capabilities {
            savepoints: true,
            isolation: vec![IsolationLevel::ReadCommitted, IsolationLevel::Serializable],
            concurrent_writers: false,
            statement_rollback: true,
            row_waits: true,
            transactional_schema: true,
            fixed_columns: true,
            foreign_keys: true,
            references_at_statement_end: true,
            cascades_before_checks: true,
            unique_at_statement_end: false,
            own_references_follow: true,
            conditions_in_order: false,
            float_nan: true,
            float_infinity: true,
            float_remainder: true,
            decimal_limit: Some(DecimalLimit { whole: 35, fraction: 30 }),
            decimal_digits: None,
            timestamp_microseconds: true,
            bytes_order: true,
            indexed_length: None,
            indexed_bytes: Some(2500),
            row_locks: false,
            lock_without_waiting: false,
            raw_statements: false,
            schema_changes: false,
        };
        let declared = capabilities.declared();
        let told =
            |name: &str| declared.iter().find(|each| each.name == name).map(|each| each.value.as_str());
        assert_eq!(told("savepoints"), Some("yes"));
        assert_eq!(told("row_locks"), Some("no"));
        assert_eq!(told("isolation"), Some("read committed, serializable"));
        assert_eq!(told("decimal_limit"), Some("35 digits before the point, 30 after"));
        assert_eq!(told("indexed_length"), Some("any"));
        assert_eq!(told("indexed_bytes"), Some("2500"));
        let two_lines = declared.iter().find(|each| each.name == "references_at_statement_end");
        assert_eq!(
            two_lines.map(|each| each.meaning),
            Some(
                "References are checked when a statement ends; otherwise row by row, so that a statement cannot remove or \
                 add rows that refer to each other in any order."
            )
        );
    }

    #[test]
    fn the_fields_of_an_index_share_its_length() {
        let field = |name: &str, ty| FieldDef::new(name, ty);
        let model = ModelDef::builder("Page")
            .field(field("id", FieldType::Int))
            .field(field("host", FieldType::Text))
            .field(field("path", FieldType::Text))
            .field(field("hash", FieldType::Bytes).unique())
            .field(field("body", FieldType::Text))
            .index(None, ["id", "host", "path"], true)
            .build()
            .unwrap();
        let share = |field| share_of_index(&model, field, 641);
        assert_eq!((share(0), share(1), share(2)), (None, Some(300), Some(300)));
        assert_eq!((share(3), share(4), share(5)), (Some(641), None, None));
    }
}
