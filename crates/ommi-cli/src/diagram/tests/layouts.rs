//! Where boxes and lines are: boxes never on each other, lines never behind boxes.

use crate::diagram::layout::{Layout, Point, Size, Wire, layout};

fn sizes(count: usize) -> Vec<Size> {
    // Of different heights, as tables are.
    (0..count).map(|own| Size { width: 160, height: 66 + 24 * (own as i32 * 7 % 9) }).collect()
}

fn wire(from: usize, to: usize) -> Wire {
    Wire { from, from_y: 60, to, to_y: 48 }
}

/// Checks what holds for every layout.
fn check(sizes: &[Size], wires: &[Wire]) -> Layout {
    let layout = layout(sizes, wires);
    assert_eq!((layout.boxes.len(), layout.lines.len()), (sizes.len(), wires.len()));
    for (own, (corner, size)) in layout.boxes.iter().enumerate() {
        assert!(size.width >= sizes[own].width && size.height == sizes[own].height);
        assert!(corner.x >= 0 && corner.x + size.width <= layout.width, "{own} is outside");
        assert!(corner.y >= 0 && corner.y + size.height <= layout.height, "{own} is outside");
        for (other, (place, extent)) in layout.boxes.iter().enumerate().skip(own + 1) {
            let is_apart = corner.x + size.width < place.x
                || place.x + extent.width < corner.x
                || corner.y + size.height < place.y
                || place.y + extent.height < corner.y;
            assert!(is_apart, "the boxes {own} and {other} overlap");
        }
    }
    for (wire, line) in wires.iter().zip(&layout.lines) {
        check_ends(&layout, wire, line);
        for piece in line.windows(2) {
            assert!(piece[0].x == piece[1].x || piece[0].y == piece[1].y, "{line:?} is not upright");
            for (own, (corner, size)) in layout.boxes.iter().enumerate() {
                let is_behind = |low: i32, high: i32, from: i32, to: i32| low.max(from) < high.min(to);
                let (left, right) = (piece[0].x.min(piece[1].x), piece[0].x.max(piece[1].x) + 1);
                let (upper, lower) = (piece[0].y.min(piece[1].y), piece[0].y.max(piece[1].y) + 1);
                let hides = is_behind(left, right, corner.x + 1, corner.x + size.width)
                    && is_behind(upper, lower, corner.y + 1, corner.y + size.height);
                assert!(!hides, "{line:?} runs behind the box {own} at {corner:?}");
            }
        }
    }
    layout
}

/// A line begins and ends at a side of its boxes, at the heights that are asked for, with room for the marks.
fn check_ends(layout: &Layout, wire: &Wire, line: &[Point]) {
    let [first, second, ..] = line else { panic!("a line without pieces") };
    let [.., before, last] = line else { panic!("a line without pieces") };
    let ends = [(wire.from, wire.from_y, first, second), (wire.to, wire.to_y, last, before)];
    for (own, y, end, next) in ends {
        let (corner, size) = layout.boxes[own];
        assert!(end.x == corner.x || end.x == corner.x + size.width, "{line:?} does not touch {own}");
        assert_eq!(end.y, corner.y + y);
        assert_eq!(next.y, end.y);
        assert!((next.x - end.x).abs() >= 36, "{line:?} has no room for marks");
    }
}

/// How often lines that have no end in common cross.
fn crossings(layout: &Layout) -> usize {
    let pieces = |line: &[Point]| line.windows(2).map(|piece| (piece[0], piece[1])).collect::<Vec<_>>();
    let cross = |level: (Point, Point), upright: (Point, Point)| {
        let between = |value: i32, one: i32, other: i32| one.min(other) < value && value < one.max(other);
        level.0.y == level.1.y
            && upright.0.x == upright.1.x
            && between(upright.0.x, level.0.x, level.1.x)
            && between(level.0.y, upright.0.y, upright.1.y)
    };
    let mut count = 0;
    for (place, line) in layout.lines.iter().enumerate() {
        for other in &layout.lines[place + 1..] {
            for one in pieces(line) {
                let crossed = |two: &(Point, Point)| cross(one, *two) || cross(*two, one);
                count += pieces(other).iter().filter(|two| crossed(two)).count();
            }
        }
    }
    count
}

#[test]
fn one_box_stands_in_the_corner() {
    let layout = check(&sizes(1), &[]);
    assert_eq!(layout.boxes[0].0, Point { x: 0, y: 0 });
}

#[test]
fn references_lead_to_the_left() {
    let layout = check(&sizes(4), &[wire(1, 0), wire(2, 1), wire(3, 1)]);
    let x = |own: usize| layout.boxes[own].0.x;
    assert!(x(0) < x(1) && x(1) < x(2) && x(2) == x(3));
}

#[test]
fn boxes_without_references_are_a_block_below() {
    let layout = check(&sizes(30), &[wire(1, 0)]);
    let linked = layout.boxes[..2].iter().map(|(corner, size)| corner.y + size.height).max().unwrap();
    assert!(layout.boxes[2..].iter().all(|(corner, _)| corner.y > linked));
    assert!(layout.width > layout.height / 2 && layout.width < layout.height * 4);
}

#[test]
fn lines_do_not_cross_where_they_need_not() {
    let layout = check(&sizes(6), &[wire(3, 2), wire(4, 1), wire(5, 0)]);
    assert_eq!(crossings(&layout), 0);
    // A tree, the leaves of which come in the wrong order.
    let wires = [wire(1, 0), wire(2, 0), wire(3, 2), wire(4, 1), wire(5, 2), wire(6, 1)];
    assert_eq!(crossings(&check(&sizes(7), &wires)), 0);
}

#[test]
fn a_hundred_boxes_in_a_circle() {
    let wires: Vec<Wire> = (0..100).map(|own| wire(own, (own + 1) % 100)).collect();
    let layout = check(&sizes(100), &wires);
    assert!(layout.width < layout.height * 3, "{} x {}", layout.width, layout.height);
}

#[test]
fn a_folded_chain_with_links_across_it() {
    let mut wires: Vec<Wire> = (1..70).map(|own| wire(own, own - 1)).collect();
    wires.extend((0..60).step_by(7).map(|own| wire(own + 9, own)));
    check(&sizes(70), &wires);
}

#[test]
fn a_box_that_all_refer_to_does_not_make_one_tall_layer() {
    let wires: Vec<Wire> = (1..80).map(|own| wire(own, 0)).collect();
    let layout = check(&sizes(80), &wires);
    assert!(layout.height < layout.width * 2, "{} x {}", layout.width, layout.height);
}

#[test]
fn boxes_refer_to_themselves_and_to_each_other() {
    let own = Wire { from: 0, from_y: 60, to: 0, to_y: 48 };
    check(&sizes(1), &[own]);
    check(&sizes(3), &[own, wire(0, 1), wire(1, 0), wire(2, 0), wire(2, 2), wire(0, 2)]);
}

#[test]
fn any_schema_can_be_laid_out() {
    // Numbers that look random and are the same each time.
    let mut state = 7_u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for round in 0..60 {
        let count = 2 + round;
        let sizes = sizes(count);
        let mut wires = Vec::new();
        for _line in 0..count * 3 / 2 {
            let (from, to) = (next(count), next(count));
            // A line of its own for each row, as columns are.
            let row = |own: usize, row: usize| 48 + 24 * (row as i32 % ((sizes[own].height - 42) / 24));
            wires.push(Wire { from, from_y: row(from, next(9)) - 3, to, to_y: row(to, next(3)) });
        }
        check(&sizes, &wires);
    }
}
