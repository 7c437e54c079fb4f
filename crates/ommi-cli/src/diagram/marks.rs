//! The lines of an SVG: their ways, and what stands at their ends: crow's feet, circles and bars.

use super::layout::Point;

/// How round a corner is.
const CORNER: i32 = 8;
/// How far an end over several rows stands off from the box, for the bracket that joins them.
pub(super) const BRACKET: i32 = 8;

/// An end of a line: where it is, and whether the line leaves it to the right (1) or to the left (-1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Tip {
    pub(super) at: Point,
    pub(super) way: i32,
}

impl Tip {
    /// The tip at `first` of a line that goes on to `second`.
    pub(super) fn new(first: Point, second: Point) -> Self {
        Self { at: first, way: if second.x < first.x { -1 } else { 1 } }
    }

    /// The tip further along the line.
    pub(super) fn further(self, by: i32) -> Self {
        Self { at: Point { x: self.at.x + by * self.way, y: self.at.y }, ..self }
    }

    /// Any number of rows, or none: a crow's foot and a circle.
    pub(super) fn many(self) -> String {
        let Point { x, y } = self.at;
        let toe = self.further(13).at.x;
        let foot = format!("M{x} {}L{toe} {y}L{x} {}", y - 6, y + 6);
        format!("{}{}", path("mark", &foot), self.circle(17))
    }

    /// One row or none: a bar and a circle.
    pub(super) fn one_or_none(self) -> String {
        format!("{}{}", path("mark", &self.bar(7)), self.circle(16))
    }

    /// Exactly one row: two bars.
    pub(super) fn one(self) -> String {
        path("mark", &format!("{}{}", self.bar(7), self.bar(12)))
    }

    fn bar(self, by: i32) -> String {
        let Point { x, y } = self.further(by).at;
        format!("M{x} {}V{}", y - 5, y + 5)
    }

    fn circle(self, by: i32) -> String {
        let Point { x, y } = self.further(by).at;
        format!("<circle class=\"mark\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>")
    }

    /// Joins rows of the box, at these heights, with the line, which begins at some distance.
    pub(super) fn bracket(self, rows: &[i32]) -> String {
        let (Some(first), Some(last)) = (rows.iter().min(), rows.iter().max()) else { return String::new() };
        let (edge, x) = (self.at.x, self.further(BRACKET).at.x);
        let teeth: String = rows.iter().map(|y| format!("M{edge} {y}H{x}")).collect();
        path("mark", &format!("{teeth}M{x} {first}V{last}"))
    }
}

/// A path's element.
pub(super) fn path(class: &str, way: &str) -> String {
    format!("<path class=\"{class}\" d=\"{way}\"/>")
}

/// The way along corners, which become round.
pub(super) fn way(corners: &[Point]) -> String {
    let mut way = String::new();
    for (place, at) in corners.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| corners.get(before));
        match (before, corners.get(place + 1)) {
            (None, _) => way.push_str(&format!("M{} {}", at.x, at.y)),
            (Some(_), None) => way.push_str(&format!("L{} {}", at.x, at.y)),
            (Some(before), Some(behind)) => {
                let radius = CORNER.min(distance(*before, *at) / 2).min(distance(*at, *behind) / 2);
                let (start, end) = (towards(*at, *before, radius), towards(*at, *behind, radius));
                way.push_str(&format!("L{} {}Q{} {} {} {}", start.x, start.y, at.x, at.y, end.x, end.y));
            }
        }
    }
    way
}

/// The distance of points that stand above or beside each other.
fn distance(one: Point, other: Point) -> i32 {
    (one.x - other.x).abs() + (one.y - other.y).abs()
}

fn towards(from: Point, to: Point, by: i32) -> Point {
    Point { x: from.x + by * (to.x - from.x).signum(), y: from.y + by * (to.y - from.y).signum() }
}
