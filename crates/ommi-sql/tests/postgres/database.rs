//! A real PostgreSQL, each test in a schema of its own. Values travel as text, whatever the type that the server asks
//! for, so that the types are those of the statements.

use std::error::Error as StdError;

use bytes::BytesMut;
use ommi_core::driver::{Param, Statement};
use ommi_core::plan::Plan;
use ommi_core::schema::ColumnInfo;
use ommi_core::value::{Value, time_text};
use ommi_sql::introspect::postgres::{COLUMNS, column_info};
use ommi_sql::{Dialect, compile, postgres, transformed};
use tokio::runtime::Runtime;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};
use tokio_postgres::{Client, NoTls, Row};

use crate::common::{Database, missing, unique_name, url};

pub(crate) struct Postgres {
    pub(crate) runtime: Runtime,
    pub(crate) client: Client,
}

/// Runs a test on a server, if there is one.
pub(crate) fn with_database(test: impl FnOnce(&mut dyn Database)) {
    with_postgres(|postgres| test(postgres));
}

pub(crate) fn with_postgres(test: impl FnOnce(&mut Postgres)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let url = url("OMMI_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres");
    let client = match runtime.block_on(tokio_postgres::connect(&url, NoTls)) {
        Ok((client, connection)) => {
            runtime.spawn(connection);
            client
        }
        Err(error) => return missing("postgres", &error),
    };
    let mut postgres = Postgres { runtime, client };
    let schema = unique_name();
    postgres.run(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}")).unwrap();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(&mut postgres)));
    postgres.run(&format!("DROP SCHEMA {schema} CASCADE")).unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// A value as text.
#[derive(Debug, Clone)]
pub(crate) struct Text(pub(crate) Option<String>);

impl ToSql for Text {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Some(text) = &self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

/// How a value is written for a parameter of this type.
fn written(value: &Value, ty: &Type) -> Option<String> {
    let mut buffer = time_text::Buffer::default();
    let is_array = ty.name().starts_with('_');
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(value) => value.clone(),
        Value::Bytes(value) => {
            format!("\\x{}", value.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        Value::Decimal(value) => value.to_plain_string(),
        Value::Uuid(value) => value.to_string(),
        Value::DateTime(value) => time_text::write_datetime(*value, &mut buffer).unwrap().to_owned(),
        Value::Timestamp(value) => time_text::write_timestamp(*value, &mut buffer).unwrap().to_owned(),
        Value::Date(value) => time_text::write_date(*value, &mut buffer).unwrap().to_owned(),
        Value::Time(value) => time_text::write_time(*value, &mut buffer).unwrap().to_owned(),
        Value::Duration(value) => format!("{value} microseconds"),
        Value::Json(value) if is_array => postgres::array_literal(value).unwrap(),
        Value::Json(value) => postgres::document(value).unwrap().into_owned(),
    })
}

/// The parameters of a statement whose types the server told.
fn bound(statement: &Statement, types: &[Type], params: &[Param]) -> Vec<Text> {
    let one = |(bind, ty): (&ommi_core::driver::Bind, &Type)| match &params[bind.param] {
        Param::Scalar(Value::Text(text)) => Text(transformed(bind.transform, text).unwrap()),
        Param::Scalar(value) => Text(written(value, ty)),
        Param::List(values) => {
            let details = statement.payload.as_ref().unwrap().downcast_ref::<postgres::Details>().unwrap();
            let is_list = match &details.params[bind.param] {
                ommi_core::plan::ParamType::List(ty) => postgres::array_item(ty).is_some(),
                ommi_core::plan::ParamType::Scalar(_) => false,
            };
            let members = values.iter().map(|value| match value {
                Value::Json(list) if is_list => Some(postgres::array_literal(list).unwrap()),
                value => written(value, &Type::TEXT),
            });
            let members: Vec<_> = members
                .map(|member| match member {
                    None => "NULL".to_owned(),
                    Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
                })
                .collect();
            Text(Some(format!("{{{}}}", members.join(","))))
        }
    };
    statement.binds.iter().zip(types).map(one).collect()
}

/// The message, as the server worded it.
pub(crate) fn message(error: tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| format!("{error:?}"), ToString::to_string)
}

impl Postgres {
    /// The statement's rows, each cell as text.
    fn rows(&mut self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>, String> {
        let types = self
            .runtime
            .block_on(self.client.prepare(&statement.text))
            .map_err(|error| format!("{}: {}", statement.text, message(error)))?;
        assert_eq!(types.params().len(), statement.binds.len(), "{}", statement.text);
        let bound = bound(statement, types.params(), params);
        let bound: Vec<_> = bound.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
        let count = statement.columns.len();
        // A row's cells by one function each would need their names: the whole row does not.
        let names: Vec<_> = (0..count).map(|column| format!("c{column}")).collect();
        let cells: Vec<_> = names.iter().map(|name| format!("{name}::text")).collect();
        let text =
            format!("SELECT {} FROM ({}) AS outcome({})", cells.join(", "), statement.text, names.join(", "));
        self.runtime.block_on(self.client.query(&text, &bound)).map_err(message)
    }
}

impl Database for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn run(&mut self, statement: &str) -> Result<(), String> {
        self.runtime.block_on(self.client.batch_execute(statement)).map_err(message)
    }

    fn try_fetch(&mut self, plan: &Plan, params: &[Param]) -> Result<Vec<Vec<Option<String>>>, String> {
        let statement = compile(plan, Dialect::Postgres).unwrap();
        let rows = self.rows(&statement, params)?;
        Ok(rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect())
    }

    fn try_write(&mut self, plan: &Plan, params: &[Param]) -> Result<u64, String> {
        let statement = compile(plan, Dialect::Postgres).unwrap();
        let prepared = self
            .runtime
            .block_on(self.client.prepare(&statement.text))
            .map_err(|error| format!("{}: {}", statement.text, message(error)))?;
        assert_eq!(prepared.params().len(), statement.binds.len(), "{}", statement.text);
        let bound = bound(&statement, prepared.params(), params);
        let bound: Vec<_> = bound.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
        self.runtime.block_on(self.client.execute(&prepared, &bound)).map_err(message)
    }

    fn columns(&mut self, table: &str) -> Vec<ColumnInfo> {
        let rows = self.runtime.block_on(self.client.query(COLUMNS, &[&vec![table]])).unwrap();
        rows.iter()
            .map(|row| column_info(row.get(1), row.get(2), row.get(3), row.get(4), row.get(5)))
            .collect()
    }

    fn matching(&mut self, pattern: &str, texts: &[String]) -> Result<Vec<bool>, String> {
        let query = "SELECT given COLLATE \"C\" ~ $1::text FROM unnest($2::text[]) WITH ORDINALITY AS given(given, place) \
                     ORDER BY place";
        let rows = self.runtime.block_on(self.client.query(query, &[&pattern, &texts])).map_err(message)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}
