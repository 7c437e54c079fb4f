//! Every operator over every type that it has a meaning on, compared with the reference: each stored value beside
//! each operand, NULL included.

use crate::case::cases;
use crate::kit::*;
use crate::reference::{self, Overflow};

cases! {
    bools,
    integers,
    floats,
    texts,
    bytes_,
    decimals,
    uuids,
    datetimes,
    timestamps,
    dates,
    times,
    durations,
    nested_values,
    lists_of_integers,
    lists_of_texts,
    lists_of_floats,
    lists_of_bools,
    operators_without_meaning_are_refused_by_name,
    literals_of_another_type_are_refused_by_field,
}

fn bools(db: &Db) -> Result<()> {
    every_operator(db, "bool", &[true.into(), false.into(), NULL])
}

fn integers(db: &Db) -> Result<()> {
    every_operator(db, "int", &[i64::MIN, -7, -1, 0, 1, 2, 7, i64::MAX].map(int))
}

fn floats(db: &Db) -> Result<()> {
    let values = [f64::NEG_INFINITY, f64::MIN, -7.5, -0.0, 0.0, 0.1, 2.0, 7.5, f64::MAX, f64::INFINITY];
    every_operator(db, "float", &values.map(Value::from))
}

fn texts(db: &Db) -> Result<()> {
    let values = [
        "", "a", "A", "ab", "b", "ba", "%", "a%", "_", "a_b", "*", ".", "ä", "Ä", "😀a", "a\nb", "'", "\"",
        "$1",
    ];
    every_operator(db, "text", &values.map(text))
}

fn bytes_(db: &Db) -> Result<()> {
    let values: [&[u8]; 6] = [b"", b"\0", b"a", b"a\0b", b"\x7f", b"\xff\xfe"];
    every_operator(db, "bytes", &values.map(bytes))
}

fn decimals(db: &Db) -> Result<()> {
    let values = ["-1000", "-7.5", "-0.1", "0", "0.1", "2", "7.5", "10", "99999999999999999999.99"];
    every_operator(db, "decimal", &values.map(dec))
}

fn uuids(db: &Db) -> Result<()> {
    every_operator(db, "uuid", &[0, 1, 0xabc << 100, u128::MAX].map(uuid))
}

fn datetimes(db: &Db) -> Result<()> {
    let values = [
        "0001-01-01T00:00:00",
        "1969-12-31T23:59:59.999999",
        "2026-11-21T12:30:00",
        "9999-12-31T23:59:59.999999",
    ];
    every_operator(db, "datetime", &values.map(moment))
}

fn timestamps(db: &Db) -> Result<()> {
    let values =
        ["0001-01-02T00:00:00Z", "1970-01-01T00:00:00Z", "2026-11-21T12:30:00.5Z", "9999-12-30T22:00:00Z"];
    every_operator(db, "timestamp", &values.map(instant))
}

fn dates(db: &Db) -> Result<()> {
    every_operator(db, "date", &["0001-01-01", "1970-01-01", "2026-11-21", "9999-12-31"].map(day))
}

fn times(db: &Db) -> Result<()> {
    every_operator(db, "time", &["00:00:00", "00:00:00.000001", "12:30:00", "23:59:59.999999"].map(clock))
}

fn durations(db: &Db) -> Result<()> {
    every_operator(db, "duration", &[i64::MIN, -1, 0, 1, 86_400_000_000, i64::MAX].map(micros))
}

fn nested_values(db: &Db) -> Result<()> {
    every_operator(db, "json", &["null", "0", "\"0\"", "[]", "[1,2]", "{}", r#"{"a":{"b":null}}"#].map(json))
}

fn lists_of_integers(db: &Db) -> Result<()> {
    let lists = ["[]", "[1]", "[1,2,3]", "[-1,null]", "[9223372036854775807]", r#"["1",true]"#];
    membership(db, "ints", &lists, &[int(1), int(-1), int(3), int(i64::MAX), NULL])
}

fn lists_of_texts(db: &Db) -> Result<()> {
    let lists = ["[]", r#"["a"]"#, r#"["ab","A"]"#, r#"["1","%",""]"#, r#"["ä","😀","\"","\\"]"#, "[1]"];
    membership(db, "texts", &lists, &["a", "A", "1", "%", "", "ä", "😀", "\"", "\\", "b"].map(text))
}

fn lists_of_floats(db: &Db) -> Result<()> {
    membership(
        db,
        "floats",
        &["[]", "[1.5]", "[1]", "[0.1,1e300]", r#"["1"]"#],
        &[1.5, 1.0, 0.1, 1e300].map(Value::from),
    )
}

fn lists_of_bools(db: &Db) -> Result<()> {
    membership(
        db,
        "bools",
        &["[]", "[true]", "[false,true]", "[1,0]", r#"["true"]"#],
        &[true, false].map(Value::from),
    )
}

fn operators_without_meaning_are_refused_by_name(db: &Db) -> Result<()> {
    let sample = models::sample();
    for definition in sample.fields() {
        for operator in
            Operator::ALL.iter().copied().filter(|operator| operator.typing(&definition.ty).is_none())
        {
            let error = refuses(
                db,
                &sample,
                apply(operator, field(&sample, &definition.name), &lit(NULL)),
                ErrorKind::Query,
            );
            assert!(error.message().contains(operator.name()), "{error}");
            assert_eq!((error.model(), error.field()), (Some("Sample"), Some(definition.name.as_str())));
        }
    }
    Ok(())
}

fn literals_of_another_type_are_refused_by_field(db: &Db) -> Result<()> {
    let sample = models::sample();
    for definition in sample.fields() {
        for value in strangers(&definition.ty) {
            let predicate = field(&sample, &definition.name).is(Eq, value);
            let error = refuses(db, &sample, predicate, ErrorKind::Validation);
            assert_eq!((error.model(), error.field()), (Some("Sample"), Some(definition.name.as_str())));
        }
    }
    Ok(())
}

/// Values that do not fit the type.
fn strangers(ty: &FieldType) -> Vec<Value> {
    let all = [
        true.into(),
        int(1),
        1.5.into(),
        text("1"),
        bytes(b"1"),
        dec("1.5"),
        uuid(1),
        day("2026-01-01"),
        clock("12:00:00"),
        micros(1),
        json("1"),
    ];
    all.into_iter().filter(|value| value.clone().coerce(ty).is_err()).collect()
}

/// The operator over a subject and as many copies of an operand as it takes.
fn apply(operator: Operator, subject: Expr, operand: &Expr) -> Expr {
    match operator {
        IsNull | IsNotNull | IsTrue => subject.test(operator),
        Between => Expr::Apply(operator, vec![subject, operand.clone(), operand.clone()]),
        In | NotIn => match operand {
            Expr::Value(value) => subject.among(operator, [value.clone()]),
            other => subject.vs(operator, other.clone()),
        },
        _ => Expr::Apply(operator, vec![subject, operand.clone()]),
    }
}

fn every_operator(db: &Db, name: &str, values: &[Value]) -> Result<()> {
    let mut stored_values = values.to_vec();
    stored_values.push(NULL);
    let sample = stored(db, name, &stored_values)?;
    let ty = sample.fields()[sample.require_field(name)?].ty.clone();
    for operator in Operator::ALL.iter().copied() {
        let Some(typing) = operator.typing(&ty) else { continue };
        for operand in stored_values.iter().filter(|operand| is_operand(operator, operand)) {
            let applied = apply(operator, field(&sample, name), &lit(operand.clone()));
            if typing.result == FieldType::Bool {
                compare(db, &sample, name, &stored_values, &applied);
                compare(db, &sample, name, &stored_values, &applied.negate());
            } else {
                compare_results(db, &sample, &stored_values, &applied);
            }
        }
        if operator == Between {
            for (low, high) in pairs(&stored_values) {
                compare(db, &sample, name, &stored_values, &field(&sample, name).between(low, high));
            }
        }
        if let In | NotIn = operator {
            compare(
                db,
                &sample,
                name,
                &stored_values,
                &field(&sample, name).among(operator, values.to_vec()),
            );
            compare(
                db,
                &sample,
                name,
                &stored_values,
                &field(&sample, name).among(operator, stored_values.clone()),
            );
        }
    }
    Ok(())
}

/// Not every text is a pattern.
fn is_operand(operator: Operator, operand: &Value) -> bool {
    match (operator, operand) {
        (Regex, Value::Text(pattern)) => ommi_core::query::check_regex(pattern).is_ok(),
        _ => true,
    }
}

fn pairs(values: &[Value]) -> impl Iterator<Item = (Value, Value)> + '_ {
    values.iter().flat_map(|low| values.iter().map(|high| (low.clone(), high.clone())))
}

/// The database finds the rows that the reference does.
#[track_caller]
fn compare(db: &Db, sample: &Arc<ModelDef>, name: &str, values: &[Value], predicate: &Expr) {
    match expected(name, values, predicate) {
        Ok(expected) => finds(db, sample, predicate.clone(), &expected),
        Err(Overflow) => drop(refused(db.rows(find(sample).filter(predicate.clone())), ErrorKind::Query)),
    }
}

/// The database computes from each row what the reference does.
#[track_caller]
fn compare_results(db: &Db, sample: &Arc<ModelDef>, values: &[Value], computed: &Expr) {
    for (position, value) in values.iter().enumerate() {
        let this = field(sample, "id").is(Eq, position as i64 + 1);
        let is = match reference::evaluate(computed, &|_| value.clone()) {
            Ok(result) => computed.clone().is(Eq, result),
            Err(Overflow) => {
                refused(
                    db.rows(find(sample).filter(this.and(computed.clone().test(IsNotNull)))),
                    ErrorKind::Query,
                );
                continue;
            }
        };
        finds(db, sample, this.and(is), &[position as i64 + 1]);
    }
}

fn expected(name: &str, values: &[Value], predicate: &Expr) -> Result<Vec<i64>, Overflow> {
    let mut found = Vec::new();
    for (position, value) in values.iter().enumerate() {
        let row = |column: &ommi_core::query::ColumnRef| {
            assert_eq!(column.definition().name, name);
            value.clone()
        };
        if reference::holds(predicate, &row)? {
            found.push(position as i64 + 1);
        }
    }
    Ok(found)
}

fn membership(db: &Db, name: &str, lists: &[&str], operands: &[Value]) -> Result<()> {
    let mut lists: Vec<Value> = lists.iter().map(|list| json(*list)).collect();
    lists.push(NULL);
    let sample = stored(db, name, &lists)?;
    for operator in [Contains, NotContains] {
        for operand in operands {
            compare(db, &sample, name, &lists, &field(&sample, name).is(operator, operand.clone()));
        }
    }
    for list in &lists {
        for operator in [Eq, Ne, In, NotIn, IsNull, IsNotNull] {
            compare(db, &sample, name, &lists, &apply(operator, field(&sample, name), &lit(list.clone())));
        }
    }
    Ok(())
}
