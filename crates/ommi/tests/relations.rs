//! Lazy and eager relations, and that neither becomes one query for each row.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Comment, Post, Role, User, UserRole, with_users};
use ommi::{ErrorKind, Graph, Model, prelude::*};

async fn blog() -> Ommi {
    let db = with_users().await;
    let mut posts: Vec<Post> = [(1, "Notes"), (1, "More notes"), (2, "Compilers")]
        .map(|(author_id, title)| Post { title: title.into(), author_id, ..Post::new() })
        .into();
    db.add_all(&mut posts).await.unwrap();
    db.add_all(&mut [Comment { text: "Good".into(), post_id: 3, ..Comment::new() }]).await.unwrap();
    db.add_all(&mut ["admin", "author"].map(|name| Role { name: name.into() })).await.unwrap();
    db.add_all(
        &mut [(1, "admin"), (1, "author"), (2, "author")]
            .map(|(user_id, role)| UserRole { user_id, role: role.into() }),
    )
    .await
    .unwrap();
    db
}

fn titles(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.title.as_str()).collect()
}

#[tokio::test]
async fn a_lazy_relation_is_loaded_once_and_kept() {
    let db = blog().await;
    let ada = db.get::<User>(1).await.unwrap();
    assert!(ada.posts.loaded().is_none());
    let first = ada.posts.load(&db).await.unwrap();
    assert_eq!(titles(first), ["Notes", "More notes"]);
    assert!(std::ptr::eq(first, ada.posts.load(&db).await.unwrap()));
    assert_eq!(format!("{:?}", ada.posts), "Every(2 loaded)");
}

#[tokio::test]
async fn rows_found_together_load_their_relation_together() {
    let db = blog().await;
    let users = db.find::<User>().order_by(User::ID).all().await.unwrap();
    assert_eq!(users[0].posts.load(&db).await.unwrap().len(), 2);
    let loaded: Vec<_> = users.iter().map(|user| user.posts.loaded().map(<[Post]>::len)).collect();
    assert_eq!(loaded, [Some(2), Some(1), Some(0), Some(0)]);
    // And what they led to was found together too.
    let comments = users[0].posts.loaded().unwrap()[0].comments.load(&db).await.unwrap();
    assert_eq!(comments.len(), 0);
    assert_eq!(users[1].posts.loaded().unwrap()[0].comments.loaded().unwrap()[0].text, "Good");
}

#[tokio::test]
async fn eager_relations_come_with_the_rows() {
    let db = blog().await;
    let users = db.find::<User>().with(User::POSTS).with(User::ROLES).order_by(User::ID).all().await.unwrap();
    assert_eq!(titles(users[1].posts.loaded().unwrap()), ["Compilers"]);
    let roles: Vec<_> = users[0].roles.loaded().unwrap().iter().map(|role| role.name.as_str()).collect();
    assert_eq!(roles, ["admin", "author"]);
    let one = db.find::<Post>().with(Post::AUTHOR).filter(Post::ID.eq(3)).one().await.unwrap();
    assert_eq!(one.author.loaded().unwrap().name, "Grace");
    let mut rows = db.find::<Post>().with(Post::AUTHOR).batch_size(2).stream();
    while let Some(post) = rows.next().await {
        assert!(post.unwrap().author.loaded().is_some());
    }
}

#[tokio::test]
async fn an_added_model_has_its_relations() {
    let db = blog().await;
    let mut post = Post { title: "New".into(), author_id: 2, ..Post::new() };
    let error = post.author.load(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    db.add(&mut post).await.unwrap();
    assert_eq!(post.author.load(&db).await.unwrap().name, "Grace");
    post.author_id = 1;
    db.save(&mut post).await.unwrap();
    assert_eq!(post.author.load(&db).await.unwrap().name, "Ada");
}

#[tokio::test]
async fn refresh_reads_anew() {
    let db = blog().await;
    let mut ada = db.get::<User>(1).await.unwrap();
    assert_eq!(ada.posts.load(&db).await.unwrap().len(), 2);
    db.find::<Post>().filter(Post::ID.eq(1)).delete().await.unwrap();
    assert_eq!(ada.posts.load(&db).await.unwrap().len(), 2);
    assert_eq!(ada.posts.refresh(&db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_transaction_loads_what_it_sees() {
    let db = blog().await;
    db.transaction()
        .run(async |tx| {
            tx.add(&mut Post { title: "Draft".into(), author_id: 4, ..Post::new() }).await?;
            let barbara = tx.get::<User>(4).await?;
            assert_eq!(titles(barbara.posts.load(&tx).await?), ["Draft"]);
            Ok(())
        })
        .await
        .unwrap();
}

#[derive(Model, Debug)]
struct Employee {
    id: i64,
    #[model(references(Employee::id))]
    boss_id: Option<i64>,
    #[model(references(Employee::id))]
    mentor_id: Option<i64>,
    #[model(related, by = boss_id)]
    boss: The<Employee>,
    #[model(related, by = boss_id)]
    team: Every<Employee>,
    #[model(related)]
    unclear: Every<Employee>,
}

#[tokio::test]
async fn a_model_may_lead_to_itself() {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let mut boss = Employee::new();
    db.add(&mut boss).await.unwrap();
    let mut worker = Employee { boss_id: Some(boss.id), ..Employee::new() };
    db.add(&mut worker).await.unwrap();
    assert_eq!(worker.boss.load(&db).await.unwrap().id, boss.id);
    assert_eq!(boss.team.load(&db).await.unwrap()[0].id, worker.id);
    assert!(boss.boss.load_optional(&db).await.unwrap().is_none());
    assert!(boss.boss.load(&db).await.unwrap_err().is_no_result());
    let error = boss.unclear.load(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
    assert!(error.to_string().contains("boss_id"), "{error}");
}

#[tokio::test]
async fn relations_are_loaded_from_many_tasks_at_once() {
    let db = blog().await;
    let users = Arc::new(db.find::<User>().all().await.unwrap());
    let loaded = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let (db, users, loaded) = (db.clone(), users.clone(), loaded.clone());
            tokio::spawn(async move {
                let posts = users[task % users.len()].posts.load(&db).await.unwrap();
                loaded.fetch_add(posts.len(), Ordering::Relaxed);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(loaded.load(Ordering::Relaxed), 6);
}

#[tokio::test]
async fn a_graph_fills_the_fields_that_refer() {
    let db = blog().await;
    let mut comments = ["one", "two"].map(|text| Comment { text: text.into(), ..Comment::new() });
    let mut post = Post { title: "New".into(), ..Post::new() };
    let mut lin = User { name: "Lin".into(), ..User::new() };
    let grace = db.get::<User>(2).await.unwrap();
    let mut graph = Graph::new();
    let texts = graph.add_all(&mut comments);
    let written = graph.add(&mut post);
    graph.add(&mut lin);
    for comment in texts {
        graph.connect(written, Post::COMMENTS, comment);
    }
    graph.connect_stored(written, Post::AUTHOR, &grace);
    db.add_graph(graph).await.unwrap();
    assert_eq!(post.author_id, 2);
    assert!(comments.iter().all(|comment| comment.post_id == post.id && comment.id > 0));
    assert!(lin.id > 2);
    assert_eq!(post.comments.load(&db).await.unwrap().len(), 2);
    assert_eq!(db.get::<Comment>(comments[1].id).await.unwrap().post_id, post.id);
}

#[tokio::test]
async fn a_graph_that_fails_leaves_nothing() {
    let db = blog().await;
    let before = db.find::<User>().count().await.unwrap();
    let (mut lin, mut role) = (User { name: "Lin".into(), ..User::new() }, Role { name: "admin".into() });
    let mut graph = Graph::new();
    let user = graph.add(&mut lin);
    let admin = graph.add(&mut role);
    graph.connect(user, User::ROLES, admin);
    let error = db.add_graph(graph).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
    assert_eq!(db.find::<User>().count().await.unwrap(), before);
    assert_eq!(lin.id, 0);
}

#[tokio::test]
async fn a_relation_with_conditions_comes_with_the_rows() {
    let db = blog().await;
    for title in ["Sketch", "Draft"] {
        db.add(&mut Post { title: title.into(), author_id: 1, ..Post::new() }).await.unwrap();
    }
    let before = db.handle().operations();
    let latest = User::POSTS.filter(Post::TITLE.ne("Draft")).order_by(Post::ID.desc()).limit(2);
    let users = db.find::<User>().with(latest.with(Post::COMMENTS)).order_by(User::ID).all().await.unwrap();
    assert_eq!(db.handle().operations() - before, 3);
    assert_eq!(titles(users[0].posts.loaded().unwrap()), ["Sketch", "More notes"]);
    assert_eq!(titles(users[1].posts.loaded().unwrap()), ["Compilers"]);
    assert_eq!(users[1].posts.loaded().unwrap()[0].comments.loaded().unwrap()[0].text, "Good");
    let mut ada = users.into_iter().next().unwrap();
    assert_eq!(ada.posts.refresh(&db).await.unwrap().len(), 4);
    let roles = db.find::<User>().with(User::ROLES.order_by(Role::NAME.desc()).limit(1)).order_by(User::ID);
    let roles: Vec<_> =
        roles.all().await.unwrap().iter().map(|user| user.roles.loaded().unwrap().to_vec()).collect();
    assert_eq!(roles[0], [Role { name: "author".into() }]);
}
