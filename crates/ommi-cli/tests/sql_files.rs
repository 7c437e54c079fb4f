//! The command of Rust programs: migrations in SQL files, on SQLite.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

/// Runs the command in a folder; gives its exit code and what it prints, both ways.
fn ommi(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ommi"))
        .args(arguments)
        .current_dir(folder)
        .env("OMMI_DATABASE", "sqlite:///app.db")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join("migrations").join(name), text).unwrap();
}

#[test]
fn files_in_sql_need_no_python() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| ommi(folder.path(), arguments);
    assert_eq!(run(&["init"]).0, 0);
    assert_eq!(run(&["makemigrations", "--empty", "create notes"]).0, 0);
    let empty = std::fs::read_to_string(folder.path().join("migrations/0001_create_notes.sql")).unwrap();
    assert_eq!(empty, "-- Create notes\n\n-- up\n\n-- down\n");
    write(
        folder.path(),
        "0001_create_notes.sql",
        "-- up\nCREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\nINSERT INTO notes VALUES (1, 'a;b');\n\
         -- down\n-- loses data\nDROP TABLE notes;\n",
    );
    let (code, said) = run(&["migrate", "--dry-run"]);
    assert!(code == 0 && said.contains("INSERT INTO notes VALUES (1, 'a;b');"), "{said}");
    let (code, said) = run(&["migrate"]);
    assert!(code == 0 && said.contains("applied 0001 create notes"), "{said}");
    assert_eq!(run(&["check"]).0, 0);
    let (code, said) = run(&["rollback"]);
    assert!(code == 3 && said.contains("0001: run DROP TABLE notes"), "{said}");
    let (code, said) = run(&["rollback", "--allow-data-loss", "--json"]);
    assert_eq!((code, said.trim()), (0, r#"{"database":"sqlite app.db","undone":["0001"]}"#));
}

#[test]
fn what_it_cannot_do_by_itself_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| ommi(folder.path(), arguments);
    assert_eq!(run(&["init"]).0, 0);
    let (code, said) = run(&["makemigrations"]);
    assert!(code == 2 && said.contains("this program knows no models"), "{said}");
    write(folder.path(), "0001_a.py", "");
    let (code, said) = run(&["status"]);
    assert!(code == 3 && said.contains("migrations/0001_a.py is written in Python"), "{said}");
}
