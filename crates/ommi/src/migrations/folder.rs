//! A folder of migrations: which files there are, and whether they make one line.

use std::path::{Path, PathBuf};

use ommi_core::{Error, ErrorKind, Result};

use super::MigrationFile;
use super::file::refused;

/// A folder of files, in the order of their versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// The files.
    pub files: Vec<MigrationFile>,
}

impl Folder {
    /// Reads a folder. What is no migration is left alone: other endings, folders, names that begin with `_` or `.`.
    ///
    /// # Errors
    /// `Schema`, naming the files and the way out: no such folder; a name that is none; two files of one version or with
    /// one parent; a parent that is not there; versions of different lengths.
    pub fn read(path: &Path) -> Result<Self> {
        let entries = std::fs::read_dir(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => refused(
                path,
                "there is no such folder of migrations; `ommi init` makes it, and `--migrations` names another one",
            ),
            _other => refused(path, &format!("the folder cannot be read: {error}")),
        })?;
        let mut files = Vec::new();
        for entry in entries {
            let entry =
                entry.map_err(|error| refused(path, &format!("the folder cannot be read: {error}")))?;
            if entry.path().is_file() {
                files.extend(MigrationFile::read(&entry.path())?);
            }
        }
        files.sort_by(|one, other| (&one.version, &one.slug).cmp(&(&other.version, &other.slug)));
        let folder = Self { path: path.to_owned(), files };
        folder.check_versions()?;
        folder.check_parents()?;
        Ok(folder)
    }

    /// The version of the file that comes next: one more than the last, as long as the others.
    pub fn next_version(&self) -> String {
        let last = self.files.last().map_or("0000", |file| file.version.as_str());
        let next = last.parse::<u128>().unwrap_or(0).saturating_add(1);
        format!("{next:0width$}", width = last.len())
    }

    fn check_versions(&self) -> Result<()> {
        for (one, other) in self.files.iter().zip(self.files.iter().skip(1)) {
            if one.version == other.version {
                return Err(two(
                    one,
                    other,
                    "have the same version: two branches have added one each; give the one that is applied later the next \
                     version, and let its comment `parent:` name the other",
                ));
            }
            if one.version.len() != other.version.len() {
                return Err(two(
                    one,
                    other,
                    "have versions of different lengths, and versions are compared as text: fill the shorter one with \
                     zeros on the left",
                ));
            }
        }
        Ok(())
    }

    fn check_parents(&self) -> Result<()> {
        for (place, file) in self.files.iter().enumerate() {
            let Some(parent) = file.parent() else { continue };
            let (before, rest) = self.files.split_at(place);
            if let Some(other) = before.iter().find(|other| other.parent() == Some(parent)) {
                return Err(two(
                    other,
                    file,
                    &format!(
                        "have the same parent {parent}: two branches have added one each; see that both may be applied in \
                         this order, and let the comment `parent:` of the second say {}",
                        other.stem()
                    ),
                ));
            }
            let is_parent = |other: &&MigrationFile| other.version == parent || other.stem() == parent;
            if before.iter().any(|other| is_parent(&other)) {
                continue;
            }
            let problem = match rest.iter().find(is_parent) {
                Some(_) => format!("its parent {parent} comes behind it; give it a later version"),
                None => {
                    format!("its parent {parent} is not in the folder; bring that file, or correct `parent:`")
                }
            };
            return Err(refused(&file.path, &problem));
        }
        Ok(())
    }
}

fn two(one: &MigrationFile, other: &MigrationFile, problem: &str) -> Error {
    Error::new(ErrorKind::Schema, format!("{} and {} {problem}", one.place(), other.place()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Folder>) {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let read = Folder::read(directory.path());
        (directory, read)
    }

    fn problem(files: &[(&str, &str)]) -> String {
        let (directory, read) = folder(files);
        let error = read.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Schema);
        error.message().replace(&format!("{}/", directory.path().display()), "")
    }

    #[test]
    fn files_come_in_the_order_of_versions_and_others_are_left_alone() {
        let (_directory, read) = folder(&[
            ("0002_b.py", "# parent: 0001_a\n"),
            ("0001_a.sql", "-- Make a\n-- up\nSELECT 1;\n"),
            ("README.md", ""),
            ("_shared.py", ""),
            ("notes.txt", ""),
        ]);
        let read = read.unwrap();
        let stems: Vec<_> = read.files.iter().map(MigrationFile::stem).collect();
        assert_eq!(stems, ["0001_a", "0002_b"]);
        assert_eq!(read.files[0].description(), "Make a");
        assert_eq!(read.next_version(), "0003");
    }

    #[test]
    fn files_that_make_no_line_are_named() {
        let up = "-- up\n";
        assert!(
            problem(&[("create.sql", up)]).starts_with("create.sql: a migration's file is named by digits")
        );
        assert!(
            problem(&[("0001_a.sql", up), ("0001_b.py", "")])
                .starts_with("0001_a.sql and 0001_b.py have the same version")
        );
        assert!(problem(&[("01_a.sql", up), ("002_b.sql", up)]).contains("versions of different lengths"));
        let child = "-- parent: 0001_a\n-- up\n";
        let both = problem(&[("0001_a.sql", up), ("0002_b.sql", child), ("0003_c.sql", child)]);
        assert!(both.starts_with("0002_b.sql and 0003_c.sql have the same parent 0001_a"), "{both}");
        assert!(both.ends_with("of the second say 0002_b"), "{both}");
        assert!(problem(&[("0002_b.sql", child)]).contains("its parent 0001_a is not in the folder"));
        let (_directory, read) = folder(&[]);
        assert_eq!(read.unwrap().next_version(), "0001");
        assert!(
            Folder::read(Path::new("/nowhere/at/all"))
                .unwrap_err()
                .message()
                .contains("`ommi init` makes it")
        );
    }

    #[test]
    fn a_file_that_is_no_text_is_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("0001_a.sql"), [0xff, 0xfe]).unwrap();
        assert!(
            Folder::read(directory.path()).unwrap_err().message().contains("0001_a.sql: it is no UTF-8 text")
        );
    }
}
