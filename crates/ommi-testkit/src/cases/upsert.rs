//! Rows that are added while one like them may be there.

use ommi_core::query::{Assignment, Conflict, Resolution};
use ommi_engine::Stored;

use crate::case::cases;
use crate::kit::*;

use super::races::at_once;

cases! {
    what_is_not_there_is_added,
    what_is_there_is_replaced_but_for_its_key,
    what_is_there_is_left_alone,
    fields_are_set_from_the_row_and_from_what_was_given,
    given_values_stand_in_conditions_too,
    rows_of_one_call_see_those_before_them,
    nulls_meet_nothing,
    a_key_that_is_given_is_a_target,
    a_key_of_several_fields_is_a_target,
    a_unique_index_of_several_fields_is_a_target,
    decimals_meet_as_numbers,
    a_conflict_beside_the_target_is_a_violation,
    a_target_that_is_not_unique_is_refused,
    a_target_without_a_value_is_refused,
    what_is_set_is_checked_before_anything_is_sent,
    given_values_stand_nowhere_else,
    many_rows_of_which_some_are_there,
    it_is_undone_with_its_transaction,
    many_who_count_at_once_lose_nothing,
}

/// Visitors, known by their email, and by their badge beside that.
pub(super) fn visitor() -> Arc<ModelDef> {
    models::built(
        ModelDef::builder("Visitor")
            .field(models::id())
            .field(FieldDef::new("email", FieldType::Text).nullable().unique())
            .field(FieldDef::new("badge", FieldType::Int).nullable().unique())
            .field(FieldDef::new("name", FieldType::Text).max_length(20))
            .field(FieldDef::new("visits", FieldType::Int).nullable()),
    )
}

pub(super) const FIELDS: [&str; 4] = ["email", "badge", "name", "visits"];

pub(super) fn row(email: impl Into<Value>, badge: impl Into<Value>, name: &str, visits: i64) -> Row {
    vec![email.into(), badge.into(), text(name), int(visits)]
}

/// Ada with badge 7 after 3 visits, and bob without a badge after 1.
pub(super) fn visitors(db: &Db) -> Result<Arc<ModelDef>> {
    let visitor = visitor();
    db.add_all(&visitor, &FIELDS, &[row("ada", 7, "Ada", 3), row("bob", NULL, "bob", 1)])?;
    Ok(visitor)
}

pub(super) fn on(model: &Arc<ModelDef>, target: &[&str], resolution: Resolution) -> Conflict {
    let target = target.iter().map(|name| model.require_field(name).unwrap()).collect();
    Conflict { target, resolution }
}

pub(super) fn set(model: &Arc<ModelDef>, values: &[(&str, Expr)]) -> Resolution {
    let assign = |(name, value): &(&str, Expr)| Assignment {
        field: model.require_field(name).unwrap(),
        value: value.clone(),
    };
    Resolution::Update(values.iter().map(assign).collect())
}

fn given(model: &Arc<ModelDef>, name: &str) -> Expr {
    Expr::Given(column(model, name))
}

fn put(
    session: &Session,
    model: &Arc<ModelDef>,
    fields: &[&str],
    rows: &[Row],
    conflict: Conflict,
) -> Result<Vec<Stored>> {
    let positions = fields.iter().map(|name| model.require_field(name)).collect::<Result<Vec<_>>>()?;
    now(session.upsert(model.clone(), positions, crate::run::batch(fields.len(), rows), conflict))
}

fn all(db: &Db, model: &Arc<ModelDef>) -> Result<Vec<Row>> {
    db.rows(find(model).by("id").select(&FIELDS))
}

fn added(key: i64) -> Stored {
    Stored { added: true, key: Some(key) }
}

fn found(key: i64) -> Stored {
    Stored { added: false, key: Some(key) }
}

fn what_is_not_there_is_added(db: &Db) -> Result<()> {
    let visitor = visitor();
    let rows = [row("ada", 7, "Ada", 3), row("bob", NULL, "bob", 1)];
    let stored = put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], Resolution::Replace))?;
    assert_eq!(stored, [added(1), added(2)]);
    assert_eq!(all(db, &visitor)?, rows);
    let none = put(db, &visitor, &FIELDS, &[], on(&visitor, &["email"], Resolution::Replace))?;
    assert_eq!(none, []);
    Ok(())
}

fn what_is_there_is_replaced_but_for_its_key(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let rows = [row("bob", 9, "Bob", 2), row("cyd", NULL, "Cyd", 1)];
    let stored = put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], Resolution::Replace))?;
    assert_eq!((stored[0], stored[1].added), (found(2), true));
    assert_eq!(
        all(db, &visitor)?,
        [row("ada", 7, "Ada", 3), row("bob", 9, "Bob", 2), row("cyd", NULL, "Cyd", 1)]
    );
    // A key that is given and a row that is there by another one: the row keeps its own.
    let fields = ["id", "email", "name"];
    let other = vec![int(500), text("ada"), text("Lady")];
    let stored = put(db, &visitor, &fields, &[other], on(&visitor, &["email"], Resolution::Replace))?;
    assert_eq!(stored, [found(1)]);
    assert_eq!(all(db, &visitor)?[0], row("ada", 7, "Lady", 3));
    Ok(())
}

fn what_is_there_is_left_alone(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let rows = [row("ada", 8, "x", 0), row("cyd", 9, "Cyd", 1)];
    let stored = put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], Resolution::Ignore))?;
    assert_eq!((stored[0], stored[1].added), (found(1), true));
    assert_eq!(
        all(db, &visitor)?,
        [row("ada", 7, "Ada", 3), row("bob", NULL, "bob", 1), row("cyd", 9, "Cyd", 1)]
    );
    Ok(())
}

fn fields_are_set_from_the_row_and_from_what_was_given(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let sum = field(&visitor, "visits").vs(Add, given(&visitor, "visits"));
    let values = [("visits", sum), ("name", given(&visitor, "name"))];
    let rows = [row("ada", NULL, "Lady", 10), row("bob", NULL, "Bobby", 20), row("cyd", NULL, "Cyd", 30)];
    put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], set(&visitor, &values)))?;
    let expected = [row("ada", 7, "Lady", 13), row("bob", NULL, "Bobby", 21), row("cyd", NULL, "Cyd", 30)];
    assert_eq!(all(db, &visitor)?, expected);
    let once_more = [("visits", field(&visitor, "visits").is(Add, 1))];
    put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], set(&visitor, &once_more)))?;
    let visits = db.values(find(&visitor).by("id").select(&["visits"]))?;
    assert_eq!(visits, [int(14), int(22), int(31)]);
    let of_given = [("visits", given(&visitor, "visits").is(Mul, 2))];
    put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], set(&visitor, &of_given)))?;
    let visits = db.values(find(&visitor).by("id").select(&["visits"]))?;
    assert_eq!(visits, [int(20), int(40), int(60)]);
    Ok(())
}

fn given_values_stand_in_conditions_too(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let is_more = given(&visitor, "visits").vs(Gt, field(&visitor, "visits"));
    let most = ommi_core::query::Case {
        branches: vec![(is_more, given(&visitor, "visits"))],
        otherwise: Some(field(&visitor, "visits")),
    };
    let conflict = on(&visitor, &["email"], set(&visitor, &[("visits", most.into())]));
    let rows = [row("ada", NULL, "x", 2), row("bob", NULL, "x", 2)];
    put(db, &visitor, &FIELDS, &rows, conflict)?;
    assert_eq!(db.values(find(&visitor).by("id").select(&["visits"]))?, [int(3), int(2)]);
    Ok(())
}

fn rows_of_one_call_see_those_before_them(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let count = [("visits", field(&visitor, "visits").is(Add, 1))];
    let rows = ["cyd", "ada", "cyd", "cyd", "ada"].map(|email| row(email, NULL, email, 1));
    let stored = put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], set(&visitor, &count)))?;
    assert_eq!(stored.iter().map(|row| row.added).collect::<Vec<_>>(), [true, false, false, false, false]);
    assert_eq!((stored[2], stored[4]), (found(stored[0].key.unwrap()), found(1)));
    assert_eq!(db.values(find(&visitor).by("id").select(&["visits"]))?, [int(5), int(1), int(3)]);
    Ok(())
}

fn nulls_meet_nothing(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let rows = [row(NULL, NULL, "one", 1), row(NULL, NULL, "two", 1)];
    for _ in 0..2 {
        let stored = put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], Resolution::Replace))?;
        assert!(stored.iter().all(|row| row.added));
    }
    assert_eq!(db.count(find(&visitor))?, 6);
    Ok(())
}

fn a_key_that_is_given_is_a_target(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let fields = ["id", "name"];
    let rows = [vec![int(1), text("Lady")], vec![int(70), text("new")]];
    let stored = put(db, &visitor, &fields, &rows, on(&visitor, &["id"], Resolution::Replace))?;
    assert_eq!(stored, [found(1), added(70)]);
    assert_eq!(
        db.values(find(&visitor).by("id").select(&["name"]))?,
        [text("Lady"), text("bob"), text("new")]
    );
    // Without a key all of them are new.
    let new = [vec![text("newer")]];
    let stored = put(db, &visitor, &["name"], &new, on(&visitor, &["id"], Resolution::Replace))?;
    assert!(stored[0].added && stored[0].key.is_some_and(|key| key > 2 && key != 70));
    Ok(())
}

fn a_key_of_several_fields_is_a_target(db: &Db) -> Result<()> {
    let (pair, _) = models::pair_and_note();
    let fields = ["left", "right", "value"];
    let rows = |value: &str| (0..100).map(|left| vec![int(left), text("a"), text(value)]).collect::<Vec<_>>();
    put(db, &pair, &fields, &rows("x")[..50], on(&pair, &["left", "right"], Resolution::Replace))?;
    let stored = put(db, &pair, &fields, &rows("y"), on(&pair, &["right", "left"], Resolution::Replace))?;
    assert_eq!(stored.iter().filter(|row| row.added).count(), 50);
    assert!(stored.iter().all(|row| row.key.is_none()));
    assert_eq!(db.count(find(&pair).filter(field(&pair, "value").is(Eq, "y")))?, 100);
    // Nothing is left to be replaced.
    let keys = [vec![int(1), text("a")]];
    let stored =
        put(db, &pair, &["left", "right"], &keys, on(&pair, &["left", "right"], Resolution::Replace))?;
    assert_eq!(stored, [Stored { added: false, key: None }]);
    Ok(())
}

fn a_unique_index_of_several_fields_is_a_target(db: &Db) -> Result<()> {
    let seat = models::seat();
    let fields = ["place", "row", "number"];
    let seats = [vec![int(1), int(1), int(1)], vec![int(2), int(1), int(2)], vec![int(3), int(1), NULL]];
    db.add_all(&seat, &fields, &seats)?;
    let rows = [vec![int(20), int(1), int(2)], vec![int(30), int(1), NULL]];
    let conflict = on(&seat, &["number", "row"], Resolution::Replace);
    let stored = put(db, &seat, &fields, &rows, conflict)?;
    assert_eq!((stored[0], stored[1].added), (found(2), true));
    assert_eq!(db.values(find(&seat).by("id").select(&["place"]))?, [int(1), int(20), int(3), int(30)]);
    Ok(())
}

fn decimals_meet_as_numbers(db: &Db) -> Result<()> {
    let price = models::built(
        ModelDef::builder("Price")
            .field(models::id())
            .field(FieldDef::new("amount", FieldType::Decimal).unique())
            .field(FieldDef::new("label", FieldType::Text)),
    );
    let rows = [vec![dec("1.50"), text("a")], vec![dec("15E-1"), text("b")], vec![dec("2"), text("c")]];
    let conflict = || on(&price, &["amount"], Resolution::Replace);
    let stored = put(db, &price, &["amount", "label"], &rows, conflict())?;
    assert_eq!(stored, [added(1), found(1), added(stored[2].key.unwrap())]);
    let again = put(db, &price, &["amount", "label"], &[vec![dec("1.500"), text("d")]], conflict())?;
    assert_eq!(again, [found(1)]);
    assert_eq!(db.values(find(&price).by("id").select(&["label"]))?, [text("d"), text("c")]);
    Ok(())
}

fn a_conflict_beside_the_target_is_a_violation(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    // One that would be added, and one that would be changed.
    for rows in
        [[row("cyd", NULL, "c", 1), row("new", 7, "x", 1)], [row("cyd", NULL, "c", 1), row("bob", 7, "x", 1)]]
    {
        let outcome = put(db, &visitor, &FIELDS, &rows, on(&visitor, &["email"], Resolution::Replace));
        let error = refused(outcome, ErrorKind::UniqueViolation);
        assert_eq!((error.model(), error.columns()), (Some("Visitor"), ["badge".to_owned()].as_slice()));
    }
    let ignored = on(&visitor, &["email"], Resolution::Ignore);
    refused(put(db, &visitor, &FIELDS, &[row("new", 7, "x", 1)], ignored), ErrorKind::UniqueViolation);
    assert_eq!(all(db, &visitor)?, [row("ada", 7, "Ada", 3), row("bob", NULL, "bob", 1)]);
    Ok(())
}

fn a_target_that_is_not_unique_is_refused(db: &Db) -> Result<()> {
    let visitor = visitor();
    for target in [&["name"][..], &["email", "name"], &["email", "badge"], &[]] {
        let put = || {
            let conflict = on(&visitor, target, Resolution::Replace);
            put(db, &visitor, &FIELDS, &[row("ada", 7, "Ada", 3)], conflict)
        };
        let error = refused(db.unsent(put), ErrorKind::Validation);
        assert!(error.message().contains("(id), (email), (badge)"), "{error}");
        assert_eq!(error.model(), Some("Visitor"));
    }
    Ok(())
}

fn a_target_without_a_value_is_refused(db: &Db) -> Result<()> {
    let visitor = visitor();
    let nameless = || {
        let conflict = on(&visitor, &["email"], Resolution::Replace);
        put(db, &visitor, &["name"], &[vec![text("Ada")]], conflict)
    };
    let error = refused(db.unsent(nameless), ErrorKind::Validation);
    assert!(error.message().contains("email"), "{error}");
    let positions = vec![visitor.require_field("email")?, visitor.require_field("name")?];
    let batch = crate::run::batch(2, &[vec![NULL, text("Ada")]]);
    let conflict = on(&visitor, &["email"], Resolution::Ignore);
    let look = || now(db.find_or_add(visitor.clone(), positions.clone(), batch.clone(), conflict.clone()));
    refused(db.unsent(look), ErrorKind::Validation);
    Ok(())
}

fn what_is_set_is_checked_before_anything_is_sent(db: &Db) -> Result<()> {
    let visitor = visitor();
    let try_to = |values: &[(&str, Expr)]| {
        let conflict = on(&visitor, &["email"], set(&visitor, values));
        put(db, &visitor, &FIELDS, &[row("ada", 7, "Ada", 3)], conflict)
    };
    for (name, value) in [
        ("visits", lit("three")),
        ("visits", given(&visitor, "name")),
        ("visits", field(&visitor, "name")),
        ("name", lit(NULL)),
        ("id", lit(9)),
        ("name", lit("a name that is far too long")),
    ] {
        let error = refused(db.unsent(|| try_to(&[(name, value.clone())])), ErrorKind::Validation);
        assert_eq!((error.model(), error.field()), (Some("Visitor"), Some(name)), "{value:?}");
    }
    refused(db.unsent(|| try_to(&[])), ErrorKind::Validation);
    refused(db.unsent(|| try_to(&[("name", lit("a")), ("name", lit("b"))])), ErrorKind::Validation);
    let long = || {
        let conflict = on(&visitor, &["email"], Resolution::Replace);
        put(db, &visitor, &FIELDS, &[row("ada", 7, "a name that is far too long", 3)], conflict)
    };
    refused(db.unsent(long), ErrorKind::Validation);
    let not_given = || {
        let conflict = on(&visitor, &["email"], set(&visitor, &[("visits", given(&visitor, "visits"))]));
        put(db, &visitor, &["email", "name"], &[vec![text("ada"), text("Ada")]], conflict)
    };
    refused(db.unsent(not_given), ErrorKind::Validation);
    Ok(())
}

fn given_values_stand_nowhere_else(db: &Db) -> Result<()> {
    let visitor = visitor();
    let query = || find(&visitor).filter(field(&visitor, "visits").vs(Eq, given(&visitor, "visits")));
    let error = refused(db.unsent(|| db.rows(query())), ErrorKind::Query);
    assert_eq!((error.model(), error.field()), (Some("Visitor"), Some("visits")));
    let update = || db.change(find(&visitor), &[("visits", given(&visitor, "visits"))]);
    refused(db.unsent(update), ErrorKind::Query);
    Ok(())
}

fn many_rows_of_which_some_are_there(db: &Db) -> Result<()> {
    let visitor = visitor();
    let rows = |numbers: std::ops::Range<i64>, visits: i64| {
        numbers.map(move |number| {
            row(format!("v{number}").as_str(), NULL, &format!("n{number}"), visits + number)
        })
    };
    let first: Vec<Row> = rows(0..700, 0).collect();
    let keys = db.add_all(&visitor, &FIELDS, &first)?;
    let second: Vec<Row> = rows(500..1200, 1000).collect();
    let conflict = on(&visitor, &["email"], Resolution::Replace);
    let stored = put(db, &visitor, &FIELDS, &second, conflict)?;
    assert_eq!(stored.iter().filter(|row| row.added).count(), 500);
    let of_found: Vec<i64> = stored[..200].iter().filter_map(|row| row.key).collect();
    assert_eq!(of_found, keys[500..]);
    let by_number =
        |number: i64| find(&visitor).filter(field(&visitor, "email").is(Eq, format!("v{number}")));
    for (number, visits) in [(0, 0), (499, 499), (500, 1500), (699, 1699), (700, 1700), (1199, 2199)] {
        assert_eq!(db.values(by_number(number).select(&["visits"]))?, [int(visits)], "{number}");
    }
    assert_eq!(db.count(find(&visitor))?, 1200);
    Ok(())
}

fn it_is_undone_with_its_transaction(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let tx = db.begin()?;
    let rows = [row("ada", 7, "Lady", 4), row("cyd", NULL, "Cyd", 1)];
    put(&tx.session(), &visitor, &FIELDS, &rows, on(&visitor, &["email"], Resolution::Replace))?;
    assert_eq!(tx.session().count(find(&visitor))?, 3);
    now(tx.rollback())?;
    assert_eq!(all(db, &visitor)?, [row("ada", 7, "Ada", 3), row("bob", NULL, "bob", 1)]);
    let tx = db.begin()?;
    put(&tx.session(), &visitor, &FIELDS, &rows, on(&visitor, &["email"], Resolution::Replace))?;
    now(tx.commit())?;
    assert_eq!(all(db, &visitor)?.len(), 3);
    Ok(())
}

fn many_who_count_at_once_lose_nothing(db: &Db) -> Result<()> {
    let visitor = visitor();
    db.set_up(&[&visitor])?;
    let handle = db.handle().clone();
    at_once(16, |_| {
        let count = || set(&visitor, &[("visits", field(&visitor, "visits").is(Add, 1))]);
        (0..4).try_for_each(|_| {
            let conflict = on(&visitor, &["email"], count());
            put(&handle.session(), &visitor, &FIELDS, &[row("ada", NULL, "Ada", 1)], conflict).map(drop)
        })
    })?;
    assert_eq!(all(db, &visitor)?, [row("ada", NULL, "Ada", 64)]);
    Ok(())
}
