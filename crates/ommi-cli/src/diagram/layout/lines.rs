//! The last step of a group: how far to the right everything is, and the corners of the lines.

use std::collections::BTreeMap;

use super::grid::{Bundle, Grid, LEFT, RIGHT};
use super::lanes::{Piece, lanes};
use super::{Layout, Point, Size, Wire};

/// The room beside a box for the marks at the ends of lines.
const STUB: i32 = 36;
/// How far lanes are from each other.
const LANE: i32 = 12;

/// A layer or a gap: where it begins, and how wide it is.
#[derive(Debug, Clone, Copy, Default)]
struct Band {
    x: i32,
    width: i32,
}

impl Band {
    fn end(self) -> i32 {
        self.x + self.width
    }
}

/// Where things are from left to right.
struct Tracks {
    layers: Vec<Band>,
    /// The place of each bundle's lane in each gap, where it has one.
    lanes: BTreeMap<(usize, usize), i32>,
    width: i32,
}

/// The layout of a group whose cells have these upper edges.
pub(super) fn trace(grid: &Grid, sizes: &[Size], wires: &[Wire], tops: &[i32]) -> Layout {
    let tracks = Tracks::new(grid, sizes, tops);
    let boxes: Vec<(Point, Size)> = sizes
        .iter()
        .enumerate()
        .map(|(own, size)| {
            let band = tracks.layers[grid.layer_of[own]];
            (Point { x: band.x, y: tops[own] }, Size { width: band.width, height: size.height })
        })
        .collect();
    let lines: Vec<Vec<Point>> = wires
        .iter()
        .zip(&grid.bundle_of)
        .map(|(wire, bundle)| tracks.line(grid, wire, *bundle, tops))
        .collect();
    let lowest_box = boxes.iter().map(|(corner, size)| corner.y + size.height).max();
    let lowest_line = lines.iter().flatten().map(|point| point.y).max();
    let height = lowest_box.max(lowest_line).unwrap_or_default();
    Layout { boxes, lines, width: tracks.width, height }
}

impl Tracks {
    fn new(grid: &Grid, sizes: &[Size], tops: &[i32]) -> Self {
        let mut tracks = Self { layers: Vec::new(), lanes: BTreeMap::new(), width: 0 };
        let mut x = 0;
        for (layer, cells) in grid.layers.iter().enumerate() {
            let width = cells.iter().filter_map(|own| sizes.get(*own)).map(|size| size.width).max();
            let band = Band { x, width: width.unwrap_or_default() };
            tracks.layers.push(band);
            let pieces = pieces(grid, layer, tops);
            let (lanes, count) = lanes(&pieces);
            for (piece, lane) in pieces.iter().zip(lanes) {
                if let Some(lane) = lane {
                    let middle = band.end() + STUB + LANE * lane as i32 + LANE / 2;
                    tracks.lanes.insert((layer, piece.bundle), middle);
                }
            }
            let is_last = layer + 1 == grid.layers.len();
            x = band.end() + STUB + LANE * count as i32 + STUB;
            tracks.width = match (is_last, count) {
                (true, 0) => band.end(),
                (true, _) => x - STUB,
                (false, _) => x,
            };
        }
        tracks
    }

    /// The corners of a wire's line.
    fn line(&self, grid: &Grid, wire: &Wire, bundle: usize, tops: &[i32]) -> Vec<Point> {
        let (from, to) = (grid.layer_of[wire.from], grid.layer_of[wire.to]);
        let (start, end) = (tops[wire.from] + wire.from_y, tops[wire.to] + wire.to_y);
        let bends = &grid.bundles[bundle];
        let height = |layer: usize| {
            let ends = [(from, start), (to, end)];
            let own = ends.iter().find(|(at, _)| *at == layer).map(|(_, y)| *y);
            own.unwrap_or_else(|| bend_top(bends, layer, tops))
        };
        let mut line = Vec::new();
        let mut turn = |gap: usize, before: i32, behind: i32| {
            if let Some(x) = self.lanes.get(&(gap, bundle)).filter(|_| before != behind) {
                line.extend([Point { x: *x, y: before }, Point { x: *x, y: behind }]);
            }
        };
        let (first, last) = match from.cmp(&to) {
            std::cmp::Ordering::Equal => {
                turn(to, start, end);
                (self.layers[from].end(), self.layers[to].end())
            }
            std::cmp::Ordering::Greater => {
                (to..from).rev().for_each(|gap| turn(gap, height(gap + 1), height(gap)));
                (self.layers[from].x, self.layers[to].end())
            }
            std::cmp::Ordering::Less => {
                (from..to).for_each(|gap| turn(gap, height(gap), height(gap + 1)));
                (self.layers[from].end(), self.layers[to].x)
            }
        };
        line.insert(0, Point { x: first, y: start });
        line.push(Point { x: last, y: end });
        line
    }
}

fn bend_top(bundle: &Bundle, layer: usize, tops: &[i32]) -> i32 {
    bundle.bends.get(&layer).map_or(0, |cell| tops[*cell])
}

/// What the bundles have in the gap on the right of a layer.
fn pieces(grid: &Grid, gap: usize, tops: &[i32]) -> Vec<Piece> {
    let piece = |(bundle, own): (usize, &Bundle)| {
        let ends = own.gaps.get(&gap)?;
        let heights = |side: usize| ends[side].iter().map(|end| tops[end.cell] + end.y).collect();
        Some(Piece { bundle, ends: [heights(LEFT), heights(RIGHT)] })
    };
    grid.bundles.iter().enumerate().filter_map(piece).collect()
}
