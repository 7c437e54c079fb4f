//! Reading a schema back: the queries' text, and what declared types can hold. Drivers run the queries.

pub mod sqlite;
