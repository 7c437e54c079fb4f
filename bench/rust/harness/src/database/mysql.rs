//! MySQL and MariaDB: a database as template, copied by `INSERT ... SELECT`. Through mysql_async.

use mysql_async::{Conn, Opts, Params, Value, prelude::Queryable};
use tokio::runtime::Runtime;

use super::{Checker, Database, Question};
use crate::{
    Result,
    dataset::{PEOPLE, Row, people},
    scenario::Scenario,
};

/// Databases of the server at `OMMI_TEST_MYSQL`, or where one usually listens.
pub struct Mysql {
    admin: Blocking,
    server: String,
    template: String,
    version: String,
    shared: Option<String>,
}

impl Mysql {
    /// Makes the database that is copied.
    pub fn prepare(seed: u64) -> Result<Self> {
        let url = std::env::var("OMMI_TEST_MYSQL")
            .unwrap_or_else(|_| "mysql://root@127.0.0.1:3306/mysql".to_owned());
        let server = url.rsplit_once('/').ok_or("the URL names no database")?.0.to_owned();
        let mut admin = Blocking::connect(&url)?;
        let version = admin
            .runtime
            .block_on(admin.connection.query_first::<String, _>("SELECT version()"))?
            .unwrap_or_default();
        let template = format!("ommi_bench_{}_template", std::process::id());
        create(&mut admin, &template, &version)?;
        let rows = people(PEOPLE as usize, seed).into_iter();
        let values = rows.map(|Row { name, email, age, score, .. }| (name, email, age, score));
        admin.runtime.block_on(async {
            admin.connection.query_drop("START TRANSACTION").await?;
            let text = format!("INSERT INTO {template}.person (name, email, age, score) VALUES (?, ?, ?, ?)");
            admin.connection.exec_batch(text, values).await?;
            admin.connection.query_drop("COMMIT").await
        })?;
        Ok(Self { admin, server, template, version, shared: None })
    }

    fn copy(&mut self, label: &str) -> Result<String> {
        let name = format!("ommi_bench_{}_{label}", std::process::id()).replace('-', "_");
        create(&mut self.admin, &name, &self.version)?;
        self.admin.run(&format!("INSERT INTO {name}.person SELECT * FROM {}.person", self.template))?;
        self.admin.run(&format!("ANALYZE TABLE {name}.person"))?;
        Ok(format!("{}/{name}", self.server))
    }

    fn drop(&mut self, place: &str) -> Result<()> {
        let name = place.rsplit('/').next().unwrap_or_default().to_owned();
        self.admin.run(&format!("DROP DATABASE IF EXISTS {name}"))
    }
}

/// An empty database with the table.
fn create(admin: &mut Blocking, name: &str, version: &str) -> Result<()> {
    let is_mariadb = version.to_lowercase().contains("mariadb");
    let collation = if is_mariadb { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" };
    let text = format!("LONGTEXT CHARACTER SET utf8mb4 COLLATE {collation}");
    admin.run(&format!("CREATE DATABASE {name}"))?;
    admin.run(&format!(
        "CREATE TABLE {name}.person (id BIGINT AUTO_INCREMENT PRIMARY KEY, name {text} NOT NULL, email {text}, \
         age BIGINT NOT NULL, score DOUBLE NOT NULL, INDEX person_age (age)) ENGINE = InnoDB"
    ))
}

impl Drop for Mysql {
    fn drop(&mut self) {
        for place in self.shared.take().into_iter().chain([self.template.clone()]) {
            let _ = Mysql::drop(self, &place);
        }
    }
}

impl Database for Mysql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn describe(&self) -> String {
        format!("{} over TCP on loopback", self.version)
    }

    fn scenarios(&self) -> Vec<Scenario> {
        Scenario::ALL.to_vec()
    }

    fn fresh(&mut self, label: &str, writes: bool) -> Result<String> {
        match &self.shared {
            Some(shared) if !writes => Ok(shared.clone()),
            _ if writes => self.copy(label),
            _ => {
                let shared = self.copy("shared")?;
                Ok(self.shared.insert(shared).clone())
            }
        }
    }

    fn discard(&mut self, place: &str, writes: bool) -> Result<()> {
        if writes { Mysql::drop(self, place) } else { Ok(()) }
    }

    fn checker(&self, place: &str) -> Result<Box<dyn Checker>> {
        Ok(Box::new(Blocking::connect(place)?))
    }
}

/// A connection that is waited for.
struct Blocking {
    runtime: Runtime,
    connection: Conn,
}

impl Blocking {
    fn connect(url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let connection = runtime.block_on(Conn::new(Opts::from_url(url)?))?;
        Ok(Self { runtime, connection })
    }

    fn run(&mut self, text: &str) -> Result<()> {
        Ok(self.runtime.block_on(self.connection.query_drop(text))?)
    }
}

impl Checker for Blocking {
    fn rows(&mut self, question: &Question<'_>) -> Result<Vec<Row>> {
        let text = question.text(|_| "?".to_owned());
        let values: Vec<Value> = match question {
            Question::Key(key) => vec![Value::from(*key)],
            Question::Page(age, least) => vec![Value::from(*age), Value::from(*least)],
            Question::Alike(row) => {
                vec![Value::from(&row.name), Value::from(row.age), Value::from(row.score)]
            }
        };
        let rows: Vec<(i64, String, Option<String>, i64, f64)> =
            self.runtime.block_on(self.connection.exec(text, Params::Positional(values)))?;
        Ok(rows
            .into_iter()
            .map(|(id, name, email, age, score)| Row { id: Some(id), name, email, age, score })
            .collect())
    }
}
