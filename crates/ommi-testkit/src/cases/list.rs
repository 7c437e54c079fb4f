//! Lists: several members at once, and how many there are. One member is `contains`, which `every_type` holds.

use crate::case::cases;
use crate::kit::*;

cases! {
    a_list_that_has_one_of_several,
    a_list_that_has_all_of_several,
    lists_of_every_type_of_member,
    no_members_at_all,
    null_among_the_members,
    hundreds_of_members,
    how_many_members_there_are,
    what_is_no_list_is_refused,
}

fn members<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Vec<Expr> {
    values.into_iter().map(|value| lit(value)).collect()
}

/// Five rows with tags: a and b, b, none, NULL as one of them, and no list.
fn tagged(db: &Db) -> Result<Arc<ModelDef>> {
    let lists = [json(r#"["a","b"]"#), json(r#"["b"]"#), json("[]"), json(r#"["c",null]"#), NULL];
    stored(db, "texts", &lists)
}

fn a_list_that_has_one_of_several(db: &Db) -> Result<()> {
    let sample = tagged(db)?;
    let tags = field(&sample, "texts");
    finds(db, &sample, Expr::overlaps(&tags, members(["a", "c"])), &[1, 4]);
    finds(db, &sample, Expr::overlaps(&tags, members(["b"])), &[1, 2]);
    finds(db, &sample, Expr::overlaps(&tags, members(["x", "A"])), &[]);
    finds(db, &sample, Expr::overlaps(&tags, members(["a", "c"])).negate(), &[2, 3]);
    finds(db, &sample, Expr::overlaps(&tags, members(["a"])).and(field(&sample, "id").is(Gt, 1)), &[]);
    Ok(())
}

fn a_list_that_has_all_of_several(db: &Db) -> Result<()> {
    let sample = tagged(db)?;
    let tags = field(&sample, "texts");
    finds(db, &sample, Expr::contains_all(&tags, members(["b", "a"])), &[1]);
    finds(db, &sample, Expr::contains_all(&tags, members(["b", "b"])), &[1, 2]);
    finds(db, &sample, Expr::contains_all(&tags, members(["a", "x"])), &[]);
    finds(db, &sample, Expr::contains_all(&tags, members(["b", "a"])).negate(), &[2, 3, 4]);
    Ok(())
}

fn lists_of_every_type_of_member(db: &Db) -> Result<()> {
    let all = |name: &str, lists: [&str; 2], values: [Value; 2]| -> Result<()> {
        let sample = stored(db, name, &lists.map(json))?;
        let list = field(&sample, name);
        finds(db, &sample, Expr::contains_all(&list, members(values.clone())), &[1]);
        finds(db, &sample, Expr::overlaps(&list, members(values)), &[1, 2]);
        Ok(())
    };
    all("ints", ["[3,1,2]", "[2,4]"], [int(1), int(2)])?;
    all("floats", ["[0.5,-1.25]", "[0.5]"], [0.5.into(), Value::Float(-1.25)])?;
    all("bools", ["[true,false]", "[true]"], [true.into(), false.into()])?;
    all("texts", [r#"["ä","😀"]"#, r#"["😀"]"#], [text("ä"), text("😀")])
}

fn no_members_at_all(db: &Db) -> Result<()> {
    let sample = tagged(db)?;
    let tags = field(&sample, "texts");
    finds(db, &sample, Expr::overlaps(&tags, []), &[]);
    finds(db, &sample, Expr::contains_all(&tags, []), &[1, 2, 3, 4, 5]);
    Ok(())
}

fn null_among_the_members(db: &Db) -> Result<()> {
    let sample = tagged(db)?;
    let tags = field(&sample, "texts");
    let with_null = || [lit("c"), lit(NULL)];
    finds(db, &sample, Expr::overlaps(&tags, with_null()), &[4]);
    finds(db, &sample, Expr::overlaps(&tags, with_null()).negate(), &[]);
    finds(db, &sample, Expr::contains_all(&tags, with_null()), &[]);
    finds(db, &sample, Expr::contains_all(&tags, with_null()).negate(), &[1, 2, 3]);
    Ok(())
}

fn hundreds_of_members(db: &Db) -> Result<()> {
    let many = (0..300).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let sample = stored(db, "ints", &[json(format!("[{many}]")), json("[299]"), json("[300]")])?;
    let list = field(&sample, "ints");
    finds(db, &sample, Expr::contains_all(&list, members(0..300_i64)), &[1]);
    finds(db, &sample, Expr::overlaps(&list, members(0..300_i64)), &[1, 2]);
    Ok(())
}

fn how_many_members_there_are(db: &Db) -> Result<()> {
    let sample = tagged(db)?;
    let length = || field(&sample, "texts").test(Length);
    let found = db.values(find(&sample).by("id").returning([length()]))?;
    assert_eq!(found, [int(2), int(1), int(0), int(2), NULL]);
    finds(db, &sample, length().is(Gt, 1), &[1, 4]);
    finds(db, &sample, length().is(Eq, 0), &[3]);
    finds(db, &sample, length().test(IsNull), &[5]);
    for (name, list) in [("ints", "[1,1,1]"), ("floats", "[0.5,1.0,2.5]"), ("bools", "[true,true,false]")] {
        let sample = stored(db, name, &[json(list)])?;
        finds(db, &sample, field(&sample, name).test(Length).is(Eq, 3), &[1]);
    }
    Ok(())
}

fn what_is_no_list_is_refused(db: &Db) -> Result<()> {
    let sample = models::sample();
    let names = field(&sample, "text");
    let error = refuses(db, &sample, Expr::overlaps(&names, [lit(1)]), ErrorKind::Validation);
    assert!(error.message().contains("text"), "{error}");
    let error = refuses(db, &sample, field(&sample, "json").test(Length).is(Gt, 1), ErrorKind::Query);
    assert!(error.message().contains("`length` has no meaning"), "{error}");
    Ok(())
}
