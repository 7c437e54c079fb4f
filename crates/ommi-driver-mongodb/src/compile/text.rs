//! The text of a template: JSON with numbered holes. No value is in it.

use mongodb::bson::raw::RawBsonRef;

use super::template::Template;

impl Template {
    /// The text, for logs and errors.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Template::Nothing => text.push_str("null"),
            Template::Fixed(value) => write_fixed(value.as_raw_bson_ref(), text),
            Template::Document(parts) => {
                let parts = parts.iter().map(|(key, part)| (key.as_str(), part));
                let present = parts.filter_map(|(key, part)| Some((key, part.usual()?)));
                let write = |(key, part): (&str, &Template), text: &mut String| {
                    write_string(key, text);
                    text.push(':');
                    part.write(text);
                };
                write_list(('{', '}'), present, write, text);
            }
            Template::Array(parts) => {
                write_list(('[', ']'), parts.iter().filter_map(Template::usual), Template::write, text);
            }
            Template::Hole(hole) => text.push_str(&format!("?{}", hole.param + 1)),
            Template::Choice(choice) => choice.no.write(text),
        }
    }

    /// What stands there with values of the usual kind: neither NULL nor empty.
    fn usual(&self) -> Option<&Template> {
        match self {
            Template::Nothing => None,
            Template::Choice(choice) => choice.no.usual(),
            Template::Fixed(_) | Template::Document(_) | Template::Array(_) | Template::Hole(_) => Some(self),
        }
    }
}

fn write_list<T>(
    (open, close): (char, char),
    parts: impl Iterator<Item = T>,
    write: impl Fn(T, &mut String),
    text: &mut String,
) {
    text.push(open);
    for (position, part) in parts.enumerate() {
        if position > 0 {
            text.push(',');
        }
        write(part, text);
    }
    text.push(close);
}

fn write_fixed(value: RawBsonRef<'_>, text: &mut String) {
    match value {
        RawBsonRef::String(value) => write_string(value, text),
        RawBsonRef::Boolean(value) => text.push_str(&value.to_string()),
        RawBsonRef::Null => text.push_str("null"),
        RawBsonRef::Int32(value) => text.push_str(&value.to_string()),
        RawBsonRef::Int64(value) => text.push_str(&value.to_string()),
        RawBsonRef::Double(value) => text.push_str(&value.to_string()),
        RawBsonRef::Decimal128(value) => text.push_str(&value.to_string()),
        // A table of letters.
        RawBsonRef::Array(_) => text.push_str("[...]"),
        // Nothing else is fixed in a command.
        other => write_string(&format!("{other:?}"), text),
    }
}

fn write_string(value: &str, text: &mut String) {
    text.push_str(&serde_json::Value::from(value).to_string());
}
