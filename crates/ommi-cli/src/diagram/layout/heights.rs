//! How high cells stand: each as near as it can to where its lines would be straight, without change of order, and without
//! the whole becoming much higher than its fullest layer.

use super::grid::{Grid, LEFT, Near, RIGHT};

/// How far a cell goes for a straight line in the end.
const NEAR: i32 = 12;
const ROUNDS: usize = 12;

/// The upper edge of each cell, from 0 on.
pub(super) fn tops(grid: &Grid) -> Vec<i32> {
    let mut tops = vec![0.0; grid.cells.len()];
    let mut room: f64 = 0.0;
    for layer in &grid.layers {
        let offsets = offsets(grid, layer);
        room = room.max(height(grid, layer, &offsets) * 1.1);
        layer.iter().zip(offsets).for_each(|(own, offset)| tops[*own] = offset);
    }
    let count = grid.layers.len();
    for round in 0..ROUNDS {
        let side = if round % 2 == 0 { LEFT } else { RIGHT };
        for step in 0..count {
            let layer = &grid.layers[if side == LEFT { step } else { count - 1 - step }];
            settle(grid, layer, side, room, &mut tops);
        }
    }
    let first = tops.iter().copied().fold(f64::INFINITY, f64::min);
    let mut tops: Vec<i32> = tops.iter().map(|top| (top - first).round() as i32).collect();
    straighten(grid, &mut tops);
    tops
}

/// Moves cells a little that would have a straight line then, and have none.
fn straighten(grid: &Grid, tops: &mut [i32]) {
    for layer in &grid.layers {
        for (place, own) in layer.iter().enumerate() {
            let cell = &grid.cells[*own];
            let off = |near: &Near| tops[near.cell] + near.y - tops[*own] - near.own_y;
            let Some(off) = cell.near.iter().flatten().map(off).min_by_key(|off| (off.abs(), *off)) else {
                continue;
            };
            // What room there is in that direction, where a quarter of that between two cells is given up.
            let next = if off < 0 { place.checked_sub(1) } else { Some(place + 1) };
            let free = next.and_then(|next| layer.get(next)).map_or(NEAR, |next| {
                let (upper, lower) = if off < 0 { (*next, *own) } else { (*own, *next) };
                tops[lower] - tops[upper] - grid.cells[upper].height - gap(grid, upper, lower) * 3 / 4
            });
            let is_edge = off < 0 && tops[*own] + off < 0;
            if off.abs() <= NEAR.min(free) && !is_edge {
                tops[*own] += off;
            }
        }
    }
}

/// Where the cells of a layer would stand if they stood as close as they may, from 0 on.
fn offsets(grid: &Grid, layer: &[usize]) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(layer.len());
    let mut y = 0;
    for (place, own) in layer.iter().enumerate() {
        if let Some(above) = place.checked_sub(1).and_then(|above| layer.get(above)) {
            y += grid.cells[*above].height + gap(grid, *above, *own);
        }
        offsets.push(f64::from(y));
    }
    offsets
}

/// The room between two cells of a layer.
fn gap(grid: &Grid, one: usize, other: usize) -> i32 {
    match (grid.cells[one].is_box, grid.cells[other].is_box) {
        (true, true) => 40,
        (false, false) => 14,
        (_, _) => 22,
    }
}

/// How high a layer is whose cells stand as close as they may.
fn height(grid: &Grid, layer: &[usize], offsets: &[f64]) -> f64 {
    let last = layer.last().zip(offsets.last());
    last.map_or(0.0, |(own, offset)| offset + f64::from(grid.cells[*own].height))
}

/// Cells that touch and move as one.
#[derive(Clone, Copy)]
struct Block {
    weight: f64,
    wanted: f64,
    count: usize,
}

/// Moves the cells of a layer to where their neighbours on one side want them. Where they would run into each other they
/// share the room: that is a regression to values that never fall, solved exactly by pooling those that do. What would leave
/// the room from 0 on stops at its edge.
fn settle(grid: &Grid, cells: &[usize], side: usize, room: f64, tops: &mut [f64]) {
    let offsets = offsets(grid, cells);
    let mut blocks: Vec<Block> = Vec::new();
    for (own, offset) in cells.iter().zip(&offsets) {
        let (top, weight) = wanted(grid, *own, side, tops);
        let mut block = Block { weight, wanted: top - offset, count: 1 };
        while let Some(above) = blocks.pop_if(|above| above.wanted > block.wanted) {
            let weight = above.weight + block.weight;
            let wanted = (above.wanted * above.weight + block.wanted * block.weight) / weight;
            block = Block { weight, wanted, count: above.count + block.count };
        }
        blocks.push(block);
    }
    let most = room - height(grid, cells, &offsets);
    let start = |block: &Block| block.wanted.max(0.0).min(most);
    let settled = blocks.iter().flat_map(|block| std::iter::repeat_n(start(block), block.count));
    for ((own, offset), start) in cells.iter().zip(offsets).zip(settled) {
        tops[*own] = start + offset;
    }
}

/// The upper edge with which most lines of a cell are straight, and how much that weighs. Long lines weigh most.
fn wanted(grid: &Grid, own: usize, side: usize, tops: &[f64]) -> (f64, f64) {
    let cell = &grid.cells[own];
    let top = |near: &Near| tops[near.cell] + f64::from(near.y) - f64::from(near.own_y);
    let mut wanted: Vec<f64> = cell.near[side].iter().map(top).collect();
    if wanted.is_empty() {
        return (tops[own], 0.2);
    }
    wanted.sort_by(f64::total_cmp);
    (wanted[(wanted.len() - 1) / 2], if cell.is_box { wanted.len().min(3) as f64 } else { 4.0 })
}
