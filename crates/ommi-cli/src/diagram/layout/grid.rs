//! Boxes and lines as cells in layers: a line that passes a layer has a cell there, so that no box stands in its way.
//!
//! Lines to the same end run as one where they can, as the wires of a bus: such a bundle has one cell in each layer that it
//! passes, and one upright piece in each gap.

use std::collections::{BTreeMap, BTreeSet};

use super::{Size, Wire};

/// A box, or where a bundle passes a layer.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) height: i32,
    pub(super) is_box: bool,
    /// What it is joined to in the layers on its left and on its right.
    pub(super) near: [Vec<Near>; 2],
}

/// A cell's neighbour in the next layer, at a height below its upper edge, and the height of the cell's own end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    pub(super) cell: usize,
    pub(super) y: i32,
    pub(super) own_y: i32,
}

/// An end of a piece of line, at a height below a cell's upper edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) cell: usize,
    pub(super) y: i32,
}

/// The lines to one end of a box.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    /// The cells where it passes layers.
    pub(super) bends: BTreeMap<usize, usize>,
    /// Its ends in each gap, which has the number of the layer on its left: those on the left, and those on the right.
    pub(super) gaps: BTreeMap<usize, [BTreeSet<End>; 2]>,
}

/// Cells in layers; the boxes come first, under their own numbers.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) cells: Vec<Cell>,
    pub(super) layer_of: Vec<usize>,
    /// The cells of each layer, from above.
    pub(super) layers: Vec<Vec<usize>>,
    pub(super) bundles: Vec<Bundle>,
    /// The bundle of each wire.
    pub(super) bundle_of: Vec<usize>,
}

/// The sides of a cell and of a gap.
pub(super) const LEFT: usize = 0;
pub(super) const RIGHT: usize = 1;

impl Grid {
    pub(super) fn new(sizes: &[Size], wires: &[Wire], layer_of: &[usize]) -> Self {
        let cell = |size: &Size| Cell { height: size.height, is_box: true, near: [Vec::new(), Vec::new()] };
        let mut layers = vec![Vec::new(); layer_of.iter().max().map_or(0, |last| last + 1)];
        layer_of.iter().enumerate().for_each(|(own, layer)| layers[*layer].push(own));
        let cells = sizes.iter().map(cell).collect();
        let mut grid =
            Self { cells, layer_of: layer_of.to_vec(), layers, bundles: Vec::new(), bundle_of: Vec::new() };
        let mut ends = BTreeMap::new();
        let mut bundled: Vec<Vec<&Wire>> = Vec::new();
        for wire in wires {
            // A line from the left comes to the box's left side: it has nothing in common with those on the right. A line
            // back to its own box goes by itself, for not to look like one that goes on.
            let way = layer_of[wire.from].cmp(&layer_of[wire.to]);
            let bundle = *ends.entry((wire.to, wire.to_y, way)).or_insert(bundled.len());
            if bundle == bundled.len() {
                bundled.push(Vec::new());
            }
            bundled[bundle].push(wire);
            grid.bundle_of.push(bundle);
        }
        for wires in bundled {
            let bundle = grid.bundle(&wires);
            grid.join(&bundle);
            grid.bundles.push(bundle);
        }
        grid
    }

    /// Makes the cells and ends of a bundle.
    fn bundle(&mut self, wires: &[&Wire]) -> Bundle {
        let mut bundle = Bundle::default();
        for wire in wires {
            let (from, to) = (self.layer_of[wire.from], self.layer_of[wire.to]);
            for layer in from.min(to) + 1..from.max(to) {
                bundle.bends.entry(layer).or_insert_with(|| self.bend(layer));
            }
        }
        for wire in wires {
            let source = End { cell: wire.from, y: wire.from_y };
            let target = End { cell: wire.to, y: wire.to_y };
            let (from, to) = (self.layer_of[wire.from], self.layer_of[wire.to]);
            if from == to {
                // A box that refers to itself: both ends are on its right.
                bundle.gaps.entry(to).or_default()[LEFT].extend([source, target]);
                continue;
            }
            for gap in from.min(to)..from.max(to) {
                let end = |layer: usize| {
                    let own = if layer == from { source } else { target };
                    bundle
                        .bends
                        .get(&layer)
                        .filter(|_| layer != from)
                        .map_or(own, |cell| End { cell: *cell, y: 0 })
                };
                let (left, right) = (end(gap), end(gap + 1));
                let ends = bundle.gaps.entry(gap).or_default();
                ends[LEFT].insert(left);
                ends[RIGHT].insert(right);
            }
        }
        bundle
    }

    fn bend(&mut self, layer: usize) -> usize {
        self.cells.push(Cell { height: 0, is_box: false, near: [Vec::new(), Vec::new()] });
        self.layer_of.push(layer);
        self.layers[layer].push(self.cells.len() - 1);
        self.cells.len() - 1
    }

    /// Makes neighbours of the cells that a bundle joins: on one side of each gap it has one end only.
    fn join(&mut self, bundle: &Bundle) {
        for [lefts, rights] in bundle.gaps.values() {
            for (left, right) in lefts.iter().flat_map(|left| rights.iter().map(move |right| (left, right))) {
                self.cells[left.cell].near[RIGHT].push(Near { cell: right.cell, y: right.y, own_y: left.y });
                self.cells[right.cell].near[LEFT].push(Near { cell: left.cell, y: left.y, own_y: right.y });
            }
        }
    }
}
