//! MySQL and MariaDB by hand: mysql_async, statements from its cache, structs filled by position.

use mysql_async::{Conn, Opts, Params, Pool, Row as SqlRow, TxOpts, Value, prelude::Queryable};

use super::{Contender, MANY, PAGE, in_tasks};
use crate::{Result, dataset::Row};

const GET: &str = "SELECT id, name, email, age, score FROM person WHERE id = ?";
const FILTERED: &str = "SELECT id, name, email, age, score FROM person \
                        WHERE age = ? AND score >= ? ORDER BY id LIMIT ?";
const ROWS: &str = "SELECT id, name, email, age, score FROM person ORDER BY id LIMIT ?";
const INSERT: &str = "INSERT INTO person (name, email, age, score) VALUES (?, ?, ?, ?)";
const UPDATE: &str = "UPDATE person SET score = ? WHERE id = ?";

/// mysql_async by hand; a loop holds one connection for as long as it runs.
pub struct MysqlByHand {
    pool: Pool,
    connection: Conn,
}

/// The user's struct.
pub struct Person {
    id: i64,
    name: String,
    email: Option<String>,
    age: i64,
    score: f64,
}

impl From<Person> for Row {
    fn from(Person { id, name, email, age, score }: Person) -> Self {
        Self { id: Some(id), name, email, age, score }
    }
}

fn person(row: SqlRow) -> Person {
    let (id, name, email, age, score) = mysql_async::from_row(row);
    Person { id, name, email, age, score }
}

async fn read(connection: &mut Conn, keys: &[i64]) -> Result<Vec<Person>> {
    let mut people = Vec::with_capacity(keys.len());
    for key in keys {
        let row = connection.exec_first(GET, (key,)).await?;
        people.push(person(row.ok_or("no such person")?));
    }
    Ok(people)
}

impl Contender for MysqlByHand {
    type Person = Person;
    type New = Row;

    async fn open(url: &str) -> Result<Self> {
        let pool = Pool::new(Opts::from_url(url)?);
        let connection = pool.get_conn().await?;
        Ok(Self { pool, connection })
    }

    async fn close(self) -> Result<()> {
        drop(self.connection);
        Ok(self.pool.disconnect().await?)
    }

    async fn insert(&mut self, people: Vec<Row>) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(people.len());
        for Row { name, email, age, score, .. } in people {
            self.connection.exec_drop(INSERT, (name, email, age, score)).await?;
            keys.push(self.connection.last_insert_id().ok_or("no key")? as i64);
        }
        Ok(keys)
    }

    async fn insert_bulk(&mut self, people: Vec<Row>) -> Result<()> {
        // One statement: 40,000 placeholders, of 65,535 that there may be.
        let rows = vec!["(?, ?, ?, ?)"; people.len()].join(", ");
        let mut values: Vec<Value> = Vec::with_capacity(people.len() * 4);
        for Row { name, email, age, score, .. } in people {
            values.extend([name.into(), email.into(), age.into(), score.into()]);
        }
        let text = format!("INSERT INTO person (name, email, age, score) VALUES {rows}");
        Ok(self.connection.exec_drop(text, Params::Positional(values)).await?)
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        read(&mut self.connection, keys).await
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        let mut pages = Vec::with_capacity(asked.len());
        for (age, least) in asked {
            pages.push(self.connection.exec_map(FILTERED, (age, least, PAGE), person).await?);
        }
        Ok(pages)
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            people = self.connection.exec_map(ROWS, (MANY,), person).await?;
        }
        Ok(people)
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        let mut transaction = self.connection.start_transaction(TxOpts::default()).await?;
        for (key, score) in changes {
            transaction.exec_drop(UPDATE, (score, key)).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn tasks(&mut self, batches: Vec<Vec<i64>>) -> Result<Vec<Vec<Person>>> {
        in_tasks(batches, |keys| {
            let pool = self.pool.clone();
            async move { read(&mut pool.get_conn().await?, &keys).await }
        })
        .await
    }
}
