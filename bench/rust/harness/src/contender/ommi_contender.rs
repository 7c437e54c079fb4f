//! Ommi: the public API, as its documentation spells it.

use ommi::{Model, Ommi, prelude::*};

use super::{Contender, MANY, PAGE, in_tasks};
use crate::{Result, dataset::Row};

/// Ommi on its default pool.
pub struct OmmiContender(Ommi);

/// The user's struct.
#[derive(Model, Debug, Clone)]
#[model(table = "person")]
pub struct Person {
    #[model(key, auto)]
    id: i64,
    name: String,
    email: Option<String>,
    #[model(index)]
    age: i64,
    score: f64,
}

impl From<Person> for Row {
    fn from(Person { id, name, email, age, score }: Person) -> Self {
        Self { id: Some(id), name, email, age, score }
    }
}

impl From<Row> for Person {
    fn from(Row { name, email, age, score, .. }: Row) -> Self {
        Self { name, email, age, score, ..Self::new() }
    }
}

impl Contender for OmmiContender {
    type Person = Person;
    type New = Person;

    async fn open(place: &str) -> Result<Self> {
        let is_file = !place.contains("://");
        let url = if is_file { format!("sqlite:///{place}?synchronous=normal") } else { place.to_owned() };
        let db = Ommi::connect(&url).await?;
        db.use_models(ommi::models![Person]).await?;
        Ok(Self(db))
    }

    async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }

    async fn insert(&mut self, people: Vec<Person>) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(people.len());
        for mut new in people {
            self.0.add(&mut new).await?;
            keys.push(new.id);
        }
        Ok(keys)
    }

    async fn insert_bulk(&mut self, mut people: Vec<Person>) -> Result<()> {
        self.0.add_all(&mut people).await?;
        Ok(())
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        let mut people = Vec::with_capacity(keys.len());
        for key in keys {
            people.push(self.0.find::<Person>().filter(Person::ID.eq(*key)).one().await?);
        }
        Ok(people)
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        let mut pages = Vec::with_capacity(asked.len());
        for (age, least) in asked {
            let query = self
                .0
                .find::<Person>()
                .filter(Person::AGE.eq(*age) & Person::SCORE.ge(*least))
                .order_by(Person::ID.asc())
                .limit(PAGE as u64);
            pages.push(query.all().await?);
        }
        Ok(pages)
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            people = self.0.find::<Person>().order_by(Person::ID.asc()).limit(MANY as u64).all().await?;
        }
        Ok(people)
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        self.0
            .transaction()
            .run(async |tx| {
                for (key, score) in changes {
                    tx.find::<Person>().filter(Person::ID.eq(*key)).update(Person::SCORE.set(*score)).await?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    async fn tasks(&mut self, batches: Vec<Vec<i64>>) -> Result<Vec<Vec<Person>>> {
        in_tasks(batches, |keys| {
            let mut one = Self(self.0.clone());
            async move { one.get(&keys).await }
        })
        .await
    }
}
