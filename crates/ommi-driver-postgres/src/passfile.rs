//! libpq's password file: lines of `host:port:database:user:password`, where `*` stands for anything.

use std::path::Path;

use crate::config::{Address, PostgresConfig};

/// The password of the first line that fits; nothing where there is no file. As libpq does, a file that others may
/// read is passed over.
pub(crate) fn password(file: &Path, config: &PostgresConfig) -> Option<String> {
    if !is_private(file) {
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    config.hosts.iter().find_map(|address| text.lines().find_map(|line| fit(line, address, config)))
}

#[cfg(unix)]
fn is_private(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(file: &Path) -> bool {
    file.is_file()
}

fn fit(line: &str, address: &Address, config: &PostgresConfig) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let fields = split(line);
    let [host, port, database, user, password] = fields.as_slice() else { return None };
    let is = |field: &str, value: &str| field == "*" || field == value;
    // Sockets are known as localhost, unless their folder is named.
    let is_socket = address.host.starts_with('/') && host == "localhost";
    let fits = (is(host, &address.host) || is_socket)
        && is(port, &address.port.to_string())
        && is(database, &config.database)
        && is(user, &config.user);
    fits.then(|| password.clone())
}

/// The fields, in which a backslash goes before `:` and itself.
fn split(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            // The password is all the rest.
            ':' if fields.len() < 5 => fields.push(String::new()),
            other => {
                let other = if other == '\\' { characters.next().unwrap_or('\\') } else { other };
                if let Some(field) = fields.last_mut() {
                    field.push(other);
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_counts() {
        let config = PostgresConfig { user: "me".into(), ..PostgresConfig::new("app") };
        let address = &config.hosts[0];
        assert_eq!(fit("localhost:5432:app:me:first", address, &config).as_deref(), Some("first"));
        assert_eq!(fit(r"*:*:*:*:a\:b\\c:d", address, &config).as_deref(), Some(r"a:b\c:d"));
        for other in ["#*:*:*:*:x", "elsewhere:*:*:*:x", "*:1:*:*:x", "*:*:other:*:x", "*:*:*:you:x", "x"] {
            assert_eq!(fit(other, address, &config), None, "{other}");
        }
    }
}
