//! The law of joins, over generated rows and predicates: a row is found when some combination of joined rows
//! fulfils the predicate, and once.

use proptest::prelude::*;

use crate::case::cases;
use crate::expr::show;
use crate::generate::check;
use crate::kit::*;
use crate::oracle::{agree, oracle};

cases! {
    joins_find_what_the_oracle_finds,
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

fn store(session: &Session, blog: &models::Blog, (users, posts): &Rows) -> Result<()> {
    session.remove(find(&blog.post))?;
    session.remove(find(&blog.user))?;
    let users: Vec<Row> =
        (1..).zip(users).map(|(id, age)| vec![int(id), text("user"), (*age).into()]).collect();
    session.add_all(&blog.user, &["id", "name", "age"], &users)?;
    let post = |(id, (author, score)): (i64, &(usize, Option<i64>))| {
        vec![int(id), text("post"), int(*author as i64 + 1), (*score).into()]
    };
    let posts: Vec<Row> = (1..).zip(posts).map(post).collect();
    session.add_all(&blog.post, &["id", "title", "author_id", "score"], &posts).map(drop)
}

fn joins_find_what_the_oracle_finds(db: &Db) -> Result<()> {
    let (blog, oracle) = (models::blog(), oracle());
    let both: [&Session; 2] = [db, &oracle];
    check(300, (rows(), proptest::collection::vec(predicate(&blog), 3)), |(rows, predicates)| {
        both.into_iter().try_for_each(|session| store(session, &blog, &rows))?;
        for predicate in predicates {
            for model in [&blog.user, &blog.post] {
                let query = || find(model).filter(predicate.clone());
                let run = |session: &Session| {
                    Ok((
                        session.ids(query().by("id"))?,
                        session.count(query())?,
                        session.exists(query())?,
                        session.ids(query().by("id").limit(2).offset(1))?,
                    ))
                };
                agree(both, run, || format!("{} over {rows:?}", show(&predicate)))?;
            }
        }
        Ok(())
    });
    Ok(())
}

fn updates_and_deletes_over_joins_meet_the_same_rows(db: &Db) -> Result<()> {
    let (blog, oracle) = (models::blog(), oracle());
    let both: [&Session; 2] = [db, &oracle];
    check(150, (rows(), predicate(&blog)), |(rows, predicate)| {
        both.into_iter().try_for_each(|session| store(session, &blog, &rows))?;
        let run = |session: &Session| {
            let changed =
                session.change(find(&blog.user).filter(predicate.clone()), &[("name", lit("found"))])?;
            let renamed =
                session.ids(find(&blog.user).filter(field(&blog.user, "name").is(Eq, "found")).by("id"))?;
            let removed = session.remove(find(&blog.post).filter(predicate.clone()))?;
            Ok((changed, renamed, removed, session.ids(find(&blog.post).by("id"))?))
        };
        agree(both, run, || format!("{} over {rows:?}", show(&predicate)))
    });
    Ok(())
}
