//! Reading the server's messages: names are taken out, values never are.

use mysql_async::ServerError;

/// Numbers of errors whose quoted parts are names of tables, columns, users and the like, not values.
const NAMES_ONLY: [u16; 34] = [
    1007, 1008, 1044, 1045, 1046, 1049, 1050, 1051, 1052, 1054, 1055, 1060, 1061, 1067, 1068, 1071, 1072,
    1075, 1091, 1142, 1143, 1146, 1170, 1193, 1231, 1290, 1305, 1553, 1822, 1824, 1826, 1830, 1832, 3780,
];

/// The message without anything that may be a value: what stands in quotes goes, unless it is known to be a name.
pub(super) fn redacted(error: &ServerError) -> String {
    if NAMES_ONLY.contains(&error.code) {
        return error.message.clone();
    }
    let message = &error.message;
    // From the first quote to the last: a value may hold quotes itself.
    match (message.find(['\'', '"']), message.rfind(['\'', '"'])) {
        (Some(first), Some(last)) if first < last => {
            format!("{}'...'{}", &message[..first], &message[last + 1..])
        }
        (Some(first), _) => format!("{}...", &message[..first]),
        (None, _) => message.clone(),
    }
}

/// What stands in the first pair of single quotes.
pub(super) fn quoted(message: &str) -> Option<&str> {
    between(message, "'", "'")
}

/// What stands between the first `open` and the next `close`.
pub(super) fn between<'a>(message: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(open)?;
    rest.split_once(close).map(|(inside, _)| inside)
}

/// The last part of a name with dots: `email` of `users.email`.
pub(super) fn unqualified(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

/// Name and columns of ``CONSTRAINT `name` FOREIGN KEY (`a`, `b`) REFERENCES ...``.
pub(super) fn constraint_parts(message: &str) -> (Option<String>, Vec<String>) {
    let Some((_, rest)) = message.split_once("CONSTRAINT `") else {
        return (None, Vec::new());
    };
    let Some((name, rest)) = rest.split_once("` FOREIGN KEY (`") else {
        return (None, Vec::new());
    };
    let columns = rest.split_once("`) REFERENCES").map_or("", |(columns, _)| columns);
    (Some(plain(name)), columns.split("`, `").map(plain).collect())
}

/// An identifier without the doubling of its backticks.
fn plain(identifier: &str) -> String {
    identifier.replace("``", "`")
}
