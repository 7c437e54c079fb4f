//! Reads the nycflights13 CSV files, line by line, by the names of their columns. Nothing here is about Ommi.

use std::{collections::HashMap, error::Error, fs::File, path::Path, rc::Rc, str::FromStr};

use csv::{Reader, StringRecord};

/// Any error of reading a file.
pub(crate) type FileResult<T> = Result<T, Box<dyn Error>>;

/// A line of a file, whose values are found by the name of their column.
pub(crate) struct Line {
    columns: Rc<HashMap<String, usize>>,
    values: StringRecord,
}

impl Line {
    /// The value of a column, of whatever type; "NA" is `None`.
    pub(crate) fn maybe<T: FromStr<Err: Error + 'static>>(&self, column: &str) -> FileResult<Option<T>> {
        let at = self.columns.get(column).ok_or_else(|| format!("no column {column}"))?;
        match self.values.get(*at) {
            None | Some("NA") => Ok(None),
            Some(text) => Ok(Some(text.parse().map_err(|error| format!("{column} = {text:?}: {error}"))?)),
        }
    }

    /// The value of a column that is in every line.
    pub(crate) fn value<T: FromStr<Err: Error + 'static>>(&self, column: &str) -> FileResult<T> {
        Ok(self.maybe(column)?.ok_or_else(|| format!("{column} is missing"))?)
    }
}

/// The lines of `name`.csv in the folder.
pub(crate) fn lines(folder: &Path, name: &str) -> FileResult<impl Iterator<Item = FileResult<Line>>> {
    let path = folder.join(format!("{name}.csv"));
    let file = File::open(&path)
        .map_err(|error| format!("{}: {error}; run scripts/demo-data first", path.display()))?;
    let mut reader = Reader::from_reader(file);
    let header = reader.headers()?.iter().enumerate();
    let columns: Rc<HashMap<_, _>> = Rc::new(header.map(|(at, name)| (name.to_owned(), at)).collect());
    Ok(reader.into_records().map(move |values| Ok(Line { columns: Rc::clone(&columns), values: values? })))
}
