//! PostgreSQL by hand: tokio-postgres on one connection, statements prepared once, structs filled by position.

use std::{pin::pin, sync::Arc};

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls, Row as SqlRow, Statement, binary_copy::BinaryCopyInWriter, types::Type};

use super::{Contender, MANY, PAGE, in_tasks};
use crate::{Result, dataset::Row};

const COLUMNS: &str = "SELECT id, name, email, age, score FROM person";

/// The statements, prepared.
struct Statements {
    get: Statement,
    filtered: Statement,
    rows: Statement,
    insert: Statement,
    update: Statement,
}

/// tokio-postgres by hand.
pub struct PostgresByHand {
    client: Arc<Client>,
    statements: Arc<Statements>,
    connection: JoinHandle<std::result::Result<(), tokio_postgres::Error>>,
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

fn person(row: &SqlRow) -> Result<Person> {
    Ok(Person {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        email: row.try_get(2)?,
        age: row.try_get(3)?,
        score: row.try_get(4)?,
    })
}

async fn read(client: &Client, statement: &Statement, keys: &[i64]) -> Result<Vec<Person>> {
    let mut people = Vec::with_capacity(keys.len());
    for key in keys {
        people.push(person(&client.query_one(statement, &[key]).await?)?);
    }
    Ok(people)
}

impl Contender for PostgresByHand {
    type Person = Person;
    type New = Row;

    async fn open(url: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        let connection = tokio::spawn(connection);
        let insert = "INSERT INTO person (name, email, age, score) VALUES ($1, $2, $3, $4) RETURNING id";
        let filtered = format!("{COLUMNS} WHERE age = $1 AND score >= $2 ORDER BY id LIMIT $3");
        let statements = Statements {
            get: client.prepare(&format!("{COLUMNS} WHERE id = $1")).await?,
            filtered: client.prepare(&filtered).await?,
            rows: client.prepare(&format!("{COLUMNS} ORDER BY id LIMIT $1")).await?,
            insert: client.prepare(insert).await?,
            update: client.prepare("UPDATE person SET score = $1 WHERE id = $2").await?,
        };
        Ok(Self { client: Arc::new(client), statements: Arc::new(statements), connection })
    }

    async fn close(self) -> Result<()> {
        // Statements close themselves on the server through the client.
        drop(self.statements);
        drop(self.client);
        Ok(self.connection.await??)
    }

    async fn insert(&mut self, people: Vec<Row>) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(people.len());
        for Row { name, email, age, score, .. } in &people {
            let row = self.client.query_one(&self.statements.insert, &[name, email, age, score]).await?;
            keys.push(row.try_get(0)?);
        }
        Ok(keys)
    }

    async fn insert_bulk(&mut self, people: Vec<Row>) -> Result<()> {
        let text = "COPY person (name, email, age, score) FROM STDIN (FORMAT binary)";
        let sink = self.client.copy_in(text).await?;
        let types = [Type::TEXT, Type::TEXT, Type::INT8, Type::FLOAT8];
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        for Row { name, email, age, score, .. } in &people {
            writer.as_mut().write(&[name, email, age, score]).await?;
        }
        writer.finish().await?;
        Ok(())
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        read(&self.client, &self.statements.get, keys).await
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        let mut pages = Vec::with_capacity(asked.len());
        for (age, least) in asked {
            let rows = self.client.query(&self.statements.filtered, &[age, least, &(PAGE as i64)]).await?;
            pages.push(rows.iter().map(person).collect::<Result<_>>()?);
        }
        Ok(pages)
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            let rows = self.client.query(&self.statements.rows, &[&(MANY as i64)]).await?;
            people = rows.iter().map(person).collect::<Result<_>>()?;
        }
        Ok(people)
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        self.client.batch_execute("BEGIN").await?;
        for (key, score) in changes {
            self.client.execute(&self.statements.update, &[score, key]).await?;
        }
        Ok(self.client.batch_execute("COMMIT").await?)
    }

    async fn tasks(&mut self, batches: Vec<Vec<i64>>) -> Result<Vec<Vec<Person>>> {
        // One connection: it sends the tasks' queries one behind the other without waiting in between.
        in_tasks(batches, |keys| {
            let (client, statements) = (self.client.clone(), self.statements.clone());
            async move { read(&client, &statements.get, &keys).await }
        })
        .await
    }
}
