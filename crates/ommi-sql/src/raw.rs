//! Statements that programs write themselves: names of values become placeholders, `{*}` a model's columns. What stands in
//! quotes or comments is left alone.

use ommi_core::driver::{Bind, Raw, Statement, Transform};
use ommi_core::plan::Reach;
use ommi_core::schema::ModelDef;
use ommi_core::{Error, Result};

use crate::Dialect;

/// What stands for the columns of a model.
const COLUMNS: &str = "{*}";

/// A statement of a program's own. Its placeholders take whatever type the database finds for them.
///
/// # Errors
/// `Validation` for a name without a value, a value without a name, a placeholder of the database's own, and `{*}` without a
/// model, or a model without `{*}`.
pub fn raw(raw: &Raw, dialect: Dialect) -> Result<Statement> {
    let mut reader = Reader {
        rest: &raw.text,
        text: String::with_capacity(raw.text.len()),
        dialect,
        raw,
        binds: Vec::new(),
        columns: 0,
    };
    while reader.step()? {}
    let Reader { text, binds, columns, .. } = reader;
    if let Some(name) = unused(raw, &binds) {
        return Err(refused(
            raw,
            format!("a value is given for `{name}`, and the statement has no `:{name}`"),
        ));
    }
    if raw.model.is_some() && columns == 0 {
        let message =
            "the statement has to say `{*}` where the model's columns stand, as in `SELECT {*} FROM ...`";
        return Err(refused(raw, message));
    }
    let mut statement = Statement::new(text, Reach::Unlimited);
    statement.binds = binds;
    statement.columns.clone_from(&raw.columns);
    statement.labels = labels(raw);
    statement.can_fail = true;
    Ok(statement)
}

fn labels(raw: &Raw) -> Vec<String> {
    match &raw.model {
        Some(model) => {
            model.fields().iter().map(|field| format!("{}.{}", model.name(), field.name)).collect()
        }
        None => (1..=raw.columns.len()).map(|place| format!("statement.value {place}")).collect(),
    }
}

fn unused<'r>(raw: &'r Raw, binds: &[Bind]) -> Option<&'r str> {
    let is_used = |place: usize| binds.iter().any(|bind| bind.param == place);
    (0..raw.names.len()).find(|place| !is_used(*place)).map(|place| raw.names[place].as_str())
}

fn refused(raw: &Raw, message: impl Into<String>) -> Error {
    Error::validation(message).with_statement(&raw.text)
}

/// A text on its way from a program's form to the database's.
struct Reader<'r> {
    rest: &'r str,
    text: String,
    dialect: Dialect,
    raw: &'r Raw,
    binds: Vec<Bind>,
    /// How often the model's columns were written.
    columns: usize,
}

impl Reader<'_> {
    /// Takes the next piece; false at the end.
    fn step(&mut self) -> Result<bool> {
        let Some(first) = self.rest.chars().next() else { return Ok(false) };
        if let Some(length) = self.skipped(first) {
            self.keep(length);
        } else if self.rest.starts_with(COLUMNS) {
            self.rest = &self.rest[COLUMNS.len()..];
            self.write_columns()?;
        } else if self.rest.starts_with("::") {
            self.keep(2);
        } else if first == ':' && self.rest[1..].starts_with(is_name_start) {
            let name = name_at(&self.rest[1..]);
            self.write_placeholder(name)?;
            self.rest = &self.rest[1 + name.len()..];
        } else if first == ';' && !self.rest[1..].trim().is_empty() {
            return Err(refused(self.raw, "this is more than one statement: run them one by one"));
        } else if self.is_own_placeholder(first) {
            return Err(refused(
                self.raw,
                format!(
                    "`{first}` stands for a value in this database's own way: give it a name, as in `:id`"
                ),
            ));
        } else if is_name_start(first) {
            self.keep(name_at(self.rest).len());
        } else {
            self.keep(first.len_utf8());
        }
        Ok(true)
    }

    fn keep(&mut self, length: usize) {
        let (kept, rest) = self.rest.split_at(length);
        self.text.push_str(kept);
        self.rest = rest;
    }

    /// The length of a text, a quoted name or a comment that begins here.
    fn skipped(&self, first: char) -> Option<usize> {
        let rest = self.rest;
        let (is_mysql, is_postgres) =
            (matches!(self.dialect, Dialect::Mysql(_)), self.dialect == Dialect::Postgres);
        match first {
            '\'' => Some(quoted(rest, '\'', is_mysql || is_postgres && self.follows_e())),
            '"' => Some(quoted(rest, '"', is_mysql)),
            '`' if !is_postgres => Some(quoted(rest, '`', false)),
            '[' if self.dialect == Dialect::Sqlite => Some(rest.find(']').map_or(rest.len(), |end| end + 1)),
            '#' if is_mysql => Some(line(rest)),
            '-' if rest.starts_with("--") => Some(line(rest)),
            '/' if rest.starts_with("/*") => Some(comment(rest, is_postgres)),
            '$' if is_postgres => dollar_quoted(rest),
            _nothing_that_hides => None,
        }
    }

    /// Whether an `E` stands before the quote, after which PostgreSQL takes backslashes for escapes.
    fn follows_e(&self) -> bool {
        let mut before = self.text.chars().rev();
        matches!(before.next(), Some('e' | 'E')) && !before.next().is_some_and(is_name_part)
    }

    fn is_own_placeholder(&self, first: char) -> bool {
        let next = self.rest[first.len_utf8()..].chars().next();
        match self.dialect {
            Dialect::Sqlite => first == '?' || matches!(first, '@' | '$') && next.is_some_and(is_name_start),
            Dialect::Mysql(_) => first == '?',
            Dialect::Postgres => first == '$' && next.is_some_and(|next| next.is_ascii_digit()),
        }
    }

    fn write_placeholder(&mut self, name: &str) -> Result<()> {
        let Some(param) = self.raw.names.iter().position(|known| known == name) else {
            return Err(refused(
                self.raw,
                format!("the statement names `:{name}`, and no value is given for it"),
            ));
        };
        let bind = Bind { param, transform: Transform::Plain };
        match self.dialect {
            Dialect::Sqlite | Dialect::Mysql(_) => {
                self.text.push('?');
                self.binds.push(bind);
            }
            Dialect::Postgres => {
                let known = self.binds.iter().position(|known| *known == bind);
                let number = known.unwrap_or(self.binds.len());
                if known.is_none() {
                    self.binds.push(bind);
                }
                self.text.push_str(&format!("${}", number + 1));
            }
        }
        Ok(())
    }

    /// The model's columns, each behind what stands before `{*}`: `u.{*}`.
    fn write_columns(&mut self) -> Result<()> {
        let Some(model) = self.raw.model.as_deref() else {
            return Err(refused(self.raw, "`{*}` stands for the columns of a model, and none is given"));
        };
        let qualifier = self.text.split_off(qualifier_start(&self.text));
        let columns = columns(model, self.dialect);
        let columns: Vec<String> = columns.iter().map(|column| format!("{qualifier}{column}")).collect();
        self.text.push_str(&columns.join(", "));
        self.columns += 1;
        Ok(())
    }
}

fn columns(model: &ModelDef, dialect: Dialect) -> Vec<String> {
    let quote = if matches!(dialect, Dialect::Mysql(_)) { '`' } else { '"' };
    let quoted = |name: &str| format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")));
    model.fields().iter().map(|field| quoted(&field.column)).collect()
}

/// Where `u.` or `"u".` begins at the end of a text; its end where there is none.
fn qualifier_start(text: &str) -> usize {
    let Some(before) = text.strip_suffix('.') else { return text.len() };
    match before.chars().next_back() {
        Some(quote @ ('"' | '`')) => before[..before.len() - 1].rfind(quote).unwrap_or(text.len()),
        Some(_) => before.trim_end_matches(is_name_part).len(),
        None => text.len(),
    }
}

fn is_name_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn is_name_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn name_at(text: &str) -> &str {
    let end = text.find(|letter| !is_name_part(letter)).unwrap_or(text.len());
    &text[..end]
}

/// The length of what is quoted. A doubled quote ends one text and begins the next.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut is_escaped = false;
    for (place, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if escapes => is_escaped = true,
            letter if letter == quote => return place + letter.len_utf8(),
            _within => {}
        }
    }
    text.len()
}

fn line(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |end| end + 1)
}

/// The length of a comment; in PostgreSQL they stand in one another.
fn comment(text: &str, is_nested: bool) -> usize {
    let (mut depth, mut place) = (0, 0);
    while place < text.len() {
        let rest = &text[place..];
        if rest.starts_with("/*") && (is_nested || depth == 0) {
            depth += 1;
            place += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            place += 2;
            if depth == 0 {
                return place;
            }
        } else {
            place += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of `$tag$...$tag$`, where one begins.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = name_at(&text[1..]);
    let is_quote =
        text[1 + tag.len()..].starts_with('$') && !tag.starts_with(|first: char| first.is_ascii_digit());
    let mark = is_quote.then(|| &text[..tag.len() + 2])?;
    Some(text[mark.len()..].find(mark).map_or(text.len(), |end| end + 2 * mark.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flavour;

    const MYSQL: Dialect = Dialect::Mysql(Flavour::MySql);

    fn made(text: &str, dialect: Dialect) -> Result<(String, Vec<usize>)> {
        let names = ["id", "name"].map(str::to_owned).to_vec();
        let made = raw(&Raw { text: text.to_owned(), model: None, columns: Vec::new(), names }, dialect)?;
        Ok((made.text, made.binds.iter().map(|bind| bind.param).collect()))
    }

    #[test]
    fn names_become_placeholders() {
        let text = "a = :id AND b = :name AND c = :id";
        assert_eq!(made(text, Dialect::Sqlite).unwrap(), ("a = ? AND b = ? AND c = ?".into(), vec![0, 1, 0]));
        assert_eq!(made(text, MYSQL).unwrap(), ("a = ? AND b = ? AND c = ?".into(), vec![0, 1, 0]));
        assert_eq!(
            made(text, Dialect::Postgres).unwrap(),
            ("a = $1 AND b = $2 AND c = $1".into(), vec![0, 1])
        );
    }

    #[test]
    fn what_is_quoted_or_a_comment_is_left_alone() {
        let common = ["'it''s :x'", "\":x\"", "-- :x ?\n", "/* :x ? */", "''", "a::text", "x:=1", "1:2"];
        let own: [(Dialect, &[&str]); 3] = [
            (Dialect::Sqlite, &["`:x`", "[:x?]", "'\\'"]),
            (MYSQL, &["`:x?`", "'\\' :x'", "\"\\\" :x\"", "# :x ?\n", "@x"]),
            (
                Dialect::Postgres,
                &["$$ :x '$$", "$a$ $$ :x $a$", "e'\\' :x'", "/* /* */ :x */", "a ? 'b'", "'\\'"],
            ),
        ];
        for (dialect, own) in own {
            for piece in common.iter().chain(own) {
                let text = format!("{piece} :id, :name, 'ä'");
                let (found, binds) = made(&text, dialect).unwrap();
                assert!(found.starts_with(piece) && found.ends_with(", 'ä'"), "{dialect:?} {found}");
                assert_eq!(binds, [0, 1], "{dialect:?} {piece}");
            }
        }
    }

    #[test]
    fn what_has_no_value_or_no_name_is_refused() {
        let refused = |text: &str, dialect| made(text, dialect).unwrap_err().message().to_owned();
        assert!(refused(":id :name :age", Dialect::Sqlite).contains("`:age`, and no value"));
        assert!(refused(":id", Dialect::Sqlite).contains("no `:name`"));
        assert!(refused("? :id :name", MYSQL).contains("give it a name"));
        assert!(refused("$1 :id :name", Dialect::Postgres).contains("give it a name"));
        assert!(refused("@a :id :name", Dialect::Sqlite).contains("give it a name"));
        assert!(refused("{*} :id :name", Dialect::Sqlite).contains("none is given"));
        assert!(refused(":id; :name", Dialect::Postgres).contains("more than one statement"));
        assert!(made(":id :name; \n", Dialect::Postgres).is_ok());
    }

    #[test]
    fn qualifiers_stand_before_each_column() {
        for (text, start) in
            [("SELECT u.", 7), ("SELECT \"a b\".", 7), ("SELECT ", 7), ("x, `u`.", 3), (".", 1)]
        {
            assert_eq!(qualifier_start(text), start, "{text}");
        }
    }
}
