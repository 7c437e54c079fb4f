//! sqlx on PostgreSQL: a pool of 8, statements from its connections' caches.

use harness::{
    Result,
    contender::{Contender, MANY, PAGE, in_tasks},
    dataset::Row,
};
use sqlx::{
    PgPool, Row as _,
    postgres::{PgPoolOptions, PgRow},
};

const GET: &str = "SELECT id, name, email, age, score FROM person WHERE id = $1";
const FILTERED: &str = "SELECT id, name, email, age, score FROM person \
                        WHERE age = $1 AND score >= $2 ORDER BY id LIMIT $3";
const ROWS: &str = "SELECT id, name, email, age, score FROM person ORDER BY id LIMIT $1";
const INSERT: &str = "INSERT INTO person (name, email, age, score) VALUES ($1, $2, $3, $4) RETURNING id";
/// What its documentation shows for many rows.
const INSERT_MANY: &str = "INSERT INTO person (name, email, age, score) \
                           SELECT * FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::double precision[])";
const UPDATE: &str = "UPDATE person SET score = $1 WHERE id = $2";

/// sqlx with a pool of 8.
pub struct SqlxContender(PgPool);

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

fn person(row: PgRow) -> sqlx::Result<Person> {
    Ok(Person {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        email: row.try_get(2)?,
        age: row.try_get(3)?,
        score: row.try_get(4)?,
    })
}

impl Contender for SqlxContender {
    type Person = Person;
    type New = Row;

    async fn open(url: &str) -> Result<Self> {
        Ok(Self(PgPoolOptions::new().max_connections(8).test_before_acquire(false).connect(url).await?))
    }

    async fn close(self) -> Result<()> {
        self.0.close().await;
        Ok(())
    }

    async fn insert(&mut self, people: Vec<Row>) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(people.len());
        for Row { name, email, age, score, .. } in people {
            let insert = sqlx::query(INSERT).bind(name).bind(email).bind(age).bind(score);
            keys.push(insert.fetch_one(&self.0).await?.try_get(0)?);
        }
        Ok(keys)
    }

    async fn insert_bulk(&mut self, people: Vec<Row>) -> Result<()> {
        let (mut names, mut emails, mut ages, mut scores) = (vec![], vec![], vec![], vec![]);
        for Row { name, email, age, score, .. } in people {
            names.push(name);
            emails.push(email);
            ages.push(age);
            scores.push(score);
        }
        sqlx::query(INSERT_MANY).bind(names).bind(emails).bind(ages).bind(scores).execute(&self.0).await?;
        Ok(())
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        let mut people = Vec::with_capacity(keys.len());
        for key in keys {
            people.push(person(sqlx::query(GET).bind(key).fetch_one(&self.0).await?)?);
        }
        Ok(people)
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        let mut pages = Vec::with_capacity(asked.len());
        for (age, least) in asked {
            let query = sqlx::query(FILTERED).bind(age).bind(least).bind(PAGE as i64);
            let rows = query.fetch_all(&self.0).await?;
            pages.push(rows.into_iter().map(person).collect::<sqlx::Result<_>>()?);
        }
        Ok(pages)
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            let rows = sqlx::query(ROWS).bind(MANY as i64).fetch_all(&self.0).await?;
            people = rows.into_iter().map(person).collect::<sqlx::Result<_>>()?;
        }
        Ok(people)
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        let mut transaction = self.0.begin().await?;
        for (key, score) in changes {
            sqlx::query(UPDATE).bind(score).bind(key).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn tasks(&mut self, batches: Vec<Vec<i64>>) -> Result<Vec<Vec<Person>>> {
        in_tasks(batches, |keys| {
            let mut one = Self(self.0.clone());
            async move { one.get(&keys).await }
        })
        .await
    }
}
