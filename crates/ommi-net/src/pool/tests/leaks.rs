//! A thousand rounds of everything that goes wrong: nothing is left over.

use std::sync::Arc;

use futures_util::FutureExt;

use super::fake::Door;
use super::*;

#[tokio::test(start_paused = true)]
async fn a_thousand_rounds_of_faults_leave_nothing_behind() {
    let (server, pool) = pool_of(3);
    let doors = [Door::Open, Door::Refusing, Door::Slow(seconds(1)), Door::Hanging, Door::Open];
    for round in 0..1000 {
        server.door(doors[round % doors.len()]);
        let mut tasks: Vec<_> = (0..6).map(|place| Box::pin(use_one(pool.clone(), round + place))).collect();
        for task in &mut tasks {
            // Some are done at once; the others are under way when they are dropped.
            let _ = task.now_or_never();
        }
        tokio::time::sleep(Duration::from_millis(round as u64 % 7 * 300)).await;
        if round % 2 == 0 {
            drop(tasks);
        } else {
            futures_util::future::join_all(tasks).await;
        }
        if round % 11 == 0 {
            server.restart();
        }
    }
    server.door(Door::Open);
    // Whatever still hangs at the door is given up by now.
    tokio::time::sleep(seconds(31)).await;
    let stats = pool.stats();
    assert_eq!((stats.used, stats.waiting, stats.open), (0, 0, server.alive()));
    assert_eq!(stats.created - stats.closed, stats.open as u64);
    assert!(server.0.lock().most <= 3 && stats.created > 100, "{stats:?}");
    drop(pool);
    settled().await;
    assert_eq!((server.alive(), Arc::strong_count(&server.0)), (0, 1));
}

async fn use_one(pool: Pool<Fake>, variant: usize) {
    let Ok(mut connection) = pool.get("statement").await else { return };
    tokio::time::sleep(Duration::from_millis(100)).await;
    match variant % 4 {
        0 => connection.discard(),
        1 => connection.clean = false,
        _ => drop(connection.work()),
    }
}
