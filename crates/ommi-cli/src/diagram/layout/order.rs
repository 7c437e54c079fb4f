//! In which order the cells of a layer stand, so that few lines cross: each layer in turn is sorted by where its neighbours
//! stand (the barycentre), then cells change places where that saves crossings. The best order seen is kept.

use super::grid::{Grid, LEFT, Near, RIGHT};

const ROUNDS: usize = 24;

/// Puts the cells of each layer in their order.
pub(super) fn arrange(grid: &mut Grid) {
    let mut search = Search { places: vec![0; grid.cells.len()], grid };
    search.begin();
    let mut best = (search.crossings(), search.grid.layers.clone());
    for round in 0..ROUNDS {
        if best.0 == 0 {
            break;
        }
        search.sweep(if round % 2 == 0 { LEFT } else { RIGHT });
        search.swap_neighbours();
        let crossings = search.crossings();
        if crossings < best.0 {
            best = (crossings, search.grid.layers.clone());
        }
    }
    grid.layers = best.1;
}

struct Search<'a> {
    grid: &'a mut Grid,
    /// The place of each cell in its layer, from above.
    places: Vec<usize>,
}

impl Search<'_> {
    /// An order to begin with: cells that are joined come near each other.
    fn begin(&mut self) {
        let starts: Vec<usize> = self.grid.layers.iter().flatten().copied().collect();
        let mut ordered = vec![Vec::new(); self.grid.layers.len()];
        let mut is_seen = vec![false; self.grid.cells.len()];
        for start in starts {
            let mut waiting = vec![start];
            while let Some(own) = waiting.pop() {
                if std::mem::replace(&mut is_seen[own], true) {
                    continue;
                }
                ordered[self.grid.layer_of[own]].push(own);
                let near = &self.grid.cells[own].near;
                waiting.extend(near.iter().flatten().map(|near| near.cell).rev());
            }
        }
        self.grid.layers = ordered;
        (0..self.grid.layers.len()).for_each(|layer| self.note_places(layer));
    }

    fn note_places(&mut self, layer: usize) {
        for (place, own) in self.grid.layers[layer].iter().enumerate() {
            self.places[*own] = place;
        }
    }

    /// Sorts all layers but the first by their neighbours on one side, from that side on.
    fn sweep(&mut self, side: usize) {
        let count = self.grid.layers.len();
        for step in 1..count {
            let layer = if side == LEFT { step } else { count - 1 - step };
            let mut keyed: Vec<(f64, usize)> =
                self.grid.layers[layer].iter().map(|own| (self.middle(*own, side), *own)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            self.grid.layers[layer] = keyed.into_iter().map(|(_, own)| own).collect();
            self.note_places(layer);
        }
    }

    /// Where the neighbours of a cell stand on the whole; where there are none, it stays.
    fn middle(&self, own: usize, side: usize) -> f64 {
        let near = &self.grid.cells[own].near[side];
        if near.is_empty() {
            return self.places[own] as f64;
        }
        let place = |near: &Near| {
            let height = f64::from(self.grid.cells[near.cell].height + 2);
            self.places[near.cell] as f64 + f64::from(near.y + 1) / height
        };
        near.iter().map(place).sum::<f64>() / near.len() as f64
    }

    fn crossings(&self) -> usize {
        self.grid.layers.iter().map(|layer| self.crossings_behind(layer)).sum()
    }

    /// How many lines cross in the gap on the right of a layer.
    fn crossings_behind(&self, layer: &[usize]) -> usize {
        let mut pieces: Vec<((usize, i32), (usize, i32))> = Vec::new();
        for own in layer {
            let near = &self.grid.cells[*own].near[RIGHT];
            pieces.extend(near.iter().map(|near| ((self.places[*own], near.own_y), self.key(near))));
        }
        pieces.sort_unstable();
        let mut above: Vec<(usize, i32)> = Vec::new();
        let mut count = 0;
        for (_, right) in pieces {
            let place = above.partition_point(|other| *other <= right);
            count += above.len() - place;
            above.insert(place, right);
        }
        count
    }

    fn key(&self, near: &Near) -> (usize, i32) {
        (self.places[near.cell], near.y)
    }

    /// Lets cells change places with the next one below, as long as that saves crossings.
    fn swap_neighbours(&mut self) {
        for _round in 0..8 {
            let mut is_better = false;
            for layer in 0..self.grid.layers.len() {
                for place in 1..self.grid.layers[layer].len() {
                    let (upper, lower) = (self.grid.layers[layer][place - 1], self.grid.layers[layer][place]);
                    if self.crossings_of(lower, upper) < self.crossings_of(upper, lower) {
                        self.grid.layers[layer].swap(place - 1, place);
                        self.places[lower] = place - 1;
                        self.places[upper] = place;
                        is_better = true;
                    }
                }
            }
            if !is_better {
                return;
            }
        }
    }

    /// How many lines of two cells cross each other when the one stands above the other.
    fn crossings_of(&self, upper: usize, lower: usize) -> usize {
        let (upper, lower) = (&self.grid.cells[upper].near, &self.grid.cells[lower].near);
        let on = |side: usize| {
            let crossed =
                |own: &Near| lower[side].iter().filter(|other| self.key(own) > self.key(other)).count();
            upper[side].iter().map(crossed).sum::<usize>()
        };
        on(LEFT) + on(RIGHT)
    }
}
