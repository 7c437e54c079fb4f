//! Hermitage: what transactions at once can see of each other at every isolation level of the database, by the
//! anomalies of Adya's and Kleppmann's tests. What a level prevents never happens; what a database documents to happen
//! does.

mod documented;
mod play;

use crate::case::cases;
use crate::kit::*;

use documented::{Expected, expected};
use play::{Outcome, Step, Step::*, T1, T2, T3, play};

cases! {
    g0_write_cycles,
    g1a_aborted_reads,
    g1b_intermediate_reads,
    g1c_circular_information_flow,
    otv_observed_transaction_vanishes,
    pmp_predicate_many_preceders,
    p4_lost_update,
    g_single_read_skew,
    g2_item_write_skew,
    g2_anti_dependency_cycles,
}

/// What may go wrong between transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anomaly {
    G0,
    G1a,
    G1b,
    G1c,
    Otv,
    Pmp,
    P4,
    GSingle,
    G2Item,
    G2,
}

/// An anomaly is seen by luck of timing: so often it is looked for where the database documents it.
const TRIES: usize = 8;

/// Plays the steps at each level of the database, and compares what happened with what has to.
fn check(db: &Db, anomaly: Anomaly, steps: &[(usize, Step)], happened: fn(&Outcome) -> bool) -> Result<()> {
    for level in db.capabilities().isolation.clone() {
        let once = || play(db, level, steps).map(|outcome| (happened(&outcome), outcome));
        match expected(db.handle().driver().name(), level, anomaly) {
            Expected::Prevented => {
                for _ in 0..2 {
                    let (happened, outcome) = once()?;
                    assert!(!happened, "{anomaly:?} happened at {level:?}: {outcome:?}");
                }
            }
            Expected::Happens => {
                let mut last = None;
                for _ in 0..TRIES {
                    let (happened, outcome) = once()?;
                    last = Some(outcome);
                    if happened {
                        last = None;
                        break;
                    }
                }
                assert!(last.is_none(), "{anomaly:?} never happened at {level:?}: {last:?}");
            }
            Expected::Either => drop(once()?),
        }
    }
    Ok(())
}

/// Whether both of the first two transactions committed.
fn both_committed(outcome: &Outcome) -> bool {
    outcome.players[T1].committed && outcome.players[T2].committed
}

const BEFORE: [(i64, i64); 2] = [(1, 10), (2, 20)];

fn g0_write_cycles(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, Set(1, 11)),
        (T2, Set(1, 12)),
        (T1, Set(2, 21)),
        (T1, Commit),
        (T2, Set(2, 22)),
        (T2, Commit),
    ];
    check(db, Anomaly::G0, &steps, |outcome| {
        outcome.rows != [(1, 11), (2, 21)] && outcome.rows != [(1, 12), (2, 22)]
    })
}

fn g1a_aborted_reads(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, Set(1, 101)),
        (T2, ReadAll),
        (T1, Rollback),
        (T2, ReadAll),
        (T2, Commit),
    ];
    check(db, Anomaly::G1a, &steps, |outcome| outcome.players[T2].saw((1, 101)))
}

fn g1b_intermediate_reads(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, Set(1, 101)),
        (T2, ReadAll),
        (T1, Set(1, 11)),
        (T1, Commit),
        (T2, ReadAll),
        (T2, Commit),
    ];
    check(db, Anomaly::G1b, &steps, |outcome| outcome.players[T2].saw((1, 101)))
}

fn g1c_circular_information_flow(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, Set(1, 11)),
        (T2, Set(2, 22)),
        (T1, Read(2)),
        (T2, Read(1)),
        (T1, Commit),
        (T2, Commit),
    ];
    check(db, Anomaly::G1c, &steps, |outcome| {
        outcome.players[T1].saw((2, 22)) && outcome.players[T2].saw((1, 11))
    })
}

fn otv_observed_transaction_vanishes(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, Set(1, 11)),
        (T1, Set(2, 19)),
        (T2, Set(1, 12)),
        (T1, Commit),
        (T3, Begin),
        (T3, ReadAll),
        (T2, Set(2, 18)),
        (T3, ReadAll),
        (T2, Commit),
        (T3, ReadAll),
        (T3, Commit),
    ];
    check(db, Anomaly::Otv, &steps, |outcome| {
        outcome.players[T3].reads.iter().any(|rows| rows == &[(1, 12), (2, 19)])
    })
}

fn pmp_predicate_many_preceders(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, ReadThirds),
        (T2, Insert(3, 30)),
        (T2, Commit),
        (T1, ReadThirds),
        (T1, Commit),
    ];
    check(db, Anomaly::Pmp, &steps, |outcome| outcome.players[T1].reads == [vec![], vec![(3, 30)]])
}

fn p4_lost_update(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, Read(1)),
        (T2, Read(1)),
        (T1, Set(1, 11)),
        (T2, Set(1, 12)),
        (T1, Commit),
        (T2, Commit),
    ];
    check(db, Anomaly::P4, &steps, |outcome| {
        both_committed(outcome) && outcome.players[T1].saw((1, 10)) && outcome.players[T2].saw((1, 10))
    })
}

fn g_single_read_skew(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, Read(1)),
        (T2, ReadAll),
        (T2, Set(1, 12)),
        (T2, Set(2, 18)),
        (T2, Commit),
        (T1, Read(2)),
        (T1, Commit),
    ];
    check(db, Anomaly::GSingle, &steps, |outcome| {
        outcome.players[T1].saw((1, 10)) && outcome.players[T1].saw((2, 18))
    })
}

fn g2_item_write_skew(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, ReadAll),
        (T2, ReadAll),
        (T1, Set(1, 11)),
        (T2, Set(2, 21)),
        (T1, Commit),
        (T2, Commit),
    ];
    check(db, Anomaly::G2Item, &steps, |outcome| {
        both_committed(outcome) && [T1, T2].iter().all(|player| outcome.players[*player].reads == [BEFORE])
    })
}

fn g2_anti_dependency_cycles(db: &Db) -> Result<()> {
    let steps = [
        (T1, Begin),
        (T2, Begin),
        (T1, ReadThirds),
        (T2, ReadThirds),
        (T1, Insert(3, 30)),
        (T2, Insert(4, 42)),
        (T1, Commit),
        (T2, Commit),
    ];
    check(db, Anomaly::G2, &steps, |outcome| {
        both_committed(outcome) && [T1, T2].iter().all(|player| outcome.players[*player].reads == [vec![]])
    })
}
