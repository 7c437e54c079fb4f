//! The databases to measure on: each hands out fresh copies of the dataset, and looks at them afterwards without any
//! contender's help.

#[cfg(feature = "servers")]
mod mysql;
#[cfg(feature = "servers")]
mod postgres;
mod sqlite;

#[cfg(feature = "servers")]
pub use mysql::Mysql;
#[cfg(feature = "servers")]
pub use postgres::Postgres;
pub use sqlite::Sqlite;

use crate::{Result, dataset::Row, scenario::Scenario};

/// One database.
pub trait Database {
    /// `sqlite`, `postgres` or `mysql`.
    fn name(&self) -> &'static str;

    /// Version and settings, for the report.
    fn describe(&self) -> String;

    /// What can be measured on it.
    fn scenarios(&self) -> Vec<Scenario>;

    /// A copy of the dataset: a path or a URL. Those who only read may get the same one.
    fn fresh(&mut self, label: &str, writes: bool) -> Result<String>;

    /// Removes a copy that was written to.
    fn discard(&mut self, place: &str, writes: bool) -> Result<()>;

    /// Opens a copy to look at it.
    fn checker(&self, place: &str) -> Result<Box<dyn Checker>>;
}

/// Looks at a copy.
pub trait Checker {
    /// The rows, in the order of their keys.
    fn rows(&mut self, question: &Question<'_>) -> Result<Vec<Row>>;
}

/// Which rows.
pub enum Question<'a> {
    /// That of this key.
    Key(i64),
    /// The first page of this age with this score or more.
    Page(i64, f64),
    /// Those with this one's name, age and score.
    Alike(&'a Row),
}

impl Question<'_> {
    /// The query, with its placeholders from `placeholder`.
    fn text(&self, placeholder: impl Fn(usize) -> String) -> String {
        let [one, two, three] = [1, 2, 3].map(placeholder);
        let terms = match self {
            Question::Key(_) => format!("id = {one}"),
            Question::Page(..) => {
                format!("age = {one} AND score >= {two} ORDER BY id LIMIT {}", crate::contender::PAGE)
            }
            Question::Alike(_) => format!("name = {one} AND age = {two} AND score = {three}"),
        };
        format!("SELECT id, name, email, age, score FROM person WHERE {terms}")
    }
}
