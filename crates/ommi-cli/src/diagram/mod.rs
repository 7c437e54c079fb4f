//! Entity-relationship diagrams: a schema as text, the same for the same schema. Nothing here asks a database.

mod layout;
mod marks;
mod mermaid;
mod picture;
mod svg;
mod text;

#[cfg(test)]
mod tests;

use crate::arguments::Format;
pub(crate) use picture::Picture;

/// The diagram of a schema in a format. It ends with a line's end.
pub(crate) fn draw(picture: &Picture, format: Format) -> String {
    match format {
        Format::Mermaid => mermaid::write(picture),
        Format::Svg => svg::write(picture),
    }
}
