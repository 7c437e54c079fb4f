//! What only the text of CREATE TABLE tells of a SQLite table: checks of lengths, and what we have no words for.

use std::collections::HashMap;

/// What the text says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    /// The longest text of columns, by their names.
    pub(super) limits: HashMap<String, u32>,
    /// What cannot be described, in words.
    pub(super) undescribed: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum Token {
    /// A bare word in capitals, or a number.
    Word(String, String),
    /// A name in quotes of any kind, or a text.
    Quoted(String),
    Mark(char),
}

impl Token {
    fn is(&self, word: &str) -> bool {
        match self {
            Token::Word(upper, _) => upper == word,
            Token::Mark(mark) => word.len() == 1 && word.starts_with(*mark),
            Token::Quoted(_) => false,
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Token::Word(_, name) | Token::Quoted(name) => Some(name),
            Token::Mark(_) => None,
        }
    }
}

/// Words that stand for something that a rebuilt table would lose.
const FOREIGN: &[(&str, &str)] = &[
    ("CHECK", "a CHECK constraint"),
    ("COLLATE", "a collation"),
    ("GENERATED", "a computed column"),
    ("AUTOINCREMENT", "AUTOINCREMENT"),
    ("WITHOUT", "WITHOUT ROWID"),
    ("STRICT", "STRICT"),
    ("CONFLICT", "an ON CONFLICT clause"),
    ("DEFERRABLE", "a deferrable reference"),
    ("MATCH", "a MATCH clause"),
];

pub(super) fn told(text: &str) -> Told {
    let mut tokens = tokens(text);
    let mut told = Told::default();
    while let Some((start, column, limit)) = own_check(&tokens) {
        told.limits.insert(column, limit);
        tokens.drain(start..start + OWN_CHECK);
    }
    for (word, meaning) in FOREIGN {
        if tokens.iter().any(|token| token.is(word)) {
            told.undescribed.push((*meaning).to_owned());
        }
    }
    told
}

const OWN_CHECK: usize = 10;

/// Where a check of ours stands: `CHECK (length("name") <= 7)`.
fn own_check(tokens: &[Token]) -> Option<(usize, String, u32)> {
    tokens.windows(OWN_CHECK).enumerate().find_map(|(start, window)| {
        let pattern = ["CHECK", "(", "LENGTH", "(", "", ")", "<", "=", "", ")"];
        let fits = pattern.iter().zip(window).all(|(word, token)| word.is_empty() || token.is(word));
        let limit = window[8].name()?.parse().ok()?;
        fits.then(|| Some((start, window[4].name()?.to_owned(), limit)))?
    })
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' | '\'' | '`' | '[' => {
                let (name, length) = quoted(rest, if first == '[' { ']' } else { first });
                tokens.push(Token::Quoted(name));
                length
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
                let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_ascii_uppercase(), rest[..length].to_owned()));
                length
            }
            _ if first.is_whitespace() => first.len_utf8(),
            mark => {
                tokens.push(Token::Mark(mark));
                mark.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The text between quotes, where a doubled one stands for itself, and the length of all.
fn quoted(text: &str, end: char) -> (String, usize) {
    let mut name = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((position, character)) = characters.next() {
        if character != end {
            name.push(character);
        } else if end != ']' && characters.peek().is_some_and(|(_, next)| *next == end) {
            characters.next();
            name.push(end);
        } else {
            return (name, position + 1);
        }
    }
    (name, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_checks_are_limits_and_others_are_told() {
        let ours = told(
            r#"CREATE TABLE t ("id" INTEGER, "a ""b" TEXT CHECK (length("a ""b") <= 12), c TEXT CHECK(length(c)<=3))"#,
        );
        assert_eq!(ours.limits, HashMap::from([("a \"b".to_owned(), 12), ("c".to_owned(), 3)]));
        assert_eq!(ours.undescribed, [] as [&str; 0]);
        let theirs =
            told("CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT COLLATE nocase CHECK (n <> '')) STRICT");
        assert_eq!(theirs.undescribed, ["a CHECK constraint", "a collation", "STRICT"]);
    }

    #[test]
    fn words_in_quotes_and_comments_mean_nothing() {
        let text = "CREATE TABLE t (\"CHECK\" TEXT DEFAULT 'COLLATE''', [STRICT] INT, -- AUTOINCREMENT\n a /* CHECK */ INT)";
        assert_eq!(told(text), Told::default());
    }
}
