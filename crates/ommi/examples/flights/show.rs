//! How the demo looks: progress bars, and questions shown as the code that ran beside its answer and its cost.

use std::{
    fmt::Debug,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

const SOURCE: &str = include_str!("main.rs");
const WIDTH: usize = 30;

/// `text` in a terminal colour, where there is a terminal that wants one.
fn paint(text: &str, code: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// A line that begins a part.
pub(crate) fn heading(text: &str) {
    println!("\n{}", paint(text, "1"));
}

/// Rows done, rows per second and, where the total is known, a bar. One line in the end, moving on a terminal.
pub(crate) struct Progress {
    name: &'static str,
    total: Option<usize>,
    done: usize,
    began: Instant,
}

impl Progress {
    pub(crate) fn new(name: &'static str, total: Option<usize>) -> Self {
        Self { name, total, done: 0, began: Instant::now() }
    }

    /// Counts `rows` more.
    pub(crate) fn advance(&mut self, rows: usize) {
        self.done += rows;
        if std::io::stderr().is_terminal() {
            eprint!("\r\x1b[K{}", self.line());
            let _ = std::io::stderr().flush();
        }
    }

    /// Leaves the line as it is.
    pub(crate) fn finish(self) {
        let back = if std::io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
        eprintln!("{back}{}", self.line());
    }

    fn line(&self) -> String {
        let per_second = self.done as f64 / self.began.elapsed().as_secs_f64().max(1e-9);
        let bar = match self.total {
            Some(total) if std::io::stderr().is_terminal() => {
                let full = (self.done * WIDTH / total.max(1)).min(WIDTH);
                format!("  {:░<WIDTH$} {:3}%", "█".repeat(full), self.done * 100 / total.max(1))
            }
            Some(_) | None => String::new(),
        };
        format!("  {:8} {:>9} rows  {per_second:>11.0} rows/s{bar}", self.name, self.done)
    }
}

/// Shows a question: its title, the code between the braces of `async fn name(...)`, its answer, and what it cost,
/// asked once and asked again so often.
pub(crate) async fn show<T: Debug, E, F: Future<Output = Result<T, E>>>(
    title: &str,
    name: &str,
    again: usize,
    question: impl Fn() -> F,
) -> Result<(), E> {
    heading(title);
    println!("{}", paint(&body(name), "36"));
    let began = Instant::now();
    let answer = question().await?;
    let first = began.elapsed();
    let mut times = Vec::with_capacity(again);
    for _ in 0..again {
        let began = Instant::now();
        question().await?;
        times.push(began.elapsed());
    }
    times.sort();
    println!("  → {answer:?}");
    let cost = match times.get(times.len() / 2) {
        Some(later) => format!("{}, the first time {}", duration(*later), duration(first)),
        None => duration(first),
    };
    println!("  {}", paint(&cost, "2"));
    Ok(())
}

/// The lines between the braces of a function of the demo.
fn body(name: &str) -> String {
    let head = format!("async fn {name}(");
    SOURCE
        .lines()
        .skip_while(|line| !line.starts_with(&head))
        .skip(1)
        .take_while(|line| *line != "}")
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

fn duration(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 1e-3 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.1} µs", seconds * 1e6)
    }
}
