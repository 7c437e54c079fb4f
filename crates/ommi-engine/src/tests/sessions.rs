//! Operations outside of transactions: the plan cache, short reads, streams, closing.

use futures_util::StreamExt;
use ommi_core::ErrorKind;
use ommi_core::driver::FetchOptions;
use ommi_core::query::Assignment;
use ommi_core::value::RowBatch;

use super::*;
use crate::TxOptions;
use crate::testing::{eq, models, value};

#[test]
fn a_shape_is_compiled_once() {
    let (handle, fake) = handle();
    let session = handle.session();
    let user = &models().user;
    for id in 0..3 {
        let mut rows = RowBatch::with_capacity(1, 1);
        session.fetch_now(&fetch(user, eq(user, "id", id)), &mut rows).unwrap().unwrap();
        assert_eq!(rows.len(), 1);
    }
    assert_eq!(
        fake.take_log(),
        [
            "compile User",
            "fetch_now [User] [Scalar(Int(0))]",
            "fetch_now [User] [Scalar(Int(1))]",
            "fetch_now [User] [Scalar(Int(2))]"
        ]
    );
    assert_eq!(handle.cached_plans(), 1);
}

#[test]
fn a_failed_plan_is_not_kept() {
    let (handle, _) = handle();
    let user = &models().user;
    let mut rows = RowBatch::default();
    let outcome = handle.session().fetch_now(&fetch(user, eq(&models().lonely, "id", 1)), &mut rows);
    assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::Query);
    assert_eq!(handle.cached_plans(), 0);
}

#[test]
fn the_cache_is_bounded() {
    let (handle, _) = open(HandleOptions { plan_cache_size: 32, ..HandleOptions::default() });
    let user = &models().user;
    for length in 1..500 {
        let any = Expr::Or((0..length).map(|id| eq(user, "id", id)).collect());
        handle.session().statement(&fetch(user, any)).unwrap();
    }
    assert!(handle.cached_plans() <= 64, "{}", handle.cached_plans());
}

#[test]
fn a_stream_gives_batches_and_errors_name_the_model() {
    let (handle, _) = handle();
    let user = &models().user;
    let rows: Vec<_> = block_on(handle.session().fetch(all(user), FetchOptions::default()).collect());
    assert_eq!(rows.len(), 1);
    let refused = fetch(user, eq(user, "age", "x"));
    let rows: Vec<_> = block_on(handle.session().fetch(refused, FetchOptions::default()).collect());
    let [Err(error)] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(error.to_string(), "User.age: expected an integer, got text");
}

#[test]
fn writes_run_and_a_read_is_no_write() {
    let (handle, fake) = handle();
    let user = &models().user;
    let assignment = Assignment { field: user.require_field("age").unwrap(), value: value(3) };
    let update = Operation::Update(Query::new(user.clone()).filter(eq(user, "id", 1)), vec![assignment]);
    assert_eq!(wait(handle.session().write(update)), 1);
    assert_eq!(fake.take_log()[1], "write [User] [Scalar(Int(3)), Scalar(Int(1))]");
    assert_eq!(fail(handle.session().write(all(user))).kind(), ErrorKind::Internal);
}

#[test]
fn a_closed_handle_refuses_everything() {
    let (handle, fake) = handle();
    wait(handle.close());
    wait(handle.close());
    assert_eq!(fake.take_log(), ["close"]);
    assert!(handle.is_closed());
    let user = &models().user;
    let mut rows = RowBatch::default();
    let outcome = handle.session().fetch_now(&all(user), &mut rows);
    assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(fail(handle.use_models(vec![user.clone()])).kind(), ErrorKind::Closed);
    assert_eq!(fail(handle.begin(TxOptions::default())).kind(), ErrorKind::Closed);
}
