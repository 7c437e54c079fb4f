//! The law of joins, over generated rows and predicates: a row is found when some combination of joined rows
//! fulfils the predicate, and once.

use ommi_core::query::ColumnRef;
use ommi_core::schema::ModelId;
use proptest::prelude::*;

use crate::case::cases;
use crate::expr::show;
use crate::generate::{check, same};
use crate::kit::*;
use crate::reference;

cases! {
    joins_find_what_the_reference_finds,
    updates_and_deletes_over_joins_meet_the_same_rows,
}

/// Ages of users, and posts with the number of their author and a score.
type Rows = (Vec<Option<i64>>, Vec<(usize, Option<i64>)>);

fn rows() -> impl Strategy<Value = Rows> {
    let number = || proptest::option::weighted(0.8, 0_i64..5);
    (proptest::collection::vec(number(), 1..6), proptest::collection::vec((0_usize..6, number()), 0..10))
        .prop_map(|(users, posts)| {
            let authors = users.len();
            (users, posts.into_iter().map(|(author, score)| (author % authors, score)).collect())
        })
}

fn predicate(blog: &models::Blog) -> impl Strategy<Value = Expr> + use<> {
    let columns = vec![field(&blog.user, "age"), field(&blog.post, "score")];
    let column = || prop::sample::select(columns.clone());
    let operator = prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge]);
    let right = prop_oneof![3 => (0_i64..5).prop_map(lit), 1 => column()];
    let compared = (column(), operator, right).prop_map(|(left, operator, right)| left.vs(operator, right));
    let tested =
        (column(), any::<bool>()).prop_map(|(left, null)| left.test(if null { IsNull } else { IsNotNull }));
    let listed =
        (column(), proptest::collection::vec(0_i64..5, 0..3)).prop_map(|(left, list)| left.among(In, list));
    let leaf = prop_oneof![4 => compared, 1 => tested, 1 => listed];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Expr::And),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Expr::Or),
            inner.prop_map(Expr::negate),
        ]
    })
}

fn mentions(expr: &Expr, model: ModelId) -> bool {
    match expr {
        Expr::Column(column) => column.model.id() == model,
        Expr::Value(_) | Expr::List(_) => false,
        Expr::Apply(_, parts) | Expr::And(parts) | Expr::Or(parts) => {
            parts.iter().any(|part| mentions(part, model))
        }
        Expr::Not(inner) => mentions(inner, model),
    }
}

fn store(db: &Db, blog: &models::Blog, (users, posts): &Rows) -> Result<()> {
    db.remove(find(&blog.post))?;
    db.remove(find(&blog.user))?;
    let users: Vec<Row> =
        (1..).zip(users).map(|(id, age)| vec![int(id), text("user"), (*age).into()]).collect();
    db.add_all(&blog.user, &["id", "name", "age"], &users)?;
    let post = |(id, (author, score)): (i64, &(usize, Option<i64>))| {
        vec![int(id), text("post"), int(*author as i64 + 1), (*score).into()]
    };
    let posts: Vec<Row> = (1..).zip(posts).map(post).collect();
    db.add_all(&blog.post, &["id", "title", "author_id", "score"], &posts).map(drop)
}

/// Which users and which posts a predicate finds.
fn expected(blog: &models::Blog, (users, posts): &Rows, predicate: &Expr) -> (Vec<i64>, Vec<i64>) {
    let holds = |age: Option<i64>, score: Option<i64>| {
        let row = |column: &ColumnRef| {
            if column.model.id() == blog.user.id() { age.into() } else { Value::from(score) }
        };
        reference::holds(predicate, &row) == Ok(true)
    };
    let is_joined = mentions(predicate, blog.post.id());
    let user_is_found = |(author, age): (usize, &Option<i64>)| {
        let mut scores = posts.iter().filter(|(writer, _)| *writer == author).map(|(_, score)| *score);
        let found = if is_joined { scores.any(|score| holds(*age, score)) } else { holds(*age, None) };
        found.then_some(author as i64 + 1)
    };
    let found_users = users.iter().enumerate().filter_map(user_is_found).collect();
    let found_posts = (1..)
        .zip(posts)
        .filter(|(_, (author, score))| holds(users[*author], *score))
        .map(|(id, _)| id)
        .collect();
    (found_users, found_posts)
}

fn joins_find_what_the_reference_finds(db: &Db) -> Result<()> {
    let blog = models::blog();
    check(300, (rows(), proptest::collection::vec(predicate(&blog), 3)), |(rows, predicates)| {
        store(db, &blog, &rows)?;
        for predicate in predicates {
            let (users, posts) = expected(&blog, &rows, &predicate);
            let told = || format!("{} over {rows:?}", show(&predicate));
            for (model, expected) in [(&blog.user, users), (&blog.post, posts)] {
                let query = || find(model).filter(predicate.clone());
                same(&db.ids(query().by("id"))?, &expected, told)?;
                same(&db.count(query())?, &(expected.len() as i64), told)?;
                same(&db.exists(query())?, &!expected.is_empty(), told)?;
                let page: Vec<i64> = expected.iter().copied().skip(1).take(2).collect();
                same(&db.ids(query().by("id").limit(2).offset(1))?, &page, told)?;
            }
        }
        Ok(())
    });
    Ok(())
}

fn updates_and_deletes_over_joins_meet_the_same_rows(db: &Db) -> Result<()> {
    let blog = models::blog();
    check(150, (rows(), predicate(&blog)), |(rows, predicate)| {
        store(db, &blog, &rows)?;
        let (users, posts) = expected(&blog, &rows, &predicate);
        let told = || format!("{} over {rows:?}", show(&predicate));
        let changed = db.change(find(&blog.user).filter(predicate.clone()), &[("name", lit("found"))])?;
        same(&changed, &(users.len() as u64), told)?;
        let renamed = find(&blog.user).filter(field(&blog.user, "name").is(Eq, "found")).by("id");
        same(&db.ids(renamed)?, &users, told)?;
        same(&db.remove(find(&blog.post).filter(predicate.clone()))?, &(posts.len() as u64), told)?;
        let rest: Vec<i64> = (1..=rows.1.len() as i64).filter(|id| !posts.contains(id)).collect();
        same(&db.ids(find(&blog.post).by("id"))?, &rest, told)
    });
    Ok(())
}
