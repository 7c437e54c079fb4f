//! A network that is cut, garbled, slow or silent, at every step of an operation.

use std::time::{Duration, Instant};

use ommi::{ErrorKind, prelude::*};

use crate::bounded;
use crate::operation::{Note, OPERATIONS, Operation, connect, is_lost};
use crate::proxy::{Fault, Proxy, Way};
use crate::server::{Kind, Server};

/// At most so many places in what an operation sends or gets are tried. Where a connection was lost, the crate for MongoDB
/// waits for half a second before it asks the server whether it is there.
fn most_places(kind: Kind) -> u64 {
    match kind {
        Kind::Postgres | Kind::Mysql => 40,
        Kind::Mongodb => 5,
    }
}

/// A server behind a network, and a handle.
struct Scene {
    server: Server,
    proxy: Proxy,
    db: Ommi,
    attempts: i64,
}

impl Scene {
    async fn new(kind: Kind, connections: usize) -> Option<Self> {
        let server = Server::reach(kind).await?;
        let proxy = Proxy::to(server.port).await;
        let options = format!("max_connections={connections}&connection_timeout=3");
        let db = connect(&server.url_by(proxy.port, &options)).await;
        Some(Self { server, proxy, db, attempts: 0 })
    }

    fn attempt(&mut self) -> i64 {
        self.attempts += 1;
        self.attempts
    }

    /// How many bytes an operation sends and gets, once everything is prepared.
    async fn sizes(&mut self, operation: Operation) -> [(Way, u64); 2] {
        for _ in 0..6 {
            let attempt = self.attempt();
            operation.run(&self.db, attempt).await.unwrap();
        }
        self.proxy.arm(Way::ToServer, u64::MAX, Fault::Cut);
        let attempt = self.attempt();
        operation.run(&self.db, attempt).await.unwrap();
        self.proxy.disarm();
        [Way::ToServer, Way::ToClient].map(|way| (way, self.proxy.passed(way)))
    }

    /// Lets the fault happen everywhere in every operation.
    async fn everywhere(&mut self, fault: Fault, is_right: impl Fn(&ommi::Error, &str)) {
        let (mut fell, most) = (0, most_places(self.server.kind));
        for operation in OPERATIONS {
            for (way, size) in self.sizes(operation).await {
                for place in places(size, most) {
                    let attempt = self.attempt();
                    let context = format!("{operation:?}, {fault:?} {way:?} after {place} of {size} bytes");
                    self.proxy.arm(way, place, fault);
                    let outcome = bounded(&context, operation.run(&self.db, attempt)).await;
                    fell += u64::from(!self.proxy.disarm());
                    if let Err(error) = &outcome {
                        is_right(error, &context);
                    }
                    operation.check(&self.db, attempt, &outcome, &context).await;
                }
            }
        }
        assert!(fell > most * 5, "the fault happened {fell} times only");
    }
}

/// Every place in a short message, and some in a long one, its last byte among them.
fn places(size: u64, most: u64) -> impl Iterator<Item = u64> {
    let step = size.div_ceil(most).max(1);
    (0..size).step_by(usize::try_from(step).unwrap()).chain(size.checked_sub(1))
}

pub async fn a_cut_at_any_byte_is_a_connection_error_and_passes(kind: Kind) {
    let Some(mut scene) = Scene::new(kind, 3).await else { return };
    scene.everywhere(Fault::Cut, is_lost).await;
}

pub async fn noise_at_any_byte_is_an_error_and_passes(kind: Kind) {
    let Some(mut scene) = Scene::new(kind, 3).await else { return };
    let is_right = |error: &ommi::Error, context: &str| {
        // Noise in an answer may read as a refusal of the server.
        assert!(matches!(error.kind(), ErrorKind::Connection | ErrorKind::Query), "{context}: {error:?}");
    };
    scene.everywhere(Fault::Garble, is_right).await;
}

pub async fn a_slow_network_changes_nothing(kind: Kind) {
    let Some(mut scene) = Scene::new(kind, 3).await else { return };
    scene.proxy.delay(Duration::from_millis(3));
    for operation in OPERATIONS {
        let attempt = scene.attempt();
        let outcome = bounded("an operation", operation.run(&scene.db, attempt)).await;
        outcome.as_ref().unwrap();
        operation.check(&scene.db, attempt, &outcome, "slow").await;
    }
}

pub async fn a_silent_network_is_left_by_cancelling(kind: Kind) {
    let Some(mut scene) = Scene::new(kind, 20).await else { return };
    for operation in OPERATIONS {
        for (way, size) in scene.sizes(operation).await {
            let attempt = scene.attempt();
            let context = format!("{operation:?}, silent {way:?} after {} of {size} bytes", size / 2);
            scene.proxy.arm(way, size / 2, Fault::Stall);
            let outcome = given_up(operation.run(&scene.db, attempt)).await;
            scene.proxy.disarm();
            operation.check(&scene.db, attempt, &outcome, &context).await;
        }
    }
    connecting_is_given_up(&scene).await;
}

/// The outcome of work whose caller has little patience.
async fn given_up(work: impl Future<Output = ommi::Result<()>>) -> ommi::Result<()> {
    // Long enough for everything that is not silenced.
    let outcome = tokio::time::timeout(Duration::from_millis(300), work).await;
    outcome.unwrap_or_else(|_| Err(ommi::Error::new(ErrorKind::Cancelled, "given up")))
}

/// A connection that is silent from the first byte is given up by the time that the URL allows.
async fn connecting_is_given_up(scene: &Scene) {
    // Nobody else is on this way, as those are whose work was given up.
    let proxy = Proxy::to(scene.server.port).await;
    let url = scene.server.url_by(proxy.port, "connection_timeout=0.5");
    proxy.arm(Way::ToClient, 0, Fault::Stall);
    let start = Instant::now();
    let error = bounded("connecting", Ommi::connect(&url)).await.map(drop).unwrap_err();
    is_lost(&error, "silent while connecting");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

pub async fn a_pool_of_silent_connections_comes_back(kind: Kind) {
    let Some(mut scene) = Scene::new(kind, 2).await else { return };
    let both = (scene.db.transaction().begin().await.unwrap(), scene.db.transaction().begin().await.unwrap());
    // The crate for MongoDB connects when there is something to send, and keeps a connection of its own.
    let wanted = if kind == Kind::Mongodb { 3 } else { 2 };
    while scene.proxy.open() < wanted {
        let (first, second) = tokio::join!(both.0.find::<Note>().all(), both.1.find::<Note>().all());
        assert_eq!(first.unwrap().len(), second.unwrap().len());
    }
    both.0.rollback().await.unwrap();
    both.1.rollback().await.unwrap();
    let (get, all) = (scene.attempt(), scene.attempt());
    scene.proxy.silence_all();
    let outcomes = tokio::join!(
        given_up(Operation::Get.run(&scene.db, get)),
        given_up(Operation::All.run(&scene.db, all))
    );
    assert!(outcomes.0.is_err() && outcomes.1.is_err(), "both had a silent connection: {outcomes:?}");
    let comes_back = async {
        while let Err(error) = scene.db.find::<Note>().count().await {
            let kind = error.kind();
            assert!(matches!(kind, ErrorKind::PoolExhausted | ErrorKind::Connection), "{error}");
        }
    };
    bounded("a pool of silent connections", comes_back).await;
}
