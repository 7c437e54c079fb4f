//! Groups beside and below each other, then the boxes without links as a block of columns.

use super::{Layout, Point, Size};

/// The room between groups.
const GROUPS: i32 = 64;
/// The room between boxes without links.
const BOXES: i32 = 40;

/// Where groups and boxes are.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) parts: Vec<Point>,
    pub(super) alone: Vec<(Point, Size)>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Packs groups of these layouts, and boxes without links.
pub(super) fn pack(parts: &[Layout], alone: &[Size]) -> Packed {
    let mut packed = Packed::default();
    let page = page(parts, alone);
    let (mut x, mut y, mut height) = (0, 0, 0);
    for part in parts {
        if x > 0 && x + part.width > page {
            (x, y, height) = (0, y + height + GROUPS, 0);
        }
        packed.parts.push(Point { x, y });
        height = height.max(part.height);
        packed.width = packed.width.max(x + part.width);
        packed.height = packed.height.max(y + part.height);
        x += part.width + GROUPS;
    }
    packed.add_alone(alone, page);
    packed
}

/// How wide all of it may become: as its widest group, or as a page somewhat wider than high.
fn page(parts: &[Layout], alone: &[Size]) -> i32 {
    let area = |width: i32, height: i32| i64::from(width) * i64::from(height);
    let of_parts: i64 = parts.iter().map(|part| area(part.width + GROUPS, part.height + GROUPS)).sum();
    let of_alone: i64 = alone.iter().map(|size| area(size.width + BOXES, size.height + BOXES)).sum();
    let side = ((of_parts + of_alone) as f64 * 1.7).sqrt() as i32;
    parts.iter().map(|part| part.width).max().unwrap_or_default().max(side)
}

impl Packed {
    /// Each box goes to the end of the column that is shortest so far.
    fn add_alone(&mut self, alone: &[Size], page: i32) {
        let Some(width) = alone.iter().map(|size| size.width).max() else { return };
        let top = if self.height > 0 { self.height + GROUPS } else { 0 };
        let fitting = usize::try_from((page + BOXES) / (width + BOXES)).unwrap_or(1);
        let mut ends = vec![top; fitting.clamp(1, alone.len())];
        for size in alone {
            let shortest = ends.iter_mut().enumerate().min_by_key(|(column, end)| (**end, *column));
            let Some((column, end)) = shortest else { return };
            let x = column as i32 * (width + BOXES);
            self.alone.push((Point { x, y: *end }, Size { width, height: size.height }));
            self.width = self.width.max(x + width);
            self.height = self.height.max(*end + size.height);
            *end += size.height + BOXES;
        }
    }
}
