//! The picture as SVG: one file that needs no other, light or dark as the reader's system is.

use std::collections::BTreeSet;

use super::layout::{Layout, Point, Size, Wire, layout};
use super::marks::{BRACKET, Tip, path, way};
use super::picture::{Link, Picture, Row, Table};
use super::text::{escaped, shortened, width};
use crate::output::counted;

const STYLE: &str = include_str!("style.css");
const MARGIN: i32 = 32;
const HEAD: i32 = 36;
const ROW: i32 = 24;
const FOOT: i32 = 6;
/// The room between a box's edge and its text.
const PAD: i32 = 12;
/// A tag with the room on its right.
const TAG: i32 = 24;
/// How far the ends of lines to one row are from its middle, where some need a row there and some do not.
const APART: i32 = 6;
/// Longer names and types are cut; all of them is told where the mouse rests.
const LONGEST_TITLE: usize = 40;
const LONGEST_NAME: usize = 34;
const LONGEST_TYPE: usize = 26;

/// The picture.
pub(super) fn write(picture: &Picture) -> String {
    let sizes: Vec<Size> = picture.tables.iter().map(size).collect();
    let layout = layout(&sizes, &wires(picture));
    let (width, height) = (layout.width.max(80) + 2 * MARGIN, layout.height.max(40) + 2 * MARGIN);
    let (tables, links) = (picture.tables.len(), picture.links.len());
    let label = format!(
        "Entity-relationship diagram of {} and {}",
        counted(tables, "table"),
        counted(links, "reference")
    );
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"-{MARGIN} -{MARGIN} {width} {height}\" role=\"img\" aria-label=\"{label}\">\n\
         <style>\n{STYLE}</style>\n\
         <rect class=\"page\" x=\"-{MARGIN}\" y=\"-{MARGIN}\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    for (table, (corner, size)) in picture.tables.iter().zip(&layout.boxes) {
        text.push_str(&draw_table(table, *corner, *size));
    }
    for link in links_of(picture, &layout) {
        text.push_str(&link);
    }
    text.push_str("</svg>\n");
    text
}

/// How big a table's box has to be.
fn size(table: &Table) -> Size {
    let gutter = gutter(table);
    let row = |row: &Row| {
        let ty = type_text(row);
        let gap = if ty.is_empty() { 0 } else { 2 * PAD };
        gutter + width(&shortened(&row.name, LONGEST_NAME), 12) + gap + width(&ty, 11)
    };
    let widest = table.rows.iter().map(row).max().unwrap_or_default();
    let title = width(&shortened(&table.name, LONGEST_TITLE), 13) * 21 / 20;
    let rows = table.rows.len() as i32;
    Size { width: (widest.max(title) + 2 * PAD).max(140), height: HEAD + ROW * rows + FOOT }
}

/// The room for tags on the left of a table's rows.
fn gutter(table: &Table) -> i32 {
    table.rows.iter().map(|row| TAG * row.marks().len() as i32).max().unwrap_or_default()
}

/// A column's type, with `?` where there may be no value.
fn type_text(row: &Row) -> String {
    let mark = if row.is_nullable { "?" } else { "" };
    format!("{}{mark}", shortened(&row.ty, LONGEST_TYPE))
}

/// The height of a row's middle below the box's upper edge.
fn middle(row: usize) -> i32 {
    HEAD + ROW * row as i32 + ROW / 2
}

/// Where a line ends that belongs to these rows: in the middle of one, on the edge between several, at the title without
/// any.
fn end(rows: &[usize]) -> i32 {
    match (rows.iter().min(), rows.iter().max()) {
        (Some(first), Some(last)) if first == last => middle(*first),
        (Some(first), Some(last)) => HEAD + ROW * ((first + last).div_ceil(2) as i32),
        (_, _) => HEAD / 2,
    }
}

fn wires(picture: &Picture) -> Vec<Wire> {
    let kinds: BTreeSet<(usize, i32, bool)> =
        picture.links.iter().map(|link| (link.to, end(&link.to_rows), link.is_optional)).collect();
    let wire = |link: &Link| {
        let (from_y, to_y) = (end(&link.from_rows), end(&link.to_rows));
        let has_both = kinds.contains(&(link.to, to_y, !link.is_optional));
        let apart = match (has_both, link.is_optional) {
            (false, _) => 0,
            (true, true) => APART,
            (true, false) => -APART,
        };
        // A column that refers to itself would have a line without length.
        let is_point = link.from == link.to && from_y == to_y + apart;
        Wire {
            from: link.from,
            from_y: if is_point { from_y - APART } else { from_y },
            to: link.to,
            to_y: if is_point { to_y + APART } else { to_y + apart },
        }
    };
    picture.links.iter().map(wire).collect()
}

fn draw_table(table: &Table, corner: Point, size: Size) -> String {
    let Point { x, y } = corner;
    let Size { width, height } = size;
    let class = if table.is_outside { "table outside" } else { "table" };
    let mut text = format!("<g class=\"{class}\"><title>{}</title>\n", escaped(&table.name));
    let rect = |class: &str, y: i32| {
        format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n"
        )
    };
    text.push_str(&rect("shade", y + 3));
    text.push_str(&rect("box", y));
    let head = format!("M{x} {}v-{}q0 -8 8 -8h{}q8 0 8 8v{}z", y + HEAD, HEAD - 8, width - 16, HEAD - 8);
    text.push_str(&format!("{}\n", path("head", &head)));
    let title = escaped(&shortened(&table.name, LONGEST_TITLE));
    text.push_str(&format!(
        "<text class=\"title\" x=\"{}\" y=\"{}\">{title}</text>\n",
        x + PAD,
        y + HEAD / 2 + 5
    ));
    let gutter = gutter(table);
    for (place, row) in table.rows.iter().enumerate() {
        let at = Point { x, y: y + middle(place) };
        if place > 0 {
            let rule = format!("M{} {}H{}", x + 1, at.y - ROW / 2, x + width - 1);
            text.push_str(&format!("{}\n", path("rule", &rule)));
        }
        text.push_str(&draw_row(table, row, at, width, gutter));
    }
    text.push_str(&rect("edge", y));
    text.push_str("</g>\n");
    text
}

fn draw_row(table: &Table, row: &Row, at: Point, width: i32, gutter: i32) -> String {
    let told = format!(
        "{}.{}: {}{}",
        table.name,
        row.name,
        if row.ty.is_empty() { "of a type that is not known" } else { &row.ty },
        if row.is_nullable { ", nullable" } else { "" }
    );
    let mut text = format!("<g><title>{}</title>", escaped(&told));
    for (place, mark) in row.marks().into_iter().enumerate() {
        let (x, class) = (at.x + PAD + TAG * place as i32, mark.to_lowercase());
        text.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"20\" height=\"13\" rx=\"4\"/>\
             <text class=\"tag {class}\" x=\"{}\" y=\"{}\">{mark}</text>",
            at.y - 7,
            x + 10,
            at.y + 3
        ));
    }
    let class = if row.is_key { "name key" } else { "name" };
    text.push_str(&format!(
        "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
        at.x + PAD + gutter,
        at.y + 4,
        escaped(&shortened(&row.name, LONGEST_NAME))
    ));
    let ty = type_text(row);
    if !ty.is_empty() {
        text.push_str(&format!(
            "<text class=\"type\" x=\"{}\" y=\"{}\">{}</text>",
            at.x + width - PAD,
            at.y + 4,
            escaped(&ty)
        ));
    }
    text.push_str("</g>\n");
    text
}

fn links_of<'a>(picture: &'a Picture, layout: &'a Layout) -> impl Iterator<Item = String> + 'a {
    picture.links.iter().zip(&layout.lines).map(move |(link, line)| {
        let tops =
            [link.from, link.to].map(|table| layout.boxes.get(table).map_or(0, |(corner, _)| corner.y));
        draw_link(&picture.words(link), link, line, tops)
    })
}

/// A line with the marks at its ends. Where an end is of several rows, the line begins at a bracket.
fn draw_link(words: &str, link: &Link, line: &[Point], tops: [i32; 2]) -> String {
    let ([first, second, ..], [.., before, last]) = (line, line) else { return String::new() };
    let (mut from, mut to) = (Tip::new(*first, *second), Tip::new(*last, *before));
    let mut text = format!("<g class=\"link\"><title>{}</title>", escaped(words));
    let ends = [(&mut from, &link.from_rows, tops[0]), (&mut to, &link.to_rows, tops[1])];
    for (tip, rows, top) in ends {
        if rows.len() > 1 {
            let heights: Vec<i32> = rows.iter().map(|row| top + middle(*row)).collect();
            text.push_str(&tip.bracket(&heights));
            *tip = tip.further(BRACKET);
        }
    }
    let mut corners = line.to_vec();
    if let [start, .., end] = &mut corners[..] {
        (*start, *end) = (from.at, to.at);
    }
    text.push_str(&path("line", &way(&corners)));
    text.push_str(&if link.is_unique { from.one_or_none() } else { from.many() });
    text.push_str(&if link.is_optional { to.one_or_none() } else { to.one() });
    text.push_str("</g>\n");
    text
}
