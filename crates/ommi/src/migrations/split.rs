//! Statements of a text, one by one: drivers run them so. A semicolon ends a statement, but not in a quotation, a comment,
//! PostgreSQL's `$tag$`, or between the lines `-- statement` and `-- end`, which procedures and triggers stand between.

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// In which line, counted from 0.
    pub(super) line: usize,
    pub(super) what: String,
}

/// The statements, without the semicolons that end them. What is comment only is none.
///
/// # Errors
/// A quotation, a comment or a `-- statement` that has no end.
pub(super) fn statements(text: &str) -> Result<Vec<String>, Problem> {
    let mut reader = Reader { text, at: 0, begin: 0, has_code: false, found: Vec::new() };
    while reader.at < text.len() {
        reader.next()?;
    }
    reader.end(text.len());
    Ok(reader.found)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Where the statement begins that is being read.
    begin: usize,
    /// Whether it is more than comments.
    has_code: bool,
    found: Vec<String>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Result<(), Problem> {
        let rest = self.rest();
        if rest.starts_with("--") {
            return self.line_comment();
        }
        if rest.starts_with("/*") {
            return self.pass("*/", 2, "a comment");
        }
        let first = rest.chars().next().unwrap_or_default();
        match first {
            ';' => {
                self.end(self.at);
                self.at += 1;
                self.begin = self.at;
            }
            '\'' | '"' | '`' => {
                self.has_code = true;
                self.quotation(first)?;
            }
            '$' => {
                self.has_code = true;
                match self.tag() {
                    Some(tag) => self.pass(tag, tag.len(), "a quotation")?,
                    None => self.at += 1,
                }
            }
            other => {
                self.has_code |= !other.is_whitespace();
                self.at += other.len_utf8();
            }
        }
        Ok(())
    }

    fn line_comment(&mut self) -> Result<(), Problem> {
        let line = self.rest().lines().next().unwrap_or_default();
        if comment(line) != "statement" {
            self.at += line.len();
            return Ok(());
        }
        self.end(self.at);
        let first = self.at + line.len();
        let mut at = first;
        for inner in self.text[first..].split_inclusive('\n') {
            if inner.trim_start().starts_with("--") && comment(inner) == "end" {
                self.begin = first;
                self.has_code = true;
                self.end(at);
                self.at = at + inner.len();
                self.begin = self.at;
                return Ok(());
            }
            at += inner.len();
        }
        Err(self.problem("a line `-- statement` without a line `-- end` behind it"))
    }

    fn quotation(&mut self, quote: char) -> Result<(), Problem> {
        let inner = &self.text[self.at + 1..];
        let Some(length) = inner.find(quote) else { return Err(self.problem("a quotation that has no end")) };
        if quote == '\'' && inner[..length].ends_with('\\') {
            // MySQL goes on behind such a quote, the others do not.
            return Err(self.problem(
                "a backslash before a quote means different things to databases: write '' for a quote, or put the \
                 statement between the lines `-- statement` and `-- end`",
            ));
        }
        self.at += length + 2;
        Ok(())
    }

    /// The `$tag$` that stands here.
    fn tag(&self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest[1..].find('$')? + 1;
        let is_name = rest[1..end].chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        let is_parameter = rest[1..end].starts_with(|letter: char| letter.is_ascii_digit());
        (is_name && !is_parameter).then(|| &rest[..=end])
    }

    /// Goes behind the next `end`.
    fn pass(&mut self, end: &str, opening: usize, what: &str) -> Result<(), Problem> {
        match self.rest()[opening..].find(end) {
            Some(length) => {
                self.at += opening + length + end.len();
                Ok(())
            }
            None => Err(self.problem(&format!("{what} that has no end"))),
        }
    }

    /// Ends the statement before `to`.
    fn end(&mut self, to: usize) {
        if self.has_code {
            self.found.push(self.text[self.begin..to].trim().to_owned());
        }
        self.has_code = false;
    }

    fn problem(&self, what: &str) -> Problem {
        Problem { line: self.text[..self.at].matches('\n').count(), what: what.to_owned() }
    }
}

/// The words of a line comment.
fn comment(line: &str) -> String {
    line.trim().trim_start_matches('-').trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_quotations_and_comments_end_nothing() {
        let text = "INSERT INTO a VALUES ('x;''y', \"b;\", `c;`); -- d;\n/* e; */ SELECT $1, $$f;$$, $t$g;$t$;;\n-- h;\n";
        assert_eq!(
            statements(text).unwrap(),
            ["INSERT INTO a VALUES ('x;''y', \"b;\", `c;`)", "-- d;\n/* e; */ SELECT $1, $$f;$$, $t$g;$t$",]
        );
        assert_eq!(statements("SELECT 'é;'; SELECT 2").unwrap(), ["SELECT 'é;'", "SELECT 2"]);
        assert_eq!(statements(" \n-- nothing\n").unwrap(), [] as [&str; 0]);
    }

    #[test]
    fn a_trigger_stands_between_two_lines() {
        let text = "SELECT 1;\n-- statement\nCREATE TRIGGER t BEGIN\n  SELECT 'it\\'s'; SELECT 3;\nEND\n-- end\nSELECT 4;";
        let trigger = "CREATE TRIGGER t BEGIN\n  SELECT 'it\\'s'; SELECT 3;\nEND";
        assert_eq!(statements(text).unwrap(), ["SELECT 1", trigger, "SELECT 4"]);
    }

    #[test]
    fn what_has_no_end_is_told_with_its_line() {
        let problem = |text: &str| statements(text).unwrap_err();
        assert_eq!(problem("a;\n'b").line, 1);
        assert_eq!(problem("/* b").what, "a comment that has no end");
        assert_eq!(problem("SELECT $x$ b").what, "a quotation that has no end");
        assert!(problem("\n-- statement\nb;").what.contains("without a line `-- end`"));
        assert!(problem(r"SELECT 'it\'s; a'").what.starts_with("a backslash before a quote"));
    }
}
