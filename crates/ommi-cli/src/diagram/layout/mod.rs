//! Where boxes stand and lines run. It knows sizes and ends of lines, and nothing of tables.
//!
//! Boxes that are linked, directly or not, make a group, which is laid out in layers from left to right: a box stands to the
//! right of those that it refers to, unless chains are so long that they are folded. Groups then stand beside and below each other, and the boxes that have no links in a
//! block below them.

mod fold;
mod grid;
mod heights;
mod lanes;
mod layers;
mod lines;
mod order;
mod packing;

use std::collections::BTreeMap;

use grid::Grid;

/// About how wide a gap between layers is.
const BESIDE: i32 = 110;

/// How big a box is, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) width: i32,
    pub(super) height: i32,
}

/// What is to become a line: from one box to another or to itself, at heights below the boxes' upper edges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire {
    pub(super) from: usize,
    pub(super) from_y: i32,
    pub(super) to: usize,
    pub(super) to_y: i32,
}

/// A place in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The upper left corners of the boxes, and their sizes: those of a layer are equally wide.
    pub(super) boxes: Vec<(Point, Size)>,
    /// The corners of each wire's line, from its first box to its second. First and last pieces are level.
    pub(super) lines: Vec<Vec<Point>>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Lays out boxes and lines.
pub(super) fn layout(sizes: &[Size], wires: &[Wire]) -> Layout {
    let (groups, alone) = groups(sizes.len(), wires);
    let mut boxes = vec![(Point { x: 0, y: 0 }, Size { width: 0, height: 0 }); sizes.len()];
    let mut lines = vec![Vec::new(); wires.len()];
    let parts: Vec<Layout> = groups.iter().map(|group| group.layout(sizes, wires)).collect();
    let alone_sizes: Vec<Size> = alone.iter().map(|own| sizes[*own]).collect();
    let packed = packing::pack(&parts, &alone_sizes);
    for ((group, part), at) in groups.iter().zip(&parts).zip(&packed.parts) {
        for (own, (corner, size)) in group.boxes.iter().zip(&part.boxes) {
            boxes[*own] = (moved(*corner, *at), *size);
        }
        for (own, line) in group.wires.iter().zip(&part.lines) {
            lines[*own] = line.iter().map(|point| moved(*point, *at)).collect();
        }
    }
    for (own, placed) in alone.iter().zip(&packed.alone) {
        boxes[*own] = *placed;
    }
    Layout { boxes, lines, width: packed.width, height: packed.height }
}

/// About how much room boxes take with what is around them.
fn area(sizes: &[Size]) -> f64 {
    sizes.iter().map(|size| f64::from(size.width + BESIDE) * f64::from(size.height + 40)).sum()
}

fn moved(point: Point, by: Point) -> Point {
    Point { x: point.x + by.x, y: point.y + by.y }
}

/// Boxes that are linked, and their wires.
#[derive(Debug, Default)]
struct Group {
    boxes: Vec<usize>,
    wires: Vec<usize>,
}

impl Group {
    fn layout(&self, sizes: &[Size], wires: &[Wire]) -> Layout {
        let local: BTreeMap<usize, usize> =
            self.boxes.iter().enumerate().map(|(local, own)| (*own, local)).collect();
        let sizes: Vec<Size> = self.boxes.iter().map(|own| sizes[*own]).collect();
        let wires: Vec<Wire> = self
            .wires
            .iter()
            .map(|own| Wire { from: local[&wires[*own].from], to: local[&wires[*own].to], ..wires[*own] })
            .collect();
        let layers = fold::folded(&sizes, &wires, layers::layers(&sizes, &wires));
        let mut grid = Grid::new(&sizes, &wires, &layers);
        order::arrange(&mut grid);
        let tops = heights::tops(&grid);
        lines::trace(&grid, &sizes, &wires, &tops)
    }
}

/// The groups, those with most boxes first, and the boxes without any link.
fn groups(count: usize, wires: &[Wire]) -> (Vec<Group>, Vec<usize>) {
    let mut next = vec![Vec::new(); count];
    for wire in wires {
        next[wire.from].push(wire.to);
        next[wire.to].push(wire.from);
    }
    let mut group_of = vec![None; count];
    let mut groups: Vec<Group> = Vec::new();
    for start in 0..count {
        if group_of[start].is_some() || next[start].is_empty() {
            continue;
        }
        let mut waiting = vec![start];
        while let Some(own) = waiting.pop() {
            if group_of[own].is_none() {
                group_of[own] = Some(groups.len());
                waiting.extend(&next[own]);
            }
        }
        groups.push(Group::default());
    }
    let mut alone = Vec::new();
    for (own, group) in group_of.iter().enumerate() {
        match group {
            Some(group) => groups[*group].boxes.push(own),
            None => alone.push(own),
        }
    }
    for (own, wire) in wires.iter().enumerate() {
        if let Some(group) = group_of[wire.from] {
            groups[group].wires.push(own);
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.boxes.len()));
    (groups, alone)
}
