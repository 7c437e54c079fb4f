//! A server's messages without values.

/// The message without anything that may be a value: what stands in quotes or brackets goes, and so do numbers.
///
/// MongoDB puts whole commands and values into its messages, without saying which part is which.
pub(super) fn redacted(message: &str) -> String {
    let (open, close) = (['\'', '"', '{', '['], ['\'', '"', '}', ']']);
    // From the first quote to the last: a value may hold quotes itself.
    let plain = match (message.find(open), message.rfind(close)) {
        (Some(first), Some(last)) if first < last => {
            format!("{}...{}", &message[..first], &message[last + 1..])
        }
        (Some(first), _) => format!("{}...", &message[..first]),
        (None, _) => message.to_owned(),
    };
    let plain = plain.split_once(" to execute command").map_or(plain.as_str(), |(before, _)| before);
    let mut shown = String::with_capacity(plain.len());
    for word in plain.split_inclusive(char::is_whitespace) {
        let is_number = word.starts_with(|first: char| first.is_ascii_digit() || first == '-')
            && word.contains(|digit: char| digit.is_ascii_digit());
        shown.push_str(if is_number { "... " } else { word });
    }
    shown.trim_end().to_owned()
}

/// The name of the index in `E11000 duplicate key error collection: shop.users index: uq_users_email dup key: {...}`.
pub(super) fn index_name(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once(" index: ")?;
    let end = rest.find(" dup key").or_else(|| rest.find(" collation"))?;
    Some(rest[..end].trim())
}
