//! Statements as a connection keeps them, and what the driver learns about each while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ommi_core::driver::Statement;
use ommi_core::plan::{Plan, Reach};
use ommi_core::schema::FieldType;
use ommi_sql::postgres::Details;
use tokio_postgres::types::Type;

use crate::value::Reader;

/// What the driver adds to a statement that it compiled.
pub(crate) struct Compiled {
    pub(crate) details: Arc<Details>,
    pub(crate) pace: Pace,
    /// The parameter that holds the limit.
    pub(crate) limit: Option<usize>,
    /// In how many further runs of an insert others are expected to take keys in between.
    pub(crate) mixed: AtomicU32,
    /// Whether it locks rows, and so may wait for those who have.
    locks: bool,
}

impl Compiled {
    pub(crate) fn of(statement: &Statement) -> Option<&Self> {
        statement.payload.as_ref()?.downcast_ref()
    }

    /// Whether it may be sent on a connection that others use as well.
    pub(crate) fn may_share(&self) -> bool {
        !self.locks && self.pace.may_share()
    }
}

/// A statement with what the driver learns put in the place of `ommi-sql`'s payload.
pub(crate) fn with_pace(mut statement: Statement, plan: &Plan) -> Statement {
    let details = statement.payload.take().and_then(|payload| payload.downcast::<Details>().ok());
    statement.payload = details.map(|details| {
        let pace = Pace::new(statement.reach);
        let mixed = AtomicU32::new(0);
        Arc::new(Compiled { details, pace, limit: plan.limit, mixed, locks: plan.lock.is_some() })
            as Arc<dyn std::any::Any + Send + Sync>
    });
    statement
}

/// Whether a read is short enough to share a connection with others, by how long it took of late.
#[derive(Debug)]
pub(crate) struct Pace(AtomicU32);

impl Pace {
    /// A read that takes longer holds up those behind it.
    const LIMIT: Duration = Duration::from_millis(5);

    /// So many short runs in a row let a read share again; a single long one may be somebody else's fault.
    const TRUSTED: u32 = 2;

    /// A read by key is trusted at once, others have to show that they are short.
    fn new(reach: Reach) -> Self {
        Self(AtomicU32::new(match reach {
            Reach::Unique => Self::TRUSTED,
            Reach::Limited | Reach::Unlimited => 0,
        }))
    }

    #[inline]
    pub(crate) fn may_share(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    /// Notes how long a run took, and how much it brought.
    #[inline]
    pub(crate) fn note(&self, taken: Duration, bytes: usize) {
        let trust = self.0.load(Ordering::Relaxed);
        let now =
            if taken <= Self::LIMIT && bytes <= 1 << 20 { Self::TRUSTED } else { trust.saturating_sub(1) };
        if now != trust {
            self.0.store(now, Ordering::Relaxed);
        }
    }
}

/// A statement that a connection has prepared, or whose types are known where nothing stays prepared.
pub(crate) struct Prepared {
    pub(crate) form: Form,
    /// How each column is read.
    pub(crate) readers: Vec<Reader>,
    /// The columns' types.
    pub(crate) types: Vec<Type>,
}

/// How a statement is run.
pub(crate) enum Form {
    /// By its name on this connection.
    Named(tokio_postgres::Statement),
    /// By its text, with the types of its parameters.
    Text(Vec<Type>),
}

impl Prepared {
    pub(crate) fn new(prepared: tokio_postgres::Statement, columns: &[FieldType], keep: bool) -> Self {
        let Self { readers, types, .. } = Self::of_columns(prepared.columns(), columns);
        let form = if keep { Form::Named(prepared) } else { Form::Text(prepared.params().to_vec()) };
        Self { form, readers, types }
    }

    /// What is known of a statement from its rows alone.
    pub(crate) fn of_columns(found: &[tokio_postgres::Column], columns: &[FieldType]) -> Self {
        let types: Vec<Type> = found.iter().map(|column| column.type_().clone()).collect();
        let readers =
            types.iter().enumerate().map(|(column, ty)| Reader::new(columns.get(column), ty)).collect();
        Self { form: Form::Text(Vec::new()), readers, types }
    }

    /// The parameters' types.
    pub(crate) fn params(&self) -> &[Type] {
        match &self.form {
            Form::Named(statement) => statement.params(),
            Form::Text(types) => types,
        }
    }
}

/// Which of the texts that belong to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Its own.
    Whole,
    /// A cursor over it, of this number.
    Cursor(u32),
    /// Many rows at once.
    Many,
    /// The probe of an insert's columns, and of its key.
    Probe,
    KeyProbe,
    Copy,
    CopyWithKey,
    LastKey,
    Allocate,
    Advance,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_leaves_the_shared_connections_after_two_slow_runs() {
        let pace = Pace::new(Reach::Unique);
        let slow = Duration::from_millis(6);
        pace.note(slow, 0);
        assert!(pace.may_share());
        pace.note(slow, 0);
        assert!(!pace.may_share());
        pace.note(Duration::from_millis(1), 0);
        assert!(pace.may_share());
    }

    #[test]
    fn a_read_of_unknown_length_has_to_show_itself_first() {
        let pace = Pace::new(Reach::Limited);
        assert!(!pace.may_share());
        pace.note(Duration::from_millis(1), 2 << 20);
        assert!(!pace.may_share());
        pace.note(Duration::from_millis(1), 100);
        assert!(pace.may_share());
    }
}
