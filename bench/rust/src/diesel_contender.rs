//! Diesel: synchronous, its own statement cache.

use diesel::{connection::SimpleConnection, prelude::*};
use harness::{
    Result,
    contender::{Contender, MANY, PAGE},
    dataset::Row,
};

diesel::table! {
    person (id) {
        id -> BigInt,
        name -> Text,
        email -> Nullable<Text>,
        age -> BigInt,
        score -> Double,
    }
}

/// Diesel on one connection.
pub struct DieselContender(SqliteConnection);

#[derive(Queryable, Selectable)]
#[diesel(table_name = person)]
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

#[derive(Insertable)]
#[diesel(table_name = person)]
pub struct NewPerson {
    name: String,
    email: Option<String>,
    age: i64,
    score: f64,
}

impl From<Row> for NewPerson {
    fn from(Row { name, email, age, score, .. }: Row) -> Self {
        Self { name, email, age, score }
    }
}

impl Contender for DieselContender {
    type Person = Person;
    type New = NewPerson;

    async fn open(path: &str) -> Result<Self> {
        let mut connection = SqliteConnection::establish(path)?;
        connection.batch_execute("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")?;
        Ok(Self(connection))
    }

    async fn close(self) -> Result<()> {
        Ok(())
    }

    async fn insert(&mut self, people: Vec<NewPerson>) -> Result<Vec<i64>> {
        people
            .iter()
            .map(|new| {
                Ok(diesel::insert_into(person::table)
                    .values(new)
                    .returning(person::id)
                    .get_result(&mut self.0)?)
            })
            .collect()
    }

    async fn insert_bulk(&mut self, people: Vec<NewPerson>) -> Result<()> {
        // A slice is inserted row by row inside one transaction on SQLite.
        self.0.transaction(|connection| {
            diesel::insert_into(person::table).values(&people).execute(connection).map(drop)
        })?;
        Ok(())
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        keys.iter()
            .map(|key| Ok(person::table.find(key).select(Person::as_select()).first(&mut self.0)?))
            .collect()
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        asked
            .iter()
            .map(|(age, least)| {
                Ok(person::table
                    .filter(person::age.eq(age).and(person::score.ge(least)))
                    .order(person::id)
                    .limit(PAGE as i64)
                    .select(Person::as_select())
                    .load(&mut self.0)?)
            })
            .collect()
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            let query = person::table.order(person::id).limit(MANY as i64).select(Person::as_select());
            people = query.load(&mut self.0)?;
        }
        Ok(people)
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        self.0.immediate_transaction(|connection| {
            for (key, score) in changes {
                diesel::update(person::table.find(key)).set(person::score.eq(score)).execute(connection)?;
            }
            diesel::QueryResult::Ok(())
        })?;
        Ok(())
    }
}
