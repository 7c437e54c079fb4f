//! The classes of errors. The same mistake has the same kind on every database.

/// What class of thing went wrong. Faces map each kind to one exception class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The database could not be reached, opened or understood (not a database, corrupt, a directory).
    Connection,
    /// No connection became free in time.
    PoolExhausted,
    /// The handle, driver or transaction was closed before or while it was used.
    Closed,
    /// The database refused or failed a statement.
    Query,
    /// The model's table or collection does not exist.
    ModelNotFound,
    /// A unique index or key refused the row.
    UniqueViolation,
    /// A reference points at nothing, or something still points at the row.
    ForeignKeyViolation,
    /// A required column was NULL.
    NotNullViolation,
    /// A check refused the row.
    CheckViolation,
    /// Another constraint refused the row.
    Constraint,
    /// A transaction was misused: ended twice, used after its end, savepoint unknown.
    Transaction,
    /// A lost race: serialization failure, deadlock, busy database. Trying again may work.
    Conflict,
    /// A lock could not be had.
    Lock,
    /// A schema is wrong: an unresolved or ambiguous reference, a model without fields.
    Schema,
    /// An existing table differs from its model in a way that needs a migration.
    IncompatibleSchema,
    /// It took longer than allowed.
    Timeout,
    /// The database truly cannot do this.
    Unsupported,
    /// A value or a query was refused before anything was sent.
    Validation,
    /// A row was asked for and there is none.
    NoResult,
    /// A query was given nothing to find.
    EmptyQuery,
    /// The operation was cancelled.
    Cancelled,
    /// The storage failed: disk full, I/O error, read-only.
    Storage,
    /// A broken promise inside Ommi or a driver: please report it.
    Internal,
}
