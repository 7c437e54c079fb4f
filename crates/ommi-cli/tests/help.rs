//! The command's help as it stands in a terminal of 80 columns. `OMMI_UPDATE_SNAPSHOTS=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ommi"))
        .args(arguments)
        .arg("--help")
        .env_remove("OMMI_DATABASE")
        .output()
        .unwrap();
    assert!(output.status.success());
    // Empty lines of the list of options are indented; nobody sees that, and editors take it away.
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn check(name: &str, arguments: &[&str]) {
    let found = help(arguments);
    for line in found.lines() {
        assert!(line.chars().count() <= 80, "{name}: wider than 80 columns: {line}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/help/{name}.txt"));
    if std::env::var_os("OMMI_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(found, expected, "{name}: not what {} has", path.display());
}

#[test]
fn help_is_what_was_agreed_on() {
    check("ommi", &[]);
    let commands =
        ["init", "inspect", "makemigrations", "migrate", "rollback", "status", "check", "diagram", "sql"];
    for command in commands {
        check(command, &[command]);
    }
}
