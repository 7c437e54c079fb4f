//! Adding, finding, changing and removing models.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

mod common;

use common::{Post, Role, User, UserRole, empty, names, user, with_users};
use ommi::{ErrorKind, Model, prelude::*};

#[tokio::test]
async fn add_writes_the_generated_key_back() {
    let db = empty().await;
    let mut ada = user("Ada", 36);
    db.add(&mut ada).await.unwrap();
    assert_eq!(ada.id, 1);
    assert_eq!(db.get::<User>(1).await.unwrap(), ada);
}

#[tokio::test]
async fn add_keeps_a_given_key() {
    let db = empty().await;
    let mut ada = User { id: 70, ..user("Ada", 36) };
    db.add(&mut ada).await.unwrap();
    assert_eq!(ada.id, 70);
    assert_eq!(db.get::<User>(70).await.unwrap().name, "Ada");
}

#[tokio::test]
async fn add_all_gives_keys_in_order_and_mixes_given_and_generated_ones() {
    let db = empty().await;
    let mut users = [user("a", 1), User { id: 50, ..user("b", 2) }, user("c", 3)];
    db.add_all(&mut users).await.unwrap();
    assert_eq!(users[1].id, 50);
    for user in &users {
        assert_eq!(db.get::<User>(user.id).await.unwrap().name, user.name);
    }
}

#[tokio::test]
async fn add_all_is_all_or_nothing() {
    let db = with_users().await;
    let taken = User { email: Some("ada@example.org".into()), ..user("Impostor", 3) };
    let error = db.add_all(&mut [user("new", 1), taken.clone()]).await.unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    assert_eq!(error.columns(), ["email"]);
    let mixed = &mut [User { id: 90, ..user("new", 1) }, taken];
    assert!(db.add_all(mixed).await.unwrap_err().is_unique_violation());
    assert_eq!(db.find::<User>().count().await.unwrap(), 4);
}

#[tokio::test]
async fn adding_nothing_does_nothing() {
    let db = empty().await;
    db.add_all::<User>(&mut []).await.unwrap();
    assert_eq!(db.find::<User>().count().await.unwrap(), 0);
}

#[tokio::test]
async fn ten_thousand_models_are_added_at_once() {
    let db = empty().await;
    let mut users: Vec<_> = (0..10_000).map(|age| user(&format!("user {age}"), age)).collect();
    db.add_all(&mut users).await.unwrap();
    assert_eq!(users.last().unwrap().id, 10_000);
    assert_eq!(db.find::<User>().order_by(User::ID).all().await.unwrap(), users);
}

#[tokio::test]
async fn get_without_a_row_says_so() {
    let db = empty().await;
    let error = db.get::<User>(1).await.unwrap_err();
    assert_eq!((error.kind(), error.model()), (ErrorKind::NoResult, Some("User")));
}

#[tokio::test]
async fn composite_keys_are_given_as_tuples() {
    let db = with_users().await;
    db.add(&mut Role { name: "admin".into() }).await.unwrap();
    let mut link = UserRole { user_id: 1, role: "admin".into() };
    db.add(&mut link).await.unwrap();
    assert_eq!(db.get::<UserRole>((1, "admin")).await.unwrap(), link);
    assert_eq!(db.get::<UserRole>((2, "admin")).await.unwrap_err().kind(), ErrorKind::NoResult);
    db.save(&mut link).await.unwrap();
    db.delete(&link).await.unwrap();
    db.save(&mut link).await.unwrap();
    assert_eq!(db.find::<UserRole>().count().await.unwrap(), 1);
}

#[tokio::test]
async fn save_adds_or_overwrites() {
    let db = empty().await;
    let mut ada = user("Ada", 36);
    db.save(&mut ada).await.unwrap();
    ada.age = 37;
    db.save(&mut ada).await.unwrap();
    assert_eq!(db.find::<User>().all().await.unwrap(), [ada.clone()]);
    let mut given = User { id: 9, ..user("Grace", 45) };
    db.save(&mut given).await.unwrap();
    assert_eq!(db.get::<User>(9).await.unwrap(), given);
}

#[tokio::test]
async fn reload_and_delete_need_the_row() {
    let db = with_users().await;
    let mut ada = db.get::<User>(1).await.unwrap();
    db.find::<User>().filter(User::ID.eq(1)).update(User::AGE.set(99)).await.unwrap();
    db.reload(&mut ada).await.unwrap();
    assert_eq!(ada.age, 99);
    db.delete(&ada).await.unwrap();
    assert!(db.delete(&ada).await.unwrap_err().is_no_result());
    assert!(db.reload(&mut ada).await.unwrap_err().is_no_result());
    assert_eq!(db.delete(&User::new()).await.unwrap_err().kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn filters_are_joined_by_and() {
    let db = with_users().await;
    let found = db
        .find::<User>()
        .filter(User::AGE.ge(18))
        .filter(User::NAME.ne("Ada"))
        .order_by(User::NAME.desc())
        .all()
        .await
        .unwrap();
    assert_eq!(names(&found), ["Grace", "Barbara"]);
}

#[tokio::test]
async fn limit_offset_and_pages() {
    let db = with_users().await;
    let by_age = || db.find::<User>().order_by(User::AGE);
    assert_eq!(names(&by_age().limit(2).all().await.unwrap()), ["Linus", "Barbara"]);
    assert_eq!(names(&by_age().offset(3).all().await.unwrap()), ["Grace"]);
    assert_eq!(names(&by_age().page(1, 3).all().await.unwrap()), ["Grace"]);
    assert_eq!(by_age().page(u64::MAX, 3).all().await.unwrap(), []);
    assert_eq!(by_age().limit(0).first().await.unwrap(), None);
    assert_eq!(by_age().first().await.unwrap().unwrap().name, "Linus");
}

#[tokio::test]
async fn select_gives_tuples_or_single_values() {
    let db = with_users().await;
    let pairs: Vec<(String, Option<String>)> =
        db.find::<User>().order_by(User::NAME).select((User::NAME, User::EMAIL)).all().await.unwrap();
    assert_eq!(pairs[0], ("Ada".into(), Some("ada@example.org".into())));
    let active: Vec<bool> = db.find::<User>().select(User::ACTIVE).distinct().all().await.unwrap();
    assert_eq!(active.len(), 2);
    assert_eq!(db.find::<User>().select(User::AGE).filter(User::NAME.eq("Ada")).one().await.unwrap(), 36);
}

#[tokio::test]
async fn predicates_on_another_model_join_it() {
    let db = with_users().await;
    db.add_all(&mut [
        Post { title: "One".into(), author_id: 1, ..Post::new() },
        Post { title: "Two".into(), author_id: 1, ..Post::new() },
        Post { title: "Three".into(), author_id: 2, ..Post::new() },
    ])
    .await
    .unwrap();
    let writers = db.find::<User>().filter(Post::TITLE.in_(["One", "Two"])).all().await.unwrap();
    assert_eq!(names(&writers), ["Ada"]);
    let titles = db.find::<Post>().filter(User::NAME.eq("Grace")).select(Post::TITLE).all().await.unwrap();
    assert_eq!(titles, ["Three"]);
}

#[tokio::test]
async fn update_and_delete_count_rows() {
    let db = with_users().await;
    let grown_up = || db.find::<User>().filter(User::ACTIVE);
    assert_eq!(
        grown_up()
            .update((User::AGE.set(User::AGE + 1), User::EMAIL.set("x".to_owned())))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::UniqueViolation
    );
    assert_eq!(grown_up().update(User::AGE.set(User::AGE * 2 - 1)).await.unwrap(), 3);
    assert_eq!(db.get::<User>(1).await.unwrap().age, 71);
    assert_eq!(db.find::<User>().filter(!User::ACTIVE).delete().await.unwrap(), 1);
    assert_eq!(db.find::<User>().count().await.unwrap(), 3);
}

#[tokio::test]
async fn update_without_assignments_is_an_error() {
    let db = with_users().await;
    let error = db.find::<User>().update(Vec::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.model()), (ErrorKind::Validation, Some("User")));
}

#[tokio::test]
async fn a_stream_gives_every_row_and_ends() {
    let db = with_users().await;
    let mut rows = db.find::<User>().order_by(User::ID).batch_size(3).stream();
    let mut ids = Vec::new();
    while let Some(user) = rows.next().await {
        ids.push(user.unwrap().id);
    }
    assert_eq!(ids, [1, 2, 3, 4]);
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn a_refused_value_is_told_when_the_query_runs() {
    #[derive(ommi::Model, Debug)]
    struct Big {
        id: i64,
        size: u64,
    }
    let db = empty().await;
    let refused = Big::SIZE.eq(u64::MAX);
    for error in [
        db.find::<Big>().filter(refused.clone()).all().await.unwrap_err(),
        db.find::<Big>().filter(!refused.clone() | Big::ID.eq(1)).count().await.unwrap_err(),
        db.find::<Big>().filter(refused).stream().next().await.unwrap().unwrap_err(),
        db.find::<Big>().update(Big::SIZE.set(u64::MAX)).await.unwrap_err(),
        db.add(&mut Big { id: 0, size: u64::MAX }).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        assert_eq!((error.model(), error.field()), (Some("Big"), Some("size")), "{error}");
    }
}

#[tokio::test]
async fn what_the_database_holds_must_fit_the_type() {
    #[derive(ommi::Model, Debug)]
    #[model(table = "numbers")]
    struct Wide {
        id: i64,
        number: Option<i64>,
    }
    #[derive(ommi::Model, Debug)]
    #[model(table = "numbers")]
    struct Narrow {
        id: i64,
        number: i8,
    }
    let db = Ommi::builder().implicit_setup(false).connect("sqlite://:memory:").await.unwrap();
    db.use_models(ommi::models![Wide]).await.unwrap();
    db.add_all(&mut [Wide { id: 1, number: Some(300) }, Wide { id: 2, number: None }]).await.unwrap();
    let error = db.get::<Narrow>(1).await.unwrap_err();
    assert_eq!((error.model(), error.field()), (Some("Narrow"), Some("number")));
    assert_eq!(error.message(), "the database holds an integer that does not fit in `i8`");
    let error = db.find::<Narrow>().filter(Narrow::ID.eq(2)).select(Narrow::NUMBER).one().await.unwrap_err();
    assert_eq!((error.model(), error.field()), (Some("Narrow"), Some("number")));
    assert_eq!(error.message(), "the database holds NULL, and the field is not an `Option`");
}

#[tokio::test]
async fn a_closed_handle_says_so() {
    let db = with_users().await;
    let clone = db.clone();
    db.close().await.unwrap();
    assert!(clone.is_closed());
    assert_eq!(clone.find::<User>().all().await.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test]
async fn operations_may_be_spawned() {
    let db = with_users().await;
    let tasks: Vec<_> = (1..=4)
        .map(|id| {
            let db = db.clone();
            tokio::spawn(async move {
                let user = db.get::<User>(id).await?;
                db.transaction()
                    .run(async |tx| tx.find::<User>().filter(User::ID.eq(id)).count().await)
                    .await?;
                db.find::<User>().filter(User::NAME.eq(user.name)).one().await
            })
        })
        .collect();
    for (task, id) in tasks.into_iter().zip(1..) {
        assert_eq!(task.await.unwrap().unwrap().id, id);
    }
}

#[derive(Model, Debug, Clone, PartialEq)]
struct Page {
    id: i64,
    title: String,
    body: Option<String>,
    #[model(version)]
    version: i32,
    #[model(tracked)]
    tracked: ommi::Tracked,
}

#[tokio::test]
async fn a_tracked_model_writes_what_changed() {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let mut page = Page { title: "Draft".into(), ..Page::new() };
    assert!(!page.tracked.is_known());
    db.add(&mut page).await.unwrap();
    assert_eq!((page.version, page.tracked.is_known()), (1, true));
    let before = db.handle().operations();
    db.save(&mut page).await.unwrap();
    assert_eq!(db.handle().operations(), before, "nothing changed, and nothing was sent");
    db.find::<Page>().update(Page::BODY.set("theirs")).await.unwrap();
    page.title = "Notes".into();
    db.save(&mut page).await.unwrap();
    let mut stored = db.get::<Page>(page.id).await.unwrap();
    assert_eq!((stored.title.as_str(), stored.body.as_deref(), stored.version), ("Notes", Some("theirs"), 2));
    stored.body = None;
    db.save(&mut stored).await.unwrap();
    assert_eq!(db.get::<Page>(page.id).await.unwrap().body, None);
}

#[tokio::test]
async fn a_version_tells_of_a_lost_race() {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let mut mine = Page { title: "Draft".into(), ..Page::new() };
    db.save(&mut mine).await.unwrap();
    let mut yours = db.get::<Page>(mine.id).await.unwrap();
    yours.title = "yours".into();
    db.save(&mut yours).await.unwrap();
    mine.title = "mine".into();
    let error = db.save(&mut mine).await.unwrap_err();
    assert!(error.is_conflict() && error.message().contains("id = 1"), "{error}");
    assert!(db.delete(&mine).await.unwrap_err().is_conflict());
    db.reload(&mut mine).await.unwrap();
    assert_eq!((mine.title.as_str(), mine.version), ("yours", 2));
    db.delete(&mine).await.unwrap();
    mine.title = "gone".into();
    assert!(db.save(&mut mine).await.unwrap_err().is_conflict());
}

#[tokio::test]
async fn a_sample_of_the_rows() {
    let db = with_users().await;
    let drawn = db.find::<User>().filter(User::AGE.ge(28)).sample(2).all().await.unwrap();
    assert!(drawn.len() == 2 && drawn[0] != drawn[1] && drawn.iter().all(|user| user.age >= 28));
    assert_eq!(db.find::<User>().sample(9).count().await.unwrap(), 4);
    let error = db.find::<User>().order_by(User::ID).sample(1).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query);
}
