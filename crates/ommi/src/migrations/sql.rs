//! SQL files: a part for the way up behind a line `-- up`, and one for the way down behind a line `-- down`.

use ommi_engine::migrations::Step;

use super::split::{Problem, statements};

/// What a file says.
#[derive(Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) up: Vec<Step>,
    /// Nothing where the file has no such line.
    pub(super) down: Option<Vec<Step>>,
}

/// A comment before a statement by which values are gone.
const LOSES: &str = "-- loses data";

/// Whether a comment, without its `--`, begins a part.
pub(super) fn is_marker(comment: &str) -> bool {
    comment.eq_ignore_ascii_case("up") || comment.eq_ignore_ascii_case("down")
}

fn marker(line: &str) -> Option<String> {
    let comment = line.trim().strip_prefix("--")?.trim();
    is_marker(comment).then(|| comment.to_ascii_lowercase())
}

/// The parts of a file's text.
///
/// # Errors
/// What is wrong, with the line.
pub(super) fn parts(text: &str) -> Result<Parts, String> {
    let (mut up, mut down): (Option<Part>, Option<Part>) = (None, None);
    let mut current: Option<&mut Part> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match marker(line).as_deref() {
            Some(name) => {
                let part = if name == "up" { &mut up } else { &mut down };
                if part.is_some() {
                    return Err(format!("line {number}: a second line `-- {name}`; each part stands once"));
                }
                current = Some(part.insert(Part { first_line: number + 1, text: String::new() }));
            }
            None => match &mut current {
                Some(part) => {
                    part.text.push_str(line);
                    part.text.push('\n');
                }
                None if line.trim().is_empty() || line.trim_start().starts_with("--") => {}
                None => {
                    return Err(format!(
                        "line {number}: a statement before the line `-- up`: write that line before the way up, and \
                         `-- down` before the way back"
                    ));
                }
            },
        }
    }
    let up = up.ok_or(
        "it has no line `-- up`: write it before the statements of the way up, and `-- down` before those of the way back",
    )?;
    Ok(Parts { up: up.steps()?, down: down.map(|down| down.steps()).transpose()? })
}

/// The lines of one way.
struct Part {
    first_line: usize,
    text: String,
}

impl Part {
    fn steps(&self) -> Result<Vec<Step>, String> {
        let statements = statements(&self.text)
            .map_err(|Problem { line, what }| format!("line {}: {what}", self.first_line + line))?;
        let step = |statement: String| {
            if statement.lines().any(|line| line.trim().eq_ignore_ascii_case(LOSES)) {
                Step::Discard(statement)
            } else {
                Step::Execute(statement)
            }
        };
        Ok(statements.into_iter().map(step).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execute(text: &str) -> Step {
        Step::Execute(text.to_owned())
    }

    #[test]
    fn parts_stand_behind_their_lines() {
        let read = parts(
            "-- Users\n-- parent: 0001_a\n\n-- up\nCREATE TABLE a (x INT);\n\n-- Down\nDROP TABLE a;\n",
        )
        .unwrap();
        assert_eq!(read.up, [execute("CREATE TABLE a (x INT)")]);
        assert_eq!(read.down, Some(vec![execute("DROP TABLE a")]));
        assert_eq!(parts("-- up\r\nSELECT 1;\r\n").unwrap().down, None);
        assert_eq!(parts("-- up\n-- down\n").unwrap().down, Some(vec![]));
    }

    #[test]
    fn a_statement_says_that_it_loses_data() {
        let read = parts("-- up\n-- loses data\nDROP TABLE a;\nSELECT 1;\n").unwrap();
        assert_eq!(read.up, [Step::Discard("-- loses data\nDROP TABLE a".into()), execute("SELECT 1")]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let problem = |text: &str| parts(text).unwrap_err();
        assert!(problem("").starts_with("it has no line `-- up`"));
        assert!(problem("SELECT 1;").starts_with("line 1: a statement before the line `-- up`"));
        assert!(problem("-- up\n-- down\n-- up\n").starts_with("line 3: a second line `-- up`"));
        assert!(problem("-- up\nSELECT 1;\nSELECT 'x;\n").starts_with("line 3: a quotation that has no end"));
    }
}
