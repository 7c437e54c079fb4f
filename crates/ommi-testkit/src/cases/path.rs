//! Paths into nested values.

use ommi_core::query::{Direction, Path};

use crate::case::cases;
use crate::kit::*;

cases! {
    values_inside_decide_about_rows,
    what_is_missing_is_null,
    values_of_another_type_are_null,
    lists_on_the_way_lead_nowhere,
    text_is_compared_by_code_point,
    numbers_are_numbers,
    names_of_any_letters,
    values_inside_are_selected_sorted_and_grouped,
    values_inside_are_computed_with,
    values_inside_are_set_from,
    paths_over_joins_and_in_subqueries,
    one_shape_for_one_path,
    paths_without_a_meaning_are_refused,
}

fn at(model: &Arc<ModelDef>, keys: &[&str], ty: FieldType) -> Expr {
    Path::into(column(model, "json"), keys.iter().copied(), ty).into()
}

fn string(model: &Arc<ModelDef>, keys: &[&str]) -> Expr {
    at(model, keys, FieldType::Text)
}

/// Five homes: two in Paris, one without a city, one that is JSON's null, one that is none.
fn homes(db: &Db) -> Result<Arc<ModelDef>> {
    let homes = [
        json(r#"{"city":"Paris","floor":3,"geo":{"lat":48.5,"lon":2},"lift":true}"#),
        json(r#"{"city":"paris","floor":-1,"geo":{"lat":-1.25},"lift":false}"#),
        json(r#"{"city":null,"floor":12,"geo":null}"#),
        json("null"),
        NULL,
    ];
    stored(db, "json", &homes)
}

fn values_inside_decide_about_rows(db: &Db) -> Result<()> {
    let home = homes(db)?;
    let city = || string(&home, &["city"]);
    let floor = || at(&home, &["floor"], FieldType::Int);
    let lat = || at(&home, &["geo", "lat"], FieldType::Float);
    let lift = || at(&home, &["lift"], FieldType::Bool);
    finds(db, &home, city().is(Eq, "Paris"), &[1]);
    finds(db, &home, city().is(Ne, "Paris"), &[2]);
    finds(db, &home, lit("Paris").vs(Eq, city()), &[1]);
    finds(db, &home, city().among(In, ["Paris", "paris", "Rome"]), &[1, 2]);
    finds(db, &home, city().among(NotIn, ["Paris"]), &[2]);
    finds(db, &home, city().is(StartsWith, "P"), &[1]);
    finds(db, &home, city().is(EndsWith, "aris"), &[1, 2]);
    finds(db, &home, city().is(Contains, "ari"), &[1, 2]);
    finds(db, &home, city().is(Like, "p%s"), &[2]);
    finds(db, &home, city().is(ILike, "P%S"), &[1, 2]);
    finds(db, &home, city().is(Regex, "^P"), &[1]);
    finds(db, &home, city().is(Eq, "Paris").negate(), &[2]);
    finds(db, &home, floor().is(Gt, 2), &[1, 3]);
    finds(db, &home, lit(2).vs(Lt, floor()), &[1, 3]);
    finds(db, &home, floor().between(-1, 3), &[1, 2]);
    finds(db, &home, floor().among(In, [3, 12]), &[1, 3]);
    finds(db, &home, lat().is(Lt, 0.0), &[2]);
    finds(db, &home, lat().is(Eq, 48.5), &[1]);
    finds(db, &home, at(&home, &["geo", "lon"], FieldType::Float).is(Eq, 2.0), &[1]);
    finds(db, &home, lift(), &[1]);
    finds(db, &home, lift().negate(), &[2]);
    finds(db, &home, lift().is(Eq, false), &[2]);
    finds(db, &home, lift().test(IsTrue).negate(), &[2, 3, 4, 5]);
    finds(db, &home, lift().or(floor().is(Eq, 12)), &[1, 3]);
    Ok(())
}

fn what_is_missing_is_null(db: &Db) -> Result<()> {
    let home = homes(db)?;
    finds(db, &home, string(&home, &["city"]).test(IsNull), &[3, 4, 5]);
    finds(db, &home, string(&home, &["city"]).is(Eq, NULL), &[3, 4, 5]);
    finds(db, &home, string(&home, &["city"]).is(Ne, NULL), &[1, 2]);
    finds(db, &home, at(&home, &["geo", "lat"], FieldType::Float).test(IsNotNull), &[1, 2]);
    finds(db, &home, string(&home, &["city", "name"]).test(IsNull), &[1, 2, 3, 4, 5]);
    finds(db, &home, string(&home, &["nowhere"]).is(Ne, "x"), &[]);
    finds(db, &home, at(&home, &["lift"], FieldType::Bool).test(IsNull), &[3, 4, 5]);
    Ok(())
}

fn values_of_another_type_are_null(db: &Db) -> Result<()> {
    let values = ["1", "1.0", "1.5", "\"1\"", "true", "null", "{}", "[1]", "9223372036854775807", "1e3"];
    let rows = values.map(|value| json(format!(r#"{{"a":{value}}}"#)));
    let sample = stored(db, "json", &rows)?;
    let read = |ty| db.values(find(&sample).by("id").returning([at(&sample, &["a"], ty)]));
    let max = i64::MAX;
    let expected = [int(1), NULL, NULL, NULL, NULL, NULL, NULL, NULL, int(max), NULL];
    assert_eq!(read(FieldType::Int)?, expected);
    let float = |number: f64| Value::Float(number);
    let big = float(max as f64);
    let expected = [float(1.0), float(1.0), float(1.5), NULL, NULL, NULL, NULL, NULL, big, float(1000.0)];
    assert_eq!(read(FieldType::Float)?, expected);
    let only = |place: usize, value: Value| {
        let mut all = vec![NULL; values.len()];
        all[place] = value;
        all
    };
    assert_eq!(read(FieldType::Text)?, only(3, text("1")));
    assert_eq!(read(FieldType::Bool)?, only(4, true.into()));
    finds(db, &sample, at(&sample, &["a"], FieldType::Int).is(Lt, 2), &[1]);
    finds(db, &sample, at(&sample, &["a"], FieldType::Int).is(Ge, 1), &[1, 9]);
    finds(db, &sample, at(&sample, &["a"], FieldType::Float).is(Le, 1.0), &[1, 2]);
    finds(db, &sample, at(&sample, &["a"], FieldType::Text).is(Ge, ""), &[4]);
    Ok(())
}

fn lists_on_the_way_lead_nowhere(db: &Db) -> Result<()> {
    let rows = [
        json(r#"[{"a":"x"}]"#),
        json(r#"{"a":["x"]}"#),
        json(r#"{"a":[{"b":"x"}],"b":{"0":"x"}}"#),
        json(r#"{"0":"x","a":"x"}"#),
        json(r#"["x"]"#),
        json(r#""x""#),
    ];
    let sample = stored(db, "json", &rows)?;
    finds(db, &sample, string(&sample, &["a"]).is(Eq, "x"), &[4]);
    finds(db, &sample, string(&sample, &["a"]).among(In, ["x"]), &[4]);
    finds(db, &sample, string(&sample, &["a"]).is(StartsWith, "x"), &[4]);
    finds(db, &sample, string(&sample, &["a", "b"]).is(Eq, "x"), &[]);
    finds(db, &sample, string(&sample, &["a", "0"]).is(Eq, "x"), &[]);
    finds(db, &sample, string(&sample, &["0"]).is(Eq, "x"), &[4]);
    finds(db, &sample, string(&sample, &["b", "0"]).is(Eq, "x"), &[3]);
    finds(db, &sample, string(&sample, &["a"]).test(IsNull), &[1, 2, 3, 5, 6]);
    Ok(())
}

fn text_is_compared_by_code_point(db: &Db) -> Result<()> {
    let texts = ["", "B", "a", "b ", "b", "ä", "\u{ffff}", "😀", "q\"\\'\n", "%"];
    let rows = texts.map(|text| json(format!(r#"{{"t":{}}}"#, serde_json::Value::from(text))));
    let sample = stored(db, "json", &rows)?;
    let inside = || string(&sample, &["t"]);
    for (place, wanted) in texts.iter().enumerate() {
        finds(db, &sample, inside().is(Eq, *wanted), &[place as i64 + 1]);
        let below = texts.iter().enumerate().filter(|(_, text)| *text < wanted);
        let below: Vec<i64> = below.map(|(place, _)| place as i64 + 1).collect();
        finds(db, &sample, inside().is(Lt, *wanted), &below);
    }
    let found = db.values(find(&sample).order(inside(), Direction::Descending).returning([inside()]))?;
    let mut sorted = texts;
    sorted.sort_unstable_by(|left, right| right.cmp(left));
    assert_eq!(found, sorted.map(text));
    Ok(())
}

fn numbers_are_numbers(db: &Db) -> Result<()> {
    let rows =
        ["10", "9", "-9223372036854775808", "0.1", "1e300", "9.5"].map(|n| json(format!(r#"{{"n":{n}}}"#)));
    let sample = stored(db, "json", &rows)?;
    let whole = || at(&sample, &["n"], FieldType::Int);
    let float = || at(&sample, &["n"], FieldType::Float);
    finds(db, &sample, whole().is(Lt, 10), &[2, 3]);
    finds(db, &sample, whole().is(Eq, i64::MIN), &[3]);
    finds(db, &sample, float().is(Eq, 0.1), &[4]);
    finds(db, &sample, float().is(Ge, 9.5), &[1, 5, 6]);
    finds(db, &sample, float().is(Eq, 1e300), &[5]);
    let found = db.values(find(&sample).order(float(), Direction::Ascending).select(&["id"]))?;
    assert_eq!(found, [3, 4, 2, 6, 1, 5].map(int));
    Ok(())
}

fn names_of_any_letters(db: &Db) -> Result<()> {
    let names = [
        "", " ", "a.b", "$a", "a$b", "0", "it's", "\"q\"", "\\", "a\nb", "ä😀", "A", "a", "?", "$1", "*",
        "[0]", "{}",
    ];
    for name in names {
        let key = serde_json::Value::from(name);
        let rows = [json(format!(r#"{{{key}:"in"}}"#)), json(format!(r#"{{"x":{{{key}:"deep"}}}}"#))];
        let sample = stored(db, "json", &rows)?;
        finds(db, &sample, string(&sample, &[name]).is(Eq, "in"), &[1]);
        finds(db, &sample, string(&sample, &["x", name]).is(Eq, "deep"), &[2]);
        finds(db, &sample, string(&sample, &["x", name]).is(StartsWith, "d"), &[2]);
        finds(db, &sample, string(&sample, &[name]).test(IsNull), &[2]);
    }
    Ok(())
}

fn values_inside_are_selected_sorted_and_grouped(db: &Db) -> Result<()> {
    let home = homes(db)?;
    let floor = || at(&home, &["floor"], FieldType::Int);
    let found = db.rows(find(&home).order(floor(), Direction::Descending).by("id").returning([
        string(&home, &["city"]),
        floor(),
        at(&home, &["lift"], FieldType::Bool),
    ]))?;
    let expected = [
        [NULL, int(12), NULL],
        [text("Paris"), int(3), true.into()],
        [text("paris"), int(-1), false.into()],
        [NULL, NULL, NULL],
        [NULL, NULL, NULL],
    ];
    assert_eq!(found, expected);
    let city = || string(&home, &["city"]);
    let mut query = find(&home).order(city(), Direction::Ascending).returning([city(), rows()]);
    query.group(city());
    assert_eq!(db.rows(query)?, [[NULL, int(3)], [text("Paris"), int(1)], [text("paris"), int(1)]]);
    let most = Expr::from(Aggregate::of(Function::Max, floor()));
    let sum = Expr::from(Aggregate::of(Function::Sum, floor()));
    assert_eq!(db.rows(find(&home).returning([most, sum]))?, [[int(12), int(14)]]);
    assert_eq!(
        db.values(find(&home).returning([city()]).distinct().order(city(), Direction::Ascending))?.len(),
        3
    );
    Ok(())
}

fn values_inside_are_computed_with(db: &Db) -> Result<()> {
    let home = homes(db)?;
    let city = || string(&home, &["city"]);
    finds(db, &home, city().test(Lower).is(Eq, "paris"), &[1, 2]);
    finds(db, &home, city().test(Length).is(Eq, 5), &[1, 2]);
    finds(db, &home, at(&home, &["floor"], FieldType::Int).is(Add, 1).is(Eq, 4), &[1]);
    finds(db, &home, city().vs(Coalesce, lit("?")).is(Eq, "?"), &[3, 4, 5]);
    finds(db, &home, city().vs(Eq, city()), &[1, 2]);
    finds(db, &home, city().vs(Eq, field(&home, "text")), &[]);
    Ok(())
}

fn values_inside_are_set_from(db: &Db) -> Result<()> {
    let home = homes(db)?;
    let city = string(&home, &["city"]);
    assert_eq!(db.change(find(&home), &[("text", city)])?, 5);
    finds(db, &home, field(&home, "text").is(Eq, "Paris"), &[1]);
    finds(db, &home, field(&home, "text").test(IsNull), &[3, 4, 5]);
    Ok(())
}

fn paths_over_joins_and_in_subqueries(db: &Db) -> Result<()> {
    let home = homes(db)?;
    let inner = find(&home).filter(string(&home, &["city"]).is(Eq, "Paris")).select(&["id"]);
    let among = Expr::from(ommi_core::query::Subquery::among(field(&home, "id"), inner));
    finds(db, &home, among, &[1]);
    let cities = find(&home).returning([string(&home, &["city"])]);
    let among = Expr::from(ommi_core::query::Subquery::among(string(&home, &["city"]), cities));
    finds(db, &home, among, &[1, 2]);
    Ok(())
}

fn one_shape_for_one_path(db: &Db) -> Result<()> {
    let rows = [json(r#"{"a":{"b":"x"},"ab":"y"}"#)];
    let sample = stored(db, "json", &rows)?;
    for _ in 0..2 {
        finds(db, &sample, string(&sample, &["a", "b"]).is(Eq, "x"), &[1]);
        finds(db, &sample, string(&sample, &["ab"]).is(Eq, "x"), &[]);
        finds(db, &sample, string(&sample, &["ab"]).is(Eq, "y"), &[1]);
        finds(db, &sample, at(&sample, &["ab"], FieldType::Int).test(IsNull), &[1]);
    }
    Ok(())
}

fn paths_without_a_meaning_are_refused(db: &Db) -> Result<()> {
    let sample = models::sample();
    let of_text = Path::into(column(&sample, "text"), ["a"], FieldType::Text);
    let cases = [
        (Expr::from(of_text), ErrorKind::Query, "leads into a nested value, not into text"),
        (string(&sample, &[]), ErrorKind::Query, "needs the name"),
        (string(&sample, &["a\0"]), ErrorKind::Validation, "NUL"),
        (string(&sample, &["a"; 31]), ErrorKind::Query, "30 names at most"),
        (at(&sample, &["a"], FieldType::Decimal), ErrorKind::Query, "not to a decimal"),
    ];
    for (path, kind, why) in cases {
        let error = refused(db.count(find(&sample).filter(path.test(IsNull))), kind);
        assert!(error.message().contains(why), "{error}");
        assert_eq!((error.model(), error.field().is_some()), (Some("Sample"), true), "{error}");
    }
    let error =
        refused(db.count(find(&sample).filter(string(&sample, &["a"]).is(Eq, 1))), ErrorKind::Validation);
    assert!(error.message().contains("text"), "{error}");
    Ok(())
}
