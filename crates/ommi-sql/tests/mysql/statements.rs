//! The text of statements, lists written out, and what only MySQL does differently.

use ommi_core::driver::Param;
use ommi_core::plan::{Action, ParamType, Plan};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;
use ommi_sql::mysql::Details;
use ommi_sql::{Dialect, Flavour, compile, create_statements};

use crate::common::models::{PERSON, field, on, param, people_where, person, plan, terms};
use crate::common::{Database, int, logic, text, types, with, writes};
use crate::database::with_mysql;

const MARIADB: Dialect = Dialect::Mysql(Flavour::MariaDb { returning: true });

#[test]
fn rows_are_repeated_and_keys_returned() {
    let insert = |dialect, fields: Vec<usize>| {
        let statement =
            compile(&plan(&PERSON, Action::Insert { fields, returning: Some(0) }), dialect).unwrap();
        let details = statement.payload.as_ref().unwrap().downcast_ref::<Details>().unwrap();
        details.insert.as_ref().unwrap().text(2)
    };
    assert_eq!(
        insert(MARIADB, vec![1, 2]),
        "INSERT INTO `people` (`name`, `age`) VALUES (?, ?), (?, ?) RETURNING `id`"
    );
    assert_eq!(insert(Dialect::Mysql(Flavour::MySql), Vec::new()), "INSERT INTO `people` () VALUES (), ()");
}

#[test]
fn texts_bring_their_collation() {
    let plan = with(people_where(on(Operator::Eq, "name", [param(0)])), &[FieldType::Text]);
    assert_eq!(
        compile(&plan, MARIADB).unwrap().text,
        "SELECT `people`.`id` FROM `people` WHERE `people`.`name` = ? COLLATE utf8mb4_nopad_bin"
    );
}

#[test]
fn lists_of_short_members_say_so() {
    let listed = Plan {
        filter: Some(on(Operator::In, "name", [param(0)])),
        params: vec![ParamType::List(FieldType::Text)],
        ..plan(&PERSON, Action::Delete)
    };
    let statement = compile(&listed, MARIADB).unwrap();
    let details = statement.payload.as_ref().unwrap().downcast_ref::<Details>().unwrap();
    assert!(statement.text.contains("(value LONGTEXT CHARACTER SET"), "{}", statement.text);
    let short = details.shortened(&statement.text, 16);
    assert_eq!(short, statement.text.replace("LONGTEXT", "VARCHAR(16)"));
    assert!(short.starts_with("DELETE FROM `people` WHERE"), "{short}");
}

#[test]
fn lists_can_be_written_out() {
    let listed = |action| Plan {
        filter: Some(on(Operator::In, "id", [param(0)])),
        params: vec![ParamType::List(FieldType::Int)],
        ..plan(&PERSON, action)
    };
    let statement = compile(&listed(Action::Delete), MARIADB).unwrap();
    let details = statement.payload.as_ref().unwrap().downcast_ref::<Details>().unwrap();
    assert_eq!(
        details.expanded(&statement.text, &[3]),
        "DELETE FROM `people` WHERE `people`.`id` IN (?, ?, ?)"
    );
    let paged = Plan { limit: Some(1), offset: Some(2), ..listed(Action::Delete) };
    let paged =
        Plan { params: [paged.params.clone(), vec![ParamType::Scalar(FieldType::Int); 2]].concat(), ..paged };
    let statement = compile(&paged, MARIADB).unwrap();
    let details = statement.payload.as_ref().unwrap().downcast_ref::<Details>().unwrap();
    let expanded = details.expanded(&statement.text, &[1]);
    assert!(
        expanded.starts_with("DELETE `people` FROM `people` ") && expanded.contains(" IN (?) LIMIT"),
        "{expanded}"
    );
}

#[test]
fn lists_written_out_find_the_same() {
    type Case = fn(&mut dyn Database);
    let cases: [Case; 3] = [
        logic::lists_of_values_have_any_length,
        writes::lists_decide_what_is_written,
        types::every_type_is_kept_and_compared,
    ];
    for case in cases {
        with_mysql(|mysql| {
            mysql.expands = true;
            case(mysql);
        });
    }
}

/// MySQL's own statements for assignments that see each other, run on whatever server there is.
#[test]
fn fields_swap_without_a_mode() {
    with_mysql(|mysql| {
        (mysql as &mut dyn Database).create(&[&PERSON]);
        let mut row = vec![Value::Null; 9];
        (row[0], row[1], row[2]) = (Value::Int(1), "x".into(), Value::Int(5));
        (mysql as &mut dyn Database).add(&PERSON, &row);
        mysql.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'").unwrap();
        let update =
            plan(&PERSON, Action::Update(vec![(2, field("id")), (0, on(Operator::Add, "age", [param(0)]))]));
        let filter = Some(on(Operator::Eq, "name", [param(1)]));
        let update = with(Plan { filter, ..update }, &[FieldType::Int, FieldType::Text]);
        let flavour = std::mem::replace(&mut mysql.flavour, Flavour::MySql);
        let statement = compile(&update, Dialect::Mysql(Flavour::MySql)).unwrap().text;
        mysql.flavour = flavour;
        let statement = statement.replace(Flavour::MySql.collation(), flavour.collation());
        use mysql_async::prelude::Queryable;
        let run = mysql.connection.exec_drop(statement.as_str(), (10, "x"));
        mysql.runtime.block_on(run).unwrap_or_else(|error| panic!("{statement}: {error}"));
        let all = plan(&PERSON, Action::Fetch(terms(&PERSON, [person("id"), person("age")])));
        let rows = (mysql as &mut dyn Database).fetch(&all, &[]);
        assert_eq!(rows, [[Some("15".to_owned()), Some("1".to_owned())]]);
    });
}

#[test]
fn indexed_texts_have_the_length_that_an_index_takes() {
    let model = ModelDef::builder("M")
        .field(FieldDef::new("a", FieldType::Text))
        .field(FieldDef::new("b", FieldType::Text).max_length(10))
        .field(FieldDef::new("c", FieldType::Text))
        .field(FieldDef::new("n", FieldType::Int))
        .key(["a"])
        .index(None, ["b", "a"], false)
        .build()
        .unwrap();
    let statement = create_statements(&[model], MARIADB).unwrap().remove(0);
    for part in ["`a` VARCHAR(384) ", "`b` VARCHAR(11) ", "`c` LONGTEXT ", "`n` BIGINT ", "ENGINE=InnoDB"] {
        assert!(statement.contains(part), "{part:?} in {statement}");
    }
}

/// Tables that others made have collations of their own, and unsigned numbers.
#[test]
fn foreign_collations_do_not_matter() {
    with_mysql(|mysql| {
        mysql
            .run("CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_general_ci, age INT UNSIGNED)")
            .unwrap();
        mysql.run("INSERT INTO people VALUES (1, 'ada', 1), (2, 'Ada', 2), (3, 'ada ', 3)").unwrap();
        let database: &mut dyn Database = mysql;
        let equal = with(people_where(on(Operator::Eq, "name", [param(0)])), &[FieldType::Text]);
        assert_eq!(database.ids(&equal, &[text("ada")]), [1]);
        let listed = Plan {
            params: vec![ParamType::List(FieldType::Text)],
            ..people_where(on(Operator::In, "name", [param(0)]))
        };
        assert_eq!(database.ids(&listed, &[Param::List(vec!["Ada".into()])]), [2]);
        let less = on(Operator::Sub, "age", [param(0)]);
        let negative = crate::common::models::apply(Operator::Lt, FieldType::Int, [less, param(1)]);
        let negative = with(people_where(negative), &[FieldType::Int, FieldType::Int]);
        assert_eq!(database.ids(&negative, &[int(2), int(0)]), [1]);
    });
}
