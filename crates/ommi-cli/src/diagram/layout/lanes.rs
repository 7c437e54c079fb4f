//! The upright pieces of lines in a gap between two layers: each bundle has a lane of its own, and lanes are ordered so that
//! few lines cross and none lies on another.

/// What a bundle has in a gap: the heights of its ends on the left and on the right.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bundle: usize,
    pub(super) ends: [Vec<i32>; 2],
}

/// How near two level lines are that look like one.
const TOUCH: i32 = 5;

impl Piece {
    fn first(&self) -> i32 {
        self.ends.iter().flatten().copied().min().unwrap_or_default()
    }

    fn last(&self) -> i32 {
        self.ends.iter().flatten().copied().max().unwrap_or_default()
    }

    /// Whether it goes straight through, and needs no lane.
    pub(super) fn is_straight(&self) -> bool {
        self.first() == self.last()
    }

    fn is_crossed_at(&self, y: i32) -> bool {
        self.first() < y && y < self.last()
    }

    /// Whether one cannot stand above the other in one lane.
    fn meets(&self, other: &Self) -> bool {
        self.first() <= other.last() + 2 * TOUCH && other.first() <= self.last() + 2 * TOUCH
    }

    /// What it costs to have it on the left of the other one: crossings, and, much worse, lines on each other.
    fn cost_before(&self, other: &Self) -> usize {
        let ([_, own], [others, _]) = (&self.ends, &other.ends);
        let crossings = own.iter().filter(|y| other.is_crossed_at(**y)).count()
            + others.iter().filter(|y| self.is_crossed_at(**y)).count();
        let touches = |y: &i32| others.iter().filter(|other| (*other - y).abs() < TOUCH).count();
        crossings + 20 * own.iter().map(touches).sum::<usize>()
    }
}

/// The lane of each piece, from the left, and how many lanes there are. Straight pieces have none.
pub(super) fn lanes(pieces: &[Piece]) -> (Vec<Option<usize>>, usize) {
    let mut order: Vec<usize> = (0..pieces.len()).filter(|own| !pieces[*own].is_straight()).collect();
    order.sort_by_key(|own| pieces[*own].first() + pieces[*own].last());
    for _round in 0..order.len() {
        let mut is_better = false;
        for place in 1..order.len() {
            let (one, other) = (&pieces[order[place - 1]], &pieces[order[place]]);
            if other.cost_before(one) < one.cost_before(other) {
                order.swap(place - 1, place);
                is_better = true;
            }
        }
        if !is_better {
            break;
        }
    }
    let mut lanes = vec![None; pieces.len()];
    let mut count = 0;
    for (place, own) in order.iter().enumerate() {
        let before = order[..place].iter().filter(|other| pieces[**other].meets(&pieces[*own]));
        let lane = before.filter_map(|other| lanes[*other]).map(|lane| lane + 1).max().unwrap_or(0);
        lanes[*own] = Some(lane);
        count = count.max(lane + 1);
    }
    (lanes, count)
}
