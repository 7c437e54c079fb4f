//! Which layer each box stands in: to the right of what it refers to, and not far from what refers to it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Size, Wire, area};

/// Boxes by what they refer to, without circles: where there is one, a reference is taken the other way round.
struct Chains {
    targets: Vec<BTreeSet<usize>>,
    sources: Vec<BTreeSet<usize>>,
    /// The boxes so that targets come before sources.
    sorted: Vec<usize>,
}

/// The layer of each box. Two boxes with a wire between them never share one.
pub(super) fn layers(sizes: &[Size], wires: &[Wire]) -> Vec<usize> {
    let chains = Chains::new(sizes.len(), wires);
    let mut stacks = Stacks { limit: limit(sizes), fill: Vec::new(), layers: vec![0; sizes.len()] };
    for own in chains.by_need() {
        let first = stacks.behind(&chains.targets[own]);
        let layer = (first..).find(|layer| stacks.has_room(*layer, sizes[own]));
        stacks.put(own, layer.unwrap_or(first), sizes[own]);
    }
    for _round in 0..8 {
        if !stacks.tighten(&chains, sizes) {
            break;
        }
    }
    let used: BTreeSet<usize> = stacks.layers.iter().copied().collect();
    stacks.layers.iter().map(|layer| used.range(..*layer).count()).collect()
}

/// How high a layer may become for the whole to look like a page, somewhat wider than high.
fn limit(sizes: &[Size]) -> i32 {
    let side = (area(sizes) / 1.4).sqrt() * 1.15;
    sizes.iter().map(|size| size.height).max().unwrap_or_default().max(side as i32)
}

impl Chains {
    fn new(count: usize, wires: &[Wire]) -> Self {
        let mut targets = vec![BTreeSet::new(); count];
        let mut sources = vec![BTreeSet::new(); count];
        for wire in wires.iter().filter(|wire| wire.from != wire.to) {
            targets[wire.from].insert(wire.to);
            sources[wire.to].insert(wire.from);
        }
        let sorted = sorted(&targets, &sources);
        let mut rank = vec![0; count];
        sorted.iter().enumerate().for_each(|(place, own)| rank[*own] = place);
        let mut chains =
            Self { targets: vec![BTreeSet::new(); count], sources: vec![BTreeSet::new(); count], sorted };
        for (from, of_it) in targets.iter().enumerate() {
            for to in of_it.iter().copied() {
                let (source, target) = if rank[from] > rank[to] { (from, to) } else { (to, from) };
                chains.targets[source].insert(target);
                chains.sources[target].insert(source);
            }
        }
        chains
    }

    /// Targets before sources, and among those that could be next the one with the longest chain behind it: that has
    /// to get a layer soon, where one with nothing behind it can wait.
    fn by_need(&self) -> Vec<usize> {
        let mut behind = vec![0; self.sorted.len()];
        for own in self.sorted.iter().rev() {
            behind[*own] = self.sources[*own].iter().map(|source| behind[*source] + 1).max().unwrap_or(0);
        }
        let mut open: Vec<usize> = self.targets.iter().map(BTreeSet::len).collect();
        let mut ready: BTreeSet<(Reverse<usize>, usize)> = BTreeSet::new();
        ready.extend((0..open.len()).filter(|own| open[*own] == 0).map(|own| (Reverse(behind[own]), own)));
        let mut needed = Vec::new();
        while let Some((_, own)) = ready.pop_first() {
            needed.push(own);
            for source in &self.sources[own] {
                open[*source] -= 1;
                if open[*source] == 0 {
                    ready.insert((Reverse(behind[*source]), *source));
                }
            }
        }
        needed
    }
}

/// The boxes so that few references lead from one to a later one; none where there are no circles. It takes off, again and
/// again, what refers to nothing that is left, then what nothing refers to, then what is referred to most.
fn sorted(targets: &[BTreeSet<usize>], sources: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..targets.len()).collect();
    let mut out: Vec<usize> = targets.iter().map(BTreeSet::len).collect();
    let mut into: Vec<usize> = sources.iter().map(BTreeSet::len).collect();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let is_source = |own: &&usize| into[**own] == 0;
        let source = left.iter().find(is_source).filter(|_| left.iter().all(|own| out[*own] > 0));
        let lead = |own: &&usize| (out[**own] == 0, into[**own] as i64 - out[**own] as i64, Reverse(**own));
        let Some(own) = source.or_else(|| left.iter().max_by_key(lead)).copied() else { break };
        if source.is_some() {
            last.push(own)
        } else {
            first.push(own)
        }
        left.remove(&own);
        targets[own].iter().for_each(|target| into[*target] -= 1);
        sources[own].iter().for_each(|source| out[*source] -= 1);
    }
    first.extend(last.into_iter().rev());
    first
}

/// Layers while they fill.
struct Stacks {
    limit: i32,
    fill: Vec<i32>,
    layers: Vec<usize>,
}

impl Stacks {
    /// The first layer to the right of all of these.
    fn behind(&self, targets: &BTreeSet<usize>) -> usize {
        targets.iter().map(|target| self.layers[*target] + 1).max().unwrap_or(0)
    }

    fn has_room(&self, layer: usize, size: Size) -> bool {
        self.fill.get(layer).is_none_or(|fill| *fill == 0 || fill + size.height <= self.limit)
    }

    fn put(&mut self, own: usize, layer: usize, size: Size) {
        if self.fill.len() <= layer {
            self.fill.resize(layer + 1, 0);
        }
        self.fill[layer] += size.height + 40;
        self.layers[own] = layer;
    }

    /// Moves boxes to where their lines are shorter; tells whether there were any.
    fn tighten(&mut self, chains: &Chains, sizes: &[Size]) -> bool {
        let mut has_moved = false;
        for (own, size) in sizes.iter().enumerate() {
            let layer = self.layers[own];
            let (targets, sources) = (&chains.targets[own], &chains.sources[own]);
            let first = self.behind(targets);
            let last = sources.iter().map(|source| self.layers[*source] - 1).min().unwrap_or(layer);
            let has_room = |layer: &usize| self.has_room(*layer, *size);
            let better = match sources.len().cmp(&targets.len()) {
                std::cmp::Ordering::Greater => (layer + 1..=last).rev().find(has_room),
                std::cmp::Ordering::Less => (first..layer).find(has_room),
                std::cmp::Ordering::Equal => None,
            };
            if let Some(better) = better {
                self.fill[layer] -= size.height + 40;
                self.put(own, better, *size);
                has_moved = true;
            }
        }
        has_moved
    }
}
