//! A real MariaDB or MySQL, each test in a database of its own.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Value as Raw};
use ommi_core::driver::{Param, Statement};
use ommi_core::plan::{ParamType, Plan};
use ommi_core::schema::{ColumnInfo, FieldType};
use ommi_core::value::{Value, time_text};
use ommi_sql::introspect::mysql::{COLUMNS, KEY, column_info};
use ommi_sql::mysql::{Details, list_text, sql_mode};
use ommi_sql::{Dialect, Flavour, compile, transformed};
use tokio::runtime::Runtime;

use crate::common::{Database, missing, unique_name, url};

pub(crate) struct Mysql {
    pub(crate) runtime: Runtime,
    pub(crate) connection: Conn,
    pub(crate) flavour: Flavour,
    /// Whether the members of lists are written out.
    pub(crate) expands: bool,
}

/// Runs a test on a server, if there is one.
pub(crate) fn with_database(test: impl FnOnce(&mut dyn Database)) {
    with_mysql(|mysql| test(mysql));
}

pub(crate) fn with_mysql(test: impl FnOnce(&mut Mysql)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = url("OMMI_TEST_MYSQL", "mysql://root@127.0.0.1:3306/mysql");
    let options = OptsBuilder::from_opts(Opts::from_url(&url).unwrap()).client_found_rows(true);
    let mut connection = match runtime.block_on(Conn::new(options)) {
        Ok(connection) => connection,
        Err(error) => return missing("mysql", &error),
    };
    let version: Option<String> = runtime.block_on(connection.query_first("SELECT version()")).unwrap();
    let flavour = Flavour::of_version(&version.unwrap());
    let mut mysql = Mysql { runtime, connection, flavour, expands: false };
    let name = unique_name();
    for statement in [
        format!("SET SESSION sql_mode = '{}', time_zone = '+00:00', NAMES utf8mb4", sql_mode(flavour))
            .replace(", NAMES utf8mb4", ""),
        "SET NAMES utf8mb4".to_owned(),
        format!("CREATE DATABASE {name}"),
        format!("USE {name}"),
    ] {
        mysql.run(&statement).unwrap();
    }
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(&mut mysql)));
    mysql.run(&format!("DROP DATABASE {name}")).unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

fn written(value: &Value, ty: &FieldType) -> Raw {
    let mut buffer = time_text::Buffer::default();
    let bytes = |text: &str| Raw::Bytes(text.as_bytes().to_vec());
    match value {
        Value::Null => Raw::NULL,
        Value::Bool(value) => Raw::Int((*value).into()),
        Value::Int(value) | Value::Duration(value) => Raw::Int(*value),
        Value::Float(value) => Raw::Double(*value),
        Value::Text(value) | Value::Json(value) => bytes(value),
        Value::Bytes(value) => Raw::Bytes(value.clone()),
        Value::Decimal(value) => bytes(&value.to_plain_string()),
        Value::Uuid(value) => Raw::Bytes(value.as_bytes().to_vec()),
        Value::DateTime(value) => bytes(time_text::write_datetime(*value, &mut buffer).unwrap()),
        Value::Timestamp(value) => {
            let text = time_text::write_timestamp(*value, &mut buffer).unwrap();
            bytes(if *ty == FieldType::DateTime { text } else { text.trim_end_matches("+00:00") })
        }
        Value::Date(value) => bytes(time_text::write_date(*value, &mut buffer).unwrap()),
        Value::Time(value) => bytes(time_text::write_time(*value, &mut buffer).unwrap()),
    }
}

impl Mysql {
    /// The text and values of a statement.
    fn bound(&self, statement: &Statement, params: &[Param]) -> (String, Params) {
        let details = statement.payload.as_ref().unwrap().downcast_ref::<Details>().unwrap();
        let lengths: Vec<_> = details
            .lists
            .iter()
            .map(|spot| match &params[statement.binds[spot.bind].param] {
                Param::List(values) => values.len(),
                Param::Scalar(_) => panic!("a list's spot is not a list's"),
            })
            .collect();
        let expands = self.expands && lengths.iter().sum::<usize>() < 1000 && !lengths.is_empty();
        let text = if expands { details.expanded(&statement.text, &lengths) } else { statement.text.clone() };
        let mut values = Vec::new();
        for (position, bind) in statement.binds.iter().enumerate() {
            match (&params[bind.param], &details.params[bind.param]) {
                (Param::Scalar(Value::Text(text)), _) => {
                    values.push(
                        transformed(bind.transform, text).unwrap().map_or(Raw::NULL, |text| text.into()),
                    );
                }
                (Param::Scalar(value), ParamType::Scalar(ty)) => values.push(written(value, ty)),
                (Param::List(list), ParamType::List(ty)) => {
                    if expands && details.lists.iter().any(|spot| spot.bind == position) {
                        values.extend(list.iter().map(|value| written(value, ty)));
                    } else {
                        values.push(list_text(ty, list).unwrap().into());
                    }
                }
                (Param::Scalar(_), ParamType::List(_)) | (Param::List(_), ParamType::Scalar(_)) => {
                    panic!("a parameter is not what its type says")
                }
            }
        }
        (text, Params::Positional(values))
    }
}

fn as_text(value: Raw) -> Option<String> {
    match value {
        Raw::NULL => None,
        Raw::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Raw::Int(value) => Some(value.to_string()),
        Raw::UInt(value) => Some(value.to_string()),
        Raw::Float(value) => Some(value.to_string()),
        Raw::Double(value) => Some(value.to_string()),
        other @ (Raw::Date(..) | Raw::Time(..)) => Some(format!("{other:?}")),
    }
}

impl Database for Mysql {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql(self.flavour)
    }

    fn run(&mut self, statement: &str) -> Result<(), String> {
        self.runtime.block_on(self.connection.query_drop(statement)).map_err(|error| error.to_string())
    }

    fn try_fetch(&mut self, plan: &Plan, params: &[Param]) -> Result<Vec<Vec<Option<String>>>, String> {
        let statement = compile(plan, self.dialect()).unwrap();
        let (text, params) = self.bound(&statement, params);
        let rows: Vec<mysql_async::Row> = self
            .runtime
            .block_on(self.connection.exec(&text, params))
            .map_err(|error| format!("{text}: {error}"))?;
        Ok(rows.into_iter().map(|row| row.unwrap().into_iter().map(as_text).collect()).collect())
    }

    fn try_write(&mut self, plan: &Plan, params: &[Param]) -> Result<u64, String> {
        let statement = compile(plan, self.dialect()).unwrap();
        let (text, params) = self.bound(&statement, params);
        self.runtime
            .block_on(self.connection.exec_drop(&text, params))
            .map_err(|error| format!("{text}: {error}"))?;
        Ok(self.connection.affected_rows())
    }

    fn columns(&mut self, table: &str) -> Vec<ColumnInfo> {
        let rows: Vec<(String, String, bool, bool)> =
            self.runtime.block_on(self.connection.exec(COLUMNS, (table, table))).unwrap();
        let key: Vec<(String, i64)> = self.runtime.block_on(self.connection.exec(KEY, (table,))).unwrap();
        rows.into_iter()
            .map(|(name, declared, nullable, has_default)| {
                let place = key.iter().find(|(column, _)| *column == name).map(|(_, place)| *place);
                column_info(name, declared, nullable, place, has_default)
            })
            .collect()
    }

    fn matching(&mut self, pattern: &str, texts: &[String]) -> Result<Vec<bool>, String> {
        let collation = self.flavour.collation();
        let operator = match self.flavour {
            Flavour::MariaDb { .. } => format!("? REGEXP ? COLLATE {collation}"),
            Flavour::MySql => format!("REGEXP_LIKE(?, ? COLLATE {collation}, 'c')"),
        };
        let text = format!("SELECT {}", vec![operator; texts.len()].join(", "));
        let values = texts.iter().flat_map(|text| [text.as_str().into(), pattern.into()]).collect();
        let row: Result<Option<mysql_async::Row>, _> =
            self.runtime.block_on(self.connection.exec_first(&text, Params::Positional(values)));
        let row = row.map_err(|error| error.to_string())?.unwrap();
        Ok(row.unwrap().into_iter().map(|value| value == Raw::Int(1)).collect())
    }
}
