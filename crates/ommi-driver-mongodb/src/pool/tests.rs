use std::sync::Arc;
use std::time::Duration;

use ommi_core::ErrorKind;
use ommi_core::driver::PoolOptions;

use super::*;

fn watch(max_connections: usize, seconds: f64) -> Arc<Watch> {
    let connection_timeout = Duration::from_secs_f64(seconds);
    Watch::new(
        PoolOptions { max_connections, connection_timeout, ..PoolOptions::default() },
        "db/shop".into(),
    )
}

#[tokio::test]
async fn whoever_waits_in_vain_is_told_who_works() {
    let watch = watch(1, 0.02);
    let hold = watch.hold("transaction").await.unwrap();
    hold.note("{\"insert\": ?1}");
    let error = watch.hold("read").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolExhausted);
    let parts = ["db/shop", "all 1 are in use", "transaction for", "{\"insert\": ?1}", "max_connections"];
    assert!(parts.iter().all(|part| error.message().contains(part)), "{error}");
    assert_eq!((watch.stats().timeouts, watch.stats().waiting), (1, 0));
    drop(hold);
    assert!(watch.stats().holders.is_empty());
    watch.hold("read").await.unwrap();
}

#[tokio::test]
async fn turns_come_in_the_order_in_which_they_were_asked_for() {
    let watch = watch(1, 60.0);
    let first = watch.hold("first").await.unwrap();
    let mut waiting: Vec<_> = ["second", "given up", "third"].map(|name| Box::pin(watch.hold(name))).into();
    for waiter in &mut waiting {
        assert!(futures_util::poll!(waiter.as_mut()).is_pending());
    }
    assert_eq!(watch.stats().waiting, 3);
    // Dropped while it waits.
    drop(waiting.remove(1));
    assert_eq!(watch.stats().waiting, 2);
    drop(first);
    assert!(futures_util::poll!(waiting[1].as_mut()).is_pending());
    let second = waiting.remove(0).await.unwrap();
    assert_eq!(watch.stats().holders[0].purpose, "second");
    drop(second);
    waiting.remove(0).await.unwrap();
}

#[tokio::test]
async fn a_close_tells_those_who_wait() {
    let watch = watch(1, 60.0);
    let _hold = watch.hold("first").await.unwrap();
    let mut waiter = Box::pin(watch.hold("second"));
    assert!(futures_util::poll!(waiter.as_mut()).is_pending());
    watch.close();
    assert_eq!(waiter.await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(watch.hold("third").await.unwrap_err().kind(), ErrorKind::Closed);
}
