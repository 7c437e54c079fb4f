//! Every operator over every type that it has a meaning on, compared with the oracle: each stored value beside each
//! operand, NULL included.

use crate::case::cases;
use crate::check::store_values;
use crate::expr::show;
use crate::kit::*;
use crate::oracle::{agree, oracle};

cases! {
    bools,
    integers,
    floats,
    infinite_floats [FloatInfinity],
    texts,
    bytes_ [BytesOrder],
    decimals,
    long_decimals [LongDecimals],
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
    every_operator(db, "float", &[f64::MIN, -7.5, -0.0, 0.0, 0.1, 2.0, 7.5, f64::MAX].map(Value::from))
}

fn infinite_floats(db: &Db) -> Result<()> {
    every_operator(
        db,
        "float",
        &[f64::NEG_INFINITY, -7.5, 0.0, 2.0, f64::MAX, f64::INFINITY].map(Value::from),
    )
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
    // As long as it may be for its product with itself to be within the limit.
    let most = db.capabilities().decimal_digits.map_or(19, |digits| digits as usize / 2).min(19);
    let longest = format!("{}.99", "9".repeat(most - 2));
    let values = ["-1000", "-7.5", "-0.1", "0", "0.1", "2", "7.5", "10", &longest];
    every_operator(db, "decimal", &values.map(dec))
}

fn long_decimals(db: &Db) -> Result<()> {
    every_operator(db, "decimal", &["-7.5", "0.1", "99999999999999999999.99", "1E+60", "1E-60"].map(dec))
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
    let lists = ["[]", "[1]", "[1,2,3]", "[-1,null]", "[9223372036854775807]"];
    membership(db, "ints", &lists, &[int(1), int(-1), int(3), int(i64::MAX), NULL])
}

fn lists_of_texts(db: &Db) -> Result<()> {
    let lists = ["[]", r#"["a"]"#, r#"["ab","A"]"#, r#"["1","%",""]"#, r#"["ä","😀","\"","\\"]"#];
    membership(db, "texts", &lists, &["a", "A", "1", "%", "", "ä", "😀", "\"", "\\", "b"].map(text))
}

fn lists_of_floats(db: &Db) -> Result<()> {
    membership(
        db,
        "floats",
        &["[]", "[1.5]", "[1.0]", "[0.1,1e+300]"],
        &[1.5, 1.0, 0.1, 1e300].map(Value::from),
    )
}

fn lists_of_bools(db: &Db) -> Result<()> {
    membership(
        db,
        "bools",
        &["[]", "[true]", "[false,true]", "[null,false]"],
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
        IsNull | IsNotNull | IsTrue | Lower | Upper | Length | Trim | Abs | Year | Month | Day | Hour => {
            subject.test(operator)
        }
        Between => Expr::Apply(operator, vec![subject, operand.clone(), operand.clone()]),
        In | NotIn => match operand {
            Expr::Value(value) => subject.among(operator, [value.clone()]),
            other => subject.vs(operator, other.clone()),
        },
        _ => Expr::Apply(operator, vec![subject, operand.clone()]),
    }
}

/// The same rows in the tested database and in the oracle.
struct Compared<'a> {
    db: &'a Db,
    oracle: Session,
    sample: Arc<ModelDef>,
    name: &'a str,
    rows: i64,
}

impl<'a> Compared<'a> {
    fn new(db: &'a Db, name: &'a str, values: &[Value]) -> Result<Self> {
        let (sample, oracle) = (stored(db, name, values)?, oracle());
        store_values(&oracle, &sample, name, values)?;
        Ok(Self { db, oracle, sample, name, rows: values.len() as i64 })
    }

    fn field(&self) -> Expr {
        field(&self.sample, self.name)
    }

    /// Both find the same rows.
    fn finds(&self, predicate: &Expr) -> Result<()> {
        let run = |session: &Session| session.ids(find(&self.sample).filter(predicate.clone()).by("id"));
        agree([self.db, &self.oracle], run, || show(predicate))
    }

    /// Both compute the same from each row: set to another field of the type, where there is one, or returned.
    fn computes(&self, computed: &Expr, ty: &FieldType) -> Result<()> {
        let fields = self.sample.fields().iter();
        let other = fields.filter(|other| other.name.starts_with("other_")).find(|other| other.ty == *ty);
        for id in 1..=self.rows {
            let this = || find(&self.sample).filter(field(&self.sample, "id").is(Eq, id));
            let run = |session: &Session| match other {
                Some(other) => {
                    session.change(this(), &[(other.name.as_str(), computed.clone())])?;
                    session.values(this().select(&[other.name.as_str()]))
                }
                None => session.values(this().returning([computed.clone()])),
            };
            agree([self.db, &self.oracle], run, || format!("{} of row {id}", show(computed)))?;
        }
        Ok(())
    }
}

fn every_operator(db: &Db, name: &str, values: &[Value]) -> Result<()> {
    let with_null = [values, &[NULL]].concat();
    let compared = Compared::new(db, name, &with_null)?;
    let ty = compared.sample.fields()[compared.sample.require_field(name)?].ty.clone();
    for operator in Operator::ALL.iter().copied() {
        let Some(typing) = operator.typing(&ty) else { continue };
        if operator == Rem && ty == FieldType::Float && !db.capabilities().float_remainder {
            continue;
        }
        for operand in with_null.iter().filter(|operand| is_operand(operator, operand)) {
            let applied = apply(operator, compared.field(), &lit(operand.clone()));
            if typing.result == FieldType::Bool {
                compared.finds(&applied)?;
                compared.finds(&applied.negate())?;
            } else {
                compared.computes(&applied, &typing.result)?;
            }
        }
        if operator == Between {
            for (low, high) in pairs(&with_null) {
                compared.finds(&compared.field().between(low, high))?;
            }
        }
        if let In | NotIn = operator {
            compared.finds(&compared.field().among(operator, values.to_vec()))?;
            compared.finds(&compared.field().among(operator, with_null.clone()))?;
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

fn membership(db: &Db, name: &str, lists: &[&str], operands: &[Value]) -> Result<()> {
    let mut lists: Vec<Value> = lists.iter().map(|list| json(*list)).collect();
    lists.push(NULL);
    let compared = Compared::new(db, name, &lists)?;
    for operator in [Contains, NotContains] {
        for operand in operands {
            compared.finds(&compared.field().is(operator, operand.clone()))?;
        }
    }
    for list in &lists {
        for operator in [Eq, Ne, In, NotIn, IsNull, IsNotNull] {
            compared.finds(&apply(operator, compared.field(), &lit(list.clone())))?;
        }
    }
    Ok(())
}
