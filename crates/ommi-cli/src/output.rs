//! What the command prints: text for people, in colours on a terminal, or one JSON document.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr, stdout};

use serde_json::{Value, json};

use crate::arguments::Color;

/// An error with what it means for the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    /// Whether the arguments or the settings are wrong.
    pub(crate) is_usage: bool,
}

impl Failure {
    /// Something failed.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: false }
    }

    /// Arguments or settings make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: true }
    }
}

impl From<ommi::Error> for Failure {
    fn from(error: ommi::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

pub(crate) type Outcome<T> = std::result::Result<T, Failure>;

/// Where to print.
pub(crate) struct Output {
    json: bool,
    color: Color,
}

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Style {
    Good,
    Waiting,
    Bad,
    Faint,
}

impl Output {
    pub(crate) fn new(json: bool, color: Color) -> Self {
        Self { json, color }
    }

    /// Prints a line for people.
    pub(crate) fn line(&self, text: impl Display) {
        if !self.json {
            print(&mut stdout().lock(), text);
        }
    }

    /// Prints the answer for programs.
    pub(crate) fn answer(&self, value: &Value) {
        if self.json {
            print(&mut stdout().lock(), value);
        }
    }

    /// Prints a remark that is no part of the answer.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.json {
            print(&mut stderr().lock(), format!("note: {text}"));
        }
    }

    pub(crate) fn error(&self, failure: &Failure) {
        if self.json {
            print(&mut stdout().lock(), json!({ "error": failure.message }));
        } else {
            let colored = self.is_colored(stderr().is_terminal());
            print(
                &mut stderr().lock(),
                format!("{} {}", paint("error:", Style::Bad, colored), failure.message),
            );
        }
    }

    /// A text in a style, where colours are wanted.
    pub(crate) fn styled(&self, text: &str, style: Style) -> String {
        paint(text, style, self.is_colored(stdout().is_terminal()))
    }

    fn is_colored(&self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// What is not read any more needs no line: a closed pipe is no error.
fn print(to: &mut dyn Write, text: impl Display) {
    let _ = writeln!(to, "{text}");
    let _ = to.flush();
}

fn paint(text: &str, style: Style, colored: bool) -> String {
    if !colored {
        return text.to_owned();
    }
    let code = match style {
        Style::Good => "32",
        Style::Waiting => "33",
        Style::Bad => "1;31",
        Style::Faint => "2",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// "1 migration", "2 migrations".
pub(crate) fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
