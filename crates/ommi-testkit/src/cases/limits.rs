//! What not every database can hold or do: each is a declared capability, and asking one without it is refused.

use ommi_core::driver::{DecimalLimit, share_of_index};
use ommi_core::schema::Action;

use crate::case::cases;
use crate::kit::*;

cases! {
    infinite_floats [FloatInfinity],
    the_remainder_of_floats [FloatRemainder],
    decimals_of_any_length [LongDecimals],
    decimals_up_to_the_limit,
    long_values_in_an_index [LongIndexed],
    values_in_an_index_up_to_the_limit,
    values_of_several_fields_in_an_index_up_to_the_limit,
    values_outside_of_an_index_have_no_limit,
    rows_that_refer_to_each_other_go_together [ForeignKeys, ReferencesAtStatementEnd],
}

fn infinite_floats(db: &Db) -> Result<()> {
    let values = [f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 0.0].map(Value::from);
    keeps(db, "float", &values)?;
    let sample = models::sample();
    let float = || field(&sample, "float");
    let stored = values.map(|value| vec![value]);
    db.remove(find(&sample))?;
    let keys = db.add_all(&sample, &["float"], &stored)?;
    finds(db, &sample, float().is(Gt, f64::MAX), &keys[..1]);
    finds(db, &sample, float().is(Lt, f64::MIN), &keys[1..2]);
    Ok(())
}

fn the_remainder_of_floats(db: &Db) -> Result<()> {
    let sample = stored(db, "float", &[5.5, -5.5, 4.0].map(Value::from))?;
    let rest = || field(&sample, "float").is(Rem, 2.0);
    finds(db, &sample, rest().is(Eq, 1.5), &[1]);
    finds(db, &sample, rest().is(Eq, -1.5), &[2]);
    finds(db, &sample, rest().is(Eq, 0.0), &[3]);
    Ok(())
}

fn decimals_of_any_length(db: &Db) -> Result<()> {
    let long =
        |whole: usize, fraction: usize| dec(&format!("{}.{}", "7".repeat(whole), "3".repeat(fraction)));
    keeps(db, "decimal", &[long(120, 1), long(1, 120), long(200, 200)])
}

fn decimals_up_to_the_limit(db: &Db) -> Result<()> {
    let half = db.capabilities().decimal_digits.map_or(50, |digits| digits / 2);
    let DecimalLimit { whole, fraction } =
        db.capabilities().decimal_limit.unwrap_or(DecimalLimit { whole: half, fraction: half });
    let (whole, fraction) = (whole as usize, fraction as usize);
    let longest = format!("{}.{}", "9".repeat(whole), "9".repeat(fraction));
    let least = format!("0.{}1", "0".repeat(fraction - 1));
    let round = format!("1{}", "0".repeat(whole - 1));
    keeps(db, "decimal", &[dec(&longest), dec(&format!("-{longest}")), dec(&least), dec(&round)])
}

/// Text that no compression makes shorter.
fn noise(length: usize) -> String {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    };
    (0..length).map(|_| next()).collect()
}

fn long_values_in_an_index(db: &Db) -> Result<()> {
    let user = models::user();
    let long = noise(20_000);
    db.add(&user, &[("name", text("a")), ("email", text(&long))])?;
    refused(db.add(&user, &[("name", text("b")), ("email", text(&long))]), ErrorKind::UniqueViolation);
    db.add(&user, &[("name", text("c")), ("email", text(&format!("{long}x")))])?;
    finds(db, &user, field(&user, "email").is(Eq, long.as_str()), &[1]);
    Ok(())
}

/// The longest text that a field may hold which gets so much of an index, in full and with its last character
/// another one.
fn longest(db: &Db, model: &Arc<ModelDef>, name: &str) -> [String; 2] {
    let position = model.require_field(name).unwrap();
    let share = |whole| share_of_index(model, position, whole).unwrap() as usize;
    let able = db.capabilities();
    match (able.indexed_length.map(share), able.indexed_bytes.map(share)) {
        (None, Some(bytes)) => [noise(bytes), noise(bytes - 1) + "~"],
        (length, _) => {
            let length = length.unwrap_or(500);
            ["😀".repeat(length), "😀".repeat(length - 1) + "é"]
        }
    }
}

fn values_in_an_index_up_to_the_limit(db: &Db) -> Result<()> {
    let user = models::user();
    let [first, second] = longest(db, &user, "email");
    db.add(&user, &[("name", text("a")), ("email", text(&second))])?;
    db.add(&user, &[("name", text("b")), ("email", text(&first))])?;
    finds(db, &user, field(&user, "email").is(Eq, second.as_str()), &[1]);
    refused(db.add(&user, &[("name", text("c")), ("email", text(&second))]), ErrorKind::UniqueViolation);
    // What is only compared may be as long as it likes.
    finds(db, &user, field(&user, "email").is(Eq, "x".repeat(10_000).as_str()), &[]);
    Ok(())
}

fn values_of_several_fields_in_an_index_up_to_the_limit(db: &Db) -> Result<()> {
    let page = models::built(
        ModelDef::builder("Page")
            .field(models::id())
            .field(FieldDef::new("site", FieldType::Int))
            .field(FieldDef::new("host", FieldType::Text))
            .field(FieldDef::new("path", FieldType::Text))
            .index(None, ["site", "host", "path"], true),
    );
    let [first, second] = longest(db, &page, "host");
    let row = |host: &str, path: &str| [("site", int(1)), ("host", text(host)), ("path", text(path))];
    db.add(&page, &row(&first, &second))?;
    db.add(&page, &row(&first, &first))?;
    refused(db.add(&page, &row(&first, &second)), ErrorKind::UniqueViolation);
    finds(db, &page, field(&page, "path").is(Eq, second.as_str()), &[1]);
    if db.capabilities().indexed_length.or(db.capabilities().indexed_bytes).is_some() {
        let longer = format!("{first}x");
        refused(db.unsent(|| db.add(&page, &row(&longer, "x"))), ErrorKind::Unsupported);
    }
    Ok(())
}

fn values_outside_of_an_index_have_no_limit(db: &Db) -> Result<()> {
    let user = models::user();
    let long = noise(100_000);
    db.add(&user, &[("name", text(&long))])?;
    finds(db, &user, field(&user, "name").is(Eq, long.as_str()), &[1]);
    Ok(())
}

fn rows_that_refer_to_each_other_go_together(db: &Db) -> Result<()> {
    let link = std::sync::OnceLock::<Arc<ModelDef>>::new();
    let link = Arc::new(link);
    let target = link.clone();
    let itself = ommi_core::schema::ModelLink::new("Knot", move || Ok(target.get().unwrap().clone()));
    let reference = ommi_core::schema::ReferenceDef {
        fields: Vec::new(),
        target: itself,
        target_fields: Vec::new(),
        on_delete: Action::Restrict,
        on_update: Action::Restrict,
    };
    let knot = models::built(
        ModelDef::builder("Knot")
            .field(FieldDef::new("id", FieldType::Int))
            .field(FieldDef::new("other_id", FieldType::Int).nullable())
            .key(["id"])
            .reference(["other_id"], reference),
    );
    link.set(knot.clone()).unwrap();
    // Each refers to one that comes later, or earlier.
    db.add_all(
        &knot,
        &["id", "other_id"],
        &[vec![int(1), int(2)], vec![int(2), int(3)], vec![int(3), int(1)]],
    )?;
    refused(db.remove(find(&knot).filter(field(&knot, "id").is(Eq, 1))), ErrorKind::ForeignKeyViolation);
    assert_eq!(db.remove(find(&knot))?, 3);
    Ok(())
}
