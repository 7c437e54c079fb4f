//! Long chains turn back where the picture would become a ribbon: layers go to the right and to the left in turn, as a ribbon
//! folded in a zigzag.

use super::{BESIDE, Size, Wire, area};

/// The layers, folded where that makes a better page and no two linked boxes come to stand in one.
pub(super) fn folded(sizes: &[Size], wires: &[Wire], layers: Vec<usize>) -> Vec<usize> {
    let mut widths = vec![0; layers.iter().max().map_or(0, |last| last + 1)];
    for (layer, size) in layers.iter().zip(sizes) {
        widths[*layer] = size.width.max(widths[*layer]);
    }
    let width: i32 = widths.iter().map(|width| width + BESIDE).sum();
    let page = (area(sizes) * 1.4).sqrt();
    if f64::from(width) <= page * 2.5 {
        return layers;
    }
    let wished = (widths.len() as f64 * page / f64::from(width)) as usize;
    let fold = |count: usize| {
        let folded: Vec<usize> = layers.iter().map(|layer| turned(*layer, count)).collect();
        let is_apart = |wire: &Wire| wire.from == wire.to || folded[wire.from] != folded[wire.to];
        wires.iter().all(is_apart).then_some(folded)
    };
    (wished.max(4)..widths.len()).find_map(fold).unwrap_or(layers)
}

/// Where a layer comes when every `count` layers turn back.
fn turned(layer: usize, count: usize) -> usize {
    let period = 2 * (count - 1);
    let at = layer % period;
    at.min(period - at)
}
