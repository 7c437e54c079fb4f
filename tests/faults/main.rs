//! Servers that are killed and networks that fail, at every step of every operation: an error of the right kind in
//! bounded time, nothing left over, and a handle that works again.
//!
//! Every test has a server of its own, so the servers' programs have to be installed. For MongoDB one that is there does
//! as well where only the network fails.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic)] // a failure of a helper is a failed test

mod access;
mod certificates;
mod kills;
mod network;
mod operation;
mod proxy;
mod rounds;
mod server;

use std::time::Duration;

use server::Kind;

/// How long anything may take that should end soon. It is long because the machine may be busy.
const BOUND: Duration = Duration::from_secs(20);

/// The output of a future that has to end in bounded time.
async fn bounded<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, future)
        .await
        .unwrap_or_else(|_| panic!("{what} did not end within {BOUND:?}"))
}

/// The tests, each on each database.
macro_rules! on_each_database {
    ($($topic:ident::$name:ident),* $(,)?) => {
        on_each_database!(postgres Postgres $($topic::$name),*);
        on_each_database!(mysql Mysql $($topic::$name),*);
    };
    (mongodb: $($topic:ident::$name:ident),* $(,)?) => {
        on_each_database!(mongodb Mongodb $($topic::$name),*);
    };
    ($module:ident $kind:ident $($topic:ident::$name:ident),*) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$topic::$name(crate::Kind::$kind).await;
                }
            )*
        }
    };
}

on_each_database!(
    access::what_is_wrong_is_said_once_clearly_and_without_the_password,
    access::certificates_are_verified_as_far_as_asked,
    kills::a_killed_server_fails_work_in_flight_and_nothing_later,
    kills::what_was_committed_is_there_after_a_crash,
    network::a_cut_at_any_byte_is_a_connection_error_and_passes,
    network::noise_at_any_byte_is_an_error_and_passes,
    network::a_pool_of_silent_connections_comes_back,
    network::a_slow_network_changes_nothing,
    network::a_silent_network_is_left_by_cancelling,
    rounds::many_rounds_of_faults_leave_nothing_behind,
);

on_each_database!(
    mongodb: kills::a_killed_server_fails_work_in_flight_and_nothing_later,
    kills::what_was_committed_is_there_after_a_crash,
    network::a_cut_at_any_byte_is_a_connection_error_and_passes,
    network::noise_at_any_byte_is_an_error_and_passes,
    network::a_pool_of_silent_connections_comes_back,
    network::a_slow_network_changes_nothing,
    network::a_silent_network_is_left_by_cancelling,
    rounds::many_rounds_of_faults_leave_nothing_behind,
);
